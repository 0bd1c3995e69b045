// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.engine.SessionEngine;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.ChangeKeyOutcome;
import io.github.dynamosession.spi.CreateOutcome;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.UnstorableValueException;
import io.github.dynamosession.spi.UpdateOutcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Computed attributes that many requests change at once")
class ContendedComputesTest {
    private final TestClock clock = new TestClock();
    private final InMemorySessionStore memory = new InMemorySessionStore(clock);
    private final SessionManager plain = SessionManager.builder(memory)
            .codec(new SerializingCodec())
            .clock(clock)
            .build();
    private final List<SessionDelta> writes = new ArrayList<>();

    private String given() {
        Session session = plain.newSession();
        session.set("n", 0);
        plain.save(session);
        return session.cookieValue();
    }

    private Session stored(String cookie) {
        return plain.open(cookie).orElseThrow();
    }

    /** Simultaneous clicks, each a request with a session of its own, dealt out to the nodes. */
    private List<CompletionStage<SaveOutcome>> clicks(int number, int nodes, VirtualTime time, String cookie) {
        List<SessionManager> managers = IntStream.range(0, nodes)
                .mapToObj(node -> SessionManager.builder(new DistantStore(time))
                        .codec(new SerializingCodec())
                        .clock(clock)
                        .executor(time)
                        .retryPause(time)
                        .build())
                .toList();
        return IntStream.range(0, number)
                .mapToObj(click -> {
                    SessionManager node = managers.get(click % nodes);
                    return node.openAsync(cookie).thenCompose(found -> {
                        Session session = found.orElseThrow();
                        session.compute("n", Integer.class, n -> n.orElse(0) + 1);
                        return node.saveAsync(session);
                    });
                })
                .toList();
    }

    @Test
    @DisplayName("are stored with one write each on one node, however far the store")
    void oneNode() {
        String cookie = given();
        VirtualTime time = new VirtualTime(1);
        List<CompletionStage<SaveOutcome>> saves = clicks(100, 1, time, cookie);
        time.run();
        assertThat(saves)
                .allSatisfy(save -> assertThat(save.toCompletableFuture()).isCompletedWithValue(SaveOutcome.SAVED));
        assertThat(stored(cookie).get("n")).contains(100);
        assertThat(writes).hasSize(100);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    @DisplayName("need at most three writes each on two nodes")
    void twoNodes(int seed) {
        String cookie = given();
        VirtualTime time = new VirtualTime(seed);
        List<CompletionStage<SaveOutcome>> saves = clicks(50, 2, time, cookie);
        time.run();
        assertThat(saves)
                .allSatisfy(save -> assertThat(save.toCompletableFuture()).isCompletedWithValue(SaveOutcome.SAVED));
        assertThat(stored(cookie).get("n")).contains(50);
        assertThat(writes).hasSizeLessThanOrEqualTo(150);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    @DisplayName("are refused on none of eight nodes")
    void eightNodes(int seed) {
        String cookie = given();
        VirtualTime time = new VirtualTime(seed);
        List<CompletionStage<SaveOutcome>> saves = clicks(200, 8, time, cookie);
        time.run();
        assertThat(saves)
                .allSatisfy(save -> assertThat(save.toCompletableFuture()).isCompletedWithValue(SaveOutcome.SAVED));
        assertThat(stored(cookie).get("n")).contains(200);
    }

    /** A manager for whose saves others are always faster. */
    private SessionManager slow(RecordingStore store) {
        return SessionManager.builder(store)
                .codec(new SerializingCodec())
                .clock(clock)
                .retryPause(longest -> CompletableFuture.completedStage(null))
                .build();
    }

    private void overtaken(RecordingStore store, String cookie, int times) {
        for (int i = 0; i < times; i++) {
            store.beforeNextWrite(() -> {
                Session theirs = stored(cookie);
                theirs.compute("n", Integer.class, n -> n.orElse(0) + 1);
                plain.save(theirs);
            });
        }
    }

    @Test
    @DisplayName("are given up once their request was refused: no later save counts them")
    void refused() {
        String cookie = given();
        RecordingStore store = new RecordingStore(memory);
        SessionManager sessions = slow(store);
        Session session = sessions.open(cookie).orElseThrow();
        session.compute("n", Integer.class, n -> n.orElse(0) + 1);
        session.compute("m", Integer.class, m -> m.orElse(0) + 1);
        session.set("other", "kept");
        overtaken(store, cookie, SessionEngine.SAVE_ATTEMPTS);
        assertThatThrownBy(() -> sessions.save(session)).isInstanceOf(ComputeConflictException.class);
        assertThat(session.get("n")).contains(SessionEngine.SAVE_ATTEMPTS);
        assertThat(session.get("m")).isEmpty();
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
        assertThat(stored(cookie).get("n")).contains(SessionEngine.SAVE_ATTEMPTS);
        assertThat(stored(cookie).get("m")).isEmpty();
        assertThat(stored(cookie).get("other")).contains("kept");
    }

    @Test
    @DisplayName("are given up once an id change with them was refused")
    void refusedIdChange() {
        String cookie = given();
        RecordingStore store = new RecordingStore(memory);
        SessionManager sessions = slow(store);
        Session session = sessions.open(cookie).orElseThrow();
        session.compute("n", Integer.class, n -> n.orElse(0) + 1);
        overtaken(store, cookie, SessionEngine.SAVE_ATTEMPTS);
        assertThatThrownBy(() -> sessions.changeId(session)).isInstanceOf(ComputeConflictException.class);
        assertThat(session.get("n")).contains(SessionEngine.SAVE_ATTEMPTS);
    }

    @Test
    @DisplayName("are given up if their function refuses what others have stored")
    void functionRefuses() {
        String cookie = given();
        RecordingStore store = new RecordingStore(memory);
        SessionManager sessions = slow(store);
        Session session = sessions.open(cookie).orElseThrow();
        session.compute("n", Integer.class, n -> {
            if (n.orElse(0) > 0) {
                throw new IllegalArgumentException("sold out");
            }
            return 1;
        });
        overtaken(store, cookie, 1);
        assertThatThrownBy(() -> sessions.save(session)).isInstanceOf(IllegalArgumentException.class);
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.UNCHANGED);
        assertThat(session.get("n")).contains(1);
        assertThat(stored(cookie).get("n")).contains(1);
    }

    @Test
    @DisplayName("are given up if their new result cannot be stored: the former one does not overwrite others'")
    void resultRefused() {
        String cookie = given();
        RecordingStore store = new RecordingStore(memory);
        SessionManager sessions = slow(store);
        Session session = sessions.open(cookie).orElseThrow();
        session.compute("n", Object.class, n -> n.equals(Optional.of(0)) ? 10 : new Object());
        overtaken(store, cookie, 1);
        assertThatThrownBy(() -> sessions.save(session)).isInstanceOf(UnstorableValueException.class);
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.UNCHANGED);
        assertThat(stored(cookie).get("n")).contains(1);
    }

    @Test
    @DisplayName("are computed on what the store holds, if what this node remembers is out of date")
    void outOfDate() {
        String cookie = given();
        VirtualTime time = new VirtualTime(1);
        // Between the two writes of this node, the second of which expects what the first has stored.
        List<CompletionStage<SaveOutcome>> saves = clicks(2, 1, time, cookie);
        time.in(Duration.ofMillis(120), () -> {
            Session theirs = stored(cookie);
            theirs.set("n", 100);
            plain.save(theirs);
        });
        time.run();
        assertThat(saves)
                .allSatisfy(save -> assertThat(save.toCompletableFuture()).isCompletedWithValue(SaveOutcome.SAVED));
        assertThat((Integer) stored(cookie).get("n").orElseThrow()).isBetween(101, 102);
    }

    @Test
    @DisplayName("wait in their own threads over a store that blocks")
    void blocking() throws InterruptedException {
        String cookie = given();
        CompletableFuture<Void> arrived = new CompletableFuture<>();
        CompletableFuture<Void> answered = new CompletableFuture<>();
        RecordingStore store = new RecordingStore(memory);
        SessionManager sessions = slow(store);
        Session one = sessions.open(cookie).orElseThrow();
        Session two = sessions.open(cookie).orElseThrow();
        one.compute("n", Integer.class, n -> n.orElse(0) + 1);
        two.compute("n", Integer.class, n -> n.orElse(0) + 1);
        store.beforeNextWrite(() -> {
            arrived.complete(null);
            answered.join();
        });
        Thread first = new Thread(() -> sessions.save(one));
        Thread second = new Thread(() -> sessions.save(two));
        first.start();
        arrived.join();
        second.start();
        while (second.isAlive() && second.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        assertThat(store.deltas).hasSize(1);
        answered.complete(null);
        first.join();
        second.join();
        assertThat(store.deltas).hasSize(2);
        assertThat(stored(cookie).get("n")).contains(2);
    }

    /** The sessions of the in-memory store, about 50 ms away. */
    private final class DistantStore implements SessionStore {
        private static final Duration WAY = Duration.ofMillis(25);

        private final VirtualTime time;

        DistantStore(VirtualTime time) {
            this.time = time;
        }

        private <T> CompletionStage<T> there(Supplier<CompletionStage<T>> operation) {
            CompletableFuture<T> back = new CompletableFuture<>();
            time.in(time.about(WAY), () -> {
                T outcome = operation.get().toCompletableFuture().join();
                time.in(time.about(WAY), () -> back.complete(outcome));
            });
            return back;
        }

        @Override
        public boolean isBlocking() {
            return false;
        }

        @Override
        public CompletionStage<FindOutcome> find(SessionKey key) {
            return there(() -> memory.find(key));
        }

        @Override
        public CompletionStage<CreateOutcome> create(SessionKey key, StoredSession session) {
            return there(() -> memory.create(key, session));
        }

        @Override
        public CompletionStage<UpdateOutcome> update(SessionKey key, SessionDelta delta) {
            writes.add(delta);
            return there(() -> memory.update(key, delta));
        }

        @Override
        public CompletionStage<ChangeKeyOutcome> changeKey(
                SessionKey from, SessionKey to, StoredSession seen, SessionDelta delta, KeyChangeReason reason) {
            return there(() -> memory.changeKey(from, to, seen, delta, reason));
        }

        @Override
        public CompletionStage<DeleteOutcome> delete(SessionKey key) {
            return there(() -> memory.delete(key));
        }

        @Override
        public void close() {}
    }
}
