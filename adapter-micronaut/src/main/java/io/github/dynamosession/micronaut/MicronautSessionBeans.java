// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import io.github.dynamosession.SessionListener;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.settings.ConfigurationException;
import io.github.dynamosession.settings.SessionSettings;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.SessionStore;
import io.micronaut.context.ApplicationContext;
import io.micronaut.context.annotation.Bean;
import io.micronaut.context.annotation.Factory;
import io.micronaut.context.annotation.Requires;
import io.micronaut.context.exceptions.NonUniqueBeanException;
import io.micronaut.core.type.Argument;
import io.micronaut.inject.qualifiers.Qualifiers;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.session.http.HttpSessionConfiguration;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/**
 * The engine, made from Micronaut's configuration and beans. Each part gives way to a bean of the
 * application. What may be missing is injected as an {@code Optional}: 4.9 and 4.10 differ in which
 * annotation says so.
 */
@Factory
final class MicronautSessionBeans {
    private final ApplicationContext context;

    MicronautSessionBeans(ApplicationContext context) {
        this.context = context;
    }

    /** The application's client, if it has one. */
    private void client(SessionSettings.Builder settings, @Nullable String name, List<String> problems) {
        Optional<DynamoDbClient> blocking = bean(DynamoDbClient.class, name, problems);
        Optional<DynamoDbAsyncClient> other =
                blocking.isPresent() ? Optional.empty() : bean(DynamoDbAsyncClient.class, name, problems);
        blocking.ifPresent(client -> settings.resource(DynamoDbClient.class, client));
        other.ifPresent(client -> settings.resource(DynamoDbAsyncClient.class, client));
        if (name != null && blocking.isEmpty() && other.isEmpty()) {
            problems.add(SettingsOfEnvironment.PREFIX
                    + "client names neither a DynamoDbClient nor a DynamoDbAsyncClient bean");
        }
    }

    private <T> Optional<T> bean(Class<T> type, @Nullable String name, List<String> problems) {
        try {
            return name == null
                    ? context.findBean(Argument.of(type))
                    : context.findBean(Argument.of(type), Qualifiers.byName(name));
        } catch (NonUniqueBeanException e) {
            problems.add(SettingsOfEnvironment.PREFIX + "client must name one of the several " + type.getSimpleName()
                    + " beans");
            return Optional.empty();
        }
    }

    @Singleton
    @Bean(preDestroy = "close")
    @Requires(missingBeans = SessionManager.class)
    SessionManager manager(
            HttpSessionConfiguration http,
            Optional<SessionStore> store,
            Optional<SessionCodec> codec,
            List<SessionObserver> observers,
            List<SessionListener> listeners,
            Optional<Clock> clock,
            @Named(TaskExecutors.BLOCKING) ExecutorService executor) {
        SessionSettings.Builder given = SettingsOfEnvironment.of(context.getEnvironment(), context.getClassLoader());
        SessionSettings read = given.build();
        List<String> problems = new ArrayList<>();
        if (store.isEmpty() && read.store().equals("dynamodb")) {
            client(given, read.text(SettingsOfEnvironment.CLIENT.key()).orElse(null), problems);
        }
        // Without the client that was meant, none is made: it might create a table somewhere else.
        Optional<SessionStore> used = problems.isEmpty() ? store : Optional.of(new InMemorySessionStore());
        SessionSettings settings = given.build();
        problems.addAll(SettingsOfEnvironment.problems(settings, context.getEnvironment(), http));
        Duration idle = http.getMaxInactiveInterval();
        try {
            SessionManager.Builder builder = SessionManager.builder(settings)
                    .usedBy("Micronaut", http.getCookieName())
                    .idleTimeout(idle.isNegative() || idle.isZero() ? null : idle)
                    .observer(SessionObserver.all(observers))
                    .principal(MicronautSession::principal)
                    .executor(executor);
            listeners.forEach(builder::listener);
            used.ifPresent(builder::store);
            codec.ifPresent(builder::codec);
            clock.ifPresent(builder::clock);
            SessionManager manager = builder.build();
            if (problems.isEmpty()) {
                return manager;
            }
            manager.close();
        } catch (ConfigurationException e) {
            problems.addAll(e.problems());
        }
        throw new ConfigurationException(problems);
    }
}
