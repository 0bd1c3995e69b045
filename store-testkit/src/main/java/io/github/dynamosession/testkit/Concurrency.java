// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Threads that start together, and waiting for stages. */
final class Concurrency {
    /** Bounds a test that would hang, nothing else: far more than any operation takes. */
    private static final long PATIENCE_SECONDS = 120;

    private Concurrency() {}

    /** The stage's value; what it failed with is thrown as it is. */
    static <T> T await(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw asUnchecked(e.getCause() == null ? e : e.getCause());
        } catch (TimeoutException e) {
            throw new AssertionError("the operation did not end within " + PATIENCE_SECONDS + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    /** Runs all of them at once, each in a thread of its own, and gives their results in the same order. */
    static <T> List<T> race(List<? extends Callable<? extends T>> contenders) {
        CyclicBarrier start = new CyclicBarrier(contenders.size());
        List<FutureTask<T>> tasks = new ArrayList<>();
        for (Callable<? extends T> contender : contenders) {
            FutureTask<T> task = new FutureTask<>(() -> {
                start.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
                return contender.call();
            });
            Thread thread = new Thread(task, "contender-" + tasks.size());
            thread.setDaemon(true);
            thread.start();
            tasks.add(task);
        }
        List<T> results = new ArrayList<>();
        Throwable failure = null;
        for (FutureTask<T> task : tasks) {
            try {
                results.add(task.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
            } catch (ExecutionException e) {
                Throwable cause = e.getCause() == null ? e : e.getCause();
                if (failure == null) {
                    failure = cause;
                } else if (failure != cause) {
                    failure.addSuppressed(cause);
                }
            } catch (TimeoutException e) {
                throw new AssertionError("a thread did not end within " + PATIENCE_SECONDS + " s", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted", e);
            }
        }
        if (failure != null) {
            throw asUnchecked(failure);
        }
        return results;
    }

    private static RuntimeException asUnchecked(Throwable failure) {
        if (failure instanceof Error error) {
            throw error;
        }
        return failure instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(failure);
    }
}
