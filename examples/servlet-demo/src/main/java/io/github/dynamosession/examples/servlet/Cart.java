// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.servlet;

import java.util.ArrayList;
import java.util.List;

/**
 * What is in the cart. Public because the other examples put the same one into their sessions.
 *
 * @param lines one per product, in the order in which they came
 */
public record Cart(List<Line> lines) {
    /** Nothing yet. */
    public static final Cart EMPTY = new Cart(List.of());

    /** A copy of the lines. */
    public Cart {
        lines = List.copyOf(lines);
    }

    /**
     * So many of one product.
     *
     * @param sku which product
     * @param title its name
     * @param quantity how many, at least one
     * @param cents the price of one
     */
    public record Line(String sku, String title, int quantity, int cents) {}

    /**
     * With more, or fewer, of a product; a line that reaches zero goes.
     *
     * @param product which
     * @param by how many more; negative: fewer
     * @return another cart
     */
    public Cart plus(Product product, int by) {
        List<Line> after = new ArrayList<>();
        boolean found = false;
        for (Line line : lines) {
            if (line.sku().equals(product.sku())) {
                found = true;
                if (line.quantity() + by > 0) {
                    after.add(new Line(line.sku(), line.title(), line.quantity() + by, line.cents()));
                }
            } else {
                after.add(line);
            }
        }
        if (!found && by > 0) {
            after.add(new Line(product.sku(), product.title(), by, product.cents()));
        }
        return new Cart(after);
    }

    int items() {
        return lines.stream().mapToInt(Line::quantity).sum();
    }

    long totalCents() {
        return lines.stream()
                .mapToLong(line -> (long) line.quantity() * line.cents())
                .sum();
    }

    /** A cart whose JSON has this many bytes, for measuring. */
    static Cart ofJsonSize(int bytes) {
        int empty = "{\"lines\":[]}".length();
        int bare = "{\"sku\":\"x00001\",\"title\":\"\",\"quantity\":1,\"cents\":1000}".length();
        int title = 60;
        List<Line> lines = new ArrayList<>();
        int room = bytes - empty;
        while (room >= bare + 1) {
            // The last line takes what is left.
            int length = room >= 2 * (bare + 1) + title ? title : room - bare;
            String sku = String.format("x%05d", lines.size());
            String name = "Item " + sku + " with a title as long as titles are in real carts, ";
            String padded = name.repeat(length / name.length() + 1).substring(0, length);
            lines.add(new Line(sku, padded, 1, 1000));
            room -= bare + length + 1;
        }
        return new Cart(lines);
    }
}
