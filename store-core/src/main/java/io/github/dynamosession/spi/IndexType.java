// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

/** What the values of an index are. */
public enum IndexType {
    /** Text. */
    TEXT,

    /** Numbers. */
    NUMBER,

    /** Texts and numbers; other values are kept and not found. What the store in memory has for every attribute. */
    ANY;

    /**
     * Whether an index of this type takes a value.
     *
     * @param value the value of a custom attribute
     * @return false for a value of another type, an empty text, and one of more than {@link
     *     IndexedSessionStore#MAX_VALUE_BYTES}
     */
    public boolean takes(CustomValue value) {
        return switch (this) {
            case TEXT -> value.isText() && value.fitsIndex();
            case NUMBER -> value.isNumber();
            case ANY -> !value.isText() || value.fitsIndex();
        };
    }
}
