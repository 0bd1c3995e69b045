// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.testkit;

import io.github.dynamosession.spi.ChangeKeyOutcome;
import io.github.dynamosession.spi.CreateOutcome;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.StoreOperation.Kind;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.UpdateOutcome;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * A store behind a network that loses replies: the operation is applied by the store that is wrapped, but
 * its caller does not hear so.
 *
 * <p>What then happens is a {@link Loss}: the call fails, or it is repeated as a client's SDK does by
 * itself. Which replies are lost is decided for each operation by a predicate, which {@link #next},
 * {@link #always} and {@link #sometimes} make; it may be called by several threads at once.
 */
public final class LossyStore implements SessionStore {
    private final SessionStore delegate;
    private final Loss loss;
    private final Predicate<? super Kind> loses;

    /** What follows from a lost reply. */
    public enum Loss {
        /**
         * The caller gets a {@link SessionStoreException}; for a write it says that the outcome is unknown.
         */
        FAIL,

        /**
         * The operation is repeated with the same arguments, and the caller gets what the repetition
         * answers. If the first was applied and the repetition does not recognise it, the outcome is
         * unknown: {@link DeleteOutcome#UNCERTAIN} for a deletion, otherwise a
         * {@link SessionStoreException} that says so.
         */
        REPEAT
    }

    /**
     * Wraps a store.
     *
     * @param delegate does the work; closed with this store
     * @param loss what follows from a lost reply
     * @param loses asked once for each operation, before it runs: whether its reply will be lost
     */
    public LossyStore(SessionStore delegate, Loss loss, Predicate<? super Kind> loses) {
        this.delegate = Objects.requireNonNull(delegate, "delegate");
        this.loss = Objects.requireNonNull(loss, "loss");
        this.loses = Objects.requireNonNull(loses, "loses");
    }

    /**
     * Loses the replies of the next operations.
     *
     * @param count how many
     * @return a predicate for one store
     */
    public static Predicate<Kind> next(int count) {
        AtomicInteger left = new AtomicInteger(count);
        return kind -> left.getAndUpdate(n -> Math.max(0, n - 1)) > 0;
    }

    /**
     * Loses every reply.
     *
     * @return a predicate
     */
    public static Predicate<Kind> always() {
        return kind -> true;
    }

    /**
     * Loses some replies at random, the same ones for the same seed as long as one thread calls.
     *
     * @param probability from 0, none, to 1, all
     * @param seed of the random numbers
     * @return a predicate for one store
     */
    public static Predicate<Kind> sometimes(double probability, long seed) {
        Random random = new Random(seed);
        return kind -> random.nextDouble() < probability;
    }

    @Override
    public boolean isBlocking() {
        return delegate.isBlocking();
    }

    @Override
    public CompletionStage<FindOutcome> find(SessionKey key) {
        return run(Kind.FIND, () -> delegate.find(key), outcome -> false, outcome -> true);
    }

    @Override
    public CompletionStage<CreateOutcome> create(SessionKey key, StoredSession session) {
        return run(
                Kind.CREATE,
                () -> delegate.create(key, session),
                CreateOutcome.Written.class::isInstance,
                outcome -> false);
    }

    @Override
    public CompletionStage<UpdateOutcome> update(SessionKey key, SessionDelta delta) {
        return run(
                delta.changesData() ? Kind.UPDATE : Kind.TOUCH,
                () -> delegate.update(key, delta),
                UpdateOutcome.Written.class::isInstance,
                // A touch may be applied twice, and what ends a session ends the access with it.
                outcome -> !delta.changesData());
    }

    @Override
    public CompletionStage<ChangeKeyOutcome> changeKey(
            SessionKey from, SessionKey to, StoredSession seen, SessionDelta delta, KeyChangeReason reason) {
        return run(
                Kind.CHANGE_KEY,
                () -> delegate.changeKey(from, to, seen, delta, reason),
                ChangeKeyOutcome.Changed.class::isInstance,
                outcome -> false);
    }

    @Override
    public CompletionStage<DeleteOutcome> delete(SessionKey key) {
        if (!loses.test(Kind.DELETE)) {
            return delegate.delete(key);
        }
        return delegate.delete(key).thenCompose(first -> {
            if (loss == Loss.FAIL) {
                return lost(Kind.DELETE);
            }
            return delegate.delete(key)
                    .thenApply(second -> second == DeleteOutcome.ABSENT ? DeleteOutcome.UNCERTAIN : second);
        });
    }

    @Override
    public void close() {
        delegate.close();
    }

    private <T> CompletionStage<T> run(
            Kind kind,
            Supplier<CompletionStage<T>> operation,
            Predicate<? super T> applied,
            Predicate<? super T> harmless) {
        if (!loses.test(kind)) {
            return operation.get();
        }
        return operation.get().thenCompose(first -> {
            if (loss == Loss.FAIL) {
                return lost(kind);
            }
            return operation.get().thenCompose(second -> {
                boolean recognised = !applied.test(first) || applied.test(second) || harmless.test(second);
                return recognised ? CompletableFuture.completedFuture(second) : lost(kind);
            });
        });
    }

    private static <T> CompletionStage<T> lost(Kind kind) {
        return CompletableFuture.failedFuture(
                new SessionStoreException("the reply of " + kind + " was lost", null, kind != Kind.FIND));
    }
}
