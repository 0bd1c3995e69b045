// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

/** What {@link SessionManager#save} did. */
public enum SaveOutcome {
    /** Changes are stored; for a new session, the session. */
    SAVED,

    /** Nothing had changed, but the access was due to be recorded, and is. */
    TOUCHED,

    /** Nothing had changed, and no I/O happened. Also: a new session without attributes, which is not stored. */
    UNCHANGED,

    /**
     * The session is {@linkplain Session#isDetached() detached} or was ended before: there is nothing to save to.
     * Also: all that was to be saved are changes in place that came too late, see {@link SessionManager#save}.
     */
    DISCARDED,

    /**
     * Only with {@link Concurrency#COMPARE_AND_SET}: somebody else changed the session since it was
     * opened. Nothing is stored, and the session keeps its changes: open it again to decide.
     */
    CONFLICT,

    /** The session was ended or has expired meanwhile; the changes are dropped, and the session is over. */
    GONE,

    /** The session's id changed meanwhile (a login elsewhere); the changes are dropped. */
    MOVED,

    /** Only with {@link UnavailablePolicy#CONTINUE}: the store did not answer, and the changes may be lost. */
    UNAVAILABLE
}
