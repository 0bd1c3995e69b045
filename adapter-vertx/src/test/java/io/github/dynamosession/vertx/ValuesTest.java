// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.java.JavaCodec;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.codec.msgpack.MessagePackCodec;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.UnstorableValueException;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.shareddata.Shareable;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("A value of Vert.x")
class ValuesTest {
    /** Nothing that JSON knows. */
    record Odd(Object self) implements Shareable {}

    private static SessionManager manager(SessionCodec codec) {
        return SessionManager.builder(new InMemorySessionStore())
                .codec(codec)
                .executor(Runnable::run)
                .build();
    }

    static Stream<SessionCodec> codecs() {
        return Stream.of(
                JsonCodec.builder().build(),
                MessagePackCodec.builder().build(),
                JavaCodec.builder().build());
    }

    private static VertxSession opened(SessionManager manager, List<String> cookies) {
        VertxSession session = new VertxSession(manager, fresh -> {});
        Site.await(session.exchange().open(cookies, List.of()).toCompletableFuture());
        return session;
    }

    private static VertxSession lazy(SessionManager manager) {
        return opened(manager, List.of());
    }

    /** What another request finds. */
    private static VertxSession saved(SessionManager manager, VertxSession session) {
        Site.await(session.exchange().commit().toCompletableFuture());
        VertxSession found = opened(manager, List.of(session.session().cookieValue()));
        assertThat(found.present()).isNotNull();
        return found;
    }

    @ParameterizedTest
    @MethodSource("codecs")
    @DisplayName("is read back as itself, and what is changed in it is saved, with each codec")
    void kept(SessionCodec codec) {
        SessionManager manager = manager(codec);
        JsonObject object = new JsonObject()
                .put("name", "ann")
                .put("age", 7)
                .put("big", Long.MAX_VALUE)
                .put("ratio", 1.5)
                .put("nothing", null)
                .put("since", Instant.EPOCH)
                .put("key", Buffer.buffer("secret"))
                .put("roles", new JsonArray().add("admin").add(new JsonObject().put("of", "all")));
        VertxSession first = lazy(manager);
        first.put("object", object);
        first.put("array", new JsonArray().add(1).add(new JsonObject()));
        first.put("buffer", Buffer.buffer("bytes"));
        first.data().put("empty", new JsonObject());
        assertThat(first.<JsonObject>get("object")).isSameAs(object);
        first.<JsonArray>get("array").add("late");

        VertxSession second = saved(manager, first);
        JsonObject read = second.get("object");
        assertThat(read).isEqualTo(new JsonObject(object.encode()));
        assertThat(read.getInstant("since")).isEqualTo(Instant.EPOCH);
        assertThat(read.getBuffer("key")).isEqualTo(Buffer.buffer("secret"));
        assertThat(second.<JsonArray>get("array").encode()).isEqualTo("[1,{},\"late\"]");
        assertThat(second.<Buffer>get("buffer")).isEqualTo(Buffer.buffer("bytes"));
        assertThat(second.data().get("empty")).isEqualTo(new JsonObject());

        read.getJsonArray("roles").getJsonObject(1).put("of", new JsonObject().put("some", true));
        second.<Buffer>get("buffer").appendString(" more");
        VertxSession third = saved(manager, second);
        assertThat(third.<JsonObject>get("object")).isEqualTo(read);
        assertThat(third.<Buffer>get("buffer")).isEqualTo(Buffer.buffer("bytes more"));
        assertThat(third.version()).isEqualTo(second.version()).isGreaterThan(1);

        third.get("object");
        third.get("buffer");
        VertxSession fourth = saved(manager, third);
        assertThat(fourth.version()).as("reading changes nothing").isEqualTo(third.version());
        assertThat(fourth.<JsonArray>remove("array")).hasSize(3);
        assertThat(fourth.<Object>get("array")).isNull();
    }

    @Test
    @DisplayName("is a plain one for whoever reads the engine's session, and what is set there counts")
    void plain() {
        SessionManager manager = manager(JsonCodec.builder().build());
        VertxSession session = lazy(manager);
        JsonObject object = new JsonObject().put("a", new JsonObject().put("b", 1));
        session.put("object", object);
        assertThat(session.session().get("object")).contains(Map.of("vertx:JsonObject", Map.of("a", Map.of("b", 1))));
        session.session().set("object", "other");
        object.put("a", 2);
        assertThat(session.<String>get("object")).isEqualTo("other");
        assertThat(saved(manager, session).<String>get("object")).isEqualTo("other");
    }

    @Test
    @DisplayName("comes along to the new session that the stock handler's regenerateId makes")
    void stock() {
        SessionManager manager = manager(JsonCodec.builder().build());
        VertxSession session = lazy(manager);
        JsonObject object = new JsonObject();
        session.put("object", object);
        object.put("before", 1);
        session.regenerateId();
        session.<JsonObject>get("object").put("after", 2);
        Vertx vertx = Vertx.vertx();
        try {
            VertxSessionStore store = VertxSessionStore.create(vertx, manager);
            Site.await(store.put(session).toCompletionStage().toCompletableFuture());
            io.vertx.ext.web.Session found =
                    Site.await(store.get(session.value()).toCompletionStage().toCompletableFuture());
            assertThat(found.<JsonObject>get("object").encode()).isEqualTo("{\"before\":1,\"after\":2}");
        } finally {
            Site.await(vertx.close().toCompletionStage().toCompletableFuture());
        }
    }

    @Test
    @DisplayName("that cannot be stored is refused when it is put, by the name of its type")
    void refused() {
        VertxSession session = lazy(manager(JsonCodec.builder().build()));
        session.put("name", "before");
        for (Object value : List.of(new Odd(1), Map.of("in", new Odd(1)))) {
            assertThatThrownBy(() -> session.put("name", value))
                    .isInstanceOf(UnstorableValueException.class)
                    .hasMessageContaining(Odd.class.getName());
        }
        JsonObject odd = new JsonObject().put("odd", new Object());
        assertThatThrownBy(() -> session.put("name", odd))
                .isInstanceOf(UnstorableValueException.class)
                .hasMessageContaining(JsonObject.class.getName());
        assertThatThrownBy(() -> session.put("name", List.of(new JsonObject())))
                .isInstanceOf(UnstorableValueException.class)
                .hasMessageContaining(JsonObject.class.getName());
        assertThat(session.<String>get("name")).isEqualTo("before");
    }
}
