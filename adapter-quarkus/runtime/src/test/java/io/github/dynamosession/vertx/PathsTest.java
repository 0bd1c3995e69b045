// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("A path without sessions")
class PathsTest {
    private final TestStore store = new TestStore(false);
    private final Site site = new Site(store);
    private final List<String> asked = new CopyOnWriteArrayList<>();

    @AfterEach
    void close() {
        site.close();
    }

    private void routes() {
        site.sessions.setPaths(path -> {
            asked.add(path);
            return !path.startsWith("/static/");
        });
        site.router.route().handler(site.sessions);
        site.router.get("/put").handler(routing -> {
            routing.session().put("name", "value");
            routing.end("put");
        });
        site.router.get("/static/moved").handler(routing -> routing.reroute("/get"));
        site.router.get("/get").handler(routing -> routing.end(routing.session().<String>get("name")));
        site.router.get("/static/*").handler(routing -> {
            Throwable refused = catchThrowable(() -> DynamoSessionHandler.session(routing));
            routing.end(routing.session() + " " + refused);
        });
        site.router.route().handler(routing -> routing.end(routing.session() == null ? "none" : "some"));
        site.start();
    }

    @Test
    @DisplayName("reads and saves nothing, has no session, and leaves the cookie alone")
    void excluded() {
        routes();
        String cookie = Site.cookie(site.get("/put", null));
        store.calls.clear();
        store.down(true);
        HttpResponse<String> answer = site.get("/static/logo.png", cookie);
        assertThat(answer.body())
                .startsWith("null " + IllegalStateException.class.getName())
                .contains("exclude-paths");
        assertThat(answer.headers().firstValue("set-cookie")).isEmpty();
        assertThat(store.calls).isEmpty();
    }

    @Test
    @DisplayName("may be rerouted to one with sessions")
    void reroute() {
        routes();
        String cookie = Site.cookie(site.get("/put", null));
        assertThat(site.get("/static/moved", cookie).body()).isEqualTo("value");
    }

    @ParameterizedTest
    @CsvSource({
        "/static/a, /static/a, false",
        "/static/../account, /account, true",
        "/static/%2e%2E/account, /account, true",
        "/account/../static/a, /static/a, false",
        "/%73tatic/a, /static/a, false",
        "//static/a, /static/a, false",
        "/static//../account, /static/account, false",
        "/./static/./a?b=/c, /static/a, false",
        "/static%2Fa, /static%2Fa, true",
        "/static%2f..%2faccount, /static%2f..%2faccount, true",
        "/static/..%2f..%2faccount, /static/..%2f..%2faccount, false",
        "/st%C3%A4tte/%20a+b%25, '/stätte/ a+b%', true",
        "/static/%252e%252e/account, /static/%2e%2e/account, false",
    })
    @DisplayName("is told by the path that routes see, decoded")
    void normalized(String sent, String seen, boolean session) {
        routes();
        String body = Site.await(site.vertx
                .createHttpClient()
                .request(HttpMethod.GET, site.port(), "127.0.0.1", sent)
                .compose(HttpClientRequest::send)
                .compose(HttpClientResponse::body)
                .map(buffer -> buffer.toString())
                .toCompletionStage()
                .toCompletableFuture());
        assertThat(asked).containsExactly(seen);
        assertThat(body).startsWith(session ? "some" : "n");
    }
}
