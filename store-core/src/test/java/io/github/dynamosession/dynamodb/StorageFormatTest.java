// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.crypto.EncryptedSample;
import io.github.dynamosession.spi.CustomValue;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.IndexMark;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.PartPointer;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.Token;
import io.github.dynamosession.spi.UnsupportedFormatException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** The golden files of storage formats 1 and 2, read and written. What they say never changes. */
@Tag("jdk25")
class StorageFormatTest {
    private static final SessionKey KEY = SessionKey.of("pmWkWSBCL51Bfkhn79xPuKBKHz__H6B-mY6G9_eieuM");
    private static final SessionKey TARGET = SessionKey.of("LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ");
    private static final Token UID = token(0x10);
    private static final Instant CREATED = Instant.parse("2026-01-01T00:00:00Z");

    private final Items items = new Items(ItemAttributes.defaults(), Duration.ZERO);

    @Test
    @DisplayName("session.json: readable values, both ends")
    void session() {
        assertGolden(
                "session",
                ending().absoluteExpiry(Instant.parse("2026-01-01T08:00:00Z"))
                        .attributes(Map.of("cart", json("{\"items\":[\"sku-1\"]}"), "visits", json("3")))
                        .build());
    }

    @Test
    @DisplayName("never-expiring.json: no attributes, no end: data is there and empty, the times are absent")
    void neverExpiring() {
        assertGolden("never-expiring", endless().build());
    }

    @Test
    @DisplayName("odd-names.json: the empty name, backslashes and lone surrogates are escaped, all else is as it is")
    void oddNames() {
        assertGolden(
                "odd-names",
                ending().attributes(Map.of(
                                "", json("1"),
                                "\\", json("2"),
                                "\\e", json("3"),
                                "a.b c#:", json("4"),
                                "\ud800x", json("5"),
                                "\ud83d\ude00", json("6")))
                        .build());
    }

    @Test
    @DisplayName("binary-values.json: every format but JSON starts with its id; JSON that is no text does, too")
    void binaryValues() {
        assertGolden(
                "binary-values",
                ending().attributes(Map.of(
                                "message-pack", value(EncodedValue.MESSAGE_PACK, 0x81, 0xa1, 0x6e, 0x01),
                                "compressed", value(EncodedValue.COMPRESSED, 1, 2),
                                "empty", value(EncodedValue.FIRST_CUSTOM),
                                "json-not-utf8", value(EncodedValue.JSON, 0xff),
                                "last", value(EncodedValue.LAST_CUSTOM, 0, 255)))
                        .build());
    }

    @Test
    @DisplayName("custom.json: custom attributes beside the session, none in what it leaves behind")
    void custom() {
        StoredSession session = endless()
                .custom(Map.of(
                        "user", CustomValue.of("alice"),
                        "user_generation", CustomValue.of(CREATED.toEpochMilli()),
                        "discount", CustomValue.of(12.50),
                        "address", CustomValue.of(Map.of("city", "Ulm")),
                        "photo", CustomValue.of(new byte[] {1, 2})))
                .build();
        assertGolden("custom", session);
        Row row = row(DynamoDbJson.golden("custom"));
        assertThat(items.read(row).custom()).isEqualTo(session.custom());
        assertThat(items.redirect(row, KEY, row, token(0x30), KeyChangeReason.ROTATION, CREATED))
                .doesNotContainKeys("user", "discount");
        assertThat(items.ended(KEY, token(0x30), CREATED)).doesNotContainKeys("user", "discount");
    }

    @Test
    @DisplayName("mark.json: the mark of an indexed value, under the key that follows from it")
    void mark() {
        Map<String, AttributeValue> golden = DynamoDbJson.golden("mark");
        SessionKey key = SessionKey.of(golden.get("id").s());
        assertThat(items.mark(key, new IndexMark(CREATED.toEpochMilli(), Optional.of(UID))))
                .isEqualTo(golden);
        assertThat(row(golden).isMark()).isTrue();
    }

    @Test
    @DisplayName("key-binding.json: a key binding beside the session, none in a redirect")
    void keyBinding() {
        StoredSession session = endless().keyBinding(token(0x40)).build();
        assertGolden("key-binding", session);
        assertThat(items.read(row(DynamoDbJson.golden("key-binding"))).keyBinding())
                .isEqualTo(session.keyBinding());
        Row bound = row(DynamoDbJson.golden("key-binding"));
        assertThat(items.redirect(bound, KEY, bound, token(0x30), KeyChangeReason.ROTATION, CREATED))
                .doesNotContainKey("key_binding");
    }

    @Test
    @DisplayName("encrypted.json: values encrypted under another id, which the key binding vouches for")
    void encrypted() {
        StoredSession plain = endless()
                .attributes(Map.of("", value(EncodedValue.MESSAGE_PACK, 0x03), "user", json("\"Ada\"")))
                .build();
        assertGolden("encrypted", EncryptedSample.encrypted(plain, TARGET, KEY));
        StoredSession read = items.read(row(DynamoDbJson.golden("encrypted")));
        assertThat(EncryptedSample.opened(read, KEY)).isEqualTo(plain.attributes());
    }

    @Test
    @DisplayName("compressed.json: a compressed value, and one that is encrypted as well")
    void compressed() {
        // Only read: another zlib may write another stream.
        StoredSession read = items.read(row(DynamoDbJson.golden("compressed")));
        EncodedValue plain = json("[" + "1,".repeat(300) + "1]");
        assertThat(read.attributes().get("list").format()).isEqualTo(EncodedValue.COMPRESSED);
        assertThat(read.attributes().get("secret").format()).isEqualTo(EncodedValue.ENCRYPTED);
        assertThat(EncryptedSample.opened(read, KEY)).isEqualTo(Map.of("list", plain, "secret", plain));
    }

    @Test
    @DisplayName(
            "session-with-parts.json, part-0.json, part-1.json: a value outside of the row, in two rows of three bytes")
    void parts() {
        Instant until = CREATED.plus(Duration.ofMinutes(33)).plusMillis(500).plus(Duration.ofDays(1));
        PartPointer pointer = new PartPointer(TARGET, 5, 3, Optional.of(until));
        assertGolden(
                "session-with-parts",
                ending().attributes(Map.of("photo", pointer.toValue(), "visits", json("3")))
                        .build());
        assertThat(PartPointer.of(items.read(row(DynamoDbJson.golden("session-with-parts")))
                        .attributes()
                        .get("photo")))
                .contains(pointer);
        assertThat(items.part(UID, pointer, 0, new byte[] {2, (byte) 0xa3, 0x61}))
                .isEqualTo(DynamoDbJson.golden("part-0"));
        assertThat(items.part(UID, pointer, 1, new byte[] {0x62, 0x63})).isEqualTo(DynamoDbJson.golden("part-1"));
        assertThat(row(DynamoDbJson.golden("part-0")).content(UID)).contains(new byte[] {2, (byte) 0xa3, 0x61});
        assertThat(row(DynamoDbJson.golden("part-0")).content(token(0x30))).isEmpty();
        assertThat(row(DynamoDbJson.golden("session")).content(UID)).isEmpty();
    }

    @Test
    @DisplayName("a pointer without an end, and what is none")
    void pointers() {
        PartPointer endless = new PartPointer(TARGET, 1, 1, Optional.empty());
        assertThat(PartPointer.of(endless.toValue())).contains(endless);
        assertThat(PartPointer.of(json("3"))).isEmpty();
        for (int[] broken : new int[][] {{}, {2}, {1, 0, 0}, {1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 65}}) {
            EncodedValue value = value(EncodedValue.OUTSIDE, broken);
            assertThat(PartPointer.is(value)).isTrue();
            assertThat(PartPointer.of(value)).isEmpty();
        }
    }

    @Test
    @DisplayName("moved.json, redirect.json: a session under its new key, and what is left under the old key")
    void moved() {
        SessionDelta delta = SessionDelta.builder(token(0x30)).build();
        Instant movedAt = CREATED.plusMillis(500);
        Map<String, AttributeValue> copy =
                items.copy(row(DynamoDbJson.golden("session")), KEY, TARGET, delta, null, movedAt);
        assertThat(copy).isEqualTo(DynamoDbJson.golden("moved"));
        assertThat(row(copy).movedFrom()).isEqualTo(KEY);

        Map<String, AttributeValue> golden = DynamoDbJson.golden("redirect");
        Map<String, AttributeValue> replaced = new HashMap<>(DynamoDbJson.golden("session"));
        replaced.put("version", Items.number(7));
        replaced.put("write", Items.token(token(0x20)));
        Map<String, AttributeValue> written =
                items.redirect(row(replaced), KEY, row(copy), token(0x30), KeyChangeReason.PRIVILEGE_CHANGE, movedAt);
        assertThat(written).isEqualTo(golden);

        Row read = row(golden);
        assertThat(read.isRedirect()).isTrue();
        assertThat(read.reason()).isEqualTo(KeyChangeReason.PRIVILEGE_CHANGE);
        assertThat(read.movedAt()).isEqualTo(movedAt);
        assertThat(read.target()).isEqualTo(TARGET);
        assertThat(read.uid()).isEqualTo(UID);
        assertThat(read.leadsTo(TARGET, UID)).isTrue();
        assertThat(read.leadsTo(KEY, UID)).isFalse();
        assertThat(read.leadsTo(TARGET, token(0x30))).isFalse();
    }

    @Test
    @DisplayName("a session without an end is given to TTL from the copy to its confirmation")
    void movedWithoutEnd() {
        Row endless = row(DynamoDbJson.golden("never-expiring"));
        SessionDelta delta = SessionDelta.builder(token(0x30)).build();
        Row copy = row(items.copy(endless, KEY, TARGET, delta, null, CREATED));
        assertThat(copy.number(ItemAttribute.TTL)).isEqualTo(CREATED.getEpochSecond() + 86_400);
        assertThat(copy.awaitsConfirmation()).isTrue();
        Map<String, AttributeValue> expected = new HashMap<>(endless.item());
        expected.put("id", Items.text(TARGET.value()));
        assertThat(items.confirmed(copy)).isEqualTo(expected);
        assertThat(items.redirect(endless, KEY, copy, token(0x30), KeyChangeReason.ROTATION, CREATED))
                .containsEntry("ttl", Items.number(CREATED.getEpochSecond() + 2 * 86_400));
    }

    @Test
    @DisplayName("ended.json: what a session leaves that has ended")
    void ended() {
        assertThat(items.ended(KEY, token(0x30), CREATED.plusMillis(500))).isEqualTo(DynamoDbJson.golden("ended"));
        assertThat(row(DynamoDbJson.golden("ended")).isEndedBy(token(0x30))).isTrue();
        assertThat(row(DynamoDbJson.golden("ended")).isEndedBy(token(0x20))).isFalse();
    }

    @Test
    @DisplayName("a redirect with a reason that this release does not know is taken for the strict one")
    void unknownReason() {
        Map<String, AttributeValue> item = new HashMap<>(DynamoDbJson.golden("redirect"));
        item.put("reason", Items.text("something newer"));
        assertThat(row(item).reason()).isEqualTo(KeyChangeReason.PRIVILEGE_CHANGE);
    }

    @Test
    @DisplayName("formats outside the window are refused with the format that was found")
    void window() {
        for (String format : new String[] {"0", "3", "17"}) {
            Map<String, AttributeValue> item = new HashMap<>(DynamoDbJson.golden("session"));
            item.put("fmt", AttributeValue.fromN(format));
            assertThatThrownBy(() -> row(item).requireKnownFormat())
                    .isInstanceOf(UnsupportedFormatException.class)
                    .hasMessageContaining("format " + format);
        }
        row(DynamoDbJson.golden("session")).requireKnownFormat();
    }

    private void assertGolden(String name, StoredSession session) {
        Map<String, AttributeValue> golden = DynamoDbJson.golden(name);
        assertThat(items.session(KEY, session, Parts.until(session.attributes())))
                .isEqualTo(golden);
        StoredSession read = items.read(row(golden));
        assertThat(read.attributes()).isEqualTo(session.attributes());
        assertThat(read.uid()).isEqualTo(session.uid());
        assertThat(read.version()).isEqualTo(session.version());
        assertThat(read.createdAt()).isEqualTo(session.createdAt());
        assertThat(read.accessedAt()).isEqualTo(session.accessedAt());
        assertThat(read.idleTimeout()).isEqualTo(session.idleTimeout());
        assertThat(read.expiresAt()).isEqualTo(session.expiresAt());
        assertThat(read.absoluteExpiry()).isEqualTo(session.absoluteExpiry());
    }

    private static Row row(Map<String, AttributeValue> item) {
        return new Row(item, ItemAttributes.defaults());
    }

    private static StoredSession.Builder endless() {
        return StoredSession.builder().uid(UID).createdAt(CREATED).accessedAt(CREATED);
    }

    private static StoredSession.Builder ending() {
        return endless()
                .idleTimeout(Duration.ofMinutes(30))
                .expiresAt(CREATED.plus(Duration.ofMinutes(33)).plusMillis(500));
    }

    private static Token token(int first) {
        byte[] bytes = new byte[16];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (first + i);
        }
        return Token.of(bytes);
    }

    private static EncodedValue json(String json) {
        return EncodedValue.of(EncodedValue.JSON, json.getBytes(StandardCharsets.UTF_8));
    }

    private static EncodedValue value(int format, int... bytes) {
        byte[] value = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            value[i] = (byte) bytes[i];
        }
        return EncodedValue.of(format, value);
    }
}
