// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import java.time.Duration;

/**
 * One finished operation of a {@link SessionStore}.
 *
 * @param kind which operation
 * @param result how it ended
 * @param latency from the call to the outcome, all round trips included
 * @param roundTrips how many requests the store sent, not counting what the client's SDK repeated
 * @param readUnits consumed read capacity as far as the backend reported it; 0 where it does not
 * @param writeUnits consumed write capacity likewise. DynamoDB bills a failed condition too, but does
 *     not report it
 */
public record StoreOperation(
        Kind kind, Result result, Duration latency, int roundTrips, double readUnits, double writeUnits) {
    /** Which operation. */
    public enum Kind {
        /** {@link SessionStore#find}. */
        FIND,
        /** {@link SessionStore#create}. */
        CREATE,
        /** {@link SessionStore#update} with a delta that changes data. */
        UPDATE,
        /** {@link SessionStore#update} with a delta that only records an access. */
        TOUCH,
        /** {@link SessionStore#changeKey}. */
        CHANGE_KEY,
        /** {@link SessionStore#delete}. */
        DELETE,
        /** {@link SweepableSessionStore#findExpired}. */
        FIND_EXPIRED,
        /** {@link SweepableSessionStore#deleteExpired}. */
        DELETE_EXPIRED
    }

    /** How it ended. */
    public enum Result {
        /** Found. */
        FOUND,
        /** Written, created, changed. */
        WRITTEN,
        /** Deleted. */
        DELETED,
        /** Nothing there. */
        ABSENT,
        /** The key was taken. */
        EXISTS,
        /** A condition did not hold. */
        CONFLICT,
        /** The session has another key. */
        MOVED,
        /** The session was deleted or has expired. */
        GONE,
        /** A reply was lost, and the outcome cannot be told. */
        UNCERTAIN,
        /** An exception. */
        FAILED
    }
}
