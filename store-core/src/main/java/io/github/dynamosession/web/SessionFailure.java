// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.web;

import io.github.dynamosession.ComputeConflictException;
import io.github.dynamosession.spi.SessionException;
import io.github.dynamosession.spi.SessionStoreException;
import org.slf4j.Logger;

/** Requests that fail because of their session: which of them will not fail again, and what is logged. */
public final class SessionFailure {
    private SessionFailure() {}

    /**
     * Tells whether a failure passes by itself, so that the answer is 503: the store did not answer, or too many
     * changed one attribute at once. Subclasses of {@link SessionStoreException} are failures that no repetition
     * cures.
     *
     * @param failure any exception, not one that merely wraps another
     * @return whether to try again makes sense
     */
    public static boolean isPassing(Throwable failure) {
        return failure.getClass() == SessionStoreException.class || failure instanceof ComputeConflictException;
    }

    /**
     * Logs that a request failed because of its session. A failure that {@linkplain #isPassing passes} takes one
     * line at {@code WARN}: there is one for each request while the store does not answer, and all stack traces
     * are the same; they are there at {@code DEBUG}. Others are at {@code ERROR} with their stack trace, because
     * somebody has to cure them.
     *
     * @param log whose log
     * @param what what became of the request, without ids and values
     * @param failure the reason, or what a framework wrapped around it
     */
    public static void log(Logger log, String what, Throwable failure) {
        Throwable reason = failure;
        while (!(reason instanceof SessionException) && reason.getCause() != null) {
            reason = reason.getCause();
        }
        if (!isPassing(reason)) {
            log.error(what, failure);
            return;
        }
        Throwable root = reason;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        log.warn("{}: {} ({})", what, reason.getMessage(), root.getClass().getName());
        log.debug(what, failure);
    }
}
