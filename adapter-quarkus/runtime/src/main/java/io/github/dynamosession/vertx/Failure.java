// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import io.github.dynamosession.ComputeConflictException;
import io.github.dynamosession.spi.SessionStoreException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.CompletionException;

/**
 * What a request fails with because of its session: 503 if the store did not answer, 409 for a conflict,
 * and 500 for what an operator or the application has to cure.
 *
 * @param status the status
 * @param cause the reason
 */
record Failure(int status, Throwable cause) {
    private static final String RETRY_AFTER_SECONDS = "2";
    private static final int UNAVAILABLE = 503;
    private static final int CONFLICT = 409;
    private static final int OTHER = 500;

    static Failure of(Throwable thrown) {
        if (thrown instanceof CompletionException && thrown.getCause() != null) {
            return of(thrown.getCause());
        }
        // Subclasses are failures that a repetition will not cure.
        if (thrown.getClass() == SessionStoreException.class || thrown instanceof ComputeConflictException) {
            return new Failure(UNAVAILABLE, thrown);
        }
        return new Failure(thrown instanceof SessionConflictException ? CONFLICT : OTHER, thrown);
    }

    String reason() {
        return switch (status) {
            case UNAVAILABLE -> "Service Unavailable";
            case CONFLICT -> "Conflict";
            default -> "Internal Server Error";
        };
    }

    /** Through the application's failure handlers. */
    void answer(RoutingContext routing) {
        if (status == UNAVAILABLE) {
            routing.response().putHeader(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        routing.fail(status, cause);
    }
}
