// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import io.github.dynamosession.dynamodb.Requests.Reply;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionDelta.Condition;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.Token;
import io.github.dynamosession.spi.UpdateOutcome;
import java.time.Instant;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemResponse;

/**
 * The operation {@code update}: one {@code UpdateItem}. Only where its condition does not hold, the row
 * that was there decides what that means, without another read.
 */
final class Updates {
    /** How many rotations in a row a write follows. */
    static final int MAX_HOPS = 5;

    /** How often a delta is applied anew to a row that others change all the time. */
    private static final int MAX_ATTEMPTS = 10;

    private final Requests requests;
    private final Expressions expressions;
    private final Items items;

    Updates(Requests requests, Expressions expressions) {
        this.requests = requests;
        this.expressions = expressions;
        this.items = requests.items();
    }

    /**
     * Where an update stands.
     *
     * @param key where the session is, after the rotations followed so far
     * @param attempts how many requests were refused
     * @param hops how many rotations were followed
     * @param followed the session that the rotations belong to; null as long as none was followed
     * @param hidden whether an earlier attempt may have been applied, and changed by others since
     */
    private record Progress(
            SessionKey key,
            int attempts,
            int hops,
            @Nullable Token followed,
            boolean hidden) {
        Progress refused(boolean nowHidden) {
            return new Progress(key, attempts + 1, hops, followed, hidden || nowHidden);
        }

        Progress follow(Row forwarder) {
            return new Progress(forwarder.target(), attempts, hops + 1, forwarder.uid(), hidden);
        }

        boolean concerns(Row row) {
            return followed == null || row.has(ItemAttribute.UID, followed);
        }
    }

    /** What the row that is there means for a delta. */
    private sealed interface Verdict {
        record Ended(UpdateOutcome outcome) implements Verdict {}

        record Follow(Row forwarder) implements Verdict {}

        /** The delta can be applied; {@code withAccess}: its access, too. */
        record Apply(Row row, boolean withAccess) implements Verdict {}
    }

    CompletionStage<UpdateOutcome> update(SessionKey key, SessionDelta delta, Meter meter) {
        Items.requireFits(delta);
        return start(new Progress(key, 0, 0, null, false), delta, meter);
    }

    private CompletionStage<UpdateOutcome> start(Progress progress, SessionDelta delta, Meter meter) {
        boolean withAccess = delta.access().isPresent();
        if ((delta.changesData() || withAccess) && Expressions.canExpress(delta)) {
            return send(progress, delta, withAccess, meter);
        }
        return Requests.then(
                requests.get(progress.key(), true, meter),
                row -> judged(
                        row.orElse(null), progress, delta, meter, apply -> rewrite(progress, delta, apply, meter)),
                Requests::failed);
    }

    private CompletionStage<UpdateOutcome> send(
            Progress progress, SessionDelta delta, boolean withAccess, Meter meter) {
        boolean knowsVersion = delta.condition() instanceof Condition.VersionIs;
        return Requests.then(
                requests.update(
                        progress.key(),
                        expressions.update(progress.followed(), delta, withAccess, requests.now()),
                        !knowsVersion,
                        meter),
                reply -> {
                    if (reply instanceof Reply.Refused<UpdateItemResponse> refused) {
                        Progress next = progress.refused(refused.hidden());
                        return judged(
                                refused.row(),
                                next,
                                delta,
                                meter,
                                apply -> send(next, delta, apply.withAccess(), meter));
                    }
                    return written(version(((Reply.Done<UpdateItemResponse>) reply).response(), delta));
                },
                Requests::failed);
    }

    /** The way of a delta that no expression can hold: the whole of {@code data}, if nobody changed it since. */
    private CompletionStage<UpdateOutcome> rewrite(
            Progress progress, SessionDelta delta, Verdict.Apply apply, Meter meter) {
        Row row = apply.row();
        if (!delta.changesData() && delta.access().isEmpty()) {
            return written(row.version());
        }
        return Requests.then(
                requests.update(
                        progress.key(),
                        expressions.rewrite(progress.followed(), row, delta, apply.withAccess(), requests.now()),
                        false,
                        meter),
                reply -> {
                    if (reply instanceof Reply.Refused<UpdateItemResponse> refused) {
                        Progress next = progress.refused(refused.hidden());
                        return judged(refused.row(), next, delta, meter, again -> rewrite(next, delta, again, meter));
                    }
                    return written(row.version() + (delta.changesData() ? 1 : 0));
                },
                Requests::failed);
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
            return progress.hops() == MAX_HOPS
                    ? Requests.done(new UpdateOutcome.Moved())
                    : start(progress.follow(follow.forwarder()), delta, meter);
        }
        Verdict.Apply apply = (Verdict.Apply) verdict;
        if (!delta.changesData() && !apply.withAccess()) {
            // A touch that comes too late to move the end is none (C36).
            return written(apply.row().version());
        }
        if (progress.attempts() >= MAX_ATTEMPTS) {
            return Requests.failed(new SessionStoreException(
                    "the " + meter.operation() + " gave way to others that changed the same session, too often",
                    null,
                    progress.hidden()));
        }
        return applied.apply(apply);
    }

    private Verdict judge(@Nullable Row row, Progress progress, SessionDelta delta, Instant now, Meter meter) {
        if (row == null || !progress.concerns(row)) {
            return new Verdict.Ended(new UpdateOutcome.Gone());
        }
        if (row.isForwarder()) {
            return judgeForwarder(row, progress, delta, now, meter);
        }
        if (!row.isSession()) {
            return new Verdict.Ended(new UpdateOutcome.Gone());
        }
        row.requireKnownFormat();
        if (delta.changesData() && row.has(ItemAttribute.WRITE, delta.write())) {
            return new Verdict.Ended(new UpdateOutcome.Written(row.version()));
        }
        if (row.isExpiredAt(delta.changesData() ? now.minus(SessionStore.SAVE_GRACE) : now)) {
            return new Verdict.Ended(new UpdateOutcome.Gone());
        }
        if (!Items.holds(row, delta.condition())) {
            if (progress.hidden()) {
                throw unknown(meter);
            }
            return new Verdict.Ended(new UpdateOutcome.Conflict(items.read(row)));
        }
        return new Verdict.Apply(row, Items.records(row, delta));
    }

    private static Verdict judgeForwarder(Row row, Progress progress, SessionDelta delta, Instant now, Meter meter) {
        row.requireKnownFormat();
        if (delta.changesData() && row.has(ItemAttribute.LAST_WRITE, delta.write())) {
            // Applied, its reply lost, and then the session moved.
            return new Verdict.Ended(new UpdateOutcome.Written(row.version()));
        }
        if (row.isExpiredAt(now)) {
            return new Verdict.Ended(new UpdateOutcome.Gone());
        }
        if (row.isRotation()) {
            return new Verdict.Follow(row);
        }
        if (progress.hidden() && !(delta.condition() instanceof Condition.None)) {
            throw unknown(meter);
        }
        return new Verdict.Ended(new UpdateOutcome.Moved());
    }

    private static SessionStoreException unknown(Meter meter) {
        return new SessionStoreException(
                "a reply to the " + meter.operation() + " was lost and somebody else changed the session since:"
                        + " whether it was applied cannot be told",
                null,
                true);
    }

    private long version(UpdateItemResponse response, SessionDelta delta) {
        if (delta.condition() instanceof Condition.VersionIs wanted) {
            return wanted.version() + (delta.changesData() ? 1 : 0);
        }
        return new Row(response.attributes(), items.names()).version();
    }

    private static CompletionStage<UpdateOutcome> written(long version) {
        return Requests.done(new UpdateOutcome.Written(version));
    }
}
