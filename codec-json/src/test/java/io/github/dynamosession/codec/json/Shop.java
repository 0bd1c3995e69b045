// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.json;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonValue;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The classes that the tests store. */
final class Shop {
    private Shop() {}

    enum Color {
        RED,
        GREEN {
            @Override
            boolean calm() {
                return true;
            }
        };

        boolean calm() {
            return false;
        }
    }

    record Item(String sku, int quantity, BigDecimal price) {}

    static final class Cart {
        private final List<Item> items = new ArrayList<>();
        private @Nullable String coupon;
        private boolean gift = true;

        Cart add(Item item) {
            items.add(item);
            return this;
        }

        Cart coupon(@Nullable String coupon, boolean gift) {
            this.coupon = coupon;
            this.gift = gift;
            return this;
        }

        @Override
        public boolean equals(@Nullable Object o) {
            return o instanceof Cart c && c.items.equals(items) && Objects.equals(c.coupon, coupon) && c.gift == gift;
        }

        @Override
        public int hashCode() {
            return items.hashCode();
        }
    }

    interface Shape {}

    record Circle(double radius) implements Shape {}

    record Square(float side, Color color) implements Shape {}

    static class Animal {
        protected String name = "";
        private int legs = 4;

        Animal() {}

        Animal(String name, int legs) {
            this.name = name;
            this.legs = legs;
        }

        @Override
        public boolean equals(@Nullable Object o) {
            return o != null
                    && o.getClass() == getClass()
                    && ((Animal) o).name.equals(name)
                    && ((Animal) o).legs == legs;
        }

        @Override
        public int hashCode() {
            return legs;
        }
    }

    static final class Dog extends Animal {
        private long chip;

        private Dog() {}

        Dog(String name, long chip) {
            super(name, 4);
            this.chip = chip;
        }

        @Override
        public boolean equals(@Nullable Object o) {
            return super.equals(o) && ((Dog) o).chip == chip;
        }

        @Override
        public int hashCode() {
            return super.hashCode();
        }
    }

    /** One property of each kind of declared type. */
    record Everything(
            @Nullable Object any,
            @Nullable Number number,
            @Nullable Comparable<?> comparable,
            byte b,
            short s,
            char c,
            float f,
            double d,
            @Nullable Long boxed,
            @Nullable Character letter,
            @Nullable UUID id,
            @Nullable LocalDate date,
            @Nullable Locale locale,
            @Nullable Optional<Long> maybe,
            @Nullable Optional<Optional<Color>> perhaps,
            @Nullable List<Long> longs,
            @Nullable Collection<Shape> shapes,
            @Nullable Set<Color> colors,
            @Nullable Map<Integer, Item> byNumber,
            @Nullable Map<Color, List<Item>> byColor,
            @Nullable SortedMap<String, Short> sorted,
            @Nullable HashMap<String, Object> loose,
            @Nullable EnumMap<Color, Integer> counts,
            @Nullable Animal animal,
            @Nullable Shape shape,
            Color @Nullable [] palette,
            Item @Nullable [][] grid,
            @Nullable List<Map<String, Set<Item>>> nested) {
        @Override
        public boolean equals(@Nullable Object o) {
            return o instanceof Everything e && text().equals(e.text());
        }

        @Override
        public int hashCode() {
            return text().hashCode();
        }

        private String text() {
            return describe(any)
                    + number
                    + comparable
                    + b
                    + s
                    + (int) c
                    + f
                    + d
                    + boxed
                    + letter
                    + id
                    + date
                    + locale
                    + maybe
                    + perhaps
                    + describe(longs)
                    + describe(shapes)
                    + describe(colors)
                    + describe(byNumber)
                    + describe(byColor)
                    + describe(sorted)
                    + describe(loose)
                    + describe(counts)
                    + describe(animal)
                    + shape
                    + java.util.Arrays.toString(palette)
                    + java.util.Arrays.deepToString(grid)
                    + describe(nested);
        }

        private static String describe(@Nullable Object value) {
            return value == null ? "null" : value.getClass().getName() + (value.hashCode());
        }
    }

    /** A tree that a test makes deep, wide, or endless. */
    static final class Node {
        @Nullable
        Node left;

        @Nullable
        Object right;
    }

    record Page<T>(List<T> content, @Nullable T first, int total) {}

    /** What Jackson's annotations can do. */
    static final class Annotated {
        @JsonProperty("@id")
        private final String id;

        private final int count;

        @JsonIgnore
        private int cache = 7;

        private transient int scratch = 3;

        @JsonCreator
        Annotated(@JsonProperty("@id") String id, @JsonProperty("count") int count) {
            this.id = id;
            this.count = count;
        }

        @Override
        public boolean equals(@Nullable Object o) {
            return o instanceof Annotated a && a.id.equals(id) && a.count == count && cache == a.cache && scratch > -1;
        }

        @Override
        public int hashCode() {
            return count;
        }
    }

    record Holder(Annotated annotated, List<Annotated> more) {}

    /** A single value in the place of an object. */
    static final class Sku {
        @JsonValue
        private final String text;

        @JsonCreator
        Sku(String text) {
            this.text = text;
        }

        @Override
        public boolean equals(@Nullable Object o) {
            return o instanceof Sku s && s.text.equals(text);
        }

        @Override
        public int hashCode() {
            return text.hashCode();
        }
    }

    record Order(Sku sku, Map<Sku, Integer> amounts) {}

    @JsonAutoDetect
    record Empty() {}

    static final class Nothing {
        @Override
        public boolean equals(@Nullable Object o) {
            return o instanceof Nothing;
        }

        @Override
        public int hashCode() {
            return 1;
        }
    }
}
