// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

/** What became of {@link SessionStore#update}. */
public sealed interface UpdateOutcome {
    /**
     * The delta is stored.
     *
     * @param version the session's version after it
     */
    record Written(long version) implements UpdateOutcome {}

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
}
