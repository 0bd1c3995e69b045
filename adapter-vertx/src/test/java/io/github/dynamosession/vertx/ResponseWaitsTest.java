// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.Cookie;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("jdk25")
@DisplayName("The head of a response")
class ResponseWaitsTest {
    private final TestStore store = new TestStore(false);
    private final Site site = new Site(store);

    @AfterEach
    void close() {
        site.close();
    }

    private void app(Consumer<RoutingContext> handler) {
        site.router.route().handler(site.sessions);
        site.router.get("/ping").handler(routing -> routing.end("pong"));
        site.router.route("/app").handler(handler::accept);
        site.start();
    }

    private static void change(RoutingContext routing) {
        routing.session().put("name", "value");
    }

    record Way(String name, Consumer<RoutingContext> answer, String body) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Way> ways() {
        return Stream.of(
                new Way("end()", routing -> routing.response().end(), ""),
                new Way("end(String)", routing -> routing.response().end("hello"), "hello"),
                new Way("end(handler)", routing -> routing.response().end("hello", done -> {}), "hello"),
                new Way("send(Buffer)", routing -> routing.response().send(Buffer.buffer("hello")), "hello"),
                new Way("json", routing -> routing.json(List.of(1)), "[1]"),
                new Way("redirect", routing -> routing.redirect("/ping"), "Redirecting to /ping."),
                new Way(
                        "chunks",
                        routing -> {
                            routing.response().setChunked(true);
                            routing.response().write("one ");
                            routing.response().write("two ");
                            routing.response().end("three");
                        },
                        "one two three"),
                new Way(
                        "known length",
                        routing -> {
                            routing.response().putHeader("Content-Length", "10");
                            routing.response().write("01234");
                            routing.response().end("56789");
                        },
                        "0123456789"),
                new Way(
                        "head alone",
                        routing -> {
                            routing.response().setChunked(true).writeHead();
                            routing.response().end("body");
                        },
                        "body"),
                new Way(
                        "another thread",
                        routing -> routing.vertx()
                                .executeBlocking(() -> routing.response().end("late"), false),
                        "late"));
    }

    @ParameterizedTest
    @MethodSource("ways")
    @DisplayName("waits for the save, whatever sends it")
    void waits(Way way) {
        CompletableFuture<Void> gate = store.gate();
        app(routing -> {
            change(routing);
            way.answer().accept(routing);
        });
        CompletableFuture<HttpResponse<String>> answer = site.send("/app", null);
        store.awaitCall("create");
        for (int i = 0; i < 20; i++) {
            // Each one goes through an event loop, where an answer that did not wait would have been sent.
            assertThat(site.get("/ping", null).body()).isEqualTo("pong");
            assertThat(answer).isNotDone();
        }
        gate.complete(null);
        HttpResponse<String> response = Site.await(answer);
        assertThat(response.body()).isEqualTo(way.body());
        assertThat(Site.cookie(response)).isNotNull();
        assertThat(response.headers().firstValue("set-cookie").orElseThrow())
                .contains("HTTPOnly")
                .contains("SameSite=Lax")
                .contains("Path=/")
                .doesNotContain("Secure");
    }

    @Test
    @DisplayName("waits with a file, and a file that is not there can still be answered")
    void file(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("page.txt"), "content");
        CompletableFuture<Void> gate = store.gate();
        app(routing -> {
            change(routing);
            String name = "1".equals(routing.request().getParam("missing")) ? file + ".gone" : file.toString();
            routing.response().sendFile(name).onFailure(failure -> routing.fail(404));
        });
        CompletableFuture<HttpResponse<String>> answer = site.send("/app", null);
        store.awaitCall("create");
        site.get("/ping", null);
        assertThat(answer).isNotDone();
        gate.complete(null);
        assertThat(Site.await(answer).body()).isEqualTo("content");
        assertThat(Site.await(answer).headers().firstValue("content-type")).contains("text/plain");
        assertThat(site.get("/app?missing=1", null).statusCode()).isEqualTo(404);
    }

    @Test
    @DisplayName("waits with a WebSocket, whose handshake sets the cookie, and no message is lost")
    void webSocket() {
        CompletableFuture<Void> gate = store.gate();
        List<String> heard = new CopyOnWriteArrayList<>();
        app(routing -> {
            change(routing);
            routing.request()
                    .toWebSocket()
                    .onSuccess(socket -> socket.textMessageHandler(text -> {
                        heard.add(text);
                        socket.writeTextMessage("re " + text);
                    }));
        });
        CompletableFuture<String> cookie = new CompletableFuture<>();
        CompletableFuture<String> reply = new CompletableFuture<>();
        site.vertx
                .createWebSocketClient()
                .connect(new WebSocketConnectOptions()
                        .setHost("127.0.0.1")
                        .setPort(site.port())
                        .setURI("/app"))
                .onFailure(cookie::completeExceptionally)
                .onSuccess(socket -> {
                    socket.textMessageHandler(reply::complete);
                    socket.writeTextMessage("hello");
                    cookie.complete(socket.headers().get("set-cookie"));
                });
        store.awaitCall("create");
        site.get("/ping", null);
        assertThat(cookie).isNotDone();
        gate.complete(null);
        assertThat(Site.await(cookie)).startsWith("vertx-web.session=");
        assertThat(Site.await(reply)).isEqualTo("re hello");
    }

    @Test
    @DisplayName("looks sent while it waits")
    void looksSent() {
        List<Object> seen = new CopyOnWriteArrayList<>();
        app(routing -> {
            change(routing);
            routing.response().setChunked(true).write("x");
            seen.add(routing.response().headWritten());
            seen.add(routing.response().writeQueueFull());
            seen.add(routing.response().ended());
            routing.response().end();
            seen.add(routing.response().ended());
            try {
                routing.response().putHeader("late", "header");
            } catch (IllegalStateException e) {
                seen.add("refused");
            }
            try {
                routing.response().end();
            } catch (IllegalStateException e) {
                seen.add("refused");
            }
        });
        assertThat(site.get("/app", null).body()).isEqualTo("x");
        assertThat(seen).containsExactly(true, true, false, true, "refused", "refused");
    }

    @Test
    @DisplayName("waits while a large body is piped through, which is neither lost nor held in memory")
    void pipe() throws IOException, InterruptedException {
        store.slow(20);
        app(routing -> {
            change(routing);
            routing.response().setChunked(true);
            routing.request().pipeTo(routing.response());
        });
        String body = "0123456789abcdef".repeat(1 << 16);
        HttpResponse<String> answer = site.post("/app", null, body);
        assertThat(answer.body()).isEqualTo(body);
        assertThat(Site.cookie(answer)).isNotNull();
    }

    @Test
    @DisplayName("does not lose the request's body while the session is read")
    void body() throws IOException, InterruptedException {
        site.router.route().handler(site.sessions);
        site.router.post("/app").handler(BodyHandler.create(false)).handler(routing -> {
            change(routing);
            routing.end(routing.body().asString());
        });
        site.start();
        HttpResponse<String> first = site.post("/app", null, "one");
        assertThat(first.body()).isEqualTo("one");
        assertThat(site.post("/app", Site.cookie(first), "two").body()).isEqualTo("two");
    }

    @Test
    @DisplayName("does not wait, and nothing is stored or told, if the request did not use the session")
    void unused() {
        app(routing -> routing.end("plain"));
        assertThat(Site.cookie(site.get("/app", null))).isNull();
        assertThat(Site.cookie(site.get("/app", "vertx-web.session=forged"))).isNull();
        assertThat(site.get("/nowhere", null).statusCode()).isEqualTo(404);
        assertThat(store.calls).isEmpty();
    }

    @Test
    @DisplayName("was sent before the session changed: then the end waits")
    void lateChange() {
        app(routing -> {
            routing.response().setChunked(true);
            if (routing.session().get("name") == null) {
                routing.session().put("name", "early");
                routing.response().write("x").onSuccess(written -> {
                    routing.session().put("name", "late");
                    routing.response().end("y");
                });
            } else {
                routing.response().end(routing.session().<String>get("name"));
            }
        });
        store.slow(20);
        HttpResponse<String> first = site.get("/app", null);
        assertThat(first.body()).isEqualTo("xy");
        assertThat(site.get("/app", Site.cookie(first)).body()).isEqualTo("late");
    }

    @ParameterizedTest
    @MethodSource("ways")
    @DisplayName("waits over HTTP/2 as well")
    void http2(Way way) throws IOException, InterruptedException {
        store.slow(20);
        app(routing -> {
            if (routing.session().get("name") == null) {
                change(routing);
                way.answer().accept(routing);
            } else {
                routing.end(
                        routing.request().version() + " " + routing.session().get("name"));
            }
        });
        HttpResponse<String> first = site.http2("/app", null);
        assertThat(first.version()).isEqualTo(HttpClient.Version.HTTP_2);
        assertThat(first.body()).isEqualTo(way.body());
        assertThat(site.http2("/app", Site.cookie(first)).body()).endsWith(" value");
    }

    @Test
    @DisplayName("is not that of the application if the save fails: what it wrote fails and nothing of it is sent")
    void failure() {
        List<Object> told = new CopyOnWriteArrayList<>();
        site.router.errorHandler(
                503,
                routing -> routing.response()
                        .putHeader("from", "handler")
                        .end(routing.response().getStatusMessage()
                                + routing.response().headers().contains("etag")));
        app(routing -> {
            change(routing);
            routing.response()
                    .setStatusMessage("Mine")
                    .putHeader("etag", "1")
                    .putHeader("mine", "1")
                    .setChunked(true);
            routing.response().write("half").onFailure(told::add);
            routing.response().end("whole").onFailure(told::add);
        });
        store.down(true);
        HttpResponse<String> answer = site.get("/app", null);
        assertThat(answer.body()).isEqualTo("Service Unavailablefalse");
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.headers().firstValue("mine")).contains("1");
        assertThat(answer.headers().firstValue("from")).contains("handler");
        Site.awaitSize(told, 2);
        assertThat(told).hasSize(2);
        store.down(false);
        assertThat(site.get("/app", null).body()).isEqualTo("halfwhole");
    }

    @Test
    @DisplayName("takes no cookie of an answer whose save fails, and none away; those that the client sent can be read")
    void cookiesOfARefusedAnswer() {
        site.router.errorHandler(
                503,
                routing -> routing.response()
                        .addCookie(Cookie.cookie("of-the-error", "1"))
                        .end(String.valueOf(routing.request().getCookie("kept").getValue())));
        app(routing -> {
            change(routing);
            routing.response().addCookie(Cookie.cookie("given", "1"));
            routing.response().removeCookie("taken", true);
            routing.response().putHeader("Set-Cookie", "past-vertx=1");
            routing.end("done");
        });
        store.down(true);
        HttpResponse<String> answer = Site.await(site.send("/app", null, "Cookie", "taken=1; kept=2"));
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.body()).isEqualTo("2");
        assertThat(answer.headers().allValues("Set-Cookie")).containsExactly("of-the-error=1");
    }

    @Test
    @DisplayName("was sent before the session changed, and that cannot be saved: the response is broken off")
    void lateFailure() {
        app(routing -> {
            change(routing);
            routing.response().setChunked(true).write("x").onSuccess(written -> {
                store.down(true);
                routing.session().put("name", "late");
                routing.response().end("y");
            });
        });
        CompletableFuture<HttpResponse<String>> answer = site.send("/app", null);
        assertThat(answer).failsWithin(java.time.Duration.ofSeconds(30));
        store.down(false);
        assertThat(site.get("/ping", null).body()).isEqualTo("pong");
    }

    @Test
    @DisplayName("is answered by a sub-router or another route of the same request, which see the same session")
    void routes() {
        Router sub = Router.router(site.vertx);
        sub.route().handler(site.sessions);
        sub.get("/in").handler(routing -> routing.end(routing.session().<String>get("name")));
        site.router.route().handler(site.sessions);
        site.router.route("/sub/*").handler(routing -> {
            change(routing);
            routing.next();
        });
        site.router.route("/sub/*").subRouter(sub);
        site.router.get("/again").handler(routing -> {
            change(routing);
            routing.reroute("/there");
        });
        site.router
                .get("/there")
                .handler(routing -> routing.end(routing.session().<String>get("name")));
        site.start();
        HttpResponse<String> answer = site.get("/sub/in", null);
        assertThat(answer.body()).isEqualTo("value");
        assertThat(Site.cookie(answer)).isNotNull();
        answer = site.get("/again", null);
        assertThat(answer.body()).isEqualTo("value");
        assertThat(Site.cookie(answer)).isNotNull();
        assertThat(store.calls).containsExactly("create", "create");
    }

    @Test
    @DisplayName("waits for a flush of the application that is under way, and does not save twice")
    void flush() {
        CompletableFuture<Void> gate = store.gate();
        app(routing -> {
            change(routing);
            site.sessions.flush(routing);
            routing.end("done");
        });
        CompletableFuture<HttpResponse<String>> answer = site.send("/app", null);
        store.awaitCall("create");
        site.get("/ping", null);
        assertThat(answer).isNotDone();
        gate.complete(null);
        assertThat(Site.cookie(Site.await(answer))).isNotNull();
        assertThat(store.calls).containsExactly("create");
    }

    @Test
    @DisplayName("was sent before a flush, which saves what changed between two chunks")
    void flushAfterHead() {
        CompletableFuture<Void> read = new CompletableFuture<>();
        app(routing -> {
            if (routing.session().get("name") != null) {
                routing.end(routing.session().<String>get("name"));
                return;
            }
            routing.session().put("name", "first");
            routing.response()
                    .setChunked(true)
                    .write("x")
                    .compose(written -> {
                        routing.session().put("name", "second");
                        return site.sessions.flush(routing);
                    })
                    .onSuccess(flushed ->
                            routing.response().write(routing.session().id()))
                    .compose(flushed ->
                            Future.fromCompletionStage(read, routing.vertx().getOrCreateContext()))
                    .onSuccess(done -> routing.response().end());
        });
        CompletableFuture<HttpResponse<String>> events = site.send("/app", null);
        store.awaitCall("update");
        assertThat(events).isNotDone();
        read.complete(null);
        String id = Site.await(events).body().substring(1);
        assertThat(site.get("/app", "vertx-web.session=" + id).body()).isEqualTo("second");
        assertThat(store.calls).containsExactly("create", "update", "find");
    }

    @Test
    @DisplayName("waits with a connection that is taken over, and sets the cookie once")
    void netSocket() {
        store.slow(20);
        app(routing -> {
            change(routing);
            routing.request().toNetSocket().onSuccess(socket -> socket.handler(socket::write));
        });
        CompletableFuture<List<String>> cookies = new CompletableFuture<>();
        CompletableFuture<String> echo = new CompletableFuture<>();
        site.vertx
                .createHttpClient()
                .request(new RequestOptions()
                        .setHost("127.0.0.1")
                        .setPort(site.port())
                        .setURI("/app")
                        .putHeader("Connection", "upgrade")
                        .putHeader("Upgrade", "echo"))
                .compose(HttpClientRequest::connect)
                .onFailure(cookies::completeExceptionally)
                .onSuccess(response -> {
                    cookies.complete(response.headers().getAll("set-cookie"));
                    response.netSocket()
                            .handler(data -> echo.complete(data.toString()))
                            .write("hello");
                });
        assertThat(Site.await(cookies)).hasSize(1);
        assertThat(Site.await(echo)).isEqualTo("hello");
        assertThat(store.calls).containsExactly("create");
    }
}
