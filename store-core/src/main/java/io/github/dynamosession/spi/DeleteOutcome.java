// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

/** What {@link SessionStore#delete} did. In each case no session is found under the key afterwards (C50). */
public enum DeleteOutcome {
    /** This call deleted the session; no other call is told so. */
    DELETED,

    /** There was no session under the key: never there, deleted before, or expired. */
    ABSENT,

    /**
     * The session is gone, but a reply was lost on the way, and whether this call or another one
     * deleted it cannot be told.
     */
    UNCERTAIN,

    /**
     * The session has another key now, and this deletion does not follow it: the session was somebody else's
     * by then, or it moved too long ago. Nothing was deleted.
     */
    MOVED
}
