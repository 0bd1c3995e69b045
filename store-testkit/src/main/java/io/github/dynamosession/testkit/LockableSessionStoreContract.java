// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.dynamosession.spi.ChangeKeyOutcome;
import io.github.dynamosession.spi.CreateOutcome;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.LockOutcome;
import io.github.dynamosession.spi.LockableSessionStore;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionDelta.Access;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.Token;
import io.github.dynamosession.spi.UpdateOutcome;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * The clauses of {@link LockableSessionStore} as tests, beside {@link SessionStoreContract}, which a store with this
 * ability has to keep as well. Each test gets a store and closes it; the stores may share one database: all keys are
 * random.
 */
public abstract class LockableSessionStoreContract {
    private static final Duration IDLE = Duration.ofMinutes(30);
    private static final Duration LEASE = Duration.ofSeconds(30);
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Token mine = Token.random();
    private final Token theirs = Token.random();
    private MovableClock clock = new MovableClock();
    private @Nullable LockableSessionStore opened;

    /** For the store's own test class. */
    protected LockableSessionStoreContract() {}

    /**
     * Makes the store under test. Called before each test, which closes what it gets.
     *
     * @param clock what the store must decide by when a lease is over; tests move it
     * @return an open store; it may share its database with others
     */
    protected abstract LockableSessionStore createStore(Clock clock);

    @BeforeEach
    final void openStore() {
        clock = new MovableClock();
        opened = createStore(clock);
    }

    @AfterEach
    final void closeStore() {
        store().close();
    }

    private LockableSessionStore store() {
        if (opened == null) {
            throw new IllegalStateException("no store is open");
        }
        return opened;
    }

    @Test
    @DisplayName("C100 lock gives the session as it is stored, and changes nothing of it")
    void gives() {
        SessionKey key = created();
        StoredSession before = found(key);
        for (boolean waited : new boolean[] {false, true}) {
            Token owner = Token.random();
            assertSame(before, locked(key, owner, waited));
            assertSame(before, found(key));
            unlock(key, owner);
            assertSame(before, found(key));
        }
    }

    @Test
    @DisplayName("C100 What find does not find is not locked: absent, expired, ended, moved")
    void notFound() {
        SessionKey moved = created();
        SessionKey to = randomKey();
        changed(moved, to, SessionDelta.builder(Token.random()).build());
        SessionKey ended = created();
        assertEquals(DeleteOutcome.DELETED, await(store().delete(ended)));
        for (boolean waited : new boolean[] {false, true}) {
            for (SessionKey key : List.of(randomKey(), moved, ended)) {
                FindOutcome found = assertInstanceOf(LockOutcome.NotFound.class, lock(key, mine, waited))
                        .found();
                assertEquals(await(store().find(key)), found);
            }
        }
        SessionKey expired = created();
        clock.advance(IDLE);
        for (boolean waited : new boolean[] {false, true}) {
            assertEquals(new LockOutcome.NotFound(new FindOutcome.Absent()), lock(expired, mine, waited));
        }
    }

    @Test
    @DisplayName("C101 Of any number of owners one has the lock, and the others are told how long at most")
    void one() {
        SessionKey key = created();
        List<Callable<LockOutcome>> contenders = IntStream.range(0, 8)
                .<Callable<LockOutcome>>mapToObj(i -> () -> lock(key, Token.random(), i % 2 == 0))
                .toList();
        List<LockOutcome> outcomes = Concurrency.race(contenders);
        assertEquals(
                1,
                outcomes.stream().filter(LockOutcome.Locked.class::isInstance).count());
        assertEquals(
                7,
                outcomes.stream()
                        .filter(outcome -> outcome instanceof LockOutcome.Held held
                                && held.until().toEpochMilli()
                                        == clock.instant().plus(LEASE).toEpochMilli())
                        .count());
    }

    @Test
    @DisplayName("C102 Who has the lock already is told so, and the lease begins anew")
    void repeated() {
        SessionKey key = created();
        locked(key, mine, false);
        clock.advance(LEASE.minusSeconds(1));
        locked(key, mine, false);
        clock.advance(LEASE.minusSeconds(1));
        assertInstanceOf(LockOutcome.Held.class, lock(key, theirs, false));
        assertInstanceOf(LockOutcome.Held.class, lock(key, theirs, true));
    }

    @Test
    @DisplayName("C103 When a lease is over the next who asks gets the lock; until then it stays its owner's")
    void over() {
        SessionKey key = created();
        locked(key, mine, false);
        clock.advance(LEASE.minusMillis(1));
        assertInstanceOf(LockOutcome.Held.class, lock(key, theirs, false));
        clock.advance(Duration.ofMillis(1));
        assertInstanceOf(LockOutcome.Locked.class, lock(key, theirs, true));
        assertInstanceOf(LockOutcome.Held.class, lock(key, mine, false));

        SessionKey late = created();
        locked(late, mine, false);
        clock.advance(LEASE.multipliedBy(2));
        assertInstanceOf(UpdateOutcome.Written.class, update(late, change(mine, 2)));
    }

    @Test
    @DisplayName("C104 unlock releases the lock of that owner and nobody else's, as often as it is called")
    void released() {
        SessionKey key = created();
        unlock(key, mine);
        locked(key, mine, false);
        unlock(key, theirs);
        assertInstanceOf(LockOutcome.Held.class, lock(key, theirs, false));
        unlock(key, mine);
        unlock(key, mine);
        locked(key, theirs, false);
        unlock(randomKey(), mine);
    }

    @Test
    @DisplayName("C105 A delta under a lock is applied and releases it in the same instant")
    void appliedAndReleased() {
        SessionKey key = created();
        locked(key, mine, false);
        assertEquals(new UpdateOutcome.Written(2), update(key, change(mine, 2)));
        assertEquals(number(2), found(key).attributes().get("n"));
        locked(key, theirs, false);
    }

    @Test
    @DisplayName("C105 A delta of so many attributes that a store may have to replace all of them is no different")
    void manyAttributes() {
        SessionKey key = created();
        SessionDelta.Builder many = SessionDelta.builder(Token.random());
        IntStream.range(0, 300).forEach(i -> many.set("attribute " + i, number(1)));
        assertEquals(
                new UpdateOutcome.LockLost(), update(key, many.lockOwner(mine).build()));
        locked(key, mine, false);
        SessionDelta.Builder again = SessionDelta.builder(Token.random());
        IntStream.range(0, 300).forEach(i -> again.set("attribute " + i, number(1)));
        assertEquals(
                new UpdateOutcome.Written(2), update(key, again.lockOwner(mine).build()));
        assertEquals(301, found(key).attributes().size());
        locked(key, theirs, false);
    }

    @Test
    @DisplayName("C105 A delta whose lock is lost changes nothing: never taken, released, somebody else's by now")
    void lost() {
        SessionKey key = created();
        StoredSession before = found(key);
        assertEquals(new UpdateOutcome.LockLost(), update(key, change(mine, 2)));
        locked(key, mine, false);
        unlock(key, mine);
        assertEquals(new UpdateOutcome.LockLost(), update(key, change(mine, 2)));
        locked(key, mine, false);
        clock.advance(LEASE);
        locked(key, theirs, false);
        assertEquals(new UpdateOutcome.LockLost(), update(key, change(mine, 2)));
        assertEquals(new UpdateOutcome.LockLost(), update(key, touch(mine, clock.instant())));
        assertSame(before, found(key));
        assertInstanceOf(LockOutcome.Held.class, lock(key, Token.random(), false));
        assertInstanceOf(UpdateOutcome.Written.class, update(key, change(theirs, 3)));
        assertEquals(new UpdateOutcome.LockLost(), update(key, change(mine, 2)));
        assertEquals(number(3), found(key).attributes().get("n"));
    }

    @Test
    @DisplayName("C105 A touch releases the lock, too, whether its access is recorded or not")
    void touched() {
        SessionKey key = created();
        clock.advance(Duration.ofMinutes(5));
        locked(key, mine, false);
        assertEquals(new UpdateOutcome.Written(1), update(key, touch(mine, clock.instant())));
        assertEquals(clock.instant().toEpochMilli(), found(key).accessedAt().toEpochMilli());
        locked(key, mine, false);
        Instant earlier = clock.instant().minusSeconds(1);
        assertEquals(new UpdateOutcome.Written(1), update(key, touch(mine, earlier)));
        assertEquals(clock.instant().toEpochMilli(), found(key).accessedAt().toEpochMilli());
        locked(key, theirs, false);
    }

    @Test
    @DisplayName("C105 A repetition is recognised although the lock was released with it, and is another's by now")
    void recognised() {
        SessionKey key = created();
        locked(key, mine, false);
        SessionDelta delta = change(mine, 2);
        assertEquals(new UpdateOutcome.Written(2), update(key, delta));
        assertEquals(new UpdateOutcome.Written(2), update(key, delta));
        locked(key, theirs, false);
        assertEquals(new UpdateOutcome.Written(2), update(key, delta.repeated()));
        // By the version that it was first sent on: the one step since is this write's, or another's.
        SessionDelta lost = SessionDelta.builder(Token.random())
                .set("n", number(9))
                .seenVersion(1)
                .lockOwner(mine)
                .build()
                .repeated();
        assertEquals(new UpdateOutcome.LockLost(), update(key, lost));
        assertInstanceOf(UpdateOutcome.Written.class, update(key, change(theirs, 3)));
        assertTrue(outcomeUnknown(() -> update(key, delta.repeated())));
    }

    @Test
    @DisplayName("C106 An id change under a lock needs it, and nothing is locked under the new key")
    void moved() {
        for (KeyChangeReason reason : KeyChangeReason.values()) {
            SessionKey from = created();
            StoredSession seen = found(from);
            SessionKey never = randomKey();
            assertEquals(
                    new ChangeKeyOutcome.LockLost(),
                    await(store().changeKey(from, never, seen, change(mine, 2), reason)));
            assertInstanceOf(FindOutcome.Absent.class, await(store().find(never)));
            StoredSession locked = locked(from, mine, false);
            SessionKey to = randomKey();
            assertInstanceOf(
                    ChangeKeyOutcome.Changed.class,
                    await(store().changeKey(from, to, locked, change(mine, 2), reason)));
            assertEquals(number(2), found(to).attributes().get("n"));
            locked(to, theirs, false);
            assertInstanceOf(LockOutcome.NotFound.class, lock(from, theirs, false));
        }
    }

    @Test
    @DisplayName("C106 An id change whose lock is somebody else's by now changes nothing")
    void moveLost() {
        SessionKey from = created();
        StoredSession seen = locked(from, mine, false);
        clock.advance(LEASE);
        locked(from, theirs, false);
        SessionKey to = randomKey();
        assertEquals(
                new ChangeKeyOutcome.LockLost(),
                await(store().changeKey(from, to, seen, change(mine, 2), KeyChangeReason.PRIVILEGE_CHANGE)));
        assertInstanceOf(FindOutcome.Absent.class, await(store().find(to)));
        assertEquals(number(1), found(from).attributes().get("n"));
        assertInstanceOf(UpdateOutcome.Written.class, update(from, change(theirs, 3)));
    }

    @Test
    @DisplayName("Who does not ask for locks takes no notice of them: updates, id changes and ends")
    void unasked() {
        SessionKey key = created();
        locked(key, mine, false);
        assertEquals(new UpdateOutcome.Written(2), update(key, change(null, 2)));
        assertInstanceOf(LockOutcome.Held.class, lock(key, theirs, false));
        assertEquals(new UpdateOutcome.Written(3), update(key, change(mine, 3)));

        SessionKey from = created();
        locked(from, mine, false);
        SessionKey to = randomKey();
        changed(from, to, SessionDelta.builder(Token.random()).build());
        assertEquals(new UpdateOutcome.Moved(), update(from, change(mine, 4)));
        locked(to, theirs, false);

        SessionKey ended = created();
        locked(ended, mine, false);
        assertEquals(DeleteOutcome.DELETED, await(store().delete(ended)));
        assertEquals(new UpdateOutcome.Gone(), update(ended, change(mine, 5)));
        assertFalse(await(store().find(ended)) instanceof FindOutcome.Found);
    }

    private SessionKey created() {
        SessionKey key = randomKey();
        Instant now = clock.instant();
        StoredSession session = StoredSession.builder()
                .uid(Token.random())
                .createdAt(now)
                .accessedAt(now)
                .idleTimeout(IDLE)
                .expiresAt(now.plus(IDLE))
                .attributes(Map.of("n", number(1)))
                .build();
        assertInstanceOf(CreateOutcome.Written.class, await(store().create(key, session)));
        return key;
    }

    private static void assertSame(StoredSession expected, StoredSession actual) {
        assertEquals(expected.uid(), actual.uid());
        assertEquals(expected.version(), actual.version());
        assertEquals(expected.attributes(), actual.attributes());
        assertEquals(expected.custom(), actual.custom());
        assertEquals(expected.accessedAt(), actual.accessedAt());
        assertEquals(expected.idleTimeout(), actual.idleTimeout());
        assertEquals(expected.expiresAt(), actual.expiresAt());
    }

    private LockOutcome lock(SessionKey key, Token owner, boolean waited) {
        return await(store().lock(key, owner, LEASE, waited));
    }

    private StoredSession locked(SessionKey key, Token owner, boolean waited) {
        return assertInstanceOf(LockOutcome.Locked.class, lock(key, owner, waited))
                .session();
    }

    private void unlock(SessionKey key, Token owner) {
        await(store().unlock(key, owner));
    }

    private UpdateOutcome update(SessionKey key, SessionDelta delta) {
        return await(store().update(key, delta));
    }

    private void changed(SessionKey from, SessionKey to, SessionDelta delta) {
        assertNotEquals(from, to);
        assertInstanceOf(
                ChangeKeyOutcome.Changed.class,
                await(store().changeKey(from, to, found(from), delta, KeyChangeReason.PRIVILEGE_CHANGE)));
    }

    private StoredSession found(SessionKey key) {
        return assertInstanceOf(FindOutcome.Found.class, await(store().find(key)))
                .session();
    }

    private static SessionDelta change(@Nullable Token owner, int number) {
        return SessionDelta.builder(Token.random())
                .set("n", number(number))
                .seenVersion(1)
                .lockOwner(owner)
                .build();
    }

    private static SessionDelta touch(Token owner, Instant at) {
        return SessionDelta.builder(Token.random())
                .access(new Access(at, Optional.of(IDLE), Optional.of(at.plus(IDLE))))
                .lockOwner(owner)
                .build();
    }

    private static boolean outcomeUnknown(Runnable write) {
        try {
            write.run();
            return false;
        } catch (SessionStoreException e) {
            return e.outcomeUnknown();
        }
    }

    private static EncodedValue number(int number) {
        return EncodedValue.of(EncodedValue.MESSAGE_PACK, new byte[] {(byte) number});
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
