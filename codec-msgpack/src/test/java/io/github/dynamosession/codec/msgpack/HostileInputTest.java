// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.msgpack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.codec.msgpack.Shop.Cart;
import io.github.dynamosession.codec.msgpack.Shop.Everything;
import io.github.dynamosession.codec.msgpack.Shop.Item;
import io.github.dynamosession.spi.UnreadableValueException;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Bytes that this codec did not write are unreadable, quickly and without much memory (K3)")
class HostileInputTest {
    private static final int MUTATIONS = Integer.getInteger("dynamosession.codec.mutations", 50_000);
    private static final MessagePackCodec CODEC = Samples.codec();

    /** So that no test counts what classes take that are loaded for the first time. */
    @BeforeAll
    static void warmUp() {
        Samples.values().forEach(value -> CODEC.decode(CODEC.encode(value), Object.class));
        assertThatThrownBy(() -> CODEC.decode(new byte[0], Object.class)).isInstanceOf(UnreadableValueException.class);
    }

    @ParameterizedTest(name = "{0}")
    @DisplayName("malformed")
    @ValueSource(
            strings = {
                // nothing, nothing but nil, more than one value
                "",
                "c0",
                "0101",
                "910000",
                "c1",
                "91c1",
                // lengths and counts far beyond the end: text, bytes, extensions, arrays, maps
                "dbffffffff",
                "db7fffffff61",
                "da ffff 61",
                "d9 ff 61",
                "a2 61",
                "c6ffffffff",
                "c67fffffff00",
                "c9ffffffffff",
                "c97fffffffff00",
                "c97fffffff0100",
                "c8ffff01",
                "ddffffffff",
                "dd7fffffffc0",
                "dc ffff c0",
                "9f c0",
                "dfffffffff",
                "df7fffffffa161c0",
                "de 8000 a161c0",
                "8f a161c0",
                "82 a161c0",
                "81 a8404172726179 dd7fffffff",
                "81 a740 486173684d6170 df7fffffff",
                // numbers cut short
                "cf00000000000000",
                "cb00",
                "ce000000",
                "d3",
                // extensions of other kinds, and timestamps that are none
                "d400 00",
                "d500 0000",
                "d87f 00000000000000000000000000000000",
                "d401 00",
                "c7030100 0000",
                "d5ff 0000",
                "c700ff",
                "d7ff ee6b280000000000",
                "c70cff 3b9aca00 0000000000000000",
                "c70cff 00000000 7fffffffffffffff",
                "c70cff 00000000 8000000000000000",
                // keys that are not text
                "81 01 01",
                "81 c0 01",
                "81 c403616263 01",
                "81 c2 01",
                "81 90 01",
                "81 d6ff00000000 01",
                // text that is not UTF-8: cut short, overlong, surrogates, beyond the last code point
                "a1ff",
                "a2c3",
                "a2c080",
                "a3eda080",
                "a4f4908080",
                "81a1ff01",
                // type ids: unknown, not allowed, without or beside values
                "81a14000",
                "81a5404361727480",
                "81aa40636f6d2e782e446f6780",
                "81a5404c6f6e67c0",
                "82a5404c6f6e6701a16101",
                "81a5404c6f6e67ca3f800000",
                "81a5404c6f6e67cfffffffffffffffff",
                "81a8405b5d5b5d5b5d90",
                // an integer of 64 bits without a type id
                "cfffffffffffffffff"
            })
    void malformed(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
        long before = allocated();
        assertThatThrownBy(() -> CODEC.decode(bytes, Object.class))
                .isInstanceOf(UnreadableValueException.class)
                .hasNoCause();
        assertThat(allocated() - before).isLessThan(4_000_000);
    }

    @Test
    @DisplayName("nesting of 200 levels is read, of 201 is not, nor is one of 10 million")
    void nesting() {
        for (int first : new int[] {0x91, 0xdc, 0xdd, 0x81}) {
            assertThat(CODEC.decode(nested(first, 200), Object.class)).isNotNull();
            for (int levels : new int[] {201, 10_000_000}) {
                byte[] bytes = nested(first, levels);
                long before = allocated();
                assertThatThrownBy(() -> CODEC.decode(bytes, Object.class))
                        .isInstanceOf(UnreadableValueException.class);
                assertThat(allocated() - before).isLessThan(4_000_000);
            }
        }
        // In a property that is skipped, too.
        byte[] deep = nested(0x91, 300);
        byte[] item = HexFormat.of().parseHex("81a5406974656d81a178");
        byte[] bytes = Arrays.copyOf(item, item.length + deep.length);
        System.arraycopy(deep, 0, bytes, item.length, deep.length);
        assertThatThrownBy(() -> CODEC.decode(bytes, Object.class)).isInstanceOf(UnreadableValueException.class);
    }

    @Test
    @DisplayName("a count of more entries than there are bytes, before any entry is read")
    void counts() {
        for (int first : new int[] {0xdd, 0xdf}) {
            byte[] bytes = new byte[5_000_000];
            Arrays.fill(bytes, (byte) (first == 0xdd ? 0xc0 : 0xa0));
            bytes[0] = (byte) first;
            Arrays.fill(bytes, 1, 5, (byte) 0);
            bytes[2] = (byte) (first == 0xdd ? 0x50 : 0x28);
            long before = allocated();
            assertThatThrownBy(() -> CODEC.decode(bytes, Object.class)).isInstanceOf(UnreadableValueException.class);
            assertThat(allocated() - before).isLessThan(4_000_000);
        }
    }

    /** The innermost is nil. */
    private static byte[] nested(int first, int levels) {
        byte[] level = switch (first) {
            case 0x81 -> new byte[] {(byte) 0x81, (byte) 0xa1, 'k'};
            case 0xdc -> new byte[] {(byte) 0xdc, 0, 1};
            case 0xdd -> new byte[] {(byte) 0xdd, 0, 0, 0, 1};
            default -> new byte[] {(byte) first};
        };
        byte[] bytes = new byte[levels * level.length + 1];
        for (int i = 0; i < levels; i++) {
            System.arraycopy(level, 0, bytes, i * level.length, level.length);
        }
        bytes[bytes.length - 1] = (byte) 0xc0;
        return bytes;
    }

    @Test
    @DisplayName("every truncation of every value, and every value with something behind it")
    void truncated() {
        for (Object value : Samples.values()) {
            byte[] bytes = CODEC.encode(value);
            for (int length = 0; length < bytes.length; length += 1 + bytes.length / 2_000) {
                byte[] part = Arrays.copyOf(bytes, length);
                assertThatThrownBy(() -> CODEC.decode(part, Object.class)).isInstanceOf(UnreadableValueException.class);
            }
            byte[] more = Arrays.copyOf(bytes, bytes.length + 1);
            assertThatThrownBy(() -> CODEC.decode(more, Object.class)).isInstanceOf(UnreadableValueException.class);
        }
    }

    @Test
    @DisplayName(
            "50,000 seeded mutations (dynamosession.codec.mutations): a value or UnreadableValueException, and memory in proportion")
    void mutations() {
        List<byte[]> seeds = Samples.values().stream()
                .map(CODEC::encode)
                .filter(bytes -> bytes.length < 600)
                .toList();
        List<Class<?>> types = List.of(
                Object.class,
                Cart.class,
                Everything.class,
                List.class,
                Map.class,
                Long.class,
                Item.class,
                String.class,
                Instant.class,
                byte[].class,
                Number.class);
        Random random = new Random(20_241_121);
        int values = 0;
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] bytes = seeds.get(random.nextInt(seeds.size())).clone();
            for (int n = random.nextInt(8) == 0 ? 3 : 1; n > 0; n--) {
                bytes = mutate(bytes, seeds, random);
            }
            Class<?> type = types.get(Math.max(0, random.nextInt(2 * types.size()) - types.size()));
            long before = allocated();
            try {
                assertThat(type.isInstance(CODEC.decode(bytes, type))).isTrue();
                values++;
            } catch (UnreadableValueException expected) {
                assertThat(expected.getCause()).isNull();
            }
            assertThat(allocated() - before).as("mutation %d", i).isLessThan(4_000_000);
        }
        assertThat(values).isBetween(1_000, MUTATIONS - 1_000);
    }

    private static byte[] mutate(byte[] bytes, List<byte[]> seeds, Random random) {
        if (bytes.length == 0) {
            return new byte[] {(byte) random.nextInt()};
        }
        int at = random.nextInt(bytes.length);
        switch (random.nextInt(5)) {
            case 0:
                bytes[at] = (byte) random.nextInt();
                return bytes;
            case 1:
                bytes[at] = (byte) (0xc0 + random.nextInt(0x20));
                return bytes;
            case 2:
                return splice(bytes, at, Math.min(bytes.length, at + 1 + random.nextInt(8)), new byte[0]);
            case 3:
                byte[] other = seeds.get(random.nextInt(seeds.size()));
                return splice(bytes, at, Math.min(bytes.length, at + random.nextInt(8)), other);
            default:
                byte[] number = new byte[1 + random.nextInt(5)];
                Arrays.fill(number, (byte) (random.nextBoolean() ? 0xff : 0x7f));
                return splice(bytes, at, at, number);
        }
    }

    private static byte[] splice(byte[] bytes, int from, int to, byte[] middle) {
        byte[] spliced = new byte[bytes.length - (to - from) + middle.length];
        System.arraycopy(bytes, 0, spliced, 0, from);
        System.arraycopy(middle, 0, spliced, from, middle.length);
        System.arraycopy(bytes, to, spliced, from + middle.length, bytes.length - to);
        return spliced;
    }

    private static long allocated() {
        return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean())
                .getThreadAllocatedBytes(Thread.currentThread().getId());
    }
}
