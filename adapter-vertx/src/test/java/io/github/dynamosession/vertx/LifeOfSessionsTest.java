// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.Concurrency;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.UnavailablePolicy;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.User;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A session")
class LifeOfSessionsTest {
    private final TestStore store = new TestStore(false);
    private @Nullable Site opened;

    @AfterEach
    void close() {
        if (opened != null) {
            opened.close();
        }
    }

    private Site site() {
        return site(UnaryOperator.identity());
    }

    private Site site(UnaryOperator<SessionManager.Builder> settings) {
        Site site = new Site(store, settings);
        opened = site;
        site.router.route().handler(site.sessions);
        site.router.get("/put").handler(routing -> {
            routing.request().params().forEach(entry -> routing.session().put(entry.getKey(), entry.getValue()));
            routing.end("put");
        });
        site.router
                .get("/get")
                .handler(routing -> routing.end(
                        String.valueOf(new java.util.TreeMap<>(routing.session().data()))));
        site.router.get("/login").handler(routing -> {
            routing.session().regenerateId().put("user", "ann");
            routing.end("in");
        });
        site.router.get("/logout").handler(routing -> {
            routing.session().destroy();
            routing.end("out");
        });
        site.router.get("/again").handler(routing -> {
            routing.session().destroy();
            routing.session().put("note", "bye");
            routing.end("again");
        });
        site.router.get("/error").handler(routing -> {
            routing.session().put("tries", 1);
            routing.response().setStatusCode(401).end("no");
        });
        site.router.get("/count").handler(routing -> {
            DynamoSessionHandler.session(routing).compute("n", Integer.class, n -> n.orElse(0) + 1);
            routing.end("counted");
        });
        site.router.get("/user").handler(routing -> {
            routing.setUser(User.create(new JsonObject().put("username", "ann").put("age", 7)));
            routing.end("in");
        });
        site.router
                .get("/who")
                .handler(routing -> routing.end(
                        routing.user() == null
                                ? "nobody"
                                : routing.user().principal().encode()));
        site.router.get("/forget").handler(routing -> {
            routing.clearUser();
            routing.end("out");
        });
        return site.start();
    }

    @Test
    @DisplayName("is changed by parallel requests, each of which keeps what it put")
    void merge() {
        Site site = site();
        String cookie = Site.cookie(site.get("/put?a=0", null));
        store.slow(10);
        CompletableFuture.allOf(IntStream.range(0, 20)
                        .mapToObj(i -> site.send("/put?k" + i + "=" + i, cookie))
                        .toArray(CompletableFuture[]::new))
                .join();
        String all = site.get("/get", cookie).body();
        assertThat(all)
                .contains(
                        IntStream.range(0, 20).mapToObj(i -> "k" + i + "=" + i).toArray(String[]::new));
    }

    @Test
    @DisplayName("counts parallel clicks exactly")
    void compute() {
        Site site = site();
        String cookie = Site.cookie(site.get("/put?a=0", null));
        CompletableFuture.allOf(IntStream.range(0, 20)
                        .mapToObj(i -> site.send("/count", cookie))
                        .toArray(CompletableFuture[]::new))
                .join();
        assertThat(site.get("/get", cookie).body()).contains("n=20");
    }

    @Test
    @DisplayName("gets another id with its data, and under the old one nothing is found or written")
    void regenerate() {
        Site site = site();
        String before = Site.cookie(site.get("/put?a=0", null));
        store.calls.clear();
        HttpResponse<String> login = site.get("/login", before);
        String after = Site.cookie(login);
        assertThat(after).isNotNull().isNotEqualTo(before);
        assertThat(store.calls).containsExactly("find", "changeKey");
        assertThat(site.get("/get", after).body()).isEqualTo("{a=0, user=ann}");

        HttpResponse<String> late = site.get("/put?evil=1", before);
        assertThat(Site.cookie(late)).isNull();
        assertThat(site.get("/get", before).body()).isEqualTo("{}");
        assertThat(site.get("/get", after).body()).isEqualTo("{a=0, user=ann}");
    }

    @Test
    @DisplayName("has one winner if two requests change its id at once; the other gets a session of its own")
    void twoLogins() {
        Site site = site();
        String before = Site.cookie(site.get("/put?a=0", null));
        store.slow(20);
        List<CompletableFuture<HttpResponse<String>>> both =
                List.of(site.send("/login", before), site.send("/login", before));
        String one = Site.cookie(Site.await(both.get(0)));
        String other = Site.cookie(Site.await(both.get(1)));
        assertThat(one).isNotNull().isNotEqualTo(other).isNotEqualTo(before);
        assertThat(other).isNotNull().isNotEqualTo(before);
        assertThat(site.get("/get", one).body()).isEqualTo("{a=0, user=ann}");
        assertThat(site.get("/get", other).body()).isEqualTo("{a=0, user=ann}");
    }

    @Test
    @DisplayName(
            "that is ended is gone before the client hears so, its cookie is cleared, and a slow request does not bring it back")
    void destroy() {
        Site site = site();
        String cookie = Site.cookie(site.get("/put?a=0", null));
        CompletableFuture<Void> gate = store.gate();
        CompletableFuture<HttpResponse<String>> slow = site.send("/put?late=1", cookie);
        store.awaitCall("update");
        CompletableFuture<HttpResponse<String>> logout = site.send("/logout", cookie);
        store.awaitCall("delete");
        assertThat(logout).isNotDone();
        gate.complete(null);
        assertThat(Site.await(logout).headers().firstValue("set-cookie").orElseThrow())
                .startsWith("vertx-web.session=;")
                .contains("Max-Age=0");
        Site.await(slow);
        assertThat(site.get("/get", cookie).body()).isEqualTo("{}");
    }

    @Test
    @DisplayName("under another id by now is not ended by a late logout under the old one, and no cookie is cleared")
    void lateLogout() {
        Site site = site();
        String before = Site.cookie(site.get("/put?a=0", null));
        String after = Site.cookie(site.get("/login", before));
        assertThat(site.get("/logout", before).headers().firstValue("set-cookie"))
                .isEmpty();
        assertThat(site.get("/get", after).body()).isEqualTo("{a=0, user=ann}");
    }

    @Test
    @DisplayName("that is ended and written to again is a new one")
    void again() {
        Site site = site();
        String cookie = Site.cookie(site.get("/put?a=0", null));
        String next = Site.cookie(site.get("/again", cookie));
        assertThat(next).isNotNull().isNotEqualTo(cookie);
        assertThat(site.get("/get", next).body()).isEqualTo("{note=bye}");
        assertThat(site.get("/get", cookie).body()).isEqualTo("{}");
    }

    @Test
    @DisplayName("keeps what was put in before an error response, and does not if the setting says so")
    void errors() {
        Site site = site();
        String cookie = Site.cookie(site.get("/put?a=0", null));
        assertThat(site.get("/error", cookie).statusCode()).isEqualTo(401);
        assertThat(site.get("/get", cookie).body()).isEqualTo("{a=0, tries=1}");

        site.sessions.setKeepChangesOnError(false);
        String other = Site.cookie(site.get("/put?a=0", null));
        assertThat(site.get("/error", other).statusCode()).isEqualTo(401);
        assertThat(site.get("/get", other).body()).isEqualTo("{a=0}");
    }

    @Test
    @DisplayName("that cannot be saved is answered with 503 and no cookie, through the application's handlers")
    void down() {
        Site site = site();
        List<Throwable> told = new CopyOnWriteArrayList<>();
        site.router.errorHandler(503, routing -> {
            told.add(routing.failure());
            routing.response().setStatusCode(503).end("later");
        });
        store.down(true);
        HttpResponse<String> answer = site.get("/put?a=1", null);
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.body()).isEqualTo("later");
        assertThat(answer.headers().firstValue("retry-after")).contains("2");
        assertThat(Site.cookie(answer)).isNull();
        assertThat(told).hasSize(1);
    }

    @Test
    @DisplayName("that cannot be read or ended is answered with 503, and lives")
    void downAtRead() {
        Site site = site();
        String cookie = Site.cookie(site.get("/put?a=0", null));
        store.down(true);
        assertThat(site.get("/get", cookie).statusCode()).isEqualTo(503);
        store.down(false);
        assertThat(site.get("/get", cookie).body()).isEqualTo("{a=0}");
    }

    @Test
    @DisplayName("that cannot be read is left out, its cookie alone, if the policy is to continue")
    void carryOn() {
        Site site = site(builder -> builder.storeUnavailable(UnavailablePolicy.CONTINUE));
        String cookie = Site.cookie(site.get("/put?a=0", null));
        store.down(true);
        HttpResponse<String> answer = site.get("/put?b=1", cookie);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(Site.cookie(answer)).isNull();
        assertThat(Site.cookie(site.get("/put?b=1", null))).isNull();
        store.down(false);
        assertThat(site.get("/get", cookie).body()).isEqualTo("{a=0}");
    }

    @Test
    @DisplayName("that others changed first is answered with 409 under compare-and-set")
    void conflict() {
        Site site = site(builder -> builder.concurrency(Concurrency.COMPARE_AND_SET));
        String cookie = Site.cookie(site.get("/put?a=0", null));
        store.slow(20);
        List<CompletableFuture<HttpResponse<String>>> both =
                List.of(site.send("/put?a=1", cookie), site.send("/put?a=2", cookie));
        assertThat(both.stream().map(answer -> Site.await(answer).statusCode())).containsExactlyInAnyOrder(200, 409);
    }

    @Test
    @DisplayName("knows its user in the next request, under another id; and not after the logout")
    void user() {
        Site site = site();
        String before = Site.cookie(site.get("/put?a=0", null));
        String after = Site.cookie(site.get("/user", before));
        assertThat(after).isNotNull().isNotEqualTo(before);
        assertThat(site.get("/who", after).body()).isEqualTo("{\"username\":\"ann\",\"age\":7}");
        assertThat(site.get("/who", before).body()).isEqualTo("nobody");
        store.calls.clear();
        site.get("/who", after);
        assertThat(store.calls).containsExactly("find");
        String out = Site.cookie(site.get("/forget", after));
        assertThat(site.get("/who", out).body()).isEqualTo("nobody");
        assertThat(site.get("/who", after).body()).isEqualTo("nobody");
    }

    @Test
    @DisplayName("is kept alive by a request that does not use it, and not by one that finds nothing")
    void touch() {
        Site site = site(builder -> builder.touchInterval(Duration.ZERO));
        String cookie = Site.cookie(site.get("/put?a=0", null));
        store.calls.clear();
        site.get("/nowhere", cookie);
        assertThat(store.calls).containsExactly("find");
        site.get("/who", cookie);
        assertThat(store.calls).containsExactly("find", "find", "update");
    }

    @Test
    @DisplayName("needs the server to go through around()")
    void notAround() {
        Site site = new Site(store);
        opened = site;
        site.router.route().handler(site.sessions);
        site.start(site.router);
        assertThat(site.get("/", null).statusCode()).isEqualTo(500);
    }
}
