// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.memory.InMemorySessionStore;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("saveAsync()")
class SaveWithoutWorkTest {
    private final TestClock clock = new TestClock();
    private final InMemorySessionStore memory = new InMemorySessionStore(clock);
    private final RecordingStore store = new RecordingStore(memory);
    private final SerializingCodec codec = new SerializingCodec();

    /** Work waits here until a test lets it happen. */
    private final Deque<Runnable> waiting = new ArrayDeque<>();

    private final SessionManager sessions = SessionManager.builder(store)
            .codec(codec)
            .clock(clock)
            .executor(waiting::add)
            .build();

    private Session stored() {
        Session session = sessions.newSession();
        Map.of("text", "a", "number", 1, "time", Duration.ofDays(1), "list", new ArrayList<>(List.of("x")))
                .forEach(session::set);
        sessions.save(session);
        return opened(session.cookieValue());
    }

    private Session opened(String cookie) {
        Session session = sessions.open(cookie).orElseThrow();
        forget();
        return session;
    }

    private void forget() {
        store.calls.clear();
        codec.encoded.set(0);
        codec.decoded.set(0);
    }

    private CompletableFuture<SaveOutcome> saved(Session session) {
        return sessions.saveAsync(session).toCompletableFuture();
    }

    private void completesAtOnce(Session session, SaveOutcome outcome) {
        forget();
        assertThat(saved(session)).isCompletedWithValue(outcome);
        assertThat(waiting).isEmpty();
        assertThat(store.calls).isEmpty();
        assertThat(codec.encoded).hasValue(0);
        assertThat(codec.decoded).hasValue(0);
    }

    private void needsThread(Session session, SaveOutcome outcome) {
        forget();
        CompletableFuture<SaveOutcome> saved = saved(session);
        assertThat(saved).isNotDone();
        assertThat(store.calls).isEmpty();
        assertThat(codec.encoded).hasValue(0);
        assertThat(codec.decoded).hasValue(0);
        work();
        assertThat(saved).isCompletedWithValue(outcome);
    }

    private void work() {
        while (!waiting.isEmpty()) {
            waiting.remove().run();
        }
    }

    @Test
    @DisplayName("is complete at once if nothing was read")
    void untouched() {
        completesAtOnce(stored(), SaveOutcome.UNCHANGED);
    }

    @Test
    @DisplayName("is complete at once if only values were read that nobody can change")
    void immutable() {
        Session session = stored();
        assertThat(session.get("text")).contains("a");
        assertThat(session.get("number", Integer.class)).contains(1);
        assertThat(session.get("time", Duration.class)).contains(Duration.ofDays(1));
        assertThat(session.get("absent")).isEmpty();
        session.remove("absent too");
        completesAtOnce(session, SaveOutcome.UNCHANGED);
    }

    @Test
    @DisplayName("is complete at once if all was saved before")
    void savedBefore() {
        Session session = stored();
        session.set("text", "b");
        session.remove("number");
        session.compute("visits", Integer.class, n -> n.orElse(0) + 1);
        needsThread(session, SaveOutcome.SAVED);
        completesAtOnce(session, SaveOutcome.UNCHANGED);
    }

    static Stream<Named<Consumer<Session>>> changes() {
        return Stream.of(
                Named.of("set", session -> session.set("text", "b")),
                Named.of("set anew", session -> session.set("new", "b")),
                Named.of("removed", session -> session.remove("text")),
                Named.of("computed", session -> session.compute("visits", Integer.class, n -> n.orElse(0) + 1)),
                Named.of("another idle timeout", session -> session.setIdleTimeout(Duration.ofMinutes(1))),
                Named.of("changed in place", session -> {
                    @SuppressWarnings("unchecked")
                    List<String> list = session.get("list", List.class).orElseThrow();
                    list.add("y");
                }));
    }

    @ParameterizedTest
    @MethodSource("changes")
    @DisplayName("leaves codec and store to the executor if something changed")
    void changed(Consumer<Session> change) {
        Session session = stored();
        change.accept(session);
        needsThread(session, SaveOutcome.SAVED);
        assertThat(store.calls).containsExactly("update");
    }

    @Test
    @DisplayName("leaves it to the executor to find out whether a changeable value was changed")
    void mutable() {
        Session session = stored();
        assertThat(session.get("list")).isPresent();
        needsThread(session, SaveOutcome.UNCHANGED);
        assertThat(codec.encoded).hasValue(1);
        Session set = stored();
        set.set("list", new ArrayList<>(List.of("x")));
        needsThread(set, SaveOutcome.UNCHANGED);
    }

    @Test
    @DisplayName("touches on the executor when that is due, once")
    void touch() {
        Session session = stored();
        clock.advance(Duration.ofMinutes(10));
        Session later = opened(session.cookieValue());
        needsThread(later, SaveOutcome.TOUCHED);
        completesAtOnce(later, SaveOutcome.UNCHANGED);
    }

    @Test
    @DisplayName("waits for another write of the session that is under way")
    void writeUnderWay() {
        Session session = stored();
        session.set("text", "b");
        store.beforeNextWrite(() -> {
            session.set("text", "a");
            assertThat(saved(session)).isNotDone();
        });
        CompletableFuture<SaveOutcome> first = saved(session);
        work();
        assertThat(first).isCompletedWithValue(SaveOutcome.SAVED);
        assertThat(opened(session.cookieValue()).get("text")).contains("a");
    }

    @Test
    @DisplayName("waits for what was handed to the executor before it, though that has not begun")
    void handedOver() {
        Session session = stored();
        CompletableFuture<?> end = sessions.endAsync(session).toCompletableFuture();
        CompletableFuture<SaveOutcome> saved = saved(session);
        assertThat(saved).isNotDone();
        work();
        assertThat(end).isDone();
        assertThat(saved).isCompletedWithValue(SaveOutcome.DISCARDED);
        completesAtOnce(session, SaveOutcome.DISCARDED);
    }

    @Test
    @DisplayName("is complete at once after one that its caller cancelled, which goes on nevertheless")
    void cancelled() {
        Session session = stored();
        session.set("text", "b");
        assertThat(saved(session).cancel(true)).isTrue();
        assertThat(saved(session)).isNotDone();
        work();
        assertThat(opened(session.cookieValue()).get("text")).contains("b");
        completesAtOnce(session, SaveOutcome.UNCHANGED);
    }

    @Test
    @DisplayName("is complete at once for a session that is over, on its own, or new and empty")
    void nothingToStore() {
        Session over = stored();
        sessions.end(over);
        completesAtOnce(over, SaveOutcome.DISCARDED);

        Session moved = stored();
        String former = moved.cookieValue();
        sessions.changeId(moved);
        Session late = opened(former);
        assertThat(late.isDetached()).isTrue();
        late.set("text", "b");
        completesAtOnce(late, SaveOutcome.DISCARDED);

        completesAtOnce(sessions.newSession(), SaveOutcome.UNCHANGED);
        Session begun = sessions.newSession();
        begun.set("text", "a");
        needsThread(begun, SaveOutcome.SAVED);
    }

    @Test
    @DisplayName("stores a new empty session on the executor if it is to be stored")
    void storedEmpty() {
        SessionManager storing = SessionManager.builder(store)
                .codec(codec)
                .executor(waiting::add)
                .storeEmptySessions(true)
                .build();
        CompletableFuture<SaveOutcome> saved =
                storing.saveAsync(storing.newSession()).toCompletableFuture();
        assertThat(saved).isNotDone();
        work();
        assertThat(saved).isCompletedWithValue(SaveOutcome.SAVED);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("does not hop to the executor over a store that does not block either")
    void nonBlocking(boolean readOnly) {
        SessionManager other = SessionManager.builder(new RecordingStore(memory, Runnable::run))
                .codec(codec)
                .clock(clock)
                .executor(waiting::add)
                .build();
        String cookie = stored().cookieValue();
        CompletableFuture<Optional<Session>> open = other.openAsync(cookie).toCompletableFuture();
        work();
        Session session = open.join().orElseThrow();
        session.get(readOnly ? "text" : "list");
        CompletableFuture<SaveOutcome> saved = other.saveAsync(session).toCompletableFuture();
        assertThat(saved).isCompletedWithValue(SaveOutcome.UNCHANGED);
        assertThat(waiting).isEmpty();
    }

    @Test
    @DisplayName("asks for an executor even where it would not need one this time")
    void noExecutor() {
        SessionManager without =
                SessionManager.builder(store).codec(codec).clock(clock).build();
        assertThatThrownBy(() -> without.saveAsync(without.newSession()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("saveAsync");
    }
}
