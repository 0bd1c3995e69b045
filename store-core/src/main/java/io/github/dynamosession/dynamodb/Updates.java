// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import io.github.dynamosession.dynamodb.Expressions.PartsKept;
import io.github.dynamosession.dynamodb.Requests.Reply;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionDelta.Condition;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.Token;
import io.github.dynamosession.spi.UpdateOutcome;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemResponse;

/**
 * The operation {@code update}: one {@code UpdateItem}. Only where its condition does not hold, the row
 * that was there decides what that means, without another read.
 */
final class Updates {
    /** How often a delta is applied anew to a row that others change all the time. */
    private static final int MAX_ATTEMPTS = 10;

    /**
     * How many requests of a delta with a condition on attributes are bound to one version. More would let
     * those who write other attributes of a busy session keep it waiting.
     */
    private static final int MAX_BOUND = 3;

    private final Requests requests;
    private final Expressions expressions;
    private final Items items;
    private final Parts parts;

    Updates(Requests requests, Expressions expressions, Parts parts) {
        this.requests = requests;
        this.expressions = expressions;
        this.items = requests.items();
        this.parts = parts;
    }

    /**
     * Where an update stands.
     *
     * @param key where the session is, after the rotations followed so far
     * @param attempts how many requests were refused
     * @param hops how many rotations were followed
     * @param followed the session that the rotations belong to; null as long as none was followed
     * @param hidden whether an earlier request may have been applied, and changed by others since
     * @param floor a version that the session had before the first request that may have been applied;
     *     null: not known
     * @param bound the only version that the last request could be applied to; null: any
     * @param kept until when the parts are kept that the delta points to
     */
    private record Progress(
            SessionKey key,
            int attempts,
            int hops,
            @Nullable Token followed,
            boolean hidden,
            @Nullable Long floor,
            @Nullable Long bound,
            PartsKept kept) {
        Progress bind(@Nullable Long version) {
            return new Progress(key, attempts, hops, followed, hidden, floor, version, kept);
        }

        Progress refused(boolean nowHidden) {
            return new Progress(key, attempts + 1, hops, followed, hidden || nowHidden, floor, bound, kept);
        }

        /** None of the requests so far is applied, and none will be: what is stored now is the new floor. */
        Progress notApplied(Row row) {
            return new Progress(key, attempts, hops, followed, false, row.number(ItemAttribute.VERSION), null, kept);
        }

        Progress follow(Row redirect) {
            return new Progress(redirect.target(), attempts, hops + 1, redirect.uid(), hidden, floor, null, kept);
        }

        Progress keep(PartsKept nowKept) {
            return new Progress(key, attempts, hops, followed, hidden, floor, bound, nowKept);
        }

        boolean hasFollowed() {
            return followed != null;
        }

        boolean concerns(Row row) {
            return followed == null || row.has(ItemAttribute.UID, followed);
        }

        /**
         * Whether no request was applied before a row that another write made, or left: each write makes
         * one step from a version not below the floor, so that behind it there is one step at least.
         */
        boolean precludes(Row row) {
            Long version = row.number(ItemAttribute.VERSION);
            return floor != null && version != null && version >= floor && version <= floor + 1;
        }
    }

    /** What the row that is there means for a delta. */
    private sealed interface Verdict {
        record Ended(UpdateOutcome outcome) implements Verdict {}

        record Follow(Progress progress, Row redirect) implements Verdict {}

        /** The delta can be applied; {@code withAccess}: its access, too. */
        record Apply(Progress progress, Row row, boolean withAccess) implements Verdict {}
    }

    CompletionStage<UpdateOutcome> update(SessionKey key, SessionDelta delta, Meter meter) {
        Items.requireFits(delta);
        Long floor = null;
        if (delta.condition() instanceof Condition.VersionIs wanted) {
            floor = wanted.version();
        } else if (delta.seenVersion().isPresent()) {
            floor = delta.seenVersion().getAsLong();
        }
        // Requests of an earlier call were bound to the versions from the floor on: once it has grown they are refused.
        PartsKept kept = PartsKept.of(delta);
        return start(
                new Progress(key, 0, 0, null, delta.earlierAttemptMayHaveApplied(), floor, floor, kept), delta, meter);
    }

    private CompletionStage<UpdateOutcome> start(Progress progress, SessionDelta delta, Meter meter) {
        boolean withAccess = delta.access().isPresent();
        if ((delta.changesData() || withAccess || delta.lockOwner().isPresent())
                && Expressions.canExpress(delta)
                && !endsAfter(progress.kept(), delta)) {
            return send(progress, delta, withAccess, false, meter);
        }
        return Requests.then(
                requests.get(progress.key(), true, meter),
                row -> judged(row.orElse(null), progress, delta, meter, apply -> rewrite(delta, apply, meter)),
                failure -> Requests.failed(
                        requests.errors().translate(failure, meter.operation(), false, progress.hidden())));
    }

    private CompletionStage<UpdateOutcome> send(
            Progress progress, SessionDelta delta, boolean withAccess, boolean confirming, Meter meter) {
        Progress bound = progress.bind(bound(progress, delta));
        return Requests.then(
                requests.update(
                        progress.key(),
                        expressions.update(
                                progress.followed(),
                                delta,
                                bound.bound(),
                                withAccess,
                                confirming,
                                progress.kept(),
                                requests.now()),
                        returned(bound, delta),
                        meter),
                reply -> {
                    if (reply instanceof Reply.Refused<UpdateItemResponse> refused) {
                        return judged(
                                refused.row(),
                                bound.refused(refused.hidden()),
                                delta,
                                meter,
                                apply -> send(
                                        apply.progress(),
                                        delta,
                                        apply.withAccess(),
                                        apply.row().awaitsConfirmation(),
                                        meter));
                    }
                    UpdateItemResponse response = ((Reply.Done<UpdateItemResponse>) reply).response();
                    return replaced(response, delta, written(bound, version(response, bound, delta)), meter);
                },
                failure -> failed(failure, progress, meter));
    }

    private ReturnValue returned(Progress bound, SessionDelta delta) {
        if (parts.areDeleted() && delta.changesData()) {
            return ReturnValue.UPDATED_OLD;
        }
        return bound.bound() == null ? ReturnValue.UPDATED_NEW : ReturnValue.NONE;
    }

    /** What the row pointed to at the instant of the write is not needed any more; what was read earlier proves nothing. */
    private CompletionStage<UpdateOutcome> replaced(
            UpdateItemResponse response, SessionDelta delta, CompletionStage<UpdateOutcome> outcome, Meter meter) {
        return parts.without(
                null,
                () -> {
                    AttributeValue former = new Row(response.attributes(), items.names()).get(ItemAttribute.DATA);
                    return former == null || !former.hasM() ? List.of() : Parts.replaced(former.m(), delta);
                },
                outcome,
                meter);
    }

    /** Whether the session would end later than a part is kept that the delta points to. */
    private static boolean endsAfter(PartsKept kept, SessionDelta delta) {
        Long until = kept.until();
        return until != null
                && delta.access()
                        .filter(access -> Parts.end(access.expiresAt()) > until)
                        .isPresent();
    }

    /**
     * The version that the next request is bound to. A condition on attributes could hold again when others
     * set them back, and a request that was given up could then still arrive; bound to a version it cannot,
     * once the version has grown. Only so "not applied" is final.
     */
    private static @Nullable Long bound(Progress progress, SessionDelta delta) {
        if (delta.condition() instanceof Condition.VersionIs wanted) {
            return wanted.version();
        }
        boolean binds = delta.changesData()
                && delta.condition() instanceof Condition.AttributesUnchanged
                && progress.attempts() < MAX_BOUND;
        return binds ? progress.floor() : null;
    }

    /** The way of a delta that no expression can hold: the whole of {@code data}, if nobody changed it since. */
    private CompletionStage<UpdateOutcome> rewrite(SessionDelta delta, Verdict.Apply apply, Meter meter) {
        Row row = apply.row();
        if (!delta.changesData()
                && delta.access().isEmpty()
                && delta.lockOwner().isEmpty()) {
            return written(apply.progress(), row.version());
        }
        Progress progress = apply.progress().bind(row.version());
        return Requests.then(
                requests.update(
                        progress.key(),
                        expressions.rewrite(
                                progress.followed(), row, delta, apply.withAccess(), progress.kept(), requests.now()),
                        parts.areDeleted() ? ReturnValue.UPDATED_OLD : ReturnValue.NONE,
                        meter),
                reply -> {
                    if (reply instanceof Reply.Refused<UpdateItemResponse> refused) {
                        return judged(
                                refused.row(),
                                progress.refused(refused.hidden()),
                                delta,
                                meter,
                                again -> rewrite(delta, again, meter));
                    }
                    return replaced(
                            ((Reply.Done<UpdateItemResponse>) reply).response(),
                            delta,
                            written(progress, row.version() + (delta.changesData() ? 1 : 0)),
                            meter);
                },
                failure -> failed(failure, progress, meter));
    }

    /** What failed was the last request; one before it may have been applied. */
    private CompletionStage<UpdateOutcome> failed(Throwable failure, Progress progress, Meter meter) {
        return Requests.failed(requests.errors().translate(failure, meter.operation(), true, progress.hidden()));
    }

    private interface Applied {
        CompletionStage<UpdateOutcome> apply(Verdict.Apply verdict);
    }

    private CompletionStage<UpdateOutcome> judged(
            @Nullable Row row, Progress progress, SessionDelta delta, Meter meter, Applied applied) {
        Verdict verdict = judge(row, progress, delta, requests.now(), meter);
        if (verdict instanceof Verdict.Ended ended) {
            return Requests.done(ended.outcome());
        }
        if (verdict instanceof Verdict.Follow follow) {
            return progress.hops() == SessionStore.MAX_FOLLOWED
                    ? Requests.failed(tooFar(meter, follow.progress().hidden()))
                    : start(follow.progress().follow(follow.redirect()), delta, meter);
        }
        Verdict.Apply apply = (Verdict.Apply) verdict;
        if (!delta.changesData() && !apply.withAccess() && delta.lockOwner().isEmpty()) {
            // A touch that comes too late to move the end is none (C36).
            return written(apply.progress(), apply.row().version());
        }
        if (progress.attempts() >= MAX_ATTEMPTS) {
            return Requests.failed(new SessionStoreException(
                    "the " + meter.operation() + " gave way to others that changed the same session, too often",
                    null,
                    apply.progress().hidden()));
        }
        return kept(apply, delta, applied, meter);
    }

    /** Makes parts be kept as long as the session will live, before the write is sent again. */
    private CompletionStage<UpdateOutcome> kept(Verdict.Apply apply, SessionDelta delta, Applied applied, Meter meter) {
        Progress progress = apply.progress();
        Row row = apply.row();
        Long until = progress.kept().until();
        long end = Parts.end(row, delta, apply.withAccess());
        if (!Parts.areShort(row, until, end)) {
            return applied.apply(
                    new Verdict.Apply(progress.keep(progress.kept().over(row, until)), row, apply.withAccess()));
        }
        long longer = Parts.beyond(end);
        return Requests.then(
                parts.extend(progress.key(), row, delta, longer, meter),
                extended -> applied.apply(new Verdict.Apply(
                        progress.keep(progress.kept().over(extended, until == null ? null : longer)),
                        extended,
                        apply.withAccess())),
                failure -> failed(failure, progress, meter));
    }

    private Verdict judge(@Nullable Row row, Progress progress, SessionDelta delta, Instant now, Meter meter) {
        if (row == null || !progress.concerns(row)) {
            return new Verdict.Ended(new UpdateOutcome.Gone());
        }
        if (row.isRedirect()) {
            return judgeRedirect(row, progress, delta, now, meter);
        }
        if (!row.isSession()) {
            return new Verdict.Ended(new UpdateOutcome.Gone());
        }
        row.requireKnownFormat();
        if (delta.changesData() && row.has(ItemAttribute.WRITE, delta.write())) {
            return new Verdict.Ended(new UpdateOutcome.Written(row.version(), progress.hasFollowed()));
        }
        if (row.isExpiredAt(delta.changesData() ? now.minus(SessionStore.SAVE_GRACE) : now)) {
            return new Verdict.Ended(new UpdateOutcome.Gone());
        }
        if (!row.isFor(delta.lockOwner().orElse(null))) {
            if (progress.hidden() && delta.changesData() && !progress.precludes(row)) {
                throw unknown(meter);
            }
            boolean applied = progress.hidden() && !delta.changesData() && isRecorded(row, delta);
            return new Verdict.Ended(
                    applied
                            ? new UpdateOutcome.Written(row.version(), progress.hasFollowed())
                            : new UpdateOutcome.LockLost());
        }
        Progress known = told(row, progress, delta, meter);
        if (!Items.holds(row, delta.condition())) {
            if (known.hidden()) {
                throw unknown(meter);
            }
            return new Verdict.Ended(new UpdateOutcome.Conflict(items.read(row)));
        }
        return new Verdict.Apply(known, row, Items.records(row, delta));
    }

    /** A touch has no token: it is recognised by its time. */
    private static boolean isRecorded(Row row, SessionDelta delta) {
        Long recorded = row.number(ItemAttribute.ACCESSED_AT);
        return recorded != null
                && delta.access()
                        .filter(access -> access.accessedAt().toEpochMilli() == recorded)
                        .isPresent();
    }

    /**
     * What a session's row, whose last write is not this one, tells of the requests so far.
     *
     * @throws SessionStoreException if a delta with a condition may have been applied: sent again it would
     *     be applied twice
     */
    private static Progress told(Row row, Progress progress, SessionDelta delta, Meter meter) {
        if (!progress.hidden() || !delta.changesData()) {
            return progress.notApplied(row);
        }
        if (delta.lockOwner().isPresent()) {
            // Applied, it would have released the lock.
            return progress.notApplied(row);
        }
        if (delta.condition() instanceof Condition.None) {
            // Sent again it does no harm, applied before or not.
            return progress;
        }
        if (!progress.precludes(row)) {
            throw unknown(meter);
        }
        Long bound = progress.bound();
        if (bound == null) {
            return progress;
        }
        // At the bound itself a request under way may still be applied, unless its condition does not hold:
        // the attributes of one version never change.
        boolean over = row.version() > bound || !Items.holds(row, delta.condition());
        return over ? progress.notApplied(row) : progress;
    }

    private static Verdict judgeRedirect(Row row, Progress progress, SessionDelta delta, Instant now, Meter meter) {
        row.requireKnownFormat();
        if (delta.changesData() && row.has(ItemAttribute.LAST_WRITE, delta.write())) {
            // Applied, its reply lost, and then the session moved.
            return new Verdict.Ended(new UpdateOutcome.Written(row.version(), true));
        }
        // Under this key nothing is applied any more: its version and last write decide for good.
        boolean open = progress.hidden() && delta.changesData() && !progress.precludes(row);
        if (row.reason().writesFollow() && !row.isExpiredAt(now)) {
            return new Verdict.Follow(open ? progress : progress.notApplied(row), row);
        }
        if (open) {
            throw unknown(meter);
        }
        return new Verdict.Ended(new UpdateOutcome.Moved());
    }

    /** Never "gone" or "absent": the session lives, only further away than anybody follows. */
    static SessionStoreException tooFar(Meter meter, boolean hidden) {
        return new SessionStoreException(
                "the " + meter.operation() + " followed " + SessionStore.MAX_FOLLOWED + " changes of the session's id"
                        + " in a row and did not reach the session: rotate ids less often than requests take",
                null,
                hidden);
    }

    private static SessionStoreException unknown(Meter meter) {
        return new SessionStoreException(
                "a reply to the " + meter.operation() + " was lost and somebody else changed the session since:"
                        + " whether it was applied cannot be told",
                null,
                true);
    }

    private long version(UpdateItemResponse response, Progress progress, SessionDelta delta) {
        int step = delta.changesData() ? 1 : 0;
        if (progress.bound() != null) {
            return progress.bound() + step;
        }
        long told = new Row(response.attributes(), items.names()).version();
        return returned(progress, delta) == ReturnValue.UPDATED_OLD ? told + step : told;
    }

    private static CompletionStage<UpdateOutcome> written(Progress progress, long version) {
        return Requests.done(new UpdateOutcome.Written(version, progress.hasFollowed()));
    }
}
