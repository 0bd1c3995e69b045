// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.engine.EngineSession;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.settings.ConfigurationException;
import io.github.dynamosession.settings.SessionSettings;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.UnstorableValueException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A fallback codec")
class FallbackCodecTest {
    private static final int PICKY = 70;

    record Context(String user) implements Serializable {}

    record NotAllowed(String user) implements Serializable {}

    static final class Basket implements Serializable {
        private static final long serialVersionUID = 1L;
        final List<Object> items = new ArrayList<>();
        final Set<String> tags = new HashSet<>(Set.of("a", "b", "c", "d"));
    }

    /** Stores what consists of types on its list; reads whatever it once stored. */
    private static final class PickyCodec extends SerializingCodec {
        private final Set<Class<?>> types;

        PickyCodec(Class<?>... types) {
            super(PICKY);
            this.types = Set.of(types);
        }

        @Override
        public byte[] encode(Object value) {
            require(value);
            return super.encode(value);
        }

        private void require(Object value) {
            if (value instanceof Collection<?> collection) {
                collection.forEach(this::require);
            } else if (value instanceof Basket basket && types.contains(Basket.class)) {
                require(basket.items);
            } else if (!(value instanceof String) && !types.contains(value.getClass())) {
                throw new UnstorableValueException(
                        "picky refuses " + value.getClass().getSimpleName(), null);
            }
        }
    }

    private final RecordingStore store = new RecordingStore(new InMemorySessionStore());

    private SessionManager manager(Class<?>... picky) {
        return SessionManager.builder(store)
                .codec(new PickyCodec(picky))
                .fallbackCodec(new ListedCodec(Context.class, Basket.class))
                .build();
    }

    private int written(String name) {
        return store.deltas.get(store.deltas.size() - 1).set().get(name).format();
    }

    private String given(SessionManager sessions, Object value) {
        Session session = sessions.newSession();
        session.set("a", value);
        sessions.save(session);
        return session.cookieValue();
    }

    private static void assertReadingWritesNothing(SessionManager sessions, String cookie) {
        for (int i = 0; i < 100; i++) {
            Session session = sessions.open(cookie).orElseThrow();
            assertThat(session.get("a")).isPresent();
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.UNCHANGED);
        }
    }

    @Test
    @DisplayName("takes what the codec refuses, value by value, and reading needs nothing more")
    void takesTheRest() {
        SessionManager sessions = manager();
        Session session = sessions.newSession();
        session.set("text", "plain");
        session.set("context", new Context("ada"));
        sessions.save(session);
        Session again = sessions.open(session.cookieValue()).orElseThrow();
        assertThat(again.get("text")).contains("plain");
        assertThat(again.get("context", Context.class)).contains(new Context("ada"));
        again.set("text", "plain too");
        again.set("context", new Context("bob"));
        sessions.save(again);
        assertThat(written("text")).isEqualTo(PICKY);
        assertThat(written("context")).isEqualTo(EncodedValue.JAVA);
        // A node that has the fallback for reading only.
        SessionManager reader = SessionManager.builder(store)
                .codec(new PickyCodec())
                .readableCodec(new ListedCodec(Context.class))
                .build();
        assertThat(reader.open(session.cookieValue()).orElseThrow().get("context"))
                .contains(new Context("bob"));
    }

    @Test
    @DisplayName("that only reads any more does not make a save fail that changes nothing, only one that does")
    void readableOnly() {
        Basket basket = new Basket();
        basket.items.add("x");
        String cookie = given(manager(), basket);
        SessionManager reader = SessionManager.builder(store)
                .codec(new PickyCodec())
                .readableCodec(new ListedCodec(Basket.class))
                .build();
        assertReadingWritesNothing(reader, cookie);
        Session prepares = reader.open(cookie).orElseThrow();
        prepares.get("a");
        EngineSession.of(prepares).prepare("a", value -> ((Basket) value).items.add("prepared"));
        assertThat(reader.save(prepares)).isEqualTo(SaveOutcome.UNCHANGED);
        Session changes = reader.open(cookie).orElseThrow();
        changes.get("a", Basket.class).orElseThrow().items.add("y");
        assertThatThrownBy(() -> reader.save(changes))
                .isInstanceOf(UnstorableValueException.class)
                .hasMessageContaining("picky refuses Basket");
    }

    @Test
    @DisplayName("that only reads any more does not keep a value from becoming one that the codec stores")
    void repairedInPlace() {
        List<Object> list = new ArrayList<>(List.of("x", new Context("ada")));
        String cookie = given(manager(), list);
        SessionManager reader = SessionManager.builder(store)
                .codec(new PickyCodec())
                .readableCodec(new ListedCodec(Context.class))
                .build();
        Session session = reader.open(cookie).orElseThrow();
        session.get("a", ArrayList.class).orElseThrow().remove(1);
        assertThat(reader.save(session)).isEqualTo(SaveOutcome.SAVED);
        assertThat(written("a")).isEqualTo(PICKY);
        assertThat(reader.open(cookie).orElseThrow().get("a")).contains(List.of("x"));
    }

    @Test
    @DisplayName("that refuses, too, leaves one error with both reasons")
    void bothRefuse() {
        Session session = manager().newSession();
        assertThatThrownBy(() -> session.set("a", new NotAllowed("ada")))
                .isInstanceOf(UnstorableValueException.class)
                .hasMessageContaining("picky refuses NotAllowed")
                .hasMessageContaining("NotAllowed is not allowed: name it in dynamosession.listed.allowed-types");
        assertThat(session.get("a")).isEmpty();
    }

    @Test
    @DisplayName("writes nothing on reads after the list of the first codec became longer or shorter")
    void listsChange() {
        SessionManager shorter = manager();
        SessionManager longer = manager(Basket.class);
        Basket basket = new Basket();
        basket.items.add("x");
        for (List<SessionManager> releases : List.of(List.of(shorter, longer), List.of(longer, shorter))) {
            String cookie = given(releases.get(0), basket);
            SessionManager next = releases.get(1);
            assertReadingWritesNothing(next, cookie);
            Session session = next.open(cookie).orElseThrow();
            session.get("a", Basket.class).orElseThrow().items.add("y");
            assertThat(next.save(session)).isEqualTo(SaveOutcome.SAVED);
            assertThat(written("a")).isEqualTo(next == longer ? PICKY : EncodedValue.JAVA);
            for (SessionManager each : releases) {
                assertThat(each.open(cookie)
                                .orElseThrow()
                                .get("a", Basket.class)
                                .orElseThrow()
                                .items)
                        .containsExactly("x", "y");
                assertReadingWritesNothing(each, cookie);
            }
        }
    }

    @Test
    @DisplayName("takes a graph as a whole as long as one object in it needs that")
    void graphs() {
        SessionManager sessions = manager(Basket.class);
        String cookie = given(sessions, new Basket());
        assertReadingWritesNothing(sessions, cookie);
        Session adds = sessions.open(cookie).orElseThrow();
        adds.get("a", Basket.class).orElseThrow().items.add(new Context("ada"));
        assertThat(sessions.save(adds)).isEqualTo(SaveOutcome.SAVED);
        assertThat(written("a")).isEqualTo(EncodedValue.JAVA);
        assertReadingWritesNothing(sessions, cookie);
        Session removes = sessions.open(cookie).orElseThrow();
        Basket basket = removes.get("a", Basket.class).orElseThrow();
        assertThat(basket.items).containsExactly(new Context("ada"));
        basket.items.clear();
        assertThat(sessions.save(removes)).isEqualTo(SaveOutcome.SAVED);
        assertThat(written("a")).isEqualTo(PICKY);
        assertReadingWritesNothing(sessions, cookie);
    }

    @Test
    @DisplayName("is set by a setting, and has another format than the codec")
    void settings() {
        SessionSettings settings = SessionSettings.builder()
                .systemProperties(new Properties())
                .environment(Map.of())
                .set("fallback-codec", "listed")
                .set("listed.allowed-types", Context.class.getName())
                .build();
        SessionManager sessions = SessionManager.builder(settings)
                .store(store)
                .codec(new PickyCodec())
                .build();
        String cookie = given(sessions, new Context("ada"));
        assertThat(sessions.open(cookie).orElseThrow().get("a")).contains(new Context("ada"));
        assertThatThrownBy(() -> SessionManager.builder(settings)
                        .store(store)
                        .codec(new ListedCodec())
                        .build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("dynamosession.fallback-codec must have another format");
    }
}
