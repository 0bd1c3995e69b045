// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.RequestOptions;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.ResponseTimeHandler;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A handler that is called before the head is sent")
class HeadHandlersTest {
    private final TestStore store = new TestStore(false);
    private final Site site = new Site(store);
    private final List<String> told = new CopyOnWriteArrayList<>();

    @AfterEach
    void close() {
        site.close();
    }

    private void app(Consumer<RoutingContext> handler) {
        site.router.route().handler(site.sessions);
        site.router.get("/get").handler(routing -> {
            Object name = routing.session().get("name");
            routing.end(String.valueOf(name));
        });
        site.router.route("/app").handler(handler::accept);
        site.start();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("may change the session, even if it is the first to use it: that is saved")
    void change(boolean http2) throws IOException, InterruptedException {
        store.slow(20);
        app(routing -> {
            routing.addHeadersEndHandler(head -> routing.session().put("name", "at the head"));
            routing.end("done");
        });
        HttpResponse<String> answer = http2 ? site.http2("/app", null) : site.get("/app", null);
        assertThat(answer.body()).isEqualTo("done");
        assertThat(site.get("/get", Site.cookie(answer)).body()).isEqualTo("at the head");
        assertThat(store.calls).containsExactly("create", "find");
    }

    @Test
    @DisplayName("is called once, in the reverse order of registration, while the head can still be changed")
    void order() {
        site.router.route().handler(ResponseTimeHandler.create());
        app(routing -> {
            routing.addHeadersEndHandler(head -> told.add("first"));
            int gone = routing.addHeadersEndHandler(head -> told.add("removed"));
            routing.addHeadersEndHandler(head -> {
                told.add("last");
                told.add("written " + routing.response().headWritten() + " ended "
                        + routing.response().ended());
                routing.response().setStatusCode(201).putHeader("late", "header");
            });
            routing.removeHeadersEndHandler(gone);
            routing.session().put("name", "value");
            routing.response().setChunked(true).write("a");
            routing.response().end("b");
        });
        HttpResponse<String> answer = site.get("/app", null);
        assertThat(answer.body()).isEqualTo("ab");
        assertThat(answer.statusCode()).isEqualTo(201);
        assertThat(answer.headers().firstValue("late")).contains("header");
        assertThat(answer.headers().firstValue("x-response-time")).isPresent();
        assertThat(told).containsExactly("last", "written false ended false", "first");
    }

    @Test
    @DisplayName("is called once without a session handler, too")
    void noSession() {
        site.router.route("/app").handler(routing -> {
            routing.addHeadersEndHandler(head -> told.add("called"));
            routing.end("done");
        });
        site.start();
        assertThat(site.get("/app", null).body()).isEqualTo("done");
        assertThat(told).containsExactly("called");
    }

    @Test
    @DisplayName("sees what others write from other threads wait for it")
    void others() {
        app(routing -> {
            routing.response().setChunked(true);
            routing.addHeadersEndHandler(head -> {
                CompletableFuture<Void> other = new CompletableFuture<>();
                Thread thread = new Thread(() -> {
                    told.add(String.valueOf(routing.response().headWritten()));
                    routing.response().write("second ");
                    other.complete(null);
                });
                thread.start();
                Site.await(other);
                routing.session().put("name", "value");
            });
            routing.response().write("first ");
            routing.response().end("third");
        });
        assertThat(site.get("/app", null).body()).isEqualTo("first second third");
        assertThat(told).containsExactly("true");
    }

    @Test
    @DisplayName("is called again for the head of the error if the save fails")
    void refused() {
        app(routing -> {
            routing.addHeadersEndHandler(
                    head -> told.add("head of " + routing.response().getStatusCode()));
            routing.session().put("name", "value");
            routing.end("done");
        });
        store.down(true);
        assertThat(site.get("/app", null).statusCode()).isEqualTo(503);
        assertThat(told).containsExactly("head of 200", "head of 503");
    }

    @Test
    @DisplayName("that throws fails the call that sends the head, and nothing is saved")
    void fails() {
        app(routing -> {
            int throwing = routing.addHeadersEndHandler(head -> {
                throw new IllegalStateException("no");
            });
            routing.session().put("name", "value");
            try {
                routing.response().end("done");
            } catch (IllegalStateException e) {
                routing.removeHeadersEndHandler(throwing);
                assertThat(store.calls).isEmpty();
                routing.response().end("failed: " + e.getMessage());
            }
        });
        assertThat(site.get("/app", null).body()).isEqualTo("failed: no");
    }

    @Test
    @DisplayName("is called before a connection is taken over")
    void netSocket() {
        store.slow(20);
        app(routing -> {
            routing.addHeadersEndHandler(head -> {
                told.add("called");
                routing.session().put("name", "value");
            });
            routing.request().toNetSocket();
        });
        CompletableFuture<String> cookie = new CompletableFuture<>();
        site.vertx
                .createHttpClient()
                .request(new RequestOptions()
                        .setHost("127.0.0.1")
                        .setPort(site.port())
                        .setURI("/app")
                        .putHeader("Connection", "upgrade")
                        .putHeader("Upgrade", "echo"))
                .compose(HttpClientRequest::connect)
                .onFailure(cookie::completeExceptionally)
                .onSuccess(response -> cookie.complete(response.headers().get("set-cookie")));
        assertThat(Site.await(cookie)).startsWith("vertx-web.session=");
        assertThat(told).containsExactly("called");
        assertThat(store.calls).containsExactly("create");
    }
}
