// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.engine;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sweeps at an interval, in one daemon thread that ends with its manager. Nodes do not know of each
 * other: each waits between half and one and a half times the interval, so that they drift apart.
 */
public final class Sweeper implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Sweeper.class);

    /** Between two pages: at most 1,000 rows a second, so that a sweep leaves a table's capacity to requests. */
    public static final Duration PAGE_PAUSE = Duration.ofMillis(100);

    /** How long {@link #close} waits for the removal that is under way, whose listeners ought to hear of it. */
    private static final Duration LONGEST_GOODBYE = Duration.ofSeconds(10);

    /** How time passes; a test has its own. */
    public interface Pause {
        Pause REAL = time -> Thread.sleep(time.toMillis());

        /** Returns when the time is over, or throws when the thread is interrupted. */
        void pass(Duration time) throws InterruptedException;
    }

    /** One step of a sweep. */
    public interface Step {
        /**
         * Does the step.
         *
         * @param position null to start
         * @return where to go on; null: the pass is over
         */
        @Nullable
        String run(@Nullable String position);
    }

    private final Duration interval;
    private final Step step;
    private final Pause pause;
    private final Thread thread;
    private final Object lock = new Object();
    private boolean closed;
    private boolean pausing;

    public Sweeper(Duration interval, Step step, Pause pause) {
        this.interval = interval;
        this.step = step;
        this.pause = pause;
        this.thread = new Thread(this::run, "dynamosession-sweep");
        thread.setDaemon(true);
    }

    public void start() {
        thread.start();
    }

    private void run() {
        Set<String> known = new HashSet<>();
        while (pause(jittered(interval))) {
            try {
                pass();
                known.clear();
            } catch (RuntimeException | Error failure) {
                if (known.add(failure.getClass().getName())) {
                    LOG.warn("Sweeping expired sessions failed; it is tried again at the next interval", failure);
                } else {
                    LOG.debug("Sweeping expired sessions failed again", failure);
                }
            }
        }
    }

    private void pass() {
        String position = null;
        do {
            position = step.run(position);
        } while (position != null && pause(PAGE_PAUSE));
    }

    /** Waits; false if this is the end. Only here is the thread ever interrupted by {@link #close}. */
    private boolean pause(Duration time) {
        synchronized (lock) {
            if (closed) {
                return false;
            }
            pausing = true;
        }
        try {
            pause.pass(time);
        } catch (InterruptedException e) {
            // Either closed, or somebody else's doing, which is no reason to stop.
        }
        synchronized (lock) {
            pausing = false;
            // What close() did in the last moment must not hit the next call of the store.
            Thread.interrupted();
            return !closed;
        }
    }

    private static Duration jittered(Duration interval) {
        long millis = interval.toMillis();
        return Duration.ofMillis(millis / 2 + ThreadLocalRandom.current().nextLong(millis + 1));
    }

    /** Ends the thread; a removal that is under way is finished and told first. */
    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
            if (pausing) {
                thread.interrupt();
            }
        }
        if (Thread.currentThread() == thread) {
            return;
        }
        try {
            thread.join(LONGEST_GOODBYE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
