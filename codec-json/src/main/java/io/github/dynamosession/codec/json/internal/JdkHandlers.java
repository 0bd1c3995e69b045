// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.json.internal;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.SerializerProvider;
import io.github.dynamosession.codec.internal.JavaPlatform;
import io.github.dynamosession.spi.UnstorableValueException;
import java.io.IOException;
import java.io.Serializable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.Month;
import java.time.MonthDay;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.Period;
import java.time.Year;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Currency;
import java.util.Date;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Hashtable;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.Vector;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The one registry of the JDK's own types and their ids. An id is never given to another type: what
 * was stored under it stays readable.
 */
@SuppressWarnings({"JdkObsolete", "JavaUtilDate"}) // Obsolete or not, they are stored.
final class JdkHandlers {
    static final Map<String, TypeHandler> BY_ID = new HashMap<>();
    static final Map<Class<?>, TypeHandler> BY_CLASS = new HashMap<>();
    /** What an untagged value is where an interface is declared. */
    static final Map<Class<?>, TypeHandler> DEFAULTS = new HashMap<>();
    /** Types that may be the component of a tagged array beside those of the application. */
    static final Map<String, Class<?>> COMPONENTS = new HashMap<>();

    static final Map<String, Class<?>> ENUMS = Map.of(
            "DayOfWeek", DayOfWeek.class,
            "Month", Month.class,
            "ChronoUnit", ChronoUnit.class,
            "TimeUnit", TimeUnit.class);

    static final TypeHandler ARRAY_LIST;
    static final TypeHandler LINKED_HASH_MAP;

    private static final int MAX_SCALE = 10_000;
    private static final int MAX_BITS = 33_000;
    private static final int MAX_TEXT = 1_000;

    private JdkHandlers() {}

    /** Writes a value as one token. */
    private interface Writer<T> {
        void write(T value, JsonGenerator out) throws IOException;
    }

    /** Reads a value from one token. */
    private interface Reader<T> {
        T read(JsonParser in) throws IOException;
    }

    static {
        leaf("String", String.class, v -> true, (v, out) -> out.writeString(v), in -> {
            expect(in, JsonToken.VALUE_STRING);
            return in.getText();
        });
        leaf("Boolean", Boolean.class, v -> true, (v, out) -> out.writeBoolean(v), JsonParser::getBooleanValue);
        leaf(
                "Integer",
                Integer.class,
                v -> true,
                (v, out) -> out.writeNumber(v),
                in -> integer(in).getIntValue());
        leaf(
                "Long",
                Long.class,
                v -> v.intValue() != v,
                (v, out) -> out.writeNumber(v),
                in -> integer(in).getLongValue());
        leaf("Short", Short.class, v -> false, (v, out) -> out.writeNumber(v), in -> {
            int value = integer(in).getIntValue();
            return check(value == (short) value, (short) value);
        });
        leaf("Byte", Byte.class, v -> false, (v, out) -> out.writeNumber(v), in -> {
            int value = integer(in).getIntValue();
            return check(value == (byte) value, (byte) value);
        });
        leaf("Double", Double.class, Double::isFinite, JdkHandlers::writeDouble, JdkHandlers::readDouble);
        leaf("Float", Float.class, v -> false, JdkHandlers::writeFloat, JdkHandlers::readFloat);
        leaf("Character", Character.class, v -> false, (v, out) -> out.writeString(String.valueOf((char) v)), in -> {
            expect(in, JsonToken.VALUE_STRING);
            String text = in.getText();
            return check(text.length() == 1, text).charAt(0);
        });
        leaf(
                "BigInteger",
                BigInteger.class,
                v -> false,
                JdkHandlers::writeBigInteger,
                in -> new BigInteger(digits(in)));
        leaf("BigDecimal", BigDecimal.class, v -> false, JdkHandlers::writeBigDecimal, in -> {
            BigDecimal value = new BigDecimal(digits(in));
            return check(Math.abs((long) value.scale()) <= MAX_SCALE, value);
        });
        leaf("byte[]", byte[].class, v -> false, (v, out) -> out.writeBinary(v), in -> {
            if (!in.hasToken(JsonToken.VALUE_EMBEDDED_OBJECT)) {
                expect(in, JsonToken.VALUE_STRING);
            }
            return in.getBinaryValue();
        });
        leaf("char[]", char[].class, v -> false, (v, out) -> out.writeString(new String(v)), in -> {
            expect(in, JsonToken.VALUE_STRING);
            return in.getText().toCharArray();
        });
        leaf(
                "AtomicInteger",
                AtomicInteger.class,
                v -> false,
                (v, out) -> out.writeNumber(v.get()),
                in -> new AtomicInteger(integer(in).getIntValue()));
        leaf(
                "AtomicLong",
                AtomicLong.class,
                v -> false,
                (v, out) -> out.writeNumber(v.get()),
                in -> new AtomicLong(integer(in).getLongValue()));
        leaf(
                "AtomicBoolean",
                AtomicBoolean.class,
                v -> false,
                (v, out) -> out.writeBoolean(v.get()),
                in -> new AtomicBoolean(in.getBooleanValue()));
        leaf(
                "Year",
                Year.class,
                v -> false,
                (v, out) -> out.writeNumber(v.getValue()),
                in -> Year.of(integer(in).getIntValue()));

        text("UUID", UUID.class, UUID::toString, UUID::fromString);
        leaf("Instant", Instant.class, v -> false, JdkHandlers::writeInstant, JdkHandlers::readInstant);
        text("LocalDate", LocalDate.class, LocalDate::toString, LocalDate::parse);
        text("LocalTime", LocalTime.class, LocalTime::toString, LocalTime::parse);
        text("LocalDateTime", LocalDateTime.class, LocalDateTime::toString, LocalDateTime::parse);
        text("OffsetTime", OffsetTime.class, OffsetTime::toString, OffsetTime::parse);
        text("OffsetDateTime", OffsetDateTime.class, OffsetDateTime::toString, OffsetDateTime::parse);
        checkedText("ZonedDateTime", ZonedDateTime.class, ZonedDateTime::toString, ZonedDateTime::parse);
        text("ZoneId", ZoneId.class, ZoneId::getId, ZoneId::of);
        text("ZoneOffset", ZoneOffset.class, ZoneOffset::getId, ZoneOffset::of);
        text("Duration", Duration.class, Duration::toString, Duration::parse);
        text("Period", Period.class, Period::toString, Period::parse);
        text("YearMonth", YearMonth.class, v -> (v.getYear() > 9999 ? "+" : "") + v, YearMonth::parse);
        text("MonthDay", MonthDay.class, MonthDay::toString, MonthDay::parse);
        text(
                "Date",
                Date.class,
                v -> Instant.ofEpochMilli(v.getTime()).toString(),
                text -> new Date(Instant.parse(text).toEpochMilli()));
        checkedText("Locale", Locale.class, Locale::toLanguageTag, Locale::forLanguageTag);
        text("Currency", Currency.class, Currency::getCurrencyCode, Currency::getInstance);
        leaf("URI", URI.class, v -> false, (v, out) -> out.writeString(v.toString()), in -> {
            expect(in, JsonToken.VALUE_STRING);
            return URI.create(in.getText());
        });

        register(new OptionalHandler());

        ARRAY_LIST = collection("ArrayList", ArrayList.class, v -> v);
        collection("LinkedList", LinkedList.class, LinkedList::new);
        collection("Vector", Vector.class, Vector::new);
        collection("CopyOnWriteArrayList", CopyOnWriteArrayList.class, CopyOnWriteArrayList::new);
        TypeHandler arrayDeque = collection("ArrayDeque", ArrayDeque.class, ArrayDeque::new);
        collection("ConcurrentLinkedQueue", ConcurrentLinkedQueue.class, ConcurrentLinkedQueue::new);
        collection("ConcurrentLinkedDeque", ConcurrentLinkedDeque.class, ConcurrentLinkedDeque::new);
        TypeHandler hashSet = collection("HashSet", HashSet.class, HashSet::new);
        collection("LinkedHashSet", LinkedHashSet.class, LinkedHashSet::new);
        collection("CopyOnWriteArraySet", CopyOnWriteArraySet.class, CopyOnWriteArraySet::new);

        // Private classes: what comes back is made by the same factory method.
        TypeHandler listOf =
                collection("List.of", List.class, v -> v.contains(null) ? nullable(v) : List.of(v.toArray()));
        alias(
                listOf,
                List.of(1).getClass(),
                List.of().getClass(),
                nullable(Arrays.asList(1, null)).getClass());
        TypeHandler setOf = collection("Set.of", Set.class, v -> Set.of(v.toArray()));
        alias(setOf, Set.of(1).getClass(), Set.of().getClass());
        TypeHandler asList = collection("Arrays.asList", List.class, v -> Arrays.asList(v.toArray()));
        alias(asList, Arrays.asList(1).getClass());
        TypeHandler emptyList = collection("emptyList", List.class, v -> check(v.isEmpty(), Collections.emptyList()));
        alias(emptyList, Collections.emptyList().getClass());
        TypeHandler emptySet = collection("emptySet", Set.class, v -> check(v.isEmpty(), Collections.emptySet()));
        alias(emptySet, Collections.emptySet().getClass());
        TypeHandler singletonList = collection(
                "singletonList",
                List.class,
                v -> Collections.singletonList(check(v.size() == 1, v).get(0)));
        alias(singletonList, Collections.singletonList(1).getClass());
        TypeHandler singleton = collection(
                "singleton",
                Set.class,
                v -> Collections.singleton(check(v.size() == 1, v).get(0)));
        alias(singleton, Collections.singleton(1).getClass());
        TypeHandler unmodifiableList = collection("unmodifiableList", List.class, Collections::unmodifiableList);
        alias(
                unmodifiableList,
                Collections.unmodifiableList(new ArrayList<>()).getClass(),
                Collections.unmodifiableList(new LinkedList<>()).getClass());
        TypeHandler unmodifiableSet =
                collection("unmodifiableSet", Set.class, v -> Collections.unmodifiableSet(new LinkedHashSet<>(v)));
        alias(unmodifiableSet, Collections.unmodifiableSet(new HashSet<>()).getClass());
        TypeHandler synchronizedList = collection("synchronizedList", List.class, Collections::synchronizedList);
        alias(
                synchronizedList,
                Collections.synchronizedList(new ArrayList<>()).getClass(),
                Collections.synchronizedList(new LinkedList<>()).getClass());
        TypeHandler synchronizedSet =
                collection("synchronizedSet", Set.class, v -> Collections.synchronizedSet(new LinkedHashSet<>(v)));
        alias(synchronizedSet, Collections.synchronizedSet(new HashSet<>()).getClass());

        TypeHandler treeSet = sorted(
                "TreeSet",
                TreeSet.class,
                TreeSet::comparator,
                (id, order) -> new CollectionHandler(id, TreeSet.class, v -> {
                    TreeSet<Object> set = new TreeSet<>(order);
                    set.addAll(v);
                    return set;
                }));
        sorted(
                "ConcurrentSkipListSet",
                ConcurrentSkipListSet.class,
                ConcurrentSkipListSet::comparator,
                (id, order) -> new CollectionHandler(id, ConcurrentSkipListSet.class, v -> {
                    ConcurrentSkipListSet<Object> set = new ConcurrentSkipListSet<>(order);
                    set.addAll(v);
                    return set;
                }));
        TypeHandler unmodifiableSortedSet = sorted(
                "unmodifiableSortedSet",
                SortedSet.class,
                SortedSet::comparator,
                (id, order) -> new CollectionHandler(id, SortedSet.class, v -> {
                    TreeSet<Object> set = new TreeSet<>(order);
                    set.addAll(v);
                    return Collections.unmodifiableSortedSet(set);
                }));
        alias(
                unmodifiableSortedSet,
                Collections.unmodifiableSortedSet(new TreeSet<>()).getClass());
        TypeHandler unmodifiableNavigableSet = sorted(
                "unmodifiableNavigableSet",
                NavigableSet.class,
                SortedSet::comparator,
                (id, order) -> new CollectionHandler(id, NavigableSet.class, v -> {
                    TreeSet<Object> set = new TreeSet<>(order);
                    set.addAll(v);
                    return Collections.unmodifiableNavigableSet(set);
                }));
        alias(
                unmodifiableNavigableSet,
                Collections.unmodifiableNavigableSet(new TreeSet<>()).getClass());

        LINKED_HASH_MAP = map("LinkedHashMap", LinkedHashMap.class, LinkedHashMap::new, m -> m);
        TypeHandler hashMap = map("HashMap", HashMap.class, HashMap::new, m -> m);
        map("Hashtable", Hashtable.class, Hashtable::new, m -> m);
        TypeHandler concurrentHashMap =
                map("ConcurrentHashMap", ConcurrentHashMap.class, ConcurrentHashMap::new, m -> m);
        TypeHandler mapOf = map(
                "Map.of",
                Map.class,
                LinkedHashMap::new,
                m -> Map.ofEntries(m.entrySet().toArray(new Map.Entry<?, ?>[0])));
        alias(mapOf, Map.of().getClass(), Map.of(1, 1).getClass());
        TypeHandler emptyMap =
                map("emptyMap", Map.class, LinkedHashMap::new, m -> check(m.isEmpty(), Collections.emptyMap()));
        alias(emptyMap, Collections.emptyMap().getClass());
        TypeHandler singletonMap = map("singletonMap", Map.class, LinkedHashMap::new, m -> {
            Map.Entry<?, ?> entry =
                    check(m.size() == 1, m).entrySet().iterator().next();
            return Collections.singletonMap(entry.getKey(), entry.getValue());
        });
        alias(singletonMap, Collections.singletonMap(1, 1).getClass());
        TypeHandler unmodifiableMap =
                map("unmodifiableMap", Map.class, LinkedHashMap::new, Collections::unmodifiableMap);
        alias(unmodifiableMap, Collections.unmodifiableMap(new HashMap<>()).getClass());
        TypeHandler synchronizedMap =
                map("synchronizedMap", Map.class, LinkedHashMap::new, Collections::synchronizedMap);
        alias(synchronizedMap, Collections.synchronizedMap(new HashMap<>()).getClass());

        TypeHandler treeMap = sorted(
                "TreeMap",
                TreeMap.class,
                TreeMap::comparator,
                (id, order) -> new MapHandler(id, TreeMap.class, () -> new TreeMap<>(order), m -> m));
        sorted(
                "ConcurrentSkipListMap",
                ConcurrentSkipListMap.class,
                ConcurrentSkipListMap::comparator,
                (id, order) -> new MapHandler(
                        id, ConcurrentSkipListMap.class, () -> new ConcurrentSkipListMap<>(order), m -> m));
        TypeHandler unmodifiableSortedMap = sorted(
                "unmodifiableSortedMap",
                SortedMap.class,
                SortedMap::comparator,
                (id, order) -> new MapHandler(
                        id,
                        SortedMap.class,
                        () -> new TreeMap<>(order),
                        m -> Collections.unmodifiableSortedMap((TreeMap<Object, Object>) m)));
        alias(
                unmodifiableSortedMap,
                Collections.unmodifiableSortedMap(new TreeMap<>()).getClass());
        TypeHandler unmodifiableNavigableMap = sorted(
                "unmodifiableNavigableMap",
                NavigableMap.class,
                SortedMap::comparator,
                (id, order) -> new MapHandler(
                        id,
                        NavigableMap.class,
                        () -> new TreeMap<>(order),
                        m -> Collections.unmodifiableNavigableMap((TreeMap<Object, Object>) m)));
        alias(
                unmodifiableNavigableMap,
                Collections.unmodifiableNavigableMap(new TreeMap<>()).getClass());

        register(new EnumCollectionHandlers.OfSet());
        register(new EnumCollectionHandlers.OfMap());

        DEFAULTS.put(Iterable.class, ARRAY_LIST);
        DEFAULTS.put(Collection.class, ARRAY_LIST);
        DEFAULTS.put(List.class, ARRAY_LIST);
        DEFAULTS.put(Set.class, hashSet);
        DEFAULTS.put(SortedSet.class, treeSet);
        DEFAULTS.put(NavigableSet.class, treeSet);
        DEFAULTS.put(Queue.class, arrayDeque);
        DEFAULTS.put(Deque.class, arrayDeque);
        DEFAULTS.put(Map.class, hashMap);
        DEFAULTS.put(SortedMap.class, treeMap);
        DEFAULTS.put(NavigableMap.class, treeMap);
        DEFAULTS.put(ConcurrentMap.class, concurrentHashMap);

        for (Class<?> component : List.of(
                boolean.class,
                byte.class,
                char.class,
                short.class,
                int.class,
                long.class,
                float.class,
                double.class,
                Object.class,
                Number.class,
                Comparable.class,
                Serializable.class,
                CharSequence.class,
                Collection.class,
                List.class,
                Set.class,
                Map.class,
                SortedMap.class,
                SortedSet.class)) {
            COMPONENTS.put(component.getSimpleName(), component);
        }
        BY_CLASS.forEach((type, handler) -> {
            if (type.getSimpleName().equals(handler.id()) && !type.isArray()) {
                COMPONENTS.put(handler.id(), type);
            }
        });
        COMPONENTS.putAll(ENUMS);
    }

    /** The type handler of a JDK class that is one of many implementations; null if it is none. */
    static @Nullable TypeHandler family(Class<?> type) {
        if (ZoneId.class.isAssignableFrom(type) && JavaPlatform.has(type)) {
            return BY_ID.get("ZoneId");
        }
        if (java.util.EnumSet.class.isAssignableFrom(type)) {
            return BY_ID.get("EnumSet");
        }
        String id = JsonImmutables.handlerOf(type);
        return id == null ? null : BY_ID.get(id);
    }

    static boolean isReserved(String id) {
        return BY_ID.containsKey(id) || COMPONENTS.containsKey(id) || ENUMS.containsKey(id);
    }

    static void expect(JsonParser in, JsonToken token) {
        if (!in.hasToken(token)) {
            throw ValueEngine.unreadable("not the expected kind of value");
        }
    }

    static UnstorableValueException refused(Class<?> type, String reason) {
        return new UnstorableValueException(type.getTypeName() + " cannot be stored in a session: " + reason, null);
    }

    private static <T> T check(boolean holds, T value) {
        if (!holds) {
            throw ValueEngine.unreadable("a value outside the range of its type");
        }
        return value;
    }

    private static JsonParser integer(JsonParser in) {
        expect(in, JsonToken.VALUE_NUMBER_INT);
        return in;
    }

    private static String digits(JsonParser in) throws IOException {
        if (!in.hasToken(JsonToken.VALUE_NUMBER_INT) && !in.hasToken(JsonToken.VALUE_NUMBER_FLOAT)) {
            expect(in, JsonToken.VALUE_STRING);
        }
        String text = in.getText();
        return check(text.length() <= ValueEngine.MAX_DIGITS, text);
    }

    private static String shortText(JsonParser in) throws IOException {
        expect(in, JsonToken.VALUE_STRING);
        String text = in.getText();
        return check(text.length() <= MAX_TEXT, text);
    }

    /** Whether a binary format has values of its own for this type handler. */
    static boolean isBinary(TypeHandler handler) {
        return handler.type == byte[].class || handler.type == Instant.class;
    }

    private static void writeInstant(Instant value, JsonGenerator out) throws IOException {
        if (out.canWriteBinaryNatively()) {
            out.writeEmbeddedObject(value);
        } else {
            out.writeString(value.toString());
        }
    }

    private static Instant readInstant(JsonParser in) throws IOException {
        return in.hasToken(JsonToken.VALUE_EMBEDDED_OBJECT) && in.getEmbeddedObject() instanceof Instant instant
                ? instant
                : Instant.parse(shortText(in));
    }

    private static void writeBigInteger(BigInteger value, JsonGenerator out) throws IOException {
        if (value.getClass() != BigInteger.class || value.bitLength() > MAX_BITS) {
            throw refused(value.getClass(), "it is larger than " + MAX_BITS + " bits");
        }
        out.writeNumber(value);
    }

    private static void writeBigDecimal(BigDecimal value, JsonGenerator out) throws IOException {
        if (value.unscaledValue().bitLength() > MAX_BITS || Math.abs((long) value.scale()) > MAX_SCALE) {
            throw refused(value.getClass(), "it has a scale of more than " + MAX_SCALE + " or too many digits");
        }
        out.writeNumber(value);
    }

    private static void writeDouble(Double value, JsonGenerator out) throws IOException {
        if (Double.isFinite(value)) {
            out.writeNumber(value);
        } else {
            out.writeString(value.toString());
        }
    }

    private static Double readDouble(JsonParser in) throws IOException {
        if (in.hasToken(JsonToken.VALUE_STRING)) {
            return (double) notFinite(in.getText());
        }
        if (!in.hasToken(JsonToken.VALUE_NUMBER_INT)) {
            expect(in, JsonToken.VALUE_NUMBER_FLOAT);
        }
        double value = in.getDoubleValue();
        return check(!Double.isInfinite(value), value);
    }

    private static void writeFloat(Float value, JsonGenerator out) throws IOException {
        if (Float.isFinite(value)) {
            out.writeNumber(value);
        } else {
            out.writeString(value.toString());
        }
    }

    private static Float readFloat(JsonParser in) throws IOException {
        if (in.hasToken(JsonToken.VALUE_STRING)) {
            return notFinite(in.getText());
        }
        if (!in.hasToken(JsonToken.VALUE_NUMBER_INT)) {
            expect(in, JsonToken.VALUE_NUMBER_FLOAT);
        }
        float value = in.getFloatValue();
        return check(!Float.isInfinite(value), value);
    }

    private static float notFinite(String text) {
        switch (text) {
            case "NaN":
                return Float.NaN;
            case "Infinity":
                return Float.POSITIVE_INFINITY;
            case "-Infinity":
                return Float.NEGATIVE_INFINITY;
            default:
                throw ValueEngine.unreadable("not a number");
        }
    }

    /** An immutable list that may hold nulls, as streams make it. */
    private static List<Object> nullable(List<Object> values) {
        return values.stream().toList();
    }

    private static <T extends TypeHandler> T register(T handler) {
        BY_ID.put(handler.id(), handler);
        // Type handlers whose type is an interface stand for private classes, which are registered as aliases.
        if (!handler.type.isInterface()) {
            BY_CLASS.put(handler.type, handler);
        }
        return handler;
    }

    private static void alias(TypeHandler handler, Class<?>... classes) {
        for (Class<?> type : classes) {
            BY_CLASS.put(type, handler);
        }
    }

    private static <T> void leaf(String id, Class<T> type, Predicate<T> untagged, Writer<T> writer, Reader<T> reader) {
        register(new Leaf<>(id, type, untagged, writer, reader));
    }

    private static <T> void text(String id, Class<T> type, Function<T, String> write, Function<String, T> read) {
        leaf(id, type, v -> false, (v, out) -> out.writeString(write.apply(v)), in -> read.apply(shortText(in)));
    }

    /** For types whose text does not always say everything. */
    private static <T> void checkedText(String id, Class<T> type, Function<T, String> write, Function<String, T> read) {
        Writer<T> writer = (v, out) -> {
            String text = write.apply(v);
            if (!read.apply(text).equals(v)) {
                throw refused(type, "its standard text does not hold all of it");
            }
            out.writeString(text);
        };
        leaf(id, type, v -> false, writer, in -> read.apply(shortText(in)));
    }

    private static TypeHandler collection(
            String id, Class<?> type, Function<List<Object>, Collection<Object>> factory) {
        return register(new CollectionHandler(id, type, factory));
    }

    private static TypeHandler map(
            String id,
            Class<?> type,
            Supplier<Map<Object, Object>> empty,
            Function<Map<Object, Object>, Map<?, ?>> finish) {
        return register(new MapHandler(id, type, empty, finish));
    }

    /** Makes the type handler of a sorted collection in a known order. */
    private interface SortedFactory {
        TypeHandler make(String id, @Nullable Comparator<Object> order);
    }

    /** Registers one type handler per known order under ids such as {@code TreeMap.reverse}. */
    @SuppressWarnings({"unchecked", "rawtypes"})
    private static <T> TypeHandler sorted(
            String id, Class<T> type, Function<T, @Nullable Comparator<?>> comparator, SortedFactory factory) {
        Map<Comparator<?>, TypeHandler> variants = new HashMap<>();
        Map<String, Comparator<?>> orders = Map.of(
                "natural", Comparator.naturalOrder(),
                "reverse", Comparator.reverseOrder(),
                "ignoringCase", String.CASE_INSENSITIVE_ORDER);
        orders.forEach((name, order) -> {
            TypeHandler handler = factory.make(id + "." + name, (Comparator) order);
            BY_ID.put(handler.id(), handler);
            variants.put(order, handler);
        });
        TypeHandler plain = factory.make(id, null);
        plain.choose(value -> {
            Comparator<?> order = comparator.apply(type.cast(value));
            TypeHandler handler = order == null ? plain : variants.get(order);
            String name = order == null || handler != null ? null : JsonImmutables.orderOf(order);
            if (name != null) {
                handler = BY_ID.get(id + "." + name);
            }
            if (handler == null) {
                throw refused(
                        value.getClass(),
                        "its comparator cannot be stored; the natural and the reverse order and"
                                + " String.CASE_INSENSITIVE_ORDER can");
            }
            return handler;
        });
        return register(plain);
    }

    /** A value that is one token. */
    private static final class Leaf<T> extends TypeHandler {
        private final String id;
        private final Predicate<T> untagged;
        private final Writer<T> writer;
        private final Reader<T> reader;

        Leaf(String id, Class<T> type, Predicate<T> untagged, Writer<T> writer, Reader<T> reader) {
            super(type);
            this.id = id;
            this.untagged = untagged;
            this.writer = writer;
            this.reader = reader;
        }

        @Override
        String id() {
            return id;
        }

        @Override
        @SuppressWarnings("unchecked")
        boolean isUntagged(Object value) {
            return untagged.test((T) value);
        }

        @Override
        @SuppressWarnings("unchecked")
        void write(Object value, DeclaredType declaredType, JsonGenerator out, SerializerProvider provider)
                throws IOException {
            writer.write((T) value, out);
        }

        @Override
        Object read(JsonParser in, DeserializationContext context, DeclaredType declaredType, boolean dynamic)
                throws IOException {
            return reader.read(in);
        }
    }

    /** An optional value as an array of none or one, so that empty and null differ. */
    private static final class OptionalHandler extends TypeHandler {
        OptionalHandler() {
            super(Optional.class);
        }

        @Override
        String id() {
            return "Optional";
        }

        @Override
        void write(Object value, DeclaredType declared, JsonGenerator out, SerializerProvider provider)
                throws IOException {
            Object present = ((Optional<?>) value).orElse(null);
            out.writeStartArray();
            if (present != null) {
                declared.engine.write(present, declared.element(), out, provider);
            }
            out.writeEndArray();
        }

        @Override
        Object read(JsonParser in, DeserializationContext context, DeclaredType declared, boolean dynamic)
                throws IOException {
            expect(in, JsonToken.START_ARRAY);
            if (in.nextToken() == JsonToken.END_ARRAY) {
                return Optional.empty();
            }
            Object present = declared.engine.read(in, context, declared.element(), dynamic);
            in.nextToken();
            expect(in, JsonToken.END_ARRAY);
            if (present == null) {
                throw ValueEngine.unreadable("an optional null");
            }
            return Optional.of(present);
        }
    }

    /** Elements as an array. */
    private static final class CollectionHandler extends TypeHandler {
        private final String id;
        private final Function<List<Object>, Collection<Object>> factory;

        CollectionHandler(String id, Class<?> type, Function<List<Object>, Collection<Object>> factory) {
            super(type);
            this.id = id;
            this.factory = factory;
        }

        @Override
        String id() {
            return id;
        }

        @Override
        boolean isUntagged(Object value) {
            return type == ArrayList.class;
        }

        @Override
        void write(Object value, DeclaredType declaredType, JsonGenerator out, SerializerProvider provider)
                throws IOException {
            if (id.startsWith("synchronized")) {
                synchronized (value) {
                    writeElements((Collection<?>) value, declaredType, out, provider);
                }
            } else {
                writeElements((Collection<?>) value, declaredType, out, provider);
            }
        }

        private static void writeElements(
                Collection<?> values, DeclaredType declaredType, JsonGenerator out, SerializerProvider provider)
                throws IOException {
            DeclaredType element = declaredType.element();
            out.writeStartArray();
            for (Object value : values) {
                declaredType.engine.write(value, element, out, provider);
            }
            out.writeEndArray();
        }

        @Override
        Object read(JsonParser in, DeserializationContext context, DeclaredType declaredType, boolean dynamic)
                throws IOException {
            expect(in, JsonToken.START_ARRAY);
            DeclaredType element = declaredType.element();
            List<@Nullable Object> values = new ArrayList<>();
            while (in.nextToken() != JsonToken.END_ARRAY) {
                values.add(declaredType.engine.read(in, context, element, dynamic));
            }
            Collection<Object> collection = factory.apply(values);
            return check(collection.size() == values.size(), collection);
        }
    }

    /** String keys as an object, any others as an array of pairs. */
    private static final class MapHandler extends TypeHandler {
        private final String id;
        private final Supplier<Map<Object, Object>> empty;
        private final Function<Map<Object, Object>, Map<?, ?>> finish;

        MapHandler(
                String id,
                Class<?> type,
                Supplier<Map<Object, Object>> empty,
                Function<Map<Object, Object>, Map<?, ?>> finish) {
            super(type);
            this.id = id;
            this.empty = empty;
            this.finish = finish;
        }

        @Override
        String id() {
            return id;
        }

        @Override
        boolean isUntagged(Object value) {
            return type == LinkedHashMap.class && hasNameKeys((Map<?, ?>) value);
        }

        private static boolean hasNameKeys(Map<?, ?> map) {
            for (Object key : map.keySet()) {
                if (!(key instanceof String name) || !isName(name)) {
                    return false;
                }
            }
            return true;
        }

        /** Newer releases of Jackson read no name with a lone surrogate, though all write it. */
        private static boolean isName(String key) {
            if (key.length() > ValueEngine.MAX_KEY_LENGTH) {
                return false;
            }
            for (int i = 0; i < key.length(); i++) {
                if (Character.isSurrogate(key.charAt(i))) {
                    return false;
                }
            }
            return true;
        }

        @Override
        void write(Object value, DeclaredType declaredType, JsonGenerator out, SerializerProvider provider)
                throws IOException {
            if (id.equals("synchronizedMap")) {
                synchronized (value) {
                    writeEntries((Map<?, ?>) value, declaredType, out, provider);
                }
            } else {
                writeEntries((Map<?, ?>) value, declaredType, out, provider);
            }
        }

        private static void writeEntries(
                Map<?, ?> map, DeclaredType declaredType, JsonGenerator out, SerializerProvider provider)
                throws IOException {
            DeclaredType content = declaredType.value();
            if (hasNameKeys(map)) {
                out.writeStartObject();
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    String name = (String) entry.getKey();
                    out.writeFieldName(name.startsWith("@") ? "@" + name : name);
                    declaredType.engine.write(entry.getValue(), content, out, provider);
                }
                out.writeEndObject();
            } else {
                DeclaredType key = declaredType.key();
                out.writeStartArray();
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    out.writeStartArray();
                    declaredType.engine.write(entry.getKey(), key, out, provider);
                    declaredType.engine.write(entry.getValue(), content, out, provider);
                    out.writeEndArray();
                }
                out.writeEndArray();
            }
        }

        @Override
        Object read(JsonParser in, DeserializationContext context, DeclaredType declaredType, boolean dynamic)
                throws IOException {
            ValueEngine engine = declaredType.engine;
            DeclaredType content = declaredType.value();
            DeclaredType keys = declaredType.key();
            Map<Object, @Nullable Object> map = empty.get();
            int count = 0;
            if (in.hasToken(JsonToken.START_ARRAY)) {
                while (in.nextToken() != JsonToken.END_ARRAY) {
                    expect(in, JsonToken.START_ARRAY);
                    in.nextToken();
                    check(!in.hasToken(JsonToken.END_ARRAY), map);
                    Object key = engine.read(in, context, keys, dynamic);
                    in.nextToken();
                    check(!in.hasToken(JsonToken.END_ARRAY), map);
                    map.put(key, engine.read(in, context, content, dynamic));
                    in.nextToken();
                    expect(in, JsonToken.END_ARRAY);
                    count++;
                }
            } else {
                if (in.hasToken(JsonToken.START_OBJECT)) {
                    in.nextToken();
                }
                check(keys.raw.isAssignableFrom(String.class) || in.hasToken(JsonToken.END_OBJECT), map);
                while (in.hasToken(JsonToken.FIELD_NAME)) {
                    String name = in.currentName();
                    check(!ValueEngine.isTag(name), map);
                    in.nextToken();
                    map.put(
                            name.startsWith("@") ? name.substring(1) : name,
                            engine.read(in, context, content, dynamic));
                    in.nextToken();
                    count++;
                }
                expect(in, JsonToken.END_OBJECT);
            }
            check(map.size() == count, map);
            return finish.apply(map);
        }
    }
}
