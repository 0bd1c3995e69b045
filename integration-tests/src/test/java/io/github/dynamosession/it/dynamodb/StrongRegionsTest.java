// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.dynamodb;

import static io.github.dynamosession.it.dynamodb.Stores.await;
import static io.github.dynamosession.it.dynamodb.Stores.delta;
import static io.github.dynamosession.it.dynamodb.Stores.failure;
import static io.github.dynamosession.it.dynamodb.Stores.found;
import static io.github.dynamosession.it.dynamodb.Stores.item;
import static io.github.dynamosession.it.dynamodb.Stores.json;
import static io.github.dynamosession.it.dynamodb.Stores.key;
import static io.github.dynamosession.it.dynamodb.Stores.session;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.ChangeIdOutcome;
import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.java.JavaCodec;
import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.dynamodb.DynamoDbTables;
import io.github.dynamosession.dynamodb.ItemAttributes;
import io.github.dynamosession.dynamodb.SessionTable;
import io.github.dynamosession.it.dynamodb.StrongRegion.Conflicts;
import io.github.dynamosession.spi.ChangeKeyOutcome;
import io.github.dynamosession.spi.CreateOutcome;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.IndexType;
import io.github.dynamosession.spi.IndexedSessionStore;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.PartStore;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionDelta.Condition;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.UpdateOutcome;
import io.github.dynamosession.testkit.IndexedSessionStoreContract;
import io.github.dynamosession.testkit.MovableClock;
import io.github.dynamosession.testkit.PartStoreContract;
import io.github.dynamosession.testkit.SessionStoreContract;
import io.github.dynamosession.testkit.SessionStoreFuzz;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.api.BackoffStrategy;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

@DisplayName("On a table with multi-Region strong consistency")
class StrongRegionsTest {
    private static final String USER = "user";

    /** Of each race: other tests run more of them, and these take longer. */
    private static final int ROUNDS = 4;

    /** A region, with a client as an application there would have. */
    private static final class Endpoint implements AutoCloseable {
        private final String table;
        private final StrongRegion region;
        private final FaultyProxy proxy;
        private final DynamoDbClient client;
        private final DynamoDbAsyncClient async;

        /** With a table of its own: sweeps read everything, and the contract leaves large rows behind. */
        Endpoint(Conflicts conflicts, long seed) {
            this(conflicts, seed, "strong-region-" + seed);
            DynamoDbTables.createTable(Stores.DIRECT, table, ItemAttributes.defaults(), Map.of(USER, IndexType.TEXT));
        }

        Endpoint(Conflicts conflicts, long seed, String table) {
            this.table = table;
            region = new StrongRegion(conflicts, seed);
            proxy = new FaultyProxy(Stores.endpoint(), region);
            client = DynamoDbClient.builder()
                    .endpointOverride(proxy.endpoint())
                    .region(Region.US_EAST_1)
                    .credentialsProvider(Stores.CREDENTIALS)
                    .overrideConfiguration(attempts())
                    .build();
            async = DynamoDbAsyncClient.builder()
                    .endpointOverride(proxy.endpoint())
                    .region(Region.US_EAST_1)
                    .credentialsProvider(Stores.CREDENTIALS)
                    .overrideConfiguration(attempts())
                    .build();
        }

        /** Three in all, at once: the pauses of the SDK prove nothing. */
        private static ClientOverrideConfiguration attempts() {
            return ClientOverrideConfiguration.builder()
                    .retryStrategy(AwsRetryStrategy.standardRetryStrategy().toBuilder()
                            .maxAttempts(3)
                            .backoffStrategy(BackoffStrategy.retryImmediately())
                            .throttlingBackoffStrategy(BackoffStrategy.retryImmediately())
                            .circuitBreakerEnabled(false)
                            .build())
                    .build();
        }

        DynamoDbSessionStore.Builder store(Stores.Kind kind, Clock clock) {
            DynamoDbSessionStore.Builder builder =
                    DynamoDbSessionStore.builder().tableName(table).clock(clock);
            return kind == Stores.Kind.BLOCKING ? builder.client(client) : builder.asyncClient(async);
        }

        /** Closes; fails if hardly a write was refused, so that nothing was proved. */
        void closeProven() {
            close();
            assertThat(region.refused()).isGreaterThan(10);
        }

        @Override
        public void close() {
            client.close();
            async.close();
            proxy.close();
        }
    }

    @Nested
    @Tag("full")
    @EnabledIfSystemProperty(named = "tests", matches = "full", disabledReason = "runs with -Dtests=full")
    @DisplayName("the contract of a store holds, with a blocking client")
    class Blocking extends SessionStoreContract {
        private static final Endpoint ENDPOINT = new Endpoint(Conflicts.BEFORE, 1);

        @Override
        protected SessionStore createStore(Clock clock) {
            return ENDPOINT.store(Stores.Kind.BLOCKING, clock).build();
        }

        @Override
        protected int rounds() {
            return ROUNDS;
        }

        @AfterAll
        static void close() {
            ENDPOINT.closeProven();
        }
    }

    @Nested
    @Tag("full")
    @EnabledIfSystemProperty(named = "tests", matches = "full", disabledReason = "runs with -Dtests=full")
    @DisplayName("the contract of a store holds, with an asynchronous client: conflicts hide lost replies")
    class Async extends SessionStoreContract {
        private static final Endpoint ENDPOINT = new Endpoint(Conflicts.BEFORE_AND_BEHIND_LOST_REPLIES, 2);

        @Override
        protected SessionStore createStore(Clock clock) {
            return ENDPOINT.store(Stores.Kind.ASYNC, clock).build();
        }

        @Override
        protected boolean losesReplies() {
            return true;
        }

        @Override
        protected int rounds() {
            return ROUNDS;
        }

        @AfterAll
        static void close() {
            ENDPOINT.closeProven();
        }
    }

    @Nested
    @Tag("full")
    @EnabledIfSystemProperty(named = "tests", matches = "full", disabledReason = "runs with -Dtests=full")
    @DisplayName("the contract of parts holds")
    class Parts extends PartStoreContract {
        private static final Endpoint ENDPOINT = new Endpoint(Conflicts.BEFORE, 3);

        @Override
        protected PartStore createStore(Clock clock) {
            return ENDPOINT.store(Stores.Kind.BLOCKING, clock).build();
        }

        @AfterAll
        static void close() {
            ENDPOINT.closeProven();
        }
    }

    @Nested
    @DisplayName("the contract of an index holds")
    class Index extends IndexedSessionStoreContract {
        // A deletion by index whose reply is lost is uncertain, here as elsewhere.
        private static final Endpoint ENDPOINT = new Endpoint(Conflicts.BEFORE, 4);

        @Override
        protected IndexedSessionStore createStore(Clock clock) {
            return ENDPOINT.store(Stores.Kind.BLOCKING, clock)
                    .index(USER, IndexType.TEXT)
                    .build();
        }

        @AfterAll
        static void close() {
            ENDPOINT.closeProven();
        }
    }

    @Nested
    @Tag("full")
    @EnabledIfSystemProperty(named = "tests", matches = "full", disabledReason = "runs with -Dtests=full")
    @DisplayName("nodes in two regions work on the same sessions")
    class Fuzz extends SessionStoreFuzz {
        private static final Endpoint FIRST = new Endpoint(Conflicts.BEFORE_AND_BEHIND_LOST_REPLIES, 5);
        private static final List<Endpoint> REGIONS = List.of(FIRST, new Endpoint(Conflicts.BEFORE, 6, FIRST.table));

        @Override
        protected SessionStore createStore(Clock clock) {
            return REGIONS.get(0).store(Stores.Kind.BLOCKING, clock).build();
        }

        @Override
        protected List<SessionStore> createNodes(int count, Clock clock) {
            List<SessionStore> nodes = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                Stores.Kind kind = i % 4 < 2 ? Stores.Kind.BLOCKING : Stores.Kind.ASYNC;
                nodes.add(REGIONS.get(i % 2).store(kind, clock).build());
            }
            return nodes;
        }

        @Override
        protected int rounds() {
            return 4;
        }

        @AfterAll
        static void close() {
            REGIONS.forEach(Endpoint::closeProven);
        }
    }

    @Nested
    @DisplayName("a write that meets another region's")
    class Conflicting {
        private final MovableClock clock = new MovableClock();
        private final FaultyProxy proxy = new FaultyProxy(Stores.endpoint());
        private final SessionStore direct = Stores.Kind.BLOCKING.store(Stores.endpoint(), clock);

        @AfterEach
        void close() {
            proxy.close();
        }

        private SessionStore store(Stores.Kind kind) {
            return kind.withoutRetries(proxy.endpoint())
                    .tableName(Stores.TABLE)
                    .clock(clock)
                    .build();
        }

        private void conflict(String operation) {
            proxy.answer(operation, 3, 400, StrongRegion.CONFLICT);
        }

        private SessionDelta.Builder increment(String from, String to) {
            return delta().set("n", json(to))
                    .seenVersion(1)
                    .condition(new Condition.AttributesUnchanged(Map.of("n", Optional.of(json(from)))));
        }

        @ParameterizedTest
        @EnumSource
        @DisplayName("is repeated, each kind of request, and applied once")
        void repeated(Stores.Kind kind) {
            SessionStore store = store(kind);
            SessionKey key = key();
            conflict("PutItem");
            assertThat(await(store.create(key, session(clock, Map.of("n", json("1"))))))
                    .isEqualTo(new CreateOutcome.Written(1));
            conflict("UpdateItem");
            assertThat(await(store.update(key, increment("1", "2").build()))).isEqualTo(new UpdateOutcome.Written(2));
            conflict("UpdateItem");
            assertThat(await(store.update(
                            key, delta().access(Stores.access(clock)).build())))
                    .isEqualTo(new UpdateOutcome.Written(2));
            // Three for the copy; the next three meet the flip.
            SessionKey to = key();
            conflict("PutItem");
            proxy.before("PutItem", () -> conflict("PutItem"));
            assertThat(await(store.changeKey(
                            key, to, found(direct, key), delta().build(), KeyChangeReason.PRIVILEGE_CHANGE)))
                    .isInstanceOf(ChangeKeyOutcome.Changed.class);
            conflict("PutItem");
            assertThat(await(store.delete(to))).isEqualTo(DeleteOutcome.DELETED);
            assertThat(proxy.operations()).filteredOn("PutItem"::equals).hasSize(4 + 8 + 4);
            assertThat(proxy.operations()).filteredOn("UpdateItem"::equals).hasSize(4 + 4);
            assertThat(item(to).get("kind").s()).isEqualTo("ended");
        }

        @ParameterizedTest
        @EnumSource
        @DisplayName("finds what that has changed: both increments count, and neither twice")
        void both(Stores.Kind kind) {
            SessionStore store = store(kind);
            SessionKey key = key();
            await(direct.create(key, session(clock, Map.of("n", json("1")))));
            proxy.answerAnd(
                    "UpdateItem",
                    400,
                    StrongRegion.CONFLICT,
                    () -> await(direct.update(key, increment("1", "2").build())));
            assertThat(await(store.update(key, increment("1", "2").build())))
                    .isInstanceOf(UpdateOutcome.Conflict.class);
            SessionDelta again = increment("2", "3").seenVersion(2).build();
            assertThat(await(store.update(key, again))).isEqualTo(new UpdateOutcome.Written(3));
        }

        @Test
        @DisplayName("and one of whose attempts was applied before, its reply lost, is recognised")
        void behindLostReply() {
            try (Endpoint endpoint = new Endpoint(Conflicts.BEFORE, 7, Stores.TABLE)) {
                SessionStore store = endpoint.store(Stores.Kind.BLOCKING, clock).build();
                SessionKey key = key();
                await(store.create(key, session(clock, Map.of("n", json("1")))));
                for (int i = 1; i < 5; i++) {
                    // The client's three attempts: applied and lost, refused, refused. Then ours.
                    endpoint.proxy.loseReplyTo("UpdateItem");
                    endpoint.proxy.answer("UpdateItem", 2, 400, StrongRegion.CONFLICT);
                    SessionDelta next =
                            increment("" + i, "" + (i + 1)).seenVersion(i).build();
                    assertThat(await(store.update(key, next))).isEqualTo(new UpdateOutcome.Written(i + 1));
                }
            }
        }

        @Test
        @DisplayName("that may have been applied before somebody else wrote is neither repeated nor said to be refused")
        void behindLostReplyAndOthers() {
            try (Endpoint endpoint = new Endpoint(Conflicts.BEFORE, 10, Stores.TABLE)) {
                SessionStore store = endpoint.store(Stores.Kind.BLOCKING, clock).build();
                SessionKey key = key();
                await(direct.create(key, session(clock, Map.of("n", json("1")))));
                endpoint.proxy.loseReplyTo(
                        "UpdateItem",
                        () -> await(direct.update(
                                key, increment("2", "3").seenVersion(2).build())));
                endpoint.proxy.answer("UpdateItem", 2, 400, StrongRegion.CONFLICT);
                assertThat(failure(store.update(key, increment("1", "2").build())))
                        .isInstanceOfSatisfying(
                                SessionStoreException.class,
                                e -> assertThat(e.outcomeUnknown()).isTrue());
                assertThat(found(direct, key).attributes()).isEqualTo(Map.of("n", json("3")));
            }
        }

        @ParameterizedTest
        @EnumSource
        @DisplayName(
                "and whose last attempt is applied, its reply lost, has an unknown outcome; a repetition is recognised")
        void beforeLostReply(Stores.Kind kind) {
            // Which releases of the SDK repeat a conflict by themselves is not the matter.
            SessionStore store = kind.withoutRetries(proxy.endpoint())
                    .tableName(Stores.TABLE)
                    .clock(clock)
                    .build();
            SessionKey key = key();
            await(direct.create(key, session(clock, Map.of("n", json("1")))));
            proxy.answer("UpdateItem", 2, 400, StrongRegion.CONFLICT);
            proxy.loseReplyTo("UpdateItem");
            SessionDelta change = increment("1", "2").build();
            assertThat(failure(store.update(key, change)))
                    .isInstanceOfSatisfying(
                            SessionStoreException.class,
                            e -> assertThat(e.outcomeUnknown()).isTrue());
            assertThat(proxy.operations()).hasSize(3);
            assertThat(await(store.update(key, change.repeated()))).isEqualTo(new UpdateOutcome.Written(2));
        }

        @ParameterizedTest
        @EnumSource
        @DisplayName("all the time fails, certainly not applied")
        void givesWay(Stores.Kind kind) {
            SessionStore store = store(kind);
            SessionKey key = key();
            await(direct.create(key, session(clock, Map.of())));
            proxy.answer("UpdateItem", 100, 400, StrongRegion.CONFLICT);
            assertThat(failure(store.update(key, delta().set("a", json("1")).build())))
                    .isInstanceOfSatisfying(
                            SessionStoreException.class,
                            e -> assertThat(e.outcomeUnknown()).isFalse())
                    .hasMessageContaining("another region");
            assertThat(proxy.operations()).hasSize(11);
            assertThat(found(direct, key).version()).isEqualTo(1);
        }
    }

    @Test
    @DisplayName("no request is a transaction or about TTL, from the creation of the table to the sweep")
    void requests() {
        String table = "strong-" + UUID.randomUUID();
        MovableClock clock = new MovableClock();
        try (Endpoint endpoint = new Endpoint(Conflicts.BEFORE, 8, table)) {
            Stores.DIRECT.createTable(request -> request.tableName(table)
                    .billingMode("PAY_PER_REQUEST")
                    .attributeDefinitions(id -> id.attributeName("id").attributeType("S"))
                    .keySchema(id -> id.attributeName("id").keyType("HASH")));
            DynamoDbTables.createTable(endpoint.client, table, ItemAttributes.defaults());
            assertThat(SessionTable.builder(table).build().verify(endpoint.client))
                    .isEmpty();
            SessionManager sessions = SessionManager.builder(endpoint.store(Stores.Kind.BLOCKING, clock)
                            .sweepLeftovers(true)
                            .build())
                    .codec(JavaCodec.builder().build())
                    .clock(clock)
                    .build();
            byte[] large = new byte[100_000];
            new Random(1).nextBytes(large);
            for (int i = 0; i < 10; i++) {
                Session session = sessions.newSession();
                session.set("photo", large);
                sessions.save(session);
                assertThat(sessions.changeId(session)).isEqualTo(ChangeIdOutcome.CHANGED);
                session.compute("n", Integer.class, n -> n.orElse(0) + 1);
                sessions.save(session);
                if (i % 2 == 0) {
                    assertThat(sessions.end(session)).isEqualTo(DeleteOutcome.DELETED);
                }
            }
            clock.advance(Duration.ofDays(4));
            DynamoDbSessionStore store = endpoint.store(Stores.Kind.BLOCKING, clock)
                    .sweepLeftovers(true)
                    .build();
            SweepsTest.sweep(store);
            assertThat(Stores.DIRECT.scan(request -> request.tableName(table)).count())
                    .isZero();
            assertThat(endpoint.proxy.operations())
                    .containsOnly("DescribeTable", "GetItem", "PutItem", "UpdateItem", "DeleteItem", "Scan")
                    .contains("UpdateItem", "DeleteItem", "Scan");
        } finally {
            Stores.DIRECT.deleteTable(request -> request.tableName(table));
        }
    }

    @Test
    @DisplayName("an endpoint refuses what such a table does not know")
    void unsupported() {
        try (FaultyProxy proxy = new FaultyProxy(Stores.endpoint(), new StrongRegion(Conflicts.BEFORE, 9))) {
            DynamoDbClient client = Stores.blocking(proxy.endpoint());
            assertThatThrownBy(() -> client.updateTimeToLive(request -> request.tableName(Stores.TABLE)
                            .timeToLiveSpecification(ttl -> ttl.enabled(true).attributeName("ttl"))))
                    .hasMessageContaining("multi-Region strong consistency");
            assertThatThrownBy(() -> client.transactWriteItems(request -> request.transactItems(item -> item.delete(
                            delete -> delete.tableName(Stores.TABLE).key(Map.of("id", AttributeValue.fromS("x")))))))
                    .hasMessageContaining("multi-Region strong consistency");
        }
    }
}
