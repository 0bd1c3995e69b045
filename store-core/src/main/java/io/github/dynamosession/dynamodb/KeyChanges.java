// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import io.github.dynamosession.dynamodb.Requests.Reply;
import io.github.dynamosession.spi.ChangeKeyOutcome;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.StoredSession;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;

/**
 * The operation {@code changeKey}, without a transaction: the row is copied under the new key, which nobody knows yet;
 * then a redirect replaces the old row on condition that it is still what was copied. That second put, the flip, is the
 * instant at which the session moves, and of any number of racers exactly one flips.
 *
 * <p>If the session changed between the two, the flip's refusal brings the row that is there: the copy is rewritten and
 * the flip sent again. The copy is removed if the session did not move, but only on proof that no flip of this change can
 * apply any more. A repetition is recognised by the change's token, in the copy and in the redirect.
 */
final class KeyChanges {
    /** How often the flip is sent while others change the same session. */
    private static final int MAX_ATTEMPTS = 10;

    private final Requests requests;
    private final Expressions expressions;
    private final Items items;
    private final Parts parts;

    KeyChanges(Requests requests, Expressions expressions, Parts parts) {
        this.requests = requests;
        this.expressions = expressions;
        this.items = requests.items();
        this.parts = parts;
    }

    CompletionStage<ChangeKeyOutcome> changeKey(
            SessionKey from,
            SessionKey to,
            StoredSession seen,
            SessionDelta delta,
            KeyChangeReason reason,
            Meter meter) {
        Items.requireFits(delta);
        Change change = new Change(from, to, delta, reason, meter);
        // A repetition reads first: put again after the session has moved and ended, the copy would bring it back.
        return !delta.earlierAttemptMayHaveApplied() && seen.backing() instanceof Row row && isUsable(row, from, delta)
                ? change.put(row)
                : change.look();
    }

    /**
     * Whether what the caller saw can be tried without reading again. It decides nothing: where it is
     * out of date the flip is refused, which brings the row that is there.
     */
    private boolean isUsable(Row row, SessionKey from, SessionDelta delta) {
        return row.names().equals(items.names())
                && row.isAt(from)
                && row.isSession()
                && row.isFor(delta.lockOwner().orElse(null))
                && Items.holds(row, delta.condition());
    }

    /** One id change. Its requests follow each other, so nothing here is shared. */
    private final class Change {
        private final SessionKey from;
        private final SessionKey to;
        private final SessionDelta delta;
        private final KeyChangeReason reason;
        private final Meter meter;

        /** The copy as this change last wrote or found it; null: none is known. */
        private @Nullable Row copy;

        /** The row that the copy was made from; null: an earlier call made it, from a row that is not known. */
        private @Nullable Row source;

        /** The redirect of the last flip that was sent; null: none was. */
        private @Nullable Map<String, AttributeValue> sent;

        /** Until when the parts are kept that the delta points to; null: it points to none. */
        private @Nullable Long partsUntil;

        /** Whether this call found the new key free. */
        private boolean keyWasFree;

        private boolean keyWasTaken;
        private int attempts;

        /** Whether a flip may still arrive, of this call or of an earlier one. */
        private boolean mayArrive;

        Change(SessionKey from, SessionKey to, SessionDelta delta, KeyChangeReason reason, Meter meter) {
            this.from = from;
            this.to = to;
            this.delta = delta;
            this.reason = reason;
            this.meter = meter;
            this.mayArrive = delta.earlierAttemptMayHaveApplied();
            this.partsUntil = Parts.until(delta.set());
        }

        /** Reads the old key and goes on from there. */
        CompletionStage<ChangeKeyOutcome> look() {
            attempts++;
            if (attempts > MAX_ATTEMPTS) {
                return gaveWay();
            }
            return Requests.then(requests.get(from, true, meter), row -> judged(row.orElse(null)), this::failed);
        }

        private CompletionStage<ChangeKeyOutcome> judged(@Nullable Row row) {
            if (row == null) {
                return instead(new ChangeKeyOutcome.Gone());
            }
            if (row.isRedirect()) {
                row.requireKnownFormat();
                boolean ours = row.has(ItemAttribute.CHANGE, delta.write())
                        && row.target().equals(to);
                return ours ? flippedBefore(row) : instead(new ChangeKeyOutcome.Moved());
            }
            if (!row.isSession()) {
                return instead(new ChangeKeyOutcome.Gone());
            }
            row.requireKnownFormat();
            if (row.isExpiredAt(requests.now())) {
                // A flip that arrives only now has the condition of its own time.
                return mayArrive ? unknown() : instead(new ChangeKeyOutcome.Gone());
            }
            if (!row.isFor(delta.lockOwner().orElse(null))) {
                return instead(new ChangeKeyOutcome.LockLost());
            }
            if (!Items.holds(row, delta.condition())) {
                return instead(new ChangeKeyOutcome.Conflict(items.read(row)));
            }
            if (copy == null) {
                return put(row);
            }
            return source != null && row.isAsIn(source) ? flip(row, copy) : rewrite(row, copy);
        }

        CompletionStage<ChangeKeyOutcome> put(Row seen) {
            return kept(seen, this::putCopy);
        }

        /** Makes parts be kept as long as the session will live once it has moved. */
        private CompletionStage<ChangeKeyOutcome> kept(Row row, Function<Row, CompletionStage<ChangeKeyOutcome>> then) {
            long end = Parts.end(row, delta, Items.records(row, delta));
            if (!Parts.areShort(row, partsUntil, end)) {
                return then.apply(row);
            }
            long until = Parts.beyond(end);
            return Requests.then(
                    parts.extend(from, row, delta, until, meter),
                    extended -> {
                        partsUntil = partsUntil == null ? null : Long.valueOf(until);
                        return then.apply(extended);
                    },
                    this::failed);
        }

        private CompletionStage<ChangeKeyOutcome> putCopy(Row row) {
            Row next = new Row(items.copy(row, from, to, delta, partsUntil, requests.now()), items.names());
            return Requests.then(
                    requests.prepare(to, next.item(), expressions.create(), meter),
                    reply -> {
                        if (!(reply instanceof Reply.Refused<?> refused)) {
                            keyWasFree = true;
                            return copied(row, next);
                        }
                        Row present = refused.row();
                        if (present != null && present.item().equals(next.item())) {
                            return copied(row, next);
                        }
                        if (present != null && !adopts(present)) {
                            if (keyWasTaken) {
                                return Requests.failed(new SessionStoreException(
                                        "the new key of a session is taken", null, mayArrive));
                            }
                            keyWasTaken = true;
                        }
                        // An earlier attempt's copy, or what became of it: the old key tells.
                        return look();
                    },
                    this::failed);
        }

        private CompletionStage<ChangeKeyOutcome> rewrite(Row seen, Row former) {
            return kept(seen, row -> rewriteCopy(row, former));
        }

        private CompletionStage<ChangeKeyOutcome> rewriteCopy(Row row, Row former) {
            Row next = new Row(items.copy(row, from, to, delta, partsUntil, requests.now()), items.names());
            return Requests.then(
                    requests.prepare(to, next.item(), expressions.unused(former), meter),
                    reply -> {
                        if (!(reply instanceof Reply.Refused<?> refused)) {
                            return copied(row, next);
                        }
                        Row present = refused.row();
                        if (present != null) {
                            adopts(present);
                        }
                        // Somebody uses it, so that a flip has been applied; or it was written although the reply was
                        // lost.
                        return look();
                    },
                    this::failed);
        }

        /** Takes the row under the new key for the copy of this change, if it is. */
        private boolean adopts(Row present) {
            boolean ours = present.isSession()
                    && present.has(ItemAttribute.CHANGE, delta.write())
                    && from.equals(present.movedFrom());
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

        private CompletionStage<ChangeKeyOutcome> flip(Row row, Row made) {
            Instant now = requests.now();
            Map<String, AttributeValue> redirect = items.redirect(row, from, made, delta.write(), reason, now);
            sent = redirect;
            return Requests.then(
                    requests.put(
                            from,
                            redirect,
                            expressions.flip(row, delta.lockOwner().orElse(null), now),
                            meter),
                    reply -> {
                        if (!(reply instanceof Reply.Refused<?> refused)) {
                            return parts.without(
                                    row.uid(), () -> Parts.replaced(row.data(), delta), confirmed(made), meter);
                        }
                        mayArrive |= refused.hidden();
                        attempts++;
                        return attempts >= MAX_ATTEMPTS ? lastJudged(refused.row()) : judgedLater(refused.row());
                    },
                    this::failed);
        }

        /** Gives those time that change the session all the while. */
        private CompletionStage<ChangeKeyOutcome> judgedLater(@Nullable Row row) {
            return row != null && row.isSession()
                    ? Requests.then(requests.pause(attempts - 1), ended -> judged(row), this::failed)
                    : judged(row);
        }

        private CompletionStage<ChangeKeyOutcome> lastJudged(@Nullable Row row) {
            return row != null && row.isSession() ? gaveWay() : judged(row);
        }

        private CompletionStage<ChangeKeyOutcome> gaveWay() {
            SessionStoreException failure = new SessionStoreException(
                    "the " + meter.operation() + " gave way to others that changed the same session, too often",
                    null,
                    mayArrive);
            return mayArrive ? Requests.failed(failure) : cleanedUp(() -> Requests.failed(failure));
        }

        /**
         * The session moved: the reply was lost, or an earlier call did it. Answers with what has become of it (C42).
         */
        private CompletionStage<ChangeKeyOutcome> flippedBefore(Row redirect) {
            boolean moved = mayArrive && redirect.item().equals(sent);
            if (keyWasFree && !moved) {
                // The copy of the call that moved it had gone before this one put its own: the session has ended.
                return cleanedUp(() -> Requests.done(new ChangeKeyOutcome.Gone()));
            }
            mayArrive = true;
            return Requests.then(
                    requests.get(to, true, meter),
                    found -> {
                        Row row = found.orElse(null);
                        if (row == null || !(row.isSession() || row.isRedirect())) {
                            return Requests.done(new ChangeKeyOutcome.Gone());
                        }
                        row.requireKnownFormat();
                        if (row.isRedirect()) {
                            return Requests.done(new ChangeKeyOutcome.Moved());
                        }
                        boolean there = row.has(ItemAttribute.UID, redirect.uid()) && !row.isExpiredAt(requests.now());
                        return there ? confirmed(row) : Requests.done(new ChangeKeyOutcome.Gone());
                    },
                    this::failed);
        }

        /** A session without an end has nothing to be removed by: what TTL would remove a lost copy by is taken off. */
        private CompletionStage<ChangeKeyOutcome> confirmed(Row row) {
            if (!row.awaitsConfirmation()) {
                return Requests.done(new ChangeKeyOutcome.Changed(items.read(row)));
            }
            mayArrive = true;
            Row confirmed = new Row(items.confirmed(row), items.names());
            return Requests.then(
                    requests.update(to, expressions.confirm(row), ReturnValue.NONE, meter),
                    // Refused: a later write has done it.
                    reply -> Requests.done(new ChangeKeyOutcome.Changed(items.read(confirmed))),
                    this::failed);
        }

        /** The session did not move, and no flip that may still arrive can be applied to what is there. */
        private CompletionStage<ChangeKeyOutcome> instead(ChangeKeyOutcome outcome) {
            return cleanedUp(() -> Requests.done(outcome));
        }

        /** Removes the copy, which nobody knows. What is left if that fails is removed by TTL: no redirect leads there. */
        private CompletionStage<ChangeKeyOutcome> cleanedUp(Supplier<CompletionStage<ChangeKeyOutcome>> then) {
            Row unused = copy;
            return unused == null
                    ? then.get()
                    : Requests.then(
                            requests.sweep(to, expressions.unused(unused), meter),
                            reply -> then.get(),
                            failure -> then.get());
        }

        private CompletionStage<ChangeKeyOutcome> unknown() {
            return Requests.failed(new SessionStoreException(
                    "a reply to the " + meter.operation() + " was lost, and whether it was applied cannot be told",
                    null,
                    true));
        }

        private CompletionStage<ChangeKeyOutcome> failed(Throwable failure) {
            return Requests.failed(requests.errors().translate(failure, meter.operation(), true, mayArrive));
        }
    }
}
