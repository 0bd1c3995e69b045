// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.engine.SessionEngine;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.UnreadableValueException;
import io.github.dynamosession.spi.UnstorableValueException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("jdk25")
@DisplayName("A session manager")
class SessionManagerTest {
    private static final Duration IDLE = Duration.ofMinutes(30);
    private static final Duration TOUCH = Duration.ofMinutes(3);
    private static final Duration STEP = Duration.ofSeconds(18);

    private final TestClock clock = new TestClock();
    private final InMemorySessionStore memory = new InMemorySessionStore(clock);
    private final RecordingStore store = new RecordingStore(memory);
    private final SerializingCodec codec = new SerializingCodec();
    private final SessionManager sessions = manager(builder -> builder);

    private SessionManager manager(UnaryOperator<SessionManager.Builder> settings) {
        return settings.apply(SessionManager.builder(store).codec(codec).clock(clock))
                .build();
    }

    /** A stored session with these attributes; the calls that made it are forgotten. */
    private String given(Map<String, ?> attributes) {
        return given(sessions, attributes);
    }

    private String given(SessionManager manager, Map<String, ?> attributes) {
        Session session = manager.newSession();
        attributes.forEach(session::set);
        assertThat(manager.save(session)).isEqualTo(SaveOutcome.SAVED);
        store.calls.clear();
        store.deltas.clear();
        codec.encoded.set(0);
        codec.decoded.set(0);
        return session.cookieValue();
    }

    private Session open(String cookie) {
        return sessions.open(cookie).orElseThrow();
    }

    private Optional<Object> stored(String cookie, String name) {
        return open(cookie).get(name);
    }

    @Nested
    @DisplayName("opening")
    class Opening {
        @Test
        @DisplayName("does no I/O for what cannot be an id")
        void malformed() {
            String id = sessions.newSession().id();
            for (String cookie : new String[] {
                null,
                "",
                "x",
                id + "A",
                id.substring(1),
                id.replace(id.charAt(5), '.'),
                id.substring(0, 42) + "B",
                "ä".repeat(43)
            }) {
                assertThat(sessions.open(cookie)).isEmpty();
            }
            assertThat(store.calls).isEmpty();
        }

        @Test
        @DisplayName("costs one read, and nothing is decoded until it is read")
        void lazy() {
            String cookie = given(Map.of("a", List.of(1), "b", List.of(2)));
            Session session = open(cookie);
            assertThat(session.names()).containsExactlyInAnyOrder("a", "b");
            assertThat(codec.decoded).hasValue(0);
            assertThat(session.get("a")).contains(List.of(1));
            assertThat(codec.decoded).hasValue(1);
            assertThat(store.calls).containsExactly("find");
        }

        @Test
        @DisplayName("gives nothing for an unknown or an expired session")
        void absent() {
            assertThat(sessions.open(sessions.newSession().id())).isEmpty();
            String cookie = given(Map.of("a", 1));
            clock.advance(IDLE.plus(TOUCH).minusMillis(1));
            assertThat(sessions.open(cookie)).isPresent();
            clock.advance(Duration.ofMillis(1));
            assertThat(sessions.open(cookie)).isEmpty();
        }

        @Test
        @DisplayName("keeps namespaces apart")
        void namespaces() {
            String cookie = given(manager(builder -> builder.namespace("shop")), Map.of("a", 1));
            assertThat(manager(builder -> builder.namespace("forum")).open(cookie))
                    .isEmpty();
            assertThat(sessions.open(cookie)).isEmpty();
            assertThat(manager(builder -> builder.namespace("shop")).open(cookie))
                    .isPresent();
        }
    }

    @Nested
    @DisplayName("saving")
    class Saving {
        @Test
        @DisplayName("a new session without attributes does nothing, unless empty sessions are stored")
        void empty() {
            assertThat(sessions.save(sessions.newSession())).isEqualTo(SaveOutcome.UNCHANGED);
            assertThat(store.calls).isEmpty();
            SessionManager storing = manager(builder -> builder.storeEmptySessions(true));
            Session session = storing.newSession();
            assertThat(storing.save(session)).isEqualTo(SaveOutcome.SAVED);
            assertThat(storing.open(session.cookieValue())).isPresent();
        }

        @Test
        @DisplayName("after reading only does no I/O")
        void readOnly() {
            String cookie = given(Map.of("list", new ArrayList<>(List.of("x")), "n", 1));
            Session session = open(cookie);
            assertThat(session.get("list")).isPresent();
            assertThat(session.get("n", Integer.class)).contains(1);
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.UNCHANGED);
            assertThat(store.calls).containsExactly("find");
        }

        @Test
        @DisplayName("sends only what changed: set, removed and changed in place")
        void delta() {
            String cookie = given(Map.of("kept", "k", "gone", "g", "list", new ArrayList<>(List.of("x")), "same", "s"));
            Session session = open(cookie);
            session.set("new", "n");
            session.set("same", "s");
            session.remove("gone");
            session.remove("never there");
            addTo(session, "list", "y");
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
            assertThat(store.deltas).singleElement().satisfies(delta -> {
                assertThat(delta.set()).containsOnlyKeys("new", "list");
                assertThat(delta.removed()).containsExactly("gone");
                assertThat(delta.access()).isEmpty();
            });
            assertThat(stored(cookie, "list")).contains(List.of("x", "y"));
            assertThat(stored(cookie, "gone")).isEmpty();
        }

        @Test
        @DisplayName("twice sends each change once")
        void twice() {
            String cookie = given(Map.of("list", new ArrayList<>(List.of("x"))));
            Session session = open(cookie);
            addTo(session, "list", "y");
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.UNCHANGED);
            addTo(session, "list", "z");
            session.set("a", 1);
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
            session.remove("a");
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
            assertThat(store.calls).containsExactly("find", "update", "update", "update");
            assertThat(stored(cookie, "list")).contains(List.of("x", "y", "z"));
            assertThat(stored(cookie, "a")).isEmpty();
        }

        @Test
        @DisplayName("does not mistake another spelling of the same value for a change")
        void spelling() {
            SessionManager other = manager(builder -> builder.codec(new SerializingCodec() {
                @Override
                public byte[] encode(Object value) {
                    // An encoding that depends on how the map came about, as the order of a hash table does.
                    return value instanceof TreeMap<?, ?> map && map.comparator() == null
                            ? super.encode(new TreeMap<>(Map.of("spelled", "otherwise", "a", "1")))
                            : super.encode(value);
                }
            }));
            String cookie = given(Map.of("map", new TreeMap<>(Map.of("a", "1"))));
            Session session = other.open(cookie).orElseThrow();
            assertThat(session.get("map")).isPresent();
            assertThat(other.save(session)).isEqualTo(SaveOutcome.UNCHANGED);
        }

        @Test
        @DisplayName("merges attributes of two tabs")
        void twoTabs() {
            String cookie = given(Map.of("a", 0, "b", 0));
            Session one = open(cookie);
            Session two = open(cookie);
            one.set("a", 1);
            two.set("b", 2);
            assertThat(sessions.save(one)).isEqualTo(SaveOutcome.SAVED);
            assertThat(sessions.save(two)).isEqualTo(SaveOutcome.SAVED);
            assertThat(stored(cookie, "a")).contains(1);
            assertThat(stored(cookie, "b")).contains(2);
        }

        @Test
        @DisplayName("with compare-and-set reports the other tab's change and stores nothing")
        void compareAndSet() {
            SessionManager strict = manager(builder -> builder.concurrency(Concurrency.COMPARE_AND_SET));
            String cookie = given(strict, Map.of("a", 0, "b", 0));
            Session one = strict.open(cookie).orElseThrow();
            Session two = strict.open(cookie).orElseThrow();
            one.set("a", 1);
            two.set("b", 2);
            assertThat(strict.save(one)).isEqualTo(SaveOutcome.SAVED);
            assertThat(strict.save(two)).isEqualTo(SaveOutcome.CONFLICT);
            assertThat(stored(cookie, "b")).contains(0);
            one.set("a", 3);
            assertThat(strict.save(one)).isEqualTo(SaveOutcome.SAVED);
        }

        @Test
        @DisplayName("never brings an ended session back")
        void zombie() {
            String cookie = given(Map.of("user", "u"));
            Session slow = open(cookie);
            slow.set("late", true);
            assertThat(sessions.end(open(cookie))).isEqualTo(DeleteOutcome.DELETED);
            assertThat(sessions.save(slow)).isEqualTo(SaveOutcome.GONE);
            assertThat(slow.isGone()).isTrue();
            assertThat(slow.isEnded()).isTrue();
            assertThat(sessions.open(cookie)).isEmpty();
            assertThat(sessions.save(slow)).isEqualTo(SaveOutcome.DISCARDED);
            assertThatThrownBy(() -> slow.get("user")).isInstanceOf(IllegalStateException.class);
        }

        @Test
        @DisplayName("refuses a value that the codec does not store when it is set, and keeps the old one")
        void unstorable() {
            String cookie = given(Map.of("a", "old"));
            Session session = open(cookie);
            assertThatThrownBy(() -> session.set("a", new Object())).isInstanceOf(UnstorableValueException.class);
            assertThatThrownBy(() -> session.set("b", new Object())).isInstanceOf(UnstorableValueException.class);
            assertThat(session.get("a")).contains("old");
            assertThat(session.names()).containsExactly("a");
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.UNCHANGED);
        }

        @Test
        @DisplayName("keeps the changes of a save that failed for the next one")
        void failed() {
            String cookie = given(Map.of("a", 0));
            Session session = open(cookie);
            session.set("a", 1);
            store.beforeNextWrite(() -> {
                throw new SessionStoreException("down", null, false);
            });
            assertThatThrownBy(() -> sessions.save(session)).isInstanceOf(SessionStoreException.class);
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
            assertThat(stored(cookie, "a")).contains(1);
        }
    }

    @Nested
    @DisplayName("touching")
    class Touching {
        @Test
        @DisplayName("happens once an interval, alone or with a change")
        void interval() {
            String cookie = given(Map.of("a", 1));
            clock.advance(TOUCH.minusMillis(1));
            assertThat(sessions.save(open(cookie))).isEqualTo(SaveOutcome.UNCHANGED);
            clock.advance(Duration.ofMillis(1));
            Session due = open(cookie);
            assertThat(sessions.save(due)).isEqualTo(SaveOutcome.TOUCHED);
            assertThat(sessions.save(due)).isEqualTo(SaveOutcome.UNCHANGED);
            assertThat(sessions.save(open(cookie))).isEqualTo(SaveOutcome.UNCHANGED);
            clock.advance(TOUCH);
            Session changing = open(cookie);
            changing.set("a", 2);
            assertThat(sessions.save(changing)).isEqualTo(SaveOutcome.SAVED);
            assertThat(store.deltas.get(1).access()).isPresent();
            assertThat(store.calls).filteredOn(call -> !call.equals("find")).containsExactly("touch", "update");
        }

        @Test
        @DisplayName("is spared by a change, which records the use on the way")
        void onTheWay() {
            String cookie = given(Map.of("a", 1));
            clock.advance(Duration.ofMinutes(1));
            Session changing = open(cookie);
            changing.set("a", 2);
            assertThat(sessions.save(changing)).isEqualTo(SaveOutcome.SAVED);

            Instant recorded = open(cookie).lastAccessedAt();
            assertThat(recorded).isBetween(clock.instant().minus(STEP).plusMillis(1), clock.instant());
            clock.advance(Duration.between(clock.instant(), recorded.plus(TOUCH).minusMillis(1)));
            assertThat(sessions.save(open(cookie))).isEqualTo(SaveOutcome.UNCHANGED);
            clock.advance(Duration.ofMillis(1));
            assertThat(sessions.save(open(cookie))).isEqualTo(SaveOutcome.TOUCHED);
            clock.advance(IDLE.minusMillis(1));
            assertThat(sessions.open(cookie)).isPresent();
        }

        @Test
        @DisplayName("is recorded by a change once in a step, as the same use by requests of one moment")
        void steps() {
            String cookie = given(Map.of("a", 1, "b", 1));
            clock.advance(STEP.multipliedBy(2).minusMillis(clock.instant().toEpochMilli() % STEP.toMillis()));
            Session first = open(cookie);
            clock.advance(Duration.ofMillis(50));
            Session second = open(cookie);
            for (Session session : List.of(second, first)) {
                session.set(session == first ? "a" : "b", 2);
                assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
            }
            Session third = open(cookie);
            third.set("a", 3);
            assertThat(sessions.save(third)).isEqualTo(SaveOutcome.SAVED);

            assertThat(store.deltas.get(0).access())
                    .isPresent()
                    .isEqualTo(store.deltas.get(1).access());
            assertThat(store.deltas.get(2).access()).isEmpty();
        }

        @Test
        @DisplayName("keeps a session alive as long as it is used")
        void alive() {
            String cookie = given(Map.of("a", 1));
            for (int i = 0; i < 10; i++) {
                clock.advance(IDLE.minusMillis(1));
                assertThat(sessions.save(open(cookie))).isEqualTo(SaveOutcome.TOUCHED);
            }
            assertThat(open(cookie).lastAccessedAt()).isEqualTo(clock.instant());
        }

        @Test
        @DisplayName("at interval zero happens at every request")
        void always() {
            SessionManager eager = manager(builder -> builder.touchInterval(Duration.ZERO));
            String cookie = given(eager, Map.of("a", 1));
            Instant before = clock.instant();
            clock.advance(Duration.ofMillis(5));
            Session session = eager.open(cookie).orElseThrow();
            assertThat(eager.save(session)).isEqualTo(SaveOutcome.TOUCHED);
            assertThat(session.lastAccessedAt()).isEqualTo(before);
            assertThat(eager.open(cookie).orElseThrow().lastAccessedAt()).isEqualTo(clock.instant());
            clock.advance(IDLE);
            assertThat(eager.open(cookie)).isEmpty();
        }

        @Test
        @DisplayName("is due early if a node with a shorter interval has recorded an end that is too near")
        void otherInterval() {
            SessionManager eager = manager(builder -> builder.touchInterval(Duration.ZERO));
            String cookie = given(eager, Map.of("a", 1));
            clock.advance(TOUCH.minusMillis(1));
            assertThat(sessions.save(open(cookie))).isEqualTo(SaveOutcome.TOUCHED);
            clock.advance(IDLE.minusMillis(1));
            assertThat(sessions.open(cookie)).isPresent();
        }

        @Test
        @DisplayName("does not outlast the absolute lifetime")
        void lifetime() {
            SessionManager limited = manager(builder -> builder.absoluteLifetime(Duration.ofHours(1)));
            String cookie = given(limited, Map.of("a", 1));
            for (int i = 0; i < 5; i++) {
                clock.advance(Duration.ofMinutes(11));
                limited.save(limited.open(cookie).orElseThrow());
            }
            clock.advance(Duration.ofMinutes(5).minusMillis(1));
            assertThat(limited.open(cookie)).isPresent();
            clock.advance(Duration.ofMillis(1));
            assertThat(limited.open(cookie)).isEmpty();
        }

        @Test
        @DisplayName("takes an idle timeout that no calendar holds for none")
        void endless() {
            for (Duration endless : List.of(Duration.ofMillis(Long.MAX_VALUE), ChronoUnit.FOREVER.getDuration())) {
                SessionManager patient = manager(builder -> builder.idleTimeout(endless));
                String cookie = given(patient, Map.of("a", 1));
                clock.advance(Duration.ofDays(36_500));
                assertThat(patient.open(cookie).orElseThrow().idleTimeout()).isEmpty();
                Session session = open(given(Map.of("a", 1)));
                session.setIdleTimeout(endless);
                assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
                assertThat(session.idleTimeout()).isEmpty();
            }
        }

        @Test
        @DisplayName("does not shorten the life of a session whose idle timeout a slow request changes")
        void slowRequest() {
            String cookie = given(Map.of("a", 1));
            Session slow = open(cookie);
            clock.advance(Duration.ofMinutes(20));
            assertThat(sessions.save(open(cookie))).isEqualTo(SaveOutcome.TOUCHED);
            slow.setIdleTimeout(Duration.ofMinutes(31));
            assertThat(sessions.save(slow)).isEqualTo(SaveOutcome.SAVED);
            clock.advance(Duration.ofMinutes(31));
            assertThat(sessions.open(cookie)).isPresent();
        }

        @Test
        @DisplayName("respects a session's own idle timeout, never included")
        void ownTimeout() {
            String cookie = given(Map.of("a", 1));
            Session session = open(cookie);
            session.setIdleTimeout(Duration.ofSeconds(10));
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.UNCHANGED);
            clock.advance(Duration.ofSeconds(10));
            Session again = open(cookie);
            assertThat(again.idleTimeout()).contains(Duration.ofSeconds(10));
            again.setIdleTimeout(null);
            assertThat(sessions.save(again)).isEqualTo(SaveOutcome.SAVED);
            clock.advance(Duration.ofDays(10_000));
            assertThat(open(cookie).idleTimeout()).isEmpty();
            assertThatThrownBy(() -> again.setIdleTimeout(Duration.ZERO)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Nested
    @DisplayName("computing")
    class Computing {
        @Test
        @DisplayName("counts every click of two tabs, exactly")
        void exact() {
            String cookie = given(Map.of("n", 5));
            Session one = open(cookie);
            Session two = open(cookie);
            assertThat(one.compute("n", Integer.class, n -> n.orElse(0) + 1)).contains(6);
            assertThat(two.compute("n", Integer.class, n -> n.orElse(0) + 1)).contains(6);
            assertThat(two.compute("n", Integer.class, n -> n.orElse(0) + 10)).contains(16);
            two.set("other", "o");
            assertThat(sessions.save(one)).isEqualTo(SaveOutcome.SAVED);
            assertThat(sessions.save(two)).isEqualTo(SaveOutcome.SAVED);
            assertThat(two.get("n")).contains(17);
            assertThat(stored(cookie, "n")).contains(17);
            assertThat(stored(cookie, "other")).contains("o");
            assertThat(sessions.save(two)).isEqualTo(SaveOutcome.UNCHANGED);
        }

        @Test
        @DisplayName("starts from nothing, and a null result removes")
        void absentAndRemoved() {
            String cookie = given(Map.of("x", 1));
            Session one = open(cookie);
            Session two = open(cookie);
            one.compute("n", Integer.class, n -> n.orElse(0) + 1);
            two.compute("n", Integer.class, n -> n.orElse(0) + 1);
            sessions.save(one);
            sessions.save(two);
            assertThat(stored(cookie, "n")).contains(2);
            Session removing = open(cookie);
            Session adding = open(cookie);
            assertThat(removing.compute(
                            "n",
                            Integer.class,
                            n -> n.filter(value -> value > 2).orElse(null)))
                    .isEmpty();
            adding.compute("n", Integer.class, n -> n.orElse(0) + 1);
            sessions.save(adding);
            sessions.save(removing);
            assertThat(stored(cookie, "n")).contains(3);
        }

        @Test
        @DisplayName("after a set in the same request is part of the set")
        void afterSet() {
            String cookie = given(Map.of("n", 5));
            Session session = open(cookie);
            session.set("n", 100);
            session.compute("n", Integer.class, n -> n.orElse(0) + 1);
            Session other = open(cookie);
            other.set("n", 7);
            sessions.save(other);
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
            assertThat(stored(cookie, "n")).contains(101);
        }

        @Test
        @DisplayName("ends in a typed error when others always get through")
        void bounded() {
            String cookie = given(Map.of("n", 0));
            SessionManager sessions =
                    manager(builder -> builder.retryPause(longest -> CompletableFuture.completedStage(null)));
            Session session = sessions.open(cookie).orElseThrow();
            session.compute("n", Integer.class, n -> n.orElse(0) + 1);
            for (int i = 0; i < SessionEngine.SAVE_ATTEMPTS; i++) {
                store.beforeNextWrite(() -> {
                    SessionManager other = SessionManager.builder(memory)
                            .codec(codec)
                            .clock(clock)
                            .build();
                    Session theirs = other.open(cookie).orElseThrow();
                    theirs.compute("n", Integer.class, n -> n.orElse(0) + 1);
                    other.save(theirs);
                });
            }
            assertThatThrownBy(() -> sessions.save(session)).isInstanceOf(ComputeConflictException.class);
            assertThat(stored(cookie, "n")).contains(SessionEngine.SAVE_ATTEMPTS);
        }

        @Test
        @DisplayName("is not repeated when the write may have happened")
        void unknownOutcome() {
            String cookie = given(Map.of("n", 0));
            Session session = open(cookie);
            session.compute("n", Integer.class, n -> n.orElse(0) + 1);
            store.loseNextReply(new SessionStoreException("timeout", null, true));
            assertThatThrownBy(() -> sessions.save(session)).isInstanceOf(SessionStoreException.class);
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
            assertThat(stored(cookie, "n")).contains(1);
        }

        @Test
        @DisplayName("refuses to guess when the result was changed in place and others were there first")
        void mutatedResult() {
            String cookie = given(Map.of("list", new ArrayList<>(List.of("x"))));
            TypeRef<List<String>> type = new TypeRef<>() {};
            Session session = open(cookie);
            session.compute("list", type, list -> plus(list.orElseThrow(), "y"));
            session.get("list", type).orElseThrow().add("z");
            Session other = open(cookie);
            other.compute("list", type, list -> plus(list.orElseThrow(), "o"));
            sessions.save(other);
            assertThatThrownBy(() -> sessions.save(session)).isInstanceOf(ComputeConflictException.class);
        }
    }

    @Nested
    @DisplayName("changing the id")
    class ChangingId {
        @Test
        @DisplayName("moves the session with its unsaved changes in one step")
        void moves() {
            List<String> events = new ArrayList<>();
            SessionManager listening = manager(builder -> builder.listener(new SessionListener() {
                @Override
                public void sessionIdChanged(Session session, String formerId) {
                    events.add(formerId + ">" + session.id());
                }
            }));
            String cookie = given(listening, Map.of("a", 1, "list", new ArrayList<>(List.of("x"))));
            Session session = listening.open(cookie).orElseThrow();
            Instant created = session.createdAt();
            session.set("user", "u");
            addTo(session, "list", "y");
            assertThat(listening.changeId(session)).isEqualTo(ChangeIdOutcome.CHANGED);
            assertThat(session.id()).isNotEqualTo(cookie);
            assertThat(events).containsExactly(cookie + ">" + session.id());
            assertThat(listening.save(session)).isEqualTo(SaveOutcome.UNCHANGED);
            Session again = listening.open(session.cookieValue()).orElseThrow();
            assertThat(again.get("user")).contains("u");
            assertThat(again.get("list")).contains(List.of("x", "y"));
            assertThat(again.createdAt()).isEqualTo(created);
            assertThat(store.calls).containsExactly("find", "changeKey", "find");
        }

        @Test
        @DisplayName("at a login drops late writes under the old id and leaves the reader detached")
        void privilege() {
            String cookie = given(Map.of("a", 1));
            Session late = open(cookie);
            Session login = open(cookie);
            login.set("user", "u");
            assertThat(sessions.changeId(login)).isEqualTo(ChangeIdOutcome.CHANGED);
            late.set("a", "planted");
            assertThat(sessions.save(late)).isEqualTo(SaveOutcome.MOVED);
            assertThat(late.isDetached()).isTrue();
            assertThat(stored(login.cookieValue(), "a")).contains(1);

            Session reader = open(cookie);
            assertThat(reader.isDetached()).isTrue();
            assertThat(reader.names()).isEmpty();
            reader.set("a", "nowhere");
            assertThat(sessions.save(reader)).isEqualTo(SaveOutcome.DISCARDED);
        }

        @Test
        @DisplayName("lost to another login gives a session of its own with what this request sees")
        void loser() {
            String cookie = given(Map.of("a", 1, "gone", 2));
            Session winner = open(cookie);
            Session loser = open(cookie);
            winner.set("user", "winner");
            loser.set("user", "loser");
            loser.remove("gone");
            assertThat(sessions.changeId(winner)).isEqualTo(ChangeIdOutcome.CHANGED);
            assertThat(sessions.changeId(loser)).isEqualTo(ChangeIdOutcome.REPLACED);
            assertThat(sessions.save(loser)).isEqualTo(SaveOutcome.SAVED);
            assertThat(sessions.save(loser)).isEqualTo(SaveOutcome.UNCHANGED);
            assertThat(loser.id()).isNotEqualTo(winner.id()).isNotEqualTo(cookie);
            assertThat(stored(winner.cookieValue(), "user")).contains("winner");
            assertThat(stored(loser.cookieValue(), "user")).contains("loser");
            assertThat(stored(loser.cookieValue(), "a")).contains(1);
            assertThat(stored(loser.cookieValue(), "gone")).isEmpty();
        }

        @Test
        @DisplayName("lost to another login does not begin the absolute lifetime again")
        void loserLifetime() {
            SessionManager limited = manager(builder -> builder.absoluteLifetime(Duration.ofHours(1)));
            String cookie = given(limited, Map.of("a", 1));
            clock.advance(Duration.ofMinutes(30));
            Session winner = limited.open(cookie).orElseThrow();
            Session loser = limited.open(cookie).orElseThrow();
            limited.changeId(winner);
            assertThat(limited.changeId(loser)).isEqualTo(ChangeIdOutcome.REPLACED);
            limited.save(loser);
            clock.advance(Duration.ofMinutes(30));
            assertThat(limited.open(loser.cookieValue())).isEmpty();
        }

        @Test
        @DisplayName("of a detached session at a login gives it an id of its own")
        void detachedLogin() {
            String cookie = given(Map.of("a", 1));
            sessions.changeId(open(cookie));
            Session detached = open(cookie);
            detached.set("user", "victim");
            assertThat(sessions.changeId(detached)).isEqualTo(ChangeIdOutcome.REPLACED);
            assertThat(detached.isDetached()).isFalse();
            assertThat(sessions.save(detached)).isEqualTo(SaveOutcome.SAVED);
            assertThat(open(detached.cookieValue()).names()).containsExactly("user");
        }

        @Test
        @DisplayName("by rotation lets late writes follow, and a loser keeps its id")
        void rotation() {
            String cookie = given(Map.of("a", 1));
            Session late = open(cookie);
            Session loser = open(cookie);
            Session rotated = open(cookie);
            assertThat(sessions.changeId(rotated, KeyChangeReason.ROTATION)).isEqualTo(ChangeIdOutcome.CHANGED);
            late.set("late", true);
            assertThat(sessions.save(late)).isEqualTo(SaveOutcome.SAVED);
            assertThat(sessions.changeId(loser, KeyChangeReason.ROTATION)).isEqualTo(ChangeIdOutcome.LOST);
            assertThat(stored(rotated.cookieValue(), "late")).contains(true);
        }

        @Test
        @DisplayName("runs computed values again on what is stored then")
        void computed() {
            String cookie = given(Map.of("n", 0));
            Session login = open(cookie);
            login.compute("n", Integer.class, n -> n.orElse(0) + 1);
            Session other = open(cookie);
            other.compute("n", Integer.class, n -> n.orElse(0) + 1);
            sessions.save(other);
            assertThat(sessions.changeId(login)).isEqualTo(ChangeIdOutcome.CHANGED);
            assertThat(stored(login.cookieValue(), "n")).contains(2);
        }

        @Test
        @DisplayName("of a session that is not stored needs no I/O; of an ended one is refused")
        void notStored() {
            Session session = sessions.newSession();
            String before = session.id();
            assertThat(sessions.changeId(session)).isEqualTo(ChangeIdOutcome.CHANGED);
            assertThat(session.id()).isNotEqualTo(before);
            assertThat(store.calls).isEmpty();
            sessions.end(session);
            assertThatThrownBy(() -> sessions.changeId(session)).isInstanceOf(IllegalStateException.class);
        }

        @Test
        @DisplayName("does not revive a session that was ended")
        void gone() {
            String cookie = given(Map.of("a", 1));
            Session login = open(cookie);
            sessions.end(open(cookie));
            assertThat(sessions.changeId(login)).isEqualTo(ChangeIdOutcome.GONE);
            assertThat(login.isGone()).isTrue();
            assertThat(login.isEnded()).isTrue();
        }
    }

    @Nested
    @DisplayName("ending")
    class Ending {
        @Test
        @DisplayName("tells listeners once, with the session still readable")
        void listeners() {
            List<Object> seen = new ArrayList<>();
            SessionManager listening = manager(builder -> builder.listener(new SessionListener() {
                @Override
                public void sessionCreated(Session session) {
                    seen.add("created");
                }

                @Override
                public void sessionEnded(Session session) {
                    seen.add(session.get("a").orElseThrow());
                    throw new IllegalStateException("a listener's failure is not the request's");
                }
            }));
            String cookie = given(listening, Map.of("a", "bye"));
            Session one = listening.open(cookie).orElseThrow();
            Session two = listening.open(cookie).orElseThrow();
            assertThat(listening.end(one)).isEqualTo(DeleteOutcome.DELETED);
            assertThat(listening.end(two)).isEqualTo(DeleteOutcome.ABSENT);
            assertThat(seen).containsExactly("created", "bye");
        }

        @Test
        @DisplayName("follows a rotation that came first, but not the login of somebody else")
        void afterIdChange() {
            String cookie = given(Map.of("a", 1));
            Session rotated = open(cookie);
            sessions.changeId(rotated, KeyChangeReason.ROTATION);
            assertThat(sessions.end(open(cookie))).isEqualTo(DeleteOutcome.DELETED);
            assertThat(sessions.open(rotated.cookieValue())).isEmpty();

            String other = given(Map.of("a", 1));
            Session loggedIn = open(other);
            sessions.changeId(loggedIn);
            assertThatThrownBy(() -> sessions.end(open(other))).isInstanceOf(SessionMovedException.class);
            assertThat(sessions.open(loggedIn.cookieValue())).isPresent();
        }

        @Test
        @DisplayName("deletes what a first save may have stored whose reply was lost")
        void afterLostCreation() {
            Session session = sessions.newSession();
            session.set("a", 1);
            store.loseNextReply(new SessionStoreException("timeout", null, true));
            assertThatThrownBy(() -> sessions.save(session)).isInstanceOf(SessionStoreException.class);
            assertThat(sessions.end(session)).isEqualTo(DeleteOutcome.DELETED);
            assertThat(sessions.open(session.cookieValue())).isEmpty();
        }

        @Test
        @DisplayName("may be tried again after a failure")
        void retry() {
            String cookie = given(Map.of("a", 1));
            Session session = open(cookie);
            store.beforeNextWrite(() -> {
                throw new SessionStoreException("down", null, false);
            });
            assertThatThrownBy(() -> sessions.end(session)).isInstanceOf(SessionStoreException.class);
            assertThat(sessions.end(session)).isEqualTo(DeleteOutcome.DELETED);
        }
    }

    @Nested
    @DisplayName("over a store that does not answer")
    class Unavailable {
        private final SessionManager continuing =
                manager(builder -> builder.storeUnavailable(UnavailablePolicy.CONTINUE));

        @Test
        @DisplayName("fails by default")
        void fails() {
            String cookie = given(Map.of("a", 1));
            store.loseNextReply(new SessionStoreException("down", null, false));
            assertThatThrownBy(() -> sessions.open(cookie)).isInstanceOf(SessionStoreException.class);
        }

        @Test
        @DisplayName("continues without a session if told so, overwriting nothing")
        void continues() {
            String cookie = given(continuing, Map.of("a", 1));
            store.loseNextReply(new SessionStoreException("down", null, false));
            Session session = continuing.open(cookie).orElseThrow();
            assertThat(session.isDetached()).isTrue();
            session.set("a", 2);
            assertThat(continuing.save(session)).isEqualTo(SaveOutcome.DISCARDED);
            assertThat(continuing.changeId(session)).isEqualTo(ChangeIdOutcome.LOST);
            assertThat(stored(cookie, "a")).contains(1);

            Session changing = continuing.open(cookie).orElseThrow();
            changing.set("a", 3);
            store.loseNextReply(new SessionStoreException("down", null, true));
            assertThat(continuing.save(changing)).isEqualTo(SaveOutcome.UNAVAILABLE);
        }

        @Test
        @DisplayName("never takes a logout for done that was not")
        void logoutWithoutStore() {
            String cookie = given(continuing, Map.of("a", 1));
            store.loseNextReply(new SessionStoreException("down", null, false));
            Session session = continuing.open(cookie).orElseThrow();
            store.loseNextCall(new SessionStoreException("still down", null, false));
            assertThatThrownBy(() -> continuing.end(session)).isInstanceOf(SessionStoreException.class);
            assertThat(sessions.open(cookie)).isPresent();
            assertThat(continuing.end(session)).isEqualTo(DeleteOutcome.DELETED);
            assertThat(sessions.open(cookie)).isEmpty();
        }
    }

    @Nested
    @DisplayName("with unreadable attributes")
    class Unreadable {
        private final List<UnreadableValueException> reported = new ArrayList<>();
        private final SessionObserver observer = new SessionObserver() {
            @Override
            public void unreadableAttribute(UnreadableValueException reason) {
                reported.add(reason);
            }
        };

        @Test
        @DisplayName("hides them, reports them, and keeps their bytes")
        void hidden() {
            String cookie = given(Map.of("a", "old format", "b", 1));
            SessionManager other =
                    manager(builder -> builder.codec(new SerializingCodec(70)).observer(observer));
            Session session = other.open(cookie).orElseThrow();
            assertThat(session.get("a")).isEmpty();
            session.set("c", "new format");
            assertThat(other.save(session)).isEqualTo(SaveOutcome.SAVED);
            assertThat(reported).hasSize(1);
            assertThat(reported.get(0)).hasMessageContaining("64").hasMessageNotContaining("old format");
            assertThat(stored(cookie, "a")).contains("old format");
        }

        @Test
        @DisplayName("reads them with a codec that is registered as readable, and writes nothing for that")
        void readable() {
            String cookie = given(Map.of("list", new ArrayList<>(List.of("x"))));
            SessionManager other =
                    manager(builder -> builder.codec(new SerializingCodec(70)).readableCodec(codec));
            Session session = other.open(cookie).orElseThrow();
            assertThat(session.get("list")).contains(List.of("x"));
            assertThat(other.save(session)).isEqualTo(SaveOutcome.UNCHANGED);
            addTo(session, "list", "y");
            assertThat(other.save(session)).isEqualTo(SaveOutcome.SAVED);
            assertThat(other.open(cookie).orElseThrow().get("list")).contains(List.of("x", "y"));
        }

        @Test
        @DisplayName("fails if told so")
        void fails() {
            String cookie = given(Map.of("a", "x"));
            SessionManager strict = manager(
                    builder -> builder.codec(new SerializingCodec(70)).unreadableAttributes(UnreadablePolicy.FAIL));
            Session session = strict.open(cookie).orElseThrow();
            assertThatThrownBy(() -> session.get("a")).isInstanceOf(UnreadableValueException.class);
        }

        @Test
        @DisplayName("a wrong type asked for hides the value from that call only")
        void wrongType() {
            String cookie = given(Map.of("a", "text"));
            Session session = open(cookie);
            assertThat(session.get("a", Integer.class)).isEmpty();
            assertThat(session.get("a", String.class)).contains("text");
            assertThat(session.get("a", Integer.class)).isEmpty();
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.UNCHANGED);
        }
    }

    @Nested
    @DisplayName("without blocking")
    class Async {
        @Test
        @DisplayName("needs an executor for a store that blocks, and says so")
        void executorNeeded() {
            String cookie = given(Map.of("a", 1));
            assertThatThrownBy(() -> sessions.openAsync(cookie))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("executor");
        }

        @Test
        @DisplayName("runs a blocking store on the executor, and completes there")
        void offloads() {
            String cookie = given(Map.of("a", 1));
            ExecutorService pool = Executors.newSingleThreadExecutor(task -> new Thread(task, "pool"));
            try {
                SessionManager async = manager(builder -> builder.executor(pool));
                AtomicReference<String> thread = new AtomicReference<>();
                store.beforeNextWrite(() -> thread.set(Thread.currentThread().getName()));
                Session session =
                        async.openAsync(cookie).toCompletableFuture().join().orElseThrow();
                session.set("a", 2);
                assertThat(async.saveAsync(session).toCompletableFuture().join())
                        .isEqualTo(SaveOutcome.SAVED);
                assertThat(thread).hasValue("pool");
            } finally {
                pool.shutdown();
            }
        }

        @Test
        @DisplayName("never decodes, computes or tells listeners in the client's thread")
        void notOnClientThread() {
            ExecutorService client = Executors.newSingleThreadExecutor(task -> new Thread(task, "client-io"));
            try {
                List<String> threads = new ArrayList<>();
                RecordingStore remote = new RecordingStore(memory, client);
                SessionManager async = SessionManager.builder(remote)
                        .codec(codec)
                        .clock(clock)
                        .listener(new SessionListener() {
                            @Override
                            public void sessionEnded(Session session) {
                                threads.add(Thread.currentThread().getName());
                            }
                        })
                        .build();
                String cookie = given(Map.of("n", 0));
                Session session =
                        async.openAsync(cookie).toCompletableFuture().join().orElseThrow();
                session.compute("n", Integer.class, n -> {
                    threads.add(Thread.currentThread().getName());
                    return n.orElse(0) + 1;
                });
                Session other = open(cookie);
                other.compute("n", Integer.class, n -> n.orElse(0) + 1);
                sessions.save(other);
                CompletableFuture<SaveOutcome> saved = async.saveAsync(session)
                        .whenComplete((outcome, failure) ->
                                threads.add(Thread.currentThread().getName()))
                        .toCompletableFuture();
                assertThat(saved.join()).isEqualTo(SaveOutcome.SAVED);
                assertThat(async.endAsync(session).toCompletableFuture().join()).isEqualTo(DeleteOutcome.DELETED);
                assertThat(threads).hasSize(4).doesNotContain("client-io");
            } finally {
                client.shutdown();
            }
        }

        @Test
        @DisplayName("a plain call over a blocking store stays in the calling thread")
        void noHop() {
            Thread caller = Thread.currentThread();
            List<Thread> threads = new ArrayList<>();
            String cookie = given(Map.of("n", 0));
            Session session = open(cookie);
            session.compute("n", Integer.class, n -> {
                threads.add(Thread.currentThread());
                return n.orElse(0) + 1;
            });
            store.beforeNextWrite(() -> {
                threads.add(Thread.currentThread());
                Session other = open(cookie);
                other.set("n", 9);
                SessionManager.builder(memory).codec(codec).clock(clock).build().save(other);
            });
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
            assertThat(threads).hasSize(3).containsOnly(caller);
        }
    }

    private static void addTo(Session session, String name, String element) {
        session.get(name, new TypeRef<List<String>>() {}).orElseThrow().add(element);
    }

    private static List<String> plus(List<String> list, String element) {
        List<String> longer = new ArrayList<>(list);
        longer.add(element);
        return longer;
    }
}
