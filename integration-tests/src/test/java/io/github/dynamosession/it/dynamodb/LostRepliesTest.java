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

import io.github.dynamosession.spi.ChangeKeyOutcome;
import io.github.dynamosession.spi.CreateOutcome;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.IndexedSessionStore;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionDelta.Condition;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.UpdateOutcome;
import io.github.dynamosession.testkit.MovableClock;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The reply to a write that DynamoDB applied is lost, and the SDK repeats the call by itself: what
 * {@code LossyStore} does above the store happens here below it.
 */
class LostRepliesTest {
    private final MovableClock clock = new MovableClock();
    private final FaultyProxy proxy = new FaultyProxy(Stores.endpoint());
    private final SessionStore direct = Stores.Kind.BLOCKING.store(Stores.endpoint(), clock);

    @AfterEach
    void close() {
        proxy.close();
        direct.close();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C3, C21: a create whose reply is lost is Written")
    void create(Stores.Kind kind) {
        SessionStore store = kind.store(proxy.endpoint(), clock);
        SessionKey key = key();
        proxy.loseReplyTo("PutItem");
        assertThat(await(store.create(key, session(clock, Map.of())))).isEqualTo(new CreateOutcome.Written(1));
        assertThat(proxy.operations()).containsExactly("PutItem", "PutItem");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C3, C21: a create whose reply is lost tells the version that others made since")
    void createThenChanged(Stores.Kind kind) {
        SessionStore store = kind.store(proxy.endpoint(), clock);
        SessionKey key = key();
        proxy.loseReplyTo(
                "PutItem",
                () -> await(direct.update(key, delta().set("a", json("1")).build())));
        assertThat(await(store.create(key, session(clock, Map.of())))).isEqualTo(new CreateOutcome.Written(2));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C2, C20: a create whose reply is lost and whose session has ended since has an unknown outcome")
    void createThenEnded(Stores.Kind kind) {
        SessionStore store = kind.store(proxy.endpoint(), clock);
        SessionKey key = key();
        proxy.loseReplyTo("PutItem", () -> await(direct.delete(key)));
        assertUnknown(store.create(key, session(clock, Map.of())));
        assertThat(await(store.create(key, session(clock, Map.of())))).isEqualTo(new CreateOutcome.Exists());
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C3, C32: a merge whose reply is lost is Written, and applied once")
    void merge(Stores.Kind kind) {
        SessionStore store = kind.store(proxy.endpoint(), clock);
        SessionKey key = created(Map.of());
        proxy.loseReplyTo("UpdateItem");
        assertThat(await(store.update(key, delta().set("a", json("1")).build())))
                .isEqualTo(new UpdateOutcome.Written(2));
        assertThat(found(direct, key).version()).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C3, C33: a compute whose reply is lost counts once")
    void compute(Stores.Kind kind) {
        SessionStore store = kind.store(proxy.endpoint(), clock);
        SessionKey key = created(Map.of("n", json("1")));
        proxy.loseReplyTo("UpdateItem");
        assertThat(await(store.update(key, increment("1", "2")))).isEqualTo(new UpdateOutcome.Written(2));
        assertThat(found(direct, key).attributes()).isEqualTo(Map.of("n", json("2")));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C3, C34: a compare-and-set whose reply is lost is Written")
    void compareAndSet(Stores.Kind kind) {
        SessionStore store = kind.store(proxy.endpoint(), clock);
        SessionKey key = created(Map.of());
        proxy.loseReplyTo("UpdateItem");
        SessionDelta change = delta().set("a", json("1"))
                .condition(new Condition.VersionIs(1))
                .build();
        assertThat(await(store.update(key, change))).isEqualTo(new UpdateOutcome.Written(2));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C32: if another write came between, a conditional one has an unknown outcome, not a conflict")
    void hiddenCompute(Stores.Kind kind) {
        SessionStore store = kind.store(proxy.endpoint(), clock);
        SessionKey key = created(Map.of("n", json("1")));
        proxy.loseReplyTo("UpdateItem", () -> await(direct.update(key, increment("2", "3"))));
        assertUnknown(store.update(key, increment("1", "2")));
        assertThat(found(direct, key).attributes()).isEqualTo(Map.of("n", json("3")));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C32: if another write came between, a merge is Written all the same")
    void hiddenMerge(Stores.Kind kind) {
        SessionStore store = kind.store(proxy.endpoint(), clock);
        SessionKey key = created(Map.of());
        proxy.loseReplyTo(
                "UpdateItem",
                () -> await(direct.update(key, delta().set("b", json("1")).build())));
        assertThat(await(store.update(key, delta().set("a", json("1")).build())))
                .isInstanceOf(UpdateOutcome.Written.class);
        assertThat(found(direct, key).attributes()).isEqualTo(Map.of("a", json("1"), "b", json("1")));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C33: a request that was lost on the way there hides nothing: a conflict stays one")
    void conflictWithoutLoss(Stores.Kind kind) {
        SessionStore store = kind.store(proxy.endpoint(), clock);
        SessionKey key = created(Map.of("n", json("7")));
        proxy.answer("UpdateItem", 1, 400, "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ThrottlingException\"}");
        assertThat(await(store.update(key, increment("1", "2")))).isInstanceOf(UpdateOutcome.Conflict.class);
        assertThat(proxy.operations()).containsExactly("UpdateItem", "UpdateItem");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C3: a write that replaces all data is known by its token, too")
    void rewrite(Stores.Kind kind) {
        SessionStore store = kind.store(proxy.endpoint(), clock);
        SessionKey key = created(Map.of());
        SessionDelta.Builder change = delta();
        for (int i = 0; i < 500; i++) {
            change.set("attribute " + i, json("1"));
        }
        proxy.loseReplyTo("UpdateItem");
        assertThat(await(store.update(key, change.build()))).isEqualTo(new UpdateOutcome.Written(2));
        assertThat(proxy.operations()).containsExactly("GetItem", "UpdateItem", "UpdateItem");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C3, C36: a touch whose reply is lost is Written")
    void touch(Stores.Kind kind) {
        SessionStore store = kind.store(proxy.endpoint(), clock);
        SessionKey key = created(Map.of());
        clock.advance(Stores.IDLE.dividedBy(2));
        proxy.loseReplyTo("UpdateItem");
        assertThat(await(store.update(key, delta().access(Stores.access(clock)).build())))
                .isEqualTo(new UpdateOutcome.Written(1));
        assertThat(found(direct, key).expiresAt()).contains(clock.instant().plus(Stores.IDLE));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C3, C38: a write whose reply is lost before the session moves is Written, not Moved")
    void updateThenMoved(Stores.Kind kind) {
        SessionStore store = kind.store(proxy.endpoint(), clock);
        SessionKey key = created(Map.of("n", json("1")));
        SessionKey to = key();
        StoredSession seen = found(direct, key);
        proxy.loseReplyTo(
                "UpdateItem",
                () -> await(direct.changeKey(key, to, seen, delta().build(), KeyChangeReason.PRIVILEGE_CHANGE)));
        assertThat(await(store.update(key, increment("1", "2")))).isEqualTo(new UpdateOutcome.Written(2, true));
        assertThat(found(direct, to).attributes()).isEqualTo(Map.of("n", json("2")));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C3, C42: an id change whose reply is lost is Changed, for the SDK's repetition and the caller's")
    void changeKey(Stores.Kind kind) {
        SessionStore store = kind.store(proxy.endpoint(), clock);
        SessionKey key = created(Map.of("a", json("1")));
        SessionKey to = key();
        StoredSession seen = found(store, key);
        SessionDelta change = delta().set("user", json("1")).build();
        proxy.before("PutItem", () -> proxy.loseReplyTo("PutItem"));
        for (int i = 0; i < 2; i++) {
            assertThat(await(store.changeKey(key, to, seen, change, KeyChangeReason.PRIVILEGE_CHANGE)))
                    .isInstanceOfSatisfying(
                            ChangeKeyOutcome.Changed.class,
                            changed -> assertThat(changed.session().attributes())
                                    .isEqualTo(Map.of("a", json("1"), "user", json("1"))));
        }
        assertThat(await(direct.find(key))).isInstanceOf(FindOutcome.Moved.class);
        assertThat(found(direct, to).version()).isEqualTo(2);
        SessionDelta other = delta().build();
        assertThat(await(store.changeKey(key, key(), seen, other, KeyChangeReason.PRIVILEGE_CHANGE)))
                .isEqualTo(new ChangeKeyOutcome.Moved());
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C3, C50: a deletion whose reply is lost is DELETED: it knows the trace that it left")
    void delete(Stores.Kind kind) {
        SessionStore store = kind.store(proxy.endpoint(), clock);
        SessionKey key = created(Map.of());
        proxy.loseReplyTo("PutItem");
        assertThat(await(store.delete(key))).isEqualTo(DeleteOutcome.DELETED);
        assertThat(await(direct.find(key))).isEqualTo(new FindOutcome.Absent());
        assertThat(await(store.delete(key))).isEqualTo(DeleteOutcome.ABSENT);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C50: a deletion whose request was lost is DELETED by its repetition")
    void deleteRequestLost(Stores.Kind kind) {
        SessionStore store = kind.store(proxy.endpoint(), clock);
        SessionKey key = created(Map.of());
        proxy.loseRequest("PutItem");
        assertThat(await(store.delete(key))).isEqualTo(DeleteOutcome.DELETED);
    }

    @Test
    @DisplayName("C2, C76: a mark whose reply is lost, and that others then raise all the time, may have been raised")
    void raiseMark() {
        IndexedSessionStore store = (IndexedSessionStore) Stores.Kind.BLOCKING.store(proxy.endpoint(), clock);
        IndexedSessionStore others = (IndexedSessionStore) direct;
        SessionKey key = key();
        proxy.loseReplyTo("PutItem");
        for (int i = 0; i < 100; i++) {
            proxy.before("PutItem", () -> await(others.raiseMark(key, 1, null)));
        }
        assertUnknown(store.raiseMark(key, 1, null));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C2: if every reply is lost, a write fails with an unknown outcome and a read with a known one")
    void allLost(Stores.Kind kind) {
        SessionStore store = kind.store(proxy.endpoint(), clock);
        SessionKey key = created(Map.of());
        proxy.loseRepliesTo("UpdateItem");
        proxy.loseRepliesTo("GetItem");
        assertUnknown(store.update(key, delta().set("a", json("1")).build()));
        assertThat(failure(store.find(key)))
                .isInstanceOfSatisfying(
                        SessionStoreException.class,
                        e -> assertThat(e.outcomeUnknown()).isFalse());
    }

    private static void assertUnknown(CompletionStage<?> stage) {
        assertThat(failure(stage))
                .isInstanceOfSatisfying(
                        SessionStoreException.class,
                        e -> assertThat(e.outcomeUnknown()).isTrue());
    }

    private SessionKey created(Map<String, EncodedValue> attributes) {
        SessionKey key = key();
        await(direct.create(key, session(clock, attributes)));
        return key;
    }

    private static SessionDelta increment(String from, String to) {
        return delta().set("n", json(to))
                .condition(new Condition.AttributesUnchanged(Map.of("n", Optional.of(json(from)))))
                .build();
    }
}
