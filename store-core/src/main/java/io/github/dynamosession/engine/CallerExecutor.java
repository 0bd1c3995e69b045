// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.engine;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Continues one blocking call over a store that does not block in the thread that waits for it, so that the call
 * needs no other thread: one that is made by a listener would wait for ever for the only thread of an executor,
 * which is its own.
 */
public final class CallerExecutor implements Executor {
    private final BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
    private boolean over;

    @Override
    public void execute(Runnable task) {
        synchronized (this) {
            if (!over) {
                tasks.add(task);
                return;
            }
        }
        // What nobody waits for any more.
        ForkJoinPool.commonPool().execute(task);
    }

    /** Runs what the stage needs until it is complete; an interrupt stays pending, as it does for a future's join. */
    public void runUntil(CompletionStage<?> stage) {
        CompletableFuture<?> future = stage.toCompletableFuture();
        stage.whenComplete((outcome, failure) -> execute(() -> {}));
        boolean interrupted = false;
        while (!future.isDone()) {
            try {
                tasks.take().run();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        synchronized (this) {
            over = true;
        }
        tasks.forEach(ForkJoinPool.commonPool()::execute);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
