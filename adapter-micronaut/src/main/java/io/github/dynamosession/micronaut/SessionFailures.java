// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import io.github.dynamosession.spi.SessionException;
import io.github.dynamosession.web.SessionFailure;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.server.exceptions.ExceptionHandler;
import io.micronaut.http.server.exceptions.response.ErrorContext;
import io.micronaut.http.server.exceptions.response.ErrorResponseProcessor;
import jakarta.inject.Singleton;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers failures of the session, and nothing of a request that is so refused is stored any more. A handler of the
 * application for the exception's class goes before.
 */
@Singleton
final class SessionFailures implements ExceptionHandler<SessionException, HttpResponse<?>> {
    private static final Logger LOG = LoggerFactory.getLogger(SessionFailures.class);

    private final ErrorResponseProcessor<?> responses;

    SessionFailures(ErrorResponseProcessor<?> responses) {
        this.responses = responses;
    }

    @Override
    public HttpResponse<?> handle(HttpRequest request, SessionException failure) {
        MicronautSession session = MicronautSession.of(request);
        if (session != null) {
            // Or the save that comes with the response might succeed, once the store is back.
            session.abandon();
        }
        SessionFailure answer = SessionFailure.of(failure);
        if (answer.status() == HttpStatus.CONFLICT.getCode()) {
            LOG.warn("A request failed because of its session: {}", failure.getMessage());
        } else {
            SessionFailure.log(LOG, "A request failed because of its session", failure);
        }
        MutableHttpResponse<?> response = HttpResponse.status(HttpStatus.valueOf(answer.status()));
        answer.retryAfter()
                .ifPresent(after -> response.header(HttpHeaders.RETRY_AFTER, Long.toString(after.toSeconds())));
        return responses.processResponse(
                ErrorContext.builder(request)
                        .cause(failure)
                        .errorMessage(answer.reason())
                        .build(),
                response);
    }
}
