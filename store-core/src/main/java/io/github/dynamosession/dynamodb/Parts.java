// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.PartPointer;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.Token;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.ConsumedCapacity;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemRequest;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemResponse;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbRequest;
import software.amazon.awssdk.services.dynamodb.model.PutItemRequest;
import software.amazon.awssdk.services.dynamodb.model.PutItemResponse;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemResponse;

/**
 * Values outside of the session's row: rows of kind {@code part}, each with a piece of one value.
 *
 * <p>The session's row says in {@code parts_until} until when all parts that it points to are kept at least; every
 * write that would move the session's end beyond that is refused by its condition, and this class makes the parts be
 * kept longer before the write is sent again. They are then kept {@link #LEAD} longer than the end, so that an active
 * session pays for that once in so long.
 */
final class Parts {
    /** {@code parts_until} where parts have no TTL: the end of the year 9999. */
    static final long FOR_EVER = Instant.parse("9999-12-31T23:59:59Z").toEpochMilli();

    /**
     * Of a value in one row: with half a KB for its key and the rest, it is billed as 384 KB. The limit of an item leaves
     * room for long names of attributes.
     */
    static final int BYTES_PER_ROW = 384 * 1024 - 512;

    /** How long parts are kept beyond the session's end when that has moved beyond what they were kept for. */
    private static final Duration LEAD = Duration.ofDays(1);

    /** Requests of one part that are under way at once, with a client that does not block. */
    private static final int AT_ONCE = 8;

    private final Requests requests;
    private final Expressions expressions;
    private final Items items;
    private final boolean deletes;

    /**
     * Parts of a table.
     *
     * @param deletes whether what a write or an end leaves behind is deleted at once; otherwise TTL removes it
     */
    Parts(Requests requests, Expressions expressions, boolean deletes) {
        this.requests = requests;
        this.expressions = expressions;
        this.items = requests.items();
        this.deletes = deletes;
    }

    /** Whether what a write or an end leaves behind is deleted at once, so that its answer has to tell what that is. */
    boolean areDeleted() {
        return deletes;
    }

    /** Until when the parts are kept that a delta or a new session points to; null if it points to none. */
    static @Nullable Long until(Map<String, EncodedValue> values) {
        Long least = null;
        for (EncodedValue value : values.values()) {
            if (PartPointer.is(value)) {
                long until = end(PartPointer.of(value).flatMap(PartPointer::until));
                least = least == null ? until : Math.min(least, until);
            }
        }
        return least;
    }

    /** The end that a session has once a delta is applied to its row. */
    static long end(Row row, SessionDelta delta, boolean withAccess) {
        if (withAccess) {
            return end(delta.access().orElseThrow().expiresAt());
        }
        Long end = row.number(ItemAttribute.EXPIRES_AT);
        return end == null ? FOR_EVER : end;
    }

    /** An end, in milliseconds; empty: it has none. */
    static long end(Optional<Instant> expiresAt) {
        return expiresAt.map(Instant::toEpochMilli).orElse(FOR_EVER);
    }

    /**
     * Whether parts have to be kept longer before a write may be applied.
     *
     * @param until of what the write points to; null: nothing
     * @param end of the session after the write
     */
    static boolean areShort(Row row, @Nullable Long until, long end) {
        Long present = row.number(ItemAttribute.PARTS_UNTIL);
        return (present != null && present < end) || (until != null && until < end);
    }

    /** Until when to keep parts of a session with this end. */
    static long beyond(long end) {
        return end >= FOR_EVER ? FOR_EVER : Math.min(FOR_EVER, end + LEAD.toMillis());
    }

    /**
     * Makes all parts be kept that a row and a delta point to, and then notes that in the row, if it is still in the
     * version that was seen. If it is not, others may have pointed it to further parts: the write that follows is
     * refused by its condition, and begins again here.
     *
     * @param until how long
     * @return the row as it is then
     */
    CompletionStage<Row> extend(SessionKey key, Row row, SessionDelta delta, long until, Meter meter) {
        List<PartPointer> kept = pointers(row);
        List<PartPointer> all = new ArrayList<>(kept);
        delta.set().values().forEach(value -> PartPointer.of(value).ifPresent(all::add));
        return Requests.then(
                extend(row.uid(), all, 0, until, meter),
                extended -> row.number(ItemAttribute.PARTS_UNTIL) == null
                        ? Requests.done(row)
                        : note(key, row, kept.isEmpty() ? null : until, meter),
                Requests::failed);
    }

    /** Makes the parts be kept as long as a new session will live that points to them. */
    CompletionStage<Long> extend(StoredSession session, long until, Meter meter) {
        long end = end(session.expiresAt());
        if (end <= until) {
            return Requests.done(until);
        }
        List<PartPointer> pointers = pointers(session);
        long longer = beyond(end);
        return Requests.then(
                extend(session.uid(), pointers, 0, longer, meter), extended -> Requests.done(longer), Requests::failed);
    }

    private CompletionStage<Row> note(SessionKey key, Row row, @Nullable Long until, Meter meter) {
        Map<String, AttributeValue> item = new HashMap<>(row.item());
        String name = items.names().name(ItemAttribute.PARTS_UNTIL);
        if (until == null) {
            item.remove(name);
        } else {
            item.put(name, Items.number(until));
        }
        return Requests.then(
                send(expressions.keepParts(row, until), key, meter),
                noted -> Requests.done(new Row(item, items.names())),
                Requests::failed);
    }

    private CompletionStage<Void> extend(Token uid, List<PartPointer> pointers, int next, long until, Meter meter) {
        if (next == pointers.size()) {
            return Requests.done(null);
        }
        PartPointer pointer = pointers.get(next);
        Expressions.Statement statement =
                expressions.keepPart(uid, until == FOR_EVER ? null : Instant.ofEpochMilli(until));
        return Requests.then(
                // Refused: it is kept as long already, or it is not there, which whoever reads it will see.
                each(pointer.rows(), row -> send(statement, pointer.rowKey(row), meter)),
                done -> extend(uid, pointers, next + 1, until, meter),
                Requests::failed);
    }

    private CompletionStage<Boolean> send(Expressions.Statement statement, SessionKey key, Meter meter) {
        UpdateItemRequest request = UpdateItemRequest.builder()
                .tableName(requests.table())
                .key(items.key(key))
                .updateExpression(statement.update())
                .conditionExpression(statement.condition())
                .expressionAttributeNames(statement.names())
                .expressionAttributeValues(statement.values())
                .returnConsumedCapacity(meter.wanted())
                .build();
        return send(
                DynamoOperation.UPDATE_ITEM,
                request,
                UpdateItemResponse::consumedCapacity,
                failure -> refused(failure, meter),
                meter);
    }

    private <Q extends DynamoDbRequest, R> CompletionStage<Boolean> send(
            DynamoOperation<Q, R> operation,
            Q request,
            Function<R, ConsumedCapacity> consumed,
            Function<Throwable, CompletionStage<Boolean>> failed,
            Meter meter) {
        return requests.send(
                operation,
                request,
                response -> {
                    meter.written(consumed.apply(response));
                    return Requests.done(true);
                },
                (failure, before) -> failed.apply(failure),
                meter);
    }

    /** Whether the condition did not hold; any other failure is one. None of these requests changes what is read. */
    private CompletionStage<Boolean> refused(Throwable failure, Meter meter) {
        return failure instanceof ConditionalCheckFailedException
                ? Requests.done(false)
                : Requests.failed(requests.errors().translate(failure, meter.operation(), false, false));
    }

    CompletionStage<Void> put(Token uid, PartPointer pointer, EncodedValue content, Meter meter) {
        Expressions.Statement statement = expressions.create();
        return each(pointer.rows(), row -> {
            PutItemRequest request = PutItemRequest.builder()
                    .tableName(requests.table())
                    .item(items.part(uid, pointer, row, piece(content, pointer, row)))
                    .conditionExpression(statement.condition())
                    .expressionAttributeNames(statement.names())
                    .returnConsumedCapacity(meter.wanted())
                    .build();
            return Requests.then(
                    send(
                            DynamoOperation.PUT_ITEM,
                            request,
                            PutItemResponse::consumedCapacity,
                            failure -> refused(failure, meter),
                            meter),
                    stored -> stored ? Requests.done(true) : storedBefore(uid, pointer.rowKey(row), meter),
                    Requests::failed);
        });
    }

    /** A put that met its own row: the client repeated it, or the caller. What it holds never changes. */
    private CompletionStage<Boolean> storedBefore(Token uid, SessionKey key, Meter meter) {
        return Requests.then(
                requests.get(key, true, meter),
                found -> found.flatMap(part -> part.content(uid)).isPresent()
                        ? Requests.done(true)
                        : Requests.failed(new SessionStoreException("the key of a new part is taken", null, false)),
                Requests::failed);
    }

    private static byte[] piece(EncodedValue content, PartPointer pointer, int row) {
        // The format's byte comes first.
        long from = (long) row * pointer.bytesPerRow();
        int to = (int) Math.min(from + pointer.bytesPerRow(), pointer.length());
        if (row > 0) {
            return Arrays.copyOfRange(content.bytes(), (int) from - 1, to - 1);
        }
        byte[] first = new byte[to];
        first[0] = (byte) content.format();
        System.arraycopy(content.bytes(), 0, first, 1, to - 1);
        return first;
    }

    CompletionStage<Optional<EncodedValue>> get(Token uid, PartPointer pointer, Meter meter) {
        byte[][] pieces = new byte[pointer.rows()][];
        return Requests.then(
                each(
                        pointer.rows(),
                        row -> Requests.then(
                                piece(uid, pointer, row, meter),
                                piece -> {
                                    pieces[row] = piece.orElse(null);
                                    return Requests.done(true);
                                },
                                Requests::failed)),
                done -> Requests.done(joined(pointer, pieces)),
                Requests::failed);
    }

    /** At half the price first: a part never changes, so that one is either right or not there yet. */
    private CompletionStage<Optional<byte[]>> piece(Token uid, PartPointer pointer, int row, Meter meter) {
        SessionKey key = pointer.rowKey(row);
        return Requests.then(
                requests.get(key, false, meter),
                found -> {
                    Optional<byte[]> piece = found.flatMap(part -> part.content(uid));
                    return piece.isPresent()
                            ? Requests.done(piece)
                            : Requests.then(
                                    requests.get(key, true, meter),
                                    again -> Requests.done(again.flatMap(part -> part.content(uid))),
                                    Requests::failed);
                },
                Requests::failed);
    }

    private static Optional<EncodedValue> joined(PartPointer pointer, byte[][] pieces) {
        byte[] bytes = new byte[pointer.length() - 1];
        int format = 0;
        int filled = -1;
        for (byte[] piece : pieces) {
            if (piece == null || piece.length == 0 || filled + piece.length > bytes.length) {
                return Optional.empty();
            }
            int skipped = filled < 0 ? 1 : 0;
            if (skipped == 1) {
                format = piece[0];
            }
            System.arraycopy(piece, skipped, bytes, filled + skipped, piece.length - skipped);
            filled += piece.length;
        }
        return filled == bytes.length && format > 0 ? Optional.of(EncodedValue.of(format, bytes)) : Optional.empty();
    }

    /**
     * An outcome, after the parts are deleted that a row no longer points to, if that is wanted. What fails is left to
     * TTL.
     *
     * @param uid of the session; null: the answer that named the parts did not tell it
     * @param unused is asked only if it is wanted
     */
    <T> CompletionStage<T> without(
            @Nullable Token uid, Supplier<List<PartPointer>> unused, CompletionStage<T> outcome, Meter meter) {
        return without(uid, deletes ? unused.get() : List.of(), outcome, meter);
    }

    /** The same of a whole session, and also where it is not wanted of parts that TTL never removes. */
    <T> CompletionStage<T> withoutEndless(StoredSession session, CompletionStage<T> outcome, Meter meter) {
        List<PartPointer> pointers = pointers(session).stream()
                .filter(pointer -> deletes || pointer.until().isEmpty())
                .toList();
        return without(session.uid(), pointers, outcome, meter);
    }

    private <T> CompletionStage<T> without(
            @Nullable Token uid, List<PartPointer> pointers, CompletionStage<T> outcome, Meter meter) {
        return pointers.isEmpty()
                ? outcome
                : Requests.then(delete(uid, pointers, 0, meter), deleted -> outcome, failure -> outcome);
    }

    private CompletionStage<Void> delete(@Nullable Token uid, List<PartPointer> pointers, int next, Meter meter) {
        if (next == pointers.size()) {
            return Requests.done(null);
        }
        PartPointer pointer = pointers.get(next);
        Expressions.Statement statement = expressions.deletePart(uid);
        return Requests.then(
                each(pointer.rows(), row -> {
                    DeleteItemRequest request = DeleteItemRequest.builder()
                            .tableName(requests.table())
                            .key(items.key(pointer.rowKey(row)))
                            .conditionExpression(statement.condition())
                            .expressionAttributeNames(statement.names())
                            .expressionAttributeValues(statement.values())
                            .returnConsumedCapacity(meter.wanted())
                            .build();
                    return send(
                            DynamoOperation.DELETE_ITEM,
                            request,
                            DeleteItemResponse::consumedCapacity,
                            failure -> Requests.done(false),
                            meter);
                }),
                done -> delete(uid, pointers, next + 1, meter),
                Requests::failed);
    }

    /** The parts that a session's row points to. */
    List<PartPointer> pointers(Row row) {
        List<PartPointer> pointers = new ArrayList<>();
        row.data().values().forEach(value -> PartPointer.of(Items.value(value)).ifPresent(pointers::add));
        return pointers;
    }

    static List<PartPointer> pointers(StoredSession session) {
        List<PartPointer> pointers = new ArrayList<>();
        session.attributes().values().forEach(value -> PartPointer.of(value).ifPresent(pointers::add));
        return pointers;
    }

    /** The parts that a row pointed to and no longer does once a delta is applied. */
    static List<PartPointer> replaced(Map<String, AttributeValue> formerData, SessionDelta delta) {
        List<PartPointer> pointers = new ArrayList<>();
        formerData.forEach((stored, value) -> {
            String name = Names.unescape(stored);
            if (delta.set().containsKey(name) || delta.removed().contains(name)) {
                EncodedValue former = Items.value(value);
                if (!former.equals(delta.set().get(name))) {
                    PartPointer.of(former).ifPresent(pointers::add);
                }
            }
        });
        return pointers;
    }

    private static CompletionStage<Void> each(int count, IntFunction<CompletionStage<Boolean>> request) {
        return each(0, count, request);
    }

    private static CompletionStage<Void> each(int from, int count, IntFunction<CompletionStage<Boolean>> request) {
        if (from >= count) {
            return Requests.done(null);
        }
        List<CompletionStage<Boolean>> group = new ArrayList<>();
        for (int i = from; i < Math.min(count, from + AT_ONCE); i++) {
            group.add(request.apply(i));
        }
        return Requests.then(all(group), done -> each(from + AT_ONCE, count, request), Requests::failed);
    }

    private static CompletionStage<Boolean> all(List<CompletionStage<Boolean>> group) {
        CompletionStage<Boolean> all = Requests.done(true);
        for (CompletionStage<Boolean> one : group) {
            all = all.thenCombine(one, (a, b) -> a && b);
        }
        return all;
    }
}
