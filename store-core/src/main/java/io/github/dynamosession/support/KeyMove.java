// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.support;

import io.github.dynamosession.spi.ChangeKeyOutcome;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.Token;
import java.time.Clock;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * An id change without a transaction: the session is copied under the new key, which nobody knows yet; then the old row
 * is replaced by a redirect on condition that it is still what was copied. The second write, the flip, is the instant at
 * which the session moves, and of any number of racers exactly one flips.
 *
 * <p>If the session changed between the two, the copy is rewritten and the flip sent again. If somebody else moved or
 * ended the session, the copy is removed, but only on proof that no flip of this change can apply any more: each was
 * sent on condition of a stamp, and the old row has another one.
 */
final class KeyMove {
    private final RowCalls calls;
    private final Clock clock;
    private final SessionKey from;
    private final SessionKey to;
    private final SessionDelta delta;
    private final KeyChangeReason reason;

    /** The stamps on which flips were sent. */
    private final Set<Token> flippedOn = new HashSet<>();

    /** The copy as this change last wrote or found it; null: there is none yet. */
    private @Nullable Row copy;

    /** The row that the copy was made from; null: another attempt made it, from a row that is not known. */
    private @Nullable Row source;

    private int attempts;

    KeyMove(RowCalls calls, Clock clock, SessionKey from, SessionKey to, SessionDelta delta, KeyChangeReason reason) {
        this.calls = calls;
        this.clock = clock;
        this.from = from;
        this.to = to;
        this.delta = delta;
        this.reason = reason;
    }

    CompletionStage<ChangeKeyOutcome> run() {
        attempts++;
        if (attempts > RowChange.MAX_ATTEMPTS) {
            return failed(calls.gaveWay());
        }
        return calls.get(from).thenCompose(found -> judged(found.orElse(null)));
    }

    private CompletionStage<ChangeKeyOutcome> judged(@Nullable Row row) {
        Content content = row == null ? null : row.content();
        if (content instanceof Content.Redirect redirect) {
            boolean ours = redirect.change.equals(delta.write()) && redirect.target.equals(to);
            return ours ? flippedBefore(redirect) : instead(row, new ChangeKeyOutcome.Moved());
        }
        Instant now = clock.instant();
        if (row == null || !(content instanceof Content.Live live) || live.session.isExpiredAt(now)) {
            return instead(row, new ChangeKeyOutcome.Gone());
        }
        if (!live.isFor(delta.lockOwner().orElse(null))) {
            return instead(row, new ChangeKeyOutcome.LockLost());
        }
        if (!SessionRules.holds(delta.condition(), live.session)) {
            return instead(row, new ChangeKeyOutcome.Conflict(live.session));
        }
        Content.Live moved = SessionRules.copy(live, from, delta, now);
        if (copy == null) {
            return put(row, Row.of(to, moved));
        }
        return row.isSameWrite(source) ? flip(row, copy) : rewrite(row, copy, Row.of(to, moved));
    }

    private CompletionStage<ChangeKeyOutcome> put(Row row, Row fresh) {
        return calls.putIfAbsent(fresh).thenCompose(result -> {
            if (result == RowCalls.Write.APPLIED) {
                return copied(row, fresh);
            }
            return calls.get(to).thenCompose(found -> {
                Row present = found.orElse(null);
                if (present == null) {
                    return run();
                }
                if (present.isSameWrite(fresh)) {
                    calls.resolved();
                    return copied(row, fresh);
                }
                return adopts(present) ? run() : failed(calls.keyIsTaken());
            });
        });
    }

    /**
     * Takes the row under the new key for the copy of this change, if it is: an earlier attempt made it, from what the
     * old key held then, or a write of this one arrived late.
     */
    private boolean adopts(Row present) {
        boolean ours = present.content() instanceof Content.Live live
                && new Content.Origin(from, delta.write()).equals(live.origin);
        if (ours) {
            copy = present;
            source = null;
        }
        return ours;
    }

    private CompletionStage<ChangeKeyOutcome> copied(Row row, Row written) {
        copy = written;
        source = row;
        return flip(row, written);
    }

    private CompletionStage<ChangeKeyOutcome> rewrite(Row row, Row former, Row next) {
        return calls.replace(former, next).thenCompose(result -> {
            if (result == RowCalls.Write.APPLIED) {
                return copied(row, next);
            }
            return calls.get(to).thenCompose(found -> {
                Row present = found.orElse(null);
                if (present != null && present.isSameWrite(next)) {
                    return copied(row, next);
                }
                if (present != null && !present.isSameWrite(former)) {
                    // If it is not ours, somebody uses it, so that a flip has been applied: look there.
                    adopts(present);
                }
                return run();
            });
        });
    }

    private CompletionStage<ChangeKeyOutcome> flip(Row row, Row made) {
        Content.Live live = (Content.Live) row.content();
        Instant now = clock.instant();
        Content trace = SessionRules.redirect(live, to, delta, reason, now);
        Row redirect = calls.confirmsMoves()
                ? new Row(from, Token.random(), trace, now.plus(SessionStore.FOLLOW_WINDOW))
                : Row.of(from, trace);
        flippedOn.add(row.stamp());
        return calls.replace(row, redirect)
                .thenCompose(result -> result == RowCalls.Write.APPLIED
                        ? confirmed(made)
                        // The old key tells: it has our redirect if the reply was lost, or what others made of it.
                        : run());
    }

    /** The session moved, and the reply was lost or another attempt of this change did it: what became of it (C42). */
    private CompletionStage<ChangeKeyOutcome> flippedBefore(Content.Redirect redirect) {
        calls.happened();
        return calls.get(to).thenCompose(found -> {
            Row row = found.orElse(null);
            Content content = row == null ? null : row.content();
            if (row != null
                    && content instanceof Content.Live live
                    && live.session.uid().equals(redirect.uid)
                    && !live.session.isExpiredAt(clock.instant())) {
                return confirmed(row);
            }
            return done(
                    content instanceof Content.Redirect ? new ChangeKeyOutcome.Moved() : new ChangeKeyOutcome.Gone());
        });
    }

    /** A session without an end has none to be purged by: the mark of a copy in flight, which has, is taken off. */
    private CompletionStage<ChangeKeyOutcome> confirmed(Row row) {
        Content.Live live = (Content.Live) row.content();
        ChangeKeyOutcome changed = new ChangeKeyOutcome.Changed(live.session);
        boolean confirms = calls.confirmsMoves() || live.session.expiresAt().isEmpty();
        if (live.origin == null || !confirms) {
            return done(changed);
        }
        return calls.replace(row, Row.of(to, live.confirmed()))
                .thenCompose(
                        result -> result == RowCalls.Write.UNKNOWN ? failed(calls.outcomeUnknown()) : done(changed));
    }

    /** Removes the copy, which nobody knows, before it tells that the session did not move. */
    private CompletionStage<ChangeKeyOutcome> instead(@Nullable Row row, ChangeKeyOutcome outcome) {
        if (row != null && flippedOn.contains(row.stamp())) {
            // The flip that was sent on this row may still arrive.
            return failed(calls.outcomeUnknown());
        }
        calls.resolved();
        if (copy == null) {
            return done(outcome);
        }
        // What is left if this fails is purged: no redirect leads there.
        return calls.remove(copy).handle((removed, failure) -> outcome);
    }

    private static <T> CompletionStage<T> done(T outcome) {
        return CompletableFuture.completedFuture(outcome);
    }

    private static <T> CompletionStage<T> failed(SessionStoreException failure) {
        return CompletableFuture.failedFuture(failure);
    }
}
