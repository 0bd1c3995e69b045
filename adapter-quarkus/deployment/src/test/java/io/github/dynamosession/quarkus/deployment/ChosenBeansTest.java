// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.vertx.DynamoSessionHandler;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.test.QuarkusUnitTest;
import io.quarkus.test.common.http.TestHTTPResource;
import io.smallrye.common.annotation.Identifier;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.Priority;
import jakarta.enterprise.inject.Alternative;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("An application below a path of Quarkus, with stores, a handler and users of its own")
class ChosenBeansTest {
    @RegisterExtension
    static final QuarkusUnitTest APPLICATION = new QuarkusUnitTest()
            .withApplicationRoot(jar -> jar.addClasses(
                    Choice.class,
                    Shop.class,
                    Browser.class,
                    CountingStore.class,
                    Members.class,
                    Members.Passwords.class))
            .overrideConfigKey("quarkus.http.root-path", "/shop")
            .overrideConfigKey("quarkus.http.non-application-root-path", "/")
            .overrideConfigKey("quarkus.http.auth.basic", "true")
            .overrideConfigKey("dynamosession.exclude-paths", "/shop/free")
            .overrideConfigKey("dynamosession.cookie.name", "SID");

    @Singleton
    public static class Choice {
        @Produces
        @Identifier("other")
        @Singleton
        SessionStore qualified() {
            return new InMemorySessionStore();
        }

        // Outranks that of CountingStore.Beans.
        @Produces
        @Alternative
        @Priority(1)
        @Singleton
        SessionStore chosen(CountingStore counting) {
            return counting.store();
        }

        @Produces
        DynamoSessionHandler handler(SessionManager manager) {
            return DynamoSessionHandler.create(manager).setCookieHttpOnlyFlag(false);
        }
    }

    @Path("/")
    public static class Shop {
        @Inject
        Session session;

        @Inject
        RoutingContext routing;

        @Inject
        SecurityIdentity identity;

        @GET
        @Path("visits")
        public String visits() {
            int visits = session.compute("visits", Integer.class, former -> former.orElse(0) + 1)
                    .orElseThrow();
            return identity.getPrincipal().getName() + visits;
        }

        @GET
        @Path("free")
        public String free() {
            return String.valueOf(routing.session());
        }
    }

    @TestHTTPResource("/")
    URI home;

    @Inject
    CountingStore store;

    @Test
    @DisplayName("has sessions, in the store that CDI prefers")
    void preferred() {
        store.calls();
        Browser browser = new Browser(home);
        assertThat(browser.get("visits").body()).isEqualTo("1");
        assertThat(browser.get("visits").body()).isEqualTo("2");
        assertThat(store.calls()).containsExactly("create", "find", "update");
    }

    @Test
    @DisplayName("has the cookie and the paths of the settings, and of the handler what these leave out")
    void handler() {
        Browser browser = new Browser(home);
        browser.get("visits");
        assertThat(browser.cookies()).singleElement().satisfies(cookie -> {
            assertThat(cookie.getName()).isEqualTo("SID");
            assertThat(cookie.isHttpOnly()).isFalse();
        });
        assertThat(browser.get("free").body()).isEqualTo("null");
    }

    @Test
    @DisplayName("has users that Quarkus identifies with each request, whatever handler it has")
    void users() {
        Browser browser = new Browser(home);
        browser.get("visits");
        String authorization =
                "Basic " + Base64.getEncoder().encodeToString("alice:open".getBytes(StandardCharsets.UTF_8));
        for (int visit = 2; visit <= 4; visit++) {
            assertThat(browser.send(HttpRequest.newBuilder(home.resolve("visits"))
                                    .header("Authorization", authorization))
                            .body())
                    .isEqualTo("alice" + visit);
        }
        assertThat(browser.get("visits").body()).isEqualTo("5");
    }
}
