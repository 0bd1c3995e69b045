// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import io.github.dynamosession.ConfigurationException;
import io.github.dynamosession.SessionListener;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.SessionSettings;
import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.dynamodb.ItemAttribute;
import io.github.dynamosession.dynamodb.ItemAttributes;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.SessionStore;
import io.micronaut.context.ApplicationContext;
import io.micronaut.context.annotation.Bean;
import io.micronaut.context.annotation.Factory;
import io.micronaut.context.annotation.Requires;
import io.micronaut.context.exceptions.DisabledBeanException;
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
import java.util.Locale;
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
final class SessionBeans {
    private static final String PREFIX = DynamoDbSessionConfiguration.PREFIX + ".";

    private final ApplicationContext context;
    private final DynamoDbSessionConfiguration configuration;

    SessionBeans(ApplicationContext context, DynamoDbSessionConfiguration configuration) {
        this.context = context;
        this.configuration = configuration;
    }

    @Singleton
    @Bean(preDestroy = "close")
    @Requires(missingBeans = SessionStore.class)
    SessionStore store(List<SessionObserver> observers, Optional<Clock> clock) {
        String kind = configuration.getStore() == null ? "dynamodb" : configuration.getStore();
        Clock now = clock.orElseGet(Clock::systemUTC);
        return switch (kind) {
            case "dynamodb" -> dynamoDb(ObserversInTurn.of(observers), now);
            case "memory" -> new InMemorySessionStore(now);
            default -> throw new DisabledBeanException("the session manager makes the store " + kind);
        };
    }

    private SessionStore dynamoDb(SessionObserver observer, Clock clock) {
        List<String> problems = new ArrayList<>();
        DynamoDbSessionStore.Builder builder =
                DynamoDbSessionStore.builder().clock(clock).observer(observer);
        if (configuration.getTableName() == null || configuration.getTableName().isBlank()) {
            problems.add(PREFIX + "table-name is required: the name of the DynamoDB table");
        } else {
            builder.tableName(configuration.getTableName());
        }
        if (configuration.getReadConsistency() != null) {
            builder.readConsistency(configuration.getReadConsistency());
        }
        if (configuration.getCreateTable() != null) {
            builder.createTable(configuration.getCreateTable());
        }
        names(problems).ifPresent(builder::itemAttributes);
        client(builder, problems);
        if (problems.isEmpty()) {
            try {
                return builder.build();
            } catch (IllegalArgumentException e) {
                problems.add(PREFIX + "region or another setting of the client is wrong: " + e.getMessage());
            }
        }
        throw new ConfigurationException(problems);
    }

    private Optional<ItemAttributes> names(List<String> problems) {
        ItemAttributes.Builder names = ItemAttributes.builder();
        configuration.getAttributeNames().forEach((key, name) -> {
            try {
                names.name(ItemAttribute.valueOf(key.toUpperCase(Locale.ROOT).replace('-', '_')), name);
            } catch (IllegalArgumentException e) {
                problems.add(PREFIX + "attribute-names." + key + " is not the name of an attribute");
            }
        });
        try {
            return Optional.of(names.build());
        } catch (IllegalArgumentException e) {
            problems.add(PREFIX + "attribute-names: " + e.getMessage());
            return Optional.empty();
        }
    }

    /** The application's client if it has one, which stays open; otherwise one that the store makes and closes. */
    private void client(DynamoDbSessionStore.Builder builder, List<String> problems) {
        Optional<DynamoDbClient> blocking = bean(DynamoDbClient.class, problems);
        Optional<DynamoDbAsyncClient> other =
                blocking.isPresent() ? Optional.empty() : bean(DynamoDbAsyncClient.class, problems);
        blocking.ifPresent(builder::client);
        other.ifPresent(builder::asyncClient);
        if (blocking.isPresent() || other.isPresent()) {
            refuse("region", configuration.getRegion(), problems);
            refuse("endpoint", configuration.getEndpoint(), problems);
            refuse("call-timeout", configuration.getCallTimeout(), problems);
            return;
        }
        if (configuration.getClient() != null) {
            problems.add(PREFIX + "client names neither a DynamoDbClient nor a DynamoDbAsyncClient bean");
        }
        if (configuration.getRegion() != null) {
            builder.region(configuration.getRegion());
        }
        if (configuration.getEndpoint() != null) {
            builder.endpoint(configuration.getEndpoint());
        }
        Duration timeout = configuration.getCallTimeout();
        if (timeout != null && (timeout.isZero() || timeout.isNegative())) {
            problems.add(PREFIX + "call-timeout must be positive");
        } else if (timeout != null) {
            builder.callTimeout(timeout);
        }
    }

    private static void refuse(String key, @Nullable Object value, List<String> problems) {
        if (value != null) {
            problems.add(PREFIX + key + " is set, but the client is a bean of the application: set it there");
        }
    }

    private <T> Optional<T> bean(Class<T> type, List<String> problems) {
        String name = configuration.getClient();
        try {
            return name == null
                    ? context.findBean(Argument.of(type))
                    : context.findBean(Argument.of(type), Qualifiers.byName(name));
        } catch (NonUniqueBeanException e) {
            problems.add(PREFIX + "client must name one of the several " + type.getSimpleName() + " beans");
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
        SessionSettings settings = SettingsOfEnvironment.read(context.getEnvironment(), context.getClassLoader());
        List<String> problems = SettingsOfEnvironment.problems(settings, context.getEnvironment(), http);
        Duration idle = http.getMaxInactiveInterval();
        try {
            SessionManager.Builder builder = SessionManager.builder(settings)
                    .idleTimeout(idle.isNegative() || idle.isZero() ? null : idle)
                    .observer(ObserversInTurn.of(observers))
                    .executor(executor);
            listeners.forEach(builder::listener);
            store.ifPresent(builder::store);
            codec.ifPresent(builder::codec);
            clock.ifPresent(builder::clock);
            SessionManager manager = builder.build();
            if (problems.isEmpty()) {
                return manager;
            }
            manager.close();
        } catch (ConfigurationException e) {
            e.problems().forEach(problem -> problems.add(problem.replace(SessionSettings.PREFIX, PREFIX)));
        }
        throw new ConfigurationException(problems);
    }
}
