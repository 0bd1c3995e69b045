// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import java.util.Set;
import java.util.function.Predicate;

/** Which attributes live as long as the request and are not stored: by name, or by their value. */
record Unstored(Set<String> names, Predicate<Object> values) {
    static final Unstored NOTHING = new Unstored(Set.of(), value -> false);
}
