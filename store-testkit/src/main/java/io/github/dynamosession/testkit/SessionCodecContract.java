// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.UnreadableValueException;
import io.github.dynamosession.spi.UnstorableValueException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The contract of {@link SessionCodec} as tests. A codec's author extends this class, implements
 * {@link #createCodec}, and says which values the codec keeps.
 *
 * <pre>{@code
 * class CborCodecTest extends SessionCodecContract {
 *     @Override
 *     protected SessionCodec createCodec() {
 *         return new CborCodec(Set.of(Cart.class));
 *     }
 *
 *     @Override
 *     protected List<Object> keptValues() {
 *         return List.of("text", 42, 42L, true, new Cart("sku-1"));
 *     }
 * }
 * }</pre>
 *
 * <p>Beside what the codec keeps, many values of the JDK are tried: each must come back equal or be refused.
 */
public abstract class SessionCodecContract {
    /** At 50,000 levels a compiler that made frames small could still save a parser that recurses. */
    private static final int DEEPER_THAN_ANY_STACK = 250_000;

    private static final String SECRET = "correct-horse-battery-staple";
    private static final int MUTATIONS = 200;
    private static final int THREADS = 4;

    private SessionCodec codec = new SessionCodec() {
        @Override
        public int format() {
            throw new IllegalStateException("no codec was made");
        }

        @Override
        public byte[] encode(Object value) {
            throw new IllegalStateException("no codec was made");
        }

        @Override
        public Object decode(byte[] bytes, Type type) {
            throw new IllegalStateException("no codec was made");
        }
    };

    /** For the codec's own test class. */
    protected SessionCodecContract() {}

    /**
     * Makes the codec under test, set up so that it accepts {@link #keptValues()}.
     *
     * @return a codec
     */
    protected abstract SessionCodec createCodec();

    /**
     * Values whose class the codec says it keeps. Each must have an {@code equals} that compares what it
     * holds, arrays excepted.
     *
     * @return at least one; unless overridden, strings, booleans and numbers of the common classes
     */
    protected List<Object> keptValues() {
        return List.of("text", "", "\u00e4\u20ac\ud83d\ude00", true, false, 0, 42, -1, 42L, Long.MIN_VALUE, 1.5, 2.0);
    }

    /**
     * Values that come back if they are asked for by their type, which need not be a class.
     *
     * @return values by type; none unless overridden
     */
    protected Map<Type, Object> typedValues() {
        return Map.of();
    }

    /**
     * Values that the codec does not store.
     *
     * @return at least one; unless overridden, what no codec can store faithfully
     */
    protected List<Object> refusedValues() {
        return List.of(
                new Object(), new Thread(() -> {}), new ByteArrayInputStream(new byte[1]), List.of(new Object()));
    }

    /**
     * What earlier releases wrote: golden files.
     *
     * @return none unless overridden, and the test of them is skipped
     */
    protected List<Earlier> earlierEncodings() {
        return List.of();
    }

    /**
     * How much memory decoding may take, whatever the bytes say.
     *
     * @param length of the encoded value
     * @return bytes; 8 MB and 200 times the length, unless overridden
     */
    protected long allocationLimit(int length) {
        return 8_000_000L + 200L * length;
    }

    /**
     * An encoding that a release wrote and all later ones must read.
     *
     * @param encoded what is stored
     * @param type what is asked for
     * @param value what it means
     */
    public record Earlier(EncodedValue encoded, Type type, Object value) {}

    @BeforeEach
    void openCodec() {
        codec = createCodec();
    }

    @TestFactory
    @DisplayName("K1: what the codec keeps comes back equal and of its class, whether that is asked for or not")
    Stream<DynamicTest> kept() {
        return keptValues().stream()
                .map(value -> DynamicTest.dynamicTest("K1: " + name(value), () -> {
                    byte[] bytes = codec.encode(value);
                    for (Type type : new Type[] {Object.class, value.getClass()}) {
                        Object decoded = codec.decode(bytes, type);
                        assertSame(value.getClass(), decoded.getClass(), "class, asked for " + type);
                        assertEqual(value, decoded);
                    }
                }));
    }

    @TestFactory
    @DisplayName("K1: a value comes back as the type that is asked for")
    Stream<DynamicTest> typed() {
        return typedValues().entrySet().stream()
                .map(typed -> DynamicTest.dynamicTest("K1: " + typed.getKey().getTypeName(), () -> {
                    byte[] bytes = codec.encode(typed.getValue());
                    assertEqual(typed.getValue(), codec.decode(bytes, typed.getKey()));
                }));
    }

    @Test
    @DisplayName("K1: a primitive type is answered with its wrapper")
    void primitives() {
        for (Object value : keptValues()) {
            Type primitive = PRIMITIVES.get(value.getClass());
            if (primitive != null) {
                assertEqual(value, codec.decode(codec.encode(value), primitive));
            }
        }
    }

    @TestFactory
    @DisplayName("K1, K2: a value of the JDK comes back equal, or is refused by encode")
    Stream<DynamicTest> keptOrRefused() {
        return candidates()
                .map(value -> DynamicTest.dynamicTest("K1, K2: " + name(value), () -> {
                    byte[] bytes;
                    try {
                        bytes = codec.encode(value);
                    } catch (UnstorableValueException refusal) {
                        return;
                    }
                    assertEqual(value, codec.decode(bytes, Object.class));
                }));
    }

    @Test
    @DisplayName("K2: a value that contains itself is refused, or comes back so")
    void cycle() {
        List<Object> cycle = new ArrayList<>();
        cycle.add(cycle);
        byte[] bytes;
        try {
            bytes = codec.encode(cycle);
        } catch (UnstorableValueException refusal) {
            return;
        }
        List<?> decoded = assertInstanceOf(List.class, codec.decode(bytes, Object.class));
        assertSame(decoded, decoded.get(0));
    }

    @Test
    @DisplayName("K2: a value that is nested too deeply is refused, or comes back")
    void deep() {
        int depth = 20_000;
        List<Object> deep = new ArrayList<>();
        for (int i = 1; i < depth; i++) {
            List<Object> outer = new ArrayList<>();
            outer.add(deep);
            deep = outer;
        }
        byte[] bytes;
        try {
            bytes = codec.encode(deep);
        } catch (UnstorableValueException refusal) {
            return;
        }
        int decoded = 0;
        Object level = codec.decode(bytes, Object.class);
        while (level instanceof List<?> list) {
            decoded++;
            level = list.isEmpty() ? 0 : list.get(0);
        }
        assertEquals(depth, decoded);
    }

    @TestFactory
    @DisplayName("K2: what the codec does not store is refused, in words that name its type")
    Stream<DynamicTest> refused() {
        return refusedValues().stream()
                .map(value -> DynamicTest.dynamicTest("K2: " + name(value), () -> {
                    UnstorableValueException refusal =
                            assertThrows(UnstorableValueException.class, () -> codec.encode(value));
                    assertTrue(
                            typesIn(value)
                                    .anyMatch(type ->
                                            String.valueOf(refusal.getMessage()).contains(type.getSimpleName())),
                            "the message names the type");
                }));
    }

    @Test
    @DisplayName("K3: asked for another type, decode is unreadable or answers an instance of that type")
    void otherTypes() {
        for (Object value : keptValues()) {
            byte[] bytes = codec.encode(value);
            for (Class<?> type : List.of(
                    String.class, Integer.class, Boolean.class, List.class, Map.class, Thread.class, Tripwire.class)) {
                try {
                    Object decoded = codec.decode(bytes, type);
                    assertTrue(type.isInstance(decoded), () -> "an instance of " + type + ", not " + name(decoded));
                } catch (UnreadableValueException expected) {
                    assertHidesSecret(expected);
                }
            }
        }
    }

    @Test
    @DisplayName("K3: truncated encodings are unreadable or another value, never another exception")
    void truncated() {
        attack(attack -> {
            for (byte[] bytes : encodings()) {
                for (int length = 0; length < bytes.length; length += 1 + bytes.length / 200) {
                    attack.decode(Arrays.copyOf(bytes, length), "truncated to " + length + " of " + bytes.length);
                }
            }
        });
    }

    @Test
    @DisplayName(
            "K3: mutated encodings are unreadable or another value, never another exception, and take little memory")
    void mutated() {
        attack(attack -> {
            Random random = new Random(42);
            List<byte[]> encodings = encodings();
            for (byte[] bytes : encodings) {
                for (int i = 0; i < MUTATIONS; i++) {
                    byte[] mutant = mutate(bytes, encodings.get(random.nextInt(encodings.size())), random);
                    attack.decode(mutant, "mutation " + i + " of " + bytes.length + " bytes");
                }
            }
        });
    }

    @Test
    @DisplayName("K3: random bytes are unreadable or a value, never another exception, and take little memory")
    void random() {
        attack(attack -> {
            Random random = new Random(42);
            attack.decode(new byte[0], "no bytes");
            for (int i = 0; i < 256; i++) {
                attack.decode(new byte[] {(byte) i}, "one byte " + i);
                attack.decode(new byte[] {(byte) i, -1, -1, -1, -1}, "a length without contents after " + i);
                attack.decode(new byte[] {(byte) i, 127, -1, -1, -1}, "the largest length after " + i);
            }
            for (int i = 0; i < 1_000; i++) {
                byte[] bytes = new byte[random.nextInt(64)];
                random.nextBytes(bytes);
                attack.decode(bytes, "random bytes " + i);
            }
        });
    }

    @Test
    @DisplayName("K3: deep nesting, endless numbers and long strings are unreadable or a value, and take little memory")
    void bombs() {
        attack(attack -> {
            for (int i = 0; i < 256; i++) {
                byte[] same = new byte[20_000];
                Arrays.fill(same, (byte) i);
                attack.decode(same, "20,000 times the byte " + i);
            }
            for (String text : List.of(
                    "{\"a\":".repeat(DEEPER_THAN_ANY_STACK),
                    "[".repeat(DEEPER_THAN_ANY_STACK) + "]".repeat(DEEPER_THAN_ANY_STACK),
                    "9".repeat(100_000),
                    "1e999999999",
                    "-1E-999999999",
                    "[1e999999999,1e-999999999]",
                    "\"" + "\\u0000".repeat(10_000) + "\"",
                    "\ufeff\"a\"",
                    "nul",
                    "null",
                    "NaN")) {
                attack.decode(text.getBytes(StandardCharsets.UTF_8), "text of " + text.length() + " characters");
            }
        });
    }

    @Test
    @DisplayName("K3: bytes that name a type that was not allowed run none of its code")
    void codeOfForeignTypes() throws IOException {
        ByteArrayOutputStream serialized = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(serialized)) {
            out.writeObject(new SerializedTripwire());
        }
        String name = Tripwire.class.getName();
        Tripped.how.set(null);
        attack(attack -> {
            attack.decode(serialized.toByteArray(), "Java serialization");
            for (String text : List.of(
                    "{\"@class\":\"" + name + "\"}",
                    "{\"@type\":\"" + name + "\"}",
                    "{\"@c\":\"" + name + "\"}",
                    "{\"type\":\"" + name + "\"}",
                    "{\"class\":\"" + name + "\"}",
                    "[\"" + name + "\",{}]",
                    "{\"" + name + "\":{}}",
                    "!!" + name + " {}",
                    "{}",
                    "\"" + name + "\"")) {
                attack.decode(text.getBytes(StandardCharsets.UTF_8), text);
            }
        });
        assertEquals(null, Tripped.how.get(), "code that ran");
    }

    @Test
    @DisplayName("K4: threads that share a codec do not disturb each other")
    void threads() {
        List<Object> values = keptValues();
        List<Callable<Integer>> contenders = new ArrayList<>();
        for (int thread = 0; thread < THREADS; thread++) {
            int offset = thread;
            contenders.add(() -> {
                int done = 0;
                for (int i = 0; i < 500; i++) {
                    Object value = values.get((i + offset) % values.size());
                    byte[] bytes = codec.encode(value);
                    assertEqual(value, codec.decode(bytes, Object.class));
                    done++;
                }
                return done;
            });
        }
        Concurrency.race(contenders).forEach(done -> assertEquals(500, done));
    }

    @Test
    @DisplayName("K4: an encoding does not change when others are made or when it is decoded")
    void encodingsStay() {
        List<byte[]> first = new ArrayList<>();
        List<byte[]> copies = new ArrayList<>();
        for (Object value : keptValues()) {
            byte[] bytes = codec.encode(value);
            first.add(bytes);
            copies.add(bytes.clone());
        }
        encodings();
        for (byte[] bytes : first) {
            codec.decode(bytes, Object.class);
        }
        for (int i = 0; i < first.size(); i++) {
            assertArrayEquals(copies.get(i), first.get(i));
        }
    }

    @Test
    @DisplayName("K5: the format id is between 1 and 127 and always the same")
    void format() {
        int format = codec.format();
        assertTrue(format >= 1 && format <= EncodedValue.LAST_CUSTOM, () -> "1 to 127, not " + format);
        for (int i = 0; i < 10; i++) {
            assertEquals(format, codec.format());
            assertEquals(format, createCodec().format(), "of another instance");
        }
        if (format == EncodedValue.JSON) {
            for (byte[] bytes : encodings()) {
                assertDoesNotThrow(
                        () -> StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)),
                        "JSON is valid UTF-8");
            }
        }
    }

    @Test
    @DisplayName("K5: another instance of the codec reads what this one wrote")
    void otherInstance() {
        SessionCodec other = createCodec();
        for (Object value : keptValues()) {
            assertEqual(value, other.decode(codec.encode(value), Object.class));
        }
    }

    @Test
    @DisplayName("K5: what earlier releases wrote is read")
    void earlierReleases() {
        List<Earlier> encodings = earlierEncodings();
        assumeFalse(encodings.isEmpty(), "earlierEncodings() has none");
        for (Earlier earlier : encodings) {
            assertEquals(codec.format(), earlier.encoded().format(), "format id");
            assertEqual(earlier.value(), codec.decode(earlier.encoded().bytes(), earlier.type()));
        }
    }

    @Test
    @DisplayName("K6: messages of exceptions hold no values")
    void messages() {
        Map<String, Object> unstorable = new HashMap<>();
        unstorable.put(SECRET, SECRET);
        unstorable.put("other", new Object() {
            @Override
            public String toString() {
                return SECRET;
            }
        });
        for (Object value : List.of(unstorable, List.of(SECRET, new Object()), new Secretive(), new Secretive[0])) {
            try {
                codec.encode(value);
            } catch (UnstorableValueException refusal) {
                assertHidesSecret(refusal);
            }
        }
        List<byte[]> encodings = new ArrayList<>();
        for (Object value : List.of(SECRET, List.of(SECRET), Map.of(SECRET, SECRET))) {
            try {
                encodings.add(codec.encode(value));
            } catch (UnstorableValueException refusal) {
                assertHidesSecret(refusal);
            }
        }
        encodings.add(SECRET.getBytes(StandardCharsets.UTF_8));
        encodings.add(("{\"" + SECRET + "\":" + SECRET).getBytes(StandardCharsets.UTF_8));
        Random random = new Random(42);
        for (byte[] bytes : encodings) {
            for (int i = 0; i < MUTATIONS; i++) {
                byte[] mutant = i == 0 ? bytes : mutate(bytes, bytes, random);
                for (Class<?> type : List.of(
                        Object.class,
                        Integer.class,
                        Boolean.class,
                        UUID.class,
                        DayOfWeek.class,
                        List.class,
                        Map.class,
                        Instant.class)) {
                    try {
                        codec.decode(mutant, type);
                    } catch (UnreadableValueException expected) {
                        assertHidesSecret(expected);
                    }
                }
            }
        }
    }

    @Test
    @DisplayName("K7: a value that was decoded gives the same bytes each time it is encoded")
    void stableEncoding() {
        List<Object> values = new ArrayList<>(keptValues());
        Map<Object, Object> map = new HashMap<>();
        for (int i = 0; i < 100; i++) {
            map.put("key " + i, i);
        }
        for (Object collection : List.of(map, Set.copyOf(map.keySet()), List.copyOf(map.keySet()))) {
            try {
                codec.encode(collection);
                values.add(collection);
            } catch (UnstorableValueException refusal) {
                // K2 has looked at it.
            }
        }
        for (Object value : values) {
            Object decoded = codec.decode(codec.encode(value), Object.class);
            assertArrayEquals(codec.encode(decoded), codec.encode(decoded), () -> name(value));
        }
        typedValues().forEach((type, value) -> {
            Object decoded = codec.decode(codec.encode(value), type);
            assertArrayEquals(codec.encode(decoded), codec.encode(decoded), type::getTypeName);
        });
    }

    // What the tests say

    private static final Map<Class<?>, Type> PRIMITIVES = Map.of(
            Boolean.class, boolean.class,
            Byte.class, byte.class,
            Short.class, short.class,
            Integer.class, int.class,
            Long.class, long.class,
            Float.class, float.class,
            Double.class, double.class,
            Character.class, char.class);

    private static Stream<Object> candidates() {
        Map<String, Object> withNull = new LinkedHashMap<>();
        withNull.put("present", 1);
        withNull.put("absent", null);
        TreeSet<String> ordered = new TreeSet<>(Collections.reverseOrder());
        ordered.addAll(List.of("a", "b"));
        return Stream.of(
                "\ud800",
                "a\udc00b",
                "\u0000",
                "x".repeat(100_000),
                'c',
                '\ud800',
                (byte) 1,
                (short) 1,
                Integer.MIN_VALUE,
                Integer.MAX_VALUE,
                1L,
                Long.MAX_VALUE,
                (1L << 53) + 1,
                1.0f,
                0.1f,
                Float.NaN,
                1.0,
                0.1,
                -0.0,
                Double.MIN_VALUE,
                Double.MAX_VALUE,
                Double.NaN,
                Double.POSITIVE_INFINITY,
                new BigDecimal("1.10"),
                new BigDecimal("1E+400"),
                BigInteger.TWO.pow(100),
                BigInteger.ONE,
                UUID.fromString("123e4567-e89b-12d3-a456-426614174000"),
                Instant.parse("2024-02-29T12:34:56.123456789Z"),
                Instant.MIN,
                LocalDate.of(2024, 2, 29),
                Duration.ofNanos(1_000_000_001),
                Locale.GERMANY,
                URI.create("https://example.org/?a=b"),
                DayOfWeek.MONDAY,
                Optional.of(1),
                Optional.empty(),
                new byte[] {1, -1},
                new int[] {1, 2},
                new String[] {"a", "b"},
                new Object[] {"a", 1},
                List.of(),
                List.of("a", "b"),
                List.of(1, 2L, 1.5f, 2.5, "x", true),
                List.of(List.of(1L), Map.of("a", List.of())),
                Arrays.asList("a", null),
                new ArrayList<>(List.of(1L, 2L)),
                Set.of("a"),
                Set.of(1L, 2L),
                ordered,
                Map.of(),
                Map.of("a", 1, "b", 2L),
                Map.of(1, "a"),
                Map.of(1L, "a"),
                Map.of("", Map.of("a.b", "c")),
                Map.of("@class", "java.lang.String"),
                Map.of("@type", List.of("java.util.ArrayList", List.of())),
                List.of("java.lang.Long", 1),
                List.of("java.util.ArrayList", List.of()),
                withNull);
    }

    private List<byte[]> encodings() {
        List<Object> values = new ArrayList<>(keptValues());
        values.addAll(typedValues().values());
        List<byte[]> encodings = new ArrayList<>();
        values.forEach(value -> encodings.add(codec.encode(value)));
        return encodings;
    }

    private static byte[] mutate(byte[] bytes, byte[] other, Random random) {
        byte[] mutant = bytes.clone();
        for (int i = random.nextInt(3); i >= 0 && mutant.length > 0; i--) {
            int at = random.nextInt(mutant.length);
            switch (random.nextInt(6)) {
                case 0 -> mutant[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> mutant[at] = (byte) random.nextInt();
                case 2 -> mutant[at] = (byte) 0xff;
                case 3 -> mutant = Arrays.copyOf(mutant, at);
                case 4 -> mutant = concat(Arrays.copyOf(mutant, at), Arrays.copyOfRange(mutant, at + 1, mutant.length));
                default ->
                    mutant = concat(
                            Arrays.copyOf(mutant, at),
                            Arrays.copyOfRange(other, random.nextInt(other.length + 1), other.length));
            }
        }
        return mutant;
    }

    private static byte[] concat(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    private interface Attacker {
        void decode(byte[] bytes, String what);
    }

    private interface Attack {
        void run(Attacker attacker);
    }

    /** In a thread of its own, so that a decoder that never ends fails the test. */
    private void attack(Attack attack) {
        Concurrency.race(List.of(() -> {
            encodings().forEach(bytes -> codec.decode(bytes, Object.class));
            List<Type> types = new ArrayList<>(List.of(Object.class, String.class, Map.class));
            types.addAll(typedValues().keySet());
            attack.run((bytes, what) -> {
                for (Type type : types) {
                    decodeHostile(bytes, type, what);
                }
            });
            return 0;
        }));
    }

    private void decodeHostile(byte[] bytes, Type type, String what) {
        long before = allocated();
        try {
            codec.decode(bytes, type);
        } catch (UnreadableValueException expected) {
            // What hostile bytes are.
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError failure) {
            fail(what + ": " + failure.getClass().getName() + " instead of UnreadableValueException", failure);
        }
        long taken = allocated() - before;
        assertTrue(
                taken <= allocationLimit(bytes.length),
                () -> what + ": decoding " + bytes.length + " bytes allocated " + taken);
    }

    /** What this thread allocated so far; always 0 on a JVM that does not count. */
    private static long allocated() {
        return ManagementFactory.getThreadMXBean() instanceof com.sun.management.ThreadMXBean threads
                        && threads.isThreadAllocatedMemorySupported()
                ? threads.getThreadAllocatedBytes(Thread.currentThread().getId())
                : 0;
    }

    private static Stream<Class<?>> typesIn(Object value) {
        Stream<Class<?>> own = Stream.of(value.getClass());
        return value instanceof Iterable<?> elements
                ? Stream.concat(own, StreamOf.each(elements).map(Object::getClass))
                : own;
    }

    private static final class StreamOf {
        static Stream<Object> each(Iterable<?> elements) {
            List<Object> list = new ArrayList<>();
            elements.forEach(list::add);
            return list.stream();
        }
    }

    private static String name(Object value) {
        String type = value.getClass().getSimpleName();
        if (value instanceof String text) {
            return type + " " + AttributeNames.printable(text);
        }
        String text = value.getClass().isArray() ? "" : " " + value;
        return type + AttributeNames.printable(text.length() > 40 ? text.substring(0, 40) : text);
    }

    private static void assertEqual(Object expected, Object actual) {
        assertTrue(Objects.deepEquals(expected, actual), () -> "equal to what was encoded: " + name(actual));
    }

    private static void assertHidesSecret(Throwable failure) {
        for (Throwable t = failure; t != null; t = t.getCause()) {
            assertFalse(String.valueOf(t.getMessage()).contains(SECRET), "the message holds a value");
        }
    }

    /** Says its secret wherever it is asked. */
    private static final class Secretive {
        final String secret = SECRET;

        @Override
        public String toString() {
            return secret;
        }
    }

    private static final class Tripped {
        static final AtomicReference<Object> how = new AtomicReference<>();
    }

    /** Tempts decoders that make objects of any class that bytes or callers name. Not for use. */
    private static final class Tripwire {
        static {
            Tripped.how.set("a static initializer");
        }

        Tripwire() {
            Tripped.how.set("a constructor");
        }
    }

    /** Likewise for Java serialization. */
    private static final class SerializedTripwire implements Serializable {
        private static final long serialVersionUID = 1L;

        private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
            Tripped.how.set("readObject");
            in.defaultReadObject();
        }
    }
}
