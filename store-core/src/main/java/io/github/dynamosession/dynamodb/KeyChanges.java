// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import io.github.dynamosession.dynamodb.Expressions.Statement;
import io.github.dynamosession.spi.ChangeKeyOutcome;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.StoredSession;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.CancellationReason;
import software.amazon.awssdk.services.dynamodb.model.Put;
import software.amazon.awssdk.services.dynamodb.model.ReturnValuesOnConditionCheckFailure;
import software.amazon.awssdk.services.dynamodb.model.TransactWriteItem;
import software.amazon.awssdk.services.dynamodb.model.TransactWriteItemsRequest;
import software.amazon.awssdk.services.dynamodb.model.TransactWriteItemsResponse;
import software.amazon.awssdk.services.dynamodb.model.TransactionCanceledException;
import software.amazon.awssdk.services.dynamodb.model.TransactionInProgressException;

/**
 * The operation {@code changeKey}: one transaction that puts the session's row under the new key and a
 * redirect over the old one. Idempotent twice over: the SDK repeats it with the same client token, and
 * a caller's repetition finds a redirect that names the same target and the same write.
 */
final class KeyChanges {
    /** How often the change is attempted while others change the same session. */
    private static final int MAX_ATTEMPTS = 10;

    private static final String CONDITION_FAILED = "ConditionalCheckFailed";
    private static final String CONFLICT = "TransactionConflict";

    private final Requests requests;
    private final Expressions expressions;
    private final Items items;

    KeyChanges(Requests requests, Expressions expressions) {
        this.requests = requests;
        this.expressions = expressions;
        this.items = requests.items();
    }

    /** What is asked for. */
    private record Change(SessionKey from, SessionKey to, SessionDelta delta, KeyChangeReason reason, Meter meter) {}

    CompletionStage<ChangeKeyOutcome> changeKey(
            SessionKey from,
            SessionKey to,
            StoredSession seen,
            SessionDelta delta,
            KeyChangeReason reason,
            Meter meter) {
        Items.requireFits(delta);
        Change change = new Change(from, to, delta, reason, meter);
        if (seen.backing() instanceof Row row && isUsable(row, from, delta)) {
            return transact(row, change, 0, false);
        }
        return Requests.then(
                requests.get(from, true, meter), row -> judged(row.orElse(null), change, 0, false), Requests::failed);
    }

    /**
     * Whether what the caller saw can be tried without reading again. It decides nothing: where it is
     * out of date the transaction fails and brings the row that is there.
     */
    private boolean isUsable(Row row, SessionKey from, SessionDelta delta) {
        return row.names().equals(items.names())
                && row.isAt(from)
                && row.isSession()
                && Items.holds(row, delta.condition());
    }

    private CompletionStage<ChangeKeyOutcome> judged(@Nullable Row row, Change change, int attempts, boolean hidden) {
        if (row == null) {
            return gone();
        }
        if (row.isRedirect()) {
            row.requireKnownFormat();
            boolean ours = row.has(ItemAttribute.WRITE, change.delta().write())
                    && row.target().equals(change.to());
            return ours ? changedBefore(row, change) : Requests.done(new ChangeKeyOutcome.Moved());
        }
        if (!row.isSession()) {
            return gone();
        }
        row.requireKnownFormat();
        if (row.isExpiredAt(requests.now())) {
            return gone();
        }
        if (!Items.holds(row, change.delta().condition())) {
            return Requests.done(new ChangeKeyOutcome.Conflict(items.read(row)));
        }
        return attempts == 0
                ? transact(row, change, 0, hidden)
                : paused(attempts, change, hidden, ended -> transact(row, change, attempts, hidden));
    }

    /** Without an item the old key is free, or the endpoint leaves items out: one strong read decides. */
    private CompletionStage<ChangeKeyOutcome> judgedAnew(Change change, int attempts, boolean hidden) {
        return Requests.then(
                requests.get(change.from(), true, change.meter()),
                row -> judged(row.orElse(null), change, attempts, hidden),
                failure -> Requests.failed(
                        requests.errors().translate(failure, change.meter().operation(), false, hidden)));
    }

    private CompletionStage<ChangeKeyOutcome> transact(Row row, Change change, int attempts, boolean hidden) {
        if (attempts >= MAX_ATTEMPTS) {
            return Requests.failed(new SessionStoreException(
                    "the " + change.meter().operation()
                            + " gave way to others that changed the same session, too often",
                    null,
                    hidden));
        }
        Instant now = requests.now();
        Map<String, AttributeValue> moved = items.moved(row, change.to(), change.delta());
        Map<String, AttributeValue> redirect =
                items.redirect(row, change.from(), change.to(), change.delta().write(), change.reason(), now);
        TransactWriteItemsRequest request = TransactWriteItemsRequest.builder()
                // Of this attempt, not of the change: the content differs with the time and with the row.
                .clientRequestToken(UUID.randomUUID().toString())
                .transactItems(put(redirect, expressions.replace(row, now)), put(moved, expressions.create()))
                .returnConsumedCapacity(change.meter().wanted())
                .build();
        return send(request, moved, row, change, attempts, hidden);
    }

    private CompletionStage<ChangeKeyOutcome> send(
            TransactWriteItemsRequest request,
            Map<String, AttributeValue> moved,
            Row row,
            Change change,
            int attempts,
            boolean hidden) {
        change.meter().sent();
        return Requests.then(
                requests.calls().transactWriteItems(request),
                (TransactWriteItemsResponse response) -> {
                    change.meter().transacted(response.consumedCapacity());
                    return changed(new Row(moved, items.names()));
                },
                failure -> {
                    boolean nowHidden = hidden || Errors.earlierAttemptMayHaveBeenApplied(failure);
                    boolean last = attempts + 1 >= MAX_ATTEMPTS;
                    if (failure instanceof TransactionInProgressException && !last) {
                        // An attempt whose reply was given up is still under way: ask again, by its token.
                        return paused(
                                attempts,
                                change,
                                nowHidden,
                                ended -> send(request, moved, row, change, attempts + 1, nowHidden));
                    }
                    if (failure instanceof TransactionCanceledException canceled) {
                        List<CancellationReason> reasons = canceled.cancellationReasons();
                        if (isReason(reasons, 0, CONDITION_FAILED)) {
                            Row present = items.row(reasons.get(0).item());
                            return present == null
                                    ? judgedAnew(change, attempts + 1, nowHidden)
                                    : judged(present, change, attempts + 1, nowHidden);
                        }
                        if (isReason(reasons, 1, CONDITION_FAILED)) {
                            return Requests.failed(
                                    new SessionStoreException("the new key of a session is taken", null, nowHidden));
                        }
                        boolean conflict = isReason(reasons, 0, CONFLICT) || isReason(reasons, 1, CONFLICT);
                        if (conflict) {
                            return paused(
                                    attempts,
                                    change,
                                    nowHidden,
                                    ended -> transact(row, change, attempts + 1, nowHidden));
                        }
                    }
                    return Requests.failed(translate(failure, change, hidden));
                });
    }

    private CompletionStage<ChangeKeyOutcome> paused(
            int attempts, Change change, boolean hidden, Function<Void, CompletionStage<ChangeKeyOutcome>> next) {
        return Requests.then(
                requests.pause(attempts), next, interrupted -> Requests.failed(translate(interrupted, change, hidden)));
    }

    private RuntimeException translate(Throwable failure, Change change, boolean hidden) {
        return requests.errors().translate(failure, change.meter().operation(), true, hidden);
    }

    /** This change was applied before, its reply lost: tells what became of the session since (C42). */
    private CompletionStage<ChangeKeyOutcome> changedBefore(Row redirect, Change change) {
        return Requests.then(
                requests.get(change.to(), true, change.meter()),
                found -> {
                    Row row = found.orElse(null);
                    if (row == null || !(row.isSession() || row.isRedirect())) {
                        return gone();
                    }
                    row.requireKnownFormat();
                    if (row.isRedirect()) {
                        return Requests.done(new ChangeKeyOutcome.Moved());
                    }
                    boolean there = row.has(ItemAttribute.UID, redirect.uid()) && !row.isExpiredAt(requests.now());
                    return there ? changed(row) : gone();
                },
                Requests::failed);
    }

    private CompletionStage<ChangeKeyOutcome> changed(Row row) {
        return Requests.done(new ChangeKeyOutcome.Changed(items.read(row)));
    }

    private static CompletionStage<ChangeKeyOutcome> gone() {
        return Requests.done(new ChangeKeyOutcome.Gone());
    }

    private static boolean isReason(List<CancellationReason> reasons, int index, String code) {
        return reasons.size() > index && code.equals(reasons.get(index).code());
    }

    private TransactWriteItem put(Map<String, AttributeValue> item, Statement statement) {
        return TransactWriteItem.builder()
                .put(Put.builder()
                        .tableName(requests.table())
                        .item(item)
                        .conditionExpression(statement.condition())
                        .expressionAttributeNames(statement.names())
                        .expressionAttributeValues(statement.values().isEmpty() ? null : statement.values())
                        .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD)
                        .build())
                .build();
    }
}
