// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

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

    /** The session has another key now; neither the key nor the data is given. */
    record Moved() implements FindOutcome {}
}
