// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import io.github.dynamosession.spi.SessionException;

/**
 * Only with {@link Locking#SESSION}: other requests had the session locked for as long as this one may wait. Nothing was
 * read or changed; the request may be repeated. Adapters answer 503 with {@code Retry-After}.
 */
public final class SessionLockedException extends SessionException {
    private static final long serialVersionUID = 1L;

    /**
     * An exception.
     *
     * @param message how long it waited, and which setting says so
     */
    public SessionLockedException(String message) {
        super(message, null);
    }
}
