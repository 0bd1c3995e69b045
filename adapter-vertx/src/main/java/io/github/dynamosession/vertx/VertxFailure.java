// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.web.SessionFailure;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers a request that fails because of its session, through the application's failure handlers. */
final class VertxFailure {
    private static final Logger LOG = LoggerFactory.getLogger(DynamoSessionHandler.class);
    private static final int VERTX_SAYS = 500;

    private VertxFailure() {}

    /** A failure inside of a route, for which Vert.x says 500 unless somebody said another status. */
    static void handle(RoutingContext routing) {
        Throwable failure = routing.failure();
        if (failure == null
                || routing.statusCode() != VERTX_SAYS
                || SessionFailure.known(failure).isEmpty()) {
            routing.next();
        } else {
            // Starts anew at the first of the failure handlers.
            answer(routing, failure);
        }
    }

    static void answer(RoutingContext routing, Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        SessionFailure answer = SessionFailure.of(cause);
        answer.retryAfter()
                .ifPresent(after ->
                        routing.response().putHeader(HttpHeaders.RETRY_AFTER, Long.toString(after.toSeconds())));
        routing.fail(
                answer.status(),
                cause instanceof SessionStoreException store && answer.isUnavailable() ? brief(store) : cause);
    }

    /**
     * Vert.x Web and Quarkus log each failure of a request with its stack trace, and there is one for each request
     * while the store does not answer: without a trace and a cause it is one line. The rest is at {@code DEBUG}.
     */
    private static SessionStoreException brief(SessionStoreException failure) {
        LOG.debug("A request failed because of its session", failure);
        SessionStoreException brief =
                new SessionStoreException(SessionFailure.message(failure), null, failure.outcomeUnknown());
        brief.setStackTrace(new StackTraceElement[0]);
        return brief;
    }
}
