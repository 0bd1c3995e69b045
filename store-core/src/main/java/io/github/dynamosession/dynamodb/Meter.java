// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.StoreOperation;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.dynamodb.model.ConsumedCapacity;
import software.amazon.awssdk.services.dynamodb.model.ReturnConsumedCapacity;

/** What one operation of the store costs. Those for the rows of a large value are sent at once, and end on any thread. */
final class Meter {
    private static final Logger LOG = LoggerFactory.getLogger(DynamoDbSessionStore.class);

    private final StoreOperation.Kind kind;
    private final SessionObserver observer;
    private final boolean observed;
    private final long start;
    private int roundTrips;
    private double readUnits;
    private double writeUnits;

    Meter(StoreOperation.Kind kind, SessionObserver observer) {
        this.kind = kind;
        this.observer = observer;
        this.observed = observer != SessionObserver.NONE;
        this.start = observed ? System.nanoTime() : 0;
    }

    /** For messages. */
    String operation() {
        return switch (kind) {
            case CHANGE_KEY -> "change of a session's key";
            case FIND_EXPIRED -> "search for expired sessions";
            case DELETE_EXPIRED -> "deletion of an expired session";
            case DELETE_LEFTOVER -> "deletion of what a session left behind";
            case FIND_BY -> "search for sessions by an index";
            case READ_BY -> "read of a session that an index showed";
            case DELETE_BY -> "deletion of a session that an index showed";
            case FIND_MARK -> "read of an indexed value's mark";
            case RAISE_MARK -> "raising of an indexed value's mark";
            case PUT_PART -> "write of a session's part";
            case GET_PART -> "read of a session's part";
            default -> kind.name().toLowerCase(Locale.ROOT) + " of a session";
        };
    }

    /** Consumed capacity is only asked for if somebody wants to know. */
    @Nullable
    ReturnConsumedCapacity wanted() {
        return observed ? ReturnConsumedCapacity.TOTAL : null;
    }

    synchronized void sent() {
        roundTrips++;
    }

    synchronized void read(@Nullable ConsumedCapacity consumed) {
        if (consumed != null && consumed.capacityUnits() != null) {
            readUnits += consumed.capacityUnits();
        }
    }

    synchronized void written(@Nullable ConsumedCapacity consumed) {
        if (consumed != null && consumed.capacityUnits() != null) {
            writeUnits += consumed.capacityUnits();
        }
    }

    void report(StoreOperation.Result result) {
        if (!observed) {
            return;
        }
        try {
            observer.operation(operation(result));
        } catch (RuntimeException e) {
            LOG.warn("A session observer failed; the operation is not affected", e);
        }
    }

    private synchronized StoreOperation operation(StoreOperation.Result result) {
        return new StoreOperation(
                kind, result, Duration.ofNanos(System.nanoTime() - start), roundTrips, readUnits, writeUnits);
    }
}
