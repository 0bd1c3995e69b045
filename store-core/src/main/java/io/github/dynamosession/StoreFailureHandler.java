// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import io.github.dynamosession.spi.SessionException;
import java.util.Optional;

/**
 * Decides what becomes of a failure when a session is opened or saved: it is thrown as it is, as another exception, or
 * swallowed. {@link UnavailablePolicy} has the two usual decisions; this is for applications that need a third, such as
 * exceptions of their own, or going on only for some of them.
 *
 * <p>Called once for each failed operation, in the thread that goes on with it, which may be a client's: it must not
 * block. Not asked for ends and changes of the id, whose failures are always thrown: a logout must not be taken for done
 * that was not, nor a login.
 */
@FunctionalInterface
public interface StoreFailureHandler {
    /** What failed. */
    enum Operation {
        /** A session was to be opened. Swallowed, the request gets a {@linkplain Session#isDetached() detached} one. */
        OPEN,
        /** A session was to be saved. Swallowed, the outcome is {@link SaveOutcome#UNAVAILABLE}. */
        SAVE
    }

    /**
     * Decides about one failure.
     *
     * @param operation what failed
     * @param failure of the store, a codec or the configuration; see its subclasses
     * @return what is thrown, {@code failure} itself or another; empty: nothing, the request goes on without the store. What
     *     this method throws is thrown, too
     */
    Optional<? extends RuntimeException> handle(Operation operation, SessionException failure);
}
