// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A request whose client goes away before it is answered")
class ClientGoneTest {
    private final TestStore store = new TestStore(false);
    private final Site site = new Site(store);
    private final CompletableFuture<Void> arrived = new CompletableFuture<>();
    private final CompletableFuture<Void> over = new CompletableFuture<>();
    private @Nullable String cookie;

    @AfterEach
    void close() {
        site.close();
    }

    private void app(Consumer<RoutingContext> handler) {
        site.router.route().handler(site.sessions);
        site.router.get("/put").handler(routing -> {
            routing.session().put("name", "Ada");
            routing.end();
        });
        site.router
                .get("/get")
                .handler(routing ->
                        routing.end(String.valueOf((Object) routing.session().get("name"))));
        site.router.get("/app").handler(routing -> {
            handler.accept(routing);
            arrived.complete(null);
        });
        site.start();
        cookie = Site.cookie(site.get("/put", null));
    }

    /** Asks, and goes away without an answer. */
    private void askAndGo(String path) throws IOException {
        try (Socket client = new Socket("127.0.0.1", site.port())) {
            client.getOutputStream()
                    .write(("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nCookie: " + cookie + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            Site.await(arrived);
        }
    }

    private void assertSaved(String call, String value) {
        store.awaitCall(call);
        String seen = "";
        for (int i = 0; i < 5000 && !seen.equals(value); i++) {
            seen = site.get("/get", cookie).body();
        }
        assertThat(seen).isEqualTo(value);
    }

    @Test
    @DisplayName("is saved although nobody ends the response")
    void nobodyEnds() throws IOException {
        app(routing -> routing.session().put("name", "Bob"));
        askAndGo("/app");
        assertSaved("update", "Bob");
    }

    @Test
    @DisplayName("ends its session, if that is what it did")
    void logout() throws IOException {
        app(routing -> routing.session().destroy());
        askAndGo("/app");
        assertSaved("delete", "null");
    }

    @Test
    @DisplayName("is saved with what it changes afterwards, if it ends the response then")
    void endsLate() throws IOException {
        app(routing -> routing.response().closeHandler(gone -> {
            routing.session().put("name", "late");
            routing.end("too late");
        }));
        askAndGo("/app");
        assertSaved("update", "late");
    }

    @Test
    @DisplayName("is saved on a worker as well, when it ends the response")
    void worker() throws IOException {
        app(routing -> {
            routing.response().closeHandler(gone -> over.complete(null));
            routing.vertx().executeBlocking(() -> {
                Site.await(over);
                DynamoSessionHandler.session(routing).set("name", "worker");
                return routing.end("too late");
            });
        });
        askAndGo("/app");
        assertSaved("update", "worker");
    }

    @Test
    @DisplayName("is saved between the head and the end of its response")
    void afterTheHead() throws IOException {
        app(routing -> {
            routing.response().setChunked(true).write("first");
            routing.session().put("name", "stream");
        });
        askAndGo("/app");
        assertSaved("update", "stream");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName(
            "is saved when it is over instead, if somebody says when that is, and not if it failed and that matters")
    void overLater(boolean failed) throws IOException {
        site.sessions.setKeepChangesOnError(false);
        app(routing -> {
            Consumer<@Nullable Throwable> end = DynamoSessionHandler.endOf(routing);
            routing.session().put("name", "half");
            routing.response()
                    .closeHandler(gone -> routing.vertx().executeBlocking(() -> {
                        assertThat(store.calls).doesNotContain("update");
                        routing.session().put("name", "whole");
                        end.accept(failed ? new IllegalStateException("on purpose") : null);
                        return over.complete(null);
                    }));
        });
        askAndGo("/app");
        Site.await(over);
        if (failed) {
            assertThat(site.get("/get", cookie).body()).isEqualTo("Ada");
            assertThat(store.calls).doesNotContain("update");
        } else {
            assertSaved("update", "whole");
        }
    }

    @Test
    @DisplayName("leaves a failure of the store to the log, and harms no other request")
    void failure() throws IOException {
        app(routing -> {
            routing.session().put("name", "Bob");
            store.down(true);
        });
        store.calls.clear();
        askAndGo("/app");
        store.awaitCall("update");
        store.down(false);
        assertThat(site.get("/get", cookie).body()).isEqualTo("Ada");
    }

    @Test
    @DisplayName("is not saved twice if it was answered")
    void answered() throws IOException {
        app(routing -> {
            routing.session().put("name", "Bob");
            routing.end().onComplete(sent -> arrived.complete(null));
        });
        assertThat(site.get("/app", cookie).statusCode()).isEqualTo(200);
        assertThat(store.calls).containsOnlyOnce("update");
    }
}
