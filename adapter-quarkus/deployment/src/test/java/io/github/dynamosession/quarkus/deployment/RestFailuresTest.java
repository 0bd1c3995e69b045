// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.spi.SessionTooLargeException;
import io.quarkus.test.QuarkusUnitTest;
import io.quarkus.test.common.http.TestHTTPResource;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A REST resource")
class RestFailuresTest {
    @RegisterExtension
    static final QuarkusUnitTest APPLICATION = new QuarkusUnitTest()
            .withApplicationRoot(jar -> jar.addClasses(Shop.class, Routes.class, Browser.class, CountingStore.class)
                    .addClass(CountingStore.Beans.class));

    /** Changes its session when the store is away, or its client. */
    @Path("/")
    public static class Shop {
        static CompletableFuture<Void> arrived = new CompletableFuture<>();
        static CompletableFuture<Void> gone = new CompletableFuture<>();

        @Inject
        RoutingContext routing;

        @Inject
        Session session;

        @Inject
        SessionManager sessions;

        @Inject
        CountingStore store;

        @GET
        @Path("put")
        public String put() {
            session.set("name", "Ada");
            return "put";
        }

        @GET
        @Path("get")
        public String get() {
            return session.get("name", String.class).orElse("none");
        }

        @GET
        @Path("save")
        public String save() {
            store.down(true);
            session.set("name", "Bob");
            try {
                return sessions.save(session).toString();
            } finally {
                store.down(false);
            }
        }

        @GET
        @Path("change-id")
        public String changeId() {
            store.down(true);
            session.set("name", "Bob");
            try {
                return sessions.changeId(session).toString();
            } finally {
                store.down(false);
            }
        }

        @GET
        @Path("change-id-later")
        public Uni<String> changeIdLater() {
            store.down(true);
            return Uni.createFrom()
                    .completionStage(() -> sessions.changeIdAsync(session))
                    .map(Object::toString);
        }

        @GET
        @Path("too-large")
        public String tooLarge() {
            throw new SessionTooLargeException("on purpose", null);
        }

        /** The application's own answer. */
        @ServerExceptionMapper
        public Response map(SessionTooLargeException failure) {
            return Response.status(507).entity("too much for a session").build();
        }

        private void awaitGone() {
            // After all that happens when the connection closes.
            Context context = Vertx.currentContext();
            routing.addEndHandler(over -> context.runOnContext(later -> gone.complete(null)));
            arrived.complete(null);
        }

        @GET
        @Path("gone/blocking")
        public String blocking() throws Exception {
            awaitGone();
            gone.get(1, TimeUnit.MINUTES);
            session.set("name", "changed");
            return "nobody hears it";
        }

        @GET
        @Path("gone/failing")
        public String failing() throws Exception {
            blocking();
            throw new IllegalStateException("on purpose");
        }

        @GET
        @Path("gone/stage")
        public CompletableFuture<String> stage() {
            session.set("name", "changed");
            awaitGone();
            // Quarkus cancels it.
            return new CompletableFuture<>();
        }

        @GET
        @Path("gone/uni")
        public Uni<String> uni() {
            session.set("name", "changed");
            awaitGone();
            return Uni.createFrom().nothing();
        }

        @GET
        @Path("gone/unbegun")
        @Produces(MediaType.SERVER_SENT_EVENTS)
        public Multi<String> unbegun() {
            session.set("name", "changed");
            awaitGone();
            return Multi.createFrom().nothing();
        }

        @GET
        @Path("gone/multi")
        @Produces(MediaType.SERVER_SENT_EVENTS)
        public Multi<String> multi() {
            awaitGone();
            return Multi.createBy()
                    .concatenating()
                    .streams(
                            Multi.createFrom().item("first"), Multi.createFrom().<String>emitter(emitter -> {
                                session.set("name", "changed");
                                emitter.emit("second");
                            }));
        }

        @GET
        @Path("gone/logout")
        public String logout() throws Exception {
            awaitGone();
            gone.get(1, TimeUnit.MINUTES);
            routing.session().destroy();
            return "nobody hears it";
        }
    }

    /** The same as routes. */
    public static class Routes {
        void add(@Observes Router router, CountingStore store, SessionManager sessions) {
            router.get("/plain").blockingHandler(routing -> {
                store.down(true);
                routing.session().put("name", "Bob");
                try {
                    sessions.changeId(io.github.dynamosession.vertx.DynamoSessionHandler.session(routing));
                } finally {
                    store.down(false);
                }
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
        browser.get("put");
        Shop.arrived = new CompletableFuture<>();
        Shop.gone = new CompletableFuture<>();
    }

    @AfterEach
    void recover() {
        store.down(false);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"save", "change-id", "change-id-later", "plain"})
    @DisplayName(
            "in which the store does not answer is answered with 503, and stores nothing if the store is back at once")
    void unavailable(String path) {
        HttpResponse<String> response = browser.get(path);

        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(response.headers().firstValue("retry-after")).isPresent();
        assertThat(response.headers().allValues("set-cookie")).isEmpty();
        store.down(false);
        assertThat(browser.get("get").body()).isEqualTo("Ada");
    }

    @Test
    @DisplayName("answers failures of sessions in its own way, if it has one")
    void mapped() {
        HttpResponse<String> response = browser.get("too-large");

        assertThat(response.statusCode()).isEqualTo(507);
        assertThat(response.body()).isEqualTo("too much for a session");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "blocking, changed",
        "failing, changed",
        "stage, changed",
        "uni, changed",
        "unbegun, changed",
        "multi, changed",
        "logout, none"
    })
    @DisplayName("whose client goes away before it is done has its session saved or ended all the same")
    void gone(String path, String expected) throws Exception {
        try (Socket client = new Socket(home.getHost(), home.getPort())) {
            client.getOutputStream()
                    .write(("GET /gone/" + path + " HTTP/1.1\r\nHost: localhost\r\nCookie: vertx-web.session="
                                    + browser.id() + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            Shop.arrived.get(1, TimeUnit.MINUTES);
            if (path.equals("multi")) {
                readUntil(client, "second");
            }
        }
        Shop.gone.get(1, TimeUnit.MINUTES);

        String seen = "";
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!seen.equals(expected) && System.nanoTime() < deadline) {
            seen = browser.get("get").body();
        }
        assertThat(seen).isEqualTo(expected);
    }

    private static void readUntil(Socket client, String wanted) throws IOException {
        StringBuilder read = new StringBuilder();
        while (read.indexOf(wanted) < 0) {
            read.append((char) client.getInputStream().read());
        }
    }
}
