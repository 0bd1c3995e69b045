// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.dynamodb;

import static io.github.dynamosession.it.dynamodb.Stores.await;
import static io.github.dynamosession.it.dynamodb.Stores.delta;
import static io.github.dynamosession.it.dynamodb.Stores.failure;
import static io.github.dynamosession.it.dynamodb.Stores.json;
import static io.github.dynamosession.it.dynamodb.Stores.key;
import static io.github.dynamosession.it.dynamodb.Stores.session;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.Locking;
import io.github.dynamosession.Session;
import io.github.dynamosession.SessionLockLostException;
import io.github.dynamosession.SessionLockedException;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.java.JavaCodec;
import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.dynamodb.DynamoDbTables;
import io.github.dynamosession.dynamodb.ItemAttributes;
import io.github.dynamosession.spi.LockOutcome;
import io.github.dynamosession.spi.LockableSessionStore;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.SessionTooLargeException;
import io.github.dynamosession.spi.StoreOperation;
import io.github.dynamosession.spi.Token;
import io.github.dynamosession.spi.UpdateOutcome;
import io.github.dynamosession.testkit.MovableClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Locked sessions in DynamoDB: what they cost, what the row holds, and lost replies. */
class LocksTest {
    private static final String TABLE = "locks";
    private static final Duration LEASE = Duration.ofSeconds(30);
    private static final int CLICKS = 8;

    static {
        DynamoDbTables.createTable(Stores.DIRECT, TABLE, ItemAttributes.defaults());
    }

    private final MovableClock clock = new MovableClock();
    private final FaultyProxy proxy = new FaultyProxy(Stores.endpoint());
    private final List<StoreOperation> reported = new ArrayList<>();
    private final SessionObserver observer = new SessionObserver() {
        @Override
        public void operation(StoreOperation operation) {
            synchronized (reported) {
                reported.add(operation);
            }
        }
    };

    @BeforeEach
    void empty() {
        rows().forEach(item ->
                Stores.DIRECT.deleteItem(request -> request.tableName(TABLE).key(Map.of("id", item.get("id")))));
    }

    @AfterEach
    void close() {
        proxy.close();
    }

    private DynamoDbSessionStore store(Stores.Kind kind) {
        return kind.withoutRetries(proxy.endpoint())
                .tableName(TABLE)
                .clock(clock)
                .observer(observer)
                .build();
    }

    private SessionManager manager(Stores.Kind kind, Duration wait) {
        return SessionManager.builder(store(kind))
                .codec(JavaCodec.builder().build())
                .clock(clock)
                .partsAbove(null)
                .compressAbove(null)
                .locking(Locking.SESSION)
                .lockLease(LEASE)
                .lockWait(wait)
                .build();
    }

    private static List<Map<String, AttributeValue>> rows() {
        return Stores.DIRECT.scanPaginator(request -> request.tableName(TABLE).consistentRead(true)).items().stream()
                .toList();
    }

    private static Map<String, AttributeValue> row() {
        return rows().stream()
                .filter(item -> item.get("kind").s().equals("session"))
                .findFirst()
                .orElseThrow();
    }

    private String given(SessionManager sessions, int bytes) {
        byte[] data = new byte[bytes];
        new Random(1).nextBytes(data);
        Session session = sessions.newSession();
        session.set("data", data);
        session.set("n", 0);
        sessions.save(session);
        reported.clear();
        proxy.forget();
        return session.cookieValue();
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

    /** The table of {@code docs/cost.md}. */
    @ParameterizedTest(name = "{0} bytes")
    @DisplayName("what each kind of request costs, in read and write units")
    @CsvSource({
        // bytes, read only: write units, change, id change and more, logout, a look while it waits: read units
        "400,    2,  2,  3,  2, 1",
        "19500, 40, 40, 60, 40, 5",
    })
    void units(int bytes, double reading, double changing, double moving, double ending, double waiting) {
        SessionManager sessions = manager(Stores.Kind.BLOCKING, Duration.ZERO);
        String cookie = given(sessions, bytes);

        Session session = sessions.open(cookie).orElseThrow();
        session.get("n");
        sessions.save(session);
        assertUnits("only reads", 0, reading);

        session = sessions.open(cookie).orElseThrow();
        session.set("n", 1);
        sessions.save(session);
        assertUnits("changes something", 0, changing);

        session = sessions.open(cookie).orElseThrow();
        LockableSessionStore store = store(Stores.Kind.BLOCKING);
        reported.clear();
        await(store.lock(SessionKey.of(row().get("id").s()), Token.random(), LEASE, true));
        assertUnits("a look while it waits", waiting, 0);
        sessions.save(session);
        reported.clear();

        session = sessions.open(cookie).orElseThrow();
        session.set("user", "ann");
        sessions.changeId(session);
        sessions.save(session);
        assertUnits("logs in", 0, moving);

        session = sessions.open(session.cookieValue()).orElseThrow();
        sessions.end(session);
        assertUnits("logs out", 0, ending);

        assertThat(sessions.open(sessions.newSession().cookieValue())).isEmpty();
        assertUnits("names a session that is not there", 1, 0);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("the row has two more attributes while the session is locked, and nothing else of it changes")
    void attributes(Stores.Kind kind) {
        SessionManager sessions = manager(kind, Duration.ZERO);
        String cookie = given(sessions, 10);
        Map<String, AttributeValue> before = row();
        Session session = sessions.open(cookie).orElseThrow();
        assertThat(row().get("lock_owner").b().asByteArray()).hasSize(16);
        assertThat(row().get("lock_until").n())
                .isEqualTo(Long.toString(clock.instant().plus(LEASE).toEpochMilli()));
        assertThat(row()).containsAllEntriesOf(before);
        sessions.save(session);
        assertThat(row()).isEqualTo(before);

        session = sessions.open(cookie).orElseThrow();
        sessions.changeId(session);
        assertThat(rows()).hasSize(2).noneMatch(item -> item.containsKey("lock_owner"));
    }

    private SessionKey created(LockableSessionStore store) {
        SessionKey key = key();
        await(store.create(key, session(clock, Map.of())));
        return key;
    }

    private static SessionDelta change(@Nullable Token owner, long seen) {
        return delta().set("a", json("1")).seenVersion(seen).lockOwner(owner).build();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C102: a lock whose reply was lost and that the client repeats is taken once, by its owner")
    void lostLock(Stores.Kind kind) {
        LockableSessionStore store = (LockableSessionStore) kind.store(proxy.endpoint(), clock);
        SessionKey key = created(store);
        proxy.loseReplyTo("UpdateItem");
        assertThat(await(store.lock(key, Token.random(), LEASE, false))).isInstanceOf(LockOutcome.Locked.class);
        assertThat(await(store.lock(key, Token.random(), LEASE, false))).isInstanceOf(LockOutcome.Held.class);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C105: a save whose reply was lost is recognised, unless others have changed the session since")
    void lostSave(Stores.Kind kind) {
        LockableSessionStore store = (LockableSessionStore) kind.store(proxy.endpoint(), clock);
        LockableSessionStore direct = (LockableSessionStore) kind.store(Stores.endpoint(), clock);
        SessionKey key = created(store);
        Token mine = Token.random();
        await(store.lock(key, mine, LEASE, false));
        proxy.loseReplyTo("UpdateItem", () -> await(direct.lock(key, Token.random(), LEASE, false)));
        assertThat(await(store.update(key, change(mine, 1)))).isEqualTo(new UpdateOutcome.Written(2));

        SessionKey other = created(store);
        await(store.lock(other, mine, LEASE, false));
        proxy.loseReplyTo("UpdateItem", () -> await(direct.update(other, change(null, 1))));
        assertThat(failure(store.update(other, change(mine, 1))))
                .isInstanceOfSatisfying(
                        SessionStoreException.class,
                        e -> assertThat(e.outcomeUnknown()).isTrue());

        // The request never arrived, and others have taken over since: nothing was applied.
        SessionKey third = created(store);
        await(store.lock(third, mine, LEASE, false));
        clock.advance(LEASE);
        await(direct.lock(third, Token.random(), LEASE, false));
        proxy.loseRequest("UpdateItem");
        assertThat(await(store.update(third, change(mine, 1)))).isEqualTo(new UpdateOutcome.LockLost());
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C3, C105: so is a touch under a lock, which has no token, by its time")
    void lostTouch(Stores.Kind kind) {
        LockableSessionStore store = (LockableSessionStore) kind.store(proxy.endpoint(), clock);
        LockableSessionStore direct = (LockableSessionStore) kind.store(Stores.endpoint(), clock);
        SessionKey key = created(store);
        Token mine = Token.random();
        await(store.lock(key, mine, LEASE, false));
        clock.advance(Duration.ofSeconds(1));
        SessionDelta touch = SessionDelta.builder(Token.random())
                .access(Stores.access(clock))
                .lockOwner(mine)
                .build();
        proxy.loseReplyTo("UpdateItem", () -> await(direct.lock(key, Token.random(), LEASE, false)));
        assertThat(await(store.update(key, touch))).isEqualTo(new UpdateOutcome.Written(1));

        // The request never arrived, and others have taken over since.
        SessionKey other = created(store);
        await(store.lock(other, mine, LEASE, false));
        clock.advance(LEASE);
        await(direct.lock(other, Token.random(), LEASE, false));
        proxy.loseRequest("UpdateItem");
        SessionDelta late = touch.toBuilder().access(Stores.access(clock)).build();
        assertThat(await(store.update(other, late))).isEqualTo(new UpdateOutcome.LockLost());
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a lock of which it is not known whether it was taken is released before the request fails")
    void unknownLock(Stores.Kind kind) {
        SessionManager sessions = manager(kind, Duration.ZERO);
        String cookie = given(sessions, 10);
        proxy.loseReplyTo("UpdateItem");
        assertThatThrownBy(() -> sessions.open(cookie)).isInstanceOf(SessionStoreException.class);
        assertThat(row()).doesNotContainKey("lock_owner");
    }

    @Test
    @DisplayName("a save that DynamoDB's limit for an item refuses leaves the session locked until it is given up")
    void oversized() {
        SessionManager sessions = manager(Stores.Kind.BLOCKING, Duration.ZERO);
        String cookie = given(sessions, 10);
        Session session = sessions.open(cookie).orElseThrow();
        session.set("data", new byte[450_000]);
        assertThatThrownBy(() -> sessions.save(session)).isInstanceOf(SessionTooLargeException.class);
        assertThatThrownBy(() -> sessions.open(cookie)).isInstanceOf(SessionLockedException.class);
        sessions.unlock(session);
        assertThat(row()).doesNotContainKey("lock_owner");
        Session next = sessions.open(cookie).orElseThrow();
        next.set("n", 1);
        sessions.save(next);
        assertThatThrownBy(() -> sessions.save(session)).isInstanceOf(SessionLockLostException.class);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("requests of two nodes that read, think and write lose nothing")
    void clicks(Stores.Kind kind) throws Exception {
        List<SessionManager> nodes =
                List.of(manager(kind, Duration.ofMinutes(1)), manager(kind, Duration.ofMinutes(1)));
        String cookie = given(nodes.get(0), 10);
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int i = 0; i < CLICKS; i++) {
            SessionManager sessions = nodes.get(i % nodes.size());
            all.add(CompletableFuture.runAsync(
                    () -> {
                        Session session = sessions.open(cookie).orElseThrow();
                        session.set("n", session.get("n", Integer.class).orElseThrow() + 1);
                        sessions.save(session);
                    },
                    task -> new Thread(task).start()));
        }
        CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).get(1, TimeUnit.MINUTES);
        Session last = nodes.get(0).open(cookie).orElseThrow();
        assertThat(last.get("n", Integer.class)).contains(CLICKS);
    }
}
