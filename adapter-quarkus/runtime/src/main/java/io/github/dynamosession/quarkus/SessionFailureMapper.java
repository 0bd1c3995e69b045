// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus;

import io.github.dynamosession.spi.SessionException;
import io.github.dynamosession.vertx.DynamoSessionHandler;
import io.github.dynamosession.web.SessionFailure;
import io.quarkus.arc.Arc;
import io.quarkus.vertx.http.runtime.CurrentVertxRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers failures of sessions inside of REST resources as those of the save before the head are: with 503 if the store
 * did not answer, 409 for a conflict, otherwise 500. Nothing of the request is stored any more. A mapper of the
 * application goes before.
 */
public final class SessionFailureMapper implements ExceptionMapper<SessionException> {
    private static final Logger LOG = LoggerFactory.getLogger(SessionFailureMapper.class);

    /** For Quarkus. */
    public SessionFailureMapper() {}

    @Override
    public Response toResponse(SessionException failure) {
        RoutingContext routing =
                Arc.container().instance(CurrentVertxRequest.class).get().getCurrent();
        if (routing != null) {
            // Or the save that comes with the response might succeed, once the store is back.
            DynamoSessionHandler.refuse(routing);
        }
        SessionFailure answer = SessionFailure.of(failure);
        Response.ResponseBuilder response = Response.status(answer.status());
        if (answer.status() == Response.Status.INTERNAL_SERVER_ERROR.getStatusCode()) {
            LOG.error("A request failed because of its session", failure);
        } else {
            LOG.warn("A request failed because of its session: {}", SessionFailure.message(failure));
        }
        answer.retryAfter().ifPresent(after -> response.header(HttpHeaders.RETRY_AFTER, after.toSeconds()));
        return response.build();
    }
}
