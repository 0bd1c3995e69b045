// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spring;

import io.github.dynamosession.SessionListener;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.settings.ConfigurationException;
import io.github.dynamosession.settings.SessionSettings;
import io.github.dynamosession.spi.SelectiveCodec;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.SessionStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.util.ClassUtils;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/**
 * The engine, made from Spring's configuration and beans; each part gives way to a bean of the application.
 *
 * <p>Used are the application's {@link DynamoDbClient} or {@link DynamoDbAsyncClient}, if it has one (several:
 * {@code dynamosession.client} names it), its {@link SessionStore}, {@link SessionCodec}, and every
 * {@link SessionObserver} and {@link SessionListener}. {@code dynamosession.enabled=false} switches all off.
 */
@AutoConfiguration(
        afterName = {
            "io.awspring.cloud.autoconfigure.dynamodb.DynamoDbAutoConfiguration",
            "org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration"
        },
        beforeName = "org.springframework.boot.webflux.autoconfigure.WebFluxAutoConfiguration")
@ConditionalOnWebApplication
@ConditionalOnProperty(name = SpringSettings.ENABLED, matchIfMissing = true)
@Import({
    SpringServletSessions.class,
    ReactiveSessionsOfUser.class,
    ReactiveSessions.class,
    ReactiveJetty.class,
    SpringCodecs.class
})
public final class DynamoSessionAutoConfiguration {
    private static final String SECURITY_CONTEXT = "org.springframework.security.core.context.SecurityContext";
    private static final String CLIENT = SessionSettings.PREFIX + "client";

    /** Made by Spring. */
    public DynamoSessionAutoConfiguration() {}

    @Bean
    @ConditionalOnMissingBean
    SessionSettings dynamoSessionSettings(
            ApplicationDefaults defaults,
            ConfigurableEnvironment environment,
            ConfigurableListableBeanFactory beans,
            ObjectProvider<SessionStore> store) {
        ClassLoader loader = beans.getBeanClassLoader();
        SessionSettings.Builder settings = SpringSettings.read(
                defaults.builder(), environment, loader == null ? getClass().getClassLoader() : loader);
        if (store.getIfAvailable() == null) {
            client(settings, settings.build(), beans);
        }
        return settings.build();
    }

    /** The application's client, if it has one. */
    private static void client(
            SessionSettings.Builder settings, SessionSettings said, ConfigurableListableBeanFactory beans) {
        if (!said.store().equals("dynamodb")) {
            return;
        }
        @Nullable String name = said.text("client").orElse(null);
        List<String> problems = new ArrayList<>();
        DynamoDbClient blocking = bean(DynamoDbClient.class, name, beans, problems);
        if (blocking != null) {
            settings.resource(DynamoDbClient.class, blocking);
            return;
        }
        DynamoDbAsyncClient other = bean(DynamoDbAsyncClient.class, name, beans, problems);
        if (other != null) {
            settings.resource(DynamoDbAsyncClient.class, other);
        } else if (name != null) {
            problems.add(CLIENT + " names neither a DynamoDbClient nor a DynamoDbAsyncClient bean");
        }
        if (!problems.isEmpty()) {
            // Without the client that was meant, none is made: it might create a table somewhere else.
            throw new ConfigurationException(problems);
        }
    }

    private static <T> @Nullable T bean(
            Class<T> type, @Nullable String name, ListableBeanFactory beans, List<String> problems) {
        if (name != null) {
            return beans.containsBean(name) && beans.isTypeMatch(name, type) ? beans.getBean(name, type) : null;
        }
        ObjectProvider<T> provider = beans.getBeanProvider(type);
        T unique = provider.getIfUnique();
        if (unique == null && provider.stream().findAny().isPresent()) {
            problems.add(CLIENT + " must name one of the several " + type.getSimpleName() + " beans");
        }
        return unique;
    }

    @Bean(destroyMethod = "close")
    @ConditionalOnMissingBean
    SessionManager dynamoSessionManager(
            SessionSettings settings,
            ApplicationDefaults defaults,
            ObjectProvider<SessionStore> store,
            ObjectProvider<SessionCodec> codecs,
            ObjectProvider<SessionObserver> observers,
            ObjectProvider<SessionListener> listeners) {
        SessionManager.Builder builder = SessionManager.builder(settings)
                .usedBy(defaults.user(), settings.text("cookie.name").orElse(defaults.cookie()))
                .eventLoop(defaults.eventLoop())
                .observer(SessionObserver.all(observers.orderedStream().toList()));
        store.ifAvailable(builder::store);
        for (SessionCodec codec : codecs.orderedStream().toList()) {
            if (codec instanceof SelectiveCodec selective) {
                builder.selectiveCodec(selective);
            } else {
                builder.codec(codec);
            }
        }
        listeners.orderedStream().forEach(builder::listener);
        if (ClassUtils.isPresent(SECURITY_CONTEXT, getClass().getClassLoader())) {
            builder.principal(SecurityPrincipal::of);
        }
        Executor executor = defaults.executor();
        if (executor != null) {
            builder.executor(executor);
        }
        return builder.build();
    }
}
