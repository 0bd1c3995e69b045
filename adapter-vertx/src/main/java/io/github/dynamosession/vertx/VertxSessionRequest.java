// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpFrame;
import io.vertx.core.http.HttpServerFileUpload;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.StreamPriority;
import io.vertx.core.http.impl.HttpServerRequestInternal;
import io.vertx.core.http.impl.HttpServerRequestWrapper;
import io.vertx.core.impl.ContextInternal;
import io.vertx.core.net.NetSocket;
import org.jspecify.annotations.Nullable;

/**
 * A request whose response waits for the session. Upgrades wait as well: they, too, send a head.
 *
 * <p>Fluent methods answer this request, so that nobody gets at the response behind it.
 */
final class VertxSessionRequest extends HttpServerRequestWrapper {
    private final VertxSessionResponse response;

    VertxSessionRequest(HttpServerRequestInternal request) {
        super(request);
        this.response =
                new VertxSessionResponse(request.response(), (ContextInternal) request.context(), request.version());
    }

    @Override
    public HttpServerResponse response() {
        return response;
    }

    @Override
    public Future<ServerWebSocket> toWebSocket() {
        // Whoever upgrades must still see the end of the request.
        return response.upgrade(false, this::hold, delegate::toWebSocket, delegate::resume);
    }

    @Override
    public Future<NetSocket> toNetSocket() {
        return response.upgrade(true, this::hold, delegate::toNetSocket, delegate::resume);
    }

    private void hold() {
        if (!delegate.isEnded()) {
            delegate.pause();
        }
    }

    @Override
    public HttpServerRequest exceptionHandler(@Nullable Handler<Throwable> handler) {
        super.exceptionHandler(handler);
        return this;
    }

    @Override
    public HttpServerRequest handler(@Nullable Handler<Buffer> handler) {
        super.handler(handler);
        return this;
    }

    @Override
    public HttpServerRequest pause() {
        super.pause();
        return this;
    }

    @Override
    public HttpServerRequest resume() {
        super.resume();
        return this;
    }

    @Override
    public HttpServerRequest fetch(long amount) {
        super.fetch(amount);
        return this;
    }

    @Override
    public HttpServerRequest endHandler(@Nullable Handler<Void> endHandler) {
        super.endHandler(endHandler);
        return this;
    }

    @Override
    public HttpServerRequest setParamsCharset(String charset) {
        super.setParamsCharset(charset);
        return this;
    }

    @Override
    public HttpServerRequest setExpectMultipart(boolean expect) {
        super.setExpectMultipart(expect);
        return this;
    }

    @Override
    public HttpServerRequest uploadHandler(@Nullable Handler<HttpServerFileUpload> uploadHandler) {
        super.uploadHandler(uploadHandler);
        return this;
    }

    @Override
    public HttpServerRequest customFrameHandler(@Nullable Handler<HttpFrame> handler) {
        super.customFrameHandler(handler);
        return this;
    }

    @Override
    public HttpServerRequest streamPriorityHandler(@Nullable Handler<StreamPriority> handler) {
        super.streamPriorityHandler(handler);
        return this;
    }

    @Override
    public HttpServerRequest routed(String route) {
        super.routed(route);
        return this;
    }
}
