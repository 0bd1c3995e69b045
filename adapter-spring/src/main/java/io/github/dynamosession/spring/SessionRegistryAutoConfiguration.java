// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spring;

import io.github.dynamosession.SessionManager;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.security.core.session.SessionRegistry;
import org.springframework.security.web.session.ConcurrentSessionFilter;

/**
 * Spring Security's {@link SessionRegistry} on all nodes, if there is an index of principals
 * ({@code dynamosession.indexes=principal}): {@code maximumSessions} counts by it. Gives way to one of the application.
 */
@AutoConfiguration(after = DynamoSessionAutoConfiguration.class)
@ConditionalOnClass({SessionRegistry.class, ConcurrentSessionFilter.class})
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnBean(SessionManager.class)
@Conditional(OnPrincipalIndex.class)
public final class SessionRegistryAutoConfiguration {
    /** Made by Spring. */
    public SessionRegistryAutoConfiguration() {}

    @Bean
    @ConditionalOnMissingBean(SessionRegistry.class)
    DynamoSessionRegistry dynamoSessionRegistry(SessionManager manager) {
        return new DynamoSessionRegistry(manager);
    }
}
