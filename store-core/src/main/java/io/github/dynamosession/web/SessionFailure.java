// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.web;

import io.github.dynamosession.ComputeConflictException;
import io.github.dynamosession.SessionConflictException;
import io.github.dynamosession.SessionLockLostException;
import io.github.dynamosession.SessionLockedException;
import io.github.dynamosession.SessionMovedException;
import io.github.dynamosession.spi.SessionException;
import io.github.dynamosession.spi.SessionStoreException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;

/**
 * The answer to a request that fails because of its session.
 *
 * @param status 503 if a repetition may succeed: the store did not answer, too many changed one attribute at
 *     once, or others had the session locked for too long; 409 if somebody else changed the session, or the id of one that
 *     was to be ended, or the request lost its lock; 500 for what an operator or the
 *     application has to cure
 * @param reason the status' standard phrase
 * @param retryAfter after which time to try again, for {@code Retry-After}; empty: no hint
 */
public record SessionFailure(int status, String reason, Optional<Duration> retryAfter) {
    private static final SessionFailure UNAVAILABLE =
            new SessionFailure(503, "Service Unavailable", Optional.of(Duration.ofSeconds(2)));
    private static final SessionFailure CONFLICT = new SessionFailure(409, "Conflict", Optional.empty());
    private static final SessionFailure OTHER = new SessionFailure(500, "Internal Server Error", Optional.empty());

    /**
     * The answer to any failure.
     *
     * @param failure an exception, also inside a {@link CompletionException}
     * @return the answer; 500 if the failure is not {@linkplain #known known}
     */
    public static SessionFailure of(Throwable failure) {
        return known(failure).orElse(OTHER);
    }

    /**
     * The answer to a failure that has a status of its own.
     *
     * @param failure an exception, also inside a {@link CompletionException}
     * @return 503 or 409; empty for all other failures
     */
    public static Optional<SessionFailure> known(Throwable failure) {
        if (failure instanceof CompletionException && failure.getCause() != null) {
            return known(failure.getCause());
        }
        if (isPassing(failure)) {
            return Optional.of(UNAVAILABLE);
        }
        return isConflict(failure) ? Optional.of(CONFLICT) : Optional.empty();
    }

    private static boolean isConflict(Throwable failure) {
        return failure instanceof SessionConflictException
                || failure instanceof SessionLockLostException
                || failure instanceof SessionMovedException;
    }

    /**
     * Whether the answer is 503.
     *
     * @return whether to try again makes sense
     */
    public boolean isUnavailable() {
        return status == UNAVAILABLE.status;
    }

    /**
     * Tells whether a failure passes by itself, so that the answer is 503. Subclasses of {@link SessionStoreException}
     * are failures that no repetition cures.
     *
     * @param failure any exception, not one that merely wraps another
     * @return whether to try again makes sense
     */
    public static boolean isPassing(Throwable failure) {
        return failure.getClass() == SessionStoreException.class
                || failure instanceof SessionLockedException
                || failure instanceof ComputeConflictException;
    }

    /**
     * What a failure says of itself in a log. Who was refused and tries again wants to know whether the first try may
     * have counted.
     *
     * @param failure without its wrappers
     * @return its message, and whether its outcome is unknown
     */
    public static String message(Throwable failure) {
        boolean unknown = failure instanceof SessionStoreException store && store.outcomeUnknown();
        return failure.getMessage() + (unknown ? "; outcome unknown" : "");
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
        log.warn("{}: {} ({})", what, message(reason), root.getClass().getName());
        log.debug(what, failure);
    }
}
