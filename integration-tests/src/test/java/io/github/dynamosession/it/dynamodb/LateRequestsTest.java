// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.dynamodb;

import static io.github.dynamosession.it.dynamodb.Stores.await;
import static io.github.dynamosession.it.dynamodb.Stores.delta;
import static io.github.dynamosession.it.dynamodb.Stores.found;
import static io.github.dynamosession.it.dynamodb.Stores.item;
import static io.github.dynamosession.it.dynamodb.Stores.json;
import static io.github.dynamosession.it.dynamodb.Stores.key;
import static io.github.dynamosession.it.dynamodb.Stores.session;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.LockOutcome;
import io.github.dynamosession.spi.PartPointer;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionDelta.Condition;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.Token;
import io.github.dynamosession.testkit.MovableClock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * A client gives a request up and sends it again; the second one is applied and answered, others write, and only then the
 * first one arrives. Id changes: {@link KeyChangesTest}.
 */
@DisplayName("A request that was sent twice and arrives once more, later,")
class LateRequestsTest {
    private static final int APPLIED = 200;
    private static final int REFUSED = 400;

    private final MovableClock clock = new MovableClock();
    private final FaultyProxy proxy = new FaultyProxy(Stores.endpoint());
    private final DynamoDbSessionStore store = open(proxy);
    private final DynamoDbSessionStore direct = Stores.Kind.BLOCKING
            .builder(Stores.endpoint())
            .tableName(Stores.TABLE)
            .clock(clock)
            .build();

    private DynamoDbSessionStore open(FaultyProxy through) {
        return Stores.Kind.BLOCKING
                .builder(through.endpoint())
                .tableName(Stores.TABLE)
                .clock(clock)
                .build();
    }

    @AfterEach
    void close() {
        proxy.close();
    }

    private SessionKey created(Map<String, EncodedValue> attributes) {
        SessionKey key = key();
        await(direct.create(key, session(clock, attributes)));
        return key;
    }

    /** The first request of its kind once more. */
    private int late(String operation) {
        return proxy.resend(proxy.sent().stream()
                .filter(sent -> sent.operation().equals(operation))
                .findFirst()
                .orElseThrow());
    }

    private void moved(SessionKey key, SessionKey to) {
        await(direct.changeKey(key, to, found(direct, key), delta().build(), KeyChangeReason.PRIVILEGE_CHANGE));
    }

    @Test
    @DisplayName("a creation, brings no session back: neither one that ended nor, under its old key, one that moved")
    void create() {
        SessionKey key = key();
        await(store.create(key, session(clock, Map.of())));
        assertThat(await(direct.delete(key))).isEqualTo(DeleteOutcome.DELETED);
        assertThat(late("PutItem")).isEqualTo(REFUSED);
        assertThat(await(direct.find(key))).isEqualTo(new FindOutcome.Absent());

        proxy.forget();
        SessionKey old = key();
        await(store.create(old, session(clock, Map.of())));
        moved(old, key());
        assertThat(late("PutItem")).isEqualTo(REFUSED);
        assertThat(await(direct.find(old))).isInstanceOf(FindOutcome.Moved.class);
    }

    @Test
    @DisplayName("a save without a condition, sets its own attributes again, and no others")
    void merge() {
        SessionKey key = created(Map.of());
        await(store.update(key, delta().set("a", json("1")).build()));
        assertThat(late("UpdateItem")).as("nobody wrote since").isEqualTo(REFUSED);
        await(direct.update(key, delta().set("a", json("2")).set("b", json("2")).build()));
        assertThat(late("UpdateItem")).isEqualTo(APPLIED);
        // A limit of merging, in docs/core.md: the later save was told that it is stored.
        assertThat(found(direct, key).attributes()).isEqualTo(Map.of("a", json("1"), "b", json("2")));
    }

    @Test
    @DisplayName("a save, changes neither a session that ended nor one that logged in")
    void mergeAfterEnd() {
        SessionKey ended = created(Map.of());
        await(store.update(ended, delta().set("a", json("1")).build()));
        await(direct.delete(ended));
        assertThat(late("UpdateItem")).isEqualTo(REFUSED);
        assertThat(await(direct.find(ended))).isEqualTo(new FindOutcome.Absent());

        proxy.forget();
        SessionKey key = created(Map.of());
        SessionKey to = key();
        await(store.update(key, delta().set("a", json("1")).build()));
        await(direct.update(key, delta().set("a", json("2")).build()));
        moved(key, to);
        assertThat(late("UpdateItem")).isEqualTo(REFUSED);
        assertThat(found(direct, to).attributes()).isEqualTo(Map.of("a", json("2")));
    }

    @Test
    @DisplayName("a save with a condition, is refused though what it asks for holds again")
    void conditional() {
        for (Condition condition : new Condition[] {
            new Condition.VersionIs(1), new Condition.AttributesUnchanged(Map.of("n", Optional.of(json("1"))))
        }) {
            SessionKey key = created(Map.of("n", json("1")));
            SessionDelta change = delta().set("n", json("2"))
                    .condition(condition)
                    .seenVersion(1)
                    .build();
            proxy.forget();
            await(store.update(key, change));
            await(direct.update(key, delta().set("n", json("1")).build()));
            assertThat(late("UpdateItem")).isEqualTo(REFUSED);
            assertThat(found(direct, key).attributes()).isEqualTo(Map.of("n", json("1")));
        }
    }

    @Test
    @DisplayName("a touch, moves the end only forward")
    void touch() {
        SessionKey key = created(Map.of());
        clock.advance(Duration.ofMinutes(1));
        await(store.update(key, delta().access(Stores.access(clock)).build()));
        clock.advance(Duration.ofMinutes(1));
        await(direct.update(key, delta().access(Stores.access(clock)).build()));
        assertThat(late("UpdateItem")).isEqualTo(REFUSED);
        assertThat(found(direct, key).expiresAt()).contains(clock.instant().plus(Stores.IDLE));
    }

    @Test
    @DisplayName("a deletion, ends nothing but what it ended: the key is never used again")
    void delete() {
        SessionKey key = created(Map.of());
        await(store.delete(key));
        Map<String, ?> trace = item(key);
        assertThat(late("PutItem")).isEqualTo(REFUSED);
        assertThat(item(key)).isEqualTo(trace);
    }

    @Test
    @DisplayName("a part, is kept as long as its session by now needs it; so it is when its writer repeats it")
    void part() {
        StoredSession session = session(clock, Map.of());
        EncodedValue content = json("\"large\"");
        Instant until = session.expiresAt().orElseThrow();
        PartPointer pointer = new PartPointer(key(), content.length() + 1, store.bytesPerRow(), Optional.of(until));
        await(store.putPart(session.uid(), pointer, content));
        SessionKey key = key();
        await(direct.create(
                key,
                session.toBuilder().attributes(Map.of("a", pointer.toValue())).build()));
        clock.advance(Duration.ofMinutes(1));
        await(direct.update(key, delta().access(Stores.access(clock)).build()));
        Map<String, ?> kept = item(pointer.rowKey(0));
        assertThat(late("PutItem")).isEqualTo(REFUSED);
        await(store.putPart(session.uid(), pointer, content));
        assertThat(item(pointer.rowKey(0))).isEqualTo(kept);
        assertThat(await(direct.getPart(session.uid(), pointer))).contains(content);
    }

    @Test
    @DisplayName("a lock, keeps others out until its lease ends, and no longer")
    void lock() {
        Duration lease = Duration.ofSeconds(30);
        SessionKey key = created(Map.of());
        Token owner = Token.random();
        await(store.lock(key, owner, lease, false));
        await(direct.unlock(key, owner));
        clock.advance(lease.dividedBy(2));
        assertThat(late("UpdateItem")).isEqualTo(APPLIED);
        assertThat(await(direct.lock(key, Token.random(), lease, false))).isInstanceOf(LockOutcome.Held.class);
        clock.advance(lease.dividedBy(2));
        assertThat(await(direct.lock(key, Token.random(), lease, false))).isInstanceOf(LockOutcome.Locked.class);
    }

    @Test
    @DisplayName("a release, releases no other owner's lock")
    void unlock() {
        Duration lease = Duration.ofSeconds(30);
        SessionKey key = created(Map.of());
        Token owner = Token.random();
        await(direct.lock(key, owner, lease, false));
        await(store.unlock(key, owner));
        await(direct.lock(key, Token.random(), lease, false));
        assertThat(late("UpdateItem")).isEqualTo(REFUSED);
        assertThat(await(direct.lock(key, Token.random(), lease, false))).isInstanceOf(LockOutcome.Held.class);
    }

    @Test
    @DisplayName("a mark, does not lower the one that others raised")
    void mark() {
        SessionKey key = key();
        await(store.raiseMark(key, 5, null));
        await(direct.raiseMark(key, 5, null));
        assertThat(late("PutItem")).isEqualTo(REFUSED);
        assertThat(await(direct.findMark(key)).orElseThrow().generation()).isEqualTo(6);
    }
}
