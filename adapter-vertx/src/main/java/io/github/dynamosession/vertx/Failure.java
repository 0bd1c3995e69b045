// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import io.github.dynamosession.SessionMovedException;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.web.SessionFailure;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a request fails with because of its session: 503 if the store did not answer, 409 for a conflict
 * and for a logout under an id that a login has changed, and 500 for what an operator or the application has to cure.
 *
 * @param status the status
 * @param cause the reason
 */
record Failure(int status, Throwable cause) {
    private static final Logger LOG = LoggerFactory.getLogger(DynamoSessionHandler.class);

    private static final int UNAVAILABLE = 503;
    private static final int CONFLICT = 409;
    private static final int OTHER = 500;

    static Failure of(Throwable thrown) {
        if (thrown instanceof CompletionException && thrown.getCause() != null) {
            return of(thrown.getCause());
        }
        if (SessionFailure.isPassing(thrown)) {
            return new Failure(UNAVAILABLE, thrown);
        }
        boolean conflict = thrown instanceof SessionConflictException || thrown instanceof SessionMovedException;
        return new Failure(conflict ? CONFLICT : OTHER, thrown);
    }

    String reason() {
        return switch (status) {
            case UNAVAILABLE -> "Service Unavailable";
            case CONFLICT -> "Conflict";
            default -> "Internal Server Error";
        };
    }

    /** A failure inside of a route, for which Vert.x says 500 unless somebody said another status. */
    static void handle(RoutingContext routing) {
        Throwable thrown = routing.failure();
        Failure known = thrown == null ? null : of(thrown);
        if (known == null || known.status() == OTHER || routing.statusCode() != OTHER) {
            routing.next();
        } else {
            // Starts anew at the first of the failure handlers.
            known.answer(routing);
        }
    }

    /** Through the application's failure handlers. */
    void answer(RoutingContext routing) {
        if (status == UNAVAILABLE) {
            routing.response().putHeader(HttpHeaders.RETRY_AFTER, DynamoSessionHandler.RETRY_AFTER_SECONDS);
        }
        routing.fail(
                status, cause instanceof SessionStoreException store && status == UNAVAILABLE ? brief(store) : cause);
    }

    /**
     * Vert.x Web and Quarkus log each failure of a request with its stack trace, and there is one for each request
     * while the store does not answer: without a trace and a cause it is one line. The rest is at {@code DEBUG}.
     */
    private static SessionStoreException brief(SessionStoreException failure) {
        LOG.debug("A request failed because of its session", failure);
        SessionStoreException brief =
                new SessionStoreException(String.valueOf(failure.getMessage()), null, failure.outcomeUnknown());
        brief.setStackTrace(new StackTraceElement[0]);
        return brief;
    }
}
