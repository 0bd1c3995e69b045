// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.SessionManager;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.session.Session;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

@DisplayName("What the elements of a streamed response do to the session")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StreamsTest {
    private App app;

    @BeforeAll
    void start() {
        app = App.start(App.newTable(), "spec.streams", "true");
    }

    @AfterAll
    void stop() {
        app.close();
    }

    private Visitor withSession() {
        Visitor visitor = app.visitor();
        visitor.text("/shop/put/name/Ada");
        return visitor;
    }

    @Test
    @DisplayName("is saved before the client sees the end of the stream")
    void saved() {
        Visitor visitor = withSession();

        assertThat(visitor.text("/streams/put/first/last")).isEqualTo("firstlast");

        assertThat(visitor.text("/shop/get/name")).isEqualTo("last");
    }

    @Test
    @DisplayName("also counts if the stream fails")
    void failing() {
        Visitor visitor = withSession();

        assertThatThrownBy(() -> visitor.get("/streams/fail/last")).isInstanceOf(CompletionException.class);

        assertThat(visitor.text("/shop/get/name")).isEqualTo("last");
    }

    @Test
    @DisplayName("ends it, if that is what one does")
    void ending() {
        Visitor visitor = withSession();

        visitor.text("/streams/end");

        assertThat(visitor.text("/shop/get/name")).isEqualTo("none");
    }

    @Test
    @DisplayName("is saved if the client goes away meanwhile")
    void disconnected() throws Exception {
        Visitor visitor = withSession();
        Streams.changed = new CompletableFuture<>();
        try (Socket client = new Socket("localhost", app.uri().getPort())) {
            client.getOutputStream()
                    .write(("GET /streams/endless HTTP/1.1\r\nHost: localhost\r\nCookie: SESSION=" + visitor.cookie()
                                    + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            InputStream answer = client.getInputStream();
            assertThat(answer.read()).isPositive();
            Streams.changed.get(1, TimeUnit.MINUTES);
        }

        String saved = "Ada";
        for (int i = 0; i < 3000 && !saved.equals("endless"); i++) {
            saved = visitor.text("/shop/get/name");
        }
        assertThat(saved).isEqualTo("endless");
    }

    @Test
    @DisplayName("cannot give it another id, and then stores nothing: the client could not be told")
    void newId() {
        Visitor visitor = withSession();

        assertThatThrownBy(() -> visitor.get("/streams/login")).isInstanceOf(CompletionException.class);

        assertThat(visitor.text("/shop/get/name")).isEqualTo("Ada");
        io.github.dynamosession.Session late = Objects.requireNonNull(Streams.loggedIn);
        SessionManager manager = app.context().getBean(SessionManager.class);
        assertThatThrownBy(() -> manager.save(late)).hasCauseInstanceOf(IllegalStateException.class);
        assertThat(visitor.text("/shop/get/name")).as("whoever saves it").isEqualTo("Ada");
    }

    @Test
    @DisplayName("makes no session that the client would not know of")
    void newSession() {
        app.operations();

        assertThat(app.visitor().get("/streams/put/first/last").setCookie()).isNull();

        assertThat(app.operations()).isEmpty();
    }

    @Test
    @DisplayName("costs nothing if that is nothing")
    void unchanged() {
        Visitor visitor = withSession();
        app.operations();

        assertThat(visitor.text("/streams/read")).isEqualTo("AdaAda");

        assertThat(app.operations()).extracting(o -> o.kind().name()).containsExactly("FIND");
    }

    /** Answers with streams. */
    @Controller(value = "/streams", produces = MediaType.TEXT_PLAIN)
    @Requires(property = "spec.streams")
    static class Streams {
        static CompletableFuture<Void> changed = new CompletableFuture<>();
        static volatile io.github.dynamosession.@Nullable Session loggedIn;

        @Get("/put/{first}/{last}")
        Publisher<String> put(Session session, String first, String last) {
            return Flux.just(first, last).doOnNext(value -> session.put("name", value));
        }

        @Get("/fail/{value}")
        Publisher<String> fail(Session session, String value) {
            return Flux.just("first")
                    .concatWith(Mono.fromRunnable(() -> session.put("name", value)))
                    .concatWith(Mono.error(new IllegalStateException("on purpose")));
        }

        @Get("/end")
        Publisher<String> end(Session session) {
            return Flux.just("first", "last").doOnNext(value -> DynamoSessions.invalidate(session));
        }

        @Get("/login")
        Publisher<String> login(Session session) {
            return Flux.just("first").concatWith(Mono.fromRunnable(() -> {
                DynamoSessions.changeId(session);
                session.put("name", "Eve");
                loggedIn = DynamoSessions.session(session);
            }));
        }

        @Get("/endless")
        Publisher<String> endless(Session session) {
            return Flux.just("first")
                    .concatWith(Mono.fromRunnable(() -> {
                        session.put("name", "endless");
                        changed.complete(null);
                    }))
                    .concatWith(Flux.never());
        }

        @Get("/read")
        Publisher<String> read(Optional<Session> session) {
            return Flux.range(0, 2)
                    .map(i -> Objects.requireNonNull(
                            session.orElseThrow().get("name", String.class).orElse(null)));
        }
    }
}
