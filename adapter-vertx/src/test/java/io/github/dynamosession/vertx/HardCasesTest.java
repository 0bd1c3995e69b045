// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.Session;
import io.github.dynamosession.UnreadablePolicy;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.User;
import io.vertx.ext.web.RoutingContext;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A request that goes wrong")
class HardCasesTest {
    private final TestStore store = new TestStore(false);
    private final Site site = new Site(store, settings -> settings.unreadableAttributes(UnreadablePolicy.FAIL));

    @BeforeEach
    void routes() {
        site.router.route().handler(site.sessions);
        site.router.get("/put").handler(routing -> {
            routing.session().put("a", "0");
            routing.end("put");
        });
        site.router.get("/login").handler(routing -> {
            routing.setUser(User.create(new JsonObject().put("username", "ann")));
            routing.end("login");
        });
        site.router
                .get("/get")
                .handler(routing -> routing.end(
                        String.valueOf(new java.util.TreeMap<>(routing.session().data()))));
        site.router
                .get("/who")
                .handler(routing -> routing.end(
                        routing.user() == null
                                ? "nobody"
                                : routing.user().principal().encode()));
    }

    @AfterEach
    void close() {
        site.close();
    }

    /** Fails if there is no answer. */
    private HttpResponse<String> get(String path, @Nullable String cookie) {
        return Site.await(site.send(path, cookie).orTimeout(1, TimeUnit.MINUTES));
    }

    @Test
    @DisplayName("because its user cannot be read is answered")
    void unreadableUser() {
        site.start();
        String cookie = Site.cookie(get("/put", null));
        site.router.get("/spoil").handler(routing -> {
            DynamoSessionHandler.session(routing).set(StoredUser.ATTRIBUTE, 42);
            routing.end("spoilt");
        });
        assertThat(get("/spoil", cookie).body()).isEqualTo("spoilt");
        assertThat(get("/get", cookie).statusCode()).isEqualTo(500);
    }

    @Test
    @DisplayName("with an error in what sees it before the save is answered")
    void errorBeforeSave() {
        site.sessions.beforeSave(routing -> {
            throw new NoClassDefFoundError("gone");
        });
        site.router.get("/blocking").blockingHandler(routing -> {
            routing.session().put("a", "0");
            routing.end("put");
        });
        site.start();
        assertThat(get("/put", null).statusCode()).isEqualTo(500);
        assertThat(get("/blocking", null).statusCode()).isEqualTo(500);
    }

    @Test
    @DisplayName("and gets a new session after the end of the old one has ended the old one")
    void newSessionAfterEnd() {
        site.router.get("/new").handler(routing -> {
            routing.session().destroy();
            site.sessions.newSession(routing).put("a", "new");
            routing.end("new");
        });
        site.start();
        String cookie = Site.cookie(get("/put", null));
        String next = Site.cookie(get("/new", cookie));
        assertThat(next).isNotNull().isNotEqualTo(cookie);
        assertThat(get("/get", cookie).body()).isEqualTo("{}");
    }

    @Test
    @DisplayName("and gets a new session keeps its user")
    void newSessionKeepsUser() {
        site.router.get("/new").handler(routing -> {
            site.sessions.newSession(routing).put("a", "new");
            routing.end("new");
        });
        site.start();
        String cookie = Site.cookie(get("/login", Site.cookie(get("/put", null))));
        assertThat(get("/who", cookie).body()).contains("ann");
        String next = Site.cookie(get("/new", cookie));
        assertThat(next).isNotNull().isNotEqualTo(cookie);
        assertThat(get("/get", next).body()).isEqualTo("{a=new}");
        assertThat(get("/who", next).body()).contains("ann");
    }

    @Test
    @DisplayName("whose flush changes the id in vain changes it with the next save")
    void idChangeFailed() {
        site.router.get("/in").handler(routing -> {
            routing.session().regenerateId().put("user", "ann");
            store.down(true);
            site.sessions.flush(routing, true).onComplete(flushed -> {
                store.down(false);
                routing.end(String.valueOf(flushed.succeeded()));
            });
        });
        site.start();
        String before = Site.cookie(get("/put", null));
        HttpResponse<String> answer = get("/in", before);
        assertThat(answer.body()).isEqualTo("false");
        assertThat(get("/get", before).body()).isEqualTo("{}");
        assertThat(get("/get", Site.cookie(answer)).body()).isEqualTo("{a=0, user=ann}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/late-id", "/late-user", "/late-claim"})
    @DisplayName("whose id is to change after the head is broken off: nothing gets in under the id of before")
    void idChangeAfterHead(String path) {
        late("/late-id", routing -> routing.session().regenerateId());
        late("/late-user", routing -> routing.setUser(User.create(new JsonObject().put("username", "ann"))));
        late("/late-claim", routing -> DynamoSessionHandler.claim(routing, "ann"));
        site.start();
        String planted = Site.cookie(get("/put", null));
        assertThat(site.send(path, planted)).failsWithin(Duration.ofMinutes(1));
        assertThat(get("/get", planted).body()).isEqualTo("{a=0}");
        assertThat(get("/who", planted).body()).isEqualTo("nobody");
    }

    private void late(String path, Consumer<RoutingContext> login) {
        site.router
                .get(path)
                .handler(routing -> routing.response()
                        .setChunked(true)
                        .write("x")
                        .onSuccess(written -> {
                            login.accept(routing);
                            routing.session().put("a", "victim's");
                            routing.end("y");
                        }));
    }

    @Test
    @DisplayName("to send a file after the head can still be ended")
    void fileAfterHead(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("file.txt"), "file");
        site.router.get("/file").handler(routing -> {
            routing.session().put("a", "0");
            routing.response().setChunked(true).write("x");
            routing.response().sendFile(file.toString()).onFailure(no -> routing.end("y"));
        });
        site.start();
        assertThat(get("/file", null).body()).isEqualTo("xy");
    }

    @Test
    @DisplayName("is found by the second of two cookies of the name")
    void twoCookies() throws Exception {
        site.start();
        String cookie = Site.cookie(get("/put", null));
        String stale = Site.cookie(get("/put", null));
        site.router.get("/out").handler(routing -> {
            routing.session().destroy();
            routing.end("out");
        });
        get("/out", stale);
        assertThat(get("/get", stale + "; other=1; " + cookie).body()).isEqualTo("{a=0}");
        assertThat(get("/get", cookie + "; " + stale).body()).isEqualTo("{a=0}");
        assertThat(site.http2("/get", stale + "; " + cookie).body()).isEqualTo("{a=0}");
        assertThat(get("/get", cookie.replace("=", "=\"") + "\"").body()).isEqualTo("{a=0}");
    }

    @Test
    @DisplayName("does not lose what is set in the engine's session after a flush")
    void engineSessionAfterFlush() {
        site.router.get("/flush").handler(routing -> {
            Session session = DynamoSessionHandler.session(routing);
            session.set("a", "1");
            site.sessions.flush(routing, true).onComplete(flushed -> {
                session.set("a", "2");
                routing.end("flushed");
            });
        });
        site.start();
        assertThat(get("/get", Site.cookie(get("/flush", null))).body()).isEqualTo("{a=2}");
    }

    @Test
    @DisplayName("does not lose what is set in the engine's session between two chunks")
    void engineSessionAfterHead() {
        site.router.get("/chunks").handler(routing -> {
            Session session = DynamoSessionHandler.session(routing);
            session.set("a", "1");
            routing.response().setChunked(true);
            routing.response().write("x").onSuccess(written -> {
                session.set("a", "2");
                routing.response().end("y");
            });
        });
        site.start();
        assertThat(get("/get", Site.cookie(get("/chunks", null))).body()).isEqualTo("{a=2}");
    }
}
