// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Operators see")
class HealthAndMetricsTest {
    @Test
    @DisplayName("whether sessions can be read")
    void health() {
        Map<String, Object> properties = App.properties(
                App.newTable(), "endpoints.health.details-visible", "ANONYMOUS", "endpoints.health.sensitive", false);
        try (App app = App.start(properties)) {
            assertThat(app.visitor().get("/health").body()).contains("\"dynamosession\":{\"name\"");
            assertThat(app.visitor().get("/health").status()).isEqualTo(200);
            assertThat(app.operations())
                    .allSatisfy(o -> assertThat(o.readUnits()).isLessThanOrEqualTo(1));

            app.failNow();

            assertThat(app.visitor().get("/health").status()).isEqualTo(503);
        }
    }

    @Test
    @DisplayName("how often the store did what, how long it took and what it cost, and no ids")
    void metrics() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        try (App app = App.start(App.properties(App.newTable()), registry)) {
            Visitor visitor = app.visitor();
            visitor.text("/shop/put/name/Ada");
            visitor.text("/shop/get/name");

            MeterRegistry all = app.context().getBean(MeterRegistry.class);
            assertThat(all.get("dynamosession.operations")
                            .tags("operation", "find", "result", "found")
                            .timer()
                            .count())
                    .isEqualTo(1);
            assertThat(all.get("dynamosession.write.units")
                            .tag("operation", "create")
                            .counter()
                            .count())
                    .isEqualTo(1);
            assertThat(all.getMeters().stream()
                            .map(meter -> meter.getId().toString())
                            .collect(Collectors.joining()))
                    .doesNotContain(visitor.cookie())
                    .doesNotContain("Ada");
        }
    }
}
