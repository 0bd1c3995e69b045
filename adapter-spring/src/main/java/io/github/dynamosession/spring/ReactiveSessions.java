// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spring;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.settings.SessionSettings;
import io.github.dynamosession.web.CookiePolicy;
import java.time.Duration;
import java.util.List;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.web.server.WebExceptionHandler;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.adapter.WebHttpHandlerBuilder;
import org.springframework.web.server.session.WebSessionManager;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** Sessions of WebFlux; what may block does so on Reactor's threads for that, never on an event loop. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
class ReactiveSessions {
    /** Boot's handler, which writes the answer, has -1. */
    private static final int BEFORE_BOOTS = -2;

    private static final String SESSION = "server.reactive.session.";
    private static final String COOKIE_NAME = "SESSION";
    private static final List<String> COOKIE =
            List.of("name", "path", "domain", "secure", "http-only", "same-site", "max-age", "partitioned");

    @Bean
    ApplicationDefaults dynamoSessionDefaults(Environment environment) {
        // The attributes of a WebSession are a map, which has to answer at once.
        SessionSettings.Builder settings = SessionSettings.builder().fallback("prefetch", "*");
        Binder binder = Binder.get(environment);
        binder.bind(SESSION + "timeout", Duration.class)
                .ifBound(timeout -> settings.fallback(
                        "idle-timeout", timeout.isZero() || timeout.isNegative() ? "never" : timeout.toString()));
        for (String part : COOKIE) {
            binder.bind(SESSION + "cookie." + part, String.class)
                    .ifBound(text -> settings.fallback("cookie." + part, text));
        }
        Scheduler threads = Schedulers.boundedElastic();
        return new ApplicationDefaults(
                "Spring WebFlux", COOKIE_NAME, settings, threads::schedule, Schedulers::isInNonBlockingThread);
    }

    @Bean(WebHttpHandlerBuilder.WEB_SESSION_MANAGER_BEAN_NAME)
    @ConditionalOnMissingBean(name = WebHttpHandlerBuilder.WEB_SESSION_MANAGER_BEAN_NAME)
    WebSessionManager webSessionManager(SessionManager manager, SessionSettings settings) {
        return of(manager, settings);
    }

    @Bean
    @Order(BEFORE_BOOTS)
    WebExceptionHandler dynamoSessionFailures() {
        return DynamoWebSessionManager::refuse;
    }

    @Bean
    @Order(Ordered.HIGHEST_PRECEDENCE)
    WebFilter dynamoSessionOfAbsentClients() {
        return DynamoWebSessionManager::saveIfCancelled;
    }

    static WebSessionManager of(SessionManager manager, SessionSettings settings) {
        return new DynamoWebSessionManager(
                manager,
                CookiePolicy.builder(COOKIE_NAME).apply(settings.cookie()).build(),
                settings.paths());
    }
}
