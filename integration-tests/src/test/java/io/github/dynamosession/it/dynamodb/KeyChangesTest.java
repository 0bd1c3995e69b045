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

import io.github.dynamosession.spi.ChangeKeyOutcome;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionDelta.Access;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.UpdateOutcome;
import io.github.dynamosession.testkit.MovableClock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An id change between its two puts, and after it: what stops half-way, comes twice, or comes late. */
@DisplayName("An id change in DynamoDB")
class KeyChangesTest {
    private static final String REFUSED = "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ThrottlingException\"}";

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
    @DisplayName("says where the session came from, until the next write, a touch included")
    void origin(Stores.Kind kind) {
        SessionStore store = kind.store(proxy.endpoint(), clock);
        for (SessionDelta next : List.of(
                delta().set("b", json("1")).build(),
                delta().access(Stores.access(clock)).build(),
                large())) {
            SessionKey key = created(Map.of("a", json("1")));
            SessionKey to = key();
            await(store.changeKey(key, to, found(store, key), delta().build(), KeyChangeReason.ROTATION));
            assertThat(item(to).get("moved_from").s()).isEqualTo(key.value());
            assertThat(item(to).get("change")).isEqualTo(item(key).get("change"));
            await(store.update(to, next));
            assertThat(item(to)).doesNotContainKeys("moved_from", "change").containsKeys("data", "ttl");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("whose first put fails has certainly not happened; whose second put fails may have")
    void failures(Stores.Kind kind) {
        SessionStore store = kind.withoutRetries(proxy.endpoint())
                .tableName(Stores.TABLE)
                .clock(clock)
                .build();
        SessionKey key = created(Map.of());
        StoredSession seen = found(direct, key);
        proxy.loseReplyTo("PutItem");
        assertUnknown(false, failure(store.changeKey(key, key(), seen, delta().build(), KeyChangeReason.ROTATION)));
        assertThat(found(direct, key).version()).isEqualTo(1);
        proxy.before("PutItem", () -> proxy.loseReplyTo("PutItem"));
        SessionKey to = key();
        SessionDelta change = delta().set("user", json("1")).build();
        assertUnknown(true, failure(store.changeKey(key, to, seen, change, KeyChangeReason.ROTATION)));
        assertThat(await(store.changeKey(key, to, seen, change.repeated(), KeyChangeReason.ROTATION)))
                .isInstanceOf(ChangeKeyOutcome.Changed.class);
        assertThat(found(direct, to).attributes()).containsOnlyKeys("user");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("that stopped half-way is finished by its repetition, with what was saved in between")
    void finishedLater(Stores.Kind kind) {
        SessionStore store = kind.withoutRetries(proxy.endpoint())
                .tableName(Stores.TABLE)
                .clock(clock)
                .build();
        SessionKey key = created(Map.of("a", json("1")));
        SessionKey to = key();
        StoredSession seen = found(direct, key);
        SessionDelta change = delta().set("user", json("1")).build();
        proxy.before("PutItem", () -> proxy.loseRequest("PutItem"));
        assertUnknown(true, failure(store.changeKey(key, to, seen, change, KeyChangeReason.PRIVILEGE_CHANGE)));
        await(direct.update(key, delta().set("b", json("1")).build()));
        assertThat(await(store.changeKey(key, to, seen, change.repeated(), KeyChangeReason.PRIVILEGE_CHANGE)))
                .isInstanceOfSatisfying(
                        ChangeKeyOutcome.Changed.class,
                        changed -> assertThat(changed.session().version()).isEqualTo(3));
        assertThat(found(direct, to).attributes()).containsOnlyKeys("a", "b", "user");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("that lost leaves no copy behind")
    void cleansUp(Stores.Kind kind) {
        SessionStore store = kind.store(proxy.endpoint(), clock);
        SessionKey key = created(Map.of());
        StoredSession seen = found(direct, key);
        SessionKey lost = key();
        await(direct.changeKey(key, key(), seen, delta().build(), KeyChangeReason.PRIVILEGE_CHANGE));
        assertThat(await(store.changeKey(key, lost, seen, delta().build(), KeyChangeReason.PRIVILEGE_CHANGE)))
                .isEqualTo(new ChangeKeyOutcome.Moved());
        assertThat(item(lost)).isEmpty();
        SessionKey ended = created(Map.of());
        seen = found(direct, ended);
        await(direct.delete(ended));
        assertThat(await(store.changeKey(ended, lost, seen, delta().build(), KeyChangeReason.ROTATION)))
                .isEqualTo(new ChangeKeyOutcome.Gone());
        assertThat(item(lost)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("does not bring a session back that ended since, neither by a late put nor by a repetition")
    void noResurrection(Stores.Kind kind) {
        SessionStore store = kind.store(proxy.endpoint(), clock);
        SessionKey key = created(Map.of("a", json("1")));
        SessionKey to = key();
        StoredSession seen = found(store, key);
        SessionDelta change = delta().set("user", json("1")).build();
        await(store.changeKey(key, to, seen, change, KeyChangeReason.PRIVILEGE_CHANGE));
        List<FaultyProxy.Sent> puts = proxy.sent().stream()
                .filter(sent -> sent.operation().equals("PutItem"))
                .toList();
        assertThat(await(store.delete(to))).isEqualTo(DeleteOutcome.DELETED);
        for (FaultyProxy.Sent put : puts) {
            // As it was sent: it arrives once more.
            assertThat(proxy.resend(put)).isEqualTo(400);
        }
        assertThat(await(store.find(to))).isEqualTo(new FindOutcome.Absent());
        for (SessionDelta again : List.of(change, change.repeated())) {
            assertThat(await(store.changeKey(key, to, seen, again, KeyChangeReason.PRIVILEGE_CHANGE)))
                    .isEqualTo(new ChangeKeyOutcome.Gone());
        }
        // As TTL does an hour later: even then a repetition that says that it is one writes nothing.
        Stores.DIRECT.deleteItem(request -> request.tableName(Stores.TABLE).key(Map.of("id", item(to).get("id"))));
        proxy.forget();
        assertThat(await(store.changeKey(key, to, seen, change.repeated(), KeyChangeReason.PRIVILEGE_CHANGE)))
                .isEqualTo(new ChangeKeyOutcome.Gone());
        assertThat(proxy.operations()).containsOnly("GetItem");
        assertThat(await(store.changeKey(key, to, seen, change, KeyChangeReason.PRIVILEGE_CHANGE)))
                .isEqualTo(new ChangeKeyOutcome.Gone());
        assertThat(item(to)).isEmpty();
    }

    @Test
    @DisplayName("of a session without an end takes a third write, before which TTL would remove a lost copy")
    void endless() {
        SessionStore store = Stores.Kind.BLOCKING.store(proxy.endpoint(), clock);
        SessionKey key = endlessSession();
        SessionKey to = key();
        StoredSession seen = found(store, key);
        proxy.forget();
        await(store.changeKey(key, to, seen, delta().build(), KeyChangeReason.ROTATION));
        assertThat(proxy.operations()).containsExactly("PutItem", "PutItem", "UpdateItem");
        assertThat(item(to)).doesNotContainKeys("ttl", "moved_from", "change", "expires_at");
        long kept = Duration.between(
                        clock.instant(),
                        Instant.ofEpochSecond(
                                Long.parseLong(item(key).get("ttl").n())))
                .toHours();
        assertThat(kept).isEqualTo(48);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("of a session without an end that misses its third write is confirmed by the next one, whatever it is")
    void endlessUnconfirmed(Stores.Kind kind) {
        SessionStore store = kind.withoutRetries(proxy.endpoint())
                .tableName(Stores.TABLE)
                .clock(clock)
                .build();
        SessionDelta touch = delta().access(new Access(clock.instant(), Optional.empty(), Optional.empty()))
                .build();
        for (SessionDelta next : List.of(delta().set("a", json("1")).build(), touch, large(), delta().build())) {
            SessionKey key = endlessSession();
            SessionKey to = key();
            StoredSession seen = found(store, key);
            SessionDelta change = next.changesData() || next.access().isPresent() ? delta().build() : next;
            proxy.answer("UpdateItem", 1, 400, REFUSED);
            assertUnknown(true, failure(store.changeKey(key, to, seen, change, KeyChangeReason.ROTATION)));
            assertThat(item(to)).containsKeys("ttl", "moved_from", "change");
            if (change == next) {
                await(store.changeKey(key, to, seen, change.repeated(), KeyChangeReason.ROTATION));
            } else {
                assertThat(await(store.update(to, next))).isInstanceOf(UpdateOutcome.Written.class);
            }
            assertThat(item(to)).doesNotContainKeys("ttl", "moved_from", "change", "expires_at");
        }
    }

    private SessionKey endlessSession() {
        SessionKey key = key();
        await(direct.create(
                key,
                session(clock, Map.of()).toBuilder()
                        .idleTimeout(null)
                        .expiresAt(null)
                        .build()));
        return key;
    }

    private SessionKey created(Map<String, EncodedValue> attributes) {
        SessionKey key = key();
        await(direct.create(key, session(clock, attributes)));
        return key;
    }

    private static SessionDelta large() {
        SessionDelta.Builder builder = delta();
        for (int i = 0; i < 300; i++) {
            builder.set("large " + i, json("1"));
        }
        return builder.build();
    }

    private static void assertUnknown(boolean unknown, Throwable failure) {
        assertThat(failure)
                .isInstanceOfSatisfying(
                        SessionStoreException.class,
                        e -> assertThat(e.outcomeUnknown()).isEqualTo(unknown));
    }
}
