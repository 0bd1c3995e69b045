// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import java.util.ArrayList;
import java.util.List;

/** A mutable attribute of the application. */
public final class Cart {
    private final List<String> skus = new ArrayList<>();

    Cart() {}

    void add(String sku) {
        skus.add(sku);
    }

    List<String> skus() {
        return skus;
    }
}
