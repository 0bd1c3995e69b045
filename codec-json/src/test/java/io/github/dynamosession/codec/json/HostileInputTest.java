// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.json;

import static io.github.dynamosession.codec.json.RoundTripTest.CODEC;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.codec.json.Shop.Cart;
import io.github.dynamosession.codec.json.Shop.Color;
import io.github.dynamosession.codec.json.Shop.Everything;
import io.github.dynamosession.codec.json.Shop.Item;
import io.github.dynamosession.spi.UnreadableValueException;
import java.lang.management.ManagementFactory;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("Bytes that are no value end in UnreadableValueException (K3, K6)")
class HostileInputTest {
    private static final int MUTATIONS = Integer.getInteger("dynamosession.codec.mutations", 50_000);
    private static final AtomicInteger INITIALIZED = new AtomicInteger();

    static final class Gadget {
        static {
            INITIALIZED.incrementAndGet();
        }
    }

    static List<String> inputs() {
        List<String> inputs = new ArrayList<>(List.of(
                "",
                " ",
                "null",
                "nul",
                "{",
                "}",
                "[",
                "]",
                "[1",
                "{\"a\"",
                "{\"a\":",
                "{\"a\":1",
                "1 2",
                "[] []",
                "{}x",
                "\"abc",
                "\"\\ud8",
                "\"\\q\"",
                "'a'",
                "{a:1}",
                "[1,]",
                "[,1]",
                "01",
                "+1",
                ".5",
                "1.",
                "NaN",
                "Infinity",
                "-",
                "1e",
                "tru",
                "//x\n1",
                "\"\n\"",
                "\u0000",
                "1e400",
                "-1e99999",
                "12345678901234567890",
                "{\"@Long\":5,\"a\":1}",
                "{\"@Long\":\"5\"}",
                "{\"@Long\":5.5}",
                "{\"@Long\":null}",
                "{\"@Long\":[]}",
                "{\"@Long\":12345678901234567890}",
                "{\"@Short\":40000}",
                "{\"@Byte\":200}",
                "{\"@Character\":\"ab\"}",
                "{\"@Character\":\"\"}",
                "{\"@Character\":5}",
                "{\"@\":1}",
                "{\"@HashMap\":{\"a\":1,\"a\":2}}",
                "{\"@HashMap\":[[1]]}",
                "{\"@HashMap\":[[1,2,3]]}",
                "{\"@HashMap\":[1]}",
                "{\"@HashMap\":[[1,2],[1,3]]}",
                "{\"@HashMap\":5}",
                "{\"@HashSet\":[1,1]}",
                "{\"@Set.of\":[1,1]}",
                "{\"@Set.of\":[null]}",
                "{\"@ArrayDeque\":[null]}",
                "{\"@TreeSet\":[1,\"a\"]}",
                "{\"@TreeSet\":[null]}",
                "{\"@TreeMap\":[[[],1]]}",
                "{\"@ConcurrentHashMap\":{\"a\":null}}",
                "{\"@Map.of\":{\"a\":null}}",
                "{\"@singletonList\":[]}",
                "{\"@singleton\":[1,2]}",
                "{\"@emptyList\":[1]}",
                "{\"@nCopies\":[1,1]}",
                "{\"@OptionalInt\":[1]}",
                "{\"@Properties\":{}}",
                "{\"@Optional\":[1,2]}",
                "{\"@Optional\":[null]}",
                "{\"@Optional\":5}",
                "{\"@UUID\":\"x\"}",
                "{\"@UUID\":5}",
                "{\"@Instant\":\"yesterday\"}",
                "{\"@LocalDate\":\"2023-02-29\"}",
                "{\"@ZoneId\":\"Mars/Base\"}",
                "{\"@Currency\":\"xyz\"}",
                "{\"@URI\":\":\"}",
                "{\"@Year\":2147483647}",
                "{\"@byte[]\":\"!!!\"}",
                "{\"@byte[]\":[1]}",
                "{\"@int[]\":[1.5]}",
                "{\"@int[]\":[null]}",
                "{\"@int[]\":5}",
                "{\"@int[]\":[5000000000]}",
                "{\"@[]\":[]}",
                "{\"@void[]\":[]}",
                "{\"@Thread[]\":[]}",
                "{\"@String[]\":[1]}",
                "{\"@Double\":\"x\"}",
                "{\"@BigDecimal\":\"x\"}",
                "{\"@BigInteger\":1.5}",
                "{\"@BigDecimal\":1e1000000000}",
                "{\"@BigDecimal\":1e-1000000000}",
                "{\"@BigDecimal\":\"1e99999\"}",
                "{\"@BigInteger\":1e1000000000}",
                "{\"@EnumSet\":[]}",
                "{\"@EnumSet\":[null]}",
                "{\"@EnumSet\":[\"X\"]}",
                "{\"@EnumSet\":[\"java.lang.Thread$State\",\"NEW\"]}",
                "{\"@EnumMap\":[\"DayOfWeek\"]}",
                "{\"@EnumMap\":[\"DayOfWeek\",{\"MONDAY\":1},2]}",
                "{\"@EnumMap\":[\"DayOfWeek\",{\"X\":1}]}",
                "{\"@DayOfWeek\":\"X\"}",
                "{\"@DayOfWeek\":0}",
                "{\"@com.sun.rowset.JdbcRowSetImpl\":{}}",
                "{\"@java.lang.ProcessBuilder\":{}}",
                "{\"@org.springframework.context.support.X\":[]}",
                "{\"@java.util.PriorityQueue\":[]}",
                "[\"java.lang.Thread\",{\"@java.lang.Thread\":{}}]",
                "{\"@io.github.dynamosession.codec.json.HostileInputTest$Gadget\":{}}",
                "{\"@io.github.dynamosession.codec.json.HostileInputTest$Gadget[]\":[]}",
                "{\"@io.github.dynamosession.codec.json.Shop$Cart\":5}",
                "{\"@io.github.dynamosession.codec.json.Shop$Cart\":[]}",
                "{\"@io.github.dynamosession.codec.json.Shop$Cart\":\"\"}",
                "{\"@io.github.dynamosession.codec.json.Shop$Cart\":{\"items\":5}}",
                "{\"@io.github.dynamosession.codec.json.Shop$Cart\":{\"items\":[{\"@Long\":5}]}}",
                "{\"@io.github.dynamosession.codec.json.Shop$Cart\":{\"gift\":\"secret-4711\"}}",
                "{\"@io.github.dynamosession.codec.json.Shop$Shape\":{}}",
                "{\"@item\":{\"quantity\":1.5}}",
                "{\"@item\":{\"quantity\":99999999999}}",
                "{\"@item\":{\"quantity\":\"secret-4711\"}}",
                "{\"@secret-4711\":1}",
                "{\"@" + "x".repeat(5_000) + "\":1}",
                "{\"@int" + "[]".repeat(300) + "\":[]}",
                "{\"@int" + "[]".repeat(2_000) + "\":[]}"));
        inputs.add("[".repeat(100_000));
        inputs.add("[".repeat(1_000) + "]".repeat(1_000));
        inputs.add("{\"a\":".repeat(100_000));
        inputs.add("{\"@Optional\":[".repeat(50_000));
        inputs.add("{\"@unmodifiableList\":[".repeat(1_000) + "]}".repeat(1_000));
        inputs.add("{\"@io.github.dynamosession.codec.json.Shop$Node\":{\"unknown\":" + "[".repeat(5_000));
        inputs.add("1".repeat(1_000_000));
        inputs.add("{\"@BigInteger\":" + "9".repeat(1_000_000) + "}");
        inputs.add("{\"@BigInteger\":\"" + "9".repeat(1_000_000) + "\"}");
        inputs.add("{\"@BigDecimal\":0." + "9".repeat(1_000_000) + "}");
        inputs.add("{\"@Duration\":\"PT" + "9".repeat(1_000_000) + "S\"}");
        inputs.add("{\"" + "k".repeat(1_000_000) + "\":1}");
        return inputs;
    }

    @ParameterizedTest
    @MethodSource("inputs")
    @DisplayName("whatever type is asked for, and without a value in the message")
    void hostile(String input) {
        for (Class<?> type : List.of(
                Object.class, Cart.class, Everything.class, String.class, List.class, int[].class, BigDecimal.class)) {
            assertThatThrownBy(() -> CODEC.decode(input.getBytes(UTF_8), type))
                    .isInstanceOf(UnreadableValueException.class)
                    .hasNoCause()
                    .message()
                    .doesNotContain("4711")
                    .hasSizeLessThan(1_000);
        }
    }

    @Test
    @DisplayName("maps with a key twice, or with what looks like an id in the middle")
    void keys() {
        for (String input :
                List.of("{\"@\":{}}", "{\"a\":1,\"a\":2}", "{\"a\":1,\"@Long\":5}", "{\"@@a\":1,\"@@a\":2}")) {
            for (Class<?> type : List.of(Object.class, java.util.Map.class)) {
                assertThatThrownBy(() -> CODEC.decode(input.getBytes(UTF_8), type))
                        .isInstanceOf(UnreadableValueException.class);
            }
        }
    }

    @Test
    @DisplayName("no class is loaded or initialized because stored text names it")
    void gadget() {
        String id = "{\"@" + Gadget.class.getName() + "\":{}}";
        assertThatThrownBy(() -> CODEC.decode(id.getBytes(UTF_8), Object.class))
                .isInstanceOf(UnreadableValueException.class)
                .hasMessageContaining("not allowed: io.github.dynamosession.codec.json.HostileInputTest$Gadget");
        List<String> asked = new ArrayList<>();
        ClassLoader spy = new ClassLoader(getClass().getClassLoader()) {
            @Override
            protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
                asked.add(name);
                return super.loadClass(name, resolve);
            }
        };
        JsonCodec codec = JsonCodec.builder()
                .classLoader(spy)
                .allowPackage("com.shop")
                .allow(Cart.class)
                .build();
        // It looks for a module of Jackson's once, whatever is stored.
        asked.clear();
        for (String name : List.of(
                "com.sun.rowset.JdbcRowSetImpl",
                "java.lang.ProcessBuilder",
                "com.shop.sub.X",
                "com.shop",
                "com.shopX.Y",
                "[Lcom.shop.X;",
                "com.shop.X/../Y",
                "com.shop. X")) {
            assertThatThrownBy(() -> codec.decode(("{\"@" + name + "\":{}}").getBytes(UTF_8), Object.class))
                    .isInstanceOf(UnreadableValueException.class);
        }
        assertThat(asked).isEmpty();
        assertThat(INITIALIZED).hasValue(0);
    }

    @Test
    @DisplayName("bytes that are not UTF-8")
    void encoding() {
        for (byte[] bytes : List.of(
                "\"ä\"".getBytes(ISO_8859_1),
                "\"abc\"".getBytes(UTF_16),
                "{\"a\":1}".getBytes(java.nio.charset.Charset.forName("UTF-32")),
                new byte[] {'"', (byte) 0xff, '"'},
                new byte[] {'"', (byte) 0xe2, (byte) 0x82, '"'},
                new byte[] {'{', '"', (byte) 0x80, '"', ':', '1', '}'})) {
            assertThatThrownBy(() -> CODEC.decode(bytes, Object.class)).isInstanceOf(UnreadableValueException.class);
        }
    }

    @Test
    @DisplayName("bytes that are not UTF-8, anywhere in a text that is not parsed in one piece")
    void encodingOfLongTexts() {
        int length = 5 * JsonText.LONGEST_PIECE / 2;
        byte[] text = CODEC.encode("ä€\uD83D\uDE00".repeat(length / 9));
        assertThat(CODEC.decode(text, Object.class)).isEqualTo("ä€\uD83D\uDE00".repeat(length / 9));
        for (int at : new int[] {1, 2, length / 2, text.length - 2, text.length - 1}) {
            byte[] broken = text.clone();
            broken[at] = (byte) 0xff;
            assertThatThrownBy(() -> CODEC.decode(broken, Object.class)).isInstanceOf(UnreadableValueException.class);
        }
        for (byte end : new byte[] {(byte) 0xff, (byte) 0xe2, (byte) 0x80}) {
            byte[] longer = java.util.Arrays.copyOf(text, text.length + 1);
            longer[text.length] = end;
            assertThatThrownBy(() -> CODEC.decode(longer, Object.class)).isInstanceOf(UnreadableValueException.class);
        }
    }

    @Test
    @DisplayName("a value that is long and refused takes no memory for another copy of it")
    void longTexts() {
        byte[] zeros = new byte[8_000_000];
        assertThatThrownBy(() -> CODEC.decode(zeros, Object.class)).isInstanceOf(UnreadableValueException.class);
        long before = allocated();
        assertThatThrownBy(() -> CODEC.decode(zeros, Object.class)).isInstanceOf(UnreadableValueException.class);
        assertThat(allocated() - before).isLessThan(zeros.length / 2);
    }

    @Test
    @DisplayName("every truncation of every value")
    void truncated() {
        for (Object value : RoundTripTest.VALUES) {
            byte[] bytes = CODEC.encode(value);
            if (bytes.length > 2_000) {
                continue;
            }
            for (int length = 0; length < bytes.length; length++) {
                byte[] part = java.util.Arrays.copyOf(bytes, length);
                try {
                    Object decoded = CODEC.decode(part, Object.class);
                    // A number cut short is a number; nothing else is.
                    assertThat(decoded).isInstanceOf(Number.class);
                } catch (UnreadableValueException expected) {
                    assertThat(expected).hasNoCause();
                }
            }
        }
    }

    @Test
    @DisplayName(
            "50,000 seeded mutations (dynamosession.codec.mutations): a value or UnreadableValueException, and memory in proportion")
    void mutations() {
        List<byte[]> seeds = RoundTripTest.VALUES.stream()
                .map(CODEC::encode)
                .filter(b -> b.length < 600)
                .toList();
        byte[][] tokens = IntStream.of(0)
                .mapToObj(i -> List.of(
                        "{",
                        "}",
                        "[",
                        "]",
                        ",",
                        ":",
                        "\"",
                        "\"@",
                        "@",
                        "null",
                        "true",
                        "-",
                        "1e999",
                        "99999999999",
                        "{\"@Long\":",
                        "{\"@HashMap\":",
                        "{\"@TreeSet\":",
                        "{\"@item\":",
                        "\"a\":",
                        "[]",
                        "{}",
                        "\\ud800",
                        "0",
                        "[[1,2]]"))
                .flatMap(List::stream)
                .map(t -> t.getBytes(UTF_8))
                .toArray(byte[][]::new);
        List<Class<?>> types = List.of(
                Object.class,
                Cart.class,
                Everything.class,
                List.class,
                java.util.Map.class,
                Long.class,
                Item.class,
                Color.class,
                String.class,
                java.util.Set.class);
        Random random = new Random(20_241_121);
        int values = 0;
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] bytes = seeds.get(random.nextInt(seeds.size())).clone();
            for (int n = random.nextInt(8) == 0 ? 3 : 1; n > 0; n--) {
                bytes = mutate(bytes, tokens, seeds, random);
            }
            Class<?> type = types.get(Math.max(0, random.nextInt(2 * types.size()) - types.size()));
            long before = allocated();
            try {
                assertThat(CODEC.decode(bytes, type)).isNotNull();
                values++;
            } catch (UnreadableValueException expected) {
                assertThat(expected.getCause()).isNull();
            }
            assertThat(allocated() - before).as("mutation %d", i).isLessThan(4_000_000);
        }
        assertThat(values).isBetween(1_000, MUTATIONS - 1_000);
    }

    private static long allocated() {
        return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean())
                .getThreadAllocatedBytes(Thread.currentThread().getId());
    }

    private static byte[] mutate(byte[] bytes, byte[][] tokens, List<byte[]> seeds, Random random) {
        if (bytes.length == 0) {
            return new byte[] {(byte) random.nextInt()};
        }
        int at = random.nextInt(bytes.length);
        switch (random.nextInt(5)) {
            case 0:
                bytes[at] = (byte) random.nextInt();
                return bytes;
            case 1:
                return splice(bytes, at, Math.min(bytes.length, at + 1 + random.nextInt(8)), new byte[0]);
            case 2:
                return splice(bytes, at, at, tokens[random.nextInt(tokens.length)]);
            case 3:
                byte[] other = seeds.get(random.nextInt(seeds.size()));
                return splice(bytes, at, Math.min(bytes.length, at + random.nextInt(8)), other);
            default:
                return splice(bytes, at, at, java.util.Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + 10)));
        }
    }

    private static byte[] splice(byte[] bytes, int from, int to, byte[] middle) {
        byte[] spliced = new byte[bytes.length - (to - from) + middle.length];
        System.arraycopy(bytes, 0, spliced, 0, from);
        System.arraycopy(middle, 0, spliced, from, middle.length);
        System.arraycopy(bytes, to, spliced, from + middle.length, bytes.length - to);
        return spliced;
    }

    @Test
    @DisplayName("nesting of 200 levels is read, of 201 is not")
    void nesting() {
        String deepest = "[".repeat(200) + "]".repeat(200);
        assertThat(CODEC.decode(deepest.getBytes(UTF_8), Object.class)).isInstanceOf(List.class);
        assertThatThrownBy(() -> CODEC.decode(("[" + deepest + "]").getBytes(UTF_8), Object.class))
                .isInstanceOf(UnreadableValueException.class);
    }

    @Test
    @DisplayName("numbers within the bounds are read, however they are written")
    void numbers() {
        assertThat(CODEC.decode("{\"@BigDecimal\":\"1.10\"}".getBytes(UTF_8), Object.class))
                .isEqualTo(new BigDecimal("1.10"));
        assertThat(CODEC.decode(("{\"@BigInteger\":" + "9".repeat(9_000) + "}").getBytes(UTF_8), Object.class))
                .isEqualTo(new BigInteger("9".repeat(9_000)));
    }
}
