// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import io.github.dynamosession.spi.SessionException;

/**
 * With the setting {@code concurrency=compare-and-set}: somebody else changed the session since the
 * request opened it, and nothing was stored. The request fails with 409 unless the application handles it.
 */
public final class SessionConflictException extends SessionException {
    private static final long serialVersionUID = 1L;

    SessionConflictException() {
        super("another request changed the session meanwhile; nothing was stored", null);
    }
}
