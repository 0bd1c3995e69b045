// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;

import io.quarkus.test.QuarkusUnitTest;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("Beside an application's own client")
class ClientSettingsTest {
    @RegisterExtension
    static final QuarkusUnitTest APPLICATION = new QuarkusUnitTest()
            .withApplicationRoot(jar -> jar.addClasses(StubDynamoDb.class, ClientOfApplicationTest.Clients.class))
            .overrideConfigKey("dynamosession.table-name", "sessions")
            .overrideConfigKey("dynamosession.region", "eu-central-1")
            .overrideConfigKey("dynamosession.call-timeout", "1s")
            .assertException(failure -> assertThat(failure)
                    .hasStackTraceContaining("dynamosession.region is set, but the client is the application's")
                    .hasStackTraceContaining("dynamosession.call-timeout is set"));

    @Test
    @DisplayName("settings of another one are refused at the start")
    void refused() {
        fail("started");
    }
}
