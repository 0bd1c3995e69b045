// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spring;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.servlet.DynamoSessionFilter;
import io.github.dynamosession.settings.ConfigurationException;
import io.github.dynamosession.settings.SessionSettings;
import io.github.dynamosession.spi.InjectedFields;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletContext;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.web.servlet.ServletContextInitializer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;
import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.web.context.WebApplicationContext;
import org.springframework.web.util.WebUtils;

/** The filter of the servlet adapter, in front of Spring Security and behind what prepares the request. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
class SpringServletSessions {
    /**
     * Behind the filters that prepare the request (encoding, forwarded headers, observation), before Spring Security
     * (-100) and whatever else uses sessions.
     */
    private static final int FILTER_ORDER = Ordered.HIGHEST_PRECEDENCE + 50;

    private static final String FAILED_LOGINS = "failed-logins";

    private static final String SESSION = "server.servlet.session.";

    /** Set by {@code HttpSessionMutexListener}: a lock is no data. */
    private static final String MUTEX = WebUtils.SESSION_MUTEX_ATTRIBUTE;

    @Bean
    static SessionScopedBeans dynamoSessionScopedBeans(ConfigurableListableBeanFactory beans) {
        return new SessionScopedBeans(beans);
    }

    /** In place of Spring's own scope of this name. */
    @Bean
    static BeanFactoryPostProcessor dynamoSessionScope() {
        return beans ->
                beans.registerScope(WebApplicationContext.SCOPE_SESSION, beans.getBean(SessionScopedBeans.class));
    }

    @Bean
    ApplicationDefaults dynamoSessionDefaults(
            ServletContext context,
            SessionScopedBeans scoped,
            Environment environment,
            @Qualifier("applicationTaskExecutor") ObjectProvider<AsyncTaskExecutor> executor) {
        SessionSettings.Builder settings = DynamoSessionFilter.settings(context).resource(InjectedFields.class, scoped);
        // To the second, where the container has minutes.
        Binder binder = Binder.get(environment);
        binder.bind(SESSION + "timeout", Duration.class)
                .ifBound(timeout -> settings.fallback(
                        "idle-timeout", timeout.isZero() || timeout.isNegative() ? "never" : timeout.toString()));
        // Spring Boot applies it to the cookie that has the container's name, which is another one.
        binder.bind(SESSION + "cookie.same-site", String.class)
                .map(text -> text.toLowerCase(Locale.ROOT))
                .map(text -> List.of("lax", "strict", "none").contains(text) ? text : null)
                .ifBound(text -> settings.fallback("cookie.same-site", text));
        return new ApplicationDefaults(
                "Spring on servlets",
                Optional.ofNullable(context.getSessionCookieConfig().getName()).orElse("JSESSIONID"),
                settings,
                executor.getIfAvailable(),
                () -> false);
    }

    @Bean
    @ConditionalOnMissingBean(value = DynamoSessionFilter.class, parameterizedContainer = FilterRegistrationBean.class)
    FilterRegistrationBean<DynamoSessionFilter> dynamoSessionFilter(
            SessionManager manager, SessionSettings settings, SessionScopedBeans scoped, ListableBeanFactory beans) {
        if (beans.containsBean("springSessionRepositoryFilter")) {
            throw new ConfigurationException(
                    List.of("Spring Session's filter is there, too, and one request has one session: take its"
                            + " dependency away, or set dynamosession.enabled=false"));
        }
        var filter = new FilterRegistrationBean<>(DynamoSessionFilter.builder(manager)
                .settings(settings)
                .listener(scoped)
                .unstoredAttributes(MUTEX)
                .unstoredValues(failedLogins(settings))
                .build());
        filter.setName("dynamosession");
        filter.setOrder(FILTER_ORDER);
        filter.setDispatcherTypes(DispatcherType.REQUEST, DispatcherType.ERROR, DispatcherType.ASYNC);
        return filter;
    }

    /** When the filter starts it is too late for Jetty. */
    @Bean
    ServletContextInitializer dynamoSessionContainerCookie() {
        return DynamoSessionFilter::renameContainerCookie;
    }

    /** Which failed logins stay in the memory of their request. */
    private static Predicate<Object> failedLogins(SessionSettings settings) {
        String how = settings.text(FAILED_LOGINS).orElse("message");
        return switch (how) {
            case "message" -> StoredFailures::isUnstorable;
            case "none" -> StoredFailures::isFailure;
            default ->
                throw new ConfigurationException(
                        List.of(SessionSettings.PREFIX + FAILED_LOGINS + " must be one of message, none"));
        };
    }
}
