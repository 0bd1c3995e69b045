// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import java.util.Objects;

/**
 * An expired session that is still stored. Its id is not known: only the key is stored.
 *
 * @param key where it is stored
 * @param session what is stored there
 */
public record ExpiredSession(SessionKey key, StoredSession session) {
    /**
     * An expired session.
     *
     * @param key where it is stored
     * @param session what is stored there
     */
    public ExpiredSession {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(session, "session");
    }
}
