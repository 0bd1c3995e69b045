// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import io.github.dynamosession.engine.RetryPause;
import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/** Runs what is to happen in the order of a time that passes at once, all in the thread that calls {@link #run}. */
final class VirtualTime implements Executor, RetryPause {
    private record Event(long nanos, long number, Runnable action) {}

    private final PriorityQueue<Event> events =
            new PriorityQueue<>(Comparator.comparingLong(Event::nanos).thenComparingLong(Event::number));
    private final Random random;
    private long now;
    private long number;

    VirtualTime(long seed) {
        random = new Random(seed);
    }

    void in(Duration time, Runnable action) {
        events.add(new Event(now + time.toNanos(), number++, action));
    }

    @Override
    public void execute(Runnable action) {
        in(Duration.ZERO, action);
    }

    @Override
    public CompletionStage<Void> pass(Duration longest) {
        CompletableFuture<Void> passed = new CompletableFuture<>();
        in(Duration.ofNanos(random.nextLong(longest.toNanos() + 1)), () -> passed.complete(null));
        return passed;
    }

    /** A time that varies by a fifth, as a network's do. */
    Duration about(Duration time) {
        long nanos = time.toNanos();
        return Duration.ofNanos(nanos - nanos / 5 + random.nextLong(2 * nanos / 5 + 1));
    }

    void run() {
        while (!events.isEmpty()) {
            Event next = events.remove();
            now = next.nanos();
            next.action().run();
        }
    }
}
