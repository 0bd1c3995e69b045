// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.benchmarks;

import io.github.dynamosession.benchmarks.Workload.Shop.Address;
import io.github.dynamosession.benchmarks.Workload.Shop.Cart;
import io.github.dynamosession.benchmarks.Workload.Shop.Item;
import io.github.dynamosession.benchmarks.Workload.Shop.User;
import java.io.Serializable;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/** The sessions that codecs are compared on, named after their size as JSON. */
public enum Workload {
    /** What a shop keeps of somebody who is logged in: 18 attributes. */
    SESSION_2_KB {
        @Override
        Map<String, Object> attributes() {
            Random random = new Random(1);
            Map<String, Object> attributes = new LinkedHashMap<>();
            attributes.put("user", user(random));
            attributes.put("roles", new TreeSet<>(Set.of("customer", "newsletter", "beta")));
            attributes.put("csrf", text(random, 43));
            attributes.put("nonce", uuid(random));
            attributes.put("logged_in_at", instant(random));
            attributes.put("last_seen_at", instant(random));
            attributes.put("locale", "de-AT");
            attributes.put("currency", "EUR");
            attributes.put("visits", 17);
            attributes.put("customer", 4_711_081_500L);
            attributes.put("remember", true);
            attributes.put("search", "running shoes 42 blue");
            attributes.put("campaign", "spring/newsletter/" + text(random, 12));
            attributes.put("coupon", "SPRING-24");
            attributes.put("seen", numbers(random, 12));
            attributes.put("filters", new HashMap<>(Map.of("size", "42", "color", "blue", "sort", "price")));
            attributes.put("cart", cart(random, 6));
            attributes.put("return_to", "/account/orders?page=2&sort=date");
            return attributes;
        }
    },

    /** A full cart. */
    CART_20_KB {
        @Override
        Map<String, Object> attributes() {
            return Map.of("cart", cart(new Random(2), 116));
        }
    },

    /** Ten times as much, in one attribute. */
    CART_200_KB {
        @Override
        Map<String, Object> attributes() {
            return Map.of("cart", cart(new Random(3), 1_163));
        }
    };

    /** Classes of an application. */
    static final class Shop {
        private Shop() {}

        record Address(String street, String zip, String city, String country) implements Serializable {}

        record User(UUID id, String name, String email, List<Address> addresses, Instant since)
                implements Serializable {}

        record Item(UUID id, String sku, String name, int quantity, BigDecimal price, Instant addedAt, boolean gift)
                implements Serializable {}

        record Cart(List<Item> items, String currency, long version) implements Serializable {}
    }

    static final Class<?>[] TYPES = {User.class, Address.class, Item.class, Cart.class};

    private static final String[] PRODUCTS = {
        "Running shoes, blue", "T-shirt with a crew neck", "Kaffeemühle für Espresso", "USB-C cable, 2 m", "Notebook A5"
    };

    abstract Map<String, Object> attributes();

    private static User user(Random random) {
        List<Address> addresses = new ArrayList<>();
        addresses.add(new Address("Mariahilfer Straße 12/4", "1060", "Wien", "AT"));
        addresses.add(new Address("Hauptplatz 1", "8010", "Graz", "AT"));
        return new User(uuid(random), "Erika Mustermann", "erika.mustermann@example.org", addresses, instant(random));
    }

    private static Cart cart(Random random, int size) {
        List<Item> items = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            items.add(new Item(
                    uuid(random),
                    "SKU-" + (100_000 + random.nextInt(900_000)),
                    PRODUCTS[random.nextInt(PRODUCTS.length)],
                    1 + random.nextInt(5),
                    BigDecimal.valueOf(100 + random.nextInt(20_000), 2),
                    instant(random),
                    random.nextInt(10) == 0));
        }
        return new Cart(items, "EUR", random.nextInt(1_000));
    }

    private static List<Long> numbers(Random random, int count) {
        List<Long> numbers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            numbers.add(4_000_000_000L + random.nextInt(1_000_000));
        }
        return numbers;
    }

    private static Instant instant(Random random) {
        return Instant.ofEpochMilli(1_767_225_600_000L + random.nextInt(1_000_000_000));
    }

    private static UUID uuid(Random random) {
        return new UUID(random.nextLong() & ~0xf000L | 0x4000L, random.nextLong() & ~(3L << 62) | 2L << 62);
    }

    private static String text(Random random, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".charAt(random.nextInt(64)));
        }
        return text.toString();
    }
}
