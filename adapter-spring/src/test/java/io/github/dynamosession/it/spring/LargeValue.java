// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.spring;

import java.util.Base64;
import java.util.Random;

/** A value of 5 MB, which compression does not make smaller than that. */
final class LargeValue {
    static final String TEXT = text();

    private LargeValue() {}

    private static String text() {
        byte[] random = new byte[5 * 1024 * 1024];
        new Random(1).nextBytes(random);
        return Base64.getEncoder().encodeToString(random);
    }

    /** What a page shows of it. */
    static String digest(Object value) {
        return value.toString().length() + " " + value.hashCode();
    }
}
