// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.codec;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What one class of an application is in three of its releases. */
final class Releases {
    /** How the code of one release uses its cart. */
    interface Release {
        Class<?> type();

        Object cart(List<String> skus);

        List<String> skus(Object cart);

        default void add(Object cart, String sku) {
            skus(cart).add(sku);
        }
    }

    private Releases() {}

    /** The package of the first release. */
    static final class First implements Release {
        static final class Cart implements Serializable {
            private static final long serialVersionUID = 1L;

            List<String> skus = new ArrayList<>();
        }

        @Override
        public Class<?> type() {
            return Cart.class;
        }

        @Override
        public Object cart(List<String> skus) {
            Cart cart = new Cart();
            cart.skus.addAll(skus);
            return cart;
        }

        @Override
        public List<String> skus(Object cart) {
            return ((Cart) cart).skus;
        }
    }

    /** The second release moved the class and added a field. */
    static final class Second implements Release {
        static final class Cart {
            List<String> skus = new ArrayList<>();

            @Nullable
            String coupon;
        }

        @Override
        public Class<?> type() {
            return Cart.class;
        }

        @Override
        public Object cart(List<String> skus) {
            Cart cart = new Cart();
            cart.skus.addAll(skus);
            cart.coupon = "SPRING";
            return cart;
        }

        @Override
        public List<String> skus(Object cart) {
            return ((Cart) cart).skus;
        }
    }
}
