// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.testkit;

import io.github.dynamosession.spi.ChangeKeyOutcome;
import io.github.dynamosession.spi.CreateOutcome;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.LockOutcome;
import io.github.dynamosession.spi.LockableSessionStore;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.Token;
import io.github.dynamosession.spi.UpdateOutcome;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The store behind the server of an {@link AdapterContract}: notes its operations, and fails when told to. */
final class AdapterStore implements LockableSessionStore {
    private final LockableSessionStore store;
    private final List<String> operations = new CopyOnWriteArrayList<>();
    private final BlockingQueue<String> written = new LinkedBlockingQueue<>();
    private final Set<String> lost = ConcurrentHashMap.newKeySet();
    private final Set<String> refused = ConcurrentHashMap.newKeySet();
    private volatile @Nullable Supplier<RuntimeException> failure;

    AdapterStore(LockableSessionStore store) {
        this.store = store;
    }

    /** The operations since the last call. */
    List<String> drain() {
        List<String> drained = List.copyOf(operations);
        operations.clear();
        return drained;
    }

    /** How many operations there were since the last {@link #drain}. */
    int operations() {
        return operations.size();
    }

    /** From now on no operation is done. */
    void fail(Supplier<RuntimeException> exception) {
        failure = exception;
    }

    void fail() {
        fail(() -> new SessionStoreException("the store does not answer, for a test", null, false));
    }

    void recover() {
        failure = null;
        refused.clear();
        lost.clear();
    }

    /** The next operation of this name is not done. */
    void refuse(String operation) {
        refused.add(operation);
    }

    /** The next operation of this name is done, and its reply is lost. */
    void loseReply(String operation) {
        lost.add(operation);
    }

    void forgetWrites() {
        written.clear();
    }

    /** Waits until something was written since {@link #forgetWrites}. */
    boolean awaitWrite() throws InterruptedException {
        return written.poll(AdapterContract.PATIENCE.toSeconds(), TimeUnit.SECONDS) != null;
    }

    private <T> CompletionStage<T> run(String name, Supplier<CompletionStage<T>> operation) {
        operations.add(name);
        Supplier<RuntimeException> failing = failure;
        if (failing != null) {
            return CompletableFuture.failedStage(failing.get());
        }
        if (refused.remove(name)) {
            return CompletableFuture.failedStage(
                    new SessionStoreException("the store refuses this once, for a test", null, false));
        }
        CompletionStage<T> done = operation.get();
        if (!name.equals("find")) {
            done.thenAccept(outcome -> written.add(name));
        }
        return lost.remove(name)
                ? done.thenCompose(outcome -> CompletableFuture.failedStage(
                        new SessionStoreException("the reply was lost, for a test", null, true)))
                : done;
    }

    @Override
    public boolean isBlocking() {
        return store.isBlocking();
    }

    @Override
    public CompletionStage<FindOutcome> find(SessionKey key) {
        return run("find", () -> store.find(key));
    }

    @Override
    public CompletionStage<CreateOutcome> create(SessionKey key, StoredSession session) {
        return run("create", () -> store.create(key, session));
    }

    @Override
    public CompletionStage<UpdateOutcome> update(SessionKey key, SessionDelta delta) {
        return run("update", () -> store.update(key, delta));
    }

    @Override
    public CompletionStage<ChangeKeyOutcome> changeKey(
            SessionKey from, SessionKey to, StoredSession seen, SessionDelta delta, KeyChangeReason reason) {
        return run("changeKey", () -> store.changeKey(from, to, seen, delta, reason));
    }

    @Override
    public CompletionStage<DeleteOutcome> delete(SessionKey key) {
        return run("delete", () -> store.delete(key));
    }

    @Override
    public CompletionStage<LockOutcome> lock(SessionKey key, Token owner, Duration lease, boolean waited) {
        return run("lock", () -> store.lock(key, owner, lease, waited));
    }

    @Override
    public CompletionStage<Void> unlock(SessionKey key, Token owner) {
        return run("unlock", () -> store.unlock(key, owner));
    }

    @Override
    public void close() {
        store.close();
    }
}
