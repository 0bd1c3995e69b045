// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import org.jspecify.annotations.Nullable;

/** Stored bytes cannot be decoded: damaged, hostile, of a type that is not allowed, or of a format that is not registered. */
public sealed class UnreadableValueException extends CodecException permits TamperedValueException {
    private static final long serialVersionUID = 1L;

    /**
     * A failure to decode.
     *
     * @param message what was expected; never the bytes
     * @param cause what it was translated from, without values in its message; null if nothing
     */
    public UnreadableValueException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
