// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import io.github.dynamosession.spi.ChangeKeyOutcome;
import io.github.dynamosession.spi.CreateOutcome;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.UpdateOutcome;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Notes every call, lets a test act just before one, fail one, or complete them all on another thread. */
final class RecordingStore implements SessionStore {
    final List<String> calls = new ArrayList<>();
    final List<SessionDelta> deltas = new ArrayList<>();
    private final SessionStore delegate;
    private final @Nullable Executor completion;
    private final Deque<Runnable> before = new ArrayDeque<>();
    private final Deque<RuntimeException> failures = new ArrayDeque<>();
    private final Deque<RuntimeException> refusals = new ArrayDeque<>();

    RecordingStore(SessionStore delegate) {
        this(delegate, null);
    }

    /** With an executor: a store that does not block and completes there. */
    RecordingStore(SessionStore delegate, @Nullable Executor completion) {
        this.delegate = delegate;
        this.completion = completion;
    }

    /** Runs this just before the next write. */
    void beforeNextWrite(Runnable action) {
        before.add(action);
    }

    /** The next call is applied, and its reply is replaced by this exception. */
    void loseNextReply(RuntimeException failure) {
        failures.add(failure);
    }

    /** The next call is not applied and ends with this exception. */
    void loseNextCall(RuntimeException failure) {
        refusals.add(failure);
    }

    @Override
    public boolean isBlocking() {
        return completion == null;
    }

    @Override
    public CompletionStage<FindOutcome> find(SessionKey key) {
        return run("find", () -> delegate.find(key));
    }

    @Override
    public CompletionStage<CreateOutcome> create(SessionKey key, StoredSession session) {
        return run("create", () -> delegate.create(key, session));
    }

    @Override
    public CompletionStage<UpdateOutcome> update(SessionKey key, SessionDelta delta) {
        deltas.add(delta);
        return run(delta.changesData() ? "update" : "touch", () -> delegate.update(key, delta));
    }

    @Override
    public CompletionStage<ChangeKeyOutcome> changeKey(
            SessionKey from, SessionKey to, StoredSession seen, SessionDelta delta, KeyChangeReason reason) {
        deltas.add(delta);
        return run("changeKey", () -> delegate.changeKey(from, to, seen, delta, reason));
    }

    @Override
    public CompletionStage<DeleteOutcome> delete(SessionKey key) {
        return run("delete", () -> delegate.delete(key));
    }

    @Override
    public void close() {
        calls.add("close");
    }

    private <T> CompletionStage<T> run(String name, Supplier<CompletionStage<T>> operation) {
        calls.add(name);
        if (!name.equals("find") && !before.isEmpty()) {
            before.remove().run();
        }
        Supplier<T> call = () -> {
            if (!refusals.isEmpty()) {
                throw refusals.remove();
            }
            T outcome = operation.get().toCompletableFuture().join();
            if (!failures.isEmpty()) {
                throw failures.remove();
            }
            return outcome;
        };
        if (completion != null) {
            return CompletableFuture.supplyAsync(call, completion);
        }
        try {
            return CompletableFuture.completedStage(call.get());
        } catch (RuntimeException e) {
            return CompletableFuture.failedStage(e);
        }
    }
}
