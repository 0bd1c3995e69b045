// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.spring;

import java.util.ArrayList;
import java.util.List;

/** What a customer wants to buy: an object of the application in the session, changed in place. */
class Cart {
    private final List<String> items = new ArrayList<>();

    void add(String item) {
        items.add(item);
    }

    List<String> items() {
        return items;
    }
}
