// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

/** What {@link SessionManager#changeId} did. */
public enum ChangeIdOutcome {
    /** The session has a new id; hand out its new {@link Session#cookieValue()}. */
    CHANGED,

    /**
     * Another request changed the id first. This session is now one of its own: a new id, a new row
     * at the next save, holding what this request sees. Hand out its {@link Session#cookieValue()}.
     */
    REPLACED,

    /**
     * Another request rotated the id first, and the session keeps the id it had; saves follow for a
     * short while. Leave the cookie alone.
     */
    LOST,

    /** The session was ended or has expired meanwhile, and is over. */
    GONE,

    /** Only with {@link Concurrency#COMPARE_AND_SET}: somebody else changed the session since it was opened. */
    CONFLICT
}
