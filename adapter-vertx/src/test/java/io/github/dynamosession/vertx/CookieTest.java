// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.settings.ConfigurationException;
import io.github.dynamosession.settings.CookieSettings;
import io.vertx.core.http.CookieSameSite;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.JksOptions;
import io.vertx.ext.web.AllowForwardHeaders;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("The session's cookie")
class CookieTest {
    private final Site site = new Site(new TestStore(false));

    @AfterEach
    void close() {
        site.close();
    }

    private static CookieSettings settings(
            String name, String path, String domain, Boolean secure, String sameSite, Boolean partitioned) {
        return new CookieSettings(
                Optional.ofNullable(name),
                Optional.ofNullable(path),
                Optional.ofNullable(domain),
                Optional.ofNullable(secure),
                Optional.empty(),
                Optional.ofNullable(sameSite),
                Optional.ofNullable(partitioned),
                Optional.empty());
    }

    private void routes() {
        site.router.route().handler(site.sessions);
        site.router.get("/put").handler(routing -> {
            routing.session().put("name", "value");
            routing.end("put");
        });
        site.router.get("/out").handler(routing -> {
            routing.session().destroy();
            routing.end("out");
        });
    }

    @Test
    @DisplayName("is as the settings say, also when it is cleared")
    void settings() {
        site.sessions.setCookie(new CookieSettings(
                Optional.of("sid"),
                Optional.of("/app"),
                Optional.of("shop.example"),
                Optional.of(true),
                Optional.of(false),
                Optional.of("none"),
                Optional.of(true),
                Optional.of(Duration.ofHours(1))));
        routes();
        site.start();
        String set = site.get("/put", null).headers().firstValue("set-cookie").orElseThrow();
        assertThat(set)
                .startsWith("sid=")
                .contains("; Path=/app")
                .contains("; Domain=shop.example")
                .contains("; Secure")
                .contains("; SameSite=None")
                .contains("; Partitioned")
                .contains("; Max-Age=3780")
                .doesNotContainIgnoringCase("HttpOnly");
        String cookie = set.substring(0, set.indexOf(';'));
        assertThat(site.get("/out", cookie).headers().allValues("set-cookie"))
                .singleElement()
                .asString()
                .startsWith("sid=;")
                .contains("; Path=/app")
                .contains("; Domain=shop.example")
                .contains("; Partitioned")
                .contains("; Max-Age=0");
    }

    @Test
    @DisplayName("keeps what the settings leave out")
    void leftOut() {
        site.sessions.setSessionCookieName("mine").setCookieSameSite(CookieSameSite.STRICT);
        site.sessions.setCookie(settings(null, null, null, null, null, null));
        routes();
        site.start();
        assertThat(site.get("/put", null).headers().firstValue("set-cookie").orElseThrow())
                .startsWith("mine=")
                .contains("SameSite=Strict")
                .contains("Path=/")
                .contains("HTTPOnly")
                .doesNotContain("Secure")
                .doesNotContain("Partitioned")
                .doesNotContain("Max-Age");
    }

    @Test
    @DisplayName("of a name with a prefix is Secure by itself")
    void prefix() {
        site.sessions.setSessionCookieName("__Host-sid");
        routes();
        site.start();
        assertThat(site.get("/put", null).headers().firstValue("set-cookie").orElseThrow())
                .startsWith("__Host-sid=")
                .contains("; Secure");
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "__Host-sid,  -,    -,            false, -,     -,    secure must not be false",
                "__Secure-s,  -,    -,            false, -,     -,    secure must not be false",
                "__Host-sid,  /app, -,            true,  -,     -,    path must be /",
                "__Host-sid,  -,    shop.example, true,  -,     -,    domain must not be set",
                "sid,         -,    -,            -,     None,  -,    secure must be true with SameSite=None",
                "sid,         -,    -,            -,     -,     true, secure must be true for a partitioned",
                "sid,         -,    -,            -,     Maybe, -,    'must be Strict, Lax or None'",
                "s id,        -,    -,            -,     -,     -,    is not valid",
                "sid,         /a;b, -,            -,     -,     -,    is not valid",
            })
    @DisplayName("that browsers would refuse is refused at set-up")
    void refused(
            String name,
            String path,
            String domain,
            Boolean secure,
            String sameSite,
            Boolean partitioned,
            String problem) {
        assertThatThrownBy(() -> site.sessions.setCookie(settings(name, path, domain, secure, sameSite, partitioned)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(problem);
    }

    @Test
    @DisplayName("is checked when the server is set up, too")
    void around() {
        site.sessions.setCookieSameSite(CookieSameSite.NONE);
        assertThatThrownBy(() -> site.sessions.around(site.router))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("SameSite=None");
    }

    @Test
    @DisplayName("is Secure if the request came over TLS")
    void tls() {
        routes();
        int port = Site.await(site.vertx
                        .createHttpServer(new HttpServerOptions()
                                .setSsl(true)
                                .setKeyCertOptions(new JksOptions()
                                        .setPath("tls/server-keystore.jks")
                                        .setPassword("wibble")))
                        .requestHandler(site.sessions.around(site.router))
                        .listen(0, "127.0.0.1")
                        .toCompletionStage()
                        .toCompletableFuture())
                .actualPort();
        String cookie = Site.await(site.vertx
                .createHttpClient(
                        new HttpClientOptions().setSsl(true).setTrustAll(true).setVerifyHost(false))
                .request(HttpMethod.GET, port, "127.0.0.1", "/put")
                .compose(HttpClientRequest::send)
                .map(response -> response.headers().get("set-cookie"))
                .toCompletionStage()
                .toCompletableFuture());
        assertThat(cookie).contains("; Secure");
    }

    @ParameterizedTest
    @CsvSource({"true, true", "false, false"})
    @DisplayName("is Secure if a proxy that is trusted says that the request came over TLS")
    void proxy(boolean trusted, boolean secure) {
        site.router.allowForward(trusted ? AllowForwardHeaders.X_FORWARD : AllowForwardHeaders.NONE);
        routes();
        site.start();
        String cookie = Site.await(site.vertx
                .createHttpClient()
                .request(HttpMethod.GET, site.port(), "127.0.0.1", "/put")
                .compose(request ->
                        request.putHeader("X-Forwarded-Proto", "https").send())
                .map(response -> response.headers().get("set-cookie"))
                .toCompletionStage()
                .toCompletableFuture());
        assertThat(cookie.contains("; Secure")).isEqualTo(secure);
    }
}
