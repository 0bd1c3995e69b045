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
import io.github.dynamosession.spi.CreateOutcome;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionDelta.Condition;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.UnsupportedFormatException;
import io.github.dynamosession.spi.UpdateOutcome;
import io.github.dynamosession.testkit.MovableClock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** What the store does with rows that others wrote: newer releases, strangers, operators. */
class StoredRowsTest {
    private final MovableClock clock = new MovableClock();
    private final SessionStore store = Stores.Kind.BLOCKING.store(Stores.endpoint(), clock);

    @Test
    @DisplayName("a row in a newer format is refused with a typed error by every operation, and stays as it is")
    void newerFormat() {
        for (String kind : List.of("session", "redirect")) {
            SessionKey key = created(Map.of("a", json("1")));
            StoredSession seen = found(store, key);
            Map<String, AttributeValue> row = changed(key, "fmt", AttributeValue.fromN("3"));
            row = changed(key, "kind", AttributeValue.fromS(kind));
            assertUnsupported(failure(store.find(key)));
            for (SessionDelta change : List.of(
                    delta().set("a", json("2")).build(),
                    delta().set("a", json("2"))
                            .condition(new Condition.VersionIs(1))
                            .build(),
                    delta().access(Stores.access(clock)).build(),
                    large())) {
                assertUnsupported(failure(store.update(key, change)));
                assertUnsupported(failure(store.changeKey(key, key(), seen, change, KeyChangeReason.PRIVILEGE_CHANGE)));
            }
            assertUnsupported(failure(store.delete(key)));
            assertThat(await(store.create(key, session(clock, Map.of())))).isEqualTo(new CreateOutcome.Exists());
            assertThat(item(key)).isEqualTo(row);
        }
    }

    @Test
    @DisplayName("a row without a kind, or of another kind, is somebody else's: absent, and never written")
    void foreignRow() {
        for (String kind : List.of("", "part", "something")) {
            SessionKey key = created(Map.of("a", json("1")));
            StoredSession seen = found(store, key);
            Map<String, AttributeValue> row = changed(key, "kind", kind.isEmpty() ? null : AttributeValue.fromS(kind));
            assertThat(await(store.find(key))).isEqualTo(new FindOutcome.Absent());
            for (SessionDelta change : List.of(
                    delta().set("a", json("2")).build(),
                    delta().access(Stores.access(clock)).build(),
                    large())) {
                assertThat(await(store.update(key, change))).isEqualTo(new UpdateOutcome.Gone());
                assertThat(await(store.changeKey(key, key(), seen, change, KeyChangeReason.ROTATION)))
                        .isEqualTo(new ChangeKeyOutcome.Gone());
            }
            assertThat(await(store.delete(key))).isEqualTo(DeleteOutcome.ABSENT);
            assertThat(await(store.create(key, session(clock, Map.of())))).isEqualTo(new CreateOutcome.Exists());
            assertThat(item(key)).isEqualTo(row);
        }
    }

    @Test
    @DisplayName("a broken row is an error of every operation, not an absent session, and stays as it is")
    void brokenRow() {
        for (String attribute : List.of("data", "version", "created_at", "uid")) {
            SessionKey key = created(Map.of("a", json("1")));
            Map<String, AttributeValue> row = changed(key, attribute, AttributeValue.fromBool(true));
            assertUnsupported(failure(store.find(key)));
            if (attribute.equals("data") || attribute.equals("version")) {
                assertThat(failure(store.update(key, delta().set("a", json("2")).build())))
                        .isInstanceOf(RuntimeException.class);
            }
            assertThat(item(key)).isEqualTo(row);
        }
    }

    @Test
    @DisplayName("top-level attributes that this release does not know survive an update and move with an id change")
    void unknownAttributes() {
        SessionKey key = created(Map.of("a", json("1")));
        changed(key, "tenant", AttributeValue.fromS("acme"));
        assertThat(await(store.update(key, delta().set("b", json("1")).build())))
                .isEqualTo(new UpdateOutcome.Written(2));
        assertThat(await(store.update(key, large()))).isEqualTo(new UpdateOutcome.Written(3));
        StoredSession seen = found(store, key);
        SessionKey to = key();
        SessionDelta change = delta().set("c", json("1")).build();
        assertThat(await(store.changeKey(key, to, seen, change, KeyChangeReason.PRIVILEGE_CHANGE)))
                .isInstanceOf(ChangeKeyOutcome.Changed.class);
        assertThat(item(to)).containsEntry("tenant", AttributeValue.fromS("acme"));
        assertThat(item(key)).doesNotContainKeys("tenant", "data");
    }

    @Test
    @DisplayName("a value that is no encoded value fails alone, and survives every write that does not name it")
    void unreadableValues() {
        Map<String, AttributeValue> odd = Map.of(
                "empty", bytes(),
                "zero", bytes(0, 1),
                "large", bytes(200, 1),
                "number", AttributeValue.fromN("7"),
                "json as bytes", bytes(1, '7'));
        SessionKey key = created(Map.of("a", json("1")));
        Map<String, AttributeValue> data = new HashMap<>(odd);
        data.put("a", AttributeValue.fromS("1"));
        changed(key, "data", AttributeValue.fromM(data));

        StoredSession seen = found(store, key);
        assertThat(seen.attributes()).containsOnlyKeys("a", "empty", "zero", "large", "number", "json as bytes");
        odd.keySet()
                .forEach(name -> assertThat(seen.attributes().get(name).format())
                        .as(name)
                        .isEqualTo(63));

        assertThat(await(store.update(key, delta().set("a", json("2")).build())))
                .isEqualTo(new UpdateOutcome.Written(2));
        Optional<EncodedValue> stored = Optional.of(seen.attributes().get("zero"));
        SessionDelta onlyIfUnchanged = delta().set("a", json("3"))
                .condition(new Condition.AttributesUnchanged(Map.of("zero", stored)))
                .build();
        assertThat(await(store.update(key, onlyIfUnchanged))).isEqualTo(new UpdateOutcome.Written(3));
        assertThat(await(store.update(key, large()))).isEqualTo(new UpdateOutcome.Written(4));
        SessionKey to = key();
        assertThat(await(store.changeKey(
                        key, to, found(store, key), delta().set("a", json("4")).build(), KeyChangeReason.ROTATION)))
                .isInstanceOf(ChangeKeyOutcome.Changed.class);
        assertThat(item(to).get("data").m()).containsAllEntriesOf(odd).containsEntry("a", AttributeValue.fromS("4"));
    }

    @Test
    @DisplayName("JSON is stored as text that an operator can read and a filter can find, the rest as binary")
    void readable() {
        EncodedValue binary = EncodedValue.of(EncodedValue.MESSAGE_PACK, new byte[] {5, 6});
        EncodedValue notText = EncodedValue.of(EncodedValue.JSON, new byte[] {(byte) 0xff});
        Map<String, EncodedValue> attributes = Map.of("cart", json("{\"n\":1}"), "b", binary, "odd", notText);
        SessionKey key = created(attributes);
        assertThat(item(key).get("data").m())
                .containsEntry("cart", AttributeValue.fromS("{\"n\":1}"))
                .containsEntry("b", bytes(2, 5, 6))
                .containsEntry("odd", bytes(1, 0xff));
        assertThat(found(store, key).attributes()).isEqualTo(attributes);
    }

    @Test
    @DisplayName("ttl is in seconds, rounded up, moves with the end, and is absent where there is none")
    void timeToLive() {
        SessionKey key = key();
        StoredSession session = session(clock, Map.of()).toBuilder()
                .expiresAt(clock.instant().plusMillis(1_800_001))
                .build();
        await(store.create(key, session));
        long seconds = clock.instant().getEpochSecond() + 1801;
        assertThat(item(key)).containsEntry("ttl", AttributeValue.fromN(Long.toString(seconds)));
        SessionDelta never = delta().changeIdleTimeout(
                        new SessionDelta.Access(clock.instant(), Optional.empty(), Optional.empty()))
                .build();
        assertThat(await(store.update(key, never))).isEqualTo(new UpdateOutcome.Written(2));
        assertThat(item(key)).doesNotContainKeys("ttl", "expires_at", "idle_timeout");
    }

    @Test
    @DisplayName("C50: deleting an expired session is ABSENT, and leaves nothing that a late save could bring back")
    void deleteExpired() {
        SessionKey key = created(Map.of());
        clock.advance(Stores.IDLE);
        assertThat(await(store.delete(key))).isEqualTo(DeleteOutcome.ABSENT);
        assertThat(item(key)).containsOnlyKeys("id", "kind", "fmt", "change", "ttl");
        assertThat(await(store.update(key, delta().set("a", json("1")).build())))
                .isEqualTo(new UpdateOutcome.Gone());
    }

    @Test
    @DisplayName("a redirect holds neither data nor times of the session, and names where it went")
    void redirect() {
        SessionKey key = created(Map.of("a", json("1")));
        SessionKey to = key();
        await(store.changeKey(key, to, found(store, key), delta().build(), KeyChangeReason.ROTATION));
        assertThat(item(key))
                .containsOnlyKeys(
                        "id",
                        "kind",
                        "fmt",
                        "uid",
                        "version",
                        "change",
                        "last_write",
                        "target",
                        "reason",
                        "moved_at",
                        "expires_at",
                        "ttl")
                .containsEntry("target", AttributeValue.fromS(to.value()))
                .containsEntry("reason", AttributeValue.fromS("rotation"));
    }

    private SessionKey created(Map<String, EncodedValue> attributes) {
        SessionKey key = key();
        await(store.create(key, session(clock, attributes)));
        return key;
    }

    /** Changes one attribute of a row behind the store's back; null removes it. */
    private static Map<String, AttributeValue> changed(SessionKey key, String attribute, AttributeValue value) {
        Map<String, AttributeValue> row = new HashMap<>(item(key));
        row.remove(attribute);
        if (value != null) {
            row.put(attribute, value);
        }
        Stores.put(key, row);
        return row;
    }

    private static SessionDelta large() {
        SessionDelta.Builder builder = delta();
        for (int i = 0; i < 300; i++) {
            builder.set("large " + i, json("1"));
        }
        return builder.build();
    }

    private static AttributeValue bytes(int... bytes) {
        byte[] value = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            value[i] = (byte) bytes[i];
        }
        return AttributeValue.fromB(SdkBytes.fromByteArray(value));
    }

    private static void assertUnsupported(Throwable failure) {
        assertThat(failure).isInstanceOf(UnsupportedFormatException.class);
    }
}
