// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.codec;

import java.util.List;

/** A class of an application. */
record Cart(List<Item> items) {
    record Item(String sku, int quantity) {}
}
