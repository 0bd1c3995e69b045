// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.SessionStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
@DisplayName("With an executor of one thread, a listener that waits")
class ListenersThatWaitTest {
    private final InMemorySessionStore memory = new InMemorySessionStore();
    private final ExecutorService client = Executors.newCachedThreadPool();
    private final ExecutorService single = Executors.newSingleThreadExecutor();
    private final List<Object> outcomes = new ArrayList<>();

    @AfterEach
    void stop() {
        client.shutdownNow();
        single.shutdownNow();
    }

    /** What the listener does, over a store that blocks and over one that does not. */
    static Stream<Arguments> cases() {
        return Stream.of(true, false)
                .flatMap(blocking -> Stream.of(
                        Arguments.of("opens", blocking, (BiConsumer<SessionManager, Session>) (manager, session) ->
                                manager.open(session.cookieValue()).orElseThrow()),
                        Arguments.of("opens, async", blocking, (BiConsumer<SessionManager, Session>)
                                (manager, session) -> join(manager.openAsync(session.cookieValue()))
                                        .orElseThrow()),
                        Arguments.of("saves the same session", blocking, (BiConsumer<SessionManager, Session>)
                                (manager, session) -> {
                                    session.set("listener", 1);
                                    assertThat(manager.save(session)).isEqualTo(SaveOutcome.SAVED);
                                }),
                        Arguments.of("saves the same session, async", blocking, (BiConsumer<SessionManager, Session>)
                                (manager, session) -> {
                                    session.set("listener", 1);
                                    assertThat(join(manager.saveAsync(session))).isEqualTo(SaveOutcome.SAVED);
                                })));
    }

    private static <T> T join(CompletionStage<T> stage) {
        return stage.toCompletableFuture().join();
    }

    @ParameterizedTest(name = "{0}, blocking {1}")
    @MethodSource("cases")
    @DisplayName("gets its answer")
    void answers(String name, boolean blocking, BiConsumer<SessionManager, Session> listener) throws Exception {
        SessionStore store = new RecordingStore(memory, blocking ? null : client);
        SessionManager[] manager = new SessionManager[1];
        manager[0] = SessionManager.builder(store)
                .codec(new SerializingCodec())
                .executor(single)
                .listener(new SessionListener() {
                    @Override
                    public void sessionCreated(Session session) {
                        listener.accept(manager[0], session);
                        outcomes.add(name);
                    }
                })
                .build();
        Session session = manager[0].newSession();
        session.set("a", 1);
        CompletableFuture<SaveOutcome> saved = manager[0].saveAsync(session).toCompletableFuture();
        assertThat(saved.get(1, TimeUnit.MINUTES)).isEqualTo(SaveOutcome.SAVED);
        assertThat(outcomes).containsExactly(name);
        Session other = manager[0].newSession();
        other.set("a", 1);
        assertThat(single.submit(() -> manager[0].save(other)).get(1, TimeUnit.MINUTES))
                .isEqualTo(SaveOutcome.SAVED);
        assertThat(outcomes).hasSize(2);
    }
}
