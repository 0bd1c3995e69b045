// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import io.github.dynamosession.web.SessionFailure;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The three ways in which a servlet response tells the client of a failure of its session. */
record Failure(SessionFailure answer) {
    static Failure of(Throwable thrown) {
        Failure known = known(thrown);
        return known == null ? new Failure(SessionFailure.of(thrown)) : known;
    }

    /** The answer to a failure of ours, also inside a {@link ServletException}; null for anybody else's. */
    static @Nullable Failure known(Throwable thrown) {
        return thrown instanceof ServletException && thrown.getCause() != null
                ? known(thrown.getCause())
                : SessionFailure.known(thrown).map(Failure::new).orElse(null);
    }

    int status() {
        return answer.status();
    }

    /** Through the application's error page. */
    void send(HttpServletResponse response) throws IOException {
        hint(response);
        response.sendError(status());
    }

    /** Without one. */
    void replace(HttpServletResponse response) {
        response.resetBuffer();
        mark(response);
    }

    /** Leaves the content as it is. */
    void mark(HttpServletResponse response) {
        response.setStatus(status());
        hint(response);
    }

    private void hint(HttpServletResponse response) {
        answer.retryAfter().ifPresent(after -> response.setIntHeader("Retry-After", (int) after.toSeconds()));
    }
}
