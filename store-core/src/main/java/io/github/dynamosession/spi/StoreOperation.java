// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import java.time.Duration;
import java.util.Optional;

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
        DELETE_EXPIRED,
        /** {@link SweepableSessionStore#deleteLeftover}. */
        DELETE_LEFTOVER,
        /** {@link IndexedSessionStore#findBy}. */
        FIND_BY,
        /** {@link IndexedSessionStore#readBy}. */
        READ_BY,
        /** {@link IndexedSessionStore#deleteBy}. */
        DELETE_BY,
        /** {@link IndexedSessionStore#findMark}. */
        FIND_MARK,
        /** {@link IndexedSessionStore#raiseMark}. */
        RAISE_MARK,
        /** {@link PartStore#putPart}. */
        PUT_PART,
        /** {@link PartStore#getPart}. */
        GET_PART,
        /** {@link LockableSessionStore#lock}. */
        LOCK,
        /** {@link LockableSessionStore#unlock}. */
        UNLOCK
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
        /** A condition did not hold, or somebody else has the lock. */
        CONFLICT,
        /** The session has another key. */
        MOVED,
        /** The session was deleted or has expired. */
        GONE,
        /** A reply was lost, and the outcome cannot be told. */
        UNCERTAIN,
        /** An exception. */
        FAILED;

        /**
         * The result of {@link SessionStore#find}.
         *
         * @param outcome what became of it
         * @return its result
         */
        public static Result of(FindOutcome outcome) {
            if (outcome instanceof FindOutcome.Found) {
                return FOUND;
            }
            return outcome instanceof FindOutcome.Moved ? MOVED : ABSENT;
        }

        /**
         * The result of {@link SessionStore#create}.
         *
         * @param outcome what became of it
         * @return its result
         */
        public static Result of(CreateOutcome outcome) {
            return outcome instanceof CreateOutcome.Written ? WRITTEN : EXISTS;
        }

        /**
         * The result of {@link SessionStore#update}.
         *
         * @param outcome what became of it
         * @return its result
         */
        public static Result of(UpdateOutcome outcome) {
            if (outcome instanceof UpdateOutcome.Written) {
                return WRITTEN;
            }
            if (outcome instanceof UpdateOutcome.Conflict || outcome instanceof UpdateOutcome.LockLost) {
                return CONFLICT;
            }
            return outcome instanceof UpdateOutcome.Moved ? MOVED : GONE;
        }

        /**
         * The result of {@link SessionStore#changeKey}.
         *
         * @param outcome what became of it
         * @return its result
         */
        public static Result of(ChangeKeyOutcome outcome) {
            if (outcome instanceof ChangeKeyOutcome.Changed) {
                return WRITTEN;
            }
            if (outcome instanceof ChangeKeyOutcome.Conflict || outcome instanceof ChangeKeyOutcome.LockLost) {
                return CONFLICT;
            }
            return outcome instanceof ChangeKeyOutcome.Moved ? MOVED : GONE;
        }

        /**
         * The result of {@link SessionStore#delete}.
         *
         * @param outcome what became of it
         * @return its result
         */
        public static Result of(DeleteOutcome outcome) {
            return switch (outcome) {
                case DELETED -> DELETED;
                case ABSENT -> ABSENT;
                case UNCERTAIN -> UNCERTAIN;
                case MOVED -> MOVED;
            };
        }

        /**
         * The result of {@link LockableSessionStore#lock}.
         *
         * @param outcome what became of it
         * @return its result
         */
        public static Result of(LockOutcome outcome) {
            if (outcome instanceof LockOutcome.NotFound none) {
                return of(none.found());
            }
            return outcome instanceof LockOutcome.Locked ? FOUND : CONFLICT;
        }

        /**
         * The result of {@link SweepableSessionStore#findExpired}.
         *
         * @param page what it found
         * @return its result
         */
        public static Result of(ExpiredPage page) {
            return page.sessions().isEmpty() && page.leftovers().isEmpty() ? ABSENT : FOUND;
        }

        /**
         * The result of {@link SweepableSessionStore#deleteExpired} and {@link SweepableSessionStore#deleteLeftover}.
         *
         * @param outcome what became of it
         * @return its result
         */
        public static Result of(SweepOutcome outcome) {
            return switch (outcome) {
                case DELETED -> DELETED;
                case SKIPPED -> CONFLICT;
                case UNCERTAIN -> UNCERTAIN;
            };
        }

        /**
         * The result of {@link IndexedSessionStore#findBy}.
         *
         * @param page what it found
         * @return its result
         */
        public static Result of(IndexPage page) {
            return page.keys().isEmpty() ? ABSENT : FOUND;
        }

        /**
         * The result of {@link IndexedSessionStore#deleteBy}.
         *
         * @param outcome what became of it
         * @return its result
         */
        public static Result of(DeleteByOutcome outcome) {
            if (outcome instanceof DeleteByOutcome.Deleted) {
                return DELETED;
            }
            return outcome instanceof DeleteByOutcome.Uncertain ? UNCERTAIN : CONFLICT;
        }

        /**
         * The result of {@link IndexedSessionStore#readBy} and {@link IndexedSessionStore#findMark}.
         *
         * @param found what they found
         * @return their result
         */
        public static Result ofFound(Optional<?> found) {
            return found.isPresent() ? FOUND : ABSENT;
        }
    }
}
