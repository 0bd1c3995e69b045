// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.spi.SessionStore;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** An application on a real server, and a client without a cookie jar. */
final class Site implements AutoCloseable {
    final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2));
    final SessionManager manager;
    final DynamoSessionHandler sessions;
    final Router router;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private @Nullable HttpServer server;

    Site(SessionStore store) {
        this(store, UnaryOperator.identity());
    }

    Site(SessionStore store, UnaryOperator<SessionManager.Builder> settings) {
        manager = settings.apply(
                        SessionManager.builder(store).codec(JsonCodec.builder().build()))
                .build();
        sessions = DynamoSessionHandler.create(manager);
        router = Router.router(vertx);
    }

    Site start() {
        return start(sessions.around(router));
    }

    Site start(Handler<HttpServerRequest> handler) {
        server = await(vertx.createHttpServer()
                .requestHandler(handler)
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture());
        return this;
    }

    int port() {
        return server == null ? 0 : server.actualPort();
    }

    CompletableFuture<HttpResponse<String>> send(String path, @Nullable String cookie, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path));
        if (cookie != null) {
            request.header("Cookie", cookie);
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> get(String path, @Nullable String cookie) {
        return await(send(path, cookie));
    }

    HttpResponse<String> post(String path, @Nullable String cookie, String body)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
                .POST(HttpRequest.BodyPublishers.ofString(body));
        if (cookie != null) {
            request.header("Cookie", cookie);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    /** Over HTTP/2, to which the connection is upgraded. */
    HttpResponse<String> http2(String path, @Nullable String cookie) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
                .version(HttpClient.Version.HTTP_2);
        if (cookie != null) {
            request.header("Cookie", cookie);
        }
        HttpClient second =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();
        return second.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    /** What the browser sends back of a Set-Cookie; null: none was set. */
    static @Nullable String cookie(HttpResponse<?> response) {
        return response.headers()
                .firstValue("set-cookie")
                .map(text -> text.substring(0, text.indexOf(';')))
                .orElse(null);
    }

    /** Returns when as many things were seen, or fails the test: some happen when the client has its answer. */
    static void awaitSize(Collection<?> seen, int size) {
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (seen.size() < size) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("only " + seen.size() + " of " + size);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }

    static <T> T await(CompletableFuture<T> future) {
        try {
            return future.get(2, TimeUnit.MINUTES);
        } catch (InterruptedException | ExecutionException | java.util.concurrent.TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        await(vertx.close().toCompletionStage().toCompletableFuture());
        manager.close();
    }
}
