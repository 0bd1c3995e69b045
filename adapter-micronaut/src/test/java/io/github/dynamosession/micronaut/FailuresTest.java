// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.SessionTooLargeException;
import io.github.dynamosession.spi.UnstorableValueException;
import io.github.dynamosession.testkit.EmbeddedDynamoDbServer;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.server.exceptions.ExceptionHandler;
import io.micronaut.http.server.netty.NettyHttpRequest;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.session.Session;
import jakarta.inject.Singleton;
import java.lang.reflect.Proxy;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

@DisplayName("What goes wrong")
class FailuresTest {
    @Test
    @DisplayName("in the store is answered with 503, and continues without a session where that is the policy")
    void unavailable() {
        String table = App.newTable();
        try (App app = App.start(table);
                App brave = App.start(table, "micronaut.session.http.dynamodb.store-unavailable", "continue")) {
            Visitor visitor = app.visitor();
            visitor.text("/shop/put/name/Ada");
            Visitor other = visitor.at(brave);
            app.failNow();
            brave.failNow();

            Visitor.Reply reply = visitor.get("/shop/get/name");
            assertThat(reply.status()).isEqualTo(503);
            assertThat(reply.response().headers().firstValue("Retry-After")).isPresent();
            assertThat(visitor.get("/shop/nothing").status()).isEqualTo(503);
            assertThat(app.visitor().get("/shop/put/name/Ada").status()).isEqualTo(503);
            assertThat(app.visitor().text("/shop/nothing")).isEqualTo("nothing");

            Visitor.Reply without = other.get("/shop/get/name");
            assertThat(without.body()).isEqualTo("none");
            assertThat(without.setCookie()).isNull();
            assertThat(brave.visitor().get("/shop/put/name/Ada").setCookie()).isNull();
        }
    }

    @Test
    @DisplayName("with an attribute hides it, and with a row of a newer release starts anew: nobody is locked out")
    void unreadable() {
        String table = App.newTable();
        try (App app = App.start(table);
                DynamoDbClient client = EmbeddedDynamoDbServer.shared().client()) {
            Visitor visitor = app.visitor();
            visitor.text("/shop/put/name/Ada");
            visitor.text("/shop/put/other/Bob");

            change(client, table, "SET #d.#a = :v", AttributeValue.fromS("{\"@com.shop.Unknown\":1}"));
            assertThat(visitor.text("/shop/get/name")).isEqualTo("none");
            assertThat(visitor.text("/shop/value")).isEqualTo("none");
            assertThat(visitor.text("/shop/get/other")).isEqualTo("Bob");
            visitor.text("/shop/put/name/Cleo");
            assertThat(visitor.text("/shop/get/name")).isEqualTo("Cleo");

            change(client, table, "SET fmt = :v", AttributeValue.fromN("9"));
            assertThat(visitor.text("/shop/get/name")).isEqualTo("none");
            String former = visitor.cookie();
            visitor.text("/shop/put/name/Dora");
            assertThat(visitor.cookie()).isNotEqualTo(former);
            assertThat(visitor.text("/shop/get/name")).isEqualTo("Dora");
        }
    }

    /** Changes the one session of the table. */
    private static void change(DynamoDbClient client, String table, String expression, AttributeValue value) {
        AttributeValue id =
                client.scan(scan -> scan.tableName(table)).items().get(0).get("id");
        client.updateItem(update -> update.tableName(table)
                .key(Map.of("id", id))
                .updateExpression(expression)
                .expressionAttributeNames(expression.contains("#d") ? Map.of("#d", "data", "#a", "name") : null)
                .expressionAttributeValues(Map.of(":v", value)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"save", "save-async", "change-id", "change-id-async", "compute"})
    @DisplayName("in the store inside of a controller is answered with 503, too")
    void unavailableInside(String path) {
        try (App app = App.start(App.newTable(), "spec.failures", "true")) {
            Visitor visitor = app.visitor();
            visitor.text("/shop/put/name/Ada");
            Failing.now = app::failNow;

            Visitor.Reply reply = visitor.get("/failing/" + path);

            assertThat(reply.status()).isEqualTo(503);
            assertThat(reply.response().headers().firstValue("Retry-After")).isPresent();
            assertThat(reply.setCookie()).isNull();
        }
    }

    @ParameterizedTest
    @CsvSource({"save, name, Ada", "save-async, name, Ada", "compute, clicks, none"})
    @DisplayName("in the store inside of a controller leaves nothing to be stored when the store is back at once")
    void refusedWhole(String path, String name, String stored) {
        AtomicBoolean refuses = new AtomicBoolean();
        InMemorySessionStore memory = new InMemorySessionStore();
        SessionStore store = (SessionStore) Proxy.newProxyInstance(
                SessionStore.class.getClassLoader(), new Class<?>[] {SessionStore.class}, (proxy, method, args) -> {
                    if (method.getName().equals("update") && refuses.getAndSet(false)) {
                        throw new SessionStoreException("refused, for a test", null, false);
                    }
                    return method.invoke(memory, args);
                });
        SessionManager manager = SessionManager.builder(store)
                .codec(JsonCodec.builder().build())
                .executor(ForkJoinPool.commonPool())
                .build();
        try (App app = App.start(App.properties("unused", "spec.failures", "true"), manager)) {
            Visitor visitor = app.visitor();
            visitor.text("/shop/put/name/Ada");
            Failing.now = () -> refuses.set(true);

            assertThat(visitor.get("/failing/" + path).status()).isEqualTo(503);

            assertThat(refuses).isFalse();
            assertThat(visitor.text("/shop/get/" + name)).isEqualTo(stored);
        }
    }

    @Test
    @DisplayName("with the save is answered by the application's handler, without a cookie for what is not stored")
    void handled() {
        try (App app = App.start(
                App.newTable(), "spec.failures", "true", "micronaut.session.http.dynamodb.largest-value", "400000")) {
            for (String path : new String[] {"/failing/unstorable", "/failing/large"}) {
                Visitor.Reply reply = app.visitor().get(path);

                assertThat(reply.status()).as(path).isEqualTo(507);
                assertThat(reply.body()).as(path).isEqualTo("too much for a session");
                assertThat(reply.setCookie()).as(path).isNull();
                assertThat(reply.response().headers().firstValue("Authorization-Info"))
                        .as(path)
                        .isEmpty();
            }
            assertThat(app.visitor().text("/shop/get/name")).isEqualTo("none");
        }
    }

    @Test
    @DisplayName("with the connection loses nothing: what a request changes whose client has gone is saved")
    void disconnected() throws Exception {
        try (App app = App.start(App.newTable(), "spec.failures", "true")) {
            Visitor visitor = app.visitor();
            visitor.text("/shop/put/name/Ada");
            Failing.gone = new CompletableFuture<>();
            try (Socket client = new Socket("localhost", app.uri().getPort())) {
                client.getOutputStream()
                        .write(("GET /failing/gone HTTP/1.1\r\nHost: localhost\r\nCookie: SESSION=" + visitor.cookie()
                                        + "\r\n\r\n")
                                .getBytes(StandardCharsets.US_ASCII));
                assertThat(Failing.arrived.poll(1, TimeUnit.MINUTES)).isNotNull();
            }
            Failing.gone.get(1, TimeUnit.MINUTES);

            String saved = "Ada";
            for (int i = 0; i < 3000 && !saved.equals("gone"); i++) {
                saved = visitor.text("/shop/get/name");
            }
            assertThat(saved).isEqualTo("gone");
        }
    }

    /** Does to sessions what cannot be done. */
    @Controller(value = "/failing", produces = MediaType.TEXT_PLAIN)
    @Requires(property = "spec.failures")
    static class Failing {
        static Runnable now = () -> {};
        static CompletableFuture<Void> gone = new CompletableFuture<>();
        static final BlockingQueue<String> arrived = new LinkedBlockingQueue<>();

        private final SessionManager sessions;

        Failing(SessionManager sessions) {
            this.sessions = sessions;
        }

        @Get("/save")
        @ExecuteOn(TaskExecutors.BLOCKING)
        String save(Session session) {
            now.run();
            session.put("name", "Bob");
            return sessions.save(DynamoSessions.session(session)).toString();
        }

        @Get("/save-async")
        CompletionStage<String> saveAsync(Session session) {
            now.run();
            session.put("name", "Bob");
            return sessions.saveAsync(DynamoSessions.session(session))
                    .thenApply(Object::toString)
                    .thenApply(text -> text);
        }

        @Get("/change-id")
        @ExecuteOn(TaskExecutors.BLOCKING)
        String changeId(Session session) {
            now.run();
            return sessions.changeId(DynamoSessions.session(session)).toString();
        }

        @Get("/change-id-async")
        Publisher<String> changeIdAsync(Session session) {
            now.run();
            return Mono.fromCompletionStage(() -> sessions.changeIdAsync(DynamoSessions.session(session)))
                    .map(Object::toString);
        }

        @Get("/compute")
        @ExecuteOn(TaskExecutors.BLOCKING)
        String compute(Session session) {
            now.run();
            DynamoSessions.session(session).compute("clicks", Integer.class, n -> n.orElse(0) + 1);
            return sessions.save(DynamoSessions.session(session)).toString();
        }

        @Get("/unstorable")
        String unstorable(Session session) {
            List<Object> list = new ArrayList<>();
            session.put("list", list);
            list.add(new Object());
            return "success";
        }

        @Get("/large")
        String large(Session session) {
            byte[] noise = new byte[500_000];
            new Random(1).nextBytes(noise);
            session.put("large", Base64.getEncoder().encodeToString(noise));
            return "success";
        }

        @Get("/gone")
        @ExecuteOn(TaskExecutors.BLOCKING)
        String gone(Session session, HttpRequest<?> request) {
            arrived.add("arrived");
            ((NettyHttpRequest<?>) request)
                    .getChannelHandlerContext()
                    .channel()
                    .closeFuture()
                    .syncUninterruptibly();
            session.put("name", "gone");
            gone.complete(null);
            return "gone";
        }
    }

    /** The application's page for what no session holds. */
    @Singleton
    @Requires(property = "spec.failures")
    static class TooMuch implements ExceptionHandler<UnstorableValueException, HttpResponse<?>> {
        @Override
        public HttpResponse<?> handle(HttpRequest request, UnstorableValueException failure) {
            return HttpResponse.status(HttpStatus.INSUFFICIENT_STORAGE).body("too much for a session");
        }
    }

    /** The same for what is too large. */
    @Singleton
    @Requires(property = "spec.failures")
    static class TooLarge implements ExceptionHandler<SessionTooLargeException, HttpResponse<?>> {
        @Override
        public HttpResponse<?> handle(HttpRequest request, SessionTooLargeException failure) {
            return HttpResponse.status(HttpStatus.INSUFFICIENT_STORAGE).body("too much for a session");
        }
    }

    @Test
    @DisplayName("with compare-and-set is a conflict, answered with 409")
    void conflict() throws InterruptedException {
        try (App app = App.start(App.newTable(), "micronaut.session.http.dynamodb.concurrency", "compare-and-set")) {
            Visitor visitor = app.visitor();
            visitor.text("/shop/put/name/Ada");
            CompletableFuture<Visitor.Reply> slow = ManyRequestsTest.begin(visitor, "conflict", "name", "1");
            visitor.at(app).text("/shop/put/other/2");

            assertThat(ManyRequestsTest.end(slow, "conflict").status()).isEqualTo(409);
        }
    }
}
