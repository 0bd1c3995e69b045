// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.msgpack;

import static io.github.dynamosession.codec.msgpack.Samples.entries;
import static io.github.dynamosession.codec.msgpack.Samples.list;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.spi.EncodedValue;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("jdk25")
@DisplayName("What MessagePackCodec accepts, it gives back (K1)")
class RoundTripTest {
    private static final MessagePackCodec CODEC = Samples.codec();

    static Stream<Object[]> values() {
        List<Object> values = new ArrayList<>(Samples.values());
        values.addAll(Samples.edges());
        for (int length : new int[] {0xffff, 0x10000, 0x10001}) {
            values.add("x".repeat(length));
            values.add("x".repeat(length - 1) + "\u20ac");
            values.add("x".repeat(length) + "\udc00");
            values.add(new byte[length]);
            values.add(new ArrayList<>(Collections.nCopies(length, 1)));
            values.add(Samples.map(Collections.nCopies(length, 0).toArray(), "k"));
            values.add(list(
                    new ArrayList<>(Collections.nCopies(length, "a")), new ArrayList<>(Collections.nCopies(20, "b"))));
        }
        return IntStream.range(0, values.size())
                .mapToObj(i -> new Object[] {i, values.get(i).getClass().getTypeName(), values.get(i)});
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("values")
    @DisplayName("by itself, asked for by each of its types, and inside a list, a map and an array")
    void roundTrip(int index, String name, Object value) {
        byte[] bytes = CODEC.encode(value);
        assertSame(CODEC.decode(bytes, Object.class), value);
        assertThat(CODEC.encode(CODEC.decode(bytes, Object.class)))
                .isEqualTo(CODEC.encode(CODEC.decode(bytes, Object.class)));
        for (Class<?> type = value.getClass(); type != null; type = type.getSuperclass()) {
            assertSame(CODEC.decode(bytes, type), value);
            for (Class<?> implemented : type.getInterfaces()) {
                assertSame(CODEC.decode(bytes, implemented), value);
            }
        }
        List<?> list = list(value, value);
        assertSame(((List<?>) CODEC.decode(CODEC.encode(list), List.class)).get(1), value);
        Map<Object, Object> map = entries("@a", value);
        assertSame(((Map<?, ?>) CODEC.decode(CODEC.encode(map), Object.class)).get("@a"), value);
        Object[] array = {value};
        assertSame(((Object[]) CODEC.decode(CODEC.encode(array), Object[].class))[0], value);
    }

    @Test
    @DisplayName("the format is MessagePack")
    void format() {
        assertThat(CODEC.format()).isEqualTo(EncodedValue.MESSAGE_PACK);
    }

    @Test
    @DisplayName("a value that JSON refuses is refused in the same words, but for the codec's name")
    void sameMessages() {
        JsonCodec json = JsonCodec.builder().build();
        MessagePackCodec messagePack = MessagePackCodec.builder().build();
        for (Object value : List.of(
                Shop.Cart.of(1),
                Shop.Color.RED,
                list(new Shop.Node()),
                new Thread(),
                list(1).iterator(),
                new Shop[0])) {
            assertThat(refusal(() -> messagePack.encode(value)))
                    .isEqualTo(refusal(() -> json.encode(value)).replace("JsonCodec", "MessagePackCodec"))
                    .isNotEmpty();
        }
        assertThat(refusal(() -> messagePack.encode(Shop.Cart.of(1))))
                .contains("MessagePackCodec.builder().allow(Shop.Cart.class, Shop.Item.class)");
    }

    @Test
    @DisplayName("a graph is refused from the depth on at which it could not be read")
    void depth() {
        int accepted = 0;
        for (int depth = 1; depth <= 300; depth++) {
            Object deep = 1L;
            for (int i = 1; i < depth; i++) {
                deep = i % 2 == 0 ? list(deep) : entries("k", deep);
            }
            byte[] bytes;
            try {
                bytes = CODEC.encode(deep);
            } catch (RuntimeException e) {
                assertThat(e).hasMessageContaining("nested deeper than 200 levels");
                break;
            }
            assertThat(CODEC.decode(bytes, Object.class)).isEqualTo(deep);
            accepted = depth;
        }
        // The number itself is one level more: {"@Long": 1}.
        assertThat(accepted).isEqualTo(200);
    }

    private static String refusal(Runnable encoding) {
        try {
            encoding.run();
            return "";
        } catch (RuntimeException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private static void assertSame(Object actual, Object expected) {
        assertThat(actual.getClass()).isEqualTo(expected.getClass());
        // Not AssertJ's: it would print values of megabytes.
        assertThat(Objects.deepEquals(actual, expected)).isTrue();
        if (expected instanceof SortedSet<?> set) {
            assertThat(List.copyOf((SortedSet<?>) actual)).isEqualTo(List.copyOf(set));
        }
    }
}
