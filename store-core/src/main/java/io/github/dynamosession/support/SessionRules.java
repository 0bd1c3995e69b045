// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.support;

import io.github.dynamosession.spi.CreateOutcome;
import io.github.dynamosession.spi.CustomValue;
import io.github.dynamosession.spi.DeleteByOutcome;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.LockOutcome;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionDelta.Condition;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.Token;
import io.github.dynamosession.spi.UpdateOutcome;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The clauses of {@link io.github.dynamosession.spi.SessionStore} as functions of what is stored, what is asked for and
 * the time. They do no I/O: each answers the question, or says which write would.
 */
final class SessionRules {
    /**
     * How long a put that was sent twice may arrive late: a key is not freed sooner after it was taken, or the late put
     * would bring an ended session back.
     */
    static final Duration LATE_PUT = Duration.ofSeconds(60);

    private SessionRules() {}

    /** What follows from a row. */
    sealed interface Decision<O> {
        /**
         * Nothing is written.
         *
         * @param outcome the operation's outcome
         */
        record Answer<O>(O outcome) implements Decision<O> {}

        /**
         * The row is replaced.
         *
         * @param next the content to replace it with
         * @param applied the outcome once it is replaced
         */
        record Replace<O>(Content next, O applied) implements Decision<O> {}

        /**
         * The row is removed.
         *
         * @param applied the outcome once it is removed
         */
        record Remove<O>(O applied) implements Decision<O> {}

        /**
         * The session has another key, and the operation follows it there.
         *
         * @param target the other key
         * @param uid the session that may be met there
         */
        record Follow<O>(SessionKey target, Token uid) implements Decision<O> {}

        /** Whether an earlier attempt was applied cannot be told, and to apply it again would do harm. */
        record Unknown<O>() implements Decision<O> {}
    }

    /** C10 to C13. */
    static FindOutcome find(@Nullable Content stored, Instant now) {
        if (stored instanceof Content.Live live && !live.session.isExpiredAt(now)) {
            return new FindOutcome.Found(live.session);
        }
        return stored instanceof Content.Redirect redirect
                ? new FindOutcome.Moved(redirect.movedAt, redirect.reason)
                : new FindOutcome.Absent();
    }

    /** C20, C21: what a creation means that found its key taken. */
    static CreateOutcome createOver(Content stored, StoredSession session) {
        return stored instanceof Content.Live live && live.session.uid().equals(session.uid())
                ? new CreateOutcome.Written(live.session.version())
                : new CreateOutcome.Exists();
    }

    /**
     * C30 to C39, C53, C54.
     *
     * @param followed the session that a redirect led to; null: the key is the one that was asked for
     */
    static Decision<UpdateOutcome> update(
            @Nullable Content stored, SessionDelta delta, @Nullable Token followed, Instant now) {
        if (stored instanceof Content.Redirect redirect && isMeant(redirect.uid, followed)) {
            if (delta.changesData() && delta.write().equals(redirect.lastWrite)) {
                return new Decision.Answer<>(new UpdateOutcome.Written(redirect.version, true));
            }
            boolean follows = redirect.reason.writesFollow() && !redirect.isStale(now);
            boolean harmless = follows
                    && delta.condition() instanceof Condition.None
                    && delta.lockOwner().isEmpty();
            if (mayBeHidden(delta, redirect.version) && !harmless) {
                return new Decision.Unknown<>();
            }
            return follows
                    ? new Decision.Follow<>(redirect.target, redirect.uid)
                    : new Decision.Answer<>(new UpdateOutcome.Moved());
        }
        if (!(stored instanceof Content.Live live) || !isMeant(live.session.uid(), followed)) {
            return new Decision.Answer<>(new UpdateOutcome.Gone());
        }
        if (delta.changesData() && delta.write().equals(live.lastWrite)) {
            return new Decision.Answer<>(new UpdateOutcome.Written(live.session.version(), followed != null));
        }
        if (delta.changesData() ? live.isBeyondGrace(now) : live.session.isExpiredAt(now)) {
            return new Decision.Answer<>(new UpdateOutcome.Gone());
        }
        Token owner = delta.lockOwner().orElse(null);
        if (!live.isFor(owner)) {
            return mayBeHidden(delta, live.session.version())
                    ? new Decision.Unknown<>()
                    : new Decision.Answer<>(new UpdateOutcome.LockLost());
        }
        // Applied, it would have released the lock.
        if (owner == null
                && mayBeHidden(delta, live.session.version())
                && !(delta.condition() instanceof Condition.None)) {
            return new Decision.Unknown<>();
        }
        if (!holds(delta.condition(), live.session)) {
            return new Decision.Answer<>(new UpdateOutcome.Conflict(live.session));
        }
        StoredSession changed = applied(live.session, delta, delta.changesData() && followed == null);
        Token lastWrite = delta.changesData() ? delta.write() : live.lastWrite;
        return new Decision.Replace<>(
                new Content.Live(changed, lastWrite, live.keyedAt, null, owner == null ? live.lock : null),
                new UpdateOutcome.Written(changed.version(), followed != null));
    }

    /** C100 to C103. */
    static Decision<LockOutcome> lock(@Nullable Content stored, Token owner, Duration lease, Instant now) {
        FindOutcome found = find(stored, now);
        if (!(stored instanceof Content.Live live) || !(found instanceof FindOutcome.Found)) {
            return new Decision.Answer<>(new LockOutcome.NotFound(found));
        }
        if (live.lock != null && !live.isLockedBy(owner) && now.isBefore(live.lock.until())) {
            return new Decision.Answer<>(new LockOutcome.Held(live.lock.until()));
        }
        return new Decision.Replace<>(
                live.locked(new Content.Lock(owner, now.plus(lease))), new LockOutcome.Locked(live.session));
    }

    /** C104. */
    static Decision<Boolean> unlock(@Nullable Content stored, Token owner) {
        return stored instanceof Content.Live live && live.isLockedBy(owner)
                ? new Decision.Replace<>(live.locked(null), true)
                : new Decision.Answer<>(false);
    }

    /**
     * C50, C51.
     *
     * @param deletion a token of this deletion alone
     */
    static Decision<DeleteOutcome> delete(
            @Nullable Content stored, Token deletion, @Nullable Token followed, Instant now) {
        if (stored instanceof Content.Redirect redirect && isMeant(redirect.uid, followed)) {
            return redirect.reason.endFollows() && !redirect.isStale(now)
                    ? new Decision.Follow<>(redirect.target, redirect.uid)
                    : new Decision.Answer<>(DeleteOutcome.MOVED);
        }
        if (!(stored instanceof Content.Live live) || !isMeant(live.session.uid(), followed)) {
            return new Decision.Answer<>(DeleteOutcome.ABSENT);
        }
        DeleteOutcome outcome = live.session.isExpiredAt(now) ? DeleteOutcome.ABSENT : DeleteOutcome.DELETED;
        return ended(live, deletion, outcome, now);
    }

    /**
     * Whom an end by index means.
     *
     * @param values what the attribute may be
     * @param spared whom to leave alone; null: nobody
     * @param deletion a token of this deletion alone
     */
    record Indexed(
            String attribute,
            Set<CustomValue> values,
            @Nullable Token spared,
            Token deletion) {
        boolean means(StoredSession session) {
            CustomValue value = session.custom().get(attribute);
            return value != null && values.contains(value) && !session.uid().equals(spared);
        }
    }

    /**
     * C73 to C75. A redirect is followed whatever its reason and however old it is.
     *
     * @param key where {@code stored} is
     */
    static Decision<DeleteByOutcome> deleteBy(
            SessionKey key, @Nullable Content stored, Indexed by, @Nullable Token followed, Instant now) {
        if (stored instanceof Content.Redirect redirect
                && isMeant(redirect.uid, followed)
                && !redirect.uid.equals(by.spared())) {
            return new Decision.Follow<>(redirect.target, redirect.uid);
        }
        if (!(stored instanceof Content.Live live)
                || !isMeant(live.session.uid(), followed)
                || !by.means(live.session)) {
            return new Decision.Answer<>(new DeleteByOutcome.Skipped());
        }
        DeleteByOutcome outcome = live.session.isExpiredAt(now)
                ? new DeleteByOutcome.Skipped()
                : new DeleteByOutcome.Deleted(key, live.session);
        return ended(live, by.deletion(), outcome, now);
    }

    /** A key that was taken a moment ago is not freed. */
    private static <O> Decision<O> ended(Content.Live live, Token deletion, O outcome, Instant now) {
        return now.isBefore(live.keyedAt.plus(LATE_PUT))
                ? new Decision.Replace<>(new Content.Ended(live.session.uid(), deletion, now), outcome)
                : new Decision.Remove<>(outcome);
    }

    /** C40, C36, C53: the session as it lies under its new key. */
    static Content.Live copy(Content.Live live, SessionKey from, SessionDelta delta, Instant now) {
        StoredSession moved = applied(live.session, delta, true);
        Token lastWrite = delta.changesData() ? delta.write() : live.lastWrite;
        return new Content.Live(moved, lastWrite, now, new Content.Origin(from, delta.write()));
    }

    /** The trace that an id change leaves under the old key. */
    static Content.Redirect redirect(
            Content.Live live, SessionKey to, SessionDelta delta, KeyChangeReason reason, Instant now) {
        StoredSession session = live.session;
        return new Content.Redirect(
                to,
                session.uid(),
                reason,
                delta.write(),
                session.version(),
                live.lastWrite,
                now,
                applied(session, delta, true).expiresAt().orElse(null));
    }

    /** C32: whether an earlier attempt may be behind a version that another write has made. */
    private static boolean mayBeHidden(SessionDelta delta, long version) {
        if (!delta.earlierAttemptMayHaveApplied() || !delta.changesData()) {
            return false;
        }
        OptionalLong floor = delta.condition() instanceof Condition.VersionIs is
                ? OptionalLong.of(is.version())
                : delta.seenVersion();
        return floor.isEmpty() || version > floor.getAsLong() + 1;
    }

    /** C33, C34. */
    static boolean holds(Condition condition, StoredSession session) {
        if (condition instanceof Condition.VersionIs is) {
            return session.version() == is.version();
        }
        if (condition instanceof Condition.AttributesUnchanged unchanged) {
            Map<String, ?> stored = session.attributes();
            return unchanged.expected().entrySet().stream()
                    .allMatch(expected -> Optional.<Object>ofNullable(stored.get(expected.getKey()))
                            .equals(expected.getValue()));
        }
        return true;
    }

    /** C63: whether a session is stored as a sweep saw it. */
    static boolean isAsSeen(StoredSession stored, StoredSession seen) {
        return stored.uid().equals(seen.uid())
                && stored.version() == seen.version()
                && stored.accessedAt().equals(seen.accessedAt())
                && stored.expiresAt().equals(seen.expiresAt());
    }

    /** Whether a write was applied whose answer was lost. */
    enum Applied {
        /** It was. */
        YES,

        /** It was not, or its repetition does no harm. */
        NO,

        /** Others have written since, and nothing tells. */
        UNKNOWN
    }

    /**
     * Looks for the traces of a write that was sent on condition of {@code seen}.
     *
     * @param now what is stored under the key, read after the write was given up; null: nothing
     * @param next what the write would have stored; null: it would have removed the row
     */
    static Applied recognise(@Nullable Row now, Row seen, @Nullable Row next) {
        if (next != null && next.isSameWrite(now)) {
            return Applied.YES;
        }
        if (seen.isSameWrite(now)) {
            return Applied.NO;
        }
        if (!(next != null && next.content() instanceof Content.Live written)) {
            return recogniseEnd(now, seen, next);
        }
        long versionSeen = ((Content.Live) seen.content()).session.version();
        if (written.session.version() == versionSeen) {
            return Applied.NO;
        }
        Content present = now == null ? null : now.content();
        if (present instanceof Content.Live live && live.session.uid().equals(written.session.uid())) {
            return recognise(live.session.version(), live.lastWrite, versionSeen, written.lastWrite);
        }
        if (present instanceof Content.Redirect redirect && redirect.uid.equals(written.session.uid())) {
            return recognise(redirect.version, redirect.lastWrite, versionSeen, written.lastWrite);
        }
        return Applied.NO;
    }

    /** A session that is still there was not ended, and a tombstone is never replaced. */
    private static Applied recogniseEnd(@Nullable Row now, Row seen, @Nullable Row tombstone) {
        Token ended = ((Content.Live) seen.content()).session.uid();
        Content present = now == null ? null : now.content();
        boolean there =
                present instanceof Content.Live live && live.session.uid().equals(ended)
                        || present instanceof Content.Redirect redirect && redirect.uid.equals(ended)
                        || present instanceof Content.Ended && tombstone != null;
        return there ? Applied.NO : Applied.UNKNOWN;
    }

    /** One step of the version has one author, whose token is stored; of two steps the first has left no trace. */
    private static Applied recognise(
            long version, @Nullable Token lastWrite, long versionSeen, @Nullable Token written) {
        if (Objects.equals(lastWrite, written)) {
            return Applied.YES;
        }
        return version <= versionSeen + 1 ? Applied.NO : Applied.UNKNOWN;
    }

    private static boolean isMeant(Token uid, @Nullable Token followed) {
        return followed == null || followed.equals(uid);
    }

    /** C30, C35, C36. */
    private static StoredSession applied(StoredSession session, SessionDelta delta, boolean takesKeyBinding) {
        StoredSession.Builder changed = session.toBuilder().apply(delta);
        if (!takesKeyBinding) {
            changed.keyBinding(session.keyBinding().orElse(null));
        }
        return changed.build();
    }
}
