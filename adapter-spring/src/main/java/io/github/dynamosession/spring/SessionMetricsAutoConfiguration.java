// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spring;

import io.github.dynamosession.metrics.MicrometerSessionObserver;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;

/** Counts what the store does, and what it costs, in the application's registry. */
@AutoConfiguration(
        afterName = "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration")
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean(MeterRegistry.class)
@ConditionalOnProperty(name = SpringSettings.ENABLED, matchIfMissing = true)
public final class SessionMetricsAutoConfiguration {
    /** Made by Spring. */
    public SessionMetricsAutoConfiguration() {}

    @Bean
    @ConditionalOnMissingBean
    MicrometerSessionObserver dynamoSessionMetrics(MeterRegistry registry) {
        return new MicrometerSessionObserver(registry);
    }
}
