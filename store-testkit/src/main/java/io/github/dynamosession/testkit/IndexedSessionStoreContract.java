// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.dynamosession.spi.ChangeKeyOutcome;
import io.github.dynamosession.spi.CreateOutcome;
import io.github.dynamosession.spi.CustomValue;
import io.github.dynamosession.spi.DeleteByOutcome;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.IndexMark;
import io.github.dynamosession.spi.IndexPage;
import io.github.dynamosession.spi.IndexedSessionStore;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.Token;
import io.github.dynamosession.spi.UpdateOutcome;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The contract of {@link IndexedSessionStore} as tests, beside {@link SessionStoreContract}. A store's author extends
 * this class, implements {@link #createStore}, and has proved the clauses that the tests' display names cite.
 *
 * <p>Each test gets a store and closes it. The stores may share one database: all keys and indexed values are random.
 */
public abstract class IndexedSessionStoreContract {
    private static final Duration IDLE = Duration.ofMinutes(30);
    private static final int CONTENDERS = 4;
    private static final SecureRandom RANDOM = new SecureRandom();

    /** How long an index may lag behind here, in tries of the test; a pause lies between them. */
    private static final int TRIES = 200;

    private static final Duration PAUSE = Duration.ofMillis(50);

    private MovableClock clock = new MovableClock();
    private @Nullable IndexedSessionStore opened;

    /** For the store's own test class. */
    protected IndexedSessionStoreContract() {}

    /**
     * Makes the store under test. Called before each test, which closes what it gets.
     *
     * @param clock what the store must decide expiry by; tests move it
     * @return an open store with an index of the {@link #attribute()}; it may share its database with others
     */
    protected abstract IndexedSessionStore createStore(Clock clock);

    /**
     * A custom attribute whose index takes texts.
     *
     * @return {@code user} unless overridden
     */
    protected String attribute() {
        return "user";
    }

    /**
     * Whether the store decides expiry by the clock that it is given.
     *
     * @return true unless overridden; otherwise the tests that move time are skipped
     */
    protected boolean expiresByClock() {
        return true;
    }

    @BeforeEach
    void openStore() {
        clock = new MovableClock();
        opened = createStore(clock);
    }

    @AfterEach
    void closeStore() {
        if (opened != null) {
            opened.close();
        }
    }

    @Test
    @DisplayName("C70: custom attributes of every kind are kept, set and removed; a touch changes none")
    void kept() {
        Map<String, @Nullable Object> nested = new HashMap<>();
        nested.put("list", Arrays.asList("a", 1, true, null));
        nested.put("map", Map.of("a", ""));
        Map<String, CustomValue> custom = new HashMap<>(Map.of(
                "text_of_it", CustomValue.of(""),
                "number_of_it", CustomValue.of(-1.50),
                "bytes_of_it", CustomValue.of(new byte[] {0, -1}),
                "truth_of_it", CustomValue.of(false),
                "map_of_it", CustomValue.of(nested),
                "texts_of_it", CustomValue.of(Set.of("a", "b")),
                "numbers_of_it", CustomValue.of(Set.of(1, 2)),
                "other_bytes_of_it", CustomValue.of(Set.of(ByteBuffer.wrap(new byte[] {1})))));
        custom.put(attribute(), CustomValue.of("a user"));
        SessionKey key = created(custom);
        assertEquals(custom, found(key).custom());

        custom.put("text_of_it", CustomValue.of("another"));
        custom.remove("map_of_it");
        assertEquals(
                new UpdateOutcome.Written(2),
                await(store().update(
                                key,
                                delta().set("a", json("2"))
                                        .custom("text_of_it", Optional.of(CustomValue.of("another")))
                                        .custom("map_of_it", Optional.empty())
                                        .custom("never_stored", Optional.empty())
                                        .build())));
        assertEquals(custom, found(key).custom());
        assertEquals(json("2"), found(key).attributes().get("a"));

        assertEquals(new UpdateOutcome.Written(2), await(store().update(key, touch())));
        assertEquals(custom, found(key).custom());

        SessionDelta large =
                delta(attributes(400)).custom("text_of_it", Optional.empty()).build();
        assertEquals(new UpdateOutcome.Written(3), await(store().update(key, large)));
        custom.remove("text_of_it");
        assertEquals(custom, found(key).custom());
    }

    @Test
    @DisplayName("C70: an update that is refused changes no custom attribute")
    void refused() {
        SessionKey key = created("a user");
        SessionDelta change = delta().set("a", json("2"))
                .custom(attribute(), Optional.empty())
                .condition(new SessionDelta.Condition.VersionIs(7))
                .build();
        assertInstanceOf(UpdateOutcome.Conflict.class, await(store().update(key, change)));
        assertEquals(CustomValue.of("a user"), found(key).custom().get(attribute()));
    }

    @Test
    @DisplayName("C70: an id change keeps custom attributes, and changes those that it names")
    void keptByIdChange() {
        SessionKey key = created(Map.of(attribute(), CustomValue.of("a user"), "kept_one", CustomValue.of(1)));
        SessionKey to = randomKey();
        SessionDelta login = SessionDelta.builder(Token.random())
                .access(access())
                .custom(attribute(), Optional.of(CustomValue.of("another")))
                .build();
        StoredSession moved = assertInstanceOf(
                        ChangeKeyOutcome.Changed.class,
                        await(store().changeKey(key, to, found(key), login, KeyChangeReason.PRIVILEGE_CHANGE)))
                .session();
        Map<String, CustomValue> expected =
                Map.of(attribute(), CustomValue.of("another"), "kept_one", CustomValue.of(1));
        assertEquals(expected, moved.custom());
        assertEquals(1, moved.version());
        assertEquals(expected, found(to).custom());
    }

    @Test
    @DisplayName("C71: all sessions of a value are found, page by page, the oldest first, and no other")
    void found() {
        String user = randomText();
        List<SessionKey> keys = new ArrayList<>();
        for (int i = 0; i < 11; i++) {
            created(randomText());
            keys.add(created(user));
            clock.advance(Duration.ofMillis(1));
        }
        created(Map.of());
        eventually(keys, () -> foundBy(user, 4));
        eventually(keys, () -> foundBy(user, 11));
        eventually(keys, () -> foundBy(user, 1));
        eventually(List.of(), () -> foundBy(randomText(), 4));
    }

    @Test
    @DisplayName("C71: a session leaves the index with its value, and with its end")
    void leaves() {
        String user = randomText();
        SessionKey stays = created(user);
        SessionKey logsOut = created(user);
        SessionKey ends = created(user);
        assertEquals(DeleteOutcome.DELETED, await(store().delete(ends)));
        await(store().update(
                        logsOut,
                        delta().set("a", json("2"))
                                .custom(attribute(), Optional.empty())
                                .build()));
        eventually(List.of(stays), () -> foundBy(user, 10));
    }

    @Test
    @DisplayName("C71: after an id change the session is found under its new key alone")
    void foundUnderNewKey() {
        String user = randomText();
        SessionKey from = created(user);
        SessionKey to = moved(from, KeyChangeReason.PRIVILEGE_CHANGE, Optional.empty());
        eventually(List.of(to), () -> foundBy(user, 10));
    }

    @Test
    @DisplayName("C72: readBy gives the session if it lives and has one of the values")
    void read() {
        String user = randomText();
        SessionKey key = created(user);
        Set<CustomValue> values = Set.of(CustomValue.of(user), CustomValue.of("another form of it"));
        StoredSession read = await(store().readBy(key, attribute(), values)).orElseThrow();
        assertEquals(found(key).uid(), read.uid());
        assertEquals(found(key).attributes(), read.attributes());
        assertEquals(Optional.empty(), await(store().readBy(key, attribute(), Set.of(CustomValue.of("another")))));
        assertEquals(Optional.empty(), await(store().readBy(randomKey(), attribute(), values)));
        SessionKey to = moved(key, KeyChangeReason.ROTATION, Optional.empty());
        assertEquals(Optional.empty(), await(store().readBy(key, attribute(), values)));
        assertTrue(await(store().readBy(to, attribute(), values)).isPresent());
        pass(IDLE);
        assertEquals(Optional.empty(), await(store().readBy(to, attribute(), values)));
    }

    @Test
    @DisplayName("C73, C75: deleteBy ends the session, tells what it held, and nothing brings it back")
    void ends() {
        String user = randomText();
        SessionKey key = created(user);
        StoredSession before = found(key);
        DeleteByOutcome.Deleted deleted = assertInstanceOf(DeleteByOutcome.Deleted.class, deleteBy(key, user, null));
        assertEquals(key, deleted.key());
        assertEquals(before.uid(), deleted.session().uid());
        assertEquals(before.attributes(), deleted.session().attributes());
        assertEquals(before.custom(), deleted.session().custom());
        assertGone(key);
        assertEquals(new DeleteByOutcome.Skipped(), deleteBy(key, user, null));
        assertEquals(new DeleteByOutcome.Skipped(), deleteBy(randomKey(), user, null));
    }

    @TestFactory
    @DisplayName("C73: a session that changed its id is ended where it is now, whatever the reason, however long ago")
    List<DynamicTest> endsBehindIdChange() {
        List<DynamicTest> tests = new ArrayList<>();
        for (KeyChangeReason reason : KeyChangeReason.values()) {
            for (boolean late : new boolean[] {false, true}) {
                tests.add(DynamicTest.dynamicTest(reason + (late ? ", after the window" : ""), () -> {
                    String user = randomText();
                    SessionKey first = created(user);
                    SessionKey second = moved(first, reason, Optional.empty());
                    SessionKey third = moved(second, reason, Optional.empty());
                    if (late) {
                        pass(SessionStore.FOLLOW_WINDOW.plus(Duration.ofSeconds(1)));
                        assumeTrue(
                                await(store().find(first)) instanceof FindOutcome.Moved,
                                "the store keeps no redirect for that long, and its index shows the new key at once");
                    }
                    assertInstanceOf(DeleteByOutcome.Deleted.class, deleteBy(first, user, null));
                    assertGone(third);
                }));
            }
        }
        return tests;
    }

    @Test
    @DisplayName("C73: the spared session is left alone, under its old key, too")
    void spares() {
        String user = randomText();
        SessionKey first = created(user);
        Token uid = found(first).uid();
        assertEquals(new DeleteByOutcome.Skipped(), deleteBy(first, user, uid));
        SessionKey second = moved(first, KeyChangeReason.ROTATION, Optional.empty());
        assertEquals(new DeleteByOutcome.Skipped(), deleteBy(first, user, uid));
        assertEquals(new DeleteByOutcome.Skipped(), deleteBy(second, user, uid));
        assertEquals(uid, found(second).uid());
        assertInstanceOf(DeleteByOutcome.Deleted.class, deleteBy(second, user, Token.random()));
    }

    @Test
    @DisplayName("C74: a session that has another value by now is left alone, under a new key, too")
    void leavesOthers() {
        String user = randomText();
        SessionKey key = created(user);
        await(store().update(
                        key,
                        delta().set("a", json("2"))
                                .custom(attribute(), Optional.of(CustomValue.of("another")))
                                .build()));
        assertEquals(new DeleteByOutcome.Skipped(), deleteBy(key, user, null));
        assertEquals(2, found(key).version());

        SessionKey from = created(user);
        SessionKey to = moved(from, KeyChangeReason.PRIVILEGE_CHANGE, Optional.of("another"));
        assertEquals(new DeleteByOutcome.Skipped(), deleteBy(from, user, null));
        found(to);
        SessionKey anonymous = created(Map.of());
        assertEquals(new DeleteByOutcome.Skipped(), deleteBy(anonymous, user, null));
        found(anonymous);
    }

    @Test
    @DisplayName("C73: one of several values is enough")
    void severalValues() {
        String user = randomText();
        SessionKey key = created(user);
        Set<CustomValue> values = Set.of(CustomValue.of("a"), CustomValue.of(user), CustomValue.of("b"));
        assertInstanceOf(DeleteByOutcome.Deleted.class, await(store().deleteBy(key, attribute(), values, null)));
    }

    @Test
    @DisplayName("C75: of those that end a session at once at most one is told so")
    void endsOnce() {
        for (int round = 0; round < 10; round++) {
            String user = randomText();
            SessionKey key = created(user);
            List<Callable<Boolean>> contenders = new ArrayList<>();
            for (int i = 0; i < CONTENDERS; i++) {
                boolean byIndex = i % 2 == 0;
                contenders.add(() -> byIndex
                        ? deleteBy(key, user, null) instanceof DeleteByOutcome.Deleted
                        : await(store().delete(key)) == DeleteOutcome.DELETED);
            }
            assertEquals(
                    1,
                    Concurrency.race(contenders).stream()
                            .filter(Boolean::booleanValue)
                            .count());
        }
    }

    @Test
    @DisplayName("C73, C75: a session that changes its id while it is ended does not escape")
    void endsDuringIdChange() {
        for (int round = 0; round < 20; round++) {
            String user = randomText();
            SessionKey from = created(user);
            SessionKey to = randomKey();
            StoredSession seen = found(from);
            Concurrency.race(List.<Callable<Object>>of(
                    () -> deleteBy(from, user, null),
                    () -> await(store().changeKey(
                                    from,
                                    to,
                                    seen,
                                    delta().access(access()).build(),
                                    KeyChangeReason.PRIVILEGE_CHANGE))));
            assertGone(to);
            assertEquals(
                    DeleteByOutcome.Skipped.class, deleteBy(from, user, null).getClass());
        }
    }

    @Test
    @DisplayName("C75: an expired session is removed without being told, and no late save brings it back")
    void removesExpired() {
        String user = randomText();
        SessionKey key = created(user);
        pass(IDLE);
        assertEquals(new DeleteByOutcome.Skipped(), deleteBy(key, user, null));
        assertEquals(
                new UpdateOutcome.Gone(),
                await(store().update(key, delta().set("a", json("2")).build())));
    }

    @Test
    @DisplayName("C76: a mark is found as it was raised, and grows each time")
    void marks() {
        SessionKey key = randomKey();
        assertEquals(Optional.empty(), await(store().findMark(key)));
        Token spared = Token.random();
        IndexMark first = await(store().raiseMark(key, 1_000, spared));
        assertTrue(first.generation() >= 1_000);
        assertEquals(Optional.of(spared), first.spared());
        assertEquals(Optional.of(first), await(store().findMark(key)));
        IndexMark second = await(store().raiseMark(key, 5, null));
        assertTrue(second.generation() > first.generation());
        assertEquals(Optional.empty(), second.spared());
        IndexMark third = await(store().raiseMark(key, 1_000_000_000_000L, null));
        assertTrue(third.generation() >= 1_000_000_000_000L);
        assertEquals(Optional.of(third), await(store().findMark(key)));
    }

    @Test
    @DisplayName("C76: of marks that are raised at once each has a generation of its own")
    void marksRace() {
        SessionKey key = randomKey();
        List<Callable<IndexMark>> contenders = new ArrayList<>();
        for (int i = 0; i < CONTENDERS; i++) {
            contenders.add(() -> await(store().raiseMark(key, 7, null)));
        }
        Set<Long> generations = new HashSet<>();
        Concurrency.race(contenders).forEach(mark -> generations.add(mark.generation()));
        assertEquals(CONTENDERS, generations.size());
    }

    @Test
    @DisplayName("C77: a mark is no session, and nothing but a mark is written over it")
    void marksAreNoSessions() {
        SessionKey key = randomKey();
        IndexMark mark = await(store().raiseMark(key, 7, null));
        assertEquals(new FindOutcome.Absent(), await(store().find(key)));
        assertEquals(
                new UpdateOutcome.Gone(),
                await(store().update(key, delta().set("a", json("2")).build())));
        assertEquals(new UpdateOutcome.Gone(), await(store().update(key, touch())));
        assertEquals(DeleteOutcome.ABSENT, await(store().delete(key)));
        assertEquals(new DeleteByOutcome.Skipped(), deleteBy(key, "anybody", null));
        StoredSession session = session(Map.of());
        assertEquals(new CreateOutcome.Exists(), await(store().create(key, session)));
        assertEquals(
                new ChangeKeyOutcome.Gone(),
                await(store().changeKey(
                                key,
                                randomKey(),
                                session,
                                delta().access(access()).build(),
                                KeyChangeReason.ROTATION)));
        assertEquals(Optional.of(mark), await(store().findMark(key)));
    }

    private IndexedSessionStore store() {
        if (opened == null) {
            throw new IllegalStateException("no store is open");
        }
        return opened;
    }

    private static <T> T await(CompletionStage<T> stage) {
        return Concurrency.await(stage);
    }

    private void pass(Duration time) {
        assumeTrue(expiresByClock(), "the store does not expire by the clock that it is given");
        clock.advance(time);
    }

    /** Waits for an index that lags behind. */
    private static void eventually(List<SessionKey> expected, Supplier<List<SessionKey>> found) {
        for (int i = 0; i < TRIES && !expected.equals(found.get()); i++) {
            try {
                Thread.sleep(PAUSE.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted", e);
            }
        }
        assertEquals(expected, found.get());
    }

    private List<SessionKey> foundBy(String user, int limit) {
        List<SessionKey> keys = new ArrayList<>();
        String position = null;
        do {
            IndexPage page = await(store().findBy(attribute(), CustomValue.of(user), position, limit));
            keys.addAll(page.keys());
            position = page.next().orElse(null);
        } while (position != null);
        return keys;
    }

    private DeleteByOutcome deleteBy(SessionKey key, String user, @Nullable Token spared) {
        return await(store().deleteBy(key, attribute(), Set.of(CustomValue.of(user)), spared));
    }

    private SessionKey created(String user) {
        return created(Map.of(attribute(), CustomValue.of(user)));
    }

    private SessionKey created(Map<String, CustomValue> custom) {
        SessionKey key = randomKey();
        assertEquals(new CreateOutcome.Written(1), await(store().create(key, session(custom))));
        return key;
    }

    private StoredSession session(Map<String, CustomValue> custom) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        return StoredSession.builder()
                .uid(Token.random())
                .attributes(attributes(1))
                .custom(custom)
                .createdAt(now)
                .accessedAt(now)
                .idleTimeout(IDLE)
                .expiresAt(now.plus(IDLE))
                .build();
    }

    private StoredSession found(SessionKey key) {
        return assertInstanceOf(FindOutcome.Found.class, await(store().find(key)))
                .session();
    }

    private void assertGone(SessionKey key) {
        assertEquals(new FindOutcome.Absent(), await(store().find(key)));
        assertEquals(
                new UpdateOutcome.Gone(),
                await(store().update(key, delta().set("a", json("2")).build())));
        assertEquals(DeleteOutcome.ABSENT, await(store().delete(key)));
    }

    private SessionKey moved(SessionKey from, KeyChangeReason reason, Optional<String> user) {
        SessionKey to = randomKey();
        SessionDelta.Builder change = delta().access(access());
        user.ifPresent(name -> change.custom(attribute(), Optional.of(CustomValue.of(name))));
        assertInstanceOf(
                ChangeKeyOutcome.Changed.class,
                await(store().changeKey(from, to, found(from), change.build(), reason)));
        return to;
    }

    private SessionDelta touch() {
        return delta().access(access()).build();
    }

    private SessionDelta.Access access() {
        Instant now = clock.instant();
        return new SessionDelta.Access(now, Optional.of(IDLE), Optional.of(now.plus(IDLE)));
    }

    private static SessionDelta.Builder delta() {
        return SessionDelta.builder(Token.random());
    }

    private static SessionDelta.Builder delta(Map<String, EncodedValue> attributes) {
        SessionDelta.Builder delta = delta();
        attributes.forEach(delta::set);
        return delta;
    }

    private static Map<String, EncodedValue> attributes(int count) {
        Map<String, EncodedValue> attributes = new HashMap<>();
        for (int i = 0; i < count; i++) {
            attributes.put("attribute " + i, json(Integer.toString(i)));
        }
        return attributes;
    }

    private static EncodedValue json(String text) {
        return EncodedValue.of(EncodedValue.JSON, text.getBytes(StandardCharsets.UTF_8));
    }

    private static String randomText() {
        byte[] bytes = new byte[32];
        RANDOM.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static SessionKey randomKey() {
        return SessionKey.of(randomText());
    }
}
