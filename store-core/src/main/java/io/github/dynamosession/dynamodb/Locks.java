// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import io.github.dynamosession.dynamodb.Requests.Reply;
import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.LockOutcome;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.Token;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemResponse;

/**
 * Locks, as two attributes of a session's row. One {@code UpdateItem} takes the lock and brings the session; who has
 * waited looks by a strong {@code GetItem} first, because a refused write is billed like one that was applied.
 */
final class Locks {
    private final Requests requests;
    private final Expressions expressions;
    private final Items items;
    private final Function<@Nullable Row, FindOutcome> found;

    /**
     * Locks in rows.
     *
     * @param found what a row, or none, is to whoever looks for a session
     */
    Locks(Requests requests, Expressions expressions, Function<@Nullable Row, FindOutcome> found) {
        this.requests = requests;
        this.expressions = expressions;
        this.items = requests.items();
        this.found = found;
    }

    CompletionStage<LockOutcome> lock(SessionKey key, Token owner, Duration lease, boolean waited, Meter meter) {
        if (!waited) {
            return take(key, owner, lease, meter);
        }
        return Requests.then(
                requests.get(key, true, meter),
                row -> {
                    LockOutcome without = judged(row.orElse(null), owner, requests.now());
                    return without == null ? take(key, owner, lease, meter) : Requests.done(without);
                },
                Requests::failed);
    }

    private CompletionStage<LockOutcome> take(SessionKey key, Token owner, Duration lease, Meter meter) {
        Instant now = requests.now();
        return Requests.then(
                requests.update(key, expressions.lock(owner, now, now.plus(lease)), ReturnValue.ALL_NEW, meter),
                reply -> {
                    if (reply instanceof Reply.Refused<UpdateItemResponse> refused) {
                        LockOutcome without = judged(refused.row(), owner, now);
                        // Free by now: read by itself, after the refusal.
                        return Requests.done(without == null ? new LockOutcome.Held(now) : without);
                    }
                    UpdateItemResponse response = ((Reply.Done<UpdateItemResponse>) reply).response();
                    return Requests.done(
                            new LockOutcome.Locked(items.read(new Row(response.attributes(), items.names()))));
                },
                Requests::failed);
    }

    /** Why a row cannot be locked; null if it can. */
    private @Nullable LockOutcome judged(@Nullable Row row, Token owner, Instant now) {
        FindOutcome outcome = found.apply(row);
        if (row == null || !(outcome instanceof FindOutcome.Found)) {
            return new LockOutcome.NotFound(outcome);
        }
        Long until = row.number(ItemAttribute.LOCK_UNTIL);
        boolean held = row.get(ItemAttribute.LOCK_OWNER) != null && !row.has(ItemAttribute.LOCK_OWNER, owner);
        return held && until != null && until > now.toEpochMilli()
                ? new LockOutcome.Held(Instant.ofEpochMilli(until))
                : null;
    }

    CompletionStage<Boolean> unlock(SessionKey key, Token owner, Meter meter) {
        return Requests.then(
                requests.release(key, expressions.unlock(owner), meter),
                reply -> Requests.done(reply instanceof Reply.Done<UpdateItemResponse>),
                Requests::failed);
    }
}
