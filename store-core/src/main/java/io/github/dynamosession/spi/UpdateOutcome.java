// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

/** What became of {@link SessionStore#update}. */
public sealed interface UpdateOutcome {
    /**
     * The delta is stored.
     *
     * @param version the session's version after it
     * @param moved whether the session has another key than the one that was asked for: the write followed a rotation
     *     (C38), or was recognised where the session no longer is (C32). The caller's id is a former one then, and is
     *     not to be sent to a client once more
     */
    record Written(long version, boolean moved) implements UpdateOutcome {
        /**
         * The delta is stored under the key that was asked for.
         *
         * @param version the session's version after it
         */
        public Written(long version) {
            this(version, false);
        }
    }

    /**
     * The delta's condition did not hold; nothing was changed.
     *
     * @param current what is stored now, so that the caller need not read again
     */
    record Conflict(StoredSession current) implements UpdateOutcome {}

    /** The session has another key and this write does not follow it; nothing was changed. */
    record Moved() implements UpdateOutcome {}

    /** The session was deleted or has expired; nothing was changed. */
    record Gone() implements UpdateOutcome {}

    /** The delta names a lock owner who does not have the lock any more (C105); nothing was changed. */
    record LockLost() implements UpdateOutcome {}
}
