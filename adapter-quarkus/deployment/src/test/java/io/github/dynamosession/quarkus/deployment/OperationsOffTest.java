// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.QuarkusUnitTest;
import io.quarkus.test.common.http.TestHTTPResource;
import jakarta.inject.Inject;
import java.net.URI;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("With health and metrics switched off")
class OperationsOffTest {
    @RegisterExtension
    static final QuarkusUnitTest APPLICATION = new QuarkusUnitTest()
            .withApplicationRoot(jar -> jar.addClasses(Visits.class, Extensions.class, OperationsTest.Registry.class))
            .setForcedDependencies(Extensions.operations())
            .overrideConfigKey("dynamosession.store", "memory")
            .overrideConfigKey("dynamosession.health.enabled", "false")
            .overrideConfigKey("dynamosession.metrics.enabled", "false");

    @TestHTTPResource("/visits")
    URI visits;

    @TestHTTPResource("/q/health")
    URI health;

    @Inject
    MeterRegistry registry;

    @Test
    @DisplayName("nobody asks for a session, and no operation is counted")
    void off() throws Exception {
        assertThat(Visits.get(Visits.browser(), visits).statusCode()).isEqualTo(200);
        HttpResponse<String> response = Visits.get(Visits.browser(), health);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).doesNotContain("dynamosession");
        assertThat(registry.getMeters())
                .extracting(meter -> meter.getId().getName())
                .noneMatch(name -> name.startsWith("dynamosession"));
    }
}
