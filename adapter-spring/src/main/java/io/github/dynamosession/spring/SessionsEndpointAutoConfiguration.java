// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spring;

import io.github.dynamosession.SessionManager;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;

/** Actuator's endpoint {@code dynamosessions}, where it is exposed and there is an index of principals. */
@AutoConfiguration(after = DynamoSessionAutoConfiguration.class)
@ConditionalOnClass(ConditionalOnAvailableEndpoint.class)
@ConditionalOnBean(SessionManager.class)
@Conditional(OnPrincipalIndex.class)
@ConditionalOnAvailableEndpoint(DynamoSessionsEndpoint.class)
public final class SessionsEndpointAutoConfiguration {
    /** Made by Spring. */
    public SessionsEndpointAutoConfiguration() {}

    @Bean
    @ConditionalOnMissingBean
    DynamoSessionsEndpoint dynamoSessionsEndpoint(SessionManager manager) {
        return new DynamoSessionsEndpoint(manager);
    }
}
