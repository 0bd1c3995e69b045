// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.crypto.EncryptedSample;
import io.github.dynamosession.crypto.EncryptionKey;
import io.github.dynamosession.crypto.EncryptionKeys;
import io.github.dynamosession.crypto.KeyRing;
import io.github.dynamosession.engine.SessionIds;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.TamperedValueException;
import io.github.dynamosession.spi.Token;
import io.github.dynamosession.spi.UnreadableValueException;
import io.github.dynamosession.spi.UnstorableValueException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("jdk25")
@DisplayName("An encrypted session")
class EncryptedSessionsTest {
    private static final EncryptionKey ONE = key("one", 1);
    private static final EncryptionKey TWO = key("two", 2);
    private static final String SECRET = "correct horse battery staple";

    /** Offset of the nonce in an encrypted value: layout, length of the id, id. */
    private static final int NONCE = 2 + 3;

    private final TestClock clock = new TestClock();
    private final InMemorySessionStore memory = new InMemorySessionStore(clock);
    private final RecordingStore store = new RecordingStore(memory);
    private final ConcurrentLinkedQueue<UnreadableValueException> observed = new ConcurrentLinkedQueue<>();
    private final SessionManager sessions = manager(KeyRing.of(ONE));

    private static EncryptionKey key(String id, int seed) {
        byte[] secret = new byte[EncryptionKey.LENGTH];
        Arrays.fill(secret, (byte) seed);
        return EncryptionKey.of(id, secret);
    }

    private SessionManager manager(EncryptionKeys keys) {
        return manager(keys, builder -> builder);
    }

    private SessionManager manager(EncryptionKeys keys, UnaryOperator<SessionManager.Builder> settings) {
        return settings.apply(SessionManager.builder(store)
                        .codec(new SerializingCodec())
                        .clock(clock)
                        .encryption(keys)
                        .observer(new SessionObserver() {
                            @Override
                            public void unreadableAttribute(UnreadableValueException reason) {
                                observed.add(reason);
                            }
                        }))
                .build();
    }

    private String given(SessionManager manager, Map<String, ?> attributes) {
        Session session = manager.newSession();
        attributes.forEach(session::set);
        assertThat(manager.save(session)).isEqualTo(SaveOutcome.SAVED);
        store.calls.clear();
        store.deltas.clear();
        return session.cookieValue();
    }

    private static Session open(SessionManager manager, String cookie) {
        return manager.open(cookie).orElseThrow();
    }

    private Optional<Object> read(SessionManager manager, String cookie, String name) {
        return open(manager, cookie).get(name);
    }

    private static SessionKey row(String cookie) {
        return new SessionIds(null, "").key(cookie);
    }

    // The table, as somebody sees it who can read and write it.

    private StoredSession stored(String cookie) {
        return ((FindOutcome.Found)
                        memory.find(row(cookie)).toCompletableFuture().join())
                .session();
    }

    private EncodedValue stored(String cookie, String name) {
        return stored(cookie).attributes().get(name);
    }

    private void replace(String cookie, StoredSession session) {
        // A key that was taken a moment ago is not free yet.
        clock.advance(Duration.ofMinutes(1));
        memory.delete(row(cookie)).toCompletableFuture().join();
        clock.advance(Duration.ofMinutes(-1));
        memory.create(row(cookie), session).toCompletableFuture().join();
    }

    private void put(String cookie, String name, EncodedValue value) {
        StoredSession session = stored(cookie);
        Map<String, EncodedValue> attributes = new HashMap<>(session.attributes());
        attributes.put(name, value);
        replace(cookie, session.toBuilder().attributes(attributes).build());
    }

    private void assertTampered(SessionManager manager, String cookie, String name) {
        assertThatThrownBy(() -> read(manager, cookie, name))
                .isInstanceOf(TamperedValueException.class)
                .hasMessageNotContaining(name)
                .hasMessageNotContaining(SECRET);
    }

    private void assertHidden(SessionManager manager, String cookie, String name) {
        observed.clear();
        assertThat(read(manager, cookie, name)).isEmpty();
        assertThat(observed).hasSize(1).noneMatch(TamperedValueException.class::isInstance);
    }

    @Nested
    @DisplayName("in the store")
    class Stored {
        @Test
        @DisplayName("shows nothing of its values, names them, and looks different each time")
        void secret() {
            String cookie = given(sessions, Map.of("user", SECRET, "other", SECRET));
            EncodedValue value = stored(cookie, "user");
            assertThat(value.format()).isEqualTo(EncodedValue.ENCRYPTED);
            assertThat(new String(value.bytes(), StandardCharsets.ISO_8859_1)).doesNotContain("horse");
            assertThat(value).isNotEqualTo(stored(cookie, "other"));
            assertThat(stored(cookie).attributes()).containsOnlyKeys("user", "other");
            assertThat(read(sessions, cookie, "user")).contains(SECRET);
        }

        @Test
        @DisplayName("never uses a nonce twice")
        void nonces() {
            String cookie = given(sessions, Map.of("n", 0));
            Set<String> nonces = new HashSet<>();
            for (int i = 1; i <= 100; i++) {
                Session session = open(sessions, cookie);
                session.set("n", i);
                sessions.save(session);
                byte[] body = stored(cookie, "n").bytes();
                nonces.add(Arrays.toString(Arrays.copyOfRange(body, NONCE, NONCE + 12)));
            }
            assertThat(nonces).hasSize(100);
        }

        @Test
        @DisplayName("is compressed before it is encrypted")
        void compressed() {
            String cookie = given(sessions, Map.of("long", SECRET.repeat(1000)));
            assertThat(stored(cookie, "long").bytes().length).isLessThan(1000);
            assertThat(read(sessions, cookie, "long")).contains(SECRET.repeat(1000));
            SessionManager off = manager(KeyRing.of(ONE), builder -> builder.compressAbove(null));
            assertThat(read(off, cookie, "long")).contains(SECRET.repeat(1000));
            String incompressible = given(off, Map.of("long", SECRET.repeat(1000)));
            assertThat(stored(incompressible, "long").bytes().length).isGreaterThan(28_000);
        }

        @Test
        @DisplayName("is neither opened nor written for those who do not look at it")
        void lazy() {
            String cookie = given(sessions, Map.of("a", List.of(1), "b", List.of(2)));
            AtomicInteger asked = new AtomicInteger();
            SessionManager counting = manager(new EncryptionKeys() {
                @Override
                public Optional<EncryptionKey> current() {
                    return Optional.of(ONE);
                }

                @Override
                public Optional<EncryptionKey> find(String id) {
                    asked.incrementAndGet();
                    return Optional.of(ONE).filter(key -> key.id().equals(id));
                }
            });
            Session session = open(counting, cookie);
            assertThat(session.names()).hasSize(2);
            assertThat(counting.save(session)).isEqualTo(SaveOutcome.UNCHANGED);
            assertThat(asked).hasValue(0);
            assertThat(session.get("a")).contains(List.of(1));
            assertThat(asked).hasValue(1);
            assertThat(session.get("a")).contains(List.of(1));
            assertThat(counting.save(session)).isEqualTo(SaveOutcome.UNCHANGED);
            assertThat(asked).hasValue(1);
        }

        @Test
        @DisplayName("is not written by a thousand requests that read it, or set what is there already")
        void noWrites() {
            Map<String, Object> values = Map.of("list", new ArrayList<>(List.of(1, 2)), "text", SECRET.repeat(200));
            String cookie = given(sessions, values);
            Map<String, EncodedValue> before = stored(cookie).attributes();
            for (int i = 0; i < 1000; i++) {
                Session session = open(sessions, cookie);
                assertThat(session.get("list")).contains(values.get("list"));
                session.set("text", values.get("text"));
                assertThat(sessions.save(session)).isEqualTo(SaveOutcome.UNCHANGED);
            }
            assertThat(store.calls).hasSize(1000).containsOnly("find");
            assertThat(stored(cookie).attributes()).isEqualTo(before);
        }

        @Test
        @DisplayName("is encrypted anew where a value was changed in place, and only there")
        void inPlace() {
            String cookie = given(sessions, Map.of("a", new ArrayList<>(List.of(1)), "b", new ArrayList<>(List.of(1))));
            Map<String, EncodedValue> before = stored(cookie).attributes();
            Session session = open(sessions, cookie);
            addTo(session, "a", 2);
            assertThat(session.get("b")).contains(List.of(1));
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.UNCHANGED);
            assertThat(stored(cookie, "a")).isNotEqualTo(before.get("a"));
            assertThat(stored(cookie, "b")).isEqualTo(before.get("b"));
            assertThat(read(sessions, cookie, "a")).contains(List.of(1, 2));
        }
    }

    @SuppressWarnings("unchecked")
    private static void addTo(Session session, String name, Object element) {
        ((List<Object>) session.get(name).orElseThrow()).add(element);
    }

    @Nested
    @DisplayName("that somebody tampers with")
    class Tampered {
        @Test
        @DisplayName("does not give a value of another session")
        void otherSession() {
            String victim = given(sessions, Map.of("user", "admin"));
            String own = given(sessions, Map.of("user", "me"));
            put(own, "user", stored(victim, "user"));
            assertTampered(sessions, own, "user");
        }

        @Test
        @DisplayName("does not give a value under another name, however alike")
        void otherName() {
            List<String> names = List.of("user", "admin", "", "?", "\ud800", "\udbff", "\ufffd", "a", "a\u0000");
            Map<String, String> values = new HashMap<>();
            names.forEach(name -> values.put(name, "value of " + name));
            String cookie = given(sessions, values);
            StoredSession before = stored(cookie);
            for (String from : names) {
                for (String to : names) {
                    replace(cookie, before);
                    put(cookie, to, before.attributes().get(from));
                    if (from.equals(to)) {
                        assertThat(read(sessions, cookie, to)).contains(values.get(to));
                    } else {
                        assertThatThrownBy(() -> read(sessions, cookie, to)).isInstanceOf(TamperedValueException.class);
                    }
                }
            }
        }

        @ParameterizedTest
        @ValueSource(booleans = {false, true})
        @DisplayName("gives nothing when its whole row is put under another id, with its key binding or without")
        void wholeRow(boolean idChanged) {
            String victim = given(sessions, Map.of("user", "admin"));
            if (idChanged) {
                Session session = open(sessions, victim);
                sessions.changeId(session);
                victim = session.cookieValue();
            }
            String own = given(sessions, Map.of("user", "me"));
            StoredSession ownRow = stored(own);
            StoredSession row = stored(victim);
            List<Token> keyBindings =
                    new ArrayList<>(List.of(Token.of(new byte[] {1}), Token.of(new byte[] {1, 9, 9})));
            row.keyBinding().ifPresent(keyBindings::add);
            keyBindings.add(null);
            Session other = open(sessions, given(sessions, Map.of("user", "me")));
            sessions.changeId(other);
            keyBindings.add(stored(other.cookieValue()).keyBinding().orElseThrow());
            for (Token keyBinding : keyBindings) {
                replace(own, row.toBuilder().keyBinding(keyBinding).build());
                assertTampered(sessions, own, "user");
                assertThat(open(sessions, own).names()).containsExactly("user");
            }
            replace(own, row.toBuilder().uid(ownRow.uid()).build());
            assertTampered(sessions, own, "user");
        }

        @ParameterizedTest
        @ValueSource(booleans = {false, true})
        @DisplayName("is not laundered by a write or an id change of the application in the meantime")
        void laundering(boolean stripped) {
            String victim = given(sessions, Map.of("user", "admin"));
            String own = given(sessions, Map.of("user", "me"));
            StoredSession row = stored(victim);
            StoredSession.Builder bait = row.toBuilder().keyBinding(null);
            replace(own, stripped ? bait.attributes(Map.of()).build() : bait.build());
            Session session = open(sessions, own);
            session.set("visits", 1);
            sessions.save(session);
            put(own, "user", row.attributes().get("user"));
            assertTampered(sessions, own, "user");
            assertThat(read(sessions, own, "visits")).contains(1);

            Session renamed = open(sessions, own);
            assertThat(sessions.changeId(renamed)).isEqualTo(ChangeIdOutcome.CHANGED);
            String now = renamed.cookieValue();
            put(now, "user", row.attributes().get("user"));
            assertTampered(sessions, now, "user");
            assertThat(read(sessions, now, "visits")).contains(1);
        }

        @Test
        @DisplayName("is unreadable, and tampered with where the key is known, whichever bit is changed")
        void flipped() {
            String cookie = given(sessions, Map.of("user", SECRET));
            byte[] body = stored(cookie, "user").bytes();
            for (int bit = 0; bit < 8 * body.length; bit++) {
                byte[] changed = body.clone();
                changed[bit / 8] ^= (byte) (1 << bit % 8);
                put(cookie, "user", EncodedValue.of(EncodedValue.ENCRYPTED, changed));
                if (bit / 8 >= NONCE) {
                    assertTampered(sessions, cookie, "user");
                } else {
                    assertHidden(sessions, cookie, "user");
                }
            }
            for (int length = 0; length < body.length; length++) {
                put(cookie, "user", EncodedValue.of(EncodedValue.ENCRYPTED, Arrays.copyOf(body, length)));
                if (length >= NONCE) {
                    assertTampered(sessions, cookie, "user");
                } else {
                    assertHidden(sessions, cookie, "user");
                }
            }
            for (int format = 1; format <= EncodedValue.LAST_CUSTOM; format++) {
                if (format != EncodedValue.ENCRYPTED) {
                    put(cookie, "user", EncodedValue.of(format, body));
                    assertHidden(sessions, cookie, "user");
                }
            }
        }

        @Test
        @DisplayName("gives nothing of a value whose key id is that of another known key")
        void otherKey() {
            SessionManager both = manager(KeyRing.of(ONE, TWO));
            String cookie = given(both, Map.of("user", SECRET));
            byte[] body = stored(cookie, "user").bytes();
            System.arraycopy("two".getBytes(StandardCharsets.US_ASCII), 0, body, 2, 3);
            put(cookie, "user", EncodedValue.of(EncodedValue.ENCRYPTED, body));
            assertTampered(both, cookie, "user");
        }

        @Test
        @DisplayName("gives nothing when the key binding of a changed id is changed or taken away")
        void keyBinding() {
            String cookie = given(sessions, Map.of("user", SECRET));
            Session session = open(sessions, cookie);
            sessions.changeId(session);
            String now = session.cookieValue();
            StoredSession row = stored(now);
            byte[] keyBinding = row.keyBinding().orElseThrow().bytes();
            assertThat(read(sessions, now, "user")).contains(SECRET);
            for (int bit = 0; bit < 8 * keyBinding.length; bit++) {
                byte[] changed = keyBinding.clone();
                changed[bit / 8] ^= (byte) (1 << bit % 8);
                replace(now, row.toBuilder().keyBinding(Token.of(changed)).build());
                boolean ofUnknownKey = bit / 8 >= 2 && bit / 8 < NONCE || bit / 8 == 1;
                if (ofUnknownKey) {
                    assertThatThrownBy(() -> open(manager(KeyRing.of(ONE), strict()), now)
                                    .get("user"))
                            .isInstanceOf(UnreadableValueException.class);
                } else {
                    assertTampered(sessions, now, "user");
                }
            }
            replace(now, row.toBuilder().keyBinding(null).build());
            assertTampered(sessions, now, "user");
        }

        private UnaryOperator<SessionManager.Builder> strict() {
            return builder -> builder.unreadableAttributes(UnreadablePolicy.FAIL);
        }

        @Test
        @DisplayName("can be overwritten and removed, and what was not read stays as it is")
        void cured() {
            String victim = given(sessions, Map.of("user", "admin", "other", "theirs"));
            String own = given(sessions, Map.of("user", "me"));
            replace(own, stored(victim));
            EncodedValue other = stored(own, "other");
            Session session = open(sessions, own);
            session.set("user", "me");
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
            assertThat(read(sessions, own, "user")).contains("me");
            assertThat(stored(own, "other")).isEqualTo(other);
            assertThatThrownBy(() ->
                            open(sessions, own).compute("other", String.class, before -> before.orElse("") + "mine"))
                    .isInstanceOf(TamperedValueException.class);
            Session again = open(sessions, own);
            again.remove("other");
            assertThat(sessions.save(again)).isEqualTo(SaveOutcome.SAVED);
            assertThat(stored(own).attributes()).containsOnlyKeys("user");
        }

        @Test
        @DisplayName("gives none of what an encrypted value must not hold")
        void nested() {
            String cookie = given(sessions, Map.of("user", SECRET));
            StoredSession row = stored(cookie);
            put(cookie, "user", EncryptedSample.nested(row, "user", ONE, row(cookie)));
            assertHidden(sessions, cookie, "user");
            assertThat(observed.remove()).hasMessageContaining("holds none that this release knows");
        }
    }

    @Nested
    @DisplayName("whose id changes")
    class IdChange {
        @ParameterizedTest
        @EnumSource
        @DisplayName("keeps its values byte for byte, and has a new key binding each time")
        void nothingIsEncryptedAnew(KeyChangeReason reason) {
            String cookie = given(sessions, Map.of("user", SECRET, "list", List.of(1)));
            Map<String, EncodedValue> before = stored(cookie).attributes();
            List<Optional<Token>> keyBindings = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                Session session = open(sessions, cookie);
                assertThat(sessions.changeId(session, reason)).isEqualTo(ChangeIdOutcome.CHANGED);
                cookie = session.cookieValue();
                assertThat(stored(cookie).attributes()).isEqualTo(before);
                assertThat(session.get("user")).contains(SECRET);
                assertThat(read(sessions, cookie, "user")).contains(SECRET);
                keyBindings.add(stored(cookie).keyBinding());
                session.set("n", i);
                sessions.save(session);
                assertThat(stored(cookie).keyBinding()).isEqualTo(keyBindings.get(i));
                session.remove("n");
                sessions.save(session);
            }
            assertThat(keyBindings).doesNotHaveDuplicates().allMatch(Optional::isPresent);
        }

        @Test
        @DisplayName("takes along what it changes on the way")
        void withChanges() {
            String cookie = given(sessions, Map.of("user", SECRET));
            Session session = open(sessions, cookie);
            session.set("role", "admin");
            sessions.changeId(session);
            assertThat(read(sessions, session.cookieValue(), "role")).contains("admin");
            assertThat(read(sessions, session.cookieValue(), "user")).contains(SECRET);
            session.set("late", 1);
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
            assertThat(read(sessions, session.cookieValue(), "late")).contains(1);
        }

        @Test
        @DisplayName("takes late values along that follow a rotation, but not a key binding for the old id")
        void late() {
            SessionManager rotated = manager(KeyRing.of(TWO, ONE));
            String first = given(sessions, Map.of("user", SECRET));
            Session renamed = open(sessions, first);
            sessions.changeId(renamed);
            String cookie = renamed.cookieValue();
            Session late = open(rotated, cookie);
            Session rotating = open(sessions, cookie);
            sessions.changeId(rotating, KeyChangeReason.ROTATION);
            Optional<Token> keyBinding = stored(rotating.cookieValue()).keyBinding();
            store.deltas.clear();
            late.set("late", List.of(1));
            assertThat(rotated.save(late)).isEqualTo(SaveOutcome.SAVED);
            assertThat(store.deltas.get(0).keyBinding()).isPresent();
            assertThat(stored(rotating.cookieValue()).keyBinding()).isEqualTo(keyBinding);
            assertThat(read(rotated, rotating.cookieValue(), "late")).contains(List.of(1));
            assertThat(read(rotated, rotating.cookieValue(), "user")).contains(SECRET);
            late.set("late", List.of(2));
            assertThat(rotated.save(late)).isEqualTo(SaveOutcome.SAVED);
            assertThat(read(rotated, rotating.cookieValue(), "late")).contains(List.of(2));
        }

        @Test
        @DisplayName("elsewhere is taken along into a session of its own, unread values too; what cannot be is dropped")
        void startAfresh() {
            String cookie = given(sessions, Map.of("user", SECRET, "unread", List.of(1), "broken", 1, "gone", 2));
            put(cookie, "broken", stored(cookie, "gone"));
            put(cookie, "strange", EncodedValue.of(EncodedValue.LAST_CUSTOM, new byte[] {1}));
            Session loser = open(sessions, cookie);
            assertThat(loser.get("user")).contains(SECRET);
            loser.remove("gone");
            Session winner = open(sessions, cookie);
            sessions.changeId(winner);
            assertThat(sessions.changeId(loser)).isEqualTo(ChangeIdOutcome.REPLACED);
            assertThat(observed).hasSize(1).allMatch(TamperedValueException.class::isInstance);
            assertThat(sessions.save(loser)).isEqualTo(SaveOutcome.SAVED);
            String own = loser.cookieValue();
            assertThat(stored(own).uid())
                    .isNotEqualTo(stored(winner.cookieValue()).uid());
            assertThat(stored(own).attributes()).containsOnlyKeys("user", "unread", "strange");
            assertThat(stored(own, "user").format()).isEqualTo(EncodedValue.ENCRYPTED);
            assertThat(read(sessions, own, "user")).contains(SECRET);
            assertThat(read(sessions, own, "unread")).contains(List.of(1));
            assertThat(loser.get("unread")).contains(List.of(1));
            assertThat(sessions.save(loser)).isEqualTo(SaveOutcome.UNCHANGED);
        }

        @Test
        @DisplayName("before it is known to be stored keeps its values readable")
        void renewed() {
            Session session = sessions.newSession();
            session.set("list", new ArrayList<>(List.of(1)));
            session.compute("n", Integer.class, n -> n.orElse(0) + 1);
            store.loseNextCall(new SessionStoreException("lost", null, true));
            assertThatThrownBy(() -> sessions.save(session)).isInstanceOf(SessionStoreException.class);
            assertThat(sessions.changeId(session)).isEqualTo(ChangeIdOutcome.CHANGED);
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
            assertThat(read(sessions, session.cookieValue(), "list")).contains(List.of(1));
            assertThat(read(sessions, session.cookieValue(), "n")).contains(1);
        }
    }

    @Nested
    @DisplayName("whose keys are rotated")
    class Rotation {
        private final SessionManager learning = manager(KeyRing.of(ONE, TWO));
        private final SessionManager rotated = manager(KeyRing.of(TWO, ONE));
        private final SessionManager retired = manager(KeyRing.of(TWO));

        @Test
        @DisplayName("is read by all, encrypts each value under the new key when it is written next, and no other")
        void nextWrite() {
            String cookie = given(sessions, Map.of("a", List.of(1), "b", List.of(1)));
            EncodedValue untouched = stored(cookie, "b");
            Session session = open(rotated, cookie);
            assertThat(session.get("b")).contains(List.of(1));
            session.set("a", List.of(2));
            rotated.save(session);
            assertThat(stored(cookie, "b")).isEqualTo(untouched);
            assertThat(read(learning, cookie, "a")).contains(List.of(2));
            assertThat(read(learning, cookie, "b")).contains(List.of(1));
            assertThat(read(retired, cookie, "a")).contains(List.of(2));
            assertHidden(retired, cookie, "b");
            assertHidden(sessions, cookie, "a");
        }

        @Test
        @DisplayName("has its key binding renewed with the next write, so that the old key can be retired")
        void keyBindingToo() {
            String first = given(sessions, Map.of("a", List.of(1)));
            Session session = open(sessions, first);
            sessions.changeId(session);
            String cookie = session.cookieValue();
            Optional<Token> old = stored(cookie).keyBinding();
            Session later = open(rotated, cookie);
            later.remove("nothing");
            later.get("a");
            rotated.save(later);
            assertThat(stored(cookie).keyBinding()).isEqualTo(old);
            later.set("a", List.of(2));
            rotated.save(later);
            assertThat(stored(cookie).keyBinding()).isPresent().isNotEqualTo(old);
            assertThat(read(retired, cookie, "a")).contains(List.of(2));
            later.set("a", List.of(3));
            rotated.save(later);
            assertThat(store.deltas.get(store.deltas.size() - 1).keyBinding()).isEmpty();
            assertThat(read(retired, cookie, "a")).contains(List.of(3));
        }

        @Test
        @DisplayName("is unreadable and not tampered with for a node that does not know the key of its key binding")
        void unknownKeyBinding() {
            Session session = open(rotated, given(sessions, Map.of("a", 1)));
            rotated.changeId(session);
            assertHidden(sessions, session.cookieValue(), "a");
            assertThat(read(learning, session.cookieValue(), "a")).contains(1);
        }

        @Test
        @DisplayName("goes on with a new key when the old one is gone, and does not take its absence for an attack")
        void lostKey() {
            String first = given(sessions, Map.of("a", 1, "b", 1));
            Session session = open(sessions, first);
            sessions.changeId(session);
            String cookie = session.cookieValue();
            assertHidden(retired, cookie, "a");
            Session later = open(retired, cookie);
            later.set("a", 2);
            assertThat(retired.save(later)).isEqualTo(SaveOutcome.SAVED);
            assertThat(read(retired, cookie, "a")).contains(2);
            assertThat(read(rotated, cookie, "a")).contains(2);
            assertThat(read(rotated, cookie, "b")).contains(1);
            assertThat(retired.changeId(later)).isEqualTo(ChangeIdOutcome.CHANGED);
            assertThat(read(retired, later.cookieValue(), "a")).contains(2);
        }
    }

    @Nested
    @DisplayName("during a rollout")
    class Rollout {
        private final SessionManager plain = manager(null);
        private final SessionManager reading = manager(KeyRing.readOnly(List.of(ONE)));
        private final SessionManager required = manager(KeyRing.of(ONE), builder -> builder.requireEncryption(true));

        @Test
        @DisplayName("is read by nodes that do not encrypt yet, and reads what they write")
        void readOnly() {
            String cookie = given(plain, Map.of("a", List.of(1), "b", List.of(1)));
            Session session = open(sessions, cookie);
            assertThat(session.get("a")).contains(List.of(1));
            session.set("b", List.of(2));
            sessions.save(session);
            assertThat(stored(cookie, "a").format()).isEqualTo(EncodedValue.FIRST_CUSTOM);
            assertThat(read(reading, cookie, "b")).contains(List.of(2));
            Session again = open(reading, cookie);
            again.set("b", List.of(3));
            reading.save(again);
            assertThat(stored(cookie, "b").format()).isEqualTo(EncodedValue.FIRST_CUSTOM);
            assertThat(read(sessions, cookie, "b")).contains(List.of(3));
        }

        @Test
        @DisplayName("survives an id change by a node that does not encrypt yet, and a late write")
        void readOnlyIdChange() {
            String cookie = given(plain, Map.of("a", List.of(1)));
            Session late = open(sessions, cookie);
            Session session = open(reading, cookie);
            reading.changeId(session, KeyChangeReason.ROTATION);
            late.set("b", List.of(2));
            assertThat(sessions.save(late)).isEqualTo(SaveOutcome.SAVED);
            String now = session.cookieValue();
            assertThat(read(sessions, now, "a")).contains(List.of(1));
            assertThat(read(reading, now, "b")).contains(List.of(2));
        }

        @Test
        @DisplayName("keeps what a node without keys cannot read through that node's writes")
        void withoutKeys() {
            String cookie = given(sessions, Map.of("a", List.of(1)));
            EncodedValue before = stored(cookie, "a");
            assertHidden(plain, cookie, "a");
            Session session = open(plain, cookie);
            session.set("b", 1);
            plain.save(session);
            assertThat(stored(cookie, "a")).isEqualTo(before);
            assertThat(read(sessions, cookie, "a")).contains(List.of(1));
            session.set("a", 2);
            plain.save(session);
            assertThat(read(sessions, cookie, "a")).contains(2);
        }

        @Test
        @DisplayName("takes no plain or merely compressed value any more once encryption is required")
        void smuggling() {
            String cookie = given(required, Map.of("user", "me"));
            String attacker = given(plain, Map.of("user", "admin", "long", SECRET.repeat(1000)));
            assertThat(stored(attacker, "long").format()).isEqualTo(EncodedValue.COMPRESSED);
            put(cookie, "user", stored(attacker, "user"));
            put(cookie, "long", stored(attacker, "long"));
            assertHidden(required, cookie, "user");
            assertHidden(required, cookie, "long");
            Session session = open(required, cookie);
            session.set("user", "admin");
            assertThat(required.save(session)).isEqualTo(SaveOutcome.SAVED);
            assertThat(stored(cookie, "user").format()).isEqualTo(EncodedValue.ENCRYPTED);
            assertThat(read(required, cookie, "user")).contains("admin");
        }

        @Test
        @DisplayName("is not saved in the clear when the key goes away while encryption is required")
        void keyGone() {
            AtomicReference<Optional<EncryptionKey>> current = new AtomicReference<>(Optional.of(ONE));
            SessionManager manager = manager(
                    new EncryptionKeys() {
                        @Override
                        public Optional<EncryptionKey> current() {
                            return current.get();
                        }

                        @Override
                        public Optional<EncryptionKey> find(String id) {
                            return Optional.of(ONE);
                        }
                    },
                    builder -> builder.requireEncryption(true));
            String cookie = given(manager, Map.of("user", "me"));
            current.set(Optional.empty());
            assertThat(read(manager, cookie, "user")).contains("me");
            Session session = open(manager, cookie);
            session.set("user", "you");
            assertThatThrownBy(() -> manager.save(session)).isInstanceOf(UnstorableValueException.class);
            current.set(Optional.of(ONE));
            assertThat(manager.save(session)).isEqualTo(SaveOutcome.SAVED);
            assertThat(read(manager, cookie, "user")).contains("you");
        }

        @Test
        @DisplayName("encrypts no smuggled value when it goes into a session of its own")
        void noLaundering() {
            String cookie = given(required, Map.of("a", 1));
            put(cookie, "user", stored(given(plain, Map.of("user", "admin")), "user"));
            Session loser = open(required, cookie);
            required.changeId(open(required, cookie));
            assertThat(required.changeId(loser)).isEqualTo(ChangeIdOutcome.REPLACED);
            required.save(loser);
            assertThat(stored(loser.cookieValue()).attributes()).containsOnlyKeys("a");
            assertThat(read(required, loser.cookieValue(), "a")).contains(1);
        }

        @Test
        @DisplayName("finds no smuggled value that went into a session of its own while it was not required yet")
        void noLaunderingBefore() {
            String cookie = given(sessions, Map.of("a", 1));
            put(cookie, "user", stored(given(plain, Map.of("user", "admin")), "user"));
            Session loser = open(sessions, cookie);
            assertThat(loser.get("user")).contains("admin");
            sessions.changeId(open(sessions, cookie));
            assertThat(sessions.changeId(loser)).isEqualTo(ChangeIdOutcome.REPLACED);
            sessions.save(loser);
            String own = loser.cookieValue();
            assertThat(stored(own, "user").format()).isNotEqualTo(EncodedValue.ENCRYPTED);
            assertThat(read(sessions, own, "user")).contains("admin");
            assertHidden(required, own, "user");
            assertThat(read(required, own, "a")).contains(1);
        }
    }

    @Nested
    @DisplayName("that several write")
    class Races {
        @Test
        @DisplayName("counts a computed value once when a reply is lost, and writes others again")
        void lostReply() {
            String cookie = given(sessions, Map.of("n", 5, "list", new ArrayList<>(List.of(1))));
            Session session = open(sessions, cookie);
            session.compute("n", Integer.class, n -> n.orElse(0) + 1);
            addTo(session, "list", 2);
            store.loseNextReply(new SessionStoreException("lost", null, true));
            assertThatThrownBy(() -> sessions.save(session)).isInstanceOf(SessionStoreException.class);
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.UNCHANGED);
            assertThat(session.get("n")).contains(6);
            assertThat(read(sessions, cookie, "n")).contains(6);
            assertThat(read(sessions, cookie, "list")).contains(List.of(1, 2));
        }

        @Test
        @DisplayName("computes again on what another request encrypted meanwhile")
        void recompute() {
            String cookie = given(sessions, Map.of("n", 5));
            Session session = open(sessions, cookie);
            session.compute("n", Integer.class, n -> n.orElse(0) + 1);
            store.beforeNextWrite(() -> {
                Session other = open(sessions, cookie);
                other.compute("n", Integer.class, n -> n.orElse(0) + 10);
                sessions.save(other);
            });
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
            assertThat(read(sessions, cookie, "n")).contains(16);
        }

        @Test
        @DisplayName("computes again across an id change and the first encryption")
        void recomputeAcrossRotation() {
            String cookie = given(manager(null), Map.of("n", 5));
            Session session = open(sessions, cookie);
            session.compute("n", Integer.class, n -> n.orElse(0) + 1);
            String[] now = new String[1];
            store.beforeNextWrite(() -> {
                Session other = open(sessions, cookie);
                sessions.changeId(other, KeyChangeReason.ROTATION);
                other.compute("n", Integer.class, n -> n.orElse(0) + 10);
                sessions.save(other);
                now[0] = other.cookieValue();
            });
            assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
            assertThat(read(sessions, now[0], "n")).contains(16);
        }

        @Test
        @DisplayName("stays exact under concurrent computations, on nodes with either key")
        void concurrent() {
            SessionManager[] nodes = {
                threaded(KeyRing.of(ONE, TWO)),
                threaded(KeyRing.of(TWO, ONE)),
                threaded(KeyRing.readOnly(List.of(ONE, TWO)))
            };
            String cookie = given(sessions, Map.of("n", 0));
            ExecutorService threads = Executors.newFixedThreadPool(6);
            try {
                CompletableFuture<?>[] all = IntStream.range(0, 6)
                        .mapToObj(thread -> CompletableFuture.runAsync(
                                () -> {
                                    for (int i = 0; i < 50; i++) {
                                        SessionManager node = nodes[(thread + i) % nodes.length];
                                        Session session = open(node, cookie);
                                        session.compute("n", Integer.class, n -> n.orElse(0) + 1);
                                        assertThat(node.save(session)).isEqualTo(SaveOutcome.SAVED);
                                    }
                                },
                                threads))
                        .toArray(CompletableFuture[]::new);
                CompletableFuture.allOf(all).join();
            } finally {
                threads.shutdownNow();
            }
            assertThat(read(nodes[0], cookie, "n")).contains(300);
        }

        private SessionManager threaded(EncryptionKeys keys) {
            return SessionManager.builder(memory)
                    .codec(new SerializingCodec())
                    .clock(clock)
                    .encryption(keys)
                    .build();
        }
    }
}
