// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.support;

import io.github.dynamosession.spi.IndexMark;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.Token;
import io.github.dynamosession.spi.UnsupportedFormatException;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a row is: a session, the trace of one that moved or ended, or the mark of an indexed value. Immutable, and a closed book to the database, which
 * keeps the object as it is or its {@linkplain #toBytes() bytes}.
 */
public abstract sealed class Content {
    private Content() {}

    /**
     * The content as bytes, for a database that stores bytes.
     *
     * @return a new array, readable by {@link #of} of this release and of later ones
     */
    public final byte[] toBytes() {
        return ContentFormat.write(this);
    }

    /**
     * Reads what {@link #toBytes} wrote.
     *
     * @param bytes the stored bytes
     * @return the content
     * @throws UnsupportedFormatException if a newer release wrote them, or if they are broken
     */
    public static Content of(byte[] bytes) {
        return ContentFormat.read(bytes);
    }

    /** When nobody needs the row any more; null: somebody always may. */
    abstract @Nullable Instant purgeAfter();

    /** A session. */
    static final class Live extends Content {
        /** How long an expired session waits for a sweep: what the database removes is notified to nobody. */
        private static final Duration UNSWEPT = Duration.ofHours(1);

        /** How long a copy waits for its id change, whatever becomes of it. */
        private static final Duration IN_FLIGHT = Duration.ofDays(1);

        final StoredSession session;

        /** The token of the last change of data; null: none since the session was created. */
        final @Nullable Token lastWrite;

        /** When the session came under this key: its creation, or its last id change. */
        final Instant keyedAt;

        /** Which id change made this row, until the next write; the move happened only if the flip did. */
        final @Nullable Origin origin;

        /** Who has the session's lock, or had it last; null: nobody. */
        final @Nullable Lock lock;

        Live(StoredSession session, @Nullable Token lastWrite, Instant keyedAt, @Nullable Origin origin) {
            this(session, lastWrite, keyedAt, origin, null);
        }

        Live(
                StoredSession session,
                @Nullable Token lastWrite,
                Instant keyedAt,
                @Nullable Origin origin,
                @Nullable Lock lock) {
            this.session = session;
            this.lastWrite = lastWrite;
            this.keyedAt = keyedAt;
            this.origin = origin;
            this.lock = lock;
        }

        /** The same row with another lock. */
        Live locked(@Nullable Lock next) {
            return new Live(session, lastWrite, keyedAt, origin, next);
        }

        /** Whether a delta may be applied as far as the lock is concerned (C105). */
        boolean isFor(@Nullable Token lockOwner) {
            return lockOwner == null || isLockedBy(lockOwner);
        }

        boolean isLockedBy(Token owner) {
            return lock != null && lock.owner().equals(owner);
        }

        /** The row that an id change leaves once it is known to have happened. */
        Live confirmed() {
            return new Live(session, lastWrite, keyedAt, null, lock);
        }

        /** Whether no late save can extend the session any more (C37). */
        boolean isBeyondGrace(Instant now) {
            return session.isExpiredAt(now.minus(SessionStore.SAVE_GRACE));
        }

        /** Only an id change that stopped half-way lets a session without an end be purged. */
        @Override
        @Nullable
        Instant purgeAfter() {
            Instant end = session.expiresAt()
                    .map(expiry -> expiry.plus(SessionStore.SAVE_GRACE).plus(UNSWEPT))
                    .orElse(null);
            if (origin == null) {
                return end;
            }
            return (end == null ? keyedAt : end).plus(IN_FLIGHT);
        }
    }

    /**
     * A lease.
     *
     * @param owner whose it is
     * @param until when others may take it
     */
    record Lock(Token owner, Instant until) {}

    /**
     * Where a copied session came from.
     *
     * @param from the former key
     * @param change the token of the id change
     */
    record Origin(SessionKey from, Token change) {}

    /** The trace of a session that moved to another key. */
    static final class Redirect extends Content {
        /** Longer than the copy without an end waits to be confirmed: while it lives, its origin can be proved. */
        private static final Duration KEPT = Duration.ofDays(2);

        final SessionKey target;
        final Token uid;
        final KeyChangeReason reason;
        final Token change;

        /** The version that moved, and the token of its last change of data, without those of the move itself. */
        final long version;

        final @Nullable Token lastWrite;
        final Instant movedAt;
        final @Nullable Instant sessionEnds;

        Redirect(
                SessionKey target,
                Token uid,
                KeyChangeReason reason,
                Token change,
                long version,
                @Nullable Token lastWrite,
                Instant movedAt,
                @Nullable Instant sessionEnds) {
            this.target = target;
            this.uid = uid;
            this.reason = reason;
            this.change = change;
            this.version = version;
            this.lastWrite = lastWrite;
            this.movedAt = movedAt;
            this.sessionEnds = sessionEnds;
        }

        boolean isStale(Instant now) {
            return !now.isBefore(movedAt.plus(SessionStore.FOLLOW_WINDOW));
        }

        /** Later than any copy is purged: "the redirect is gone" implies "the session has expired". */
        @Override
        Instant purgeAfter() {
            Instant latest = sessionEnds == null || sessionEnds.isBefore(movedAt) ? movedAt : sessionEnds;
            return latest.plus(SessionStore.SAVE_GRACE).plus(KEPT);
        }
    }

    /** The trace of a session that ended soon after it came under its key: keeps a put that was sent twice out. */
    static final class Ended extends Content {
        private static final Duration KEPT = Duration.ofHours(1);

        final Token uid;
        final Token deletion;
        final Instant endedAt;

        Ended(Token uid, Token deletion, Instant endedAt) {
            this.uid = uid;
            this.deletion = deletion;
            this.endedAt = endedAt;
        }

        @Override
        Instant purgeAfter() {
            return endedAt.plus(KEPT);
        }
    }

    /** The mark of an indexed value: no session, and never purged. */
    static final class Mark extends Content {
        final IndexMark mark;

        Mark(IndexMark mark) {
            this.mark = mark;
        }

        @Override
        @Nullable
        Instant purgeAfter() {
            return null;
        }
    }
}
