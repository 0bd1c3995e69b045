// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.QuarkusUnitTest;
import io.quarkus.test.common.http.TestHTTPResource;
import java.net.URI;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("An application without a client")
class OwnClientTest {
    @RegisterExtension
    static final QuarkusUnitTest APPLICATION = new QuarkusUnitTest()
            .withApplicationRoot(jar -> jar.addClasses(Visits.class, StubDynamoDb.class))
            .overrideConfigKey("dynamosession.table-name", "sessions")
            .overrideConfigKey("dynamosession.region", "eu-central-1")
            .overrideConfigKey("dynamosession.endpoint", StubDynamoDb.endpoint());

    @TestHTTPResource("/visits")
    URI visits;

    @Test
    @DisplayName("gets one from the settings, and without an observer nobody asks for capacity units")
    void ownClient() throws Exception {
        StubDynamoDb.calls().clear();
        assertThat(Visits.get(Visits.browser(), visits).statusCode()).isEqualTo(200);
        assertThat(StubDynamoDb.calls())
                .singleElement()
                .satisfies(call -> assertThat(call)
                        .startsWith("PutItem eu-central-1")
                        .contains("\"sessions\"")
                        .doesNotContain("ReturnConsumedCapacity"));
    }
}
