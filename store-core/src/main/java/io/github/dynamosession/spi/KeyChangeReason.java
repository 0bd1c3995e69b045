// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

/** Why a session's id changes, and so what becomes of late writes and deletions under the old key. */
public enum KeyChangeReason {
    /**
     * The session's user changes: a login. Whoever still holds a request open under the old id may be an
     * attacker who planted it, so writes and deletions under the old key are dropped at once.
     */
    PRIVILEGE_CHANGE,

    /**
     * The rights of the session's user change, and the user stays the same: a second factor, for instance.
     * Writes under the old key are dropped at once; deletions follow, because a logout is still the same
     * user's.
     */
    STEP_UP,

    /**
     * The id is merely renewed. Writes and deletions under the old key follow to the new one for
     * {@link SessionStore#FOLLOW_WINDOW}, reads do not.
     */
    ROTATION;

    /**
     * Whether writes under the old key follow.
     *
     * @return true for a rotation only
     */
    public boolean writesFollow() {
        return this == ROTATION;
    }

    /**
     * Whether deletions under the old key follow: they do where the session's user did not change.
     *
     * @return false for a privilege change only
     */
    public boolean endFollows() {
        return this != PRIVILEGE_CHANGE;
    }
}
