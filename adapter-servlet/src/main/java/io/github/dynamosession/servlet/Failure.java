// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import io.github.dynamosession.SessionMovedException;
import io.github.dynamosession.web.SessionFailure;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What a client is answered when the session is the reason that there is nothing else to answer.
 *
 * @param status the status
 * @param retryAfter seconds after which to try again; null: no hint
 */
record Failure(int status, @Nullable Integer retryAfter) {
    private static final int RETRY_AFTER_SECONDS = 2;
    private static final Failure UNAVAILABLE =
            new Failure(HttpServletResponse.SC_SERVICE_UNAVAILABLE, RETRY_AFTER_SECONDS);
    private static final Failure CONFLICT = new Failure(HttpServletResponse.SC_CONFLICT, null);
    private static final Failure OTHER = new Failure(HttpServletResponse.SC_INTERNAL_SERVER_ERROR, null);

    static Failure of(Throwable thrown) {
        Failure known = known(thrown);
        return known == null ? OTHER : known;
    }

    /** The answer to a failure of ours, also inside a {@link ServletException}; null for anybody else's. */
    static @Nullable Failure known(Throwable thrown) {
        if (thrown instanceof ServletException && thrown.getCause() != null) {
            return known(thrown.getCause());
        }
        if (SessionFailure.isPassing(thrown)) {
            return UNAVAILABLE;
        }
        return thrown instanceof SessionConflictException || thrown instanceof SessionMovedException ? CONFLICT : null;
    }

    /** Through the application's error page. */
    void send(HttpServletResponse response) throws IOException {
        hint(response);
        response.sendError(status);
    }

    /** Without one. */
    void replace(HttpServletResponse response) {
        response.resetBuffer();
        mark(response);
    }

    /** Leaves the content as it is. */
    void mark(HttpServletResponse response) {
        response.setStatus(status);
        hint(response);
    }

    private void hint(HttpServletResponse response) {
        if (retryAfter != null) {
            response.setIntHeader("Retry-After", retryAfter);
        }
    }
}
