// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import io.github.dynamosession.spi.SessionException;

/**
 * Only with {@link Locking#SESSION}: the request took longer than its lease, and another one has locked the session since;
 * or the lock was {@linkplain SessionManager#unlock given up}. Its changes are not stored, and nothing was overwritten; a
 * repetition sees what the other one stored. Adapters answer 409.
 */
public final class SessionLockLostException extends SessionException {
    private static final long serialVersionUID = 1L;

    /**
     * An exception.
     *
     * @param message which setting to look at
     */
    public SessionLockLostException(String message) {
        super(message, null);
    }
}
