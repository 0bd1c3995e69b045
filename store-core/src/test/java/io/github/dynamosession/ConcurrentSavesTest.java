// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.DeleteOutcome;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Two threads of a request that save the same session")
class ConcurrentSavesTest {
    private final TestClock clock = new TestClock();
    private final InMemorySessionStore memory = new InMemorySessionStore(clock);

    /** What a client's threads are to do; the last one first, which a network may do. */
    private final Deque<Runnable> requests = new ArrayDeque<>();

    /** What the manager's executor is to do, likewise. */
    private final Deque<Runnable> continuations = new ArrayDeque<>();

    private final SessionManager sessions = SessionManager.builder(new RecordingStore(memory, requests::add))
            .codec(new SerializingCodec())
            .clock(clock)
            .executor(continuations::add)
            .build();
    private final SessionManager blocking = SessionManager.builder(memory)
            .codec(new SerializingCodec())
            .clock(clock)
            .build();

    private void run() {
        while (!requests.isEmpty() || !continuations.isEmpty()) {
            (requests.isEmpty() ? continuations : requests).removeLast().run();
        }
    }

    private <T> T outcome(CompletionStage<T> stage) {
        run();
        assertThat(stage.toCompletableFuture()).isDone();
        return stage.toCompletableFuture().join();
    }

    private String given() {
        Session session = blocking.newSession();
        session.set("n", 5);
        blocking.save(session);
        return session.cookieValue();
    }

    private Session stored(String cookie) {
        return blocking.open(cookie).orElseThrow();
    }

    @Test
    @DisplayName("for the first time lose nothing that was set between the saves")
    void creations() {
        Session session = sessions.newSession();
        session.set("a", 1);
        CompletionStage<SaveOutcome> first = sessions.saveAsync(session);
        session.set("b", 2);
        CompletionStage<SaveOutcome> second = sessions.saveAsync(session);
        requests.removeFirst().run();
        assertThat(outcome(first)).isEqualTo(SaveOutcome.SAVED);
        assertThat(outcome(second)).isEqualTo(SaveOutcome.SAVED);
        assertThat(stored(session.cookieValue()).names()).containsExactlyInAnyOrder("a", "b");
    }

    @Test
    @DisplayName("leave the value that was set last")
    void order() {
        String cookie = given();
        Session session = outcome(sessions.openAsync(cookie)).orElseThrow();
        session.set("n", 6);
        sessions.saveAsync(session);
        session.set("n", 7);
        sessions.saveAsync(session);
        run();
        assertThat(stored(cookie).get("n")).contains(7);
    }

    @Test
    @DisplayName("count a computed value once")
    void computations() {
        String cookie = given();
        Session session = outcome(sessions.openAsync(cookie)).orElseThrow();
        session.compute("n", Integer.class, n -> n.orElse(0) + 1);
        CompletionStage<SaveOutcome> first = sessions.saveAsync(session);
        CompletionStage<SaveOutcome> second = sessions.saveAsync(session);
        assertThat(outcome(first)).isEqualTo(SaveOutcome.SAVED);
        assertThat(outcome(second)).isEqualTo(SaveOutcome.UNCHANGED);
        assertThat(stored(cookie).get("n")).contains(6);
    }

    @Test
    @DisplayName("find it where an id change under way has put it")
    void idChange() {
        String cookie = given();
        Session session = outcome(sessions.openAsync(cookie)).orElseThrow();
        sessions.changeIdAsync(session);
        session.set("n", 6);
        CompletionStage<SaveOutcome> saved = sessions.saveAsync(session);
        requests.removeFirst().run();
        assertThat(outcome(saved)).isEqualTo(SaveOutcome.SAVED);
        assertThat(stored(session.cookieValue()).get("n")).contains(6);
    }

    @Test
    @DisplayName("do not bring back what is being ended, and end nothing before its creation")
    void end() {
        Session session = sessions.newSession();
        session.set("a", 1);
        sessions.saveAsync(session);
        CompletionStage<DeleteOutcome> ended = sessions.endAsync(session);
        CompletionStage<SaveOutcome> late = sessions.saveAsync(session);
        assertThat(outcome(ended)).isEqualTo(DeleteOutcome.DELETED);
        assertThat(outcome(late)).isEqualTo(SaveOutcome.DISCARDED);
        assertThat(blocking.open(session.cookieValue())).isEmpty();
    }

    @Test
    @DisplayName("do not wait for themselves when a listener saves")
    void listener() {
        List<SaveOutcome> outcomes = new ArrayList<>();
        SessionManager[] manager = new SessionManager[1];
        manager[0] = SessionManager.builder(memory)
                .codec(new SerializingCodec())
                .clock(clock)
                .listener(new SessionListener() {
                    @Override
                    public void sessionCreated(Session session) {
                        session.set("listener", 1);
                        outcomes.add(manager[0].save(session));
                    }
                })
                .build();
        Session session = manager[0].newSession();
        session.set("a", 1);
        assertThat(manager[0].save(session)).isEqualTo(SaveOutcome.SAVED);
        assertThat(outcomes).containsExactly(SaveOutcome.SAVED);
        DeleteOutcome ended = manager[0].end(session, last -> manager[0].end(session));
        assertThat(ended).isEqualTo(DeleteOutcome.DELETED);
    }
}
