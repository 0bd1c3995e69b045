// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.msgpack;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.codec.msgpack.Shop.Created;
import io.github.dynamosession.codec.msgpack.Shop.Item;
import io.github.dynamosession.spi.SessionCodec;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Values made at random from a seed")
class GeneratedValuesTest {
    private static final int CASES = Integer.getInteger("dynamosession.codec.cases", 20_000);
    private static final SessionCodec MESSAGE_PACK = Samples.codec();
    private static final SessionCodec JSON =
            JsonCodec.builder().allow("item", Item.class).allow(Created.class).build();

    @Test
    @DisplayName(
            "20,000 of them (dynamosession.codec.cases) come back equal, of the same classes, and are what JSON gives back too")
    void roundTrip() {
        long messagePack = 0;
        long json = 0;
        for (int seed = 0; seed < CASES; seed++) {
            Object value = value(new Random(seed), 4);
            byte[] bytes = MESSAGE_PACK.encode(value);
            Object decoded = MESSAGE_PACK.decode(bytes, Object.class);
            assertThat(shape(decoded)).as("seed %d", seed).isEqualTo(shape(value));
            assertThat(MESSAGE_PACK.encode(decoded)).as("seed %d", seed).isEqualTo(MESSAGE_PACK.encode(decoded));
            byte[] text = JSON.encode(value);
            assertThat(shape(JSON.decode(text, Object.class)))
                    .as("seed %d", seed)
                    .isEqualTo(shape(decoded));
            messagePack += bytes.length;
            json += text.length;
        }
        assertThat(messagePack).isLessThan(json);
    }

    private static Object value(Random random, int depth) {
        switch (random.nextInt(depth == 0 ? 10 : 17)) {
            case 0:
            case 1:
                return text(random);
            case 2:
                return random.nextInt() >> random.nextInt(32);
            case 3:
                return random.nextLong() >> random.nextInt(64);
            case 4:
                return random.nextBoolean() ? (double) random.nextFloat() : Double.longBitsToDouble(random.nextLong());
            case 5:
                return Float.intBitsToFloat(random.nextInt());
            case 6:
                return new BigDecimal(new BigInteger(random.nextInt(200), random), random.nextInt(400) - 200);
            case 7:
                return (char) random.nextInt(0x10000);
            case 8:
                byte[] bytes = new byte[random.nextInt(40)];
                random.nextBytes(bytes);
                return bytes;
            case 9:
                return Instant.ofEpochSecond(random.nextLong() >> 28, random.nextInt(1_000_000_000));
            case 10:
                return new Item(text(random), random.nextInt(), new BigDecimal("1.10"));
            case 11:
                return new Created(text(random)).extra(value(random, depth - 1));
            case 12:
                return Optional.of(value(random, depth - 1));
            case 13:
                return map(random, depth);
            case 14:
                return new HashMap<>(map(random, depth));
            case 15:
                return new LinkedList<>(list(random, depth));
            default:
                return list(random, depth);
        }
    }

    private static ArrayList<Object> list(Random random, int depth) {
        ArrayList<Object> list = new ArrayList<>();
        for (int i = random.nextInt(random.nextInt(8) == 0 ? 40 : 4); i > 0; i--) {
            list.add(value(random, depth - 1));
        }
        return list;
    }

    private static LinkedHashMap<Object, Object> map(Random random, int depth) {
        LinkedHashMap<Object, Object> map = new LinkedHashMap<>();
        boolean names = random.nextBoolean();
        for (int i = random.nextInt(random.nextInt(8) == 0 ? 40 : 4); i > 0; i--) {
            map.put(names ? text(random) : random.nextInt(), random.nextInt(8) == 0 ? null : value(random, depth - 1));
        }
        return map;
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder(random.nextInt(4) == 0 ? "@" : "");
        boolean ascii = random.nextInt(3) > 0;
        for (int i = random.nextInt(random.nextInt(20) == 0 ? 200 : 8); i > 0; i--) {
            int kind = ascii ? 3 : random.nextInt(4);
            switch (kind) {
                case 0 -> text.append((char) random.nextInt(0x10000));
                case 1 -> text.appendCodePoint(random.nextInt(0x11_0000));
                case 2 -> text.append((char) (0xd800 + random.nextInt(0x800)));
                default -> text.append((char) random.nextInt(128));
            }
        }
        return text.toString();
    }

    /** Something with an equals that compares classes, contents and orders at every level. */
    private static Object shape(@Nullable Object value) {
        if (value == null) {
            return "null";
        }
        List<Object> shape = new ArrayList<>();
        shape.add(value.getClass());
        if (value instanceof byte[] bytes) {
            shape.add(new BigInteger(1, bytes));
            shape.add(bytes.length);
        } else if (value instanceof Collection<?> collection) {
            collection.forEach(element -> shape.add(shape(element)));
        } else if (value instanceof Map<?, ?> map) {
            Map<Object, Object> entries = new HashMap<>();
            map.forEach((key, content) -> entries.put(key, shape(content)));
            shape.add(entries);
        } else if (value instanceof Optional<?> optional) {
            shape.add(shape(optional.orElse(null)));
        } else if (value instanceof Created created) {
            shape.add(created.id());
            shape.add(shape(created.extra()));
        } else {
            shape.add(value);
        }
        return shape;
    }
}
