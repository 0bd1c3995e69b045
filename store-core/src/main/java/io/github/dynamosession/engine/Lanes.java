// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Does an operation of a store for each of several items, a bounded number at a time. */
final class Lanes<T, R> {
    /** How many at once: far fewer than a client has connections, so that requests are not kept waiting. */
    static final int WIDTH = 16;

    /** Up to so many items a blocking store is called in the calling thread. */
    private static final int FEW = 2;

    private final List<T> items;
    private final Function<T, CompletionStage<R>> operation;
    private final AtomicReferenceArray<@Nullable R> results;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    private Lanes(List<T> items, Function<T, CompletionStage<R>> operation) {
        this.items = items;
        this.operation = operation;
        this.results = new AtomicReferenceArray<>(items.size());
    }

    /**
     * What became of the items.
     *
     * @param results of those that were done, in their order
     * @param failure the first one, after which no further item was begun; null: all were done
     */
    record Done<R>(List<R> results, @Nullable Throwable failure) {}

    /**
     * Does the operation for all items. Over a store that blocks, by threads that live as long as this call.
     *
     * @return never fails
     */
    static <T, R> CompletionStage<Done<R>> each(
            boolean blocking, List<T> items, Function<T, CompletionStage<R>> operation) {
        Lanes<T, R> lanes = new Lanes<>(items, operation);
        return blocking ? CompletableFuture.completedFuture(lanes.blocking()) : lanes.async();
    }

    private Done<R> blocking() {
        int width = Math.min(WIDTH, items.size());
        if (items.size() <= FEW) {
            work();
            return done();
        }
        ExecutorService threads = Executors.newFixedThreadPool(width, work -> {
            Thread thread = new Thread(work, "dynamosession-index");
            thread.setDaemon(true);
            return thread;
        });
        try {
            List<CompletableFuture<Void>> lanes = new ArrayList<>();
            for (int i = 0; i < width; i++) {
                lanes.add(CompletableFuture.runAsync(this::work, threads));
            }
            lanes.forEach(CompletableFuture::join);
        } finally {
            threads.shutdown();
        }
        return done();
    }

    private void work() {
        for (int i = take(); i >= 0; i = take()) {
            try {
                results.set(
                        i, operation.apply(items.get(i)).toCompletableFuture().join());
            } catch (RuntimeException | Error e) {
                failure.compareAndSet(null, SessionEngine.unwrap(e));
            }
        }
    }

    private CompletionStage<Done<R>> async() {
        CompletableFuture<?>[] lanes = new CompletableFuture<?>[Math.min(WIDTH, items.size())];
        for (int i = 0; i < lanes.length; i++) {
            lanes[i] = lane().toCompletableFuture();
        }
        return CompletableFuture.allOf(lanes).thenApply(ended -> done());
    }

    private CompletionStage<Void> lane() {
        int i = take();
        if (i < 0) {
            return CompletableFuture.completedFuture(null);
        }
        CompletionStage<R> stage;
        try {
            stage = operation.apply(items.get(i));
        } catch (RuntimeException e) {
            stage = CompletableFuture.failedFuture(e);
        }
        return stage.handle((result, failed) -> {
                    if (failed == null) {
                        results.set(i, result);
                    } else {
                        failure.compareAndSet(null, SessionEngine.unwrap(failed));
                    }
                    return i;
                })
                .thenCompose(done -> lane());
    }

    private int take() {
        if (failure.get() != null) {
            return -1;
        }
        int i = next.getAndIncrement();
        return i < items.size() ? i : -1;
    }

    private Done<R> done() {
        List<R> all = new ArrayList<>();
        for (int i = 0; i < results.length(); i++) {
            R result = results.get(i);
            if (result != null) {
                all.add(result);
            }
        }
        return new Done<>(all, failure.get());
    }
}
