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

import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionDelta.Condition;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.UpdateOutcome;
import io.github.dynamosession.testkit.MovableClock;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A request fails before DynamoDB applied it (status 500, a connection that is cut), the SDK repeats it, and
 * others have changed the session in between: where the row tells that the write was not applied, so does
 * the store.
 */
class NotAppliedTest {
    private final MovableClock clock = new MovableClock();
    private final FaultyProxy proxy = new FaultyProxy(Stores.endpoint());
    private final SessionStore direct = Stores.Kind.BLOCKING.store(Stores.endpoint(), clock);

    /** How a request fails without having been applied. */
    enum Failure {
        STATUS_500 {
            @Override
            void next(FaultyProxy proxy, Runnable then) {
                proxy.answerAnd("UpdateItem", 500, then);
            }
        },
        RESET {
            @Override
            void next(FaultyProxy proxy, Runnable then) {
                proxy.loseRequestAnd("UpdateItem", then);
            }
        };

        abstract void next(FaultyProxy proxy, Runnable then);
    }

    static Stream<Arguments> ways() {
        return Stream.of(Stores.Kind.values())
                .flatMap(kind -> Stream.of(Failure.values()).map(failure -> Arguments.of(kind, failure)));
    }

    @AfterEach
    void close() {
        proxy.close();
        direct.close();
    }

    @ParameterizedTest
    @MethodSource("ways")
    @DisplayName("C32: a compute that failed before it was applied, and met one change of the attribute, is a Conflict")
    void compute(Stores.Kind kind, Failure how) {
        SessionStore store = kind.store(proxy.endpoint(), clock);
        SessionKey key = created(Map.of("n", json("1")));
        how.next(proxy, () -> await(direct.update(key, increment("1", "2").build())));
        assertConflict(store.update(key, increment("1", "2").seenVersion(1).build()), key);
        assertThat(found(direct, key).attributes()).isEqualTo(Map.of("n", json("2")));
    }

    @ParameterizedTest
    @MethodSource("ways")
    @DisplayName("C32: and one that met a change of another attribute is applied, once")
    void computeBesideAnother(Stores.Kind kind, Failure how) {
        SessionStore store = kind.store(proxy.endpoint(), clock);
        SessionKey key = created(Map.of("n", json("1")));
        how.next(
                proxy,
                () -> await(direct.update(key, delta().set("b", json("1")).build())));
        assertThat(await(store.update(key, increment("1", "2").seenVersion(1).build())))
                .isEqualTo(new UpdateOutcome.Written(3));
        assertThat(found(direct, key).attributes()).isEqualTo(Map.of("n", json("2"), "b", json("1")));
    }

    @ParameterizedTest
    @MethodSource("ways")
    @DisplayName("C32: a compare-and-set that failed before it was applied, and met one change, is a Conflict")
    void compareAndSet(Stores.Kind kind, Failure how) {
        SessionStore store = kind.store(proxy.endpoint(), clock);
        SessionKey key = created(Map.of());
        how.next(
                proxy,
                () -> await(direct.update(key, delta().set("b", json("1")).build())));
        SessionDelta change = delta().set("a", json("1"))
                .condition(new Condition.VersionIs(1))
                .build();
        assertConflict(store.update(key, change), key);
    }

    @ParameterizedTest
    @MethodSource("ways")
    @DisplayName("C32: a write that replaces all data is told in the same way")
    void rewrite(Stores.Kind kind, Failure how) {
        SessionStore store = kind.store(proxy.endpoint(), clock);
        SessionKey key = created(Map.of("n", json("1")));
        how.next(proxy, () -> await(direct.update(key, increment("1", "2").build())));
        SessionDelta.Builder change = increment("1", "2");
        for (int i = 0; i < 500; i++) {
            change.set("attribute " + i, json("1"));
        }
        assertConflict(store.update(key, change.build()), key);
    }

    @ParameterizedTest
    @MethodSource("ways")
    @DisplayName("C32: if two others changed the session meanwhile, it cannot be told, and the outcome is unknown")
    void twoOthers(Stores.Kind kind, Failure how) {
        SessionStore store = kind.store(proxy.endpoint(), clock);
        SessionKey key = created(Map.of("n", json("1")));
        how.next(proxy, () -> {
            await(direct.update(key, increment("1", "2").build()));
            await(direct.update(key, increment("2", "3").build()));
        });
        assertUnknown(store.update(key, increment("1", "2").seenVersion(1).build()));
    }

    @ParameterizedTest
    @MethodSource("ways")
    @DisplayName("C32: nor is an increment applied again because others set the attribute back meanwhile")
    void setBack(Stores.Kind kind, Failure how) {
        SessionStore store = kind.store(proxy.endpoint(), clock);
        SessionKey key = created(Map.of("n", json("1")));
        how.next(proxy, () -> {
            await(direct.update(key, increment("1", "2").build()));
            await(direct.update(key, increment("2", "1").build()));
        });
        assertUnknown(store.update(key, increment("1", "2").seenVersion(1).build()));
        assertThat(found(direct, key).version()).isEqualTo(3);
    }

    @ParameterizedTest
    @MethodSource("ways")
    @DisplayName(
            "C32: after a Conflict nothing is under way that could still be applied when others set the attribute back")
    void conflictIsFinal(Stores.Kind kind, Failure how) {
        SessionStore store = kind.store(proxy.endpoint(), clock);
        SessionKey key = created(Map.of("n", json("1")));
        how.next(proxy, () -> await(direct.update(key, increment("1", "2").build())));
        assertConflict(store.update(key, increment("1", "2").seenVersion(1).build()), key);
        await(direct.update(key, increment("2", "1").build()));
        StoredSession before = found(direct, key);
        // The request that failed, as it was sent: it arrives only now.
        assertThat(proxy.resend(proxy.sent().get(0))).isEqualTo(400);
        assertThat(found(direct, key).version()).isEqualTo(before.version());
    }

    @ParameterizedTest
    @MethodSource("ways")
    @DisplayName(
            "C32, C38: at a redirect its version and last write tell: Moved after a login, and a rotation is followed")
    void moved(Stores.Kind kind, Failure how) {
        for (KeyChangeReason reason : KeyChangeReason.values()) {
            SessionStore store = kind.store(proxy.endpoint(), clock);
            SessionKey key = created(Map.of("n", json("1")));
            SessionKey to = key();
            StoredSession seen = found(direct, key);
            how.next(proxy, () -> await(direct.changeKey(key, to, seen, delta().build(), reason)));
            UpdateOutcome outcome =
                    await(store.update(key, increment("1", "2").seenVersion(1).build()));
            boolean follows = reason == KeyChangeReason.ROTATION;
            assertThat(outcome).isEqualTo(follows ? new UpdateOutcome.Written(2, true) : new UpdateOutcome.Moved());
            assertThat(found(direct, to).attributes()).isEqualTo(Map.of("n", json(follows ? "2" : "1")));
        }
    }

    @ParameterizedTest
    @MethodSource("ways")
    @DisplayName("C32, C38: a redirect that two writes preceded tells nothing: the outcome is unknown, of a merge, too")
    void movedAfterTwo(Stores.Kind kind, Failure how) {
        for (SessionDelta.Builder change :
                new SessionDelta.Builder[] {increment("1", "2"), delta().set("a", json("1"))}) {
            SessionStore store = kind.store(proxy.endpoint(), clock);
            SessionKey key = created(Map.of("n", json("1")));
            how.next(proxy, () -> {
                await(direct.update(key, increment("1", "2").build()));
                await(direct.update(key, increment("2", "3").build()));
                await(direct.changeKey(
                        key, key(), found(direct, key), delta().build(), KeyChangeReason.PRIVILEGE_CHANGE));
            });
            assertUnknown(store.update(key, change.seenVersion(1).build()));
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("C33: other attributes that change all the time make an increment wait, not fail")
    void busyBeside(Stores.Kind kind) {
        SessionStore store = kind.store(proxy.endpoint(), clock);
        SessionKey key = created(Map.of("n", json("1")));
        for (int i = 0; i < 6; i++) {
            // Each attempt finds another version than the one that it is bound to.
            proxy.before(
                    "UpdateItem",
                    () -> await(direct.update(key, delta().set("b", json("1")).build())));
        }
        assertThat(await(store.update(key, increment("1", "2").seenVersion(1).build())))
                .isInstanceOf(UpdateOutcome.Written.class);
        assertThat(found(direct, key).attributes()).containsEntry("n", json("2"));
        assertThat(proxy.operations()).hasSizeLessThanOrEqualTo(4);
    }

    private void assertConflict(CompletionStage<UpdateOutcome> stage, SessionKey key) {
        UpdateOutcome outcome = await(stage);
        StoredSession stored = found(direct, key);
        assertThat(outcome).isInstanceOfSatisfying(UpdateOutcome.Conflict.class, conflict -> {
            assertThat(conflict.current().version()).isEqualTo(stored.version());
            assertThat(conflict.current().attributes()).isEqualTo(stored.attributes());
        });
    }

    private static void assertUnknown(CompletionStage<UpdateOutcome> stage) {
        assertThat(failure(stage))
                .isInstanceOfSatisfying(
                        SessionStoreException.class,
                        e -> assertThat(e.outcomeUnknown()).isTrue());
    }

    private SessionKey created(Map<String, EncodedValue> attributes) {
        SessionKey key = key();
        await(direct.create(key, session(clock, new HashMap<>(attributes))));
        return key;
    }

    private static SessionDelta.Builder increment(String from, String to) {
        return delta().set("n", json(to))
                .condition(new Condition.AttributesUnchanged(Map.of("n", Optional.of(json(from)))));
    }
}
