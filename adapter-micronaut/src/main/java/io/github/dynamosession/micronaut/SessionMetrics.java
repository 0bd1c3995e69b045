// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import io.github.dynamosession.metrics.MicrometerSessionObserver;
import io.micrometer.core.instrument.MeterRegistry;
import io.micronaut.context.annotation.Factory;
import io.micronaut.context.annotation.Requires;
import jakarta.inject.Singleton;

/** A factory of its own: the other one's classes are loaded in applications without Micrometer, too. */
@Factory
@Requires(classes = MeterRegistry.class)
@Requires(property = "micronaut.metrics.binders.dynamosession.enabled", notEquals = "false", defaultValue = "true")
final class SessionMetrics {
    @Singleton
    @Requires(beans = MeterRegistry.class)
    MicrometerSessionObserver observer(MeterRegistry registry) {
        return new MicrometerSessionObserver(registry);
    }
}
