// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Who wants to see a request before its session is saved")
class BeforeSaveTest {
    private final TestStore store = new TestStore(false);
    private final Site site = new Site(store);
    private final List<String> told = new CopyOnWriteArrayList<>();

    @AfterEach
    void close() {
        site.close();
    }

    private void routes() {
        site.router.route().handler(site.sessions);
        site.router.get("/plain").handler(routing -> routing.end("plain"));
        site.router.get("/put").handler(routing -> {
            routing.session().put("a", "0");
            routing.end("put");
        });
        site.router.get("/blocking").blockingHandler(routing -> {
            routing.session().put("a", "1");
            routing.end("blocking");
        });
        site.router.get("/chunks").handler(routing -> {
            routing.session().put("a", "2");
            routing.response().setChunked(true);
            routing.response().write("x").onSuccess(written -> {
                routing.session().put("a", "3");
                routing.response().end("y");
            });
        });
        site.router
                .get("/get")
                .handler(routing -> routing.end(
                        String.valueOf(new java.util.TreeMap<>(routing.session().data()))));
        site.router.get("/out").handler(routing -> {
            routing.session().destroy();
            routing.end("out");
        });
    }

    @Test
    @DisplayName("is told on the context of each request that has a session, used or not, and of no other")
    void told() {
        site.sessions.beforeSave(routing -> {
            boolean there = Context.isOnEventLoopThread()
                    && routing.response() instanceof VertxSessionResponse response
                    && Vertx.currentContext() == response.context();
            told.add(routing.request().path() + " " + there);
        });
        routes();
        site.start();
        site.get("/plain", null);
        site.get("/get", null);
        site.get("/nowhere", null);
        assertThat(told).isEmpty();
        String cookie = Site.cookie(site.get("/put", null));
        site.get("/plain", cookie);
        site.get("/blocking", cookie);
        site.get("/out", cookie);
        assertThat(told).containsExactly("/put true", "/plain true", "/blocking true");
    }

    @Test
    @DisplayName("may change the session, its id, and end it, also if the application did nothing with it")
    void changes() {
        site.sessions.beforeSave(routing -> {
            String wish = routing.request().getParam("wish");
            if ("put".equals(wish)) {
                routing.session().put("seen", "1");
            } else if ("id".equals(wish)) {
                routing.session().regenerateId();
            } else if ("end".equals(wish)) {
                routing.session().destroy();
            }
        });
        routes();
        site.start();
        String cookie = Site.cookie(site.get("/put?wish=put", null));
        assertThat(site.get("/get", cookie).body()).isEqualTo("{a=0, seen=1}");
        String next = Site.cookie(site.get("/plain?wish=id", cookie));
        assertThat(next).isNotNull().isNotEqualTo(cookie);
        assertThat(site.get("/get", next).body()).isEqualTo("{a=0, seen=1}");
        assertThat(site.get("/nowhere?wish=end", next).headers().firstValue("set-cookie"))
                .hasValueSatisfying(gone -> assertThat(gone).contains("Max-Age=0"));
        assertThat(site.get("/get", next).body()).isEqualTo("{}");
    }

    @Test
    @DisplayName("is told again before the end of a response, if the session was used after the head")
    void twice() {
        site.sessions.beforeSave(routing ->
                told.add(routing.session().get("a") + " " + routing.response().headWritten()));
        routes();
        site.start();
        String cookie = Site.cookie(site.get("/chunks", null));
        assertThat(site.get("/get", cookie).body()).isEqualTo("{a=3}");
        assertThat(told).startsWith("2 true", "3 true");
    }

    @Test
    @DisplayName("fails the request if it fails, and nothing is saved")
    void failure() {
        routes();
        site.sessions.beforeSave(routing -> {
            throw new IllegalStateException("no");
        });
        site.start();
        HttpResponse<String> answer = site.get("/put", null);
        assertThat(answer.statusCode()).isEqualTo(500);
        assertThat(Site.cookie(answer)).isNull();
        assertThat(store.calls).isEmpty();
    }

    @Test
    @DisplayName("that fails at once does not get in the way of what the application writes next")
    void failureAtOnce() {
        routes();
        site.sessions.beforeSave(routing -> {
            throw new IllegalStateException("no");
        });
        site.router.get("/two").handler(routing -> {
            routing.session().put("a", "0");
            routing.response().setChunked(true);
            routing.response().write("a").onFailure(refused -> told.add("a"));
            try {
                routing.response().end("b").onFailure(refused -> told.add("b"));
            } catch (IllegalStateException e) {
                told.add(String.valueOf(e.getMessage()));
            }
        });
        site.start();
        assertThat(site.get("/two", null).statusCode()).isEqualTo(500);
        Site.awaitSize(told, 2);
        assertThat(told).containsExactly("a", "b");
    }
}
