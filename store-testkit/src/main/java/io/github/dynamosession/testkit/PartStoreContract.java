// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.dynamosession.spi.ChangeKeyOutcome;
import io.github.dynamosession.spi.CreateOutcome;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.ExpiredPage;
import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.PartPointer;
import io.github.dynamosession.spi.PartStore;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionDelta.Access;
import io.github.dynamosession.spi.SessionDelta.Condition;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.SweepableSessionStore;
import io.github.dynamosession.spi.Token;
import io.github.dynamosession.spi.UpdateOutcome;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * The clauses of {@link PartStore} as tests, beside {@link SessionStoreContract}, which a store with this ability has to
 * keep as well. Each test gets a store and closes it; the stores may share one database: all keys are random.
 *
 * <p>What removes parts in the end (C94) is the database's own affair, and not tested here.
 */
public abstract class PartStoreContract {
    private static final Duration IDLE = Duration.ofMinutes(30);
    private static final int CUSTOM_FORMAT = 99;
    private static final int SMALL = 3_000;
    private static final int LARGE = 1_000_000;

    /** A value longer than this is not tried, however much a row holds. */
    private static final int MOST = 2_000_000;

    private static final SecureRandom RANDOM = new SecureRandom();

    private MovableClock clock = new MovableClock();
    private @Nullable PartStore opened;

    /** For the store's own test class. */
    protected PartStoreContract() {}

    /**
     * Makes the store under test. Called before each test, which closes what it gets.
     *
     * @param clock what the store must decide expiry by; tests move it
     * @return an open store; it may share its database with others
     */
    protected abstract PartStore createStore(Clock clock);

    @BeforeEach
    final void openStore() {
        clock = new MovableClock();
        opened = createStore(clock);
    }

    @AfterEach
    final void closeStore() {
        store().close();
    }

    private PartStore store() {
        if (opened == null) {
            throw new IllegalStateException("no store is open");
        }
        return opened;
    }

    @Test
    @DisplayName("C90 What putPart stored getPart gives, exactly: of any length, in any format")
    void exactly() {
        int perRow = Math.min(store().bytesPerRow(), MOST / 2);
        for (int length : new int[] {0, 1, SMALL, perRow - 2, perRow - 1, perRow, 2 * perRow - 1, 2 * perRow}) {
            Token uid = Token.random();
            EncodedValue content = content(EncodedValue.JSON, length);
            PartPointer pointer = pointer(content, end());
            put(uid, pointer, content);
            assertEquals(Optional.of(content), get(uid, pointer), length + " bytes");
        }
        Token uid = Token.random();
        EncodedValue content = content(CUSTOM_FORMAT, LARGE);
        PartPointer forEver = pointer(content, null);
        put(uid, forEver, content);
        assertEquals(Optional.of(content), get(uid, forEver));
    }

    @Test
    @DisplayName("C90 A repetition of putPart does no harm, also after the row points to the part")
    void repeated() {
        Token uid = Token.random();
        EncodedValue content = content(EncodedValue.JSON, SMALL);
        PartPointer pointer = pointer(content, end());
        put(uid, pointer, content);
        put(uid, pointer, content);
        SessionKey key = create(uid, Map.of("a", pointer.toValue()));
        put(uid, pointer, content);
        assertEquals(Map.of("a", pointer.toValue()), found(key).attributes());
        assertEquals(Optional.of(content), get(uid, pointer));
    }

    @Test
    @DisplayName("C91 getPart gives all of a part or nothing, and to its own session alone")
    void allOrNothing() {
        Token uid = Token.random();
        EncodedValue content = content(EncodedValue.JSON, SMALL);
        PartPointer pointer = pointer(content, end());
        assertEquals(Optional.empty(), get(uid, pointer));
        put(uid, pointer, content);
        assertEquals(Optional.empty(), get(Token.random(), pointer));
        PartPointer longer =
                new PartPointer(pointer.key(), pointer.length() + 1, pointer.bytesPerRow(), pointer.until());
        assertEquals(Optional.empty(), get(uid, longer));
        PartPointer shorter =
                new PartPointer(pointer.key(), pointer.length() - 1, pointer.bytesPerRow(), pointer.until());
        assertEquals(Optional.empty(), get(uid, shorter));
        PartPointer moreRows = new PartPointer(pointer.key(), 2 * pointer.length(), pointer.length(), pointer.until());
        assertEquals(Optional.empty(), get(uid, moreRows));
    }

    @Test
    @DisplayName("C92 A part stays as long as its session, however often that is touched or changed")
    void staysWithItsSession() {
        Token uid = Token.random();
        PartPointer pointer = stored(uid, end());
        SessionKey key = create(uid, Map.of("a", pointer.toValue()));
        for (int i = 0; i < 120; i++) {
            clock.advance(Duration.ofMinutes(25));
            SessionDelta.Builder delta = SessionDelta.builder(Token.random()).access(access(IDLE));
            written(key, i % 3 == 0 ? delta.set("n", number(i)).build() : delta.build());
            assertEquals(access(IDLE).expiresAt(), found(key).expiresAt());
            assertTrue(get(uid, pointer).isPresent());
        }
    }

    @Test
    @DisplayName("C92 A part stays as long as its session if that may stay unused for longer, and for ever")
    void longerTimeout() {
        Token uid = Token.random();
        PartPointer pointer = stored(uid, end());
        SessionKey key = create(uid, Map.of("a", pointer.toValue()));
        for (Duration idle : new @Nullable Duration[] {Duration.ofDays(400), null, IDLE}) {
            written(
                    key,
                    SessionDelta.builder(Token.random())
                            .changeIdleTimeout(access(idle))
                            .build());
            assertEquals(access(idle).expiresAt(), found(key).expiresAt());
            clock.advance(idle == null ? Duration.ofDays(4000) : idle.minusMinutes(1));
            assertTrue(get(uid, pointer).isPresent());
        }
    }

    @Test
    @DisplayName("C92 A part is kept longer than was said when the session ends later than the writer knew")
    void writerBehind() {
        Token uid = Token.random();
        PartPointer early = stored(uid, clock.instant().plus(Duration.ofMinutes(1)));
        SessionKey key = create(uid, Map.of("early", early.toValue()));
        written(
                key,
                SessionDelta.builder(Token.random())
                        .changeIdleTimeout(access(Duration.ofDays(30)))
                        .build());
        PartPointer first = stored(uid, clock.instant().plus(Duration.ofDays(2)));
        written(
                key,
                SessionDelta.builder(Token.random()).set("a", first.toValue()).build());
        PartPointer second = stored(uid, clock.instant().plus(Duration.ofDays(1)));
        written(
                key,
                SessionDelta.builder(Token.random())
                        .set("b", second.toValue())
                        .access(access(Duration.ofDays(30)))
                        .build());
        written(
                key,
                SessionDelta.builder(Token.random())
                        .changeIdleTimeout(access(null))
                        .build());
        PartPointer third = stored(uid, clock.instant().plus(Duration.ofDays(1)));
        written(
                key,
                SessionDelta.builder(Token.random()).set("c", third.toValue()).build());
        clock.advance(Duration.ofDays(400));
        StoredSession session = found(key);
        assertEquals(4, session.attributes().size());
        for (PartPointer pointer : new PartPointer[] {early, first, second, third}) {
            assertTrue(get(uid, pointer).isPresent());
        }
    }

    @Test
    @DisplayName("C92 Parts of several ends: a later one does not hide that an earlier one is kept for less")
    void severalEnds() {
        Token uid = Token.random();
        PartPointer far = stored(uid, clock.instant().plus(Duration.ofDays(10)));
        SessionKey key = create(uid, Map.of("far", far.toValue()));
        PartPointer near = stored(uid, clock.instant().plus(Duration.ofHours(1)));
        written(
                key,
                SessionDelta.builder(Token.random()).set("near", near.toValue()).build());
        for (int i = 0; i < 12; i++) {
            clock.advance(Duration.ofMinutes(20));
            written(
                    key,
                    SessionDelta.builder(Token.random()).access(access(IDLE)).build());
        }
        assertTrue(get(uid, near).isPresent());
        assertTrue(get(uid, far).isPresent());
        assertEquals(access(IDLE).expiresAt(), found(key).expiresAt());
    }

    @Test
    @DisplayName("C93 An id change moves pointers, whatever the reason, and with it what its delta points to")
    void idChange() {
        for (KeyChangeReason reason : KeyChangeReason.values()) {
            Token uid = Token.random();
            PartPointer pointer = stored(uid, end());
            SessionKey from = create(uid, Map.of("a", pointer.toValue()));
            clock.advance(Duration.ofMinutes(20));
            PartPointer further = stored(uid, clock.instant());
            SessionKey to = randomKey();
            SessionDelta delta = SessionDelta.builder(Token.random())
                    .set("b", further.toValue())
                    .access(access(IDLE))
                    .build();
            assertInstanceOf(
                    ChangeKeyOutcome.Changed.class, await(store().changeKey(from, to, found(from), delta, reason)));
            assertEquals(
                    Map.of("a", pointer.toValue(), "b", further.toValue()),
                    found(to).attributes());
            for (int i = 0; i < 60; i++) {
                clock.advance(Duration.ofMinutes(29));
                written(
                        to,
                        SessionDelta.builder(Token.random())
                                .access(access(IDLE))
                                .build());
            }
            assertTrue(get(uid, pointer).isPresent());
            assertTrue(get(uid, further).isPresent());
        }
    }

    @Test
    @DisplayName("C33 Conditions compare pointers: of two writers of one part one meets a conflict")
    void conditions() {
        Token uid = Token.random();
        PartPointer pointer = stored(uid, end());
        SessionKey key = create(uid, Map.of("a", pointer.toValue()));
        Condition unchanged = new Condition.AttributesUnchanged(Map.of("a", Optional.of(pointer.toValue())));
        PartPointer mine = stored(uid, end());
        PartPointer theirs = stored(uid, end());
        written(
                key,
                SessionDelta.builder(Token.random())
                        .set("a", mine.toValue())
                        .condition(unchanged)
                        .build());
        UpdateOutcome outcome = await(store().update(
                        key,
                        SessionDelta.builder(Token.random())
                                .set("a", theirs.toValue())
                                .condition(unchanged)
                                .build()));
        StoredSession current =
                assertInstanceOf(UpdateOutcome.Conflict.class, outcome).current();
        assertEquals(mine.toValue(), current.attributes().get("a"));
        assertTrue(get(uid, mine).isPresent());
    }

    @Test
    @DisplayName("C94 Parts are no sessions: neither find nor a sweep sees them, and nothing is written over them")
    void noSessions() {
        Token uid = Token.random();
        PartPointer pointer = stored(uid, clock.instant());
        clock.advance(Duration.ofHours(1));
        for (SessionKey key : new SessionKey[] {pointer.key(), pointer.rowKey(0)}) {
            assertInstanceOf(FindOutcome.Absent.class, await(store().find(key)));
            SessionDelta delta =
                    SessionDelta.builder(Token.random()).set("n", number(1)).build();
            assertInstanceOf(UpdateOutcome.Gone.class, await(store().update(key, delta)));
            assertEquals(DeleteOutcome.ABSENT, await(store().delete(key)));
        }
        if (store() instanceof SweepableSessionStore sweepable) {
            String position = null;
            do {
                ExpiredPage page = await(sweepable.findExpired(position, 100));
                assertTrue(page.sessions().stream()
                        .noneMatch(seen ->
                                seen.key().value().startsWith(pointer.key().value())));
                position = page.next().orElse(null);
            } while (position != null);
        }
        assertTrue(get(uid, pointer).isPresent());
    }

    private Instant end() {
        return clock.instant().plus(IDLE);
    }

    private Access access(@Nullable Duration idle) {
        Instant now = clock.instant();
        return new Access(
                now, Optional.ofNullable(idle), Optional.ofNullable(idle).map(now::plus));
    }

    private PartPointer stored(Token uid, Instant until) {
        EncodedValue content = content(EncodedValue.JSON, SMALL);
        PartPointer pointer = pointer(content, until);
        put(uid, pointer, content);
        return pointer;
    }

    private PartPointer pointer(EncodedValue content, @Nullable Instant until) {
        return new PartPointer(
                randomKey(),
                content.bytes().length + 1,
                store().bytesPerRow(),
                Optional.ofNullable(until).map(end -> Instant.ofEpochMilli(end.toEpochMilli())));
    }

    private void put(Token uid, PartPointer pointer, EncodedValue content) {
        await(store().putPart(uid, pointer, content));
    }

    private Optional<EncodedValue> get(Token uid, PartPointer pointer) {
        return await(store().getPart(uid, pointer));
    }

    private SessionKey create(Token uid, Map<String, EncodedValue> attributes) {
        SessionKey key = randomKey();
        Instant now = clock.instant();
        StoredSession session = StoredSession.builder()
                .uid(uid)
                .createdAt(now)
                .accessedAt(now)
                .idleTimeout(IDLE)
                .expiresAt(end())
                .attributes(attributes)
                .build();
        assertInstanceOf(CreateOutcome.Written.class, await(store().create(key, session)));
        return key;
    }

    private void written(SessionKey key, SessionDelta delta) {
        assertInstanceOf(UpdateOutcome.Written.class, await(store().update(key, delta)));
    }

    private StoredSession found(SessionKey key) {
        return assertInstanceOf(FindOutcome.Found.class, await(store().find(key)))
                .session();
    }

    private static EncodedValue number(int number) {
        return EncodedValue.of(EncodedValue.MESSAGE_PACK, new byte[] {(byte) number});
    }

    private static EncodedValue content(int format, int length) {
        byte[] bytes = new byte[length];
        RANDOM.nextBytes(bytes);
        return EncodedValue.of(format, bytes);
    }

    private static SessionKey randomKey() {
        byte[] bytes = new byte[32];
        RANDOM.nextBytes(bytes);
        return SessionKey.of(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
    }

    private static <T> T await(CompletionStage<T> stage) {
        return Concurrency.await(stage);
    }
}
