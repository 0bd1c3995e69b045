// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.msgpack;

import io.github.dynamosession.codec.msgpack.Shop.Cart;
import io.github.dynamosession.codec.msgpack.Shop.Color;
import io.github.dynamosession.codec.msgpack.Shop.Created;
import io.github.dynamosession.codec.msgpack.Shop.Everything;
import io.github.dynamosession.codec.msgpack.Shop.Item;
import io.github.dynamosession.codec.msgpack.Shop.Node;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Date;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Values that come back equal. */
final class Samples {
    private Samples() {}

    static MessagePackCodec codec() {
        return MessagePackCodec.builder()
                .allow(Cart.class, Color.class, Everything.class, Created.class, Node.class)
                .allow("item", Item.class)
                .build();
    }

    /** Numbers, and lengths, where the form changes. */
    static List<Object> edges() {
        List<Object> values = new ArrayList<>();
        for (int shift : new int[] {5, 7, 8, 15, 16, 31, 32, 62, 63}) {
            for (int near = -1; near <= 1; near++) {
                long edge = (1L << shift) + near;
                Collections.addAll(values, edge, -edge, (int) edge, (int) -edge);
                values.add((short) edge);
                values.add((byte) -edge);
                values.add(BigInteger.valueOf(edge).add(BigInteger.ONE));
            }
        }
        for (int length : new int[] {0, 1, 15, 16, 31, 32, 85, 86, 127, 128, 255, 256, 257}) {
            values.add("x".repeat(length));
            values.add("\u00e4".repeat(length));
            values.add("x".repeat(length) + "\u20ac");
            values.add("x".repeat(length) + "\ud800");
            values.add(new byte[length]);
            values.add(new ArrayList<>(Collections.nCopies(length, 1)));
            values.add(map(Collections.nCopies(2 * length, 0).toArray(), "k"));
        }
        return values;
    }

    /** Of every kind. */
    static List<Object> values() {
        return list(
                "text",
                "\ud83d\ude00",
                "\ud83d",
                "\ude00\ud83d",
                "\ufffd",
                "\0",
                "@Long",
                true,
                false,
                0.0,
                -0.0,
                1.5,
                0.1,
                (double) 0.1f,
                Double.NaN,
                Double.NEGATIVE_INFINITY,
                Double.MIN_VALUE,
                Double.MAX_VALUE,
                (double) Float.MAX_VALUE,
                0.1f,
                -0f,
                Float.NaN,
                Float.MIN_VALUE,
                'a',
                '\u20ac',
                '\ud800',
                BigInteger.TWO.pow(64).subtract(BigInteger.ONE),
                BigInteger.TEN.pow(300).negate(),
                new BigDecimal("1.10"),
                new BigDecimal("1E+1000"),
                new BigDecimal("12345678901234567.10"),
                new byte[] {0, -1, 127},
                new byte[][] {{1}, {}},
                new char[] {'a', '\udc00'},
                new int[] {1, -2},
                new double[] {1, 0.1, Double.NaN},
                new float[] {0.1f, Float.POSITIVE_INFINITY},
                new String[] {"a", null},
                new Object[] {1, 1L, "x", null, new Object[] {2L}},
                new Instant[] {Instant.EPOCH},
                Instant.EPOCH,
                Instant.EPOCH.minusNanos(1),
                Instant.ofEpochSecond((1L << 32) - 1),
                Instant.ofEpochSecond(1L << 32),
                Instant.ofEpochSecond((1L << 34) - 1, 999_999_999),
                Instant.ofEpochSecond(1L << 34),
                Instant.parse("2024-02-29T12:00:00.123456789Z"),
                Instant.MIN,
                Instant.MAX,
                Color.GREEN,
                DayOfWeek.MONDAY,
                new UUID(1, 2),
                LocalDate.of(2024, 2, 29),
                ZonedDateTime.of(2024, 1, 1, 0, 0, 0, 1, ZoneId.of("Europe/Berlin")),
                Duration.ofMillis(-1),
                new Date(1),
                Locale.GERMANY,
                URI.create("https://example.org/a?b=c"),
                Optional.of(Optional.of(Instant.EPOCH)),
                list(1, 1L, null, "a", list(), Instant.EPOCH),
                new LinkedList<>(list(1)),
                new LinkedHashSet<>(list("b", "a")),
                new TreeSet<>(list(Instant.MAX, Instant.MIN)),
                reversed(1, 2),
                List.of(),
                List.of(1L, Instant.EPOCH),
                Set.of(1, 2, 3),
                Map.of("a", 1, "@b", 2),
                Arrays.asList(1, null),
                Collections.unmodifiableList(list(1L)),
                EnumSet.of(Color.GREEN),
                new EnumMap<>(Map.of(Color.RED, Instant.EPOCH)),
                entries("a", 1, "b", null, "", 5L),
                entries("@Long", 5),
                entries("@", 1),
                entries(1, "a"),
                entries("\ud800", 1, "\ud83d\ude00", 2),
                entries("k".repeat(5_000), 1),
                entries(Instant.EPOCH, Instant.MAX),
                new HashMap<>(entries("a", 1L)),
                new TreeMap<>(entries(2L, 1, 1L, 2)),
                new Item("a", 1, new BigDecimal("1.10")),
                new Item(null, 0, null),
                Cart.of(0),
                Cart.of(3),
                Cart.of(20),
                list(Cart.of(16), Cart.of(15)),
                new Created("x").extra(new byte[] {1}),
                new Created("x").extra(Instant.MAX),
                new Created("x").extra(1.1f),
                everything(),
                new Everything(
                        (byte) 0, (short) 0, '\0', 0, 0, 0, null, null, null, null, null, null, null, null, null, null,
                        null));
    }

    static Everything everything() {
        return new Everything(
                (byte) -1,
                (short) -200,
                '\ud800',
                Float.NaN,
                Double.NEGATIVE_INFINITY,
                5L,
                0.1f,
                new BigDecimal("0.10"),
                BigInteger.TEN.pow(40),
                new byte[] {1, 2},
                Instant.parse("2024-02-29T12:00:00.123456789Z"),
                Instant.EPOCH,
                list(Instant.MIN, null),
                new HashMap<>(Map.of(Instant.MAX, new byte[] {3})),
                Optional.of(new UUID(1, 1)),
                EnumSet.of(Color.RED),
                new float[] {0.1f});
    }

    static LinkedHashMap<Object, Object> map(Object[] contents, String prefix) {
        LinkedHashMap<Object, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < contents.length; i++) {
            map.put(prefix + i, contents[i]);
        }
        return map;
    }

    static LinkedHashMap<Object, Object> entries(@Nullable Object... keysAndValues) {
        LinkedHashMap<Object, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            map.put(keysAndValues[i], keysAndValues[i + 1]);
        }
        return map;
    }

    @SafeVarargs
    static <T> ArrayList<T> list(@Nullable T... values) {
        return new ArrayList<>(Arrays.asList(values));
    }

    static SortedSet<Integer> reversed(Integer... values) {
        SortedSet<Integer> set = new TreeSet<>(Comparator.reverseOrder());
        set.addAll((Collection<Integer>) List.of(values));
        return set;
    }
}
