// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.dynamosession.settings.SessionPaths;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("A path without sessions")
class PathsTest {
    private final TestStore store = new TestStore(false);
    private final Site site = new Site(store);

    @AfterEach
    void close() {
        site.close();
    }

    private void routes() {
        routes(SessionPaths.of(List.of(), List.of("/static/*", "*.css")));
    }

    private void routes(SessionPaths paths) {
        site.sessions.setPaths(paths::matches);
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
        "/account;x=.css, /account, true",
        "/account;.css/a, /account/a, true",
        "/account%3Bx.css, /account;x.css, false",
        "/static/%252e%252e/account, /static/%2e%2e/account, false",
    })
    @DisplayName("is told by the path that routes see, decoded")
    void normalized(String sent, String seen, boolean session) {
        routes();
        assertThat(site.get(sent, null).body()).startsWith(session ? "some" : "n");
        site.sessions.setPaths(SessionPaths.of(List.of(), List.of(seen))::matches);
        assertThat(site.get(sent, null).body()).startsWith("n");
        site.sessions.setPaths(SessionPaths.of(List.of(), List.of(seen + "/", seen + "x"))::matches);
        assertThat(site.get(sent, null).body()).isNotEqualTo("none");
    }
}
