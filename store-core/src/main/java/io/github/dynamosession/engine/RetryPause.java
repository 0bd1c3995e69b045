// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.engine;

import io.github.dynamosession.spi.SessionStoreException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** How time passes before a save that another node was faster than is tried again; a test has its own. */
public interface RetryPause {
    /** Sleeps: for a store that blocks. */
    RetryPause BLOCKING = RetryPause::sleep;

    /** Holds no thread. */
    RetryPause ASYNC = longest -> CompletableFuture.runAsync(
            () -> {}, CompletableFuture.delayedExecutor(random(longest), TimeUnit.MILLISECONDS));

    /** The longest first pause: about as long as a write takes. */
    long FIRST_MILLIS = 10;

    /** How often the longest pause doubles. */
    int DOUBLINGS = 6;

    /** Ends after a random part of the given time, in any thread. */
    CompletionStage<Void> pass(Duration longest);

    /**
     * Waits before the next attempt. After the first refusal what is stored is known, and in the ordinary case
     * nobody is competing any more: no pause. Later ones are random, so that nodes do not stay in step, and longer each time.
     *
     * @param attempt the number of the attempt that was refused, from 1
     */
    default CompletionStage<Void> after(int attempt) {
        if (attempt == 1) {
            return CompletableFuture.completedStage(null);
        }
        return pass(Duration.ofMillis(FIRST_MILLIS << Math.min(attempt - 2, DOUBLINGS)));
    }

    private static long random(Duration longest) {
        return ThreadLocalRandom.current().nextLong(longest.toMillis() + 1);
    }

    private static CompletionStage<Void> sleep(Duration longest) {
        try {
            Thread.sleep(random(longest));
            return CompletableFuture.completedStage(null);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return CompletableFuture.failedStage(
                    new SessionStoreException("interrupted before a refused save was tried again", e, false));
        }
    }
}
