// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.crypto.EncryptionKey;
import io.github.dynamosession.crypto.EncryptionKeys;
import io.github.dynamosession.crypto.KeyRing;
import io.github.dynamosession.engine.SessionIds;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.settings.ConfigurationException;
import io.github.dynamosession.spi.CustomValue;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.IndexPage;
import io.github.dynamosession.spi.IndexType;
import io.github.dynamosession.spi.IndexedSessionStore;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.SessionStoreException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

@DisplayName("Custom attributes and indexes")
class IndexedSessionsTest {
    private final TestClock clock = new TestClock();
    private final InMemorySessionStore memory = new InMemorySessionStore(clock);
    private final AtomicInteger leftOut = new AtomicInteger();
    private final List<String> ended = new ArrayList<>();
    private final SessionManager sessions = manager(builder -> builder);

    /** Whether the index shows nothing, as if all had been written a moment ago. */
    private boolean indexIsLate;

    /** What others do right before the next updates. */
    private final List<Runnable> beforeUpdate = new ArrayList<>();

    private @Nullable RuntimeException marksFail;
    private int markReads;

    private IndexedSessionStore store() {
        return (IndexedSessionStore) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {IndexedSessionStore.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("findBy") && indexIsLate) {
                        return CompletableFuture.completedFuture(new IndexPage(List.of(), Optional.empty()));
                    }
                    if (method.getName().equals("update") && !beforeUpdate.isEmpty()) {
                        beforeUpdate.remove(0).run();
                    }
                    if (method.getName().equals("findMark")) {
                        markReads++;
                        if (marksFail != null) {
                            return CompletableFuture.failedFuture(marksFail);
                        }
                    }
                    try {
                        return method.invoke(memory, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getTargetException();
                    }
                });
    }

    private SessionManager manager(UnaryOperator<SessionManager.Builder> settings) {
        return settings.apply(SessionManager.builder(store())
                        .codec(new SerializingCodec())
                        .clock(clock)
                        .customAttribute("user", session -> session.get("user", String.class))
                        .listener(new SessionListener() {
                            @Override
                            public void sessionEndedByOthers(Session session) {
                                ended.add(session.get("user", String.class).orElse("nobody"));
                            }
                        })
                        .observer(new SessionObserver() {
                            @Override
                            public void customAttributeLeftOut() {
                                leftOut.incrementAndGet();
                            }
                        }))
                .build();
    }

    private static Session login(SessionManager manager, String user) {
        Session session = manager.newSession();
        session.set("cart", "empty");
        assertThat(manager.save(session)).isEqualTo(SaveOutcome.SAVED);
        session.set("user", user);
        assertThat(manager.changeId(session)).isEqualTo(ChangeIdOutcome.CHANGED);
        return session;
    }

    private static Optional<Session> reopened(SessionManager manager, Session session) {
        return manager.open(session.cookieValue());
    }

    private Map<String, CustomValue> custom(Session session) {
        FindOutcome found = memory.find(new SessionIds(null, "").key(session.id()))
                .toCompletableFuture()
                .join();
        return ((FindOutcome.Found) found).session().custom();
    }

    private static List<SessionHandle> all(SessionManager manager, Object user) {
        List<SessionHandle> all = new ArrayList<>();
        SessionPage page = manager.findBy("user", user);
        while (true) {
            all.addAll(page.sessions());
            if (page.next().isEmpty()) {
                return all;
            }
            page = manager.findBy("user", user, page.next().get());
        }
    }

    @Nested
    @DisplayName("A custom attribute")
    class Attributes {
        private final AtomicInteger evaluated = new AtomicInteger();

        private SessionManager with(Function<? super Session, ? extends @Nullable Object> function) {
            return manager(builder -> builder.customAttribute("extra", session -> {
                evaluated.incrementAndGet();
                return function.apply(session);
            }));
        }

        @Test
        @DisplayName("is stored with the session, changed with it, and removed when its function gives nothing")
        void follows() {
            SessionManager manager = with(session -> session.get("cart", String.class)
                    .map(cart -> Map.of("items", List.of(cart), "count", 1))
                    .orElse(null));
            Session session = manager.newSession();
            session.set("cart", "one");
            manager.save(session);
            assertThat(custom(session))
                    .containsExactly(Map.entry("extra", CustomValue.of(Map.of("items", List.of("one"), "count", 1))));
            session.set("cart", "two");
            manager.save(session);
            assertThat(custom(session))
                    .containsExactly(Map.entry("extra", CustomValue.of(Map.of("items", List.of("two"), "count", 1))));
            session.remove("cart");
            manager.save(session);
            assertThat(custom(session)).isEmpty();
        }

        @Test
        @DisplayName("is not evaluated by a request that only reads, nor by a touch")
        void notByTouch() {
            SessionManager manager = with(session -> "constant");
            Session session = manager.newSession();
            session.set("cart", "one");
            manager.save(session);
            evaluated.set(0);
            Session read = reopened(manager, session).orElseThrow();
            read.get("cart");
            assertThat(manager.save(read)).isEqualTo(SaveOutcome.UNCHANGED);
            clock.advance(Duration.ofMinutes(10));
            Session touched = reopened(manager, session).orElseThrow();
            assertThat(manager.save(touched)).isEqualTo(SaveOutcome.TOUCHED);
            assertThat(evaluated).hasValue(0);
        }

        @Test
        @DisplayName("is left out and counted if its index cannot take it, and the save goes on")
        void leavesOut() {
            SessionManager manager = manager(builder -> builder);
            for (Object bad : new Object[] {"", "x".repeat(2049), "ü".repeat(1025), "\uD800"}) {
                leftOut.set(0);
                Session session = login(manager, "alice");
                assertThat(custom(session)).containsKey("user");
                session.set("user", bad);
                assertThat(manager.save(session)).isEqualTo(SaveOutcome.SAVED);
                assertThat(custom(session)).isEmpty();
                assertThat(leftOut).hasValue(1);
                assertThat(reopened(manager, session).orElseThrow().get("user")).contains(bad);
                assertThat(manager.findBy("user", bad).sessions()).isEmpty();
                assertThat(manager.endAllBy("user", bad)).isZero();
            }
            Session longest = login(manager, "x".repeat(2048));
            assertThat(custom(longest)).containsKey("user");
        }

        @Test
        @DisplayName("is left out and counted if it is of a class that no store has")
        void leavesOutClasses() {
            SessionManager manager = with(session -> new Object());
            assertThat(custom(login(manager, "alice"))).containsOnlyKeys("user");
            assertThat(leftOut.get()).isPositive();
        }

        @Test
        @DisplayName("stays as it is stored if its function fails, or asks for what cannot be read")
        void stays() {
            Session session = login(sessions, "alice");
            SessionManager broken = SessionManager.builder(store())
                    .codec(new SerializingCodec())
                    .clock(clock)
                    .customAttribute("user", any -> {
                        throw new IllegalStateException("correct horse battery staple");
                    })
                    .build();
            Session changed = reopened(broken, session).orElseThrow();
            changed.set("cart", "full");
            assertThat(broken.save(changed)).isEqualTo(SaveOutcome.SAVED);
            assertThat(custom(session)).containsEntry("user", CustomValue.of("alice"));

            SessionManager blind = manager(builder -> builder.codec(new ListedCodec()));
            Session again = reopened(blind, session).orElseThrow();
            again.set("other", "1");
            assertThat(blind.save(again)).isEqualTo(SaveOutcome.SAVED);
            assertThat(again.get("user")).isEmpty();
            assertThat(custom(session)).containsEntry("user", CustomValue.of("alice"));
        }

        @Test
        @DisplayName("that another request has set is not undone by one that did not see it")
        void merges() {
            Session session = sessions.newSession();
            session.set("cart", "one");
            sessions.save(session);
            Session slow = reopened(sessions, session).orElseThrow();
            session.set("user", "alice");
            sessions.save(session);
            slow.set("cart", "two");
            assertThat(sessions.save(slow)).isEqualTo(SaveOutcome.SAVED);
            assertThat(custom(session)).containsEntry("user", CustomValue.of("alice"));
        }

        @Test
        @DisplayName("is refused at the start where the store keeps none, or its name is taken")
        void refused() {
            assertThatThrownBy(() -> SessionManager.builder(new RecordingStore(memory))
                            .codec(new SerializingCodec())
                            .customAttribute("user", session -> null)
                            .build())
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("keeps none");
            assertThatThrownBy(() -> manager(builder -> builder.customAttribute("user", session -> null)))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("two custom attributes are named user");
            assertThatThrownBy(() -> manager(builder -> builder.customAttribute("user_generation", session -> null)))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("user_generation");
        }
    }

    @Nested
    @DisplayName("The sessions of a user")
    class OfUser {
        @Test
        @DisplayName("are found page by page, with what a page shows of them, and without their ids")
        void found() {
            List<Session> own = new ArrayList<>();
            for (int i = 0; i < 250; i++) {
                own.add(login(sessions, "alice"));
                clock.advance(Duration.ofMillis(1));
            }
            login(sessions, "bob");
            List<SessionHandle> handles = all(sessions, "alice");
            assertThat(handles).hasSize(250);
            for (int i = 0; i < 250; i++) {
                assertThat(handles.get(i).isOf(own.get(i))).isTrue();
            }
            SessionHandle first = handles.get(0);
            assertThat(first.createdAt()).isEqualTo(own.get(0).createdAt());
            assertThat(first.expiresAt()).isPresent();
            assertThat(first.attributeSizes()).containsOnlyKeys("cart", "user");
            assertThat(first.customAttributes()).isEqualTo(Map.of("user", "alice"));
            assertThat(first.isOf(own.get(1))).isFalse();
            assertThat(first.toString() + first.reference())
                    .doesNotContain(own.get(0).id(), "alice");
            assertThat(sessions.findBy("user", "nobody")).isEqualTo(new SessionPage(List.of(), Optional.empty()));
            assertThatThrownBy(() -> sessions.findBy("cart", "x")).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> sessions.findBy("user", "alice", "7:"))
                    .isInstanceOf(IllegalArgumentException.class);
        }

        @Test
        @DisplayName("are looked for in a store without indexes in vain: the message names the setting")
        void withoutIndexes() {
            try (SessionManager plain = SessionManager.builder(new RecordingStore(memory))
                    .codec(new SerializingCodec())
                    .build()) {
                assertThatThrownBy(() -> plain.findBy("user", "alice"))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining(" dynamosession.indexes");
            }
        }

        @Test
        @DisplayName("are ended all at once, but for the one that asks; listeners know of each")
        void endedAll() {
            List<Session> own = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                own.add(login(sessions, "alice"));
            }
            Session other = login(sessions, "bob");
            Session moved = own.get(7);
            assertThat(sessions.changeId(moved, KeyChangeReason.ROTATION)).isEqualTo(ChangeIdOutcome.CHANGED);
            assertThat(sessions.endAllBy("user", "alice", moved)).isEqualTo(29);
            assertThat(ended).hasSize(29).containsOnly("alice");
            own.remove(moved);
            assertThat(own).allMatch(session -> reopened(sessions, session).isEmpty());
            assertThat(reopened(sessions, moved)).isPresent();
            assertThat(reopened(sessions, other)).isPresent();
            own.get(0).set("cart", "too late");
            assertThat(sessions.save(own.get(0))).isEqualTo(SaveOutcome.GONE);
            assertThat(sessions.endAllBy("user", "alice")).isEqualTo(1);
            assertThat(sessions.endAllBy("user", "alice")).isZero();
        }

        @Test
        @DisplayName("are ended one by one by what a page shows, and nobody else's")
        void endedOne() {
            Session alice = login(sessions, "alice");
            login(sessions, "alice");
            String reference = all(sessions, "alice").get(0).reference();
            assertThat(sessions.endBy("user", "bob", reference)).isEqualTo(DeleteOutcome.ABSENT);
            assertThat(sessions.endBy("user", "alice", "made up")).isEqualTo(DeleteOutcome.ABSENT);
            assertThat(sessions.endBy("user", "alice", "")).isEqualTo(DeleteOutcome.ABSENT);
            boolean first = all(sessions, "alice").get(0).isOf(alice);
            assertThat(sessions.endBy("user", "alice", reference)).isEqualTo(DeleteOutcome.DELETED);
            assertThat(sessions.endBy("user", "alice", reference)).isEqualTo(DeleteOutcome.ABSENT);
            assertThat(reopened(sessions, alice).isEmpty()).isEqualTo(first);
            assertThat(ended).containsExactly("alice");
            assertThat(all(sessions, "alice")).hasSize(1);
        }

        @Test
        @DisplayName("take a note each that their next requests find, beside what those change; nobody else's does")
        void note() {
            Session alice = login(sessions, "alice");
            Session underWay = reopened(sessions, alice).orElseThrow();
            String reference = all(sessions, "alice").get(0).reference();
            clock.advance(Duration.ofMinutes(10));
            assertThat(sessions.setBy("user", "bob", reference, "note", "read me"))
                    .isFalse();
            assertThat(sessions.setBy("user", "alice", "made up", "note", "read me"))
                    .isFalse();
            assertThat(sessions.setBy("user", "alice", "", "note", "read me")).isFalse();
            assertThat(reopened(sessions, alice).orElseThrow().names()).doesNotContain("note");
            assertThat(sessions.setBy("user", "alice", reference, "note", "read me"))
                    .isTrue();
            underWay.set("cart", "full");
            assertThat(sessions.save(underWay)).isEqualTo(SaveOutcome.SAVED);
            Session next = reopened(sessions, alice).orElseThrow();
            assertThat(next.get("note", String.class)).contains("read me");
            assertThat(next.get("cart", String.class)).contains("full");
        }

        @Test
        @DisplayName("do not live longer by a note")
        void noteIsNoUse() {
            login(sessions, "alice");
            SessionHandle before = all(sessions, "alice").get(0);
            clock.advance(Duration.ofMinutes(10));
            assertThat(sessions.setBy("user", "alice", before.reference(), "note", "read me"))
                    .isTrue();
            SessionHandle after = all(sessions, "alice").get(0);
            assertThat(after.attributeSizes()).containsKey("note");
            assertThat(after.lastAccessedAt()).isEqualTo(before.lastAccessedAt());
            assertThat(after.expiresAt()).isEqualTo(before.expiresAt());
        }

        @Test
        @DisplayName("take no note under a former reference, and under none that became somebody else's")
        void noteAfterChange() {
            Session alice = login(sessions, "alice");
            String former = all(sessions, "alice").get(0).reference();
            Session moving = reopened(sessions, alice).orElseThrow();
            assertThat(sessions.changeId(moving)).isEqualTo(ChangeIdOutcome.CHANGED);
            assertThat(sessions.setBy("user", "alice", former, "note", "read me"))
                    .isFalse();
            String present = all(sessions, "alice").get(0).reference();
            moving.set("user", "bob");
            assertThat(sessions.save(moving)).isEqualTo(SaveOutcome.SAVED);
            assertThat(sessions.setBy("user", "alice", present, "note", "read me"))
                    .isFalse();
            assertThat(sessions.setBy("user", "bob", present, "note", "read me"))
                    .isTrue();
        }

        @Test
        @DisplayName("take a note although others change them meanwhile, but not if they are somebody else's by then")
        void noteMeanwhile() {
            Session alice = login(sessions, "alice");
            String reference = all(sessions, "alice").get(0).reference();
            beforeUpdate.add(() -> {
                Session other = reopened(sessions, alice).orElseThrow();
                other.set("cart", "full");
                assertThat(sessions.save(other)).isEqualTo(SaveOutcome.SAVED);
            });
            assertThat(sessions.setBy("user", "alice", reference, "note", "read me"))
                    .isTrue();
            assertThat(reopened(sessions, alice).orElseThrow().get("cart", String.class))
                    .contains("full");
            beforeUpdate.add(() -> {
                Session other = reopened(sessions, alice).orElseThrow();
                other.set("user", "bob");
                assertThat(sessions.save(other)).isEqualTo(SaveOutcome.SAVED);
            });
            assertThat(sessions.setBy("user", "alice", reference, "note", "once more"))
                    .isFalse();
            assertThat(reopened(sessions, alice).orElseThrow().get("note", String.class))
                    .contains("read me");
        }

        @Test
        @DisplayName("of another application in the same table are neither found nor ended")
        void namespaces() {
            SessionManager other = manager(builder -> builder.namespace("other"));
            Session own = login(sessions, "alice");
            Session theirs = login(other, "alice");
            assertThat(all(sessions, "alice")).hasSize(1);
            assertThat(all(other, "alice")).hasSize(1);
            assertThat(sessions.endAllBy("user", "alice")).isEqualTo(1);
            assertThat(reopened(sessions, own)).isEmpty();
            assertThat(reopened(other, theirs)).isPresent();
        }

        @Test
        @DisplayName("are found, changed and ended without blocking, too")
        void async() {
            var executor = Executors.newFixedThreadPool(1);
            try {
                SessionManager manager = manager(builder -> builder.executor(executor));
                for (int i = 0; i < 40; i++) {
                    login(manager, "alice");
                }
                SessionPage page = manager.findByAsync("user", "alice", null)
                        .toCompletableFuture()
                        .join();
                assertThat(page.sessions()).hasSize(40);
                assertThat(manager.setByAsync(
                                        "user", "alice", page.sessions().get(1).reference(), "note", "read me")
                                .toCompletableFuture()
                                .join())
                        .isTrue();
                assertThat(manager.endByAsync(
                                        "user", "alice", page.sessions().get(0).reference())
                                .toCompletableFuture()
                                .join())
                        .isEqualTo(DeleteOutcome.DELETED);
                assertThat(manager.endAllByAsync("user", "alice", null)
                                .toCompletableFuture()
                                .join())
                        .isEqualTo(39);
            } finally {
                executor.shutdown();
            }
        }
    }

    @Nested
    @DisplayName("With encryption")
    class Encrypted {
        private final EncryptionKey one = key("one", 1);
        private final EncryptionKey two = key("two", 2);

        private EncryptionKey key(String id, int seed) {
            byte[] secret = new byte[EncryptionKey.LENGTH];
            Arrays.fill(secret, (byte) seed);
            return EncryptionKey.of(id, secret);
        }

        private SessionManager with(EncryptionKeys keys) {
            return manager(builder -> builder.encryption(keys));
        }

        @Test
        @DisplayName("an indexed value is a keyed hash, of the attribute and the value")
        void hashed() {
            SessionManager manager = manager(builder -> builder.encryption(KeyRing.of(one))
                    .customAttribute("same", session -> session.get("user", String.class)));
            Session session = login(manager, "alice");
            Map<String, CustomValue> stored = custom(session);
            assertThat(stored.get("user")).isNotEqualTo(CustomValue.of("alice")).isNotEqualTo(stored.get("same"));
            assertThat(stored.get("user").text()).matches("[A-Za-z0-9_-]{43}");
            assertThat(all(manager, "alice")).hasSize(1);
            assertThat(all(manager, "alice").get(0).customAttributes()).isEmpty();
        }

        @Test
        @DisplayName("a note is encrypted, also in a session whose id has changed under a key that is a former one now")
        void note() {
            SessionManager before = with(KeyRing.of(one));
            Session session = login(before, "alice");
            SessionManager manager = with(KeyRing.of(two, one));
            String reference = all(manager, "alice").get(0).reference();
            assertThat(manager.setBy("user", "alice", reference, "note", "read me"))
                    .isTrue();
            Session next = manager.open(session.cookieValue()).orElseThrow();
            assertThat(next.get("note", String.class)).contains("read me");
            assertThat(next.get("cart", String.class)).contains("empty");
            FindOutcome found = memory.find(new SessionIds(null, "").key(session.id()))
                    .toCompletableFuture()
                    .join();
            assertThat(((FindOutcome.Found) found)
                            .session()
                            .attributes()
                            .get("note")
                            .format())
                    .isEqualTo(EncodedValue.ENCRYPTED);
        }

        @Test
        @DisplayName("sessions are found and ended under every key of the ring, and as they were before encryption")
        void everyKey() {
            login(manager(builder -> builder), "alice");
            login(with(KeyRing.readOnly(List.of(one))), "alice");
            login(with(KeyRing.of(one)), "alice");
            login(with(KeyRing.of(two, one)), "alice");
            login(with(KeyRing.of(two, one)), "bob");
            for (EncryptionKeys keys : List.of(KeyRing.of(two, one), KeyRing.of(one, two))) {
                assertThat(all(with(keys), "alice")).hasSize(4);
            }
            assertThat(all(with(KeyRing.readOnly(List.of(one))), "alice")).hasSize(3);
            assertThat(with(KeyRing.of(two, one)).endAllBy("user", "alice")).isEqualTo(4);
        }

        @Test
        @DisplayName(
                "a value that was indexed as it is becomes a hash with the next change; one under a former key stays")
        void becomesHash() {
            Session session = login(sessions, "alice");
            SessionManager first = with(KeyRing.of(one));
            Session changed = reopened(first, session).orElseThrow();
            changed.set("cart", "full");
            first.save(changed);
            CustomValue hash = custom(session).get("user");
            assertThat(hash).isNotEqualTo(CustomValue.of("alice"));
            SessionManager second = with(KeyRing.of(two, one));
            changed = reopened(second, session).orElseThrow();
            changed.set("cart", "fuller");
            second.save(changed);
            assertThat(custom(session).get("user")).isEqualTo(hash);
        }
    }

    @Nested
    @DisplayName("With marks")
    class Marks {
        private final SessionManager marked = manager(builder -> builder.indexMarks(true));

        @Test
        @DisplayName(
                "a session that the index does not show yet is not opened any more; the spared one and later logins are")
        void makesGood() {
            Session missed = login(marked, "alice");
            Session spared = login(marked, "alice");
            Session other = login(marked, "bob");
            indexIsLate = true;
            assertThat(marked.endAllBy("user", "alice", spared)).isZero();
            assertThat(reopened(marked, missed)).isEmpty();
            assertThat(reopened(marked, spared)).isPresent();
            assertThat(reopened(marked, other)).isPresent();
            Session later = login(marked, "alice");
            assertThat(reopened(marked, later)).isPresent();
            indexIsLate = false;
            assertThat(all(marked, "alice")).hasSize(2).noneMatch(handle -> handle.isOf(missed));
            indexIsLate = true;
            assertThat(marked.endAllBy("user", "alice")).isZero();
            assertThat(List.of(missed, spared, later))
                    .allMatch(session -> reopened(marked, session).isEmpty());
            assertThat(reopened(marked, login(marked, "alice"))).isPresent();
        }

        @Test
        @DisplayName("a request that was under way does not lift its session above the mark")
        void staysBelow() {
            Session session = login(marked, "alice");
            Session underWay = reopened(marked, session).orElseThrow();
            indexIsLate = true;
            marked.endAllBy("user", "alice");
            underWay.set("cart", "full");
            assertThat(marked.save(underWay)).isEqualTo(SaveOutcome.SAVED);
            assertThat(reopened(marked, session)).isEmpty();
            assertThat(marked.changeId(underWay, KeyChangeReason.ROTATION)).isEqualTo(ChangeIdOutcome.CHANGED);
            assertThat(reopened(marked, underWay)).isEmpty();
        }

        @Test
        @DisplayName("a hash under another key does not lift its session above the mark")
        void staysBelowUnderAnotherKey() {
            EncryptionKey key = EncryptionKey.of("one", new byte[EncryptionKey.LENGTH]);
            SessionManager encrypted =
                    manager(builder -> builder.indexMarks(true).encryption(KeyRing.of(key)));
            Session session = login(marked, "alice");
            Session underWay = reopened(encrypted, session).orElseThrow();
            indexIsLate = true;
            encrypted.endAllBy("user", "alice");
            underWay.set("cart", "full");
            assertThat(encrypted.save(underWay)).isEqualTo(SaveOutcome.SAVED);
            assertThat(custom(session).get("user")).isNotEqualTo(CustomValue.of("alice"));
            assertThat(reopened(encrypted, session)).isEmpty();
            assertThat(reopened(marked, login(encrypted, "alice"))).isPresent();
        }

        @Test
        @DisplayName("a login that read the mark before everything was ended is ended, too")
        void loginInBetween() {
            Session session = marked.newSession();
            session.set("cart", "empty");
            marked.save(session);
            session.set("user", "alice");
            SessionManager interrupted = SessionManager.builder(endingAllBeforeWrites())
                    .codec(new SerializingCodec())
                    .clock(clock)
                    .customAttribute("user", any -> any.get("user", String.class))
                    .indexMarks(true)
                    .build();
            Session own = reopened(interrupted, session).orElseThrow();
            own.set("user", "alice");
            assertThat(interrupted.changeId(own)).isEqualTo(ChangeIdOutcome.CHANGED);
            assertThat(reopened(marked, own)).isEmpty();
        }

        private IndexedSessionStore endingAllBeforeWrites() {
            return (IndexedSessionStore) Proxy.newProxyInstance(
                    getClass().getClassLoader(),
                    new Class<?>[] {IndexedSessionStore.class},
                    (proxy, method, arguments) -> {
                        if (method.getName().equals("changeKey")) {
                            marked.endAllBy("user", "alice");
                        }
                        return method.invoke(memory, arguments);
                    });
        }

        @Test
        @DisplayName("that cannot be read fail the request, an opening and a login")
        void unreadable() {
            Session session = login(marked, "alice");
            Session fresh = marked.newSession();
            fresh.set("user", "alice");
            marksFail = new SessionStoreException("down", null, false);
            assertThatThrownBy(() -> reopened(marked, session)).isSameAs(marksFail);
            assertThatThrownBy(() -> marked.save(fresh)).isSameAs(marksFail);
            marksFail = null;
            assertThat(marked.save(fresh)).isEqualTo(SaveOutcome.SAVED);
            assertThat(reopened(marked, fresh)).isPresent();
        }

        @Test
        @DisplayName("cost one read at an opening, one at a login, and nothing for nobody's session")
        void price() {
            Session anonymous = marked.newSession();
            anonymous.set("cart", "empty");
            marked.save(anonymous);
            reopened(marked, anonymous);
            assertThat(markReads).isZero();
            anonymous.set("user", "alice");
            marked.changeId(anonymous);
            assertThat(markReads).isEqualTo(1);
            Session opened = reopened(marked, anonymous).orElseThrow();
            assertThat(markReads).isEqualTo(2);
            opened.set("cart", "full");
            marked.save(opened);
            assertThat(markReads).isEqualTo(2);
            reopened(sessions, anonymous);
            assertThat(markReads).isEqualTo(2);
        }

        @Test
        @DisplayName("are kept apart by namespace and value")
        void apart() {
            SessionManager other = manager(builder -> builder.indexMarks(true).namespace("other"));
            Session theirs = login(other, "alice");
            indexIsLate = true;
            marked.endAllBy("user", "alice");
            assertThat(reopened(other, theirs)).isPresent();
            assertThat(reopened(other, login(other, "bob"))).isPresent();
        }
    }

    @Test
    @DisplayName("An index of numbers cannot hold a hash")
    void numbersAndEncryption() {
        IndexedSessionStore numbers = (IndexedSessionStore) Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {IndexedSessionStore.class},
                (proxy, method, arguments) -> method.getName().equals("index")
                        ? Optional.of(IndexType.NUMBER).filter(type -> arguments[0].equals("customer"))
                        : method.invoke(memory, arguments));
        SessionManager.Builder builder =
                SessionManager.builder(numbers).codec(new SerializingCodec()).customAttribute("customer", session -> 7);
        assertThat(builder.build().newSession()).isNotNull();
        assertThatThrownBy(() -> builder.encryption(KeyRing.of(EncryptionKey.of("one", new byte[32])))
                        .build())
                .hasMessageContaining("index it as text");
    }

    @Test
    @DisplayName("A value of a custom attribute is made of plain Java values, equal by content")
    void values() {
        assertThat(CustomValue.of(1)).isEqualTo(CustomValue.of(1.0)).hasSameHashCodeAs(CustomValue.of(1L));
        assertThat(CustomValue.of(100).text()).isEqualTo("100");
        assertThat(CustomValue.of(new byte[] {1})).isEqualTo(CustomValue.of(new byte[] {1}));
        for (Object bad : new Object[] {
            Double.NaN,
            new Object(),
            Set.of(),
            Set.of(1, "a"),
            Map.of(1, 2),
            Map.of("", 1),
            "\uDC00",
            new BigDecimal("1E200")
        }) {
            assertThatThrownBy(() -> CustomValue.of(bad)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(CustomValue.of("secret").toString()).doesNotContain("secret");
    }
}
