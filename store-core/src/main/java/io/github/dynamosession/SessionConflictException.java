// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import io.github.dynamosession.spi.SessionException;

/**
 * Only with {@link Concurrency#COMPARE_AND_SET}: somebody else changed the session during the request, whose changes
 * are not stored. Adapters answer 409.
 */
public final class SessionConflictException extends SessionException {
    private static final long serialVersionUID = 1L;

    /** A conflict, found by a save or an id change that an adapter did for the application. */
    public SessionConflictException() {
        super("the session was changed by another request: repeat this one", null);
    }
}
