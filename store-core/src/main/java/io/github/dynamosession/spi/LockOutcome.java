// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import java.time.Instant;

/** What became of {@link LockableSessionStore#lock}. */
public sealed interface LockOutcome {
    /**
     * The caller has the lock.
     *
     * @param session as it is stored, not expired
     */
    record Locked(StoredSession session) implements LockOutcome {}

    /**
     * Somebody else has it; nothing was changed.
     *
     * @param until when that lease ends, unless the lock is released before
     */
    record Held(Instant until) implements LockOutcome {}

    /**
     * There is no session that could be locked.
     *
     * @param found what {@link SessionStore#find} answers; never {@code Found}
     */
    record NotFound(FindOutcome found) implements LockOutcome {}
}
