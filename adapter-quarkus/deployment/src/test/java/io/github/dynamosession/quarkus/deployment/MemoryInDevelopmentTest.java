// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.SessionStore;
import io.quarkus.test.QuarkusUnitTest;
import io.quarkus.test.common.http.TestHTTPResource;
import jakarta.inject.Inject;
import java.net.URI;
import java.net.http.HttpClient;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("In development and tests, an application that names a table but no DynamoDB")
class MemoryInDevelopmentTest {
    @RegisterExtension
    static final QuarkusUnitTest APPLICATION = new QuarkusUnitTest()
            .withApplicationRoot(jar -> jar.addClass(Visits.class))
            .overrideConfigKey("dynamosession.table-name", "sessions")
            .setLogRecordPredicate(record -> record.getLoggerName().startsWith("io.github.dynamosession"))
            .assertLogRecords(records -> assertThat(records)
                    .filteredOn(record -> record.getMessage().contains("in memory"))
                    .as("said once")
                    .singleElement()
                    .satisfies(record -> assertThat(record.getMessage())
                            .contains("dynamosession.region", "dynamosession.endpoint")));

    @TestHTTPResource("/visits")
    URI visits;

    @Inject
    SessionStore store;

    @Test
    @DisplayName("has its sessions in memory")
    void counts() throws Exception {
        HttpClient browser = Visits.browser();
        for (int visit = 1; visit <= 3; visit++) {
            assertThat(Visits.get(browser, visits).body()).isEqualTo("visit " + visit);
        }
        assertThat(store).isInstanceOf(InMemorySessionStore.class);
    }
}
