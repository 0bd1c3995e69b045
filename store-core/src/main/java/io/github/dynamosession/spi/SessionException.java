// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import org.jspecify.annotations.Nullable;

/**
 * The root of all exceptions of this library.
 *
 * <p>Messages name operations, settings and types; never a session id, a key or an attribute's value.
 */
public class SessionException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * An exception with a cause.
     *
     * @param message what went wrong and what to do
     * @param cause what it was translated from; null if nothing
     */
    public SessionException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
