// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.json;

import static io.github.dynamosession.codec.json.RoundTripTest.CODEC;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.codec.json.Shop.Item;
import io.github.dynamosession.codec.json.Shop.Page;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Values made at random from a seed")
class GeneratedValuesTest {
    private static final int CASES = Integer.getInteger("dynamosession.codec.cases", 20_000);

    @Test
    @DisplayName(
            "20,000 of them (dynamosession.codec.cases) come back equal, of the same classes, with the same bytes (K1, K7)")
    void roundTrip() {
        for (int seed = 0; seed < CASES; seed++) {
            Object value = value(new Random(seed), 4);
            byte[] bytes = CODEC.encode(value);
            Object decoded = CODEC.decode(bytes, Object.class);
            assertThat(shape(decoded)).as("seed %d", seed).isEqualTo(shape(value));
            byte[] again = CODEC.encode(decoded);
            assertThat(CODEC.encode(decoded)).as("seed %d", seed).isEqualTo(again);
            assertThat(shape(CODEC.decode(again, Object.class)))
                    .as("seed %d", seed)
                    .isEqualTo(shape(value));
        }
    }

    @Test
    @DisplayName("one codec serves several threads at once (K4)")
    void threads() throws Exception {
        JsonCodec fresh = JsonCodec.builder().allow(Item.class, Page.class).build();
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            CountDownLatch start = new CountDownLatch(1);
            List<Future<?>> results = new ArrayList<>();
            for (int t = 0; t < 8; t++) {
                int first = t * 300;
                results.add(threads.submit(() -> {
                    start.await();
                    for (int seed = first; seed < first + 500; seed++) {
                        Object value = value(new Random(seed), 4);
                        assertThat(shape(fresh.decode(fresh.encode(value), Object.class)))
                                .isEqualTo(shape(value));
                    }
                    return null;
                }));
            }
            start.countDown();
            for (Future<?> result : results) {
                result.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static Object value(Random random, int depth) {
        int kind = random.nextInt(depth == 0 ? 9 : 20);
        switch (kind) {
            case 0:
            case 1:
                return text(random);
            case 2:
                return random.nextInt(2) == 0 ? random.nextInt() : random.nextInt(10);
            case 3:
                return random.nextInt(2) == 0 ? random.nextLong() : (long) random.nextInt();
            case 4:
                return Double.longBitsToDouble(random.nextLong());
            case 5:
                return Float.intBitsToFloat(random.nextInt());
            case 6:
                return new BigDecimal(new BigInteger(random.nextInt(200), random), random.nextInt(400) - 200);
            case 7:
                return (char) random.nextInt(0x10000);
            case 8:
                return random.nextBoolean();
            case 9:
                return new Item(text(random), random.nextInt(), new BigDecimal("1.10"));
            case 10:
                return new Page<>(list(random, depth), value(random, depth - 1), 1);
            case 11:
                return Optional.of(value(random, depth - 1));
            case 12:
                return new HashMap<>(map(random, depth));
            case 13:
                return map(random, depth);
            case 14:
                return new HashSet<>(list(random, depth));
            case 15:
                return new LinkedList<>(list(random, depth));
            case 16:
                return List.copyOf(list(random, depth));
            case 17:
                return Collections.unmodifiableMap(map(random, depth));
            case 18:
                return list(random, depth).toArray();
            default:
                return random.nextInt(4) == 0 ? new ArrayDeque<>(list(random, depth)) : list(random, depth);
        }
    }

    private static ArrayList<Object> list(Random random, int depth) {
        ArrayList<Object> list = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            list.add(value(random, depth - 1));
        }
        return list;
    }

    private static LinkedHashMap<Object, Object> map(Random random, int depth) {
        LinkedHashMap<Object, Object> map = new LinkedHashMap<>();
        boolean names = random.nextBoolean();
        for (int i = random.nextInt(4); i > 0; i--) {
            map.put(names ? text(random) : value(random, 0), random.nextInt(8) == 0 ? null : value(random, depth - 1));
        }
        return map;
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder(random.nextInt(4) == 0 ? "@" : "");
        for (int i = random.nextInt(6); i > 0; i--) {
            switch (random.nextInt(4)) {
                case 0 -> text.append((char) random.nextInt(0x10000));
                case 1 -> text.append((char) (0xd800 + random.nextInt(0x800)));
                case 2 -> text.append("@\\\"{}[]:,/'\n\t\0u".charAt(random.nextInt(14)));
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
        if (value instanceof Object[] array) {
            for (Object element : array) {
                shape.add(shape(element));
            }
        } else if (value instanceof HashSet<?> set) {
            // Arrays have no equals, so elements are compared as a bag of shapes.
            Map<Object, Integer> bag = new HashMap<>();
            set.forEach(element -> bag.merge(shape(element), 1, Integer::sum));
            shape.add(bag);
        } else if (value instanceof Collection<?> collection) {
            collection.forEach(element -> shape.add(shape(element)));
        } else if (value instanceof Map<?, ?> map) {
            Map<Object, Object> entries = new HashMap<>();
            map.forEach((key, content) -> entries.put(shape(key), shape(content)));
            shape.add(entries);
        } else if (value instanceof Optional<?> optional) {
            shape.add(shape(optional.orElse(null)));
        } else if (value instanceof Page<?> page) {
            shape.add(shape(page.content()));
            shape.add(shape(page.first()));
        } else {
            shape.add(value);
        }
        return shape;
    }
}
