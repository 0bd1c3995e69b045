// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.ChangeKeyOutcome;
import io.github.dynamosession.spi.CreateOutcome;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.UpdateOutcome;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Memory that answers like a network: on a thread of its own, as slowly as asked, or not at all. */
final class TestStore implements SessionStore {
    static final String THREAD = "store-io";

    final List<String> calls = new CopyOnWriteArrayList<>();
    final List<String> threads = new CopyOnWriteArrayList<>();

    private final SessionStore memory;
    private final ExecutorService io = Executors.newFixedThreadPool(4, task -> {
        Thread thread = new Thread(task, THREAD);
        thread.setDaemon(true);
        return thread;
    });
    private final boolean blocking;
    private volatile Executor writes = io;
    private volatile boolean down;
    private volatile @Nullable CompletableFuture<Void> gate;

    TestStore(boolean blocking) {
        this(blocking, Clock.systemUTC());
    }

    TestStore(boolean blocking, Clock clock) {
        this.blocking = blocking;
        this.memory = new InMemorySessionStore(clock);
    }

    /** Each write takes so long. */
    void slow(long millis) {
        writes = CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS, io);
    }

    /** Writes wait until the gate is completed. */
    CompletableFuture<Void> gate() {
        CompletableFuture<Void> closed = new CompletableFuture<>();
        gate = closed;
        return closed;
    }

    /** Returns when the store has been called, or fails the test. */
    void awaitCall(String name) {
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (!calls.contains(name)) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("the store was not asked to " + name);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }

    void down(boolean isDown) {
        down = isDown;
    }

    private <T> CompletionStage<T> call(String name, boolean write, Supplier<CompletionStage<T>> operation) {
        calls.add(name);
        threads.add(Thread.currentThread().getName());
        if (down) {
            return blocking
                    ? CompletableFuture.failedStage(failure())
                    : CompletableFuture.supplyAsync(
                            () -> {
                                throw failure();
                            },
                            io);
        }
        if (blocking) {
            return operation.get();
        }
        CompletableFuture<Void> closed = gate;
        CompletableFuture<Void> start = write && closed != null ? closed : CompletableFuture.completedFuture(null);
        return start.thenComposeAsync(open -> operation.get(), write ? writes : io);
    }

    private static SessionStoreException failure() {
        return new SessionStoreException("the store does not answer", null, false);
    }

    @Override
    public boolean isBlocking() {
        return blocking;
    }

    @Override
    public CompletionStage<FindOutcome> find(SessionKey key) {
        return call("find", false, () -> memory.find(key));
    }

    @Override
    public CompletionStage<CreateOutcome> create(SessionKey key, StoredSession session) {
        return call("create", true, () -> memory.create(key, session));
    }

    @Override
    public CompletionStage<UpdateOutcome> update(SessionKey key, SessionDelta delta) {
        return call("update", true, () -> memory.update(key, delta));
    }

    @Override
    public CompletionStage<ChangeKeyOutcome> changeKey(
            SessionKey from, SessionKey to, StoredSession seen, SessionDelta delta, KeyChangeReason reason) {
        return call("changeKey", true, () -> memory.changeKey(from, to, seen, delta, reason));
    }

    @Override
    public CompletionStage<DeleteOutcome> delete(SessionKey key) {
        return call("delete", true, () -> memory.delete(key));
    }

    @Override
    public void close() {
        io.shutdownNow();
        memory.close();
    }
}
