// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.msgpack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.msgpack.core.MessageBufferPacker;
import org.msgpack.core.MessagePack;
import org.msgpack.core.MessagePacker;
import org.msgpack.core.MessageUnpacker;

@DisplayName("The bytes are MessagePack, as the reference implementation has it")
class FormatTest {
    private static final int CASES = 3_000;
    private static final MessagePackCodec CODEC = Samples.codec();

    @Test
    @DisplayName("every value that is written is exactly one value to the reference implementation")
    void wellFormed() throws IOException {
        List<Object> values = new ArrayList<>(Samples.values());
        values.addAll(Samples.edges());
        for (Object value : values) {
            try (MessageUnpacker in = MessagePack.newDefaultUnpacker(CODEC.encode(value))) {
                in.unpackValue();
                assertThat(in.hasNext()).as(value.getClass().getName()).isFalse();
            }
        }
    }

    @Test
    @DisplayName("natural values are written byte for byte as the reference implementation packs them")
    void sameBytes() throws IOException {
        for (int seed = 0; seed < CASES; seed++) {
            Object value = value(new Random(seed), 3);
            assertThat(CODEC.encode(value)).as("seed %d", seed).isEqualTo(pack(value));
        }
    }

    @Test
    @DisplayName("and read as it packs them")
    void read() throws IOException {
        for (int seed = 0; seed < CASES; seed++) {
            Object value = value(new Random(seed), 3);
            Object decoded = CODEC.decode(pack(value), Object.class);
            assertThat(Arrays.deepEquals(new Object[] {plain(decoded)}, new Object[] {plain(value)}))
                    .as("seed %d", seed)
                    .isTrue();
        }
    }

    /** Without byte arrays, which have no equals. */
    static Object plain(Object value) {
        if (value instanceof byte[] bytes) {
            return "bytes " + Arrays.toString(bytes);
        } else if (value instanceof List<?> list) {
            return list.stream().map(FormatTest::plain).toList();
        } else if (value instanceof Map<?, ?> map) {
            Map<Object, Object> plain = new LinkedHashMap<>();
            map.forEach((key, content) -> plain.put(key, plain(content)));
            return plain;
        }
        return value;
    }

    private static byte[] pack(Object value) throws IOException {
        try (MessageBufferPacker out = MessagePack.newDefaultBufferPacker()) {
            pack(value, out);
            return out.toByteArray();
        }
    }

    private static void pack(Object value, MessagePacker out) throws IOException {
        if (value instanceof String text) {
            out.packString(text);
        } else if (value instanceof Integer number) {
            out.packInt(number);
        } else if (value instanceof Long number) {
            out.packLong(number);
        } else if (value instanceof Boolean flag) {
            out.packBoolean(flag);
        } else if (value instanceof Double number) {
            out.packDouble(number);
        } else if (value instanceof Instant instant) {
            out.packTimestamp(instant);
        } else if (value instanceof byte[] bytes) {
            out.packBinaryHeader(bytes.length);
            out.writePayload(bytes);
        } else if (value instanceof List<?> list) {
            out.packArrayHeader(list.size());
            for (Object element : list) {
                pack(element, out);
            }
        } else {
            Map<?, ?> map = (Map<?, ?>) value;
            out.packMapHeader(map.size());
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                pack(entry.getKey(), out);
                pack(entry.getValue(), out);
            }
        }
    }

    static Object value(Random random, int depth) {
        switch (random.nextInt(depth == 0 ? 7 : 9)) {
            case 0:
                return text(random, 80);
            case 1:
                return random.nextInt() >> random.nextInt(32);
            case 2:
                long number = random.nextLong() >> random.nextInt(31);
                return number == (int) number ? (Object) (int) number : number;
            case 3:
                return random.nextBoolean();
            case 4:
                // One that a float does not hold.
                return random.nextDouble() + 1e-9;
            case 5:
                long range = random.nextBoolean() ? 1L << 36 : 31_000_000_000_000_000L;
                return Instant.ofEpochSecond(
                        (long) (random.nextGaussian() * range / 10),
                        random.nextBoolean() ? 0 : random.nextInt(1_000_000_000));
            case 6:
                byte[] bytes = new byte[random.nextInt(400)];
                random.nextBytes(bytes);
                return bytes;
            case 7:
                List<Object> list = new ArrayList<>();
                for (int i = random.nextInt(20); i > 0; i--) {
                    list.add(value(random, depth - 1));
                }
                return list;
            default:
                Map<Object, Object> map = new LinkedHashMap<>();
                for (int i = random.nextInt(20); i > 0; i--) {
                    map.put("k" + i + text(random, 20).replaceAll("[^a-z]", ""), value(random, depth - 1));
                }
                return map;
        }
    }

    private static String text(Random random, int length) {
        StringBuilder text = new StringBuilder();
        boolean ascii = random.nextBoolean();
        for (int i = random.nextInt(length); i > 0; i--) {
            int point = random.nextInt(ascii ? 0x80 : random.nextBoolean() ? 0x900 : 0x11_0000);
            text.appendCodePoint(point >= 0xd800 && point < 0xe000 ? '?' : point);
        }
        return text.toString();
    }
}
