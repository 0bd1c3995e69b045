// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.StoredSession;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a sweep is to find: any of these.
 *
 * @param now by the store's clock
 * @param expired sessions that not even a late save can extend
 * @param createdBefore sessions that are older; null: not by age
 * @param accessedBefore sessions that were last used before; null: not by use
 * @param leftovers rows that TTL removes elsewhere
 */
record SweepFilter(
        Instant now,
        boolean expired,
        @Nullable Instant createdBefore,
        @Nullable Instant accessedBefore,
        boolean leftovers) {
    /** Until when a session must have ended that counts as expired. */
    Instant grace() {
        return now.minus(SessionStore.SAVE_GRACE);
    }

    /** Whether a session is one of those, which may also have been found as a leftover that it is not. */
    boolean takes(StoredSession session) {
        return (expired
                        && session.expiresAt()
                                .filter(end -> !end.isAfter(grace()))
                                .isPresent())
                || (createdBefore != null && session.createdAt().isBefore(createdBefore))
                || (accessedBefore != null && session.accessedAt().isBefore(accessedBefore));
    }
}
