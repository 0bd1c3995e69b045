// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.settings.ConfigurationException;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.SessionException;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.SessionTooLargeException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("With locking=session")
class LockedSessionsTest {
    private static final Duration LEASE = Duration.ofSeconds(30);
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final int WAITERS = 50;

    private final TestClock clock = new TestClock();
    private final InMemorySessionStore memory = new InMemorySessionStore(clock);
    private final List<String> operations = new CopyOnWriteArrayList<>();
    private volatile String failing = "";
    private volatile String losing = "";
    private final SessionStore store = recording();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final ExecutorService oneThread = Executors.newSingleThreadExecutor();
    private final SessionManager here = manager(UnaryOperator.identity());
    private final SessionManager there = manager(UnaryOperator.identity());

    /** The store in memory, with all its abilities, which notes its operations and fails when told to. */
    private SessionStore recording() {
        return (SessionStore) Proxy.newProxyInstance(
                LockedSessionsTest.class.getClassLoader(),
                InMemorySessionStore.class.getInterfaces(),
                (proxy, method, arguments) -> {
                    boolean operation = CompletionStage.class.isAssignableFrom(method.getReturnType());
                    if (operation) {
                        operations.add(method.getName());
                    }
                    if (operation && method.getName().equals(failing)) {
                        return CompletableFuture.failedStage(new SessionStoreException("refused", null, false));
                    }
                    try {
                        Object result = method.invoke(memory, arguments);
                        return operation && method.getName().equals(losing)
                                ? CompletableFuture.failedStage(new SessionStoreException("lost", null, true))
                                : result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private SessionManager manager(UnaryOperator<SessionManager.Builder> more) {
        return more.apply(SessionManager.builder(store)
                        .codec(new SerializingCodec())
                        .clock(clock)
                        .executor(oneThread)
                        .locking(Locking.SESSION)
                        .lockLease(LEASE)
                        .lockWait(PATIENCE))
                .build();
    }

    private SessionManager impatient() {
        return manager(builder -> builder.lockWait(Duration.ZERO));
    }

    @AfterEach
    void stop() {
        threads.shutdownNow();
        oneThread.shutdownNow();
    }

    private String given() {
        Session session = here.newSession();
        session.set("n", 0);
        here.save(session);
        operations.clear();
        return session.cookieValue();
    }

    private static Session open(SessionManager sessions, String cookie) {
        return sessions.open(cookie).orElseThrow();
    }

    private CompletableFuture<Session> opening(SessionManager sessions, String cookie) {
        return CompletableFuture.supplyAsync(() -> open(sessions, cookie), threads);
    }

    private static Session opened(CompletableFuture<Session> opening) throws Exception {
        return opening.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private static void until(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(end);
            Thread.sleep(5);
        }
    }

    private static int n(Session session) {
        return session.get("n", Integer.class).orElseThrow();
    }

    private static void increment(SessionManager sessions, Session session) {
        session.set("n", n(session) + 1);
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
    }

    /** Nobody has to wait for the session. */
    private void assertFree(String cookie) {
        SessionManager other = impatient();
        other.unlock(open(other, cookie));
        operations.clear();
    }

    private void assertLocked(String cookie) {
        assertThatThrownBy(() -> impatient().open(cookie)).isInstanceOf(SessionLockedException.class);
        operations.clear();
    }

    @Test
    @DisplayName("a request reads with the lock and releases it with its save: two operations, no others")
    void twoOperations() {
        String cookie = given();
        Session session = open(here, cookie);
        increment(here, session);
        assertThat(operations).containsExactly("lock", "update");
        assertFree(cookie);
    }

    @Test
    @DisplayName("a request that only reads releases the lock when it is saved, and a touch does so by itself")
    void reading() {
        String cookie = given();
        Session session = open(here, cookie);
        assertThat(n(session)).isZero();
        assertThat(here.save(session)).isEqualTo(SaveOutcome.UNCHANGED);
        assertThat(operations).containsExactly("lock", "unlock");
        assertFree(cookie);

        clock.advance(Duration.ofMinutes(4));
        assertThat(here.save(open(here, cookie))).isEqualTo(SaveOutcome.TOUCHED);
        assertThat(operations).containsExactly("lock", "update");
        assertFree(cookie);
    }

    @Test
    @DisplayName("a request without a session, or with one that it makes, locks nothing")
    void nothing() {
        assertThat(here.open(here.newSession().cookieValue())).isEmpty();
        Session made = here.newSession();
        made.set("n", 1);
        here.save(made);
        made.set("n", 2);
        here.save(made);
        assertThat(operations).containsExactly("lock", "create", "update");
        assertFree(made.cookieValue());
    }

    @Test
    @DisplayName("a request waits for the one before, of its node or another, and sees what that stored")
    void waits() throws Exception {
        for (SessionManager other : List.of(here, there)) {
            String cookie = given();
            Session first = open(here, cookie);
            CompletableFuture<Session> second = opening(other, cookie);
            until(() -> other == here || operations.size() > 2);
            assertThat(second).isNotDone();
            increment(here, first);
            assertThat(n(opened(second))).isEqualTo(1);
        }
    }

    @Test
    @DisplayName("of 50 requests on two nodes that read, think and write, none is lost, and few ask in vain")
    void waiters() throws Exception {
        String cookie = given();
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int i = 0; i < WAITERS; i++) {
            SessionManager sessions = i % 2 == 0 ? here : there;
            all.add(CompletableFuture.runAsync(() -> increment(sessions, open(sessions, cookie)), threads));
        }
        CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        long locks = operations.stream().filter("lock"::equals).count();
        assertThat(n(open(here, cookie))).isEqualTo(WAITERS);
        // One node at a time asks in vain, and less and less often.
        assertThat(locks).isBetween((long) WAITERS, 3L * WAITERS);
    }

    @Test
    @DisplayName("50 asynchronous requests of a store that blocks need one thread, and nobody waits in it")
    void asynchronousWaiters() throws Exception {
        String cookie = given();
        List<CompletableFuture<SaveOutcome>> all = new ArrayList<>();
        for (int i = 0; i < WAITERS; i++) {
            SessionManager sessions = i % 2 == 0 ? here : there;
            all.add(sessions.openAsync(cookie)
                    .thenCompose(found -> {
                        Session session = found.orElseThrow();
                        session.set("n", n(session) + 1);
                        return sessions.saveAsync(session);
                    })
                    .toCompletableFuture());
        }
        CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(n(open(here, cookie))).isEqualTo(WAITERS);
    }

    @Test
    @DisplayName("a request that waits too long fails, and the message names the setting")
    void tooLong() {
        String cookie = given();
        Session first = open(here, cookie);
        for (SessionManager sessions : List.of(here, there)) {
            SessionManager impatient =
                    sessions == here ? impatient() : manager(builder -> builder.lockWait(Duration.ofMillis(50)));
            assertThatThrownBy(() -> impatient.open(cookie))
                    .isInstanceOf(SessionLockedException.class)
                    .hasMessageContaining("dynamosession.lock-wait");
        }
        increment(here, first);
        assertFree(cookie);
    }

    @Test
    @DisplayName("a hundred requests of a node wait for one session, and the next is refused at once")
    void crowd() throws Exception {
        String cookie = given();
        Session first = open(here, cookie);
        List<CompletableFuture<?>> waiting = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            waiting.add(here.openAsync(cookie).toCompletableFuture());
        }
        // One thread opens them all: when a task behind them has run, they stand in line.
        CompletableFuture.runAsync(() -> {}, oneThread).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThatThrownBy(() -> here.open(cookie))
                .isInstanceOf(SessionLockedException.class)
                .hasMessageContaining("more than 100");
        assertThat(waiting).noneMatch(CompletableFuture::isDone);
        increment(here, first);
    }

    @Test
    @DisplayName("the session of a node that crashed is free when the lease is over, by the store's clock")
    void crashed() throws Exception {
        String cookie = given();
        open(here, cookie);
        CompletableFuture<Session> next = opening(there, cookie);
        until(() -> operations.size() > 3);
        assertThat(next).isNotDone();
        clock.advance(LEASE);
        increment(there, opened(next));
        assertFree(cookie);
    }

    @Test
    @DisplayName("on its own node a session that nobody releases is free when the lease is over")
    void forgotten() {
        SessionManager brief = manager(builder -> builder.lockLease(Duration.ofMillis(50)));
        String cookie = given();
        open(brief, cookie);
        clock.advance(Duration.ofMillis(50));
        assertThat(brief.open(cookie)).isPresent();
    }

    @Test
    @DisplayName("a slow request that lost its lock is told so, and overwrites nothing, whatever it saves then")
    void slow() {
        String cookie = given();
        Session slow = open(here, cookie);
        slow.set("n", 100);
        clock.advance(LEASE);
        increment(there, open(there, cookie));
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> here.save(slow))
                    .isInstanceOf(SessionLockLostException.class)
                    .hasMessageContaining("dynamosession.lock-lease");
        }
        assertThatThrownBy(() -> here.changeId(slow)).isInstanceOf(SessionLockLostException.class);
        assertThatThrownBy(() -> here.save(slow)).isInstanceOf(SessionException.class);
        assertThat(n(open(there, cookie))).isEqualTo(1);
    }

    @Test
    @DisplayName("a slow request whose lock nobody wanted is saved, and one that only read is not told")
    void slowAlone() {
        String cookie = given();
        Session slow = open(here, cookie);
        clock.advance(LEASE.multipliedBy(2));
        increment(here, slow);

        Session reader = open(here, cookie);
        clock.advance(LEASE);
        increment(there, open(there, cookie));
        assertThat(here.save(reader)).isEqualTo(SaveOutcome.UNCHANGED);
        Session toucher = open(here, cookie);
        clock.advance(Duration.ofMinutes(5));
        Session next = open(there, cookie);
        assertThat(here.save(toucher)).isEqualTo(SaveOutcome.UNCHANGED);
        increment(there, next);
    }

    @Test
    @DisplayName("an id change under a lost lock does not happen, and nothing is stored under the old id")
    void lostLogin() {
        String cookie = given();
        Session slow = open(here, cookie);
        clock.advance(LEASE);
        increment(there, open(there, cookie));
        slow.set("user", "ann");
        assertThatThrownBy(() -> here.changeId(slow)).isInstanceOf(SessionLockLostException.class);
        assertThatThrownBy(() -> here.save(slow)).isInstanceOf(SessionLockLostException.class);
        assertThat(open(there, cookie).get("user")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"PRIVILEGE_CHANGE", "STEP_UP", "ROTATION"})
    @DisplayName("an id change releases the lock: nobody else knows the new id, and who waited finds the session moved")
    void idChange(KeyChangeReason reason) throws Exception {
        String cookie = given();
        Session session = open(here, cookie);
        CompletableFuture<Session> waiting = opening(here, cookie);
        session.set("n", 7);
        assertThat(here.changeId(session, reason)).isEqualTo(ChangeIdOutcome.CHANGED);
        session.set("n", 8);
        assertThat(here.save(session)).isEqualTo(SaveOutcome.SAVED);
        assertThat(opened(waiting).isDetached()).isTrue();
        assertThat(n(open(there, session.cookieValue()))).isEqualTo(8);
    }

    @Test
    @DisplayName("a logout needs no lock that was not lost, and who waits finds no session")
    void logout() throws Exception {
        String cookie = given();
        Session session = open(here, cookie);
        CompletableFuture<Optional<Session>> waiting = CompletableFuture.supplyAsync(() -> here.open(cookie), threads);
        assertThat(here.end(session)).isEqualTo(DeleteOutcome.DELETED);
        assertThat(waiting.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEmpty();

        String other = given();
        Session slow = open(here, other);
        clock.advance(LEASE);
        Session next = open(there, other);
        assertThat(here.end(slow)).isEqualTo(DeleteOutcome.DELETED);
        next.set("n", 1);
        assertThat(there.save(next)).isEqualTo(SaveOutcome.GONE);
    }

    @Test
    @DisplayName("a save that is refused, being too large, can be tried again under the same lock, or be given up")
    void oversized() {
        SessionManager small = manager(builder -> builder.largestValue(1000));
        String cookie = given();
        Session session = open(small, cookie);
        session.set("large", new byte[2000]);
        assertThatThrownBy(() -> small.save(session)).isInstanceOf(SessionTooLargeException.class);
        assertLocked(cookie);
        session.remove("large");
        increment(small, session);
        assertFree(cookie);

        Session again = open(small, cookie);
        again.set("large", new byte[2000]);
        assertThatThrownBy(() -> small.save(again)).isInstanceOf(SessionTooLargeException.class);
        small.unlock(again);
        assertFree(cookie);
        again.set("large", new byte[10]);
        assertThatThrownBy(() -> small.save(again)).isInstanceOf(SessionLockLostException.class);
        assertThat(open(small, cookie).get("large")).isEmpty();
    }

    @Test
    @DisplayName("a save whose reply was lost is recognised, although the lock is somebody else's by now")
    void lostReply() {
        String cookie = given();
        Session session = open(here, cookie);
        session.set("n", 5);
        losing = "update";
        assertThatThrownBy(() -> here.save(session)).isInstanceOf(SessionStoreException.class);
        losing = "";
        Session next = open(there, cookie);
        assertThat(here.save(session)).isEqualTo(SaveOutcome.SAVED);
        assertThat(n(next)).isEqualTo(5);
        increment(there, next);
    }

    @Test
    @DisplayName("a lock of which it is not known whether it was taken is released before the request fails")
    void unknownLock() {
        String cookie = given();
        losing = "lock";
        assertThatThrownBy(() -> here.open(cookie)).isInstanceOf(SessionStoreException.class);
        losing = "";
        assertThat(operations).containsExactly("lock", "unlock");
        assertFree(cookie);
    }

    @Test
    @DisplayName("a lock that cannot be released ends by itself, and nobody is told")
    void unreleased() {
        String cookie = given();
        failing = "unlock";
        assertThat(here.save(open(here, cookie))).isEqualTo(SaveOutcome.UNCHANGED);
        failing = "";
        assertLocked(cookie);
        clock.advance(LEASE);
        assertFree(cookie);
    }

    @Test
    @DisplayName(
            "with the policy to continue a failing store locks nothing, and a save that is swallowed releases the lock")
    void goesOn() {
        SessionManager patient = manager(builder -> builder.storeUnavailable(UnavailablePolicy.CONTINUE));
        String cookie = given();
        failing = "lock";
        assertThat(open(patient, cookie).isDetached()).isTrue();
        failing = "";
        assertFree(cookie);

        Session session = open(patient, cookie);
        session.set("n", 9);
        failing = "update";
        assertThat(patient.save(session)).isEqualTo(SaveOutcome.UNAVAILABLE);
        failing = "";
        assertFree(cookie);
        assertThatThrownBy(() -> patient.save(session)).isInstanceOf(SessionLockLostException.class);

        // To wait in vain is no failure of the store.
        Session holder = open(here, cookie);
        SessionManager both = manager(
                builder -> builder.storeUnavailable(UnavailablePolicy.CONTINUE).lockWait(Duration.ZERO));
        assertThatThrownBy(() -> both.open(cookie)).isInstanceOf(SessionLockedException.class);
        here.save(holder);
    }

    @Test
    @DisplayName("a session that cannot be opened for want of a required attribute is not locked")
    void unreadable() {
        SessionManager strict =
                manager(builder -> builder.requiredAttributes("n").codec(new SerializingCodec(77)));
        String cookie = given();
        assertThat(strict.open(cookie)).isEmpty();
        assertThat(operations).containsExactly("lock", "unlock");
        assertFree(cookie);
    }

    @Test
    @DisplayName("what is changed after the lock was given up is not stored, and a session that was not changed may be"
            + " saved")
    void givenUp() {
        String cookie = given();
        Session session = open(here, cookie);
        here.unlock(session);
        here.unlock(session);
        assertFree(cookie);
        increment(here, session);

        Session changed = open(here, cookie);
        changed.set("n", 77);
        here.unlock(changed);
        assertThatThrownBy(() -> here.save(changed)).isInstanceOf(SessionLockLostException.class);
        assertThat(n(open(there, cookie))).isEqualTo(1);
    }

    @Test
    @DisplayName("a store that cannot lock, a lease without an end and a negative wait are refused at the start")
    void refused() {
        SessionStore plain = new RecordingStore(memory);
        assertThatThrownBy(() -> SessionManager.builder(plain)
                        .codec(new SerializingCodec())
                        .locking(Locking.SESSION)
                        .lockLease(Duration.ofDays(1_000_000))
                        .lockWait(Duration.ofSeconds(-1))
                        .build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("dynamosession.locking is session, but this store cannot lock")
                .hasMessageContaining("dynamosession.lock-lease must end")
                .hasMessageContaining("dynamosession.lock-wait must end, and not be negative");
    }
}
