// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

/** What {@link SweepableSessionStore#deleteExpired} did. */
public enum SweepOutcome {
    /** This call deleted the session; no other call is told so. */
    DELETED,

    /** Nothing was changed: the session is gone already, or it is no longer as it was seen. */
    SKIPPED,

    /**
     * The session is gone, but a reply was lost on the way, and whether this call or another one
     * deleted it cannot be told.
     */
    UNCERTAIN
}
