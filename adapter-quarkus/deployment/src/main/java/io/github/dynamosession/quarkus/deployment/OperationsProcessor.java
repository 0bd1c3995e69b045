// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import io.github.dynamosession.quarkus.DynamoSessionBuildTimeConfig;
import io.quarkus.arc.deployment.AdditionalBeanBuildItem;
import io.quarkus.deployment.annotations.BuildProducer;
import io.quarkus.deployment.annotations.BuildStep;
import io.quarkus.deployment.annotations.BuildSteps;
import io.quarkus.deployment.metrics.MetricsCapabilityBuildItem;
import io.quarkus.runtime.metrics.MetricsFactory;
import io.quarkus.smallrye.health.deployment.spi.HealthBuildItem;
import java.util.Optional;

/** What operators see, with the extensions that show it. */
@BuildSteps(onlyIf = DynamoSessionProcessor.Enabled.class)
final class OperationsProcessor {
    private static final String OURS = "io.github.dynamosession.quarkus.";

    @BuildStep
    HealthBuildItem health(DynamoSessionBuildTimeConfig config) {
        return new HealthBuildItem(OURS + "SessionHealthCheck", config.health().enabled());
    }

    @BuildStep
    void metrics(
            Optional<MetricsCapabilityBuildItem> metrics,
            DynamoSessionBuildTimeConfig config,
            BuildProducer<AdditionalBeanBuildItem> beans) {
        boolean micrometer = metrics.filter(system -> system.metricsSupported(MetricsFactory.MICROMETER))
                .isPresent();
        if (micrometer && config.metrics().enabled()) {
            beans.produce(AdditionalBeanBuildItem.unremovableOf(OURS + "SessionMetrics"));
        }
    }
}
