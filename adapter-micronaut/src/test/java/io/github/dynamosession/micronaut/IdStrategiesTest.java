// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.testkit.EmbeddedDynamoDbServer;
import io.github.dynamosession.testkit.MovableClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

@DisplayName("The session's id travels")
class IdStrategiesTest {
    @Test
    @DisplayName("in a cookie and in a header, whichever the client sends back")
    void cookieAndHeader() {
        try (App app = App.start(App.newTable())) {
            Visitor.Reply first = app.visitor().get("/shop/put/name/Ada");
            String id =
                    first.response().headers().firstValue("Authorization-Info").orElseThrow();

            assertThat(first.setCookie())
                    .isEqualTo(Base64.getEncoder().encodeToString(id.getBytes(StandardCharsets.UTF_8)));
            assertThat(app.visitor()
                            .get("/shop/get/name", "Authorization-Info", id)
                            .body())
                    .isEqualTo("Ada");
            assertThat(app.visitor().get("/shop/get/name", "X-Auth-Token", id).body())
                    .isEqualTo("Ada");
        }
    }

    @Test
    @DisplayName("in the header only, or the cookie only, where the framework is told so")
    void oneOnly() {
        String table = App.newTable();
        try (App header = App.start(table, "micronaut.session.http.cookie", "false");
                App cookie = App.start(table, "micronaut.session.http.header", "false")) {
            Visitor.Reply withHeader = header.visitor().get("/shop/put/name/Ada");
            Visitor.Reply withCookie = cookie.visitor().get("/shop/put/name/Ada");

            assertThat(withHeader.setCookie()).isNull();
            assertThat(withHeader.response().headers().firstValue("Authorization-Info"))
                    .isPresent();
            assertThat(withCookie.setCookie()).isNotEmpty();
            assertThat(withCookie.response().headers().firstValue("Authorization-Info"))
                    .isEmpty();
        }
    }

    @Test
    @DisplayName("in a cookie of any form: one that is not Base64 starts a new session, and locks nobody out")
    void malformed() {
        try (App app = App.start(App.newTable())) {
            for (String cookie : new String[] {"%%%", "Zm9v", "a", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}) {
                Visitor visitor = new Visitor(app.uri(), cookie);

                assertThat(visitor.get("/shop/get/name").setCookie()).as(cookie).isNull();
                assertThat(visitor.get("/shop/put/name/Ada").setCookie())
                        .as(cookie)
                        .isNotEmpty();
                assertThat(visitor.text("/shop/get/name")).isEqualTo("Ada");
            }
        }
    }

    @Test
    @DisplayName("with a signature if there are keys, and is refused without one before any I/O")
    void signed() {
        String key = Base64.getEncoder().encodeToString(new byte[32]);
        try (App app = App.start(App.newTable(), "micronaut.session.http.dynamodb.signing-keys", key)) {
            Visitor visitor = app.visitor();
            visitor.text("/shop/put/name/Ada");
            assertThat(visitor.text("/shop/get/name")).isEqualTo("Ada");
            app.operations();

            String id = new String(Base64.getDecoder().decode(visitor.cookie()), StandardCharsets.UTF_8);
            Visitor forger = new Visitor(
                    app.uri(),
                    Base64.getEncoder().encodeToString(id.substring(0, 43).getBytes(StandardCharsets.UTF_8)));

            assertThat(forger.text("/shop/get/name")).isEqualTo("none");
            assertThat(app.operations()).isEmpty();
        }
    }

    @Test
    @DisplayName("in a cookie that other adapters read too, if Base64 is off")
    void sharedWithOtherAdapters() {
        String table = App.newTable();
        try (App app = App.start(table, "micronaut.session.http.base64-encode", "false");
                DynamoDbClient client = EmbeddedDynamoDbServer.shared().client()) {
            Visitor visitor = app.visitor();
            visitor.text("/shop/put/name/Ada");

            SessionManager servlet = SessionManager.builder(DynamoDbSessionStore.builder()
                            .tableName(table)
                            .client(client)
                            .build())
                    .codec(JsonCodec.builder().build())
                    .build();

            assertThat(servlet.open(visitor.cookie()).orElseThrow().get("name")).contains("Ada");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SESSION=%s; SESSION=%s",
                "theme=dark; SESSION=%s;session=%s",
                "SESSION=%s; SESSION=%%%%; SESSION=%s"
            })
    @DisplayName("in any of several cookies of the name: browsers send one for each path and domain")
    void severalCookies(String cookies) {
        try (App app = App.start(App.newTable())) {
            Visitor visitor = app.visitor();
            visitor.text("/shop/put/name/Ada");
            Visitor former = app.visitor();
            former.text("/shop/put/name/Former");
            String over = Objects.requireNonNull(former.cookie());
            former.text("/shop/invalidate");

            for (String both : List.of(
                    String.format(cookies, visitor.cookie(), over), String.format(cookies, over, visitor.cookie()))) {
                assertThat(app.visitor().get("/shop/get/name", "Cookie", both).body())
                        .isEqualTo("Ada");
            }
        }
    }

    @Test
    @DisplayName("in a cookie that other sites' forms do not send, unless the framework is told otherwise")
    void sameSite() {
        String table = App.newTable();
        try (App app = App.start(table);
                App strict = App.start(table, "micronaut.session.http.cookie-same-site", "Strict")) {
            assertThat(cookie(app.visitor().get("/shop/put/name/Ada"))).contains("; SameSite=Lax");
            Visitor visitor = strict.visitor();
            assertThat(cookie(visitor.get("/shop/put/name/Ada"))).contains("; SameSite=Strict");
            assertThat(cookie(visitor.get("/shop/invalidate")))
                    .contains("Max-Age=0")
                    .contains("; SameSite=Strict");
        }
    }

    private static String cookie(Visitor.Reply reply) {
        return reply.response().headers().firstValue("Set-Cookie").orElseThrow();
    }

    @Test
    @DisplayName("again with each recorded use if the cookie has an age, which outlives the session")
    void slides() {
        MovableClock clock = new MovableClock();
        try (App app = App.start(
                clock,
                App.newTable(),
                "micronaut.session.http.cookie-max-age",
                "30m",
                "micronaut.session.http.dynamodb.touch-interval",
                "3m")) {
            Visitor visitor = app.visitor();
            assertThat(cookie(visitor.get("/shop/put/name/Ada"))).contains("Max-Age=1980;");

            clock.advance(Duration.ofMinutes(1));
            assertThat(visitor.get("/shop/get/name").setCookie()).isNull();
            clock.advance(Duration.ofMinutes(3));
            Visitor.Reply reply = visitor.get("/shop/get/name");

            assertThat(reply.setCookie()).isEqualTo(visitor.cookie());
            assertThat(cookie(reply)).contains("Max-Age=1980;");
        }
    }
}
