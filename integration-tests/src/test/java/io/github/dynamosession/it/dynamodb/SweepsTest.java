// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.dynamodb;

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
import io.github.dynamosession.SessionListener;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.java.JavaCodec;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.dynamodb.TableSweep;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.ExpiredPage;
import io.github.dynamosession.spi.ExpiredSession;
import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.PartPointer;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.StoreMisconfiguredException;
import io.github.dynamosession.spi.StoreOperation;
import io.github.dynamosession.spi.StoreOperation.Result;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.SweepOutcome;
import io.github.dynamosession.testkit.MovableClock;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;

@DisplayName("A sweep of a DynamoDB table")
class SweepsTest {
    private static final Duration OVER = Stores.IDLE.plus(SessionStore.SAVE_GRACE);

    private final String table = "sweep-" + UUID.randomUUID();
    private final MovableClock clock = new MovableClock();
    private final FaultyProxy proxy = new FaultyProxy(Stores.endpoint());
    private final List<StoreOperation> reported = new CopyOnWriteArrayList<>();

    @BeforeEach
    void createTable() {
        // Without TTL, which would be as fast as the sweep where a test's clock is in the past.
        Stores.DIRECT.createTable(request -> request.tableName(table)
                .billingMode(BillingMode.PAY_PER_REQUEST)
                .attributeDefinitions(attribute -> attribute.attributeName("id").attributeType(ScalarAttributeType.S))
                .keySchema(key -> key.attributeName("id").keyType(KeyType.HASH)));
    }

    @AfterEach
    void close() {
        proxy.close();
        Stores.DIRECT.deleteTable(request -> request.tableName(table));
    }

    private DynamoDbSessionStore store(Stores.Kind kind, URI endpoint) {
        return kind.builder(endpoint)
                .tableName(table)
                .clock(clock)
                .observer(new SessionObserver() {
                    @Override
                    public void operation(StoreOperation operation) {
                        reported.add(operation);
                    }
                })
                .build();
    }

    private SessionKey created(SessionStore store, Map<String, EncodedValue> attributes) {
        SessionKey key = key();
        await(store.create(key, session(clock, attributes)));
        return key;
    }

    /** A whole pass, without an engine. */
    static void sweep(DynamoDbSessionStore store) {
        String position = null;
        do {
            ExpiredPage page = await(store.findExpired(position, 100));
            page.sessions().forEach(session -> await(store.deleteExpired(session)));
            page.leftovers().forEach(leftover -> await(store.deleteLeftover(leftover)));
            position = page.next().orElse(null);
        } while (position != null);
    }

    private static List<ExpiredSession> pass(DynamoDbSessionStore store, int limit) {
        List<ExpiredSession> all = new ArrayList<>();
        String position = null;
        do {
            ExpiredPage page = await(store.findExpired(position, limit));
            all.addAll(page.sessions());
            position = page.next().orElse(null);
        } while (position != null);
        return all;
    }

    @Test
    @DisplayName("has the time of ttl-grace before TTL: for every row of a session; when it expires is what it was")
    void ttlGrace() {
        Duration grace = Duration.ofDays(2);
        DynamoDbSessionStore store = Stores.Kind.BLOCKING
                .builder(Stores.endpoint())
                .tableName(table)
                .clock(clock)
                .ttlGrace(grace)
                .build();
        SessionKey created = created(store, Map.of());
        SessionKey used = created(store, Map.of());
        SessionKey from = created(store, Map.of());
        SessionKey moved = key();
        clock.advance(Duration.ofMinutes(1));
        await(store.update(used, delta().access(Stores.access(clock)).build()));
        PartPointer part = new PartPointer(key(), 3, store.bytesPerRow(), Optional.of(clock.instant()));
        await(store.putPart(found(store, from).uid(), part, json("12")));
        SessionDelta change = delta().access(Stores.access(clock))
                .set("a", json("1"))
                .set("part", part.toValue())
                .build();
        await(store.changeKey(from, moved, found(store, from), change, KeyChangeReason.PRIVILEGE_CHANGE));

        for (SessionKey key : List.of(created, used, moved)) {
            Map<String, AttributeValue> row = row(key);
            assertThat(number(row, "ttl")).isEqualTo((number(row, "expires_at") + 999) / 1000 + grace.toSeconds());
        }
        assertThat(number(row(part.rowKey(0)), "ttl"))
                .as("a part stays as long as the row that points to it")
                .isGreaterThanOrEqualTo(number(row(moved), "ttl"));
        assertThat(number(row(from), "ttl"))
                .as("the redirect that a sweep asks outlives the session's row")
                .isGreaterThan(number(row(moved), "ttl"));

        clock.advance(Stores.IDLE);
        assertThat(List.of(created, used, moved)).allMatch(key -> await(store.find(key)) instanceof FindOutcome.Absent);
        clock.advance(Duration.ofMinutes(2));
        assertThat(pass(store, 10)).extracting(ExpiredSession::key).containsExactlyInAnyOrder(created, used, moved);
    }

    private Map<String, AttributeValue> row(SessionKey key) {
        return Stores.DIRECT
                .getItem(request -> request.tableName(table).key(Map.of("id", AttributeValue.fromS(key.value()))))
                .item();
    }

    private static long number(Map<String, AttributeValue> row, String attribute) {
        return Long.parseLong(row.get(attribute).n());
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("is one Scan for each page, as small as asked for, and one DeleteItem for each expired session")
    void requests(Stores.Kind kind) {
        DynamoDbSessionStore store = store(kind, proxy.endpoint());
        Set<SessionKey> keys = new HashSet<>();
        for (int i = 0; i < 7; i++) {
            keys.add(created(store, Map.of("a", json("1"))));
        }
        clock.advance(OVER);
        created(store, Map.of());
        reported.clear();
        List<ExpiredSession> seen = pass(store, 2);
        assertThat(seen).extracting(ExpiredSession::key).containsExactlyInAnyOrderElementsOf(keys);
        assertThat(seen).allMatch(one -> one.session().attributes().equals(Map.of("a", json("1"))));
        // Eight rows in pages of two; DynamoDB only notices the end when it finds nothing more.
        assertThat(reported).hasSizeBetween(4, 5).allMatch(operation -> operation.roundTrips() == 1);
        reported.clear();
        assertThat(await(store.deleteExpired(seen.get(0)))).isEqualTo(SweepOutcome.DELETED);
        assertThat(await(store.deleteExpired(seen.get(0)))).isEqualTo(SweepOutcome.SKIPPED);
        assertThat(reported).extracting(StoreOperation::result).containsExactly(Result.DELETED, Result.CONFLICT);
        assertThat(proxy.operations())
                .endsWith("Scan", "DeleteItem", "DeleteItem")
                .contains("Scan");
        assertThat(proxy.sent())
                .filteredOn(sent -> sent.operation().equals("Scan"))
                .allMatch(sent -> sent.body().contains("\"ConsistentRead\":false"));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("consumes half a read unit for each 4 KB of all rows, expired or not, and writes what it deletes")
    void price(Stores.Kind kind) {
        DynamoDbSessionStore store = store(kind, Stores.endpoint());
        EncodedValue kilobyte = json('"' + "x".repeat(700) + '"');
        for (int i = 0; i < 100; i++) {
            created(store, Map.of("a", kilobyte));
        }
        assertThat(scanUnits(store)).as("100 live sessions of just under 1 KB").isBetween(11.0, 12.5);
        clock.advance(OVER);
        assertThat(scanUnits(store)).as("the same 100, expired").isBetween(11.0, 12.5);
        SessionKey large = created(store, Map.of("a", json('"' + "x".repeat(19_800) + '"')));
        reported.clear();
        for (ExpiredSession seen : pass(store, 1_000)) {
            await(store.deleteExpired(seen));
        }
        assertThat(reported)
                .filteredOn(operation -> operation.kind() == StoreOperation.Kind.DELETE_EXPIRED)
                .hasSize(100)
                .allMatch(operation -> operation.writeUnits() == 1);
        assertThat(scanUnits(store)).as("one of 20 KB").isEqualTo(2.5);
        clock.advance(OVER);
        reported.clear();
        pass(store, 1_000).forEach(seen -> await(store.deleteExpired(seen)));
        assertThat(reported)
                .last()
                .satisfies(operation -> assertThat(operation.writeUnits()).isEqualTo(20));
        assertThat(Stores.DIRECT.scan(request -> request.tableName(table)).items())
                .isEmpty();
        assertThat(large).isNotNull();
    }

    private double scanUnits(DynamoDbSessionStore store) {
        reported.clear();
        pass(store, 1_000);
        return reported.stream().mapToDouble(StoreOperation::readUnits).sum();
    }

    @Test
    @DisplayName("finds and deletes nothing that is not an expired session of a known format, whole")
    void strangers() {
        DynamoDbSessionStore store = store(Stores.Kind.BLOCKING, Stores.endpoint());
        SessionKey key = created(store, Map.of());
        Map<String, AttributeValue> session =
                Stores.DIRECT.scan(request -> request.tableName(table)).items().get(0);
        put(session, "kind", null);
        put(session, "kind", AttributeValue.fromS("part"));
        put(session, "kind", AttributeValue.fromS("cart"));
        put(session, "fmt", AttributeValue.fromN("3"));
        put(session, "fmt", AttributeValue.fromN("0"));
        put(session, "fmt", null);
        put(session, "expires_at", AttributeValue.fromS("long ago"));
        put(session, "expires_at", null);
        for (String required : List.of("uid", "data", "version", "created_at", "accessed_at")) {
            put(session, required, null);
            put(session, required, AttributeValue.fromBool(true));
        }
        SessionKey from = created(store, Map.of());
        SessionKey to = key();
        await(store.changeKey(from, to, found(store, from), delta().build(), KeyChangeReason.PRIVILEGE_CHANGE));
        clock.advance(OVER);
        int rows = rows();
        List<ExpiredSession> seen = pass(store, 100);
        assertThat(seen).extracting(ExpiredSession::key).containsExactlyInAnyOrder(key, to);
        for (ExpiredSession one : seen) {
            assertThat(await(store.deleteExpired(one))).isEqualTo(SweepOutcome.DELETED);
            put(session, "id", AttributeValue.fromS(one.key().value()), "kind", AttributeValue.fromS("cart"));
            assertThat(await(store.deleteExpired(one))).isEqualTo(SweepOutcome.SKIPPED);
        }
        assertThat(rows()).isEqualTo(rows);
    }

    private int rows() {
        return Stores.DIRECT.scan(request -> request.tableName(table)).count();
    }

    private void put(Map<String, AttributeValue> row, String name, AttributeValue value) {
        put(row, "id", AttributeValue.fromS(key().value()), name, value);
    }

    private void put(
            Map<String, AttributeValue> row, String name, AttributeValue value, String other, AttributeValue second) {
        Map<String, AttributeValue> item = new HashMap<>(row);
        item.put(name, value);
        if (second == null) {
            item.remove(other);
        } else {
            item.put(other, second);
        }
        Stores.DIRECT.putItem(request -> request.tableName(table).item(item));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("whose reply to a deletion is lost is uncertain, and tells nobody: at most once")
    void lostReply(Stores.Kind kind) {
        DynamoDbSessionStore store = store(kind, proxy.endpoint());
        created(store, Map.of());
        clock.advance(OVER);
        List<ExpiredSession> seen = pass(store, 100);
        proxy.loseReplyTo("DeleteItem");
        assertThat(await(store.deleteExpired(seen.get(0)))).isEqualTo(SweepOutcome.UNCERTAIN);
        assertThat(rows()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("whose page is lost asks again")
    void lostPage(Stores.Kind kind) {
        DynamoDbSessionStore store = store(kind, proxy.endpoint());
        created(store, Map.of());
        clock.advance(OVER);
        proxy.loseReplyTo("Scan");
        assertThat(pass(store, 100)).hasSize(1);
        assertThat(proxy.operations()).endsWith("Scan", "Scan");
    }

    @Test
    @DisplayName("that is not allowed names the permission")
    void permission() {
        DynamoDbSessionStore store = store(Stores.Kind.BLOCKING, proxy.endpoint());
        proxy.answer(
                "Scan", 1, 400, "{\"__type\":\"com.amazon.coral.service#AccessDeniedException\",\"message\":\"no\"}");
        assertThat(failure(store.findExpired(null, 100)))
                .isInstanceOf(StoreMisconfiguredException.class)
                .hasMessageContaining("dynamodb:Scan");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("deletes nothing if the node's clock is not that of the database, which says its own time")
    void wrongClock(Stores.Kind kind) {
        clock.set(Instant.now());
        SessionManager node = SessionManager.builder(store(kind, Stores.endpoint()))
                .codec(JsonCodec.builder().build())
                .clock(clock)
                .build();
        Session session = node.newSession();
        session.set("name", "alive");
        node.save(session);
        for (Duration off : List.of(Duration.ofMinutes(35), Duration.ofMinutes(-5))) {
            clock.set(Instant.now().plus(off));
            assertThatThrownBy(node::sweep)
                    .isInstanceOf(StoreMisconfiguredException.class)
                    .hasMessageContaining("clock")
                    .hasMessageContaining("30");
        }
        clock.set(Instant.now());
        assertThat(node.sweep()).isZero();
        assertThat(node.open(session.cookieValue())).isPresent();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("finds a session that moved, for one more read, and no copy whose id change never happened")
    void copies(Stores.Kind kind) {
        DynamoDbSessionStore store = store(kind, proxy.endpoint());
        SessionKey moved = created(store, Map.of());
        SessionKey to = key();
        await(store.changeKey(moved, to, found(store, moved), delta().build(), KeyChangeReason.ROTATION));
        SessionKey stays = created(store, Map.of());
        StoredSession seen = found(store, stays);
        SessionKey never = key();
        // The node dies between the two puts.
        proxy.before(
                "PutItem",
                () -> proxy.answer(
                        "PutItem", 1, 400, "{\"__type\":\"com.amazonaws.dynamodb.v20120810#AccessDeniedException\"}"));
        failure(store.changeKey(stays, never, seen, delta().build(), KeyChangeReason.ROTATION));
        assertThat(found(store, never).uid()).isEqualTo(seen.uid());
        clock.advance(OVER);
        proxy.forget();
        assertThat(pass(store, 100)).extracting(ExpiredSession::key).containsExactlyInAnyOrder(to, stays);
        assertThat(proxy.operations()).containsExactlyInAnyOrder("Scan", "GetItem", "GetItem");
    }

    private static List<SessionKey> leftovers(DynamoDbSessionStore store) {
        List<SessionKey> all = new ArrayList<>();
        String position = null;
        do {
            ExpiredPage page = await(store.findExpired(position, 100));
            all.addAll(page.leftovers());
            position = page.next().orElse(null);
        } while (position != null);
        return all;
    }

    /** One that also does what TTL does elsewhere. */
    private DynamoDbSessionStore thorough(Stores.Kind kind) {
        return kind.builder(proxy.endpoint())
                .tableName(table)
                .clock(clock)
                .sweepLeftovers(true)
                .observer(new SessionObserver() {
                    @Override
                    public void operation(StoreOperation operation) {
                        reported.add(operation);
                    }
                })
                .build();
    }

    private SessionManager manager(DynamoDbSessionStore store, String namespace) {
        return SessionManager.builder(store)
                .codec(JavaCodec.builder().build())
                .namespace(namespace)
                .clock(clock)
                .build();
    }

    private static byte[] large(int bytes) {
        byte[] value = new byte[bytes];
        new Random(1).nextBytes(value);
        return value;
    }

    private List<String> kinds() {
        return Stores.DIRECT.scan(request -> request.tableName(table)).items().stream()
                .map(item -> item.get("kind").s())
                .sorted()
                .toList();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("sweep-leftovers: what TTL would have removed a day ago goes, and nothing that anybody needs")
    void leftovers(Stores.Kind kind) {
        DynamoDbSessionStore store = thorough(kind);
        SessionManager sessions = manager(store, "");
        Session ended = sessions.newSession();
        ended.set("photo", large(900_000));
        sessions.save(ended);
        sessions.changeId(ended);
        sessions.end(ended);
        SessionKey stays = created(store, Map.of("a", json("1")));
        // The node dies between the two puts of an id change.
        proxy.before(
                "PutItem",
                () -> proxy.answer(
                        "PutItem", 1, 400, "{\"__type\":\"com.amazonaws.dynamodb.v20120810#AccessDeniedException\"}"));
        failure(store.changeKey(stays, key(), found(store, stays), delta().build(), KeyChangeReason.PRIVILEGE_CHANGE));
        await(store.raiseMark(SessionKey.of("mark:1"), 1, null));
        put(
                Map.of("kind", AttributeValue.fromS("cart"), "ttl", AttributeValue.fromN("1")),
                "x",
                AttributeValue.fromS("y"));
        put(
                Map.of(
                        "kind", AttributeValue.fromS("part"),
                        "fmt", AttributeValue.fromN("3"),
                        "ttl", AttributeValue.fromN("1")),
                "x",
                AttributeValue.fromS("of a later release"));
        Session alive = sessions.newSession();
        alive.set("photo", large(100_000));
        alive.setIdleTimeout(null);
        sessions.save(alive);
        assertThat(kinds())
                .containsExactly(
                        "cart",
                        "ended",
                        "mark",
                        "part",
                        "part",
                        "part",
                        "part",
                        "part",
                        "redirect",
                        "session",
                        "session",
                        "session");
        Session used = sessions.newSession();
        used.set("photo", large(100_000));
        used.setIdleTimeout(Duration.ofDays(9));
        sessions.save(used);

        clock.advance(Duration.ofHours(24));
        assertThat(leftovers(store)).as("not a day after their ttl yet").isEmpty();
        clock.advance(Duration.ofHours(2));
        assertThat(leftovers(store)).as("the trace of the end, and the copy").hasSize(2);
        clock.advance(Duration.ofDays(2));
        List<SessionKey> useless = leftovers(store);
        // Three rows of the part, the redirect.
        assertThat(useless).hasSize(2 + 3 + 1);
        DynamoDbSessionStore elsewhere = store(kind, Stores.endpoint());
        assertThat(leftovers(elsewhere)).as("unless asked for").isEmpty();
        useless.forEach(key -> assertThat(await(store.deleteLeftover(key))).isEqualTo(SweepOutcome.DELETED));
        useless.forEach(key -> assertThat(await(store.deleteLeftover(key))).isEqualTo(SweepOutcome.SKIPPED));
        sweep(store);
        assertThat(kinds()).containsExactly("cart", "mark", "part", "part", "part", "session", "session");
        for (Session session : List.of(alive, used)) {
            assertThat(sessions.open(session.cookieValue()).orElseThrow().get("photo", byte[].class))
                    .contains(large(100_000));
        }
        assertThat(reported)
                .extracting(StoreOperation::kind)
                .filteredOn(StoreOperation.Kind.DELETE_LEFTOVER::equals)
                .hasSize(12);
    }

    @Test
    @DisplayName(
            "sweep-leftovers: a part that is kept longer meanwhile stays, and so does a copy that became a session")
    void usedMeanwhile() {
        DynamoDbSessionStore store = thorough(Stores.Kind.BLOCKING);
        SessionManager sessions = manager(store, "");
        Session session = sessions.newSession();
        session.set("photo", large(100_000));
        sessions.save(session);
        clock.advance(Duration.ofDays(3));
        List<SessionKey> useless = leftovers(store);
        assertThat(useless).hasSize(1);
        SessionKey part = useless.get(0);
        assertThat(Stores.DIRECT
                        .getItem(request ->
                                request.tableName(table).key(Map.of("id", AttributeValue.fromS(part.value()))))
                        .item()
                        .get("kind")
                        .s())
                .isEqualTo("part");
        Stores.DIRECT.updateItem(request -> request.tableName(table)
                .key(Map.of("id", AttributeValue.fromS(part.value())))
                .updateExpression("SET #ttl = :ttl")
                .expressionAttributeNames(Map.of("#ttl", "ttl"))
                .expressionAttributeValues(Map.of(
                        ":ttl",
                        AttributeValue.fromN(Long.toString(clock.instant().getEpochSecond())))));
        assertThat(await(store.deleteLeftover(part))).isEqualTo(SweepOutcome.SKIPPED);
        for (ExpiredSession seen : pass(store, 100)) {
            assertThat(await(store.deleteLeftover(seen.key()))).isEqualTo(SweepOutcome.SKIPPED);
        }
        assertThat(kinds()).containsExactly("part", "session");
    }

    @Test
    @DisplayName("sweep-leftovers: by a manager, only in its namespace, and not with a wrong clock")
    void leftoversOfNamespace() {
        clock.set(Instant.now().minus(Duration.ofDays(4)));
        SessionManager mine = manager(thorough(Stores.Kind.BLOCKING), "shop");
        SessionManager other = manager(thorough(Stores.Kind.BLOCKING), "blog");
        for (SessionManager sessions : List.of(mine, other)) {
            Session session = sessions.newSession();
            session.set("photo", large(500_000));
            sessions.save(session);
            sessions.end(session);
        }
        assertThat(kinds()).containsExactly("ended", "ended", "part", "part", "part", "part");
        clock.set(Instant.now().plus(Duration.ofHours(1)));
        assertThatThrownBy(mine::sweep).isInstanceOf(StoreMisconfiguredException.class);
        assertThat(rows()).isEqualTo(6);
        clock.set(Instant.now());
        assertThat(mine.sweep()).as("sessions that listeners were notified of").isZero();
        assertThat(kinds()).containsExactly("ended", "part", "part");
        assertThat(other.sweep()).isZero();
        assertThat(kinds()).isEmpty();
    }

    @Test
    @DisplayName("sweep-leftovers: reads parts in full, and pays a unit for each KB that it deletes")
    void priceOfLeftovers() {
        DynamoDbSessionStore store = thorough(Stores.Kind.BLOCKING);
        SessionManager sessions = manager(store, "");
        Session session = sessions.newSession();
        session.set("photo", large(307_000));
        sessions.save(session);
        assertThat(scanUnits(store)).as("300 KB, live").isEqualTo(38);
        clock.advance(Duration.ofDays(3));
        reported.clear();
        sweep(store);
        assertThat(rows()).isZero();
        assertThat(reported)
                .filteredOn(operation -> operation.kind() == StoreOperation.Kind.DELETE_LEFTOVER)
                .singleElement()
                .satisfies(operation -> assertThat(operation.writeUnits()).isEqualTo(300));
    }

    private static Session saved(SessionManager sessions) {
        Session session = sessions.newSession();
        session.set("a", 0);
        sessions.save(session);
        return session;
    }

    @Test
    @DisplayName(
            "of an operator finds sessions by age and last use, expired or not, and deletes what is as it was seen")
    void ofTable() {
        DynamoDbSessionStore store = store(Stores.Kind.BLOCKING, Stores.endpoint());
        SessionManager endless = SessionManager.builder(store)
                .codec(JsonCodec.builder().build())
                .clock(clock)
                .idleTimeout(null)
                .build();
        Session used = saved(endless);
        Session unused = saved(endless);
        SessionKey ended = created(store, Map.of());
        Map<String, AttributeValue> newer = new HashMap<>(Stores.DIRECT
                .getItem(request -> request.tableName(table).key(Map.of("id", AttributeValue.fromS(ended.value()))))
                .item());
        newer.put("id", AttributeValue.fromS("newer"));
        newer.put("fmt", AttributeValue.fromN("99"));
        Stores.DIRECT.putItem(request -> request.tableName(table).item(newer));
        clock.advance(Duration.ofDays(10));
        saved(endless);

        TableSweep.Page old = await(
                TableSweep.builder(store).maxAge(Duration.ofDays(9)).build().find(null, 100));
        assertThat(old.rows()).isEqualTo(5);
        assertThat(old.sessions())
                .extracting(ExpiredSession::key)
                .containsExactlyInAnyOrder(SessionKey.ofId("", used.id()), SessionKey.ofId("", unused.id()), ended);
        assertThat(await(TableSweep.builder(store).expired(true).build().find(null, 100))
                        .sessions())
                .extracting(ExpiredSession::key)
                .containsExactly(ended);

        Session again = endless.open(used.cookieValue()).orElseThrow();
        again.set("a", 1);
        endless.save(again);
        TableSweep stale = TableSweep.builder(store)
                .maxStale(Duration.ofDays(9))
                .expired(true)
                .build();
        assertThat(await(stale.find(null, 100)).sessions()).hasSize(2);
        assertThat(old.sessions())
                .map(seen -> await(stale.delete(seen)))
                .containsExactlyInAnyOrder(SweepOutcome.SKIPPED, SweepOutcome.DELETED, SweepOutcome.DELETED);
        assertThat(await(stale.find(null, 100)).sessions()).isEmpty();
        assertThat(endless.open(used.cookieValue())).isPresent();
        assertThatThrownBy(() -> TableSweep.builder(store).build()).isInstanceOf(IllegalStateException.class);
    }

    @Test
    @DisplayName("by four nodes at once tells each session on one of them, and leaves what is used meanwhile")
    void fourNodes() throws Exception {
        int sessions = 120;
        // Nodes that sweep must agree with the database about the time.
        clock.set(Instant.now().minus(Duration.ofMinutes(40)));
        List<String> told = new CopyOnWriteArrayList<>();
        List<SessionManager> nodes = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            nodes.add(SessionManager.builder(store(Stores.Kind.values()[i % 2], Stores.endpoint()))
                    .codec(JsonCodec.builder().build())
                    .clock(clock)
                    .listener(new SessionListener() {
                        @Override
                        public void sessionExpired(Session session) {
                            told.add((String) session.get("name").orElseThrow());
                        }
                    })
                    .build());
        }
        Set<String> expected = new HashSet<>();
        List<Session> used = new ArrayList<>();
        for (int i = 0; i < sessions; i++) {
            Session session = nodes.get(0).newSession();
            session.set("name", "s" + i);
            nodes.get(0).save(session);
            if (i % 10 == 0) {
                used.add(session);
            } else {
                expected.add("s" + i);
            }
        }
        // By the clock of the node that serves them it is not too late for those in use: saved while others sweep.
        MovableClock behind = new MovableClock(clock.instant().plus(Duration.ofMinutes(20)));
        SessionManager slow = SessionManager.builder(Stores.Kind.BLOCKING
                        .builder(Stores.endpoint())
                        .tableName(table)
                        .clock(behind)
                        .build())
                .codec(JsonCodec.builder().build())
                .clock(behind)
                .build();
        List<Session> open = used.stream()
                .map(session -> slow.open(session.cookieValue()).orElseThrow())
                .toList();
        clock.advance(Duration.ofMinutes(40));
        CountDownLatch start = new CountDownLatch(1);
        ExecutorService threads = Executors.newFixedThreadPool(5);
        try {
            List<Future<Integer>> sweeps = new ArrayList<>();
            for (SessionManager node : nodes) {
                sweeps.add(threads.submit(() -> {
                    start.await();
                    return node.sweep();
                }));
            }
            List<String> survived = new CopyOnWriteArrayList<>();
            Future<?> saving = threads.submit(() -> {
                start.await();
                for (Session session : open) {
                    session.set("used", true);
                    if (slow.save(session).name().equals("SAVED")) {
                        survived.add((String) session.get("name").orElseThrow());
                    }
                }
                return null;
            });
            start.countDown();
            saving.get();
            int sum = 0;
            for (Future<Integer> sweep : sweeps) {
                sum += sweep.get();
            }
            assertThat(told)
                    .doesNotHaveDuplicates()
                    .hasSize(sum)
                    .containsAll(expected)
                    .doesNotContainAnyElementsOf(survived.isEmpty() ? List.of("none") : survived);
            assertThat(told.size() + survived.size()).isEqualTo(sessions);
            assertThat(rows()).isEqualTo(survived.size());
            for (Session session : used) {
                if (survived.contains((String) session.get("name").orElseThrow())) {
                    assertThat(nodes.get(0).open(session.cookieValue())).isPresent();
                }
            }
        } finally {
            threads.shutdown();
        }
    }

    @Test
    @DisplayName("tells the content of the last save, accepted within the grace")
    void lastContent() {
        DynamoDbSessionStore store = store(Stores.Kind.BLOCKING, Stores.endpoint());
        SessionKey key = created(store, Map.of("a", json("1")));
        clock.advance(Stores.IDLE.plusSeconds(1));
        await(store.update(key, delta().set("a", json("2")).build()));
        clock.advance(SessionStore.SAVE_GRACE);
        List<ExpiredSession> seen = pass(store, 100);
        assertThat(seen).singleElement().satisfies(one -> {
            StoredSession last = one.session();
            assertThat(last.attributes()).isEqualTo(Map.of("a", json("2")));
            assertThat(last.idleTimeout()).isEqualTo(Optional.of(Stores.IDLE));
        });
    }
}
