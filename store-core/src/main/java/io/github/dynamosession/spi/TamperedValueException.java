// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import org.jspecify.annotations.Nullable;

/**
 * An encrypted value, or the row that it lies in, is not what this application wrote there: changed, or
 * moved from another attribute or another session. Thrown to whoever reads the value, whatever the
 * policy for unreadable values is, unless that gives up the whole session; setting or removing the
 * attribute is always possible.
 */
public final class TamperedValueException extends UnreadableValueException {
    private static final long serialVersionUID = 1L;

    /**
     * A failed authentication.
     *
     * @param message what does not fit; never the bytes
     * @param cause what it was translated from, without values in its message; null if nothing
     */
    public TamperedValueException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
