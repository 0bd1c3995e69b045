// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

/** What happens when the store does not answer. */
public enum UnavailablePolicy {
    /** The call throws {@link io.github.dynamosession.spi.SessionStoreException}; an adapter answers 503. */
    FAIL,

    /**
     * The request goes on without a session: opening gives a {@linkplain Session#isDetached() detached}
     * one, a failed save answers {@link SaveOutcome#UNAVAILABLE}. Nothing is overwritten and the cookie
     * is left alone, so the user is back in the session when the store is. Ending a session is tried
     * nevertheless, and throws if it fails: a logout is never taken for done that was not.
     */
    CONTINUE
}
