// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.dynamodb;

import static io.github.dynamosession.it.dynamodb.Stores.DIRECT;
import static io.github.dynamosession.it.dynamodb.Stores.await;
import static io.github.dynamosession.it.dynamodb.Stores.delta;
import static io.github.dynamosession.it.dynamodb.Stores.failure;
import static io.github.dynamosession.it.dynamodb.Stores.found;
import static io.github.dynamosession.it.dynamodb.Stores.json;
import static io.github.dynamosession.it.dynamodb.Stores.key;
import static io.github.dynamosession.it.dynamodb.Stores.session;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.crypto.EncryptionKey;
import io.github.dynamosession.crypto.EncryptionKeys;
import io.github.dynamosession.crypto.KeyRing;
import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.dynamodb.DynamoDbTables;
import io.github.dynamosession.dynamodb.ItemAttributes;
import io.github.dynamosession.spi.CustomValue;
import io.github.dynamosession.spi.DeleteByOutcome;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.IndexType;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.StoreMisconfiguredException;
import io.github.dynamosession.spi.StoreOperation;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.testkit.EmbeddedDynamoDbServer;
import io.github.dynamosession.testkit.MovableClock;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConsumedCapacity;
import software.amazon.awssdk.services.dynamodb.model.ProjectionType;
import software.amazon.awssdk.services.dynamodb.model.ReturnConsumedCapacity;

@DisplayName("An index of a DynamoDB table")
class IndexesTest {
    private static final String TABLE = "indexed";
    private static final String USER = "user";

    static {
        DynamoDbTables.createTable(DIRECT, TABLE, ItemAttributes.defaults(), Map.of(USER, IndexType.TEXT));
    }

    private final String user = UUID.randomUUID().toString();
    private final Set<CustomValue> values = Set.of(CustomValue.of(user));
    private final MovableClock clock = new MovableClock();
    private final FaultyProxy proxy = new FaultyProxy(Stores.endpoint());
    private final List<StoreOperation> reported = new CopyOnWriteArrayList<>();
    private final DynamoDbSessionStore direct = store(Stores.Kind.BLOCKING, Stores.endpoint());

    @AfterEach
    void close() {
        proxy.close();
    }

    private DynamoDbSessionStore store(Stores.Kind kind, URI endpoint) {
        return kind.builder(endpoint)
                .tableName(TABLE)
                .index(USER, IndexType.TEXT)
                .clock(clock)
                .observer(new SessionObserver() {
                    @Override
                    public void operation(StoreOperation operation) {
                        reported.add(operation);
                    }
                })
                .build();
    }

    private SessionKey created(Map<String, EncodedValue> attributes) {
        SessionKey key = key();
        StoredSession session = session(clock, attributes).toBuilder()
                .custom(Map.of(USER, CustomValue.of(user)))
                .build();
        await(direct.create(key, session));
        return key;
    }

    private static Map<String, AttributeValue> item(SessionKey key) {
        return DIRECT.getItem(request -> request.tableName(TABLE)
                        .consistentRead(true)
                        .key(Map.of("id", AttributeValue.fromS(key.value()))))
                .item();
    }

    private static void put(Map<String, AttributeValue> item) {
        DIRECT.putItem(request -> request.tableName(TABLE).item(item));
    }

    /** The copy that an id change leaves which stops before its flip. */
    private static SessionKey copied(SessionKey from) {
        Map<String, AttributeValue> copy = new HashMap<>(item(from));
        SessionKey to = key();
        copy.put("id", AttributeValue.fromS(to.value()));
        copy.put("moved_from", AttributeValue.fromS(from.value()));
        copy.put("change", AttributeValue.fromB(SdkBytes.fromByteArray(new byte[] {1})));
        put(copy);
        return to;
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("is asked by one Query; a session is ended by one PutItem, and followed by one more")
    void requests(Stores.Kind kind) {
        DynamoDbSessionStore store = store(kind, proxy.endpoint());
        SessionKey key = created(Map.of());
        SessionKey from = created(Map.of());
        SessionKey to = key();
        await(direct.changeKey(
                from,
                to,
                found(direct, from),
                delta().access(Stores.access(clock)).build(),
                KeyChangeReason.PRIVILEGE_CHANGE));
        assertThat(await(store.findBy(USER, CustomValue.of(user), null, 10)).keys())
                .containsExactlyInAnyOrder(key, to);
        assertThat(await(store.deleteBy(key, USER, values, null))).isInstanceOf(DeleteByOutcome.Deleted.class);
        assertThat(proxy.operations()).containsExactly("Query", "PutItem");
        proxy.forget();
        assertThat(await(store.deleteBy(from, USER, values, null))).isInstanceOf(DeleteByOutcome.Deleted.class);
        // The read is of the former key, for a session that nobody has written since it moved.
        assertThat(proxy.operations()).containsExactly("PutItem", "PutItem", "GetItem");
    }

    @Test
    @DisplayName("shows the copy of an id change that did not happen; it is ended, and neither listed nor counted")
    void copies() {
        SessionKey from = created(Map.of());
        SessionKey copy = copied(from);
        assertThat(await(direct.findBy(USER, CustomValue.of(user), null, 10)).keys())
                .contains(copy);
        assertThat(await(direct.readBy(copy, USER, values))).isEmpty();
        assertThat(await(direct.deleteBy(copy, USER, values, null))).isEqualTo(new DeleteByOutcome.Skipped());
        assertThat(item(copy).get("kind").s()).isEqualTo("ended");
        assertThat(await(direct.find(copy))).isEqualTo(new FindOutcome.Absent());
        assertThat(await(direct.deleteBy(from, USER, values, null))).isInstanceOf(DeleteByOutcome.Deleted.class);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a deletion whose reply is lost has ended the session, and is not counted")
    void lostReply(Stores.Kind kind) {
        DynamoDbSessionStore store = store(kind, proxy.endpoint());
        SessionKey key = created(Map.of());
        proxy.loseReplyTo("PutItem");
        assertThat(await(store.deleteBy(key, USER, values, null))).isEqualTo(new DeleteByOutcome.Uncertain());
        assertThat(await(direct.find(key))).isEqualTo(new FindOutcome.Absent());
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a deletion meets an id change at any of its steps: the session has ended in the end")
    void endsBetweenSteps(Stores.Kind kind) {
        for (int step = 1; step <= 2; step++) {
            SessionKey from = created(Map.of());
            SessionKey to = key();
            DynamoDbSessionStore changing = store(kind, proxy.endpoint());
            StoredSession seen = found(direct, from);
            if (step == 2) {
                // Once for the copy, once for the flip: what is asked for comes before the second.
                proxy.before("PutItem", () -> {});
            }
            proxy.before("PutItem", () -> endAllKeys(from, to));
            await(changing.changeKey(
                    from, to, seen, delta().access(Stores.access(clock)).build(), KeyChangeReason.PRIVILEGE_CHANGE));
            endAllKeys(from, to);
            assertThat(await(direct.find(to))).isEqualTo(new FindOutcome.Absent());
            assertThat(await(direct.find(from))).isNotInstanceOf(FindOutcome.Found.class);
            proxy.forget();
        }
    }

    private void endAllKeys(SessionKey from, SessionKey to) {
        await(direct.deleteBy(from, USER, values, null));
        await(direct.deleteBy(to, USER, values, null));
    }

    @Test
    @DisplayName("costs a unit when a value comes or goes, and nothing at a touch or another change")
    void touchesWriteNothingToIt() {
        SessionKey key = created(Map.of("a", json("1")));
        clock.advance(Duration.ofMinutes(5));
        reported.clear();
        await(direct.update(key, delta().access(Stores.access(clock)).build()));
        await(direct.update(key, delta().set("a", json("2")).build()));
        await(direct.update(
                key,
                delta().set("a", json("3"))
                        .custom("other", Optional.of(CustomValue.of(1)))
                        .build()));
        assertThat(reported).extracting(StoreOperation::writeUnits).containsExactly(1.0, 1.0, 1.0);
        reported.clear();
        await(direct.update(
                key, delta().set("a", json("4")).custom(USER, Optional.empty()).build()));
        await(direct.update(
                key,
                delta().set("a", json("4"))
                        .custom(USER, Optional.of(CustomValue.of(user)))
                        .build()));
        await(direct.deleteBy(key, USER, values, null));
        assertThat(reported).extracting(StoreOperation::writeUnits).containsExactly(2.0, 2.0, 2.0);
    }

    @Test
    @DisplayName("a touch consumes no unit of the index, says DynamoDB")
    void unitsOfIndex() {
        SessionKey key = created(Map.of());
        ConsumedCapacity consumed = DIRECT.updateItem(request -> request.tableName(TABLE)
                        .key(Map.of("id", AttributeValue.fromS(key.value())))
                        .updateExpression("SET accessed_at = :now, expires_at = :end, #ttl = :ttl")
                        .expressionAttributeNames(Map.of("#ttl", "ttl"))
                        .expressionAttributeValues(Map.of(
                                ":now", AttributeValue.fromN("9"),
                                ":end", AttributeValue.fromN("9"),
                                ":ttl", AttributeValue.fromN("9999999999")))
                        .returnConsumedCapacity(ReturnConsumedCapacity.INDEXES))
                .consumedCapacity();
        assertThat(consumed.capacityUnits()).isEqualTo(1);
        assertThat(consumed.globalSecondaryIndexes().values()).allMatch(index -> index.capacityUnits() == 0);
    }

    @Test
    @Tag("full")
    @EnabledIfSystemProperty(named = "tests", matches = "full", disabledReason = "runs with -Dtests=full")
    @DisplayName("logs a user with 5,000 sessions out everywhere, page by page: 2 units a session and the pages")
    void fiveThousand() {
        int count = 5_000;
        SessionManager sessions = SessionManager.builder(direct)
                .codec(JsonCodec.builder().build())
                .clock(clock)
                .customAttribute(USER, session -> session.get("name", String.class))
                .build();
        Session spared = null;
        for (int i = 0; i < count + 1; i++) {
            spared = sessions.newSession();
            spared.set("name", user);
            sessions.save(spared);
        }
        reported.clear();
        long start = System.nanoTime();
        assertThat(sessions.endAllBy(USER, user, spared)).isEqualTo(count);
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        double reads = reported.stream().mapToDouble(StoreOperation::readUnits).sum();
        double writes =
                reported.stream().mapToDouble(StoreOperation::writeUnits).sum();
        System.out.println("log out everywhere, " + count + " sessions: " + took.toMillis() + " ms, " + reads
                + " read units, " + writes + " write units, " + reported.size() + " operations");
        assertThat(writes).isEqualTo(2.0 * count);
        // Half a unit for each 4 KB of the index: its keys are of one length.
        assertThat(reads).isEqualTo(65.5);
        assertThat(sessions.open(spared.cookieValue())).isPresent();
        assertThat(sessions.findBy(USER, user).sessions()).hasSize(1);
    }

    private SessionManager manager(boolean marks, UnaryOperator<SessionManager.Builder> more) {
        return more.apply(SessionManager.builder(direct)
                        .codec(JsonCodec.builder().build())
                        .clock(clock)
                        .customAttribute(USER, session -> session.get("name", String.class))
                        .indexMarks(marks))
                .build();
    }

    private Session loggedIn(SessionManager sessions) {
        Session session = sessions.newSession();
        session.set("name", user);
        sessions.save(session);
        return session;
    }

    private void assertUnits(String what, double reads, double writes) {
        assertThat(List.of(
                        reported.stream().mapToDouble(StoreOperation::readUnits).sum(),
                        reported.stream()
                                .mapToDouble(StoreOperation::writeUnits)
                                .sum()))
                .as(what)
                .containsExactly(reads, writes);
        reported.clear();
    }

    @Test
    @DisplayName("has the prices of docs/cost.md: pages, logins, openings, id changes and ends, with marks and without")
    void prices() {
        SessionManager plain = manager(false, builder -> builder);
        SessionManager marked = manager(true, builder -> builder);
        reported.clear();
        Session session = loggedIn(plain);
        assertUnits("a login in a new session", 0, 2);
        session = plain.open(session.cookieValue()).orElseThrow();
        assertUnits("an opening", 1, 0);
        plain.changeId(session);
        assertUnits("an id change moves the entry", 0, 4);
        session.remove("name");
        plain.save(session);
        assertUnits("a logout that keeps the session", 0, 2);

        session = loggedIn(marked);
        assertUnits("a login, with marks", 1, 2);
        marked.open(session.cookieValue());
        assertUnits("an opening, with marks", 2, 0);
        session.remove("name");
        marked.save(session);
        reported.clear();
        marked.open(session.cookieValue());
        assertUnits("an opening without a value, with marks", 1, 0);
        marked.endAllBy(USER, user);
        assertUnits("ending everywhere, with marks, where there is nothing to end", 1, 1);
        plain.endAllBy(USER, user);
        assertUnits("the same without: DynamoDB Local bills no page without rows", 0, 0);

        byte[] other = new byte[EncryptionKey.LENGTH];
        other[0] = 1;
        EncryptionKeys ring =
                KeyRing.of(EncryptionKey.of("new", new byte[EncryptionKey.LENGTH]), EncryptionKey.of("old", other));
        SessionManager hashed =
                manager(true, builder -> builder.encryption(ring).requireEncryption(true));
        session = loggedIn(hashed);
        assertUnits("a login, with marks, of a hash under either of two keys", 2, 2);
        hashed.open(session.cookieValue());
        assertUnits("an opening, likewise: the key that the hash was made with is known", 2, 0);
        hashed.endAllBy(USER, user);
        assertUnits("ending everywhere, likewise: two marks, two queries, one session", 2 + 0.5, 2 + 2);

        for (int i = 0; i < 100; i++) {
            session = plain.newSession();
            session.set("name", user);
            session.set("cart", "x".repeat(3_000 - i));
            plain.save(session);
        }
        reported.clear();
        assertThat(plain.findBy(USER, user).sessions()).hasSize(100);
        assertUnits("a page of 100", 101.5, 0);
    }

    @Test
    @DisplayName("a mark is a row of its own without a ttl; what it says is stored beside the value")
    void marks() {
        SessionManager sessions = SessionManager.builder(direct)
                .codec(JsonCodec.builder().build())
                .clock(clock)
                .customAttribute(USER, session -> session.get("name", String.class))
                .indexMarks(true)
                .build();
        sessions.endAllBy(USER, user);
        Session session = sessions.newSession();
        session.set("name", user);
        sessions.save(session);
        SessionKey key =
                await(direct.findBy(USER, CustomValue.of(user), null, 1)).keys().get(0);
        String generation = item(key).get("user_generation").n();
        assertThat(generation).isEqualTo(Long.toString(clock.instant().toEpochMilli()));
        Map<String, AttributeValue> mark = DIRECT
                .scanPaginator(request -> request.tableName(TABLE)
                        .filterExpression("kind = :mark AND generation = :generation")
                        .expressionAttributeValues(Map.of(
                                ":mark",
                                AttributeValue.fromS("mark"),
                                ":generation",
                                AttributeValue.fromN(generation))))
                .items()
                .stream()
                .findFirst()
                .orElseThrow();
        assertThat(mark).containsOnlyKeys("id", "kind", "fmt", "generation");
        assertThat(mark.get("id").s()).matches("mark:[A-Za-z0-9_-]{43}");
        assertThat(sessions.open(session.cookieValue())).isPresent();
    }

    @Test
    @DisplayName("is created with the table, and added to one that is there; one with other keys is refused")
    void created() {
        // Of its own: in one with the tables of the whole build it takes minutes.
        try (EmbeddedDynamoDbServer server = EmbeddedDynamoDbServer.start();
                DynamoDbClient client = server.client()) {
            String table = "indexes";
            DynamoDbTables.createTable(client, table, ItemAttributes.defaults());
            Map<String, IndexType> indexes = Map.of(USER, IndexType.TEXT, "customer", IndexType.NUMBER);
            DynamoDbTables.createTable(client, table, ItemAttributes.defaults(), indexes);
            DynamoDbTables.createTable(client, table, ItemAttributes.defaults(), indexes);
            assertThat(client.describeTable(request -> request.tableName(table))
                            .table()
                            .globalSecondaryIndexes())
                    .hasSize(2)
                    .allMatch(index -> index.projection().projectionType() == ProjectionType.KEYS_ONLY)
                    .extracting(index -> index.indexName())
                    .containsExactlyInAnyOrder("user-index", "customer-index");
            assertThatThrownBy(() -> DynamoDbTables.createTable(
                            client, table, ItemAttributes.defaults(), Map.of(USER, IndexType.NUMBER)))
                    .isInstanceOf(StoreMisconfiguredException.class)
                    .hasMessageContaining("user-index")
                    .hasMessageContaining("created_at");
        }
    }

    @Test
    @DisplayName("that the table does not have is a misconfiguration with what to do")
    void missing() {
        DynamoDbSessionStore store = DynamoDbSessionStore.builder()
                .tableName(Stores.TABLE)
                .client(DIRECT)
                .index(USER, IndexType.TEXT)
                .build();
        assertThat(failure(store.findBy(USER, CustomValue.of(user), null, 1)))
                .isInstanceOf(StoreMisconfiguredException.class)
                .hasMessageContaining("create-table")
                .hasMessageNotContaining(user);
    }

    @ParameterizedTest
    @ValueSource(strings = {"7", ":x", "7:", "x:y", ""})
    @DisplayName("refuses what is no position")
    void positions(String position) {
        assertThat(failure(direct.findBy(USER, CustomValue.of(user), position, 1)))
                .isInstanceOf(SessionStoreException.class);
    }

    @Test
    @DisplayName("refuses names that the table uses itself, or DynamoDB does not take")
    void names() {
        for (String name : new String[] {"", "data", "moved_at", "x".repeat(256)}) {
            assertThatThrownBy(() -> direct.requireCustomAttribute(name)).isInstanceOf(IllegalArgumentException.class);
        }
        direct.requireCustomAttribute("any name ä");
        assertThatThrownBy(() -> DynamoDbSessionStore.builder()
                        .tableName(TABLE)
                        .client(DIRECT)
                        .index("any name", IndexType.TEXT)
                        .index(USER, IndexType.ANY)
                        .build())
                .hasMessageContaining("letters, digits")
                .hasMessageContaining("not both");
    }
}
