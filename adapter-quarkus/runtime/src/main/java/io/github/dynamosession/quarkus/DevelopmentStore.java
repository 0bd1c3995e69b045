// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus;

import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.settings.SessionSettings;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.StoreOperation;
import io.github.dynamosession.spi.UnreadableValueException;
import io.quarkus.arc.Arc;
import io.quarkus.arc.InjectableBean;
import io.quarkus.runtime.LaunchMode;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Default;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.eclipse.microprofile.config.Config;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/**
 * What stands in for DynamoDB in development and tests, where nothing says which DynamoDB is meant; never
 * in production.
 *
 * <p>These say it, and then nothing is replaced: {@code dynamosession.region}, {@code .endpoint} or
 * {@code .store}; a bean of the application that is a {@link SessionStore}, a {@code DynamoDbClient} or a
 * {@code DynamoDbAsyncClient}; a region or an endpoint of the client that the Amazon Services extension
 * makes. The name of a table does not, because every application has one; neither do {@code AWS_REGION} and
 * the rest of the SDK's chain, because many a shell has one: the application would begin to write to a real
 * table when all that was meant is to try something.
 */
final class DevelopmentStore {
    private static final Logger LOG = LoggerFactory.getLogger(DevelopmentStore.class);

    private static final List<String> SETTINGS = List.of("region", "endpoint", "store");

    /** Of the client that the Amazon Services extension makes, after its prefix and the client's name. */
    private static final List<String> AMAZON_SETTINGS = List.of("aws.region", "endpoint-override");

    /**
     * Outlives live reloads, as this class does, which is of a library. It holds encoded values only,
     * so nothing of the application's class loader stays behind.
     */
    private static @Nullable Lasting lasting;

    private DevelopmentStore() {}

    /**
     * The store in memory, if nothing else is configured.
     *
     * @param settings what is configured
     * @param config for the settings of the Amazon Services extension
     * @param clock decides what is expired
     * @param observer is told of operations
     * @return empty if the settings are to decide
     */
    static Optional<SessionStore> instead(
            SessionSettings settings, Config config, Clock clock, SessionObserver observer) {
        LaunchMode mode = LaunchMode.current();
        Optional<String> client = settings.text("client");
        String amazon = client.map(name -> "quarkus.dynamodb." + name + ".").orElse("quarkus.dynamodb.");
        if (!isWanted(
                mode,
                key -> settings.text(key).isPresent(),
                key -> isSet(config, amazon + key),
                clients(client.isPresent()))) {
            return Optional.empty();
        }
        LOG.info("Sessions are kept in memory, for development and tests: dynamosession.region or"
                + " dynamosession.endpoint would keep them in DynamoDB");
        return Optional.of(
                mode == LaunchMode.DEVELOPMENT ? lasting(clock, observer) : new InMemorySessionStore(clock, observer));
    }

    static boolean isWanted(
            LaunchMode mode,
            Predicate<String> settings,
            Predicate<String> amazonSettings,
            Collection<InjectableBean.Kind> clients) {
        boolean amazonsClient = clients.contains(InjectableBean.Kind.SYNTHETIC);
        boolean applicationsClient = clients.stream().anyMatch(kind -> kind != InjectableBean.Kind.SYNTHETIC);
        return mode.isDevOrTest()
                && SETTINGS.stream().noneMatch(settings)
                && !applicationsClient
                && !(amazonsClient && AMAZON_SETTINGS.stream().anyMatch(amazonSettings));
    }

    /** Those of extensions are synthetic; those of the application are not. One that has a name is used by name. */
    private static List<InjectableBean.Kind> clients(boolean named) {
        return List.of(DynamoDbClient.class, DynamoDbAsyncClient.class).stream()
                .flatMap(type -> Arc.container().beanManager().getBeans(type, Any.Literal.INSTANCE).stream())
                .filter(bean -> named || bean.getQualifiers().contains(Default.Literal.INSTANCE))
                .map(bean -> ((InjectableBean<?>) bean).getKind())
                .toList();
    }

    private static boolean isSet(Config config, String key) {
        return config.getOptionalValue(key, String.class)
                .filter(value -> !value.isBlank())
                .isPresent();
    }

    private static synchronized SessionStore lasting(Clock clock, SessionObserver observer) {
        Lasting current = lasting;
        if (current == null) {
            current = new Lasting();
            lasting = current;
        }
        current.clock = clock;
        current.observer = observer;
        return current.store;
    }

    /** Lets go of what belongs to the application that stops, so that its classes can be unloaded. */
    static synchronized void forget() {
        if (lasting != null) {
            lasting.clock = Clock.systemUTC();
            lasting.observer = SessionObserver.NONE;
        }
    }

    /** The store of development, with the clock and the observer of the application that runs now. */
    private static final class Lasting extends Clock implements SessionObserver {
        private volatile Clock clock = Clock.systemUTC();
        private volatile SessionObserver observer = SessionObserver.NONE;
        private final InMemorySessionStore store = new InMemorySessionStore(this, this);

        @Override
        public Instant instant() {
            return clock.instant();
        }

        @Override
        public ZoneId getZone() {
            return clock.getZone();
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return clock.withZone(zone);
        }

        @Override
        public void operation(StoreOperation operation) {
            observer.operation(operation);
        }

        @Override
        public void unreadableAttribute(UnreadableValueException reason) {
            observer.unreadableAttribute(reason);
        }
    }
}
