// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

/** What happens when a stored attribute cannot be decoded. */
public enum UnreadablePolicy {
    /**
     * It reads as absent, with a warning and a call of the observer. Its bytes stay in the store until
     * the application sets or removes that name, so a node of an older release destroys nothing.
     */
    HIDE,

    /** Reading it throws {@link io.github.dynamosession.spi.UnreadableValueException}. */
    FAIL,

    /**
     * The session is not opened: the client gets a new one. Every attribute is {@linkplain
     * SessionManager.Builder#requiredAttributes required}, so each request decodes all of them when it
     * opens the session. What is stored is not touched, and a node that can read it still does.
     */
    NEW_SESSION
}
