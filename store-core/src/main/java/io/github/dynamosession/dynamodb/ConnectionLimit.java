// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import io.github.dynamosession.spi.SessionStoreException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.RequestOverrideConfiguration;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbRequest;

/**
 * Lets as many calls into a blocking client as it has connections; the others wait in the order in which
 * they came. The client's own pool would let them wait, too, but on account of the attempt's timeout, in no
 * order, and with a failure that looks as if the call might have been applied.
 */
final class ConnectionLimit {
    private final int connections;
    private final String setting;
    private final Duration callTimeout;
    private final boolean shortens;
    private final Semaphore free;

    /**
     * A limit.
     *
     * @param connections how many calls at once
     * @param callTimeout how long a call may wait, unless its request has a timeout of its own
     * @param shortens whether the time that a call has waited is taken off what is left for it
     * @param setting of the number of connections, for messages
     */
    ConnectionLimit(int connections, Duration callTimeout, boolean shortens, String setting) {
        this.setting = setting;
        this.connections = connections;
        this.callTimeout = callTimeout;
        this.shortens = shortens;
        this.free = new Semaphore(connections, true);
    }

    /** Waits for a connection and calls, both within the call's timeout. */
    <Q extends DynamoDbRequest, R> R call(Function<Q, R> operation, Q request) {
        Duration timeout = request.overrideConfiguration()
                .flatMap(RequestOverrideConfiguration::apiCallTimeout)
                .orElse(callTimeout);
        long waited = acquire(timeout);
        try {
            return operation.apply(waited > 0 && shortens ? shortened(request, timeout.minusNanos(waited)) : request);
        } finally {
            free.release();
        }
    }

    /** How many calls wait; an estimate while others come and go. */
    int waiting() {
        return free.getQueueLength();
    }

    /** Answers for how many nanoseconds the call has waited. */
    private long acquire(Duration timeout) {
        try {
            // With a time, even of zero: without one it would go before those that wait.
            if (free.tryAcquire(0, TimeUnit.NANOSECONDS)) {
                return 0;
            }
            long start = System.nanoTime();
            if (free.tryAcquire(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
                return System.nanoTime() - start;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SessionStoreException("interrupted while waiting for a connection to DynamoDB", e, false);
        }
        throw new SessionStoreException(
                "all " + connections + " connections to DynamoDB were in use for " + timeout.toMillis()
                        + " ms, and nothing was sent: DynamoDB answers slowly, or " + setting
                        + " is too small for this load",
                null,
                false);
    }

    @SuppressWarnings("unchecked") // A request's builder makes a request of the same class.
    private static <Q extends DynamoDbRequest> Q shortened(Q request, Duration left) {
        Duration timeout = left.compareTo(Duration.ofMillis(1)) < 0 ? Duration.ofMillis(1) : left;
        AwsRequestOverrideConfiguration configuration = request.overrideConfiguration()
                .map(AwsRequestOverrideConfiguration::toBuilder)
                .orElseGet(AwsRequestOverrideConfiguration::builder)
                .apiCallTimeout(timeout)
                .build();
        return (Q) request.toBuilder().overrideConfiguration(configuration).build();
    }
}
