// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.servlet;

import java.util.List;
import java.util.Optional;

/**
 * What the shop sells.
 *
 * @param sku its number
 * @param title its name
 * @param cents its price
 */
public record Product(String sku, String title, int cents) {
    static final List<Product> ALL = List.of(
            new Product("tea", "Oolong tea, 100 g", 1290),
            new Product("cup", "Stoneware cup", 1850),
            new Product("pot", "Cast-iron pot", 6400),
            new Product("tin", "Tin with a lid", 940));

    /**
     * The product of a number.
     *
     * @param sku from the page
     * @return empty if there is none
     */
    public static Optional<Product> of(String sku) {
        return ALL.stream().filter(product -> product.sku().equals(sku)).findFirst();
    }
}
