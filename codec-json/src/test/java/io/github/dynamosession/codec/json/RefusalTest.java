// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.json;

import static io.github.dynamosession.codec.json.RoundTripTest.CODEC;
import static io.github.dynamosession.codec.json.RoundTripTest.list;
import static io.github.dynamosession.codec.json.RoundTripTest.map;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.github.dynamosession.codec.json.Shop.Cart;
import io.github.dynamosession.codec.json.Shop.Color;
import io.github.dynamosession.codec.json.Shop.Item;
import io.github.dynamosession.codec.json.Shop.Node;
import io.github.dynamosession.spi.UnstorableValueException;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What would not come back is refused, and the message says why (K2)")
class RefusalTest {
    private static final JsonCodec STRICT = JsonCodec.builder().build();
    private static final JsonCodec BY_HAND = JsonCodec.builder()
            .allow(ByHand.class, ByHandBelow.class, ByProxy.class, WithCache.class)
            .build();

    record WithLock(String name, @Nullable Object lock) {}

    static class NoConstructor {
        private final int size;

        NoConstructor(int size) {
            this.size = size;
        }

        int size() {
            return size;
        }
    }

    class Inner {
        int size;
    }

    /** As libraries write them: what is stored is what writeObject says, wherever it is kept. */
    static class ByHand implements Serializable {
        private static final long serialVersionUID = 1L;
        transient int[] grid = {1, 2};

        private void writeObject(ObjectOutputStream out) throws IOException {
            out.writeInt(grid[0]);
        }

        private void readObject(ObjectInputStream in) throws IOException {
            grid = new int[] {in.readInt(), 2};
        }
    }

    static class ByHandBelow extends ByHand {
        private static final long serialVersionUID = 1L;
        String name = "";
    }

    static class ByProxy implements Serializable {
        private static final long serialVersionUID = 1L;
        transient int size;

        private Object writeReplace() {
            return size;
        }
    }

    /** A cache: nothing says that it is stored. */
    static class WithCache implements Serializable {
        private static final long serialVersionUID = 1L;
        String name = "n";
        transient int hash;

        private Object readResolve() {
            return this;
        }
    }

    static class MyList extends ArrayList<String> {
        private static final long serialVersionUID = 1L;
    }

    static class MyError extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    static class Base {
        private int x = 1;
    }

    static class Shadow extends Base {
        private int x = 2;
    }

    static class Loses {
        private final int total;

        @JsonCreator
        Loses(@JsonProperty("a") int a) {
            this.total = a;
        }
    }

    static class Any {
        @JsonAnyGetter
        private final Map<String, Object> all = new HashMap<>();
    }

    static class Getter {
        @JsonProperty
        private int getX() {
            throw new IllegalStateException("secret-4711");
        }
    }

    record Pair(Object value) {}

    @Test
    @DisplayName("a class with transient fields that serializes itself: what it would have stored is lost")
    void serializedByHand() {
        for (Object value : List.of(new ByHand(), new ByHandBelow(), new ByProxy())) {
            assertThatThrownBy(() -> BY_HAND.encode(value))
                    .isInstanceOf(UnstorableValueException.class)
                    .hasMessageContaining("transient");
        }
        assertThat(new String(BY_HAND.encode(new WithCache()), StandardCharsets.UTF_8))
                .contains("\"n\"")
                .doesNotContain("hash");
    }

    @Test
    @DisplayName("a class that is not allowed: by name, with the call and the setting that allow it")
    void notAllowed() {
        assertThatThrownBy(() -> STRICT.encode(Color.RED))
                .isInstanceOf(UnstorableValueException.class)
                .hasMessage(
                        "io.github.dynamosession.codec.json.Shop$Color may not be stored in a session: allow it with"
                                + " JsonCodec.builder().allow(Shop.Color.class) or the setting"
                                + " dynamosession.allowed-types=io.github.dynamosession.codec.json.Shop$Color");
        for (Object value : List.of(
                Color.RED,
                Color.GREEN,
                EnumSet.of(Color.RED),
                list(new Cart()),
                map("a", new Cart()),
                new Cart[0],
                java.util.Optional.of(new Cart()),
                map(Color.RED, 1),
                Collections.singleton(new Cart()))) {
            assertThatThrownBy(() -> STRICT.encode(value))
                    .isInstanceOf(UnstorableValueException.class)
                    .hasMessageContaining("dynamosession.allowed-types=io.github.dynamosession.codec.json.Shop$C");
        }
    }

    @Test
    @DisplayName("a subclass of an allowed class")
    void subclass() {
        JsonCodec codec = JsonCodec.builder().allow(Shop.Animal.class).build();
        assertThatThrownBy(() -> codec.encode(new Shop.Dog("a", 1)))
                .isInstanceOf(UnstorableValueException.class)
                .hasMessageContaining("Shop$Dog");
    }

    @Test
    @DisplayName("a property of a type that is not stored: by class and field, without its value")
    void property() {
        JsonCodec codec = JsonCodec.builder().allow(WithLock.class).build();
        assertThatThrownBy(() -> codec.encode(list(map("secret", new WithLock("secret", new ReentrantLock())))))
                .isInstanceOf(UnstorableValueException.class)
                .hasMessageStartingWith(
                        "io.github.dynamosession.codec.json.RefusalTest$WithLock.lock: java.util.concurrent.locks.ReentrantLock cannot")
                .hasMessageNotContaining("secret");
        assertThat(codec.decode(codec.encode(new WithLock("a", null)), Object.class))
                .isEqualTo(new WithLock("a", null));
    }

    @Test
    @DisplayName("classes whose state would be lost")
    void state() {
        assertRefused(new NoConstructor(1), "no constructor without parameters");
        assertRefused(new Inner(), "inner class");
        assertRefused(
                new Object() {
                    int x = 1;
                },
                "anonymous");
        assertRefused(new MyList(), "java.util");
        assertRefused(new MyError(), "extends java.lang.RuntimeException");
        assertRefused(new Shadow(), "two fields x");
        assertRefused(new Loses(1), "parameter a");
        assertRefused(new Any(), "@JsonAnyGetter");
        assertRefused((Runnable) () -> {}, "generated");
        class Local {
            int x;
        }
        assertRefused(new Local(), "local");
    }

    @Test
    @DisplayName("JDK classes that are no values")
    void jdk() throws Exception {
        Properties defaults = new Properties();
        defaults.setProperty("a", "b");
        List<Object> values = new ArrayList<>();
        Collections.addAll(
                values,
                new Object(),
                new Thread(),
                InetAddress.getLoopbackAddress(),
                new java.net.URL("http://localhost"),
                new StringBuilder("x"),
                new java.sql.Timestamp(1),
                String.class,
                new int[0].getClass(),
                new ArrayList<>(List.of(1, 2)).subList(0, 1),
                Map.of(1, 1).keySet(),
                new ArrayList<>().iterator(),
                new TreeSet<>(Comparator.comparing(Object::toString)),
                new Properties(defaults),
                new Properties(),
                new java.util.Stack<>(),
                new java.util.PriorityQueue<>(),
                Collections.nCopies(3, "a"),
                java.util.OptionalInt.of(1),
                java.util.OptionalLong.empty(),
                java.util.OptionalDouble.of(1),
                Collections.newSetFromMap(new HashMap<>()),
                new java.util.IdentityHashMap<>(),
                Collections.checkedList(new ArrayList<>(), String.class),
                new Locale("no", "NO", "NY"),
                new HashMap<>() {},
                new java.io.File("x"),
                Map.entry(1, 2),
                new Thread[0],
                new RuntimeException("x"),
                BigInteger.TWO.pow(50_000),
                new BigDecimal(BigInteger.ONE, Integer.MAX_VALUE),
                new BigDecimal(BigInteger.ONE, Integer.MIN_VALUE),
                new BigDecimal(BigInteger.TWO.pow(50_000)),
                Runtime.getRuntime(),
                new Enum<?>[0].getClass(),
                java.util.stream.Stream.of(1));
        for (Object value : values) {
            assertRefused(value, value.getClass().getName().startsWith("io.g") ? "" : "cannot be stored");
        }
    }

    @Test
    @DisplayName("values that refer to themselves, or are too deep")
    void cycles() {
        Node node = new Node();
        node.left = node;
        assertRefused(node, "refers to itself");
        Node other = new Node();
        other.right = list(other, other);
        assertRefused(other, "refers to itself");
        List<Object> self = new ArrayList<>();
        self.add(self);
        assertRefused(self, "refers to itself");
        Map<Object, Object> map = new HashMap<>();
        map.put(1, map);
        assertRefused(map, "refers to itself");
        Object[] array = new Object[1];
        array[0] = array;
        assertRefused(array, "refers to itself");
        Object deep = "x";
        for (int i = 0; i < 100_000; i++) {
            deep = java.util.Optional.of(deep);
        }
        assertRefused(deep, "nested deeper than");
    }

    @Test
    @DisplayName("what is written at the greatest depth can be read")
    void depth() {
        int accepted = 0;
        for (int depth = 1; depth < 250; depth++) {
            Object deep = new Pair(1L);
            for (int i = 0; i < depth; i++) {
                deep = i % 2 == 0 ? list(deep) : new Pair(deep);
            }
            JsonCodec codec = JsonCodec.builder().allow(Pair.class).build();
            byte[] bytes;
            try {
                bytes = codec.encode(deep);
            } catch (UnstorableValueException e) {
                break;
            }
            assertThat(codec.decode(bytes, Object.class)).isEqualTo(deep);
            accepted = depth;
        }
        assertThat(accepted).isBetween(60, 200);
    }

    @Test
    @DisplayName("failures of the application's own code, without their message")
    void ownCode() {
        assertRefused(new Getter(), "IllegalStateException");
        JsonCodec codec = JsonCodec.builder().allow(Getter.class).build();
        assertThatThrownBy(() -> codec.encode(new Getter()))
                .hasMessageNotContaining("4711")
                .hasNoCause();
    }

    @Test
    @DisplayName("allow-lists that make no sense, all problems at once")
    void allowList() {
        assertThatThrownBy(() -> JsonCodec.builder()
                        .allow(String.class, int[].class)
                        .allow("Long", Cart.class)
                        .allow("@x", Cart.class)
                        .allow("cart", Cart.class)
                        .allow("cart", Item.class)
                        .alias("x[]", Cart.class)
                        .allowPackage("java.lang")
                        .allowPackage("*")
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("java.lang.String")
                .hasMessageContaining("int[]")
                .hasMessageContaining("\"Long\"")
                .hasMessageContaining("\"@x\"")
                .hasMessageContaining("\"x[]\"")
                .hasMessageContaining("\"cart\" is the id of both")
                .hasMessageContaining("\"java.lang\"")
                .hasMessageContaining("\"*\"");
    }

    private static void assertRefused(Object value, String reason) {
        JsonCodec.Builder builder = JsonCodec.builder();
        if (value.getClass().getName().startsWith("io.github")
                && !value.getClass().isHidden()) {
            builder.allow(value.getClass());
        }
        JsonCodec codec = builder.build();
        assertThatThrownBy(() -> codec.encode(value))
                .as(value.getClass().getName())
                .isInstanceOf(UnstorableValueException.class)
                .hasMessageContaining(reason)
                .hasNoCause();
        assertThatThrownBy(() -> CODEC.encode(map("k", list(value)))).isInstanceOf(UnstorableValueException.class);
    }
}
