// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import org.jspecify.annotations.Nullable;

/** The session, or one name in it, is larger than the store can keep; nothing was changed. */
public final class SessionTooLargeException extends SessionStoreException {
    private static final long serialVersionUID = 1L;

    /**
     * A failure that the application must cure by storing less.
     *
     * @param message the limit, and what exceeded it
     * @param cause the store's own exception; null if none
     */
    public SessionTooLargeException(String message, @Nullable Throwable cause) {
        super(message, cause, false);
    }
}
