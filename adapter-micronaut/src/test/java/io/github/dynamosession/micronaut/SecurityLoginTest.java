// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.testkit.MovableClock;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.security.annotation.Secured;
import io.micronaut.security.authentication.Authentication;
import io.micronaut.security.authentication.AuthenticationRequest;
import io.micronaut.security.authentication.AuthenticationResponse;
import io.micronaut.security.authentication.provider.HttpRequestAuthenticationProvider;
import io.micronaut.security.rules.SecurityRule;
import io.micronaut.session.Session;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@DisplayName("A session login of Micronaut Security")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SecurityLoginTest {
    private static final Duration WINDOW = Duration.ofSeconds(5);

    private final MovableClock clock = new MovableClock();
    private App one;
    private App two;

    @BeforeAll
    void start() {
        String table = App.newTable();
        one = start(table);
        two = start(table);
    }

    private App start(String table) {
        return App.start(
                clock,
                table,
                "spec.security",
                "true",
                "micronaut.security.enabled",
                true,
                "micronaut.security.authentication",
                "session",
                "micronaut.security.redirect.enabled",
                false,
                "micronaut.security.intercept-url-map[0].pattern",
                "/shop/**",
                "micronaut.security.intercept-url-map[0].access[0]",
                "isAnonymous()");
    }

    @AfterAll
    void stop() {
        one.close();
        two.close();
    }

    private static Visitor.Reply login(Visitor visitor) {
        return visitor.post("/login", "username=ada&password=secret");
    }

    @Test
    @DisplayName("is known on every application, with roles and attributes")
    void isShared() {
        Visitor visitor = one.visitor();
        assertThat(visitor.get("/user").status()).isEqualTo(401);

        assertThat(login(visitor).status()).isEqualTo(200);

        assertThat(visitor.text("/user")).isEqualTo("ada [admin] {team=7}");
        assertThat(visitor.at(two).text("/user")).isEqualTo("ada [admin] {team=7}");
    }

    @Test
    @DisplayName("changes the id, keeps what the session held, and takes the old id out of use")
    void changesTheId() {
        Visitor visitor = one.visitor();
        visitor.text("/open/put/cart");
        Visitor planted = visitor.at(two);

        Visitor.Reply reply = login(visitor);

        assertThat(reply.setCookie()).isNotEmpty().isNotEqualTo(planted.cookie());
        assertThat(visitor.text("/open/get")).isEqualTo("cart");
        assertThat(planted.text("/open/get")).isEqualTo("none");
        assertThat(planted.get("/user").status()).isEqualTo(401);
    }

    @Test
    @DisplayName("stays, whatever a request with the old id does that was under way")
    void parallelRequestWithTheOldId() throws InterruptedException {
        Visitor visitor = one.visitor();
        visitor.text("/open/put/cart");
        Visitor old = visitor.at(two);
        OpenController.arrived = new CountDownLatch(1);
        OpenController.gate = new CompletableFuture<>();

        CompletableFuture<Visitor.Reply> late = old.send("/open/wait");
        assertThat(OpenController.arrived.await(1, TimeUnit.MINUTES)).isTrue();
        login(visitor);
        OpenController.gate.complete("late");

        assertThat(late.join().status()).isEqualTo(200);
        assertThat(late.join().setCookie()).isNull();
        assertThat(visitor.text("/user")).startsWith("ada");
        assertThat(visitor.text("/open/get")).isEqualTo("cart");
    }

    @Test
    @DisplayName("whose first answer was lost logs in, with a cookie that the next request is known by")
    void lostAnswer() {
        Visitor visitor = one.visitor();
        visitor.text("/open/put/cart");
        String old = visitor.cookie();
        String lost = login(visitor.at(two)).setCookie();

        Visitor.Reply again = login(visitor);

        assertThat(again.status()).isEqualTo(200);
        assertThat(again.setCookie()).isNotEmpty().isNotEqualTo(old).isNotEqualTo(lost);
        assertThat(visitor.text("/user")).startsWith("ada");
        assertThat(visitor.cookie()).isEqualTo(again.setCookie());
        assertThat(visitor.text("/open/get")).as("in a session of its own").isEqualTo("none");
    }

    @Test
    @DisplayName("stays, whatever a request does that comes with the old id right after it")
    void lateRequest() {
        Visitor visitor = one.visitor();
        visitor.text("/open/put/cart");
        Visitor old = visitor.at(two);
        login(visitor);

        assertThat(old.text("/open/get")).isEqualTo("none");
        Visitor.Reply late = old.get("/open/put/late");

        assertThat(late.status()).isEqualTo(200);
        assertThat(late.setCookie()).isNull();
        assertThat(old.text("/open/get")).isEqualTo("none");
        assertThat(visitor.text("/open/get")).isEqualTo("cart");
        assertThat(visitor.text("/user")).startsWith("ada");
    }

    @Test
    @DisplayName("and a visit with the old id after five seconds, one second if it is navigated to, starts afresh")
    void laterVisit() {
        Visitor visitor = one.visitor();
        visitor.text("/open/put/cart");
        Visitor old = visitor.at(two);
        login(visitor);

        clock.advance(WINDOW.minusMillis(1));
        assertThat(old.get("/open/put/late").setCookie()).isNull();
        Visitor page = old.at(one);
        assertThat(page.get("/open/put/page", "Sec-Fetch-Mode", "navigate").setCookie())
                .isNotEmpty();
        assertThat(page.text("/open/get")).isEqualTo("page");
        clock.advance(Duration.ofMillis(1));
        assertThat(old.get("/open/put/visit").setCookie()).isNotEmpty();
        assertThat(old.text("/open/get")).isEqualTo("visit");
    }

    @Test
    @DisplayName("is not undone by a logout with the old id, which is a conflict")
    void logoutAfterLogin() {
        Visitor visitor = one.visitor();
        visitor.text("/open/put/cart");
        Visitor old = visitor.at(two);
        login(visitor);

        Visitor.Reply out = old.get("/open/out");

        assertThat(out.status()).isEqualTo(409);
        assertThat(out.setCookie()).isNull();
        assertThat(visitor.text("/user")).startsWith("ada");
    }

    @Test
    @DisplayName("is undone by a logout with an id that has changed since, of the same user")
    void logoutFollows() {
        Visitor visitor = one.visitor();
        login(visitor);
        Visitor old = visitor.at(two);
        assertThat(visitor.text("/open/step-up")).isEqualTo("CHANGED");
        assertThat(visitor.cookie()).isNotEqualTo(old.cookie());
        assertThat(visitor.text("/user")).startsWith("ada");

        assertThat(old.get("/open/out").status()).isEqualTo(200);

        assertThat(visitor.get("/user").status()).isEqualTo(401);
    }

    @Test
    @DisplayName("costs what a change of the id costs, and nothing more on the requests after it")
    void cost() {
        Visitor visitor = one.visitor();
        visitor.text("/open/put/cart");
        one.operations();

        login(visitor);
        assertThat(one.operations()).extracting(o -> o.kind().name()).containsExactly("FIND", "CHANGE_KEY");

        visitor.text("/user");
        assertThat(one.operations()).extracting(o -> o.kind().name()).containsExactly("FIND");
    }

    @Test
    @DisplayName("of a client without a session makes one")
    void withoutASession() {
        Visitor visitor = one.visitor();

        assertThat(login(visitor).setCookie()).isNotEmpty();

        assertThat(visitor.text("/user")).startsWith("ada");
    }

    @Test
    @DisplayName("ends with the logout, everywhere")
    void logout() {
        Visitor visitor = one.visitor();
        login(visitor);
        assertThat(visitor.text("/user")).startsWith("ada");

        assertThat(visitor.post("/logout", "").status()).isEqualTo(200);

        assertThat(visitor.get("/user").status()).isEqualTo(401);
        assertThat(visitor.at(two).get("/user").status()).isEqualTo(401);
    }

    /** Who is logged in. */
    @Controller(value = "/user", produces = MediaType.TEXT_PLAIN)
    @Requires(property = "spec.security")
    static class UserController {
        @Get
        @Secured(SecurityRule.IS_AUTHENTICATED)
        String user(Authentication authentication) {
            return authentication.getName() + " " + authentication.getRoles() + " "
                    + new TreeMap<>(authentication.getAttributes());
        }
    }

    /** For everybody. */
    @Controller(value = "/open", produces = MediaType.TEXT_PLAIN)
    @Requires(property = "spec.security")
    @Secured(SecurityRule.IS_ANONYMOUS)
    static class OpenController {
        static CountDownLatch arrived = new CountDownLatch(1);
        static CompletableFuture<String> gate = new CompletableFuture<>();

        private final SessionManager manager;

        OpenController(SessionManager manager) {
            this.manager = manager;
        }

        @Get("/put/{value}")
        String put(Session session, String value) {
            session.put("value", value);
            return "put";
        }

        @Get("/get")
        String get(Optional<Session> session) {
            return session.flatMap(found -> found.get("value", String.class)).orElse("none");
        }

        @Get("/out")
        String out(Session session) {
            DynamoSessions.invalidate(session);
            return "out";
        }

        @Get("/step-up")
        String stepUp(Session session) {
            return manager.changeId(DynamoSessions.session(session), KeyChangeReason.STEP_UP)
                    .name();
        }

        @Get("/wait")
        CompletableFuture<String> await(Session session) {
            arrived.countDown();
            return gate.thenApply(value -> {
                session.put("value", value);
                return value;
            });
        }
    }

    /** Ada, whoever asks. */
    @Singleton
    @Requires(property = "spec.security")
    static class Users implements HttpRequestAuthenticationProvider<Object> {
        @Override
        public AuthenticationResponse authenticate(
                @Nullable HttpRequest<Object> request, AuthenticationRequest<String, String> credentials) {
            return AuthenticationResponse.success("ada", List.of("admin"), Map.of("team", 7));
        }
    }
}
