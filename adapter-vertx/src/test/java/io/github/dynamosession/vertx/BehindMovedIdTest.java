// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.testkit.MovableClock;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.User;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Behind an id that has changed")
class BehindMovedIdTest {
    private static final Duration WINDOW = Duration.ofSeconds(5);

    /** When a request arrived is measured by the real time that it took to get to the handler. */
    private static final Duration MARGIN = Duration.ofMinutes(1);

    private final MovableClock clock = new MovableClock();
    private final Site site = new Site(new TestStore(false, clock), settings -> settings.clock(clock));

    @BeforeEach
    void routes() {
        site.router.route().handler(site.sessions).failureHandler(DynamoSessionHandler.failureHandler());
        site.router.get("/put").handler(routing -> {
            routing.session().put("cart", "tea");
            routing.end("put");
        });
        site.router.get("/user").handler(routing -> {
            routing.setUser(User.create(new JsonObject().put("username", "ann")));
            routing.end("login");
        });
        site.router.get("/id").handler(routing -> {
            routing.session().regenerateId().put("user", "ann");
            routing.end("login");
        });
        site.router.get("/claim").handler(routing -> {
            DynamoSessionHandler.login(routing, "ann");
            routing.session().put("user", "ann");
            routing.end("login");
        });
        for (KeyChangeReason reason : KeyChangeReason.values()) {
            site.router
                    .get("/" + reason)
                    .handler(routing -> site.manager
                            .changeIdAsync(DynamoSessionHandler.session(routing), reason)
                            .thenAccept(changed -> routing.end(changed.name())));
        }
        site.router.get("/seen").handler(routing -> {
            Map<String, Object> seen = new TreeMap<>(routing.session().data());
            User user = routing.user();
            if (user != null) {
                seen.put("user", user.principal().getString("username"));
            }
            routing.end(seen.toString());
        });
        site.router.get("/out").handler(routing -> {
            routing.session().destroy();
            routing.end("out");
        });
        site.start();
    }

    @AfterEach
    void close() {
        site.close();
    }

    private HttpResponse<String> get(String path, @Nullable String cookie) {
        return site.get(path, cookie);
    }

    private String visitor() {
        String cookie = Site.cookie(get("/put", null));
        assertThat(cookie).isNotNull();
        return cookie;
    }

    @ParameterizedTest
    @ValueSource(strings = {"/user", "/id", "/claim"})
    @DisplayName("a login whose first answer was lost logs in, with a cookie that the next request is known by")
    void lostAnswer(String login) {
        String old = visitor();
        String lost = Site.cookie(get(login, old));

        HttpResponse<String> again = get(login, old);

        assertThat(again.statusCode()).isEqualTo(200);
        String cookie = Site.cookie(again);
        assertThat(cookie).isNotNull().isNotEqualTo(old).isNotEqualTo(lost);
        HttpResponse<String> next = get("/seen", cookie);
        assertThat(next.body()).isEqualTo("{user=ann}");
        assertThat(Site.cookie(next)).isNull();
        assertThat(get("/seen", lost).body()).as("the lost one").isEqualTo("{cart=tea, user=ann}");
    }

    @Test
    @DisplayName("a late request sees nothing, stores nothing, and neither sets nor takes away a cookie")
    void lateRequest() {
        String old = visitor();
        String cookie = Site.cookie(get("/id", old));

        assertThat(get("/seen", old).body()).isEqualTo("{}");
        HttpResponse<String> late = get("/put", old);

        assertThat(late.statusCode()).isEqualTo(200);
        assertThat(Site.cookie(late)).isNull();
        assertThat(get("/seen", old).body()).isEqualTo("{}");
        assertThat(get("/seen", cookie).body()).isEqualTo("{cart=tea, user=ann}");
    }

    @Test
    @DisplayName("a visit after five seconds starts afresh")
    void laterVisit() {
        String old = visitor();
        get("/id", old);
        clock.advance(WINDOW.plus(MARGIN));

        String fresh = Site.cookie(get("/put", old));

        assertThat(fresh).isNotNull().isNotEqualTo(old);
        assertThat(get("/seen", fresh).body()).isEqualTo("{cart=tea}");
    }

    @Test
    @DisplayName("a page that is navigated to after one second starts afresh")
    void laterNavigation() {
        String old = visitor();
        get("/id", old);
        clock.advance(WINDOW.minusMillis(1));

        assertThat(Site.cookie(get("/put", old))).isNull();
        assertThat(Site.cookie(Site.await(site.send("/put", old, "Sec-Fetch-Mode", "navigate"))))
                .isNotNull()
                .isNotEqualTo(old);
    }

    @Test
    @DisplayName("a logout after a login is a conflict, and ends nothing")
    void logoutAfterLogin() {
        String old = visitor();
        String cookie = Site.cookie(get("/id", old));

        HttpResponse<String> out = get("/out", old);

        assertThat(out.statusCode()).isEqualTo(409);
        assertThat(Site.cookie(out)).isNull();
        assertThat(get("/seen", cookie).body()).isEqualTo("{cart=tea, user=ann}");
    }

    @ParameterizedTest
    @EnumSource(names = {"STEP_UP", "ROTATION"})
    @DisplayName("a logout ends the session where its user did not change")
    void logoutFollows(KeyChangeReason reason) {
        String old = visitor();
        HttpResponse<String> changed = get("/" + reason, old);
        assertThat(changed.body()).isEqualTo("CHANGED");
        String cookie = Site.cookie(changed);
        assertThat(get("/seen", cookie).body()).isEqualTo("{cart=tea}");

        assertThat(get("/out", old).statusCode()).isEqualTo(200);

        assertThat(get("/seen", cookie).body()).isEqualTo("{}");
    }
}
