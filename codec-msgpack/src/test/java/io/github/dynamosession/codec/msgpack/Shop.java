// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.msgpack;

import java.beans.ConstructorProperties;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The classes that the tests store. */
final class Shop {
    private Shop() {}

    enum Color {
        RED,
        GREEN
    }

    record Item(String sku, int quantity, BigDecimal price) {}

    static final class Cart {
        private final List<Item> items = new ArrayList<>();
        private @Nullable String coupon;

        static Cart of(int size) {
            Cart cart = new Cart();
            for (int i = 0; i < size; i++) {
                cart.items.add(new Item("sku-" + i, i, new BigDecimal("19.90")));
            }
            return cart;
        }

        @Override
        public boolean equals(@Nullable Object o) {
            return o instanceof Cart cart && cart.items.equals(items) && Objects.equals(cart.coupon, coupon);
        }

        @Override
        public int hashCode() {
            return items.hashCode();
        }
    }

    /** Properties of all that MessagePack writes in its own way, declared. */
    record Everything(
            byte b,
            short s,
            char c,
            float f,
            double d,
            long l,
            @Nullable Float boxed,
            @Nullable BigDecimal decimal,
            @Nullable BigInteger integer,
            byte @Nullable [] bytes,
            @Nullable Instant instant,
            @Nullable Object any,
            @Nullable List<Instant> instants,
            @Nullable Map<Instant, byte[]> byInstant,
            @Nullable Optional<UUID> id,
            @Nullable Set<Color> colors,
            float @Nullable [] floats) {
        @Override
        public boolean equals(@Nullable Object o) {
            return o instanceof Everything e && text().equals(e.text());
        }

        @Override
        public int hashCode() {
            return text().hashCode();
        }

        private String text() {
            StringBuilder text = new StringBuilder();
            text.append(List.of(b, s, (int) c, f, d, l))
                    .append(boxed)
                    .append(decimal)
                    .append(integer);
            text.append(Arrays.toString(bytes))
                    .append(instant)
                    .append(instants)
                    .append(id)
                    .append(colors);
            text.append(Arrays.toString(floats))
                    .append(any == null ? "" : any.getClass().getName() + any);
            if (byInstant != null) {
                byInstant.forEach((key, value) -> text.append(key).append(Arrays.toString(value)));
            }
            return text.toString();
        }
    }

    /** Made by a creator, so that what comes before its parameters is buffered. */
    static final class Created {
        private final String id;
        private @Nullable Object extra;

        @ConstructorProperties("id")
        Created(String id) {
            this.id = id;
        }

        String id() {
            return id;
        }

        @Nullable
        Object extra() {
            return extra;
        }

        Created extra(Object value) {
            this.extra = value;
            return this;
        }

        @Override
        public boolean equals(@Nullable Object o) {
            return o instanceof Created c && c.id.equals(id) && Objects.deepEquals(c.extra, extra);
        }

        @Override
        public int hashCode() {
            return id.hashCode();
        }
    }

    /** A tree that a test makes deep, or endless. */
    static final class Node {
        @Nullable
        Object next;
    }
}
