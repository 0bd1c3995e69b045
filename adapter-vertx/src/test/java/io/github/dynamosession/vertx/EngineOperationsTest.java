// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.Session;
import io.vertx.core.Future;
import io.vertx.ext.web.RoutingContext;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("An application that calls the engine itself")
class EngineOperationsTest {
    private final ExecutorService workers = Executors.newFixedThreadPool(2, task -> {
        Thread thread = new Thread(task, "worker");
        thread.setDaemon(true);
        return thread;
    });
    private @Nullable Site opened;

    @AfterEach
    void close() {
        if (opened != null) {
            opened.close();
        }
        workers.shutdown();
    }

    private Site site(TestStore store) {
        Site site = new Site(store, builder -> builder.executor(workers));
        opened = site;
        site.router.route().handler(site.sessions);
        site.router.get("/put").handler(routing -> {
            routing.session().put("a", "0");
            routing.end("put");
        });
        site.router
                .get("/get")
                .handler(routing -> routing.end(
                        String.valueOf(new java.util.TreeMap<>(routing.session().data()))));
        return site;
    }

    private static void route(Site site, String path, boolean waits, Function<Session, Future<?>> operation) {
        site.router.get(path).handler(routing -> {
            Future<?> done = operation.apply(DynamoSessionHandler.session(routing));
            if (waits) {
                done.onSuccess(outcome -> after(routing));
            } else {
                routing.end("sent");
            }
        });
    }

    /** What the application sees afterwards. */
    private static void after(RoutingContext routing) {
        String note = routing.request().getParam("note");
        StringBuilder seen = new StringBuilder()
                .append(routing.session().isDestroyed())
                .append(' ')
                .append(routing.session().<Object>get("a"));
        if (note != null) {
            routing.session().put("note", note);
            seen.append(' ').append(routing.session().isDestroyed());
        }
        routing.end(seen.toString());
    }

    private static Future<?> on(Site site, java.util.concurrent.CompletionStage<?> stage) {
        return Future.fromCompletionStage(stage, site.vertx.getOrCreateContext());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("to change the id tells the client the new one")
    void changeId(boolean blocking) {
        TestStore store = new TestStore(blocking);
        Site site = site(store);
        route(site, "/login", true, session -> on(site, site.manager.changeIdAsync(session)));
        route(site, "/forgetful", false, session -> on(site, site.manager.changeIdAsync(session)));
        site.start();
        String before = Site.cookie(site.get("/put", null));
        HttpResponse<String> login = site.get("/login", before);
        assertThat(login.body()).isEqualTo("false 0");
        String after = Site.cookie(login);
        assertThat(after).isNotNull().isNotEqualTo(before);
        assertThat(site.get("/get", after).body()).isEqualTo("{a=0}");
        assertThat(site.get("/get", before).body()).isEqualTo("{}");

        if (blocking) {
            // Nobody knows when a worker begins with what is not awaited.
            return;
        }
        store.slow(20);
        String third = Site.cookie(site.get("/forgetful", after));
        assertThat(third).isNotNull().isNotEqualTo(after);
        assertThat(site.get("/get", third).body()).isEqualTo("{a=0}");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("to end the session clears the cookie")
    void end(boolean blocking) {
        TestStore store = new TestStore(blocking);
        Site site = site(store);
        route(site, "/logout", true, session -> on(site, site.manager.endAsync(session)));
        route(site, "/forgetful", false, session -> on(site, site.manager.endAsync(session)));
        site.start();
        List<String> paths = blocking ? List.of("/logout") : List.of("/logout", "/forgetful");
        for (String path : paths) {
            store.slow(20);
            String cookie = Site.cookie(site.get("/put", null));
            HttpResponse<String> logout = site.get(path, cookie);
            assertThat(logout.headers().firstValue("set-cookie").orElseThrow())
                    .startsWith("vertx-web.session=;")
                    .contains("Max-Age=0");
            if (path.equals("/logout")) {
                assertThat(logout.body()).isEqualTo("true null");
            }
            assertThat(site.get("/get", cookie).body()).isEqualTo("{}");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("to end the session gets a new, empty one when it goes on")
    void endAndGoOn(boolean blocking) {
        Site site = site(new TestStore(blocking));
        route(site, "/logout", true, session -> on(site, site.manager.endAsync(session)));
        site.start();
        String cookie = Site.cookie(site.get("/put", null));
        HttpResponse<String> again = site.get("/logout?note=bye", cookie);
        assertThat(again.body()).isEqualTo("true null false");
        String next = Site.cookie(again);
        assertThat(next).isNotNull().isNotEqualTo(cookie).doesNotEndWith("=");
        assertThat(site.get("/get", next).body()).isEqualTo("{note=bye}");
        assertThat(site.get("/get", cookie).body()).isEqualTo("{}");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("leaves the cookie alone if somebody else ended the session, for the browser may hold a newer one")
    void endedElsewhere(boolean blocking) {
        Site site = site(new TestStore(blocking));
        site.router.get("/late").handler(routing -> {
            routing.session().put("late", "1");
            String value = routing.session().id();
            on(site, site.manager.openAsync(value).thenCompose(other -> site.manager.endAsync(other.orElseThrow())))
                    .onSuccess(ended -> routing.end("late"));
        });
        site.start();
        String cookie = Site.cookie(site.get("/put", null));
        HttpResponse<String> late = site.get("/late", cookie);
        assertThat(late.body()).isEqualTo("late");
        assertThat(late.headers().firstValue("set-cookie")).isEmpty();
        assertThat(site.get("/get", cookie).body()).isEqualTo("{}");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("and finds that the session is gone leaves the cookie alone, too")
    void foundGone(boolean blocking) {
        Site site = site(new TestStore(blocking));
        site.router.get("/login").handler(routing -> {
            Session session = DynamoSessionHandler.session(routing);
            on(
                            site,
                            site.manager
                                    .openAsync(session.cookieValue())
                                    .thenCompose(other -> site.manager.endAsync(other.orElseThrow()))
                                    .thenCompose(ended -> site.manager.changeIdAsync(session)))
                    .onSuccess(outcome -> routing.end(outcome.toString()));
        });
        site.start();
        String cookie = Site.cookie(site.get("/put", null));
        HttpResponse<String> login = site.get("/login", cookie);
        assertThat(login.body()).isEqualTo("GONE");
        assertThat(login.headers().firstValue("set-cookie")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName(
            "to change the id of a session that holds nothing and lost a race sends no cookie of what is not stored")
    void replacedByNothing(boolean blocking) {
        Site site = new Site(
                new TestStore(blocking), builder -> builder.executor(workers).storeEmptySessions(false));
        opened = site;
        site.router.route().handler(site.sessions);
        site.router.get("/put").handler(routing -> {
            routing.session().put("a", "0");
            routing.end("put");
        });
        site.router.get("/empty").handler(routing -> {
            routing.session().remove("a");
            routing.end("empty");
        });
        site.router.get("/login").handler(routing -> {
            String value = routing.session().regenerateId().id();
            // Another request is faster.
            on(
                            site,
                            site.manager
                                    .openAsync(value)
                                    .thenCompose(other -> site.manager.changeIdAsync(other.orElseThrow())))
                    .onSuccess(changed -> routing.end("in"));
        });
        site.start();
        String cookie = Site.cookie(site.get("/put", null));
        site.get("/empty", cookie);
        HttpResponse<String> login = site.get("/login", cookie);
        assertThat(login.body()).isEqualTo("in");
        assertThat(login.headers().firstValue("set-cookie")).isEmpty();
    }
}
