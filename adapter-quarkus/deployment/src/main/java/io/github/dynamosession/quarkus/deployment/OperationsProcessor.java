// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import io.github.dynamosession.quarkus.DynamoSessionBuildTimeConfig;
import io.quarkus.arc.deployment.AdditionalBeanBuildItem;
import io.quarkus.arc.processor.DotNames;
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
    private static final String HEALTH_CHECK = "io.github.dynamosession.quarkus.SessionHealthCheck";

    /** By name: not every application has the classes of Micrometer. */
    private static final String OBSERVER = "io.github.dynamosession.metrics.MicrometerSessionObserver";

    @BuildStep
    HealthBuildItem health(DynamoSessionBuildTimeConfig config) {
        return new HealthBuildItem(HEALTH_CHECK, config.health().enabled());
    }

    @BuildStep
    void metrics(
            Optional<MetricsCapabilityBuildItem> metrics,
            DynamoSessionBuildTimeConfig config,
            BuildProducer<AdditionalBeanBuildItem> beans) {
        boolean micrometer = metrics.filter(system -> system.metricsSupported(MetricsFactory.MICROMETER))
                .isPresent();
        if (micrometer && config.metrics().enabled()) {
            beans.produce(AdditionalBeanBuildItem.builder()
                    .addBeanClass(OBSERVER)
                    .setDefaultScope(DotNames.SINGLETON)
                    .setUnremovable()
                    .build());
        }
    }
}
