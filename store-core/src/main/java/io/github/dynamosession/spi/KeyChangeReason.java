// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

/** Why a session's id changes, and so what becomes of late writes under the old key. */
public enum KeyChangeReason {
    /**
     * The session's user or rights change: a login. Whoever still holds a request open under the old
     * id may be an attacker who planted it, so writes under the old key are dropped at once.
     */
    PRIVILEGE_CHANGE,

    /**
     * The id is merely renewed. Writes and deletions under the old key follow to the new one for
     * {@link SessionStore#FOLLOW_WINDOW}, reads do not.
     */
    ROTATION
}
