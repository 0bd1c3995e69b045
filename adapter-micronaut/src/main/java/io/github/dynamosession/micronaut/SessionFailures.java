// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import io.github.dynamosession.SessionMovedException;
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
 * Answers 503 if the store did not answer, 409 for a conflict and for a logout under an id that a login has changed, and 500 for what an operator or the
 * application has to cure. A handler of the application for the exception's class goes before.
 */
@Singleton
final class SessionFailures implements ExceptionHandler<SessionException, HttpResponse<?>> {
    private static final Logger LOG = LoggerFactory.getLogger(SessionFailures.class);

    private static final String RETRY_AFTER_SECONDS = "2";

    private final ErrorResponseProcessor<?> responses;

    SessionFailures(ErrorResponseProcessor<?> responses) {
        this.responses = responses;
    }

    @Override
    public HttpResponse<?> handle(HttpRequest request, SessionException failure) {
        HttpStatus status = status(failure);
        if (status == HttpStatus.CONFLICT) {
            LOG.warn("A request failed because of its session: {}", failure.getMessage());
        } else {
            SessionFailure.log(LOG, "A request failed because of its session", failure);
        }
        MutableHttpResponse<?> response = HttpResponse.status(status);
        if (status == HttpStatus.SERVICE_UNAVAILABLE) {
            response.header(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        return responses.processResponse(
                ErrorContext.builder(request)
                        .cause(failure)
                        .errorMessage(status.getReason())
                        .build(),
                response);
    }

    private static HttpStatus status(SessionException failure) {
        if (failure instanceof SessionConflictException || failure instanceof SessionMovedException) {
            return HttpStatus.CONFLICT;
        }
        return SessionFailure.isPassing(failure) ? HttpStatus.SERVICE_UNAVAILABLE : HttpStatus.INTERNAL_SERVER_ERROR;
    }
}
