// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

/** What {@link IndexedSessionStore#deleteBy} did. */
public sealed interface DeleteByOutcome {
    /**
     * This call ended a session; no other call is told so.
     *
     * @param key where it was
     * @param session what was stored there
     */
    record Deleted(SessionKey key, StoredSession session) implements DeleteByOutcome {}

    /**
     * No live session was ended: there is none, it has another value or is the spared one, or what was removed had
     * expired or was the copy of an id change that did not happen.
     */
    record Skipped() implements DeleteByOutcome {}

    /** The session is gone, but a reply was lost on the way, and whether this call ended it cannot be told. */
    record Uncertain() implements DeleteByOutcome {}
}
