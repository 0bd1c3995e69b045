// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.json;

import static io.github.dynamosession.codec.json.RoundTripTest.CODEC;
import static io.github.dynamosession.codec.json.RoundTripTest.cart;
import static io.github.dynamosession.codec.json.RoundTripTest.item;
import static io.github.dynamosession.codec.json.RoundTripTest.list;
import static io.github.dynamosession.codec.json.RoundTripTest.map;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.codec.json.Shop.Cart;
import io.github.dynamosession.codec.json.Shop.Item;
import io.github.dynamosession.spi.UnreadableValueException;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("decode with a requested type")
class RequestedTypeTest {
    @SuppressWarnings("unused")
    private static final class Types {
        List<Long> longs;
        List<? extends Number> numbers;
        Map<String, List<Item>> items;
        List<Item>[] arrays;
        Set<String> strings;
        Map<Integer, String> keys;
        Optional<List<Short>> shorts;
        List<?> any;
    }

    private static Type type(String name) throws NoSuchFieldException {
        return Types.class.getDeclaredField(name).getGenericType();
    }

    private static Object read(Object value, Type type) {
        return CODEC.decode(CODEC.encode(value), type);
    }

    @Test
    @DisplayName("gives the wrapper for a primitive")
    void primitives() {
        assertThat(read(5, int.class)).isEqualTo(5);
        assertThat(read(5, long.class)).isEqualTo(5L);
        assertThat(read(true, boolean.class)).isEqualTo(true);
        assertThat(read('a', char.class)).isEqualTo('a');
        assertThat(read(1.5, double.class)).isEqualTo(1.5);
    }

    @Test
    @DisplayName("converts numbers if nothing is lost, and only then")
    void numbers() {
        assertThat(read(5, Long.class)).isEqualTo(5L);
        assertThat(read(5L, Integer.class)).isEqualTo(5);
        assertThat(read(5L, Byte.class)).isEqualTo((byte) 5);
        assertThat(read((short) 5, BigInteger.class)).isEqualTo(BigInteger.valueOf(5));
        assertThat(read(5, BigDecimal.class)).isEqualTo(BigDecimal.valueOf(5));
        assertThat(read(5, Double.class)).isEqualTo(5.0);
        assertThat(read(1.5f, Double.class)).isEqualTo(1.5);
        assertThat(read(1.5, Float.class)).isEqualTo(1.5f);
        for (Map.Entry<Object, Class<?>> lossy : Map.<Object, Class<?>>of(
                        Long.MAX_VALUE,
                        Integer.class,
                        300,
                        Byte.class,
                        Long.MAX_VALUE - 1,
                        Double.class,
                        0.1,
                        Float.class,
                        1.5,
                        Integer.class,
                        new BigDecimal("1.5"),
                        Long.class,
                        (1 << 24) + 1,
                        Float.class,
                        1e300,
                        Long.class)
                .entrySet()) {
            assertThatThrownBy(() -> read(lossy.getKey(), lossy.getValue()))
                    .isInstanceOf(UnreadableValueException.class);
        }
    }

    @Test
    @DisplayName("understands generic types")
    void generics() throws Exception {
        assertThat(read(list(1, 2L, (short) 3), type("longs"))).isEqualTo(List.of(1L, 2L, 3L));
        assertThat(read(list(1, 2L), type("numbers"))).isEqualTo(List.of(1, 2L));
        assertThat(read(map("a", list(item(1))), type("items"))).isEqualTo(Map.of("a", List.of(item(1))));
        assertThat((Object[]) read(new List<?>[] {list(item(1))}, type("arrays")))
                .containsExactly(list(item(1)));
        assertThat(read(Set.of("a"), type("strings"))).isEqualTo(Set.of("a"));
        assertThat(read(map(1, "a"), type("keys"))).isEqualTo(Map.of(1, "a"));
        assertThat(read(Optional.of(list(1)), type("shorts"))).isEqualTo(Optional.of(List.of((short) 1)));
        assertThat(read(list(1, "a"), type("any"))).isEqualTo(List.of(1, "a"));
        for (String name : List.of("strings", "keys", "items")) {
            Type type = type(name);
            assertThatThrownBy(() -> read(map("a", "b"), type)).isInstanceOf(UnreadableValueException.class);
        }
        Type longs = type("longs");
        assertThatThrownBy(() -> read(list("a"), longs)).isInstanceOf(UnreadableValueException.class);
    }

    @Test
    @DisplayName("refuses a value of another class, and does not reinterpret text")
    void otherClass() {
        for (Class<?> type : List.of(
                Integer.class,
                Cart.class,
                byte[].class,
                java.util.UUID.class,
                char.class,
                Set.class,
                Shop.Color.class,
                java.net.URI.class,
                int[].class,
                Optional.class,
                Thread.class,
                Runnable.class,
                void.class)) {
            assertThatThrownBy(() -> read("RED", type)).as(type.getName()).isInstanceOf(UnreadableValueException.class);
        }
        for (Class<?> type : List.of(Item.class, Map.class, String.class, Shop.Shape.class)) {
            assertThatThrownBy(() -> read(cart(1), type)).isInstanceOf(UnreadableValueException.class);
        }
        assertThatThrownBy(() -> read(new ArrayList<>(), Set.class)).isInstanceOf(UnreadableValueException.class);
    }

    @Test
    @DisplayName("makes no object of a class that is not allowed, though the caller names it")
    void callersClass() {
        JsonCodec strict = JsonCodec.builder().build();
        for (byte[] bytes : List.of(CODEC.encode(cart(2)), "{\"items\":[],\"gift\":true}".getBytes(UTF_8))) {
            assertThatThrownBy(() -> strict.decode(bytes, Cart.class))
                    .isInstanceOf(UnreadableValueException.class)
                    .hasMessageContaining(Cart.class.getName());
        }
        assertThatThrownBy(() -> strict.decode(CODEC.encode(new Cart[] {cart(1)}), Cart[].class))
                .isInstanceOf(UnreadableValueException.class);
    }

    @Test
    @DisplayName("ignores properties of a newer release and leaves missing ones at their initial value")
    void evolution() {
        String newer = "{\"@item\":{\"sku\":\"a\",\"future\":{\"@com.shop.Unknown\":[1]},\"quantity\":3,\"@x\":1}}";
        assertThat(CODEC.decode(newer.getBytes(UTF_8), Object.class)).isEqualTo(new Item("a", 3, null));
        String older = "{\"@" + Cart.class.getName() + "\":{}}";
        assertThat(CODEC.decode(older.getBytes(UTF_8), Object.class)).isEqualTo(new Cart());
    }

    @Test
    @DisplayName("finds a class that was moved or given an id")
    void moved() {
        JsonCodec before = JsonCodec.builder().allow(Cart.class, Item.class).build();
        JsonCodec after = JsonCodec.builder()
                .allow("cart", Cart.class)
                .allow(Item.class)
                .alias("old.pkg.Cart", Cart.class)
                .build();
        assertThat(new String(after.encode(cart(0)), UTF_8))
                .isEqualTo("{\"@cart\":{\"items\":[],\"coupon\":null,\"gift\":true}}");
        assertThat(after.decode(before.encode(cart(1)), Object.class)).isEqualTo(cart(1));
        assertThat(after.decode("{\"@old.pkg.Cart\":{}}".getBytes(UTF_8), Object.class))
                .isEqualTo(cart(0));
        assertThat(after.decode("{\"@old.pkg.Cart[]\":[{}]}".getBytes(UTF_8), Object.class))
                .isEqualTo(new Cart[] {cart(0)});
    }

    @Test
    @DisplayName("looks natural")
    void appearance() {
        assertThat(text("a")).isEqualTo("\"a\"");
        assertThat(text(list(1, true, 1.5, null, 1L << 40, 5L)))
                .isEqualTo("[1,true,1.5,null,1099511627776,{\"@Long\":5}]");
        assertThat(text(map("a", 1, "@b", map(1, 2)))).isEqualTo("{\"a\":1,\"@@b\":{\"@LinkedHashMap\":[[1,2]]}}");
        assertThat(text(new Shop.Order(new Shop.Sku("x"), new java.util.HashMap<>())))
                .isEqualTo("{\"@" + Shop.Order.class.getName() + "\":{\"sku\":\"x\",\"amounts\":{}}}");
        assertThat(text(cart(1)))
                .endsWith(
                        "{\"items\":[{\"sku\":\"sku-0\",\"quantity\":0,\"price\":19.90}],\"coupon\":null,\"gift\":true}}");
        assertThat(text(java.time.LocalDate.EPOCH)).isEqualTo("{\"@LocalDate\":\"1970-01-01\"}");
    }

    private static String text(Object value) {
        return new String(CODEC.encode(value), UTF_8);
    }
}
