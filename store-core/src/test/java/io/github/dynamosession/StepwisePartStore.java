// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import io.github.dynamosession.spi.ChangeKeyOutcome;
import io.github.dynamosession.spi.CreateOutcome;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.PartPointer;
import io.github.dynamosession.spi.PartStore;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.Token;
import io.github.dynamosession.spi.UpdateOutcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** Notes the steps of what it is asked, and lets one of them fail, or do its work and then fail. */
final class StepwisePartStore implements PartStore {
    private final PartStore delegate;
    private final List<String> steps = new ArrayList<>();
    private int failing = -1;
    private boolean applied;

    private int losing;

    StepwisePartStore(PartStore delegate) {
        this.delegate = delegate;
    }

    List<String> steps() {
        return steps;
    }

    /** Forgets the steps so far, and lets one of those that follow fail. */
    void fail(int step, boolean afterItsWork) {
        steps.clear();
        failing = step;
        applied = afterItsWork;
    }

    /** From now on no part is found. */
    void loseParts() {
        losing = Integer.MAX_VALUE;
    }

    /** The next read finds nothing. */
    void loseFirstRead() {
        losing = 1;
    }

    private <T> CompletionStage<T> step(String name, Supplier<CompletionStage<T>> step) {
        int number = steps.size();
        steps.add(name);
        if (number != failing) {
            return step.get();
        }
        if (applied) {
            step.get();
        }
        return CompletableFuture.failedStage(new SessionStoreException("the reply was lost", null, true));
    }

    @Override
    public int bytesPerRow() {
        return delegate.bytesPerRow();
    }

    @Override
    public CompletionStage<Void> putPart(Token uid, PartPointer pointer, EncodedValue content) {
        return step("putPart", () -> delegate.putPart(uid, pointer, content));
    }

    @Override
    public CompletionStage<Optional<EncodedValue>> getPart(Token uid, PartPointer pointer) {
        return step(
                "getPart",
                () -> losing-- > 0
                        ? CompletableFuture.completedStage(Optional.empty())
                        : delegate.getPart(uid, pointer));
    }

    @Override
    public boolean isBlocking() {
        return delegate.isBlocking();
    }

    @Override
    public CompletionStage<FindOutcome> find(SessionKey key) {
        return step("find", () -> delegate.find(key));
    }

    @Override
    public CompletionStage<CreateOutcome> create(SessionKey key, StoredSession session) {
        return step("create", () -> delegate.create(key, session));
    }

    @Override
    public CompletionStage<UpdateOutcome> update(SessionKey key, SessionDelta delta) {
        return step("update", () -> delegate.update(key, delta));
    }

    @Override
    public CompletionStage<ChangeKeyOutcome> changeKey(
            SessionKey from, SessionKey to, StoredSession seen, SessionDelta delta, KeyChangeReason reason) {
        return step("changeKey", () -> delegate.changeKey(from, to, seen, delta, reason));
    }

    @Override
    public CompletionStage<DeleteOutcome> delete(SessionKey key) {
        return step("delete", () -> delegate.delete(key));
    }

    @Override
    public void close() {}
}
