// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import org.jspecify.annotations.Nullable;

/** A codec refuses a value: its type is not allowed, or it cannot be written faithfully. */
public final class UnstorableValueException extends CodecException {
    private static final long serialVersionUID = 1L;

    /**
     * A refusal.
     *
     * @param message the type, and the setting or builder call that allows it; never the value
     * @param cause what it was translated from, without values in its message; null if nothing
     */
    public UnstorableValueException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
