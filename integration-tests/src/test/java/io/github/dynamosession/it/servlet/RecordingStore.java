// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

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
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** A store that remembers what it was asked, fails on demand, and lets a test look on. */
final class RecordingStore implements SessionStore {
    private final SessionStore store;
    private final List<String> operations = Collections.synchronizedList(new ArrayList<>());
    private final Set<String> failing = ConcurrentHashMap.newKeySet();
    private volatile Supplier<RuntimeException> failure = RecordingStore::down;
    private volatile Runnable beforeWrite = () -> {};
    private volatile boolean closed;

    RecordingStore(SessionStore store) {
        this.store = store;
    }

    /** What was asked since the last call. */
    List<String> drain() {
        synchronized (operations) {
            List<String> drained = List.copyOf(operations);
            operations.clear();
            return drained;
        }
    }

    void fail(String... names) {
        failWith(RecordingStore::down, names);
    }

    void failWith(Supplier<RuntimeException> exception, String... names) {
        failure = exception;
        failing.addAll(List.of(names));
    }

    private static RuntimeException down() {
        return new SessionStoreException("down, for a test", null, false);
    }

    void recover() {
        failing.clear();
    }

    void beforeWrite(Runnable action) {
        beforeWrite = action;
    }

    boolean isClosed() {
        return closed;
    }

    private <T> CompletionStage<T> run(String name, boolean write, Supplier<CompletionStage<T>> operation) {
        operations.add(name);
        if (write) {
            beforeWrite.run();
        }
        return failing.contains(name) ? CompletableFuture.failedStage(failure.get()) : operation.get();
    }

    @Override
    public boolean isBlocking() {
        return store.isBlocking();
    }

    @Override
    public CompletionStage<FindOutcome> find(SessionKey key) {
        return run("find", false, () -> store.find(key));
    }

    @Override
    public CompletionStage<CreateOutcome> create(SessionKey key, StoredSession session) {
        return run("create", true, () -> store.create(key, session));
    }

    @Override
    public CompletionStage<UpdateOutcome> update(SessionKey key, SessionDelta delta) {
        return run("update", true, () -> store.update(key, delta));
    }

    @Override
    public CompletionStage<ChangeKeyOutcome> changeKey(
            SessionKey from, SessionKey to, StoredSession seen, SessionDelta delta, KeyChangeReason reason) {
        return run("changeKey", true, () -> store.changeKey(from, to, seen, delta, reason));
    }

    @Override
    public CompletionStage<DeleteOutcome> delete(SessionKey key) {
        return run("delete", true, () -> store.delete(key));
    }

    @Override
    public void close() {
        closed = true;
        store.close();
    }
}
