// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.spi.CustomValue;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.IndexMark;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.Token;
import io.github.dynamosession.spi.UnsupportedFormatException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The bytes of a row's content")
class ContentFormatTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05.678Z");
    private static final Token TOKEN = Token.of(new byte[] {1, 2, 3});
    private static final StoredSession WHOLE = StoredSession.builder()
            .uid(Token.random())
            .version(7)
            .createdAt(NOW)
            .accessedAt(NOW.plusMillis(1))
            .idleTimeout(Duration.ofMinutes(30))
            .expiresAt(NOW.plusSeconds(1800))
            .absoluteExpiry(NOW.plusSeconds(9000))
            .keyBinding(TOKEN)
            .attributes(Map.of("", value(0), "lone \ud800", value(5), "ä", value(70_000)))
            .build();
    private static final StoredSession BARE = StoredSession.builder()
            .uid(Token.random())
            .createdAt(NOW)
            .accessedAt(NOW)
            .build();

    private static final List<Content> CONTENTS = List.of(
            new Content.Live(WHOLE, TOKEN, NOW, new Content.Origin(SessionKey.of("from"), TOKEN)),
            new Content.Live(BARE, null, NOW, null),
            new Content.Redirect(
                    SessionKey.of("to"), TOKEN, KeyChangeReason.ROTATION, Token.random(), 3, TOKEN, NOW, NOW),
            new Content.Redirect(
                    SessionKey.of("to"), TOKEN, KeyChangeReason.PRIVILEGE_CHANGE, TOKEN, 1, null, NOW, null),
            new Content.Ended(TOKEN, Token.random(), NOW),
            new Content.Live(
                    BARE.toBuilder()
                            .custom(Map.of(
                                    "user",
                                    CustomValue.of("alice"),
                                    "all",
                                    CustomValue.of(List.of(
                                            1.5, true, false, new byte[] {7}, Map.of("a", Set.of(2)), Set.of("b")))))
                            .build(),
                    null,
                    NOW,
                    null),
            new Content.Mark(new IndexMark(7, Optional.of(TOKEN))),
            new Content.Mark(new IndexMark(8, Optional.empty())),
            new Content.Live(WHOLE, TOKEN, NOW, null, new Content.Lock(Token.random(), NOW)),
            new Content.Live(
                    BARE.toBuilder().custom(Map.of("n", CustomValue.of(1))).build(),
                    null,
                    NOW,
                    new Content.Origin(SessionKey.of("from"), TOKEN),
                    new Content.Lock(Token.random(), NOW)));

    @Test
    @DisplayName("come back as the same content, field by field")
    void roundTrip() {
        for (Content content : CONTENTS) {
            Content read = Content.of(content.toBytes());
            assertThat(read).usingRecursiveComparison().isEqualTo(content);
            assertThat(read.purgeAfter()).isEqualTo(content.purgeAfter());
        }
    }

    @Test
    @DisplayName("are in the oldest format that has what they hold")
    void oldestFormat() {
        assertThat(CONTENTS.stream().map(content -> content.toBytes()[0]))
                .containsExactly(
                        (byte) 1, (byte) 1, (byte) 1, (byte) 1, (byte) 1, (byte) 2, (byte) 2, (byte) 2, (byte) 3,
                        (byte) 3);
    }

    @Test
    @DisplayName("that are cut off, longer, or of another format are refused")
    void broken() {
        for (Content content : CONTENTS) {
            byte[] bytes = content.toBytes();
            for (int length = 0; length < Math.min(bytes.length, 300); length++) {
                assertRefused(Arrays.copyOf(bytes, length));
            }
            assertRefused(Arrays.copyOf(bytes, bytes.length + 1));
            byte[] newer = bytes.clone();
            newer[0] = 4;
            assertThatThrownBy(() -> Content.of(newer))
                    .isInstanceOf(UnsupportedFormatException.class)
                    .hasMessage("a row has format 4, this release reads 1 to 3");
        }
    }

    @Test
    @DisplayName("that are changed at random are read or refused, never anything else")
    void mutated() {
        Random random = new Random(1);
        byte[] bytes = CONTENTS.get(0).toBytes();
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] changed = Arrays.copyOf(bytes, 400);
            changed[random.nextInt(changed.length)] = (byte) random.nextInt();
            try {
                assertThat(Content.of(changed)).isNotNull();
            } catch (UnsupportedFormatException expected) {
                refused++;
            }
        }
        assertThat(refused).isPositive();
    }

    private static void assertRefused(byte[] bytes) {
        assertThatThrownBy(() -> Content.of(bytes)).isInstanceOf(UnsupportedFormatException.class);
    }

    private static EncodedValue value(int length) {
        return EncodedValue.of(EncodedValue.MESSAGE_PACK, new byte[length]);
    }
}
