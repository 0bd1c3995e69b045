// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.SessionStoreException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("After a write whose outcome is not known")
class UnknownOutcomesTest {
    private final TestClock clock = new TestClock();
    private final InMemorySessionStore memory = new InMemorySessionStore(clock);

    /** What keeps an answer away. */
    private enum Fault {
        LOST_REPLY {
            @Override
            void next(RecordingStore store, Gate gate) {
                store.loseNextReply(new SessionStoreException("no answer", null, true));
            }
        },
        LOST_REQUEST {
            @Override
            void next(RecordingStore store, Gate gate) {
                store.loseNextCall(new SessionStoreException("no answer", null, true));
            }
        },
        REJECTED_CONTINUATION {
            @Override
            void next(RecordingStore store, Gate gate) {
                gate.closed = true;
            }
        },
        CANCELLED_CALL {
            @Override
            void next(RecordingStore store, Gate gate) {
                store.loseNextReply(new CancellationException());
            }
        },
        STORE_WITHOUT_MANNERS {
            @Override
            void next(RecordingStore store, Gate gate) {
                store.loseNextReply(new IllegalStateException("connection pool shut down"));
            }
        };

        abstract void next(RecordingStore store, Gate gate);
    }

    /** An executor that refuses while it is closed. */
    private static final class Gate implements Executor {
        volatile boolean closed;

        @Override
        public void execute(Runnable task) {
            if (closed) {
                throw new RejectedExecutionException("full");
            }
            task.run();
        }
    }

    private final Gate gate = new Gate();
    private final RecordingStore store = new RecordingStore(memory, Runnable::run);
    private final SessionManager sessions = manager(builder -> builder);

    /** Sees the store as it is. */
    private final SessionManager others = SessionManager.builder(memory)
            .codec(new SerializingCodec())
            .clock(clock)
            .build();

    private SessionManager manager(UnaryOperator<SessionManager.Builder> settings) {
        return settings.apply(SessionManager.builder(store)
                        .codec(new SerializingCodec())
                        .clock(clock)
                        .executor(gate))
                .build();
    }

    private void fails(Fault fault, CompletionStage<?> operation) {
        gate.closed = false;
        assertThatThrownBy(() -> operation.toCompletableFuture().join())
                .as("%s", fault)
                .isInstanceOfAny(CompletionException.class, CancellationException.class);
    }

    private void failingSave(Fault fault, Session session) {
        fault.next(store, gate);
        fails(fault, sessions.saveAsync(session));
    }

    private Map<String, Object> stored(Session session) {
        Session seen = others.open(session.cookieValue()).orElseThrow();
        return seen.names().stream()
                .collect(java.util.stream.Collectors.toMap(
                        name -> name, name -> seen.get(name).orElseThrow()));
    }

    private Session given(Map<String, ?> attributes) {
        Session session = others.newSession();
        attributes.forEach(session::set);
        others.save(session);
        return sessions.open(session.cookieValue()).orElseThrow();
    }

    private void elsewhere(Session session, java.util.function.Consumer<Session> change) {
        Session theirs = others.open(session.cookieValue()).orElseThrow();
        change.accept(theirs);
        assertThat(others.save(theirs)).isEqualTo(SaveOutcome.SAVED);
    }

    @Nested
    @DisplayName("a new session")
    class Creation {
        @ParameterizedTest
        @EnumSource
        @DisplayName("stores what was changed since, and only then says so")
        void changedSince(Fault fault) {
            Session session = sessions.newSession();
            session.set("user", "nobody");
            session.set("old", 1);
            failingSave(fault, session);
            session.set("user", "alice");
            session.set("cart", List.of("book"));
            session.remove("old");
            session.setIdleTimeout(Duration.ofMinutes(7));
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
            assertThat(stored(session)).isEqualTo(Map.of("user", "alice", "cart", List.of("book")));
            assertThat(others.open(session.cookieValue()).orElseThrow().idleTimeout())
                    .contains(Duration.ofMinutes(7));
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.UNCHANGED);
        }

        @ParameterizedTest
        @EnumSource
        @DisplayName("counts what was computed before and since once each")
        void computed(Fault fault) {
            Session session = sessions.newSession();
            session.compute("n", Integer.class, n -> n.orElse(0) + 1);
            failingSave(fault, session);
            session.compute("n", Integer.class, n -> n.orElse(0) + 10);
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
            assertThat(stored(session)).isEqualTo(Map.of("n", 11));
        }

        @ParameterizedTest
        @EnumSource
        @DisplayName("is saved although everything was taken back")
        void takenBack(Fault fault) {
            Session session = sessions.newSession();
            session.set("secret", 1);
            failingSave(fault, session);
            session.remove("secret");
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
            assertThat(stored(session)).isEmpty();
        }

        @ParameterizedTest
        @EnumSource
        @DisplayName("is deleted by a logout")
        void ended(Fault fault) {
            Session session = sessions.newSession();
            session.set("user", "alice");
            failingSave(fault, session);
            assertThat(sessions.end(session))
                    .isEqualTo(fault == Fault.LOST_REQUEST ? DeleteOutcome.ABSENT : DeleteOutcome.DELETED);
            assertThat(others.open(session.cookieValue())).isEmpty();
        }

        @ParameterizedTest
        @EnumSource
        @DisplayName("stays nowhere under the old id if the id changes")
        void idChanged(Fault fault) {
            Session session = sessions.newSession();
            session.set("a", 1);
            String former = session.cookieValue();
            failingSave(fault, session);
            assertThat(sessions.changeId(session)).isEqualTo(ChangeIdOutcome.CHANGED);
            assertThat(others.open(former)).isEmpty();
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
            assertThat(stored(session)).isEqualTo(Map.of("a", 1));
            assertThat(memory.size()).isEqualTo(1);
        }

        @Test
        @DisplayName("is told once")
        void told() {
            int[] created = {0};
            SessionManager listening = manager(builder -> builder.listener(new SessionListener() {
                @Override
                public void sessionCreated(Session session) {
                    created[0]++;
                }
            }));
            Session session = listening.newSession();
            session.set("a", 1);
            store.loseNextReply(new SessionStoreException("no answer", null, true));
            assertThatThrownBy(() -> listening.save(session)).isInstanceOf(SessionStoreException.class);
            listening.save(session);
            assertThat(created[0]).isEqualTo(1);
        }

        @Test
        @DisplayName("does not see a version that others made, under compare-and-set")
        void compareAndSet() {
            SessionManager exact = manager(builder -> builder.concurrency(Concurrency.COMPARE_AND_SET));
            Session session = exact.newSession();
            session.set("a", 1);
            store.loseNextReply(new SessionStoreException("no answer", null, true));
            assertThatThrownBy(() -> exact.save(session)).isInstanceOf(SessionStoreException.class);
            elsewhere(session, theirs -> theirs.set("a", 2));
            session.set("b", 1);
            assertThat(exact.save(session)).isEqualTo(SaveOutcome.CONFLICT);
        }

        @Test
        @DisplayName("under the policy to continue is unavailable once and complete the next time")
        void continuing() {
            SessionManager lenient = manager(builder -> builder.storeUnavailable(UnavailablePolicy.CONTINUE));
            Session session = lenient.newSession();
            session.set("user", "nobody");
            store.loseNextReply(new SessionStoreException("no answer", null, true));
            assertThat(lenient.save(session)).isEqualTo(SaveOutcome.UNAVAILABLE);
            session.set("user", "alice");
            assertThat(lenient.save(session)).isEqualTo(SaveOutcome.SAVED);
            assertThat(stored(session)).isEqualTo(Map.of("user", "alice"));
        }
    }

    @Nested
    @DisplayName("a stored session")
    class Update {
        @ParameterizedTest
        @EnumSource
        @DisplayName("stores what was changed and what was taken back since")
        void takenBack(Fault fault) {
            Session session = given(Map.of("back", "before", "old", 1));
            session.set("back", "after");
            session.remove("old");
            session.set("new", 1);
            session.setIdleTimeout(Duration.ofMinutes(1));
            failingSave(fault, session);
            session.set("back", "before");
            session.set("old", 1);
            session.remove("new");
            session.setIdleTimeout(SessionManager.DEFAULT_IDLE_TIMEOUT);
            session.set("cart", 1);
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
            assertThat(stored(session)).isEqualTo(Map.of("back", "before", "old", 1, "cart", 1));
            assertThat(others.open(session.cookieValue()).orElseThrow().idleTimeout())
                    .contains(SessionManager.DEFAULT_IDLE_TIMEOUT);
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.UNCHANGED);
        }

        @ParameterizedTest
        @EnumSource
        @DisplayName("counts each computation once")
        void computed(Fault fault) {
            Session session = given(Map.of("n", 0));
            session.compute("n", Integer.class, n -> n.orElse(0) + 1);
            failingSave(fault, session);
            session.compute("n", Integer.class, n -> n.orElse(0) + 10);
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
            assertThat(stored(session)).isEqualTo(Map.of("n", 11));
        }

        @ParameterizedTest
        @EnumSource
        @DisplayName("counts each computation once, or says that it cannot tell, if others came between")
        void computedByOthers(Fault fault) {
            Session session = given(Map.of("n", 0, "x", "before"));
            session.compute("n", Integer.class, n -> n.orElse(0) + 1);
            session.set("x", "after");
            failingSave(fault, session);
            session.set("x", "before");
            session.set("y", 1);
            elsewhere(session, theirs -> theirs.compute("n", Integer.class, n -> n.orElse(0) + 100));
            if (fault != Fault.LOST_REQUEST) {
                // Two steps: the first may have been anybody's.
                cannotBeTold(session);
            }
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
            assertThat(stored(session)).isEqualTo(Map.of("n", 101, "x", "before", "y", 1));
        }

        @ParameterizedTest
        @EnumSource
        @DisplayName("does not count a computation twice where others have set the value back")
        void setBackByOthers(Fault fault) {
            Session session = given(Map.of("n", 0));
            session.compute("n", Integer.class, n -> n.orElse(0) + 1);
            failingSave(fault, session);
            elsewhere(session, theirs -> theirs.set("n", 7));
            elsewhere(session, theirs -> theirs.set("n", 0));
            cannotBeTold(session);
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.UNCHANGED);
            assertThat(stored(session)).isEqualTo(Map.of("n", 0));
        }

        private void cannotBeTold(Session session) {
            assertThatThrownBy(() -> sessions.save(session))
                    .isInstanceOfSatisfying(
                            SessionStoreException.class,
                            e -> assertThat(e.outcomeUnknown()).isTrue());
        }

        @ParameterizedTest
        @EnumSource
        @DisplayName("is not overwritten if the change of the id comes next")
        void idChanged(Fault fault) {
            Session session = given(Map.of("n", 0, "x", "before"));
            String former = session.cookieValue();
            session.compute("n", Integer.class, n -> n.orElse(0) + 1);
            session.set("x", "after");
            failingSave(fault, session);
            session.set("x", "before");
            assertThat(sessions.changeId(session)).isEqualTo(ChangeIdOutcome.CHANGED);
            assertThat(session.cookieValue()).isNotEqualTo(former);
            assertThat(stored(session)).isEqualTo(Map.of("n", 1, "x", "before"));
        }

        @Test
        @DisplayName("that was refused for certain is not repeated, but sent as it then is")
        void refused() {
            Session session = given(Map.of("a", 1));
            session.set("a", 2);
            store.loseNextCall(new SessionStoreException("throttled", null, false));
            assertThatThrownBy(() -> sessions.save(session)).isInstanceOf(SessionStoreException.class);
            store.calls.clear();
            session.set("a", 1);
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.UNCHANGED);
            assertThat(store.calls).isEmpty();
        }

        @Test
        @DisplayName("whose repetition is refused is still not known")
        void refusedRepetition() {
            Session session = given(Map.of("a", 1));
            session.set("a", 2);
            store.loseNextReply(new SessionStoreException("no answer", null, true));
            assertThatThrownBy(() -> sessions.save(session)).isInstanceOf(SessionStoreException.class);
            store.loseNextCall(new SessionStoreException("throttled", null, false));
            assertThatThrownBy(() -> sessions.save(session)).isInstanceOf(SessionStoreException.class);
            session.set("a", 1);
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
            assertThat(stored(session)).isEqualTo(Map.of("a", 1));
        }
    }

    @Nested
    @DisplayName("an id change")
    class IdChange {
        private void failing(Fault fault, Session session, KeyChangeReason reason) {
            fault.next(store, gate);
            fails(fault, sessions.changeIdAsync(session, reason));
        }

        @ParameterizedTest
        @EnumSource
        @DisplayName("is repeated to the same target and recognised; what came after it is still to be saved")
        void repeated(Fault fault) {
            Session session = given(Map.of("a", 1));
            String former = session.cookieValue();
            session.set("user", "alice");
            failing(fault, session, KeyChangeReason.PRIVILEGE_CHANGE);
            session.set("user", "bob");
            session.set("cart", 1);
            assertThat(sessions.changeId(session)).isEqualTo(ChangeIdOutcome.CHANGED);
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
            assertThat(session.cookieValue()).isNotEqualTo(former);
            assertThat(stored(session)).isEqualTo(Map.of("a", 1, "user", "bob", "cart", 1));
            assertThat(memory.size()).isEqualTo(1);
        }

        @ParameterizedTest
        @EnumSource
        @DisplayName("counts once what was computed before it")
        void computed(Fault fault) {
            Session session = given(Map.of("n", 0));
            session.compute("n", Integer.class, n -> n.orElse(0) + 1);
            failing(fault, session, KeyChangeReason.PRIVILEGE_CHANGE);
            session.compute("n", Integer.class, n -> n.orElse(0) + 10);
            assertThat(sessions.changeId(session)).isEqualTo(ChangeIdOutcome.CHANGED);
            sessions.save(session);
            assertThat(stored(session)).isEqualTo(Map.of("n", 11));
        }

        @ParameterizedTest
        @EnumSource
        @DisplayName("leaves nothing behind if the session ends")
        void ended(Fault fault) {
            Session session = given(Map.of("a", 1));
            failing(fault, session, KeyChangeReason.PRIVILEGE_CHANGE);
            assertThat(sessions.end(session)).isEqualTo(DeleteOutcome.DELETED);
            assertThat(memory.size()).isZero();
        }

        @ParameterizedTest
        @EnumSource
        @DisplayName("that was only a rotation is followed by the save, which repeats its changes")
        void rotation(Fault fault) {
            Session session = given(Map.of("n", 0, "x", "before"));
            String former = session.cookieValue();
            session.compute("n", Integer.class, n -> n.orElse(0) + 1);
            session.set("x", "after");
            failing(fault, session, KeyChangeReason.ROTATION);
            session.set("x", "before");
            session.compute("n", Integer.class, n -> n.orElse(0) + 10);
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
            assertThat(session.cookieValue()).isEqualTo(former);
            Optional<Session> stayed = others.open(former).filter(found -> !found.isDetached());
            assertThat(stayed.isPresent()).isEqualTo(fault == Fault.LOST_REQUEST);
            stayed.ifPresent(found -> assertThat(stored(found)).isEqualTo(Map.of("n", 11, "x", "before")));
            assertThat(memory.size()).isEqualTo(1);
            // Where it went is known to nobody but its row: a deletion follows.
            assertThat(sessions.end(session)).isEqualTo(DeleteOutcome.DELETED);
            assertThat(memory.size()).isZero();
        }

        @ParameterizedTest
        @EnumSource
        @DisplayName("that was only a rotation is not enough for a login")
        void rotationThenLogin(Fault fault) {
            Session session = given(Map.of("a", 1));
            failing(fault, session, KeyChangeReason.ROTATION);
            session.set("user", "alice");
            assertThat(sessions.changeId(session)).isEqualTo(ChangeIdOutcome.CHANGED);
            assertThat(stored(session)).isEqualTo(Map.of("a", 1, "user", "alice"));
            assertThat(memory.size()).isEqualTo(1);
        }
    }

    @Nested
    @DisplayName("a deletion")
    class Deletion {
        @ParameterizedTest
        @EnumSource
        @DisplayName("is repeated, and never answers that there was nothing")
        void repeated(Fault fault) {
            Session session = given(Map.of("a", 1));
            fault.next(store, gate);
            fails(fault, sessions.endAsync(session));
            assertThat(sessions.end(session))
                    .isEqualTo(fault == Fault.LOST_REQUEST ? DeleteOutcome.DELETED : DeleteOutcome.UNCERTAIN);
            assertThat(memory.size()).isZero();
        }

        @ParameterizedTest
        @EnumSource
        @DisplayName("stays done: a save does not bring the session back")
        void saved(Fault fault) {
            Session session = given(Map.of("a", 1));
            fault.next(store, gate);
            fails(fault, sessions.endAsync(session));
            session.set("a", 2);
            assertThat(sessions.save(session))
                    .isEqualTo(fault == Fault.LOST_REQUEST ? SaveOutcome.SAVED : SaveOutcome.GONE);
        }
    }
}
