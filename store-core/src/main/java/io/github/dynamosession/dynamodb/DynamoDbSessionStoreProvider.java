// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import io.github.dynamosession.spi.ProviderContext;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.SessionStoreProvider;
import io.github.dynamosession.spi.Setting;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/**
 * Makes a {@link DynamoDbSessionStore} from the settings {@code table-name} (required),
 * {@code read-consistency}, {@code delete-parts}, {@code ttl-grace}, {@code sweep-leftovers}, {@code create-table}, {@code
 * indexes} and {@code attribute-names.*}.
 *
 * <p>Its client is the application's if one was {@linkplain ProviderContext#resource handed over}: a
 * {@link DynamoDbClient}, otherwise a {@link DynamoDbAsyncClient}. Without one the store makes its own from
 * {@code region}, {@code endpoint} and {@code call-timeout}, which must not be set beside a client, and
 * {@code max-connections}, which limits the calls at once of a blocking client of the application, too; and with
 * an {@link AwsCredentialsProvider} if one was handed over, otherwise with the SDK's chain.
 */
public final class DynamoDbSessionStoreProvider implements SessionStoreProvider {
    static final Setting TABLE_NAME = new Setting("table-name", String.class, "none, required", "the DynamoDB table");
    private static final Setting REGION =
            new Setting("region", String.class, "the SDK's chain", "region of the client that is made");
    static final Setting ENDPOINT =
            new Setting("endpoint", URI.class, "the region's", "another endpoint, such as `http://localhost:8000`");
    private static final Setting CALL_TIMEOUT = new Setting(
            "call-timeout",
            Duration.class,
            "`3s`",
            "the longest that one call to DynamoDB may take, waiting for a connection and repetitions "
                    + "included; one attempt may take a third of it, but at least a second");
    static final Setting MAX_CONNECTIONS = new Setting(
            "max-connections",
            Integer.class,
            "`200`, as many as servers have threads; beside a client of the application no limit",
            "how many calls to DynamoDB may be under way at once. The others wait in the order in "
                    + "which they came, within `call-timeout` (beside a client: 3 s); a call that gets no "
                    + "connection fails and was not applied. Beside a blocking client of the application: that "
                    + "client's number of connections; an asynchronous one has `max-concurrency` instead");
    private static final Setting READ_CONSISTENCY = new Setting(
            "read-consistency",
            ReadConsistency.class,
            "`strong`",
            "`strong`, `eventual` (half the price, may miss the last moment's writes), `eventual-strong-on-miss`");
    static final Setting CREATE_TABLE = new Setting(
            "create-table", Boolean.class, "`false`", "creates the table if it is missing; for development");
    private static final Setting DELETE_PARTS = new Setting(
            "delete-parts",
            Boolean.class,
            "`false`",
            "whether [large values](large-values.md) are deleted as soon as they are replaced, and when their session "
                    + "ends, at the price of their write; otherwise TTL removes them for nothing");

    private static final Setting SWEEP_LEFTOVERS = new Setting(
            "sweep-leftovers",
            Boolean.class,
            "`false`",
            "whether a sweep also deletes what TTL removes elsewhere, for tables without TTL: see "
                    + "[multi-region.md](multi-region.md#sweeping)");

    private static final Setting TTL_GRACE = new Setting(
            "ttl-grace",
            Duration.class,
            "`0`",
            "how much later than a session's end DynamoDB's TTL removes its row, for instance `2d`, so that a sweep "
                    + "(`sweep-interval`) finds it before and notifies listeners. When a session expires does not depend "
                    + "on it");

    static final Setting INDEXES = new Setting(
            "indexes",
            List.class,
            "",
            "custom attributes, with commas, that the table has an index of: `user`, or `customer:number` for one "
                    + "of numbers; see [indexes.md](indexes.md)");

    /** For {@link java.util.ServiceLoader}. */
    public DynamoDbSessionStoreProvider() {}

    @Override
    public String name() {
        return "dynamodb";
    }

    @Override
    public List<Setting> settings() {
        return Stream.concat(
                        Stream.of(
                                TABLE_NAME,
                                REGION,
                                ENDPOINT,
                                CALL_TIMEOUT,
                                MAX_CONNECTIONS,
                                READ_CONSISTENCY,
                                DELETE_PARTS,
                                TTL_GRACE,
                                SWEEP_LEFTOVERS,
                                CREATE_TABLE,
                                INDEXES),
                        Arrays.stream(ItemAttribute.values()).map(ItemAttribute::setting))
                .toList();
    }

    @Override
    public SessionStore create(ProviderContext context) {
        boolean sound = true;
        DynamoDbSessionStore.Builder builder = DynamoDbSessionStore.builder()
                .clock(context.clock())
                .observer(context.observer())
                .settingNames(context::name);
        Optional<String> tableName = context.text(TABLE_NAME);
        if (tableName.isEmpty()) {
            context.problem(TABLE_NAME, "is required: the name of the DynamoDB table");
            sound = false;
        }
        tableName.ifPresent(builder::tableName);
        sound &= client(context, builder);
        context.choice(READ_CONSISTENCY, ReadConsistency.class).ifPresent(builder::readConsistency);
        context.flag(DELETE_PARTS).ifPresent(builder::deleteParts);
        sound &= ttlGrace(context, builder);
        context.flag(SWEEP_LEFTOVERS).ifPresent(builder::sweepLeftovers);
        context.flag(CREATE_TABLE).ifPresent(builder::createTable);
        sound &= indexes(context, builder);
        try {
            builder.itemAttributes(ItemAttributes.of(context::text));
        } catch (IllegalArgumentException e) {
            context.problem(ItemAttribute.ID.setting(), String.valueOf(e.getMessage()));
            sound = false;
        }
        if (sound) {
            try {
                return builder.build();
            } catch (IllegalArgumentException e) {
                String problem = String.valueOf(e.getMessage());
                context.problem(
                        REGION,
                        problem.endsWith(DynamoDbSessionStore.NO_REGION) ? DynamoDbSessionStore.NO_REGION : problem);
            }
        }
        return unusable();
    }

    private static boolean ttlGrace(ProviderContext context, DynamoDbSessionStore.Builder builder) {
        Optional<Duration> grace = context.duration(TTL_GRACE);
        if (grace.isPresent() && grace.get().isNegative()) {
            context.problem(TTL_GRACE, "must not be negative");
            return false;
        }
        grace.ifPresent(builder::ttlGrace);
        return true;
    }

    private static boolean indexes(ProviderContext context, DynamoDbSessionStore.Builder builder) {
        try {
            Indexes.parse(context.list(INDEXES)).forEach(builder::index);
            return true;
        } catch (IllegalArgumentException e) {
            context.problem(INDEXES, String.valueOf(e.getMessage()));
            return false;
        }
    }

    /** The application's client if there is one; otherwise what one of the store's own is made from. */
    private static boolean client(ProviderContext context, DynamoDbSessionStore.Builder builder) {
        Optional<DynamoDbClient> blocking = context.resource(DynamoDbClient.class);
        Optional<DynamoDbAsyncClient> other =
                blocking.isPresent() ? Optional.empty() : context.resource(DynamoDbAsyncClient.class);
        blocking.ifPresent(builder::client);
        other.ifPresent(builder::asyncClient);
        boolean sound = maxConnections(context, builder, other.isPresent());
        boolean rest =
                blocking.isPresent() || other.isPresent() ? saysNothingOfClient(context) : ownClient(context, builder);
        return sound && rest;
    }

    private static boolean maxConnections(
            ProviderContext context, DynamoDbSessionStore.Builder builder, boolean asynchronous) {
        Optional<String> text = context.text(MAX_CONNECTIONS);
        if (text.isEmpty()) {
            return true;
        }
        if (asynchronous) {
            context.problem(
                    MAX_CONNECTIONS,
                    "is set, but the client is the application's and asynchronous: set its max-concurrency there");
            return false;
        }
        try {
            int connections = Integer.parseInt(text.get());
            if (connections > 0) {
                builder.maxConnections(connections);
                return true;
            }
        } catch (NumberFormatException e) {
            // Reported below, as are numbers that make no sense.
        }
        context.problem(MAX_CONNECTIONS, "must be a positive number");
        return false;
    }

    private static boolean saysNothingOfClient(ProviderContext context) {
        boolean sound = true;
        for (Setting setting : List.of(REGION, ENDPOINT, CALL_TIMEOUT)) {
            if (context.text(setting).isPresent()) {
                context.problem(setting, "is set, but the client is the application's: set it there");
                sound = false;
            }
        }
        return sound;
    }

    private static boolean ownClient(ProviderContext context, DynamoDbSessionStore.Builder builder) {
        boolean sound = true;
        context.text(REGION).ifPresent(builder::region);
        Optional<URI> endpoint = context.uri(ENDPOINT);
        if (endpoint.isPresent()
                && (endpoint.get().getScheme() == null || endpoint.get().getHost() == null)) {
            context.problem(ENDPOINT, "needs a scheme and a host, as in http://localhost:8000");
            sound = false;
        }
        endpoint.ifPresent(builder::endpoint);
        context.resource(AwsCredentialsProvider.class).ifPresent(builder::credentials);
        Optional<Duration> callTimeout = context.duration(CALL_TIMEOUT);
        if (callTimeout.isPresent()
                && (callTimeout.get().isZero() || callTimeout.get().isNegative())) {
            context.problem(CALL_TIMEOUT, "must be positive");
            sound = false;
        }
        callTimeout.ifPresent(builder::callTimeout);
        return sound;
    }

    /** What is returned beside reported problems; nobody uses it. */
    private static SessionStore unusable() {
        DynamoDbSessionStore store = DynamoDbSessionStore.builder()
                .tableName("unusable")
                .client(new NoClient())
                .build();
        store.close();
        return store;
    }

    /** Refuses every call, as the interface's default methods do. */
    private static final class NoClient implements DynamoDbClient {
        @Override
        public String serviceName() {
            return SERVICE_NAME;
        }

        @Override
        public void close() {}
    }
}
