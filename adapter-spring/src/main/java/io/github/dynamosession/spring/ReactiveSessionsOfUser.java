// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spring;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.settings.SessionSettings;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.security.core.session.ReactiveSessionRegistry;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.web.filter.reactive.ServerWebExchangeContextFilter;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebSession;
import org.springframework.web.server.adapter.WebHttpHandlerBuilder;
import org.springframework.web.server.session.DefaultWebSessionManager;
import org.springframework.web.server.session.WebSessionManager;
import org.springframework.web.server.session.WebSessionStore;
import reactor.core.publisher.Mono;

/** What Spring Security's {@code concurrentSessions} needs in WebFlux, if there is an index of principals. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
@ConditionalOnClass({ReactiveSessionRegistry.class, SecurityWebFilterChain.class})
@ConditionalOnMissingBean(ReactiveSessionRegistry.class)
@Conditional(OnPrincipalIndex.class)
class ReactiveSessionsOfUser {
    @Bean
    DynamoReactiveSessionRegistry dynamoReactiveSessionRegistry(SessionManager manager) {
        return new DynamoReactiveSessionRegistry(manager);
    }

    /** For the registry, which is asked without the exchange. */
    @Bean
    @Order(Ordered.HIGHEST_PRECEDENCE)
    ServerWebExchangeContextFilter dynamoSessionExchanges() {
        return new ServerWebExchangeContextFilter();
    }

    @Bean(WebHttpHandlerBuilder.WEB_SESSION_MANAGER_BEAN_NAME)
    @ConditionalOnMissingBean(name = WebHttpHandlerBuilder.WEB_SESSION_MANAGER_BEAN_NAME)
    DefaultWebSessionManager webSessionManager(SessionManager manager, SessionSettings settings) {
        return new WithStore(ReactiveSessions.of(manager, settings));
    }

    /**
     * Spring Security takes the sessions that give way out of the store of a {@link DefaultWebSessionManager}, and does
     * not start without one. Here they have ended before that, when they were invalidated.
     */
    private static final class WithStore extends DefaultWebSessionManager {
        private final WebSessionManager sessions;

        WithStore(WebSessionManager sessions) {
            this.sessions = sessions;
            setSessionStore(new Ended());
        }

        @Override
        public Mono<WebSession> getSession(ServerWebExchange exchange) {
            return sessions.getSession(exchange);
        }
    }

    private static final class Ended implements WebSessionStore {
        @Override
        public Mono<Void> removeSession(String reference) {
            return Mono.empty();
        }

        @Override
        public Mono<WebSession> createWebSession() {
            return unsupported();
        }

        @Override
        public Mono<WebSession> retrieveSession(String sessionId) {
            return unsupported();
        }

        @Override
        public Mono<WebSession> updateLastAccessTime(WebSession session) {
            return unsupported();
        }

        private static Mono<WebSession> unsupported() {
            return Mono.error(() -> new UnsupportedOperationException("sessions are kept by DynamoSession"));
        }
    }
}
