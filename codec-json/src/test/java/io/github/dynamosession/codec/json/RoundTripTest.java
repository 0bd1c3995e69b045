// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.codec.json.Shop.Animal;
import io.github.dynamosession.codec.json.Shop.Annotated;
import io.github.dynamosession.codec.json.Shop.Cart;
import io.github.dynamosession.codec.json.Shop.Circle;
import io.github.dynamosession.codec.json.Shop.Color;
import io.github.dynamosession.codec.json.Shop.Dog;
import io.github.dynamosession.codec.json.Shop.Empty;
import io.github.dynamosession.codec.json.Shop.Everything;
import io.github.dynamosession.codec.json.Shop.Holder;
import io.github.dynamosession.codec.json.Shop.Item;
import io.github.dynamosession.codec.json.Shop.Nothing;
import io.github.dynamosession.codec.json.Shop.Order;
import io.github.dynamosession.codec.json.Shop.Page;
import io.github.dynamosession.codec.json.Shop.Shape;
import io.github.dynamosession.codec.json.Shop.Sku;
import io.github.dynamosession.codec.json.Shop.Square;
import io.github.dynamosession.spi.EncodedValue;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.CodingErrorAction;
import java.time.*;
import java.time.temporal.ChronoUnit;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("jdk25")
@DisplayName("What JsonCodec accepts, it gives back (K1)")
class RoundTripTest {
    static final JsonCodec CODEC = newCodec();

    static final List<Object> VALUES = List.of(
            "",
            "text",
            "\"\\/\b\f\n\r\t\u0000\u001f",
            "äöü€",
            "\ud83d\ude00",
            "\ud800",
            "x\udc00\ud800y",
            "@Long",
            "\u2028\ufeff\uffff",
            "x".repeat(100_000),
            true,
            false,
            0,
            1,
            -1,
            Integer.MAX_VALUE,
            Integer.MIN_VALUE,
            0L,
            5L,
            Integer.MAX_VALUE + 1L,
            (long) Integer.MIN_VALUE,
            Long.MAX_VALUE,
            Long.MIN_VALUE,
            (short) 5,
            Short.MIN_VALUE,
            (byte) 5,
            Byte.MIN_VALUE,
            0.0,
            -0.0,
            1.5,
            1e300,
            Double.MIN_VALUE,
            Double.MAX_VALUE,
            4.35,
            100.0,
            1e7,
            Double.NaN,
            Double.POSITIVE_INFINITY,
            Double.NEGATIVE_INFINITY,
            0f,
            -0f,
            0.1f,
            Float.MIN_VALUE,
            Float.MAX_VALUE,
            Float.NaN,
            Float.NEGATIVE_INFINITY,
            1.17549435E-38f,
            'a',
            '"',
            '\u0000',
            '\ud800',
            '\udfff',
            '€',
            BigInteger.ZERO,
            BigInteger.TEN.pow(9_000),
            BigInteger.TEN.pow(300).negate(),
            new BigDecimal("1.10"),
            new BigDecimal("1.1"),
            new BigDecimal("1E+1000"),
            new BigDecimal("0E-10"),
            new BigDecimal("-12345678901234567890.123456789"),
            new BigDecimal("0.00"),
            new BigDecimal("1E-9999"),
            new byte[0],
            new byte[] {0, -1, 127, -128},
            new char[] {'a', '\ud800'},
            new int[] {1, -2},
            new int[0],
            new long[] {1, Long.MAX_VALUE},
            new double[] {1, Double.NaN, -0.0},
            new float[] {0.1f, Float.NaN},
            new boolean[] {true, false},
            new short[] {1},
            new int[][] {{1}, {}, {2, 3}},
            new String[] {"a", null},
            new Object[] {1, 1L, "x", null, new Object[] {2L}},
            new Long[] {1L, null},
            new Item[0],
            new Item[][] {{item(1)}, null},
            new Shape[] {new Circle(1)},
            new Number[] {1, 1L, 1.5f},
            new List<?>[] {List.of(1L)},
            new Color[] {Color.GREEN},
            new Comparable<?>[] {"a", 1L},
            new UUID[] {new UUID(1, 2)},
            new byte[][] {{1}, {}},
            Color.RED,
            Color.GREEN,
            DayOfWeek.MONDAY,
            Month.MAY,
            ChronoUnit.DAYS,
            TimeUnit.HOURS,
            new UUID(0, 0),
            UUID.fromString("f81d4fae-7dec-11d0-a765-00a0c91e6bf6"),
            Instant.EPOCH,
            Instant.MAX,
            Instant.MIN,
            Instant.parse("2024-02-29T12:00:00.123456789Z"),
            LocalDate.MIN,
            LocalDate.MAX,
            LocalDate.of(2024, 2, 29),
            LocalTime.MAX,
            LocalTime.MIDNIGHT,
            LocalDateTime.MAX,
            LocalDateTime.of(2024, 1, 1, 0, 0),
            OffsetTime.MAX,
            OffsetDateTime.MIN,
            ZonedDateTime.of(2024, 10, 27, 2, 30, 0, 0, ZoneId.of("Europe/Berlin"))
                    .withLaterOffsetAtOverlap(),
            ZonedDateTime.of(2024, 10, 27, 2, 30, 0, 0, ZoneId.of("Europe/Berlin"))
                    .withEarlierOffsetAtOverlap(),
            ZonedDateTime.of(2024, 1, 1, 0, 0, 0, 1, ZoneId.of("UTC")),
            ZonedDateTime.of(2024, 1, 1, 0, 0, 0, 1, ZoneOffset.UTC),
            ZonedDateTime.of(2024, 1, 1, 0, 0, 0, 1, ZoneId.of("GMT+2")),
            ZoneId.of("Europe/Berlin"),
            ZoneId.of("UTC"),
            ZoneOffset.UTC,
            ZoneOffset.ofHoursMinutes(5, 30),
            Duration.ZERO,
            Duration.ofSeconds(Long.MAX_VALUE, 999_999_999),
            Duration.ofSeconds(Long.MIN_VALUE),
            Duration.ofMillis(-1),
            Period.of(1, -2, 3),
            Period.ZERO,
            Year.of(2024),
            Year.of(-999_999_999),
            Year.of(99_999),
            YearMonth.of(2024, 2),
            YearMonth.of(99_999, 2),
            MonthDay.of(2, 29),
            new Date(1),
            new Date(-62_200_000_000_000L),
            Locale.GERMANY,
            Locale.ROOT,
            Locale.forLanguageTag("zh-Hant-TW"),
            Locale.forLanguageTag("de-DE-u-co-phonebk"),
            new Locale("ja", "JP", "JP"),
            new Locale("iw"),
            Currency.getInstance("EUR"),
            URI.create("https://example.org/a?b=c#d"),
            URI.create(""),
            URI.create("mailto:a@b"),
            Optional.empty(),
            Optional.of(1),
            Optional.of(Optional.of(1L)),
            Optional.of(Optional.empty()),
            list(),
            list(1, 1L, null, "a", list()),
            new LinkedList<>(list(1)),
            new Vector<>(list(1)),
            new CopyOnWriteArrayList<>(list(1L)),
            new HashSet<>(list(1, 1L, null)),
            new LinkedHashSet<>(list("b", "a")),
            new TreeSet<>(list("b", "a")),
            new CopyOnWriteArraySet<>(list(1)),
            sorted(new TreeSet<>(Comparator.reverseOrder()), 1, 2),
            sorted(new TreeSet<>(Comparator.naturalOrder()), 1),
            sorted(new TreeSet<>(String.CASE_INSENSITIVE_ORDER), "b", "A"),
            new ConcurrentSkipListSet<>(list(3L, 1L)),
            List.of(),
            List.of(1L),
            List.of(1, 2L),
            List.of(1, 2, 3),
            list(1, null).stream().toList(),
            List.copyOf(list(1)),
            Set.of(),
            Set.of(1L),
            Set.of(1, 2, 3),
            Map.of(),
            Map.of("a", 1L),
            Map.of("a", 1, "@b", 2),
            Map.of(1, 2),
            Arrays.asList(1, null),
            Collections.emptyList(),
            Collections.emptySet(),
            Collections.emptyMap(),
            Collections.singletonList(null),
            Collections.singleton(1L),
            Collections.singletonMap("a", null),
            Collections.singletonMap(null, 1L),
            Collections.unmodifiableList(list(1L)),
            Collections.unmodifiableSet(new HashSet<>(list(1, 2))),
            Collections.unmodifiableMap(new HashMap<>(Map.of(1, 2))),
            Collections.unmodifiableSortedSet(new TreeSet<>(list(2, 1))),
            Collections.unmodifiableNavigableMap(sortedMap(new TreeMap<String, Object>(Comparator.reverseOrder()))),
            Collections.unmodifiableSortedMap(sortedMap(new TreeMap<String, Object>())),
            Collections.synchronizedList(list(1L)),
            Collections.synchronizedMap(map("a", 1L)),
            Collections.synchronizedSet(new HashSet<>(list(1))),
            map(),
            map("a", 1, "b", null, "", 5L),
            map("@type", "Long"),
            map("@", 1),
            map("@@x", 1),
            map("@Long", 5),
            map("a", 1, "@Long", 5),
            map(1, "a"),
            map(null, 1),
            map(1L, 1, "1", 2),
            map("\ud800", 1, "\ud83d\ude00", 2),
            map("\ud83d\ude00", 1),
            map("k".repeat(5_000), 1),
            map(list(1L), map(2L, Color.RED)),
            new HashMap<>(map("a", 1L)),
            new HashMap<>(map(null, null)),
            new HashMap<>(map(Color.RED, 1)),
            new HashMap<>(map(new UUID(1, 1), new Date(5))),
            new TreeMap<>(map("b", 1, "a", 2)),
            new TreeMap<>(map(2L, 1, 1L, 2)),
            sortedMap(new TreeMap<String, Object>(String.CASE_INSENSITIVE_ORDER)),
            sortedMap(new TreeMap<String, Object>(Comparator.reverseOrder())),
            new Hashtable<>(map("a", 1L)),
            new ConcurrentHashMap<>(map("a", 1L)),
            new ConcurrentSkipListMap<>(map("b", 1, "a", 2)),
            EnumSet.of(Color.GREEN),
            EnumSet.noneOf(Color.class),
            EnumSet.allOf(DayOfWeek.class),
            new EnumMap<>(Map.of(Color.RED, 5L)),
            new EnumMap<>(Color.class),
            new EnumMap<>(Map.of(Month.MAY, list())),
            item(1),
            new Item(null, 0, null),
            cart(0),
            cart(3),
            cart(1).coupon("c", false),
            new Circle(Double.NaN),
            new Square(0.1f, Color.GREEN),
            new Animal("cat", 4),
            new Dog("rex", Long.MAX_VALUE),
            list(cart(1), item(2)),
            map("cart", cart(1), "@item", item(1)),
            new HashSet<>(list(item(1), item(2))),
            new TreeMap<>(map("a", list(item(1)))),
            new Page<>(list(item(1)), item(2), 2),
            new Page<>(list(1L), 1L, 1),
            new Page<>(List.of(), null, 0),
            new Annotated("x", 5),
            new Holder(new Annotated("y", 1), list(new Annotated("z", 2))),
            new Sku("abc"),
            new Order(new Sku("a"), Map.of(new Sku("b"), 2)),
            new Order(new Sku("@Long"), new HashMap<>()),
            new Empty(),
            new Nothing(),
            everything(),
            nothing());

    static JsonCodec newCodec() {
        return JsonCodec.builder()
                .allow(Cart.class, Color.class, Circle.class, Square.class, Animal.class, Dog.class)
                .allow("item", Item.class)
                .allow(Everything.class, Page.class, Annotated.class, Holder.class, Sku.class, Order.class)
                .allow(Empty.class, Nothing.class, Shape.class, Shop.Node.class)
                .build();
    }

    static Stream<Object[]> values() {
        return IntStream.range(0, VALUES.size())
                .mapToObj(i -> new Object[] {i, VALUES.get(i).getClass().getTypeName(), VALUES.get(i)});
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("values")
    @DisplayName("without a requested type")
    void withoutType(int index, String name, Object value) throws Exception {
        byte[] bytes = CODEC.encode(value);
        UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT).decode(java.nio.ByteBuffer.wrap(bytes));
        Object decoded = CODEC.decode(bytes, Object.class);
        assertSame(decoded, value);
        assertThat(CODEC.encode(decoded)).isEqualTo(CODEC.encode(decoded));
        assertSame(CODEC.decode(CODEC.encode(decoded), Object.class), value);
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("values")
    @DisplayName("with its class, its superclasses and its interfaces")
    void withItsClass(int index, String name, Object value) {
        byte[] bytes = CODEC.encode(value);
        Class<?> type = value.getClass();
        while (type != null) {
            assertSame(CODEC.decode(bytes, type), value);
            for (Class<?> implemented : type.getInterfaces()) {
                assertSame(CODEC.decode(bytes, implemented), value);
            }
            type = type.getSuperclass();
        }
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("values")
    @DisplayName("inside a list, a map and an array")
    void nested(int index, String name, Object value) {
        List<?> list = list(value, value);
        assertSame(((List<?>) CODEC.decode(CODEC.encode(list), List.class)).get(1), value);
        Map<Object, Object> map = map("@a", value);
        assertSame(((Map<?, ?>) CODEC.decode(CODEC.encode(map), Object.class)).get("@a"), value);
        Object[] array = {value};
        assertSame(((Object[]) CODEC.decode(CODEC.encode(array), Object[].class))[0], value);
    }

    @Test
    @DisplayName("and collections without an equals of their own come back with the same content")
    void identityCollections() {
        for (Collection<?> value : List.of(
                new ArrayDeque<>(list(1L, "a")),
                new ConcurrentLinkedQueue<>(list(1L)),
                new ConcurrentLinkedDeque<>(list(1L)))) {
            Object decoded = CODEC.decode(CODEC.encode(value), Object.class);
            assertThat(decoded).hasSameClassAs(value);
            assertThat(((Collection<?>) decoded).toArray()).isEqualTo(value.toArray());
        }
        assertThat(((AtomicInteger) CODEC.decode(CODEC.encode(new AtomicInteger(5)), AtomicInteger.class)).get())
                .isEqualTo(5);
        assertThat(((AtomicLong) CODEC.decode(CODEC.encode(new AtomicLong(5)), Object.class)).get())
                .isEqualTo(5);
    }

    @Test
    @DisplayName("the format is JSON")
    void format() {
        assertThat(CODEC.format()).isEqualTo(EncodedValue.JSON);
    }

    /** Equal, of the same class, and of the same order where there is one. */
    static void assertSame(Object actual, Object expected) {
        assertThat(actual.getClass()).isEqualTo(expected.getClass());
        if (expected.getClass().isArray()) {
            assertThat(Arrays.deepEquals(new Object[] {actual}, new Object[] {expected}))
                    .isTrue();
        } else {
            assertThat(actual.equals(expected)).isTrue();
            assertThat(expected.equals(actual)).isTrue();
        }
        if (expected instanceof Collection<?> collection
                && !(expected instanceof Set && !(expected instanceof SortedSet))) {
            assertThat(((Collection<?>) actual).toArray()).isEqualTo(collection.toArray());
        }
        if (expected instanceof SortedSet<?> set) {
            assertThat(((SortedSet<?>) actual).comparator()).isEqualTo(set.comparator());
        }
        if (expected instanceof SortedMap<?, ?> map) {
            assertThat(((SortedMap<?, ?>) actual).comparator()).isEqualTo(map.comparator());
        }
    }

    static Item item(int n) {
        return new Item("sku-" + n, n, new BigDecimal("19.90"));
    }

    static Cart cart(int n) {
        Cart cart = new Cart();
        for (int i = 0; i < n; i++) {
            cart.add(item(i));
        }
        return cart;
    }

    private static Everything everything() {
        return new Everything(
                5L,
                5L,
                5,
                (byte) 1,
                (short) 2,
                '\ud800',
                Float.NaN,
                Double.NEGATIVE_INFINITY,
                7L,
                'x',
                new UUID(1, 2),
                LocalDate.EPOCH,
                Locale.ITALY,
                Optional.of(5L),
                Optional.of(Optional.of(Color.GREEN)),
                list(1L, null),
                new LinkedList<>(list(new Circle(1), new Square(2, Color.RED))),
                EnumSet.of(Color.RED),
                new TreeMap<>(Map.of(1, item(1))),
                new HashMap<>(Map.of(Color.RED, List.of(item(2)))),
                new TreeMap<>(Map.of("a", (short) 1)),
                new HashMap<>(Map.of("@x", 1L, "y", cart(1))),
                new EnumMap<>(Map.of(Color.GREEN, 1)),
                new Dog("rex", 1),
                new Circle(2),
                new Color[] {Color.RED, null},
                new Item[][] {{item(1), null}, {}},
                list(new HashMap<>(Map.of("s", new HashSet<>(list(item(1)))))));
    }

    private static Everything nothing() {
        return new Everything(
                null, null, null, (byte) 0, (short) 0, '\0', 0, 0, null, null, null, null, null, null, null, null, null,
                null, null, null, null, null, null, null, null, null, null, null);
    }

    @SafeVarargs
    static <T> ArrayList<T> list(@Nullable T... values) {
        return new ArrayList<>(Arrays.asList(values));
    }

    @SafeVarargs
    private static <T, C extends Collection<T>> C sorted(C empty, T... values) {
        Collections.addAll(empty, values);
        return empty;
    }

    private static <M extends Map<String, Object>> M sortedMap(M empty) {
        empty.put("b", 1L);
        empty.put("A", 2);
        return empty;
    }

    static LinkedHashMap<Object, Object> map(@Nullable Object... keysAndValues) {
        LinkedHashMap<Object, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            map.put(keysAndValues[i], keysAndValues[i + 1]);
        }
        return map;
    }
}
