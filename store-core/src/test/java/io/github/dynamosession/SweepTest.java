// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.engine.EngineSession;
import io.github.dynamosession.engine.Sweeper;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.settings.ConfigurationException;
import io.github.dynamosession.settings.SessionSettings;
import io.github.dynamosession.spi.ChangeKeyOutcome;
import io.github.dynamosession.spi.CreateOutcome;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.ExpiredPage;
import io.github.dynamosession.spi.ExpiredSession;
import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.StoreMisconfiguredException;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.SweepOutcome;
import io.github.dynamosession.spi.SweepableSessionStore;
import io.github.dynamosession.spi.UpdateOutcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

@DisplayName("Sweeping")
class SweepTest {
    private static final Duration IDLE = Duration.ofMinutes(30);
    private static final Duration OVER = IDLE.plus(Duration.ofMinutes(3)).plus(SessionStore.SAVE_GRACE);

    private final TestClock clock = new TestClock();
    private final PagingStore store = new PagingStore(new InMemorySessionStore(clock));
    private final List<Session> expired = new CopyOnWriteArrayList<>();
    private final SessionListener recorder = new SessionListener() {
        @Override
        public void sessionExpired(Session session) {
            expired.add(session);
        }
    };
    private final SessionManager sessions = manager(builder -> builder);

    private SessionManager manager(UnaryOperator<SessionManager.Builder> settings) {
        return settings.apply(SessionManager.builder(store)
                        .codec(new SerializingCodec())
                        .clock(clock)
                        .listener(recorder))
                .build();
    }

    private Session stored(SessionManager manager, String name) {
        Session session = manager.newSession();
        session.set("name", name);
        assertThat(manager.save(session)).isEqualTo(SaveOutcome.SAVED);
        return session;
    }

    private List<Object> expiredNames() {
        return expired.stream()
                .map(session -> session.get("name").orElseThrow())
                .toList();
    }

    @Test
    @DisplayName("tells each expired session once, from the end of its grace on, and leaves the others")
    void once() {
        stored(sessions, "a");
        stored(sessions, "b");
        clock.advance(Duration.ofMinutes(20));
        Session alive = stored(sessions, "alive");
        clock.advance(OVER.minus(Duration.ofMinutes(20)).minusMillis(1));
        assertThat(sessions.sweep()).isZero();
        clock.advance(Duration.ofMillis(1));
        assertThat(sessions.sweep()).isEqualTo(2);
        assertThat(expiredNames()).containsExactlyInAnyOrder("a", "b");
        assertThat(sessions.sweep()).isZero();
        assertThat(sessions.open(alive.cookieValue())).isPresent();
    }

    @Test
    @DisplayName("removes nothing while this node's clock and the store's are further apart than the margin")
    void clocks() {
        stored(sessions, "a");
        clock.advance(OVER);
        Duration margin = SweepableSessionStore.CLOCK_MARGIN;
        for (Duration off : List.of(margin.plusMillis(1), margin.plusMillis(1).negated())) {
            store.time = Optional.of(clock.instant().minus(off));
            assertThatThrownBy(sessions::sweep)
                    .isInstanceOf(StoreMisconfiguredException.class)
                    .hasMessageContaining(off.isNegative() ? "behind" : "ahead");
            assertThat(expired).isEmpty();
        }
        store.time = Optional.of(clock.instant().minus(margin));
        assertThat(sessions.sweep()).isOne();
    }

    @Test
    @DisplayName("tells the others, and of the others, when a listener throws what no listener declares")
    void failingListener() {
        SessionManager failing = SessionManager.builder(store)
                .codec(new SerializingCodec())
                .clock(clock)
                .listener(new SessionListener() {
                    @Override
                    public void sessionExpired(Session session) {
                        if (session.get("name").orElseThrow().equals("a")) {
                            throw new NoClassDefFoundError("the application is being undeployed");
                        }
                        SweepTest.<RuntimeException>throwAny(new Exception("checked"));
                    }
                })
                .listener(recorder)
                .build();
        stored(failing, "a");
        stored(failing, "b");
        clock.advance(OVER);
        assertThat(failing.sweep()).isEqualTo(2);
        assertThat(expiredNames()).containsExactlyInAnyOrder("a", "b");
    }

    /** As other languages of the JVM throw checked exceptions. */
    @SuppressWarnings("unchecked")
    private static <E extends Throwable> void throwAny(Throwable failure) throws E {
        throw (E) failure;
    }

    @Test
    @DisplayName("hands over the session as it was last stored, readable, without its id")
    void readable() {
        Session session = sessions.newSession();
        session.set("cart", List.of("sku-1"));
        session.set("user", Map.of("name", "ann"));
        session.setIdleTimeout(Duration.ofMinutes(10));
        sessions.save(session);
        clock.advance(OVER);
        sessions.sweep();
        Session told = expired.get(0);
        assertThat(told.names()).containsExactlyInAnyOrder("cart", "user");
        assertThat(told.get("cart")).contains(List.of("sku-1"));
        assertThat(told.createdAt()).isEqualTo(session.createdAt());
        assertThat(told.lastAccessedAt()).isEqualTo(session.createdAt());
        assertThat(told.idleTimeout()).contains(Duration.ofMinutes(10));
        assertThat(told.isNew()).isFalse();
        assertThat(told.isEnded()).isFalse();
        assertThat(told.isDetached()).isTrue();
        assertThat(told.id())
                .isNotEqualTo(session.id())
                .isEqualTo(EngineSession.of(session).key().value());
        assertThat(sessions.open(told.id())).isEmpty();
        assertThatThrownBy(told::cookieValue).isInstanceOf(IllegalStateException.class);
    }

    @Test
    @DisplayName("hands over a session that nothing brings back: not saved, not renamed, not ended again")
    void detached() {
        stored(sessions, "a");
        clock.advance(OVER);
        sessions.sweep();
        Session told = expired.get(0);
        told.set("name", "again");
        assertThat(told.get("name")).contains("again");
        assertThat(sessions.save(told)).isEqualTo(SaveOutcome.DISCARDED);
        for (KeyChangeReason reason : KeyChangeReason.values()) {
            assertThatThrownBy(() -> sessions.changeId(told, reason)).isInstanceOf(IllegalStateException.class);
        }
        List<Session> lastWords = new ArrayList<>();
        assertThat(sessions.end(told, lastWords::add)).isEqualTo(DeleteOutcome.ABSENT);
        assertThat(lastWords).isEmpty();
        assertThat(told.names()).containsExactly("name");
        clock.advance(OVER);
        assertThat(sessions.sweep()).isZero();
    }

    @Test
    @DisplayName("is not what a request does: one with the id of an expired session finds nothing and writes nothing")
    void noticedByRequest() {
        Session session = stored(sessions, "a");
        clock.advance(OVER);
        assertThat(sessions.open(session.cookieValue())).isEmpty();
        assertThat(expired).isEmpty();
        assertThat(sessions.sweep()).isOne();
    }

    @Test
    @DisplayName("keeps to the manager's namespace")
    void namespaces() {
        SessionManager shop = manager(builder -> builder.namespace("shop"));
        SessionManager shop2 = manager(builder -> builder.namespace("shop2"));
        stored(sessions, "none");
        stored(shop, "shop");
        stored(shop2, "shop2");
        clock.advance(OVER);
        assertThat(shop.sweep()).isOne();
        assertThat(expiredNames()).containsExactly("shop");
        assertThat(sessions.sweep()).isOne();
        assertThat(shop2.sweep()).isOne();
        assertThat(expiredNames()).containsExactly("shop", "none", "shop2");
    }

    @Test
    @DisplayName("tells all listeners, in the order of their registration, even if one fails")
    void listeners() {
        List<String> told = new ArrayList<>();
        SessionListener late = new SessionListener() {
            @Override
            public void sessionExpired(Session session) {
                told.add("late");
            }
        };
        SessionManager manager = manager(builder -> builder.listener(new SessionListener() {
            @Override
            public void sessionExpired(Session session) {
                told.add("failing");
                throw new IllegalStateException();
            }
        }));
        manager.addListener(late);
        stored(manager, "a");
        clock.advance(OVER);
        assertThat(manager.sweep()).isOne();
        assertThat(told).containsExactly("failing", "late");
        manager.removeListener(late);
        stored(manager, "b");
        clock.advance(OVER);
        assertThat(manager.sweep()).isOne();
        assertThat(told).containsExactly("failing", "late", "failing");
        assertThat(expired).hasSize(2);
    }

    @Test
    @DisplayName("tells what it removed before the store failed, and the rest the next time")
    void failure() {
        stored(sessions, "a");
        stored(sessions, "b");
        stored(sessions, "c");
        clock.advance(OVER);
        store.failures.add(Optional.empty());
        store.failures.add(Optional.of(new SessionStoreException("throttled", null, false)));
        assertThatThrownBy(sessions::sweep).isInstanceOf(SessionStoreException.class);
        assertThat(expired).hasSize(1);
        assertThat(sessions.sweep()).isEqualTo(2);
        assertThat(expiredNames()).containsExactlyInAnyOrder("a", "b", "c");
    }

    @Test
    @DisplayName("does not tell a session of which it is uncertain who removed it")
    void uncertain() {
        stored(sessions, "a");
        clock.advance(OVER);
        store.uncertain = true;
        assertThat(sessions.sweep()).isZero();
        assertThat(expired).isEmpty();
    }

    @Test
    @DisplayName("stops early when the manager is closed, without leaving out a removal that was made")
    void closedMeanwhile() {
        SessionManager manager = manager(builder -> builder);
        manager.addListener(new SessionListener() {
            @Override
            public void sessionExpired(Session session) {
                manager.close();
            }
        });
        stored(manager, "a");
        stored(manager, "b");
        clock.advance(OVER);
        assertThat(manager.sweep()).isOne();
        assertThat(expired).hasSize(1);
        assertThat(manager.sweep()).isZero();
        assertThat(sessions.sweep()).isOne();
    }

    @Test
    @DisplayName("without blocking: over a store that blocks on the executor, listeners included")
    void asyncOverBlocking() throws Exception {
        ExecutorService executor = Executors.newSingleThreadExecutor(task -> new Thread(task, "executor"));
        try {
            List<String> threads = new CopyOnWriteArrayList<>();
            SessionManager manager =
                    manager(builder -> builder.executor(executor).listener(new SessionListener() {
                        @Override
                        public void sessionExpired(Session session) {
                            threads.add(Thread.currentThread().getName());
                        }
                    }));
            stored(manager, "a");
            clock.advance(OVER);
            assertThat(manager.sweepAsync().toCompletableFuture().get(1, TimeUnit.MINUTES))
                    .isOne();
            assertThat(threads).containsExactly("executor");
        } finally {
            executor.shutdown();
        }
    }

    @Test
    @DisplayName("without blocking: over a store that does not block, listeners never on the store's thread")
    void asyncOverAsync() throws Exception {
        ExecutorService client = Executors.newSingleThreadExecutor(task -> new Thread(task, "client"));
        ExecutorService executor = Executors.newSingleThreadExecutor(task -> new Thread(task, "executor"));
        try {
            List<String> threads = new CopyOnWriteArrayList<>();
            store.completion = client;
            SessionManager manager =
                    manager(builder -> builder.executor(executor).listener(new SessionListener() {
                        @Override
                        public void sessionExpired(Session session) {
                            threads.add(Thread.currentThread().getName());
                        }
                    }));
            for (int i = 0; i < 500; i++) {
                stored(manager, "s" + i);
            }
            clock.advance(OVER);
            assertThat(manager.sweepAsync().toCompletableFuture().get(1, TimeUnit.MINUTES))
                    .isEqualTo(500);
            assertThat(threads).hasSize(500).containsOnly("executor");
        } finally {
            client.shutdown();
            executor.shutdown();
        }
    }

    @Test
    @DisplayName("needs a store that can: said at the call, and at the start if an interval is set")
    void notSweepable() {
        SessionManager.Builder builder =
                SessionManager.builder(new RecordingStore(store)).codec(new SerializingCodec());
        SessionManager manager = builder.build();
        assertThatThrownBy(manager::sweep).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(manager::sweepAsync).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> builder.sweepInterval(Duration.ofMinutes(1)).build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("dynamosession.sweep-interval")
                .hasMessageContaining("cannot be swept");
        assertThatThrownBy(() -> manager(b -> b.sweepInterval(Duration.ZERO)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("dynamosession.sweep-interval must be a positive duration");
    }

    @Nested
    @DisplayName("at an interval")
    class AtAnInterval {
        private static final Duration INTERVAL = Duration.ofMinutes(10);
        private final Ticks ticks = new Ticks();

        private SessionManager sweeping() {
            return manager(builder -> builder.sweepInterval(INTERVAL).sweepPause(ticks));
        }

        @Test
        @DisplayName("sweeps after each pause, of half to one and a half intervals, with a short one after each page")
        void interval() throws Exception {
            try (SessionManager manager = sweeping()) {
                for (int i = 0; i < 250; i++) {
                    stored(manager, "s" + i);
                }
                clock.advance(OVER);
                for (int round = 0; round < 20; round++) {
                    assertThat(ticks.asked()).isBetween(INTERVAL.dividedBy(2), INTERVAL.plus(INTERVAL.dividedBy(2)));
                    ticks.tick();
                    for (int page = 1; round == 0 && page < 3; page++) {
                        assertThat(ticks.asked()).isEqualTo(Sweeper.PAGE_PAUSE);
                        assertThat(expired).hasSize(100 * page);
                        ticks.tick();
                    }
                }
                ticks.asked();
                assertThat(expired).hasSize(250);
                assertThat(store.finds).isEqualTo(3 + 19);
            }
        }

        @Test
        @DisplayName("goes on after failures, of listeners and of the store, errors included")
        void survives() throws Exception {
            try (SessionManager manager = sweeping()) {
                stored(manager, "a");
                clock.advance(OVER);
                for (Throwable failure : List.of(
                        new SessionStoreException("throttled", null, false),
                        new SessionStoreException("throttled", null, false),
                        new NoClassDefFoundError())) {
                    store.failures.add(Optional.of(failure));
                    ticks.asked();
                    ticks.tick();
                }
                ticks.asked();
                assertThat(expired).isEmpty();
                ticks.tick();
                ticks.asked();
                assertThat(expired).hasSize(1);
            }
        }

        @Test
        @DisplayName("has one daemon thread, which ends with the manager")
        void thread() throws Exception {
            SessionManager manager = sweeping();
            ticks.asked();
            assertThat(ticks.thread.isDaemon()).isTrue();
            manager.close();
            assertThat(ticks.thread.isAlive()).isFalse();
            manager.close();
        }

        @Test
        @DisplayName("finishes and tells the removal under way when it is closed, uninterrupted, and starts no other")
        void closedInTheMiddle() throws Exception {
            BlockingQueue<Boolean> telling = new SynchronousQueue<>();
            SessionManager manager = sweeping();
            manager.addListener(new SessionListener() {
                @Override
                public void sessionExpired(Session session) {
                    try {
                        telling.put(true);
                        telling.put(Thread.currentThread().isInterrupted());
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                }
            });
            stored(manager, "a");
            stored(manager, "b");
            clock.advance(OVER);
            ticks.asked();
            ticks.tick();
            telling.take();
            Thread closing = new Thread(manager::close);
            closing.start();
            while (closing.getState() != Thread.State.TIMED_WAITING) {
                Thread.onSpinWait();
            }
            assertThat(telling.take()).isFalse();
            closing.join();
            assertThat(ticks.thread.isAlive()).isFalse();
            assertThat(expired).hasSize(1);
        }

        @Test
        @DisplayName("may be closed by a listener")
        void closedByListener() throws Exception {
            SessionManager manager = sweeping();
            manager.addListener(new SessionListener() {
                @Override
                public void sessionExpired(Session session) {
                    manager.close();
                }
            });
            stored(manager, "a");
            clock.advance(OVER);
            ticks.asked();
            ticks.tick();
            ticks.thread.join();
            assertThat(expired).hasSize(1);
        }

        @Test
        @DisplayName("is off unless set, and then there is no thread")
        void off() {
            List<Thread> before = sweepers();
            manager(builder -> builder).close();
            manager(builder -> builder.sweepInterval(null)).close();
            manager(builder -> builder.sweepInterval(Duration.ofSeconds(Long.MAX_VALUE)))
                    .close();
            assertThat(sweepers()).isEqualTo(before);
        }

        @Test
        @DisplayName("is turned on by a setting")
        void setting() {
            SessionSettings settings = SessionSettings.builder()
                    .set("store", "memory")
                    .set("sweep-interval", "15m")
                    .build();
            List<Thread> before = sweepers();
            try (SessionManager manager = SessionManager.builder(settings)
                    .codec(new SerializingCodec())
                    .build()) {
                assertThat(manager.sweep()).isZero();
                assertThat(sweepers()).hasSize(before.size() + 1);
            }
            assertThat(sweepers()).isEqualTo(before);
        }

        private List<Thread> sweepers() {
            return Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().equals("dynamosession-sweep") && thread.isAlive())
                    .toList();
        }
    }

    /** Time that passes when a test says so. */
    private static final class Ticks implements Sweeper.Pause {
        private final BlockingQueue<Duration> asked = new LinkedBlockingQueue<>();
        private final BlockingQueue<Boolean> ticks = new SynchronousQueue<>();
        volatile Thread thread = Thread.currentThread();

        @Override
        public void pass(Duration time) throws InterruptedException {
            thread = Thread.currentThread();
            asked.add(time);
            ticks.take();
        }

        /** The pause that the thread is in. */
        Duration asked() throws InterruptedException {
            Duration time = asked.poll(1, TimeUnit.MINUTES);
            assertThat(time).as("the thread waits").isNotNull();
            return time;
        }

        void tick() throws InterruptedException {
            assertThat(ticks.offer(true, 1, TimeUnit.MINUTES)).isTrue();
        }
    }

    /** A store with pages, whose deletions can fail, and which can complete elsewhere. */
    private static final class PagingStore implements SweepableSessionStore {
        final Deque<Optional<Throwable>> failures = new ArrayDeque<>();
        volatile boolean uncertain;
        volatile int finds;
        Optional<Instant> time = Optional.empty();

        @Nullable
        Executor completion;

        private final InMemorySessionStore delegate;

        PagingStore(InMemorySessionStore delegate) {
            this.delegate = delegate;
        }

        @Override
        public boolean isBlocking() {
            return completion == null;
        }

        @Override
        public CompletionStage<ExpiredPage> findExpired(@Nullable String position, int limit) {
            finds++;
            List<ExpiredSession> all =
                    delegate.findExpired(null, limit).toCompletableFuture().join().sessions().stream()
                            .sorted((a, b) -> a.key().value().compareTo(b.key().value()))
                            .filter(one -> position == null || one.key().value().compareTo(position) > 0)
                            .toList();
            List<ExpiredSession> page = all.subList(0, Math.min(limit, all.size()));
            return elsewhere(new ExpiredPage(
                    page,
                    page.size() == all.size()
                            ? Optional.empty()
                            : Optional.of(page.get(page.size() - 1).key().value()),
                    time));
        }

        @Override
        public CompletionStage<SweepOutcome> deleteExpired(ExpiredSession seen) {
            Optional<Throwable> failure = failures.isEmpty() ? Optional.empty() : failures.remove();
            if (failure.isPresent()) {
                return CompletableFuture.failedStage(failure.get());
            }
            SweepOutcome outcome =
                    delegate.deleteExpired(seen).toCompletableFuture().join();
            return elsewhere(uncertain ? SweepOutcome.UNCERTAIN : outcome);
        }

        private <T> CompletionStage<T> elsewhere(T outcome) {
            return completion == null
                    ? CompletableFuture.completedStage(outcome)
                    : CompletableFuture.supplyAsync(() -> outcome, completion);
        }

        @Override
        public CompletionStage<FindOutcome> find(SessionKey key) {
            return delegate.find(key);
        }

        @Override
        public CompletionStage<CreateOutcome> create(SessionKey key, StoredSession session) {
            return delegate.create(key, session);
        }

        @Override
        public CompletionStage<UpdateOutcome> update(SessionKey key, SessionDelta delta) {
            return delegate.update(key, delta);
        }

        @Override
        public CompletionStage<ChangeKeyOutcome> changeKey(
                SessionKey from, SessionKey to, StoredSession seen, SessionDelta delta, KeyChangeReason reason) {
            return delegate.changeKey(from, to, seen, delta, reason);
        }

        @Override
        public CompletionStage<DeleteOutcome> delete(SessionKey key) {
            return delegate.delete(key);
        }

        @Override
        public void close() {}
    }
}
