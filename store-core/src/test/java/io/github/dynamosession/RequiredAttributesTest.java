// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.settings.SessionSettings;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.TamperedValueException;
import io.github.dynamosession.spi.UnreadableValueException;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A session whose required attributes cannot be read")
class RequiredAttributesTest {
    private final InMemorySessionStore memory = new InMemorySessionStore();
    private final RecordingStore store = new RecordingStore(memory);
    private final SessionManager old =
            SessionManager.builder(store).codec(new SerializingCodec()).build();
    private final List<UnreadableValueException> reported = new ArrayList<>();

    private String given(Map<String, Object> attributes) {
        Session session = old.newSession();
        attributes.forEach(session::set);
        old.save(session);
        return session.cookieValue();
    }

    /** Of another release, which does not know the format. */
    private SessionManager other(UnaryOperator<SessionManager.Builder> setUp) {
        return setUp.apply(SessionManager.builder(store)
                        .codec(new SerializingCodec(70))
                        .observer(new SessionObserver() {
                            @Override
                            public void unreadableAttribute(UnreadableValueException reason) {
                                reported.add(reason);
                            }
                        }))
                .build();
    }

    @Test
    @DisplayName("is not opened; that is told, and what is stored stays as it is for those who can read it")
    void notOpened() {
        String cookie = given(Map.of("user", "augusta", "cart", 1));
        SessionManager sessions = other(builder -> builder.requiredAttributes("user", "not there"));
        store.calls.clear();
        assertThat(sessions.open(cookie)).isEmpty();
        assertThat(store.calls).hasSize(1);
        assertThat(reported).hasSize(1);
        assertThat(reported.get(0)).hasMessageNotContaining("augusta");
        assertThat(old.open(cookie).orElseThrow().get("user")).contains("augusta");
        // The next cookie of the same name is looked at.
        Session mine = sessions.newSession();
        mine.set("user", "bob");
        sessions.save(mine);
        assertThat(sessions.openAny(List.of(cookie, mine.cookieValue()), sessions.arrival(null))
                        .orElseThrow()
                        .get("user"))
                .contains("bob");
    }

    @Test
    @DisplayName("is opened if only others cannot be read, or none of the required is there")
    void othersUnreadable() {
        String cookie = given(Map.of("cart", 1));
        Session session = other(builder -> builder.requiredAttributes("user"))
                .open(cookie)
                .orElseThrow();
        assertThat(session.get("cart")).isEmpty();
        assertThat(session.get("cart")).isEmpty();
        assertThat(session.get("cart", Integer.class)).isEmpty();
        assertThat(reported).as("told once").hasSize(1);
    }

    @Test
    @DisplayName("is not opened under NEW_SESSION whatever its name, and the same by settings")
    void newSession() {
        String cookie = given(Map.of("cart", 1));
        assertThat(other(builder -> builder.unreadableAttributes(UnreadablePolicy.NEW_SESSION))
                        .open(cookie))
                .isEmpty();
        for (String[] setting :
                new String[][] {{"unreadable-attributes", "new-session"}, {"required-attributes", "user, cart"}}) {
            SessionSettings settings = SessionSettings.builder()
                    .systemProperties(new Properties())
                    .environment(Map.of())
                    .set(setting[0], setting[1])
                    .build();
            SessionManager sessions = SessionManager.builder(settings)
                    .store(store)
                    .codec(new SerializingCodec(70))
                    .build();
            assertThat(sessions.open(cookie)).isEmpty();
        }
    }

    @Test
    @DisplayName("is not opened after somebody tampered with one")
    void tampered() {
        String cookie = given(Map.of("user", "ada"));
        SessionManager sessions = SessionManager.builder(store)
                .codec(new SerializingCodec() {
                    @Override
                    public Object decode(byte[] bytes, Type type) {
                        throw new TamperedValueException("tampered with", null);
                    }
                })
                .requiredAttributes("user")
                .build();
        assertThat(sessions.open(cookie)).isEmpty();
    }

    @Test
    @DisplayName("fails when one is read as a type that it does not have")
    void wrongType() {
        String cookie = given(Map.of("user", "ada", "cart", 1));
        for (SessionManager sessions : List.of(
                SessionManager.builder(store)
                        .codec(new SerializingCodec())
                        .requiredAttributes("user")
                        .build(),
                SessionManager.builder(store)
                        .codec(new SerializingCodec())
                        .unreadableAttributes(UnreadablePolicy.NEW_SESSION)
                        .build())) {
            Session session = sessions.open(cookie).orElseThrow();
            assertThatThrownBy(() -> session.get("user", Integer.class)).isInstanceOf(UnreadableValueException.class);
            assertThat(session.get("user")).contains("ada");
        }
    }

    @Test
    @DisplayName("and one whose can are not written because they were looked at: 1,000 requests write nothing")
    void writesNothing() {
        String cookie = given(Map.of(
                "user", new ArrayList<>(List.of("ada")), "roles", new HashSet<>(Set.of("a", "b", "c")), "unread", 1));
        SessionManager sessions = SessionManager.builder(store)
                .codec(new SerializingCodec())
                .unreadableAttributes(UnreadablePolicy.NEW_SESSION)
                .build();
        for (int i = 0; i < 1_000; i++) {
            Session session = sessions.open(cookie).orElseThrow();
            session.get("roles", Set.class);
            session.get("user");
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.UNCHANGED);
        }
        Session session = sessions.open(cookie).orElseThrow();
        session.get("user", new TypeRef<List<String>>() {}).orElseThrow().add("lovelace");
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
        assertThat(sessions.open(cookie).orElseThrow().get("user")).contains(List.of("ada", "lovelace"));
    }

    @Test
    @DisplayName("is found out about on the manager's executor, or in the thread that waits, not on one of the client")
    void executor() throws Exception {
        String cookie = given(Map.of("user", "ada"));
        Set<String> threads = ConcurrentHashMap.newKeySet();
        ExecutorService client = Executors.newSingleThreadExecutor(task -> new Thread(task, "client"));
        ExecutorService pool = Executors.newSingleThreadExecutor(task -> new Thread(task, "pool"));
        try {
            SessionManager sessions = SessionManager.builder(new RecordingStore(memory, client))
                    .codec(new SerializingCodec() {
                        @Override
                        public Object decode(byte[] bytes, Type type) {
                            threads.add(Thread.currentThread().getName());
                            return super.decode(bytes, type);
                        }
                    })
                    .executor(pool)
                    .requiredAttributes("user")
                    .build();
            assertThat(sessions.openAsync(cookie).toCompletableFuture().get()).isPresent();
            assertThat(threads).containsExactly("pool");
            threads.clear();
            assertThat(sessions.open(cookie)).isPresent();
            assertThat(threads).containsExactly(Thread.currentThread().getName());
        } finally {
            client.shutdown();
            pool.shutdown();
        }
    }

    @Test
    @DisplayName("and in general what cannot be read is not computed from, and not overwritten so")
    void compute() {
        String cookie = given(Map.of("n", 41));
        SessionManager sessions = other(builder -> builder);
        Session session = sessions.open(cookie).orElseThrow();
        assertThatThrownBy(() -> session.compute("n", Integer.class, n -> n.orElse(0) + 1))
                .isInstanceOf(UnreadableValueException.class);
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.UNCHANGED);
        assertThat(old.open(cookie).orElseThrow().get("n")).contains(41);
        // Nor at the save, if somebody else stored it in between.
        Session mine = sessions.newSession();
        mine.set("n", 1);
        sessions.save(mine);
        Session late = sessions.open(mine.cookieValue()).orElseThrow();
        late.compute("n", Integer.class, n -> n.orElse(0) + 1);
        Session theirs = old.open(mine.cookieValue()).orElseThrow();
        theirs.set("n", 70);
        old.save(theirs);
        assertThatThrownBy(() -> sessions.save(late)).isInstanceOf(UnreadableValueException.class);
        assertThat(old.open(mine.cookieValue()).orElseThrow().get("n")).contains(70);
    }
}
