// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.quarkus.test.QuarkusUnitTest;
import io.quarkus.test.common.http.TestHTTPResource;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.MediaType;
import java.net.HttpCookie;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.jboss.shrinkwrap.api.asset.StringAsset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("jdk25")
@DisplayName("A Quarkus application")
class RestSessionsTest {
    @RegisterExtension
    static final QuarkusUnitTest APPLICATION = new QuarkusUnitTest()
            .withApplicationRoot(jar -> jar.addClasses(Shop.class, Routes.class, Browser.class, CountingStore.class)
                    .addClass(CountingStore.Beans.class)
                    .addAsResource(new StringAsset("body {}"), "META-INF/resources/style.css"))
            .overrideConfigKey("quarkus.http.root-path", "/shop")
            .overrideConfigKey("quarkus.http.proxy.proxy-address-forwarding", "true")
            .overrideConfigKey("dynamosession.exclude-paths", "/shop/public/*")
            // What a build may be told for itself: -Ddynamosession.version=...
            .overrideConfigKey("dynamosession.version", "1.0.0");

    /** REST, on worker threads and event loops, with either view of the session. */
    @Path("/")
    public static class Shop {
        @Inject
        RoutingContext routing;

        @Inject
        Session session;

        @Inject
        SessionManager sessions;

        private int count() {
            return session.compute("visits", Integer.class, visits -> visits.orElse(0) + 1)
                    .orElseThrow();
        }

        @GET
        @Path("visits")
        public int visits() {
            return count();
        }

        @GET
        @Path("uni")
        public Uni<Integer> uni() {
            return Uni.createFrom().item(this::count);
        }

        @GET
        @Path("multi")
        @Produces(MediaType.TEXT_PLAIN)
        public Multi<String> multi() {
            return Multi.createFrom().items(String.valueOf(count()), "");
        }

        @POST
        @Path("echo")
        public String echo(String body) {
            return count() + body;
        }

        @GET
        @Path("seen")
        public String seen() {
            return String.valueOf((Object) routing.session().get("visits"));
        }

        @GET
        @Path("nothing")
        public String nothing() {
            return "nothing";
        }

        @GET
        @Path("fails")
        public String fails() {
            count();
            throw new WebApplicationException(418);
        }

        @GET
        @Path("login")
        public Uni<String> login() {
            return Uni.createFrom()
                    .completionStage(() -> sessions.changeIdAsync(session))
                    .map(Object::toString);
        }

        @GET
        @Path("logout")
        public String logout() {
            return sessions.end(session).toString();
        }

        @GET
        @Path("public/page")
        public String page() {
            return routing.session() == null ? "none" : "some";
        }

        @GET
        @Path("q/own")
        public String belowQuarkus() {
            return session.names().toString();
        }

        @GET
        @Path("public/broken")
        public String broken() {
            return session.names().toString();
        }
    }

    /** Routes of Vert.x. */
    public static class Routes {
        void add(@Observes Router router) {
            router.get("/plain").handler(routing -> {
                Integer visits = routing.session().get("visits");
                routing.session().put("visits", visits == null ? 1 : visits + 1);
                routing.end(String.valueOf(routing.session().<Integer>get("visits")));
            });
        }
    }

    @TestHTTPResource("/")
    URI home;

    @Inject
    CountingStore store;

    Browser browser;

    @BeforeEach
    void start() {
        browser = new Browser(home);
    }

    @AfterEach
    void recover() {
        store.slow(0);
        store.down(false);
        store.calls();
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"visits", "uni", "multi", "plain"})
    @DisplayName("has saved the session when the client hears the answer, however the endpoint is written")
    void saved(String endpoint) {
        store.slow(30);
        for (int visit = 1; visit <= 3; visit++) {
            assertThat(browser.get(endpoint).body()).isEqualTo(String.valueOf(visit));
        }
        assertThat(browser.get("seen").body()).isEqualTo("3");
    }

    @Test
    @DisplayName("reads bodies of requests that had to wait for their session")
    void bodies() {
        store.slow(30);
        assertThat(browser.post("echo", "!").body()).isEqualTo("1!");
        assertThat(browser.post("echo", "?".repeat(100_000)).body()).hasSize(100_001);
    }

    @Test
    @DisplayName("sets a cookie that scripts cannot read, and that other sites do not send")
    void cookie() {
        HttpResponse<String> response = browser.get("visits");
        assertThat(response.headers().allValues("set-cookie"))
                .singleElement()
                .satisfies(cookie -> assertThat(cookie)
                        .startsWith("vertx-web.session=")
                        .contains("Path=/", "HTTPOnly", "SameSite=Lax")
                        .doesNotContain("Secure"));
    }

    @Test
    @DisplayName("sets a cookie for TLS only when a proxy that is trusted was asked over TLS")
    void cookieBehindProxy() {
        HttpResponse<String> response =
                browser.send(HttpRequest.newBuilder(home.resolve("visits")).header("X-Forwarded-Proto", "https"));
        assertThat(response.headers().allValues("set-cookie"))
                .singleElement()
                .satisfies(cookie -> assertThat(cookie).contains("Secure"));
    }

    @Test
    @DisplayName("reads once for a request that names a session, and writes once if that changed it")
    void cost() {
        browser.get("nothing");
        assertThat(store.calls()).as("no cookie").isEmpty();
        browser.get("visits");
        assertThat(store.calls()).as("a new session").containsExactly("create");
        browser.get("visits");
        assertThat(store.calls()).as("a change").containsExactly("find", "update");
        browser.get("seen");
        assertThat(store.calls()).as("reading").containsExactly("find");
        assertThat(browser.get("no-such-page").statusCode()).isEqualTo(404);
        assertThat(store.calls()).as("neither route nor file").containsExactly("find");
        browser.get("login");
        assertThat(store.calls()).as("a new id").containsExactly("find", "changeKey");
        browser.get("logout");
        assertThat(store.calls()).as("a logout").containsExactly("find", "delete");
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"style.css", "/q/health", "/shop/q/dev-ui", "public/page"})
    @DisplayName("reads nothing for static resources, paths of Quarkus and excluded ones")
    void withoutSessions(String path) {
        browser.get("visits");
        store.calls();
        HttpResponse<String> response = browser.get(path);
        assertThat(store.calls()).isEmpty();
        assertThat(response.headers().allValues("set-cookie")).isEmpty();
        if (path.equals("style.css")) {
            assertThat(response.body()).isEqualTo("body {}");
        } else if (path.equals("public/page")) {
            assertThat(response.body()).isEqualTo("none");
        }
    }

    @Test
    @DisplayName("names the setting to an endpoint that wants the session of an excluded path")
    void excluded() {
        HttpResponse<String> response = browser.get("public/broken");
        assertThat(response.statusCode()).isEqualTo(500);
        assertThat(response.body()).contains("dynamosession.exclude-paths");
    }

    @Test
    @DisplayName("names the setting to an endpoint that wants the session of a path of Quarkus")
    void pathOfQuarkus() {
        HttpResponse<String> response = browser.get("q/own");
        assertThat(response.statusCode()).isEqualTo(500);
        assertThat(response.body()).contains("quarkus.http.non-application-root-path");
    }

    @Test
    @DisplayName("gives a session another id, and nothing to who still has the former one")
    void login() {
        browser.get("visits");
        String former = browser.id();
        assertThat(browser.get("login").statusCode()).isEqualTo(200);
        assertThat(browser.id()).isNotEqualTo(former);
        assertThat(browser.get("visits").body()).isEqualTo("2");

        Browser thief = new Browser(home);
        assertThat(thief.send(HttpRequest.newBuilder(home.resolve("seen"))
                                .header("Cookie", "vertx-web.session=" + former))
                        .body())
                .isEqualTo("null");
    }

    @Test
    @DisplayName("clears the cookie of a session that it ended")
    void logout() {
        browser.get("visits");
        HttpCookie before = browser.cookies().get(0);
        assertThat(browser.get("logout").statusCode()).isEqualTo(200);
        assertThat(browser.cookies()).isEmpty();
        assertThat(new Browser(home)
                        .send(HttpRequest.newBuilder(home.resolve("seen"))
                                .header("Cookie", before.getName() + "=" + before.getValue()))
                        .body())
                .isEqualTo("null");
    }

    @Test
    @DisplayName("keeps what was changed before an error response")
    void errors() {
        assertThat(browser.get("fails").statusCode()).isEqualTo(418);
        assertThat(browser.get("seen").body()).isEqualTo("1");
    }

    @Test
    @DisplayName("answers 503 when the store does not answer, and recovers")
    void unavailable() {
        browser.get("visits");
        store.down(true);
        HttpResponse<String> response = browser.get("visits");
        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(response.headers().firstValue("retry-after")).isPresent();
        store.down(false);
        assertThat(browser.get("visits").body()).isEqualTo("2");
    }
}
