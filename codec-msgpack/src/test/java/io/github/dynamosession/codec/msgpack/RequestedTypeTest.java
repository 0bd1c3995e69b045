// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.msgpack;

import static io.github.dynamosession.codec.msgpack.Samples.entries;
import static io.github.dynamosession.codec.msgpack.Samples.list;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import io.github.dynamosession.codec.msgpack.Shop.Cart;
import io.github.dynamosession.codec.msgpack.Shop.Created;
import io.github.dynamosession.codec.msgpack.Shop.Item;
import io.github.dynamosession.spi.UnreadableValueException;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("decode with a requested type")
class RequestedTypeTest {
    private static final MessagePackCodec CODEC = Samples.codec();

    private static Object read(Object value, Type type) {
        return CODEC.decode(CODEC.encode(value), type);
    }

    @Test
    @DisplayName("converts numbers if nothing is lost, and only then")
    void numbers() {
        assertThat(read(5, long.class)).isEqualTo(5L);
        assertThat(read(5L, Integer.class)).isEqualTo(5);
        assertThat(read((short) 5, BigInteger.class)).isEqualTo(BigInteger.valueOf(5));
        assertThat(read(5, BigDecimal.class)).isEqualTo(BigDecimal.valueOf(5));
        assertThat(read(1.5, Float.class)).isEqualTo(1.5f);
        assertThat(read(1.5f, Double.class)).isEqualTo(1.5);
        assertThat(read(BigInteger.TEN.pow(20), BigDecimal.class)).isEqualTo(new BigDecimal(BigInteger.TEN.pow(20)));
        for (Map.Entry<Object, Class<?>> lossy : Map.<Object, Class<?>>of(
                        Long.MAX_VALUE, Integer.class, 300, Byte.class, 0.1, Float.class, 1.5, Integer.class)
                .entrySet()) {
            assertThatThrownBy(() -> read(lossy.getKey(), lossy.getValue()))
                    .isInstanceOf(UnreadableValueException.class);
        }
    }

    @Test
    @DisplayName("understands generic types")
    void generics() {
        assertThat(read(list(1, 2L, (short) 3), new TypeReference<List<Long>>() {}.getType()))
                .isEqualTo(List.of(1L, 2L, 3L));
        assertThat(read(list(Instant.EPOCH), new TypeReference<List<Instant>>() {}.getType()))
                .isEqualTo(List.of(Instant.EPOCH));
        assertThat(read(
                        entries("a", list(new Item("a", 1, null))),
                        new TypeReference<Map<String, List<Item>>>() {}.getType()))
                .isEqualTo(Map.of("a", List.of(new Item("a", 1, null))));
        Type texts = new TypeReference<List<String>>() {}.getType();
        assertThatThrownBy(() -> read(list(Instant.EPOCH), texts)).isInstanceOf(UnreadableValueException.class);
    }

    @Test
    @DisplayName("refuses a value of another class, and does not reinterpret text, bytes or timestamps")
    void otherClass() {
        List<Object> values = List.of("RED", new byte[] {1}, Instant.EPOCH, 5, list(1), entries("a", 1));
        List<Class<?>> types = List.of(
                String.class,
                byte[].class,
                Instant.class,
                Integer.class,
                List.class,
                Map.class,
                UUID.class,
                Set.class,
                Shop.Color.class,
                Optional.class,
                char.class,
                Thread.class,
                void.class);
        for (Object value : values) {
            for (Class<?> type : types) {
                if (!type.isInstance(value)) {
                    assertThatThrownBy(() -> read(value, type))
                            .as("%s as %s", value.getClass(), type)
                            .isInstanceOf(UnreadableValueException.class);
                }
            }
        }
    }

    @Test
    @DisplayName("ignores properties of a newer release, wherever they stand, and leaves missing ones alone")
    void evolution() {
        Map<Object, Object> newer = entries(
                "future",
                Instant.MAX,
                "more",
                new byte[] {1, 2},
                "text",
                "\ud800",
                "number",
                0.1f,
                "deep",
                entries("a", list(1, 2, entries("b", null))),
                "sku",
                "a",
                "id",
                "x",
                "extra",
                5);
        assertThat(read(newer, Item.class)).isEqualTo(new Item("a", 0, null));
        // Made by a creator: what stands before its parameter is buffered, and kept if it is a property.
        assertThat(read(newer, Created.class)).isEqualTo(new Created("x").extra(5));
        for (Object extra : List.of(Instant.MAX, new byte[] {1, 2}, "\ud800", 1.5, 7, list(Instant.EPOCH, true))) {
            assertThat(read(entries("extra", extra, "id", "x"), Created.class))
                    .isEqualTo(new Created("x").extra(extra));
        }
        assertThat(read(entries(), Cart.class)).isEqualTo(Cart.of(0));
    }

    @Test
    @DisplayName("finds a class that was moved or given an id")
    void moved() {
        MessagePackCodec before = MessagePackCodec.builder()
                .allowPackage("io.github.dynamosession.codec.msgpack")
                .build();
        MessagePackCodec after = MessagePackCodec.builder()
                .allow("cart", Cart.class)
                .allow(Item.class)
                .build();
        MessagePackCodec other = MessagePackCodec.builder()
                .alias("cart", Cart.class)
                .allow(Item.class)
                .build();
        assertThat(after.decode(before.encode(Cart.of(1)), Object.class)).isEqualTo(Cart.of(1));
        assertThat(other.decode(after.encode(Cart.of(1)), Object.class)).isEqualTo(Cart.of(1));
        assertThat(after.encode(Cart.of(1))).hasSizeLessThan(before.encode(Cart.of(1)).length);
    }

    @Test
    @DisplayName("reads a timestamp that is written as JSON writes it; bytes are bytes")
    void asText() {
        assertThat(read(entries("instant", "1970-01-01T00:00:00Z"), Shop.Everything.class))
                .satisfies(
                        value -> assertThat(((Shop.Everything) value).instant()).isEqualTo(Instant.EPOCH));
        assertThatThrownBy(() -> read(entries("bytes", "AAAA"), Shop.Everything.class))
                .isInstanceOf(UnreadableValueException.class);
    }
}
