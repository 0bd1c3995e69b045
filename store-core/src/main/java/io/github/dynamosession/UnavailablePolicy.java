// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import io.github.dynamosession.spi.SessionException;
import io.github.dynamosession.spi.SessionStoreException;
import java.util.Optional;

/** What happens when the store does not answer. */
public enum UnavailablePolicy implements StoreFailureHandler {
    /** The call throws {@link io.github.dynamosession.spi.SessionStoreException}; an adapter answers 503. */
    FAIL {
        @Override
        public Optional<SessionException> handle(Operation operation, SessionException failure) {
            return Optional.of(failure);
        }
    },

    /**
     * The request goes on without a session: opening gives a {@linkplain Session#isDetached() detached}
     * one, a failed save answers {@link SaveOutcome#UNAVAILABLE}. Nothing is overwritten and the cookie
     * is left alone, so the user is back in the session when the store is. Ending a session is tried
     * nevertheless, and throws if it fails: a logout is never taken for done that was not.
     */
    CONTINUE {
        @Override
        public Optional<SessionException> handle(Operation operation, SessionException failure) {
            // What an operator or the application must cure is thrown nevertheless.
            return failure.getClass() == SessionStoreException.class ? Optional.empty() : Optional.of(failure);
        }
    }
}
