// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import org.jspecify.annotations.Nullable;

/** A value could not be encoded or decoded; see the two subclasses. */
public abstract sealed class CodecException extends SessionException
        permits UnstorableValueException, UnreadableValueException {
    private static final long serialVersionUID = 1L;

    CodecException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
