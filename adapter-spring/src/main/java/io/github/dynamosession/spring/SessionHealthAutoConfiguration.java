// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spring;

import io.github.dynamosession.SessionManager;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/**
 * The health of the store: whether sessions can be read, by looking for one that does not exist. One read of the
 * smallest size, with the permissions that the application has anyway. It is in neither the liveness nor the readiness
 * group, so that an outage of the database does not take all nodes out of service.
 */
@AutoConfiguration(after = DynamoSessionAutoConfiguration.class)
@ConditionalOnClass(ConditionalOnEnabledHealthIndicator.class)
@ConditionalOnBean(SessionManager.class)
@ConditionalOnEnabledHealthIndicator("dynamosession")
public final class SessionHealthAutoConfiguration {
    /** Made by Spring. */
    public SessionHealthAutoConfiguration() {}

    @Bean
    @ConditionalOnMissingBean(name = "dynamosessionHealthIndicator")
    HealthIndicator dynamosessionHealthIndicator(SessionManager manager) {
        return new AbstractHealthIndicator("Sessions cannot be read") {
            @Override
            protected void doHealthCheck(Health.Builder builder) {
                manager.check();
                builder.up();
            }
        };
    }
}
