// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

/** What became of {@link SessionStore#changeKey}. */
public sealed interface ChangeKeyOutcome {
    /**
     * The session is stored under the new key, the delta applied.
     *
     * @param session what is stored there
     */
    record Changed(StoredSession session) implements ChangeKeyOutcome {}

    /**
     * The delta's condition did not hold; nothing was changed.
     *
     * @param current what is stored under the old key
     */
    record Conflict(StoredSession current) implements ChangeKeyOutcome {}

    /** Somebody else moved the session first; nothing was changed. */
    record Moved() implements ChangeKeyOutcome {}

    /** The session was deleted or has expired; nothing was changed. */
    record Gone() implements ChangeKeyOutcome {}

    /** The delta names a lock owner who does not have the lock any more (C106); nothing was changed. */
    record LockLost() implements ChangeKeyOutcome {}
}
