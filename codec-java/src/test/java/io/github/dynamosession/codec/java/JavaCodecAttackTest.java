// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.java;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.github.dynamosession.spi.UnreadableValueException;
import io.github.dynamosession.spi.UnstorableValueException;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.Externalizable;
import java.io.IOException;
import java.io.ObjectInput;
import java.io.ObjectInputStream;
import java.io.ObjectOutput;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.Serializable;
import java.lang.management.ManagementFactory;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Hashtable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("JavaCodec, attacked by stored bytes")
@Tag("jdk25")
class JavaCodecAttackTest {
    private static final JavaCodec CODEC =
            JavaCodec.builder().allow(Line.class, Pair.class, Plain.class).build();

    record Line(String sku, int quantity, Instant at) implements Serializable {}

    record Pair(Object left, Object right) implements Serializable {}

    /** Has Object's hash code. */
    static final class Plain implements Serializable {
        private static final long serialVersionUID = 1L;
        Object left = "";
        Object right = "";
    }

    /** What ran that must not. */
    static final class Traces {
        static final List<String> LEFT = Collections.synchronizedList(new ArrayList<>());

        private Traces() {}
    }

    static class ReadsObject implements Serializable {
        private static final long serialVersionUID = 1L;

        private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
            Traces.LEFT.add("readObject");
            in.defaultReadObject();
        }

        private Object readResolve() {
            Traces.LEFT.add("readResolve");
            return this;
        }
    }

    static class ReadsExternal implements Externalizable {
        private static final long serialVersionUID = 1L;

        public ReadsExternal() {
            Traces.LEFT.add("constructor");
        }

        @Override
        public void writeExternal(ObjectOutput out) {}

        @Override
        public void readExternal(ObjectInput in) {
            Traces.LEFT.add("readExternal");
        }
    }

    static class ComparesAndHashes implements Comparable<ComparesAndHashes>, Serializable {
        private static final long serialVersionUID = 1L;

        @Override
        public int compareTo(ComparesAndHashes other) {
            Traces.LEFT.add("compareTo");
            return 0;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            Traces.LEFT.add("equals");
            return this == other;
        }

        @Override
        public int hashCode() {
            Traces.LEFT.add("hashCode");
            return 0;
        }
    }

    static class ParentWithConstructor {
        ParentWithConstructor() {
            Traces.LEFT.add("constructor of a superclass");
        }
    }

    static class Child extends ParentWithConstructor implements Serializable {
        private static final long serialVersionUID = 1L;
    }

    static class Handler implements InvocationHandler, Serializable {
        private static final long serialVersionUID = 1L;

        @Override
        public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] args) {
            Traces.LEFT.add("proxy " + method.getName());
            return method.getReturnType() == int.class ? 0 : null;
        }
    }

    interface Operator extends UnaryOperator<String>, Serializable {}

    static Stream<Object> gadgets() {
        Map<Object, Object> map = new HashMap<>();
        map.put(new ComparesAndHashes(), 1);
        TreeMap<Object, Object> sorted = new TreeMap<>();
        sorted.put(new ComparesAndHashes(), 1);
        PriorityQueue<Object> queue = new PriorityQueue<>(List.of(new ComparesAndHashes()));
        Operator lambda = text -> {
            Traces.LEFT.add("lambda");
            return text;
        };
        Object proxy = Proxy.newProxyInstance(
                JavaCodecAttackTest.class.getClassLoader(), new Class<?>[] {Comparable.class}, new Handler());
        return Stream.of(
                new ReadsObject(),
                new ReadsExternal(),
                new Child(),
                map,
                sorted,
                queue,
                lambda,
                proxy,
                new HashMap<>(Map.of("a", new ReadsObject())),
                new ArrayList<>(List.of(new Object[] {new ReadsObject()}, new ReadsObject[0])),
                new ArrayList<>(Collections.singletonList(new ReadsObject[0][0])),
                new Pair(ReadsObject.class, new ArrayList<>(List.of(new Handler()))));
    }

    @BeforeEach
    void forget() {
        Traces.LEFT.clear();
    }

    @ParameterizedTest
    @MethodSource("gadgets")
    @DisplayName("runs no code of a class that is not allowed, wherever it is named, and refuses to store it")
    void gadgets(Object gadget) throws Exception {
        byte[] bytes = serialize(gadget);
        Traces.LEFT.clear();
        assertThatThrownBy(() -> CODEC.decode(bytes, Object.class))
                .isInstanceOf(UnreadableValueException.class)
                .hasMessageContaining("not allowed")
                .hasMessageContaining("dynamosession.java.allowed-types");
        assertThat(Traces.LEFT).isEmpty();
        assertThatThrownBy(() -> CODEC.encode(gadget))
                .isInstanceOf(UnstorableValueException.class)
                .hasMessageContaining("not allowed")
                .hasMessageContaining("JavaCodec.Builder.allow");
    }

    @Test
    @DisplayName("does not even load a class that is not allowed")
    void loadsNothing() throws Exception {
        byte[] bytes = serialize(new ReadsObject());
        AtomicReference<String> asked = new AtomicReference<>();
        ClassLoader loader = new ClassLoader(getClass().getClassLoader()) {
            @Override
            protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
                if (name.contains("ReadsObject")) {
                    asked.set(name);
                }
                return super.loadClass(name, resolve);
            }
        };
        Thread thread = Thread.currentThread();
        ClassLoader former = thread.getContextClassLoader();
        thread.setContextClassLoader(loader);
        try {
            assertThatThrownBy(() -> CODEC.decode(bytes, Object.class)).isInstanceOf(UnreadableValueException.class);
            assertThat(asked).hasNullValue();
            JavaCodec.builder().allow(ReadsObject.class).build().decode(bytes, Object.class);
            assertThat(asked).doesNotHaveNullValue();
        } finally {
            thread.setContextClassLoader(former);
        }
    }

    @Test
    @DisplayName("is not deceived by a class that is allowed as a superclass's name, a field's type or an annotation")
    void namesElsewhere() throws Exception {
        byte[] bytes = serialize(new Line("sku", 1, Instant.EPOCH));
        String text = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
        // The descriptor of an allowed class, whose superclass is said to be another one.
        int end = text.indexOf("xp");
        ByteArrayOutputStream forged = new ByteArrayOutputStream();
        forged.write(bytes, 0, end + 1);
        forged.write(serialize(new ReadsObject()), 5, serialize(new ReadsObject()).length - 5);
        forged.write(bytes, end + 1, bytes.length - end - 1);
        assertThatThrownBy(() -> CODEC.decode(forged.toByteArray(), Object.class))
                .isInstanceOf(UnreadableValueException.class);
        assertThat(Traces.LEFT).isEmpty();
    }

    // Bombs

    @Test
    @DisplayName("lets objects share as much as they like where nothing is hashed, or by identity")
    void sharing() throws Exception {
        Plain below = new Plain();
        for (int i = 0; i < 60; i++) {
            Plain next = new Plain();
            next.left = below;
            next.right = below;
            below = next;
        }
        assertThat(CODEC.decode(CODEC.encode(below), Object.class)).isInstanceOf(Plain.class);
        assertThat(CODEC.decode(CODEC.encode(new HashSet<>(Set.of(below))), Object.class))
                .isInstanceOf(HashSet.class);
        List<Object> list = new ArrayList<>(List.of("end"));
        for (int i = 0; i < 60; i++) {
            list = new ArrayList<>(List.of(list, list));
        }
        assertThat(CODEC.decode(CODEC.encode(list), Object.class)).isInstanceOf(ArrayList.class);
    }

    @Test
    @DisplayName("keeps objects and collections that refer to each other, or to themselves")
    void cycles() {
        List<Object> list = new ArrayList<>();
        list.add(new Object[] {list});
        List<?> again = (List<?>) CODEC.decode(CODEC.encode(list), List.class);
        assertThat((Object[]) again.get(0)).singleElement().isSameAs(again);
        Plain parent = new Plain();
        Plain child = new Plain();
        child.left = parent;
        parent.left = new HashSet<>(Set.of(child));
        Plain decoded = (Plain) CODEC.decode(CODEC.encode(parent), Plain.class);
        assertThat((Set<?>) decoded.left).first().extracting("left").isSameAs(decoded);
    }

    /** Writes what it likes, as many classes of frameworks do. */
    static final class WritesByItself implements Serializable {
        private static final long serialVersionUID = 1L;
        private transient String text = "";

        private void writeObject(ObjectOutputStream out) throws IOException {
            out.writeObject(text);
            out.writeInt(text.length());
        }

        private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
            text = (String) in.readObject();
            if (text.length() != in.readInt()) {
                throw new IOException("damaged");
            }
        }
    }

    @Test
    @DisplayName("keeps a class whose writeObject does not begin with defaultWriteObject")
    void ownForm() {
        WritesByItself value = new WritesByItself();
        value.text = "written";
        JavaCodec codec = JavaCodec.builder().allow(WritesByItself.class).build();
        List<?> decoded = (List<?>) codec.decode(codec.encode(new ArrayList<>(List.of(value))), List.class);
        assertThat(((WritesByItself) decoded.get(0)).text).isEqualTo("written");
    }

    @Test
    @DisplayName("refuses more than 250,000 objects on both sides, and says so")
    void objects() throws Exception {
        List<Object> many = new ArrayList<>(Collections.nCopies(250_001, "x"));
        byte[] bytes = serialize(many);
        assertThatThrownBy(() -> CODEC.decode(bytes, Object.class))
                .isInstanceOf(UnreadableValueException.class)
                .hasMessageContaining("more than 250000 objects");
        assertThatThrownBy(() -> CODEC.encode(many))
                .isInstanceOf(UnstorableValueException.class)
                .hasMessageContaining("more than 250000 objects");
    }

    static Stream<byte[]> claims() throws IOException {
        List<byte[]> claims = new ArrayList<>();
        for (Object value : List.of(
                new int[] {1, 2, 3},
                new byte[] {1, 2, 3},
                new Object[] {"a", "b", "c"},
                new long[][] {{1}, {2}, {3}},
                new ArrayList<>(List.of("a", "b", "c")),
                List.of("a", "b", "c"),
                new HashSet<>(List.of("a", "b", "c")),
                new HashMap<>(Map.of("a", 1, "b", 2, "c", 3)),
                new Hashtable<>(Map.of("a", 1, "b", 2, "c", 3)),
                new java.util.ArrayDeque<>(List.of("a", "b", "c")),
                new PriorityQueue<>(List.of("a", "b", "c")),
                new java.util.concurrent.CopyOnWriteArrayList<>(List.of("a", "b", "c")),
                new java.util.LinkedList<>(List.of("a", "b", "c")))) {
            byte[] bytes = serialize(value);
            // Every place where the number 3 stands as an int claims much more.
            for (int i = 0; i + 4 <= bytes.length; i++) {
                if (bytes[i] == 0 && bytes[i + 1] == 0 && bytes[i + 2] == 0 && bytes[i + 3] == 3) {
                    for (int claimed :
                            new int[] {Integer.MAX_VALUE, Integer.MAX_VALUE - 8, 100_000_000, 5_000_000, -1}) {
                        byte[] forged = bytes.clone();
                        java.nio.ByteBuffer.wrap(forged).putInt(i, claimed);
                        claims.add(forged);
                    }
                }
            }
        }
        return claims.stream();
    }

    @Test
    @DisplayName("allocates nothing because of a size that is claimed")
    void claimedSizes() throws Exception {
        List<byte[]> claims = claims().toList();
        assertThat(claims).hasSizeGreaterThan(50);
        for (byte[] forged : claims) {
            assertBounded(forged, 500_000);
        }
    }

    @Test
    @DisplayName("adds up sizes that are claimed by collections inside of each other")
    void nestedClaims() throws Exception {
        // Lists in lists, each claiming as many elements as an array of all bytes may have.
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        byte[] list = serialize(new ArrayList<>());
        out.write(list, 0, 5);
        int levels = 150;
        int claimed = 100_000;
        for (int i = 0; i < levels; i++) {
            if (i == 0) {
                out.write(list, 5, list.length - 5 - 4 - 6 - 1);
            } else {
                out.write(0x71);
                out.writeInt(0x7e0000);
            }
            out.writeInt(claimed);
            out.write(new byte[] {0x77, 4});
            out.writeInt(claimed);
            if (i < levels - 1) {
                out.write(0x73);
            }
        }
        out.write(new byte[100_000]);
        for (int i = 0; i < levels; i++) {
            out.write(0x78);
        }
        byte[] forged = bytes.toByteArray();
        assertBounded(forged, 20_000_000);
    }

    /** What decoding failed with in a thread whose stack has that many bytes; empty: nothing. */
    private static Optional<Throwable> decodeOnStackOf(long size, byte[] bytes) throws InterruptedException {
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread thread = new Thread(null, () -> CODEC.decode(bytes, Object.class), "decoding", size);
        thread.setUncaughtExceptionHandler((same, e) -> failure.set(e));
        thread.start();
        thread.join();
        return Optional.ofNullable(failure.get());
    }

    @Test
    @DisplayName("reads 190 levels of nesting, and refuses more than 200 on both sides")
    void depth() throws Exception {
        Object deep = "end";
        for (int i = 0; i < 190; i++) {
            deep = new ArrayList<>(List.of(deep));
        }
        Object kept = deep;
        byte[] bytes = CODEC.encode(kept);
        // How much stack a level takes differs from one JDK to the next: a small one may end in the typed error.
        decodeOnStackOf(512 * 1024, bytes).ifPresent(e -> assertThat(e).isInstanceOf(UnreadableValueException.class));
        assertThat(decodeOnStackOf(16 * 1024 * 1024, bytes)).isEmpty();
        for (int i = 0; i < 200; i++) {
            deep = new ArrayList<>(List.of(deep));
        }
        byte[] deeper = serialize(deep);
        assertThatThrownBy(() -> CODEC.decode(deeper, Object.class))
                .isInstanceOf(UnreadableValueException.class)
                .hasMessageContaining("nested deeper than 200");
        Object tooDeep = deep;
        assertThatThrownBy(() -> CODEC.encode(tooDeep))
                .isInstanceOf(UnstorableValueException.class)
                .hasMessageContaining("nested");
    }

    @Test
    @DisplayName("answers 20,000 mutated encodings with a value or UnreadableValueException, within 64 bytes a byte")
    void mutations() throws Exception {
        List<byte[]> encodings = new ArrayList<>();
        Map<String, Object> map = new HashMap<>();
        map.put("cart", new ArrayList<>(List.of(new Line("a", 1, Instant.EPOCH), new Line("b", 2, Instant.MAX))));
        map.put("pair", new Pair(new HashSet<>(List.of(1, 2L, "x")), new Plain()));
        for (Object value : List.of(
                map,
                List.of("a", 1, 2L, Duration.ofDays(1)),
                new TreeMap<>(Map.of("a", new Object[] {1, new int[] {1, 2}}, "b", "c")),
                new ConcurrentHashMap<>(Map.of("a", new Hashtable<>(Map.of(1, 2)))),
                java.util.EnumSet.of(java.time.DayOfWeek.MONDAY),
                Collections.synchronizedMap(new LinkedHashMap<>(Map.of("k", new java.math.BigDecimal("1.10")))))) {
            encodings.add(CODEC.encode(value));
        }
        Random random = new Random(42);
        int values = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] mutant = encodings.get(i % encodings.size()).clone();
            for (int n = random.nextInt(3); n >= 0; n--) {
                int at = random.nextInt(mutant.length);
                switch (random.nextInt(5)) {
                    case 0 -> mutant[at] ^= (byte) (1 << random.nextInt(8));
                    case 1 -> mutant[at] = (byte) random.nextInt();
                    case 2 -> mutant[at] = (byte) (0x70 + random.nextInt(15));
                    case 3 -> mutant = Arrays.copyOf(mutant, Math.max(1, at));
                    default -> {
                        byte[] other = encodings.get(random.nextInt(encodings.size()));
                        int from = random.nextInt(other.length);
                        int length = Math.min(random.nextInt(40), Math.min(other.length - from, mutant.length - at));
                        System.arraycopy(other, from, mutant, at, length);
                    }
                }
            }
            values += assertBounded(mutant, 500_000 + 64L * mutant.length);
        }
        // Otherwise the mutations would test nothing but the first check.
        assertThat(values).isBetween(1_000, 19_000);
        assertThat(Traces.LEFT).isEmpty();
    }

    /** 1 if the bytes are a value. */
    private static int assertBounded(byte[] bytes, long limit) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long id = Thread.currentThread().getId();
        long before = threads.getThreadAllocatedBytes(id);
        int values = 0;
        try {
            CODEC.decode(bytes, Object.class);
            values = 1;
        } catch (UnreadableValueException e) {
            assertThat(e).hasMessageContaining("stored value");
        }
        assertThat(threads.getThreadAllocatedBytes(id) - before).isLessThan(limit);
        return values;
    }

    // Messages

    private static final String SECRET = "secret-4711";

    static class SpeaksInReadObject implements Serializable {
        private static final long serialVersionUID = 1L;
        String text = SECRET;

        private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
            in.defaultReadObject();
            throw new IOException("cannot read " + text, new IllegalStateException(text));
        }
    }

    static class SpeaksInWriteObject implements Serializable {
        private static final long serialVersionUID = 1L;
        String text = SECRET;

        private void writeObject(ObjectOutputStream out) throws IOException {
            throw new java.io.NotSerializableException("cannot write " + text);
        }
    }

    static class HidesRefusal implements Serializable {
        private static final long serialVersionUID = 1L;

        private void writeObject(ObjectOutputStream out) throws IOException {
            out.defaultWriteObject();
            try {
                out.writeObject(new ReadsObject());
            } catch (IOException e) {
                throw new IllegalStateException(SECRET, e);
            }
        }
    }

    @Test
    @DisplayName("repeats nothing of what classes say in their exceptions")
    void messages() throws Exception {
        JavaCodec codec = JavaCodec.builder()
                .allow(SpeaksInReadObject.class, SpeaksInWriteObject.class, HidesRefusal.class)
                .build();
        byte[] bytes = serialize(new SpeaksInReadObject());
        assertThatThrownBy(() -> codec.decode(bytes, Object.class))
                .isInstanceOf(UnreadableValueException.class)
                .satisfies(JavaCodecAttackTest::assertSilent);
        assertThatThrownBy(() -> codec.encode(new SpeaksInWriteObject()))
                .isInstanceOf(UnstorableValueException.class)
                .hasMessageContaining("SpeaksInWriteObject")
                .satisfies(JavaCodecAttackTest::assertSilent);
        assertThatThrownBy(() -> codec.encode(new HidesRefusal()))
                .isInstanceOf(UnstorableValueException.class)
                .hasMessageContaining("ReadsObject is not allowed")
                .satisfies(JavaCodecAttackTest::assertSilent);
        assertThatThrownBy(() -> codec.encode(new Object[] {SECRET, new Object()}))
                .isInstanceOf(UnstorableValueException.class)
                .hasMessageContaining("java.lang.Object in it is not Serializable")
                .satisfies(JavaCodecAttackTest::assertSilent);
    }

    private static void assertSilent(Throwable failure) {
        for (Throwable t = failure; t != null; t = t.getCause()) {
            assertThat(String.valueOf(t.getMessage())).doesNotContain(SECRET);
            assertThat(t.getSuppressed()).isEmpty();
        }
    }

    @Test
    @DisplayName("does not repeat a class name that may be a value")
    void hostileNames() throws Exception {
        byte[] bytes = serialize(new ReadsObject());
        String name = ReadsObject.class.getName();
        assertThat(ObjectStreamClass.lookup(ReadsObject.class).getName()).isEqualTo(name);
        String text = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
        String hostile = "a\nb" + "x y".repeat(name.length()).substring(0, name.length() - 3);
        byte[] forged = text.replace(name, hostile).getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
        assertThatThrownBy(() -> CODEC.decode(forged, Object.class))
                .isInstanceOf(UnreadableValueException.class)
                .hasMessageContaining("whose name is malformed")
                .hasMessageNotContaining("\n");
    }

    @Test
    @DisplayName("reads the bytes of the codec's own values (the tests above attack what works)")
    void works() {
        assertThatCode(() -> CODEC.decode(CODEC.encode(new Pair(1, "x")), Pair.class))
                .doesNotThrowAnyException();
    }

    static byte[] serialize(Object value) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(value);
        }
        return bytes.toByteArray();
    }
}
