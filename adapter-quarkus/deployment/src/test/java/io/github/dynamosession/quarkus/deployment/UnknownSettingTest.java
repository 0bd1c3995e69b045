// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;

import io.quarkus.test.QuarkusUnitTest;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("A setting that nobody knows")
class UnknownSettingTest {
    @RegisterExtension
    static final QuarkusUnitTest APPLICATION = new QuarkusUnitTest()
            .withEmptyApplication()
            .overrideConfigKey("dynamosession.tabel-name", "sessions")
            .assertException(failure -> assertThat(failure)
                    .hasStackTraceContaining("dynamosession.tabel-name")
                    .hasStackTraceContaining("did you mean dynamosession.table-name?"));

    @Test
    @DisplayName("ends the start, and is named with the nearest one")
    void isNamed() {
        fail("it started");
    }
}
