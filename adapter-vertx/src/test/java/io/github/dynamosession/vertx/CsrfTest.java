// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.handler.BodyHandler;
import io.vertx.ext.web.handler.CSRFHandler;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Vert.x Web's CSRFHandler")
class CsrfTest {
    private static final String TOKEN = CSRFHandler.DEFAULT_COOKIE_NAME;

    private final Site site = new Site(new TestStore(false));
    private final Map<String, String> jar = new TreeMap<>();

    @AfterEach
    void close() {
        site.close();
    }

    private void routes() {
        site.router.route().handler(BodyHandler.create(false));
        site.router.route().handler(site.sessions);
        site.router.route().handler(CSRFHandler.create(site.vertx, "a secret of these tests"));
        site.router.get("/").handler(routing -> routing.end("page"));
        site.router.post("/login").handler(routing -> {
            routing.session().regenerateId().put("user", "ann");
            routing.end("in");
        });
        site.router.post("/do").handler(routing -> {
            Object user = routing.session().get("user");
            routing.end(String.valueOf(user));
        });
        site.start();
    }

    /** As a browser with a cookie jar, and a script that sends the token. */
    private int send(HttpMethod method, String path, @Nullable String token) {
        String cookies = jar.entrySet().stream()
                .map(cookie -> cookie.getKey() + "=" + cookie.getValue())
                .collect(Collectors.joining("; "));
        return Site.await(site.vertx
                .createHttpClient()
                .request(method, site.port(), "127.0.0.1", path)
                .compose(request -> {
                    HttpClientRequest sent = request;
                    if (!cookies.isEmpty()) {
                        sent = sent.putHeader("Cookie", cookies);
                    }
                    return (token == null ? sent : sent.putHeader(CSRFHandler.DEFAULT_HEADER_NAME, token)).send("");
                })
                .map(response -> {
                    response.cookies().forEach(cookie -> {
                        String pair = cookie.substring(0, cookie.indexOf(';'));
                        int equals = pair.indexOf('=');
                        jar.put(pair.substring(0, equals), pair.substring(equals + 1));
                    });
                    return response.statusCode();
                })
                .toCompletionStage()
                .toCompletableFuture());
    }

    @Test
    @DisplayName("protects a login that changes the id, and what comes after it")
    void login() {
        routes();
        assertThat(send(HttpMethod.GET, "/", null)).isEqualTo(200);
        String before = jar.get("vertx-web.session");
        String token = jar.get(TOKEN);
        assertThat(send(HttpMethod.POST, "/login", null)).isEqualTo(403);
        assertThat(send(HttpMethod.POST, "/login", token)).isEqualTo(200);
        assertThat(jar.get("vertx-web.session")).isNotEqualTo(before);

        // A token that was issued for the old id is void, with the stock handler, too: a page brings the next.
        assertThat(send(HttpMethod.POST, "/do", jar.get(TOKEN))).isEqualTo(403);
        assertThat(send(HttpMethod.GET, "/", null)).isEqualTo(200);
        assertThat(jar.get(TOKEN)).isNotEqualTo(token);
        assertThat(send(HttpMethod.POST, "/do", jar.get(TOKEN))).isEqualTo(200);
        assertThat(send(HttpMethod.POST, "/do", token)).isEqualTo(403);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    @DisplayName("accepts each token that it has issued for the session, once")
    void tokens(int times) {
        routes();
        send(HttpMethod.GET, "/", null);
        for (int i = 0; i < times; i++) {
            String token = jar.get(TOKEN);
            assertThat(send(HttpMethod.POST, "/do", token)).isEqualTo(200);
            assertThat(jar.get(TOKEN)).isNotEqualTo(token);
        }
    }
}
