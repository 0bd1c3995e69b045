// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

/** What is stored was written by a newer release than this one can read; it is left untouched. */
public final class UnsupportedFormatException extends SessionStoreException {
    private static final long serialVersionUID = 1L;

    /**
     * A row in a format from the future, or one that is broken.
     *
     * @param message the format found and the formats accepted
     */
    public UnsupportedFormatException(String message) {
        super(message, null, false);
    }
}
