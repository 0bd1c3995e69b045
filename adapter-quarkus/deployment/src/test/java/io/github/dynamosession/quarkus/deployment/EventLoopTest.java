// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.Session;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.SessionStore;
import io.quarkus.test.QuarkusUnitTest;
import io.quarkus.test.common.http.TestHTTPResource;
import io.smallrye.common.annotation.NonBlocking;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.ext.web.Router;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.util.Queue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("With a store that blocks, an application")
class EventLoopTest {
    @RegisterExtension
    static final QuarkusUnitTest APPLICATION = new QuarkusUnitTest()
            .withApplicationRoot(
                    jar -> jar.addClasses(Endpoints.class, Routes.class, Stores.class, Calls.class, Browser.class));

    /** Of the store: whether each was made on an event loop. */
    public static class Calls extends ConcurrentLinkedQueue<Boolean> {}

    @Singleton
    public static class Stores {
        @Produces
        @Singleton
        Calls calls = new Calls();

        @Produces
        @Singleton
        SessionStore blocking(Calls calls) {
            SessionStore memory = new InMemorySessionStore();
            return (SessionStore) Proxy.newProxyInstance(
                    SessionStore.class.getClassLoader(),
                    new Class<?>[] {SessionStore.class},
                    (proxy, method, arguments) -> {
                        if (method.getName().equals("isBlocking")) {
                            return true;
                        }
                        try {
                            if (method.getReturnType() == CompletionStage.class) {
                                calls.add(Context.isOnEventLoopThread());
                                Thread.sleep(20);
                            }
                            return method.invoke(memory, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        }
    }

    @Path("/")
    public static class Endpoints {
        @Inject
        Session session;

        private String count() {
            return String.valueOf(session.compute("visits", Integer.class, visits -> visits.orElse(0) + 1)
                    .orElseThrow());
        }

        @GET
        @Path("on-event-loop")
        @NonBlocking
        public String onEventLoop() {
            assertThat(Context.isOnEventLoopThread()).isTrue();
            return count();
        }

        @GET
        @Path("uni")
        public Uni<String> uni() {
            return Uni.createFrom().item(this::count);
        }

        @GET
        @Path("blocking")
        public String blocking() {
            return count();
        }
    }

    public static class Routes {
        void add(@Observes Router router) {
            router.get("/route").handler(routing -> {
                Integer visits = routing.session().get("visits");
                int now = visits == null ? 1 : visits + 1;
                routing.session().put("visits", now);
                routing.end(String.valueOf(now));
            });
        }
    }

    @TestHTTPResource("/")
    URI home;

    @Inject
    Calls calls;

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"on-event-loop", "uni", "blocking", "route"})
    @DisplayName("has saved the session when the client hears the answer, and no event loop waited for it")
    void saved(String path) {
        calls.clear();
        Browser browser = new Browser(home);
        for (int visit = 1; visit <= 3; visit++) {
            assertThat(browser.get(path).body()).isEqualTo(String.valueOf(visit));
        }
        assertThat((Queue<Boolean>) calls).hasSize(5).containsOnly(false);
    }
}
