// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import io.github.dynamosession.dynamodb.Expressions.Statement;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.Setting;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemRequest;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemResponse;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbRequest;
import software.amazon.awssdk.services.dynamodb.model.GetItemRequest;
import software.amazon.awssdk.services.dynamodb.model.PutItemRequest;
import software.amazon.awssdk.services.dynamodb.model.PutItemResponse;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;
import software.amazon.awssdk.services.dynamodb.model.QueryResponse;
import software.amazon.awssdk.services.dynamodb.model.ReplicatedWriteConflictException;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;
import software.amazon.awssdk.services.dynamodb.model.ReturnValuesOnConditionCheckFailure;
import software.amazon.awssdk.services.dynamodb.model.ScanRequest;
import software.amazon.awssdk.services.dynamodb.model.ScanResponse;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemResponse;

/**
 * Single requests to one table, for either kind of client. A write ends with a {@link Reply}: done, or
 * refused because its condition did not hold, with the row that was there.
 */
final class Requests {
    private static final long FIRST_PAUSE_MILLIS = 5;
    private static final int MAX_DOUBLINGS = 6;

    /** How often a write is sent again that met one of another region: for about a second. */
    private static final int MAX_REPETITIONS = 10;

    private final DynamoCalls calls;
    private final String table;
    private final Items items;
    private final Errors errors;
    private final InstantSource clock;

    Requests(
            DynamoCalls calls, String table, Items items, InstantSource clock, Function<Setting, String> settingNames) {
        this.calls = calls;
        this.table = table;
        this.items = items;
        this.errors = new Errors(table, items.names(), settingNames);
        this.clock = clock;
    }

    /** How a conditional write ended. */
    sealed interface Reply<T> {
        /** The write is applied. */
        record Done<T>(T response) implements Reply<T> {}

        /**
         * The condition did not hold.
         *
         * @param row what was there, or, where the endpoint left it out of its reply, what one strong read
         *     found; null if nothing was
         * @param hidden whether an earlier attempt may have been applied, and changed by others since
         */
        record Refused<T>(@Nullable Row row, boolean hidden) implements Reply<T> {}
    }

    DynamoCalls calls() {
        return calls;
    }

    Items items() {
        return items;
    }

    Errors errors() {
        return errors;
    }

    String table() {
        return table;
    }

    Instant now() {
        return clock.instant();
    }

    CompletionStage<Optional<Row>> get(SessionKey key, boolean consistent, Meter meter) {
        GetItemRequest request = GetItemRequest.builder()
                .tableName(table)
                .key(items.key(key))
                .consistentRead(consistent)
                .returnConsumedCapacity(meter.wanted())
                .build();
        meter.sent();
        return then(
                calls.call(DynamoOperation.GET_ITEM, request),
                response -> {
                    meter.read(response.consumedCapacity());
                    return done(Optional.ofNullable(items.row(response.item())));
                },
                failure -> failed(errors.translate(failure, meter.operation(), false, false)));
    }

    /**
     * Whether a row is a session and not the copy of an id change that has not happened, which is nobody's session yet:
     * one that says that it came from another key is believed if the redirect to it is there.
     */
    CompletionStage<Boolean> isBelieved(Row row, Meter meter) {
        SessionKey from = row.movedFrom();
        return from == null
                ? done(true)
                : then(
                        get(from, true, meter),
                        former -> done(former.filter(old -> old.leadsTo(row.key(), row.uid()))
                                .isPresent()),
                        Requests::failed);
    }

    /**
     * Reads a page of the table. Eventually consistent, at half the price: it only proposes, and what
     * follows from it has a condition.
     */
    CompletionStage<ScanResponse> scan(@Nullable SessionKey after, int limit, Statement filter, Meter meter) {
        ScanRequest request = ScanRequest.builder()
                .tableName(table)
                .exclusiveStartKey(after == null ? null : items.key(after))
                .limit(limit)
                .consistentRead(false)
                .filterExpression(filter.condition())
                .expressionAttributeNames(filter.names())
                .expressionAttributeValues(filter.values())
                .returnConsumedCapacity(meter.wanted())
                .build();
        meter.sent();
        return then(
                calls.call(DynamoOperation.SCAN, request),
                response -> {
                    meter.read(response.consumedCapacity());
                    return done(response);
                },
                failure -> failed(errors.translate(failure, meter.operation(), false, false)));
    }

    /** Reads a page of an index, which is never strongly consistent. */
    CompletionStage<QueryResponse> query(
            String index,
            String attribute,
            AttributeValue value,
            @Nullable Map<String, AttributeValue> after,
            int limit,
            Meter meter) {
        QueryRequest request = QueryRequest.builder()
                .tableName(table)
                .indexName(index)
                .keyConditionExpression("#indexed = :indexed")
                .expressionAttributeNames(Map.of("#indexed", attribute))
                .expressionAttributeValues(Map.of(":indexed", value))
                .exclusiveStartKey(after)
                .limit(limit)
                .returnConsumedCapacity(meter.wanted())
                .build();
        meter.sent();
        return then(
                calls.call(DynamoOperation.QUERY, request),
                response -> {
                    meter.read(response.consumedCapacity());
                    return done(response);
                },
                failure -> failed(errors.translate(failure, meter.operation(), false, false)));
    }

    CompletionStage<Reply<PutItemResponse>> put(
            SessionKey key, Map<String, AttributeValue> item, Statement statement, Meter meter) {
        return put(key, item, statement, true, false, meter);
    }

    /** A put whose response has what it replaced. */
    CompletionStage<Reply<PutItemResponse>> replace(
            SessionKey key, Map<String, AttributeValue> item, Statement statement, Meter meter) {
        return put(key, item, statement, true, true, meter);
    }

    /** A put under a key that nobody knows yet: if it fails nothing has happened, whether it was applied or not. */
    CompletionStage<Reply<PutItemResponse>> prepare(
            SessionKey key, Map<String, AttributeValue> item, Statement statement, Meter meter) {
        return put(key, item, statement, false, false, meter);
    }

    private CompletionStage<Reply<PutItemResponse>> put(
            SessionKey key,
            Map<String, AttributeValue> item,
            Statement statement,
            boolean counts,
            boolean wantsReplaced,
            Meter meter) {
        PutItemRequest request = PutItemRequest.builder()
                .tableName(table)
                .item(item)
                .conditionExpression(statement.condition())
                .expressionAttributeNames(statement.names())
                .expressionAttributeValues(statement.values().isEmpty() ? null : statement.values())
                .returnValues(wantsReplaced ? ReturnValue.ALL_OLD : null)
                .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD)
                .returnConsumedCapacity(meter.wanted())
                .build();
        return write(
                key,
                DynamoOperation.PUT_ITEM,
                request,
                response -> meter.written(response.consumedCapacity()),
                true,
                counts,
                meter);
    }

    CompletionStage<Reply<UpdateItemResponse>> update(
            SessionKey key, Statement statement, ReturnValue returned, Meter meter) {
        return update(key, statement, returned, true, meter);
    }

    /** An update for a caller who asks nothing of the row that it met. */
    CompletionStage<Reply<UpdateItemResponse>> release(SessionKey key, Statement statement, Meter meter) {
        return update(key, statement, ReturnValue.NONE, false, meter);
    }

    private CompletionStage<Reply<UpdateItemResponse>> update(
            SessionKey key, Statement statement, ReturnValue returned, boolean wantsRow, Meter meter) {
        UpdateItemRequest request = UpdateItemRequest.builder()
                .tableName(table)
                .key(items.key(key))
                .updateExpression(statement.update())
                .conditionExpression(statement.condition())
                .expressionAttributeNames(statement.names())
                .expressionAttributeValues(statement.values())
                .returnValues(returned)
                .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD)
                .returnConsumedCapacity(meter.wanted())
                .build();
        return write(
                key,
                DynamoOperation.UPDATE_ITEM,
                request,
                response -> meter.written(response.consumedCapacity()),
                wantsRow,
                true,
                meter);
    }

    /**
     * A deletion for a caller who asks nothing of the row that it met, unless a reply was lost: no read where
     * somebody else was merely faster.
     */
    CompletionStage<Reply<DeleteItemResponse>> sweep(SessionKey key, Statement statement, Meter meter) {
        DeleteItemRequest request = DeleteItemRequest.builder()
                .tableName(table)
                .key(items.key(key))
                .conditionExpression(statement.condition())
                .expressionAttributeNames(statement.names())
                .expressionAttributeValues(statement.values())
                .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD)
                .returnConsumedCapacity(meter.wanted())
                .build();
        return write(
                key,
                DynamoOperation.DELETE_ITEM,
                request,
                response -> meter.written(response.consumedCapacity()),
                false,
                true,
                meter);
    }

    /**
     * Sends a write.
     *
     * @param wantsRow whether a refusal without the row is followed by a read, though no reply was lost
     * @param counts whether the operation has happened if this write was applied
     */
    private <Q extends DynamoDbRequest, T> CompletionStage<Reply<T>> write(
            SessionKey key,
            DynamoOperation<Q, T> operation,
            Q request,
            Consumer<T> bill,
            boolean wantsRow,
            boolean counts,
            Meter meter) {
        return send(
                operation,
                request,
                response -> {
                    bill.accept(response);
                    return done(new Reply.Done<>(response));
                },
                (failure, before) -> {
                    if (failure instanceof ConditionalCheckFailedException refused) {
                        boolean hidden = before || Errors.earlierAttemptMayHaveBeenApplied(failure);
                        return refused(key, refused, hidden, wantsRow || hidden, counts, meter);
                    }
                    return failed(errors.translate(failure, meter.operation(), counts, before && counts));
                },
                meter);
    }

    /** What becomes of a write that failed. */
    interface Failed<R> {
        /**
         * Goes on.
         *
         * @param failure of the last request
         * @param before whether a request before that may have been applied
         */
        CompletionStage<R> with(Throwable failure, boolean before);
    }

    /**
     * Sends a write of one item, and again after a pause if another region writes the item at the same moment. On tables
     * with multi-Region strong consistency such a write is refused, and not applied; elsewhere there is no such answer.
     */
    <Q extends DynamoDbRequest, T, R> CompletionStage<R> send(
            DynamoOperation<Q, T> operation,
            Q request,
            Function<T, CompletionStage<R>> done,
            Failed<R> failed,
            Meter meter) {
        return send(operation, request, done, failed, 0, false, meter);
    }

    private <Q extends DynamoDbRequest, T, R> CompletionStage<R> send(
            DynamoOperation<Q, T> operation,
            Q request,
            Function<T, CompletionStage<R>> done,
            Failed<R> failed,
            int repetitions,
            boolean before,
            Meter meter) {
        meter.sent();
        return then(calls.call(operation, request), done, failure -> {
            if (!(failure instanceof ReplicatedWriteConflictException) || repetitions == MAX_REPETITIONS) {
                return failed.with(failure, before);
            }
            // The client repeats it, too: one of its attempts may have been applied, its reply lost.
            boolean hidden = before || Errors.earlierAttemptMayHaveBeenApplied(failure);
            return then(
                    pause(repetitions),
                    paused -> send(operation, request, done, failed, repetitions + 1, hidden, meter),
                    interrupted -> failed.with(interrupted, hidden));
        });
    }

    /**
     * A refusal without an item says that the key is free, or that the endpoint does not know
     * {@code ReturnValuesOnConditionCheckFailure} (dynalite, older releases of others): taken for the first,
     * the second would end a live session.
     */
    private <T> CompletionStage<Reply<T>> refused(
            SessionKey key,
            ConditionalCheckFailedException refused,
            boolean hidden,
            boolean wantsRow,
            boolean counts,
            Meter meter) {
        Row row = refused.hasItem() ? items.row(refused.item()) : null;
        if (row != null || !wantsRow) {
            return done(new Reply.Refused<>(row, hidden));
        }
        return then(
                get(key, true, meter),
                read -> done(new Reply.Refused<>(read.orElse(null), hidden)),
                failure -> failed(errors.translate(failure, meter.operation(), false, hidden && counts)));
    }

    /** Waits a random while that grows with the number of conflicts so far. */
    CompletionStage<Void> pause(int conflicts) {
        long most = FIRST_PAUSE_MILLIS << Math.min(conflicts, MAX_DOUBLINGS);
        return calls.pause(Duration.ofMillis(ThreadLocalRandom.current().nextLong(most / 2, most + 1)));
    }

    /** Goes on with what a stage ended with; with a blocking client in the calling thread, at once. */
    static <T, R> CompletionStage<R> then(
            CompletionStage<T> stage,
            Function<? super T, CompletionStage<R>> next,
            Function<Throwable, CompletionStage<R>> failed) {
        BiFunction<T, @Nullable Throwable, CompletionStage<R>> both =
                (value, failure) -> failure == null ? next.apply(value) : failed.apply(Errors.unwrap(failure));
        return stage.handle(both).thenCompose(Function.identity());
    }

    static <T extends @Nullable Object> CompletionStage<T> done(@Nullable T value) {
        return CompletableFuture.completedFuture(value);
    }

    static <T> CompletionStage<T> failed(Throwable failure) {
        return CompletableFuture.failedFuture(failure);
    }
}
