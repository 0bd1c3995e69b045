// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import java.time.Instant;

/** What {@link SessionStore#find} found. */
public sealed interface FindOutcome {
    /**
     * The session.
     *
     * @param session as it is stored, not expired
     */
    record Found(StoredSession session) implements FindOutcome {}

    /** No session: never there, deleted, or expired. */
    record Absent() implements FindOutcome {}

    /**
     * The session has another key now; neither the key nor the data is given. Given as long as the store
     * remembers the move: it is the caller who decides for how long that matters.
     *
     * @param at when it moved, by the clock of the node that moved it
     * @param reason why it moved, and so what follows it
     */
    record Moved(Instant at, KeyChangeReason reason) implements FindOutcome {}
}
