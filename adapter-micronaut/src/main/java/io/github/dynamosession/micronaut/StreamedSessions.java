// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import io.micronaut.core.async.publisher.Publishers;
import io.micronaut.core.convert.ConversionService;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.MutableHttpResponse;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Sessions of responses whose body is a stream: its elements are made after the filter has saved the
 * session and the head is on its way, so what they change is saved when the stream ends, before the
 * client sees its end. What needs a cookie comes too late for one.
 */
final class StreamedSessions {
    private static final Logger LOG = LoggerFactory.getLogger(StreamedSessions.class);

    private final MicronautSessionStore store;
    private final ConversionService conversions;

    StreamedSessions(MicronautSessionStore store, ConversionService conversions) {
        this.store = store;
        this.conversions = conversions;
    }

    /**
     * Lets a stream wait, at its end, for the save of the session.
     *
     * @param request whose session may be used until then
     * @param response whose body may be a stream
     */
    @SuppressWarnings("unchecked") // a stream of the same elements
    void saveAtTheEnd(HttpRequest<?> request, MutableHttpResponse<?> response) {
        Object body = response.body();
        if (body != null && Publishers.isConvertibleToPublisher(body)) {
            Publisher<Object> elements = Publishers.convertToPublisher(conversions, body);
            ((MutableHttpResponse<Object>) response)
                    .body(Flux.usingWhen(
                            Mono.just(request),
                            whose -> elements,
                            this::saved,
                            (whose, failure) -> saved(whose),
                            this::saved));
        } else if (!request.getHeaders().contains(HttpHeaders.UPGRADE)) {
            // A WebSocket goes on with the session, which the framework saves.
            over(request);
        }
    }

    private static void over(HttpRequest<?> request) {
        MicronautSession session = MicronautSession.of(request);
        if (session != null) {
            session.requestIsOver();
        }
    }

    private Mono<MicronautSession> saved(HttpRequest<?> request) {
        MicronautSession session = MicronautSession.of(request);
        if (session == null) {
            return Mono.empty();
        }
        session.headSent();
        return Mono.fromFuture(() -> store.save(session))
                .doFinally(signal -> session.requestIsOver())
                .doOnError(failure -> LOG.warn(
                        "A session was changed by the elements of a stream and cannot be saved: the response is cut off",
                        failure));
    }
}
