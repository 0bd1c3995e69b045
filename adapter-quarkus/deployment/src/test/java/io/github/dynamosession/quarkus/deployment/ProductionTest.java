// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.QuarkusProdModeTest;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("In production, an application without a table")
class ProductionTest {
    @RegisterExtension
    static final QuarkusProdModeTest APPLICATION = new QuarkusProdModeTest()
            .withApplicationRoot(jar -> jar.addClass(Visits.class))
            .overrideConfigKey("quarkus.http.port", "0")
            .setExpectExit(true)
            .setRun(true);

    @Test
    @DisplayName("does not start, and says which setting is missing, whatever development would use")
    void doesNotStart() {
        assertThat(APPLICATION.getExitCode()).isNotZero();
        assertThat(APPLICATION.getStartupConsoleOutput())
                .contains("dynamosession.table-name is required")
                .doesNotContain("in memory");
    }
}
