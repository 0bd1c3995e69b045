// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.server.netty.NettyHttpRequest;
import jakarta.inject.Singleton;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/** The event loops of Netty's connections. */
@Singleton
@Requires(classes = NettyHttpRequest.class)
final class EventLoops {
    /** Whether this thread is the event loop of the request's connection. */
    boolean isHere(HttpRequest<?> request) {
        return request instanceof NettyHttpRequest<?> netty
                && netty.getChannelHandlerContext().executor().inEventLoop();
    }

    /**
     * Lets WebSocket handshakes end where they began: on the connection's event loop. On another thread the framework would
     * still be changing the pipeline while the client's first message arrives, which is then lost and closes the
     * connection.
     */
    Publisher<MutableHttpResponse<?>> endHandshakes(
            HttpRequest<?> request, Publisher<MutableHttpResponse<?>> response) {
        boolean handshake = "websocket".equalsIgnoreCase(request.getHeaders().get(HttpHeaders.UPGRADE));
        return handshake && request instanceof NettyHttpRequest<?> netty
                ? Flux.from(response)
                        .publishOn(Schedulers.fromExecutor(
                                netty.getChannelHandlerContext().executor()))
                : response;
    }
}
