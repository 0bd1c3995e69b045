// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import io.github.dynamosession.dynamodb.Requests.Reply;
import io.github.dynamosession.spi.CustomValue;
import io.github.dynamosession.spi.DeleteByOutcome;
import io.github.dynamosession.spi.IndexMark;
import io.github.dynamosession.spi.IndexPage;
import io.github.dynamosession.spi.IndexType;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.Token;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.PutItemResponse;
import software.amazon.awssdk.services.dynamodb.model.QueryResponse;

/**
 * The operations on indexes: one {@code Query} for a page, one {@code GetItem} to look at a session, one {@code PutItem}
 * to end one, whose condition names the indexed value. The put brings what it replaced, so that nobody reads before. A
 * row that says that it came from another key is believed only if a strong read finds the redirect there.
 */
final class Indexes {
    /** What the name of an attribute's index ends with. */
    private static final String SUFFIX = "-index";

    /** DynamoDB's limit for the name of an index, and of an attribute that is a key of one. */
    private static final int MAX_NAME = 255;

    private static final int MAX_ATTEMPTS = 10;

    private final Requests requests;
    private final Expressions expressions;
    private final Items items;
    private final Map<String, IndexType> types;

    Indexes(Requests requests, Expressions expressions, Map<String, IndexType> types) {
        this.requests = requests;
        this.expressions = expressions;
        this.items = requests.items();
        this.types = types;
    }

    /** The index of a custom attribute. */
    static String nameOf(String attribute) {
        return attribute + SUFFIX;
    }

    /**
     * The indexes that the setting {@code indexes} names.
     *
     * @throws IllegalArgumentException if one is of another type than text and number
     */
    static Map<String, IndexType> parse(List<String> setting) {
        Map<String, IndexType> indexes = new TreeMap<>();
        for (String index : setting) {
            int end = index.lastIndexOf(':');
            String type = end < 0 ? "text" : index.substring(end + 1).trim();
            if (!type.equals("text") && !type.equals("number")) {
                throw new IllegalArgumentException("has an index of another type than text and number");
            }
            indexes.put(
                    end < 0 ? index : index.substring(0, end).trim(),
                    type.equals("text") ? IndexType.TEXT : IndexType.NUMBER);
        }
        return indexes;
    }

    /** What is wrong with the indexes of a table, by their attributes. */
    static List<String> problems(Map<String, IndexType> indexes, ItemAttributes names) {
        List<String> problems = new ArrayList<>();
        indexes.forEach((attribute, type) -> {
            String problem = problem(attribute, true, names);
            if (problem != null) {
                problems.add(problem);
            }
            if (type == IndexType.ANY) {
                problems.add("an index of DynamoDB takes texts or numbers, not both");
            }
        });
        return problems;
    }

    /** What is wrong with the name of a custom attribute; null: nothing. */
    static @Nullable String problem(String attribute, boolean indexed, ItemAttributes names) {
        if (attribute.isEmpty() || attribute.getBytes(StandardCharsets.UTF_8).length > MAX_NAME) {
            return "the name of a custom attribute has 1 to " + MAX_NAME + " bytes";
        }
        if (names.has(attribute)) {
            return "the table has an attribute " + attribute + " already, which is the store's own: give the custom"
                    + " attribute another name";
        }
        if (indexed && !nameOf(attribute).matches("[A-Za-z0-9_.-]{7,255}")) {
            return "the name of an indexed attribute has up to " + (MAX_NAME - SUFFIX.length())
                    + " letters, digits and the characters _ . -";
        }
        return null;
    }

    Optional<IndexType> index(String attribute) {
        return Optional.ofNullable(types.get(attribute));
    }

    CompletionStage<IndexPage> find(
            String attribute, CustomValue value, @Nullable String position, int limit, Meter meter) {
        AttributeValue indexed = CustomValues.write(value);
        return Requests.then(
                requests.query(
                        nameOf(attribute), attribute, indexed, after(attribute, indexed, position), limit, meter),
                page -> Requests.done(new IndexPage(
                        page.items().stream()
                                .map(item -> new Row(item, items.names()).key())
                                .toList(),
                        next(page))),
                Requests::failed);
    }

    /** A position is the creation and the key of the last row of the page before. */
    private @Nullable Map<String, AttributeValue> after(
            String attribute, AttributeValue value, @Nullable String position) {
        if (position == null) {
            return null;
        }
        int end = position.indexOf(':');
        if (end < 1
                || end + 1 == position.length()
                || !position.substring(0, end).matches("-?[0-9]{1,19}")) {
            throw new IllegalArgumentException("this is no position in an index");
        }
        Map<String, AttributeValue> key = new HashMap<>(items.key(SessionKey.of(position.substring(end + 1))));
        key.put(items.names().name(ItemAttribute.CREATED_AT), AttributeValue.fromN(position.substring(0, end)));
        key.put(attribute, value);
        return key;
    }

    private Optional<String> next(QueryResponse page) {
        if (!page.hasLastEvaluatedKey() || page.lastEvaluatedKey().isEmpty()) {
            return Optional.empty();
        }
        Row last = new Row(page.lastEvaluatedKey(), items.names());
        return Optional.of(
                last.required(ItemAttribute.CREATED_AT) + ":" + last.key().value());
    }

    CompletionStage<Optional<StoredSession>> read(
            SessionKey key, String attribute, Set<CustomValue> values, Meter meter) {
        return Requests.then(
                requests.get(key, true, meter),
                found -> {
                    Row row = found.orElse(null);
                    if (row == null || !row.isSession()) {
                        return Requests.done(Optional.empty());
                    }
                    row.requireKnownFormat();
                    if (row.isExpiredAt(requests.now()) || !hasOneOf(row, attribute, values)) {
                        return Requests.done(Optional.empty());
                    }
                    return Requests.then(
                            requests.isBelieved(row, meter),
                            believed -> Requests.done(believed ? Optional.of(items.read(row)) : Optional.empty()),
                            Requests::failed);
                },
                Requests::failed);
    }

    private static boolean hasOneOf(Row row, String attribute, Set<CustomValue> values) {
        AttributeValue stored = row.item().get(attribute);
        CustomValue value = stored == null ? null : CustomValues.read(stored);
        return value != null && values.contains(value);
    }

    /**
     * An end by index.
     *
     * @param key where the session is, after the redirects followed so far
     * @param spared whom to leave alone; null: nobody
     * @param token what the trace that it leaves is recognised by
     * @param followed the session that the redirects belong to; null as long as none was followed
     * @param hops how many redirects were followed
     */
    private record End(
            SessionKey key,
            String attribute,
            Set<CustomValue> values,
            @Nullable Token spared,
            Token token,
            @Nullable Token followed,
            int hops) {
        End follow(Row redirect) {
            return new End(redirect.target(), attribute, values, spared, token, redirect.uid(), hops + 1);
        }

        boolean concerns(Row row) {
            return followed == null || row.has(ItemAttribute.UID, followed);
        }
    }

    CompletionStage<DeleteByOutcome> delete(
            SessionKey key, String attribute, Set<CustomValue> values, @Nullable Token spared, Meter meter) {
        return delete(new End(key, attribute, values, spared, Token.random(), null, 0), meter);
    }

    private CompletionStage<DeleteByOutcome> delete(End end, Meter meter) {
        return Requests.then(
                requests.replace(
                        end.key(),
                        items.ended(end.key(), end.token(), requests.now()),
                        expressions.endBy(end.attribute(), end.values(), end.spared(), end.followed()),
                        meter),
                reply -> {
                    if (reply instanceof Reply.Refused<PutItemResponse> refused) {
                        return refused(end, refused, meter);
                    }
                    return ended(((Reply.Done<PutItemResponse>) reply).response(), meter);
                },
                Requests::failed);
    }

    /** What the put replaced: only now it is known whether that was a live session. */
    private CompletionStage<DeleteByOutcome> ended(PutItemResponse response, Meter meter) {
        Row row = new Row(response.attributes(), items.names());
        if (row.isExpiredAt(requests.now())) {
            return Requests.done(new DeleteByOutcome.Skipped());
        }
        DeleteByOutcome deleted = new DeleteByOutcome.Deleted(row.key(), items.read(row));
        return Requests.then(
                requests.isBelieved(row, meter),
                believed -> Requests.done(believed ? deleted : new DeleteByOutcome.Skipped()),
                // It has ended all the same.
                failure -> Requests.done(new DeleteByOutcome.Uncertain()));
    }

    private CompletionStage<DeleteByOutcome> refused(End end, Reply.Refused<PutItemResponse> refused, Meter meter) {
        Row row = refused.row();
        if (row == null) {
            return Requests.done(refused.hidden() ? new DeleteByOutcome.Uncertain() : new DeleteByOutcome.Skipped());
        }
        if (row.isEndedBy(end.token())) {
            // Applied, and its reply lost: what it replaced is not known.
            return Requests.done(new DeleteByOutcome.Uncertain());
        }
        if (!row.isRedirect()) {
            if (row.isSession()) {
                row.requireKnownFormat();
            }
            return Requests.done(new DeleteByOutcome.Skipped());
        }
        row.requireKnownFormat();
        boolean isSpared = end.spared() != null && row.has(ItemAttribute.UID, end.spared());
        if (!end.concerns(row) || isSpared) {
            return Requests.done(new DeleteByOutcome.Skipped());
        }
        return end.hops() == SessionStore.MAX_FOLLOWED
                ? Requests.failed(Updates.tooFar(meter, false))
                : delete(end.follow(row), meter);
    }

    CompletionStage<Optional<IndexMark>> findMark(SessionKey key, Meter meter) {
        return Requests.then(
                requests.get(key, true, meter), row -> Requests.done(row.flatMap(Indexes::mark)), Requests::failed);
    }

    private static Optional<IndexMark> mark(Row row) {
        if (!row.isMark()) {
            return Optional.empty();
        }
        row.requireKnownFormat();
        return Optional.of(new IndexMark(
                row.required(ItemAttribute.GENERATION), Optional.ofNullable(row.token(ItemAttribute.SPARED))));
    }

    CompletionStage<IndexMark> raiseMark(SessionKey key, long atLeast, @Nullable Token spared, Meter meter) {
        return Requests.then(
                requests.get(key, true, meter),
                row -> raise(key, row.orElse(null), atLeast, spared, 0, false, meter),
                Requests::failed);
    }

    /** Raises it; {@code hidden}: an earlier request may have done so, and others since. */
    private CompletionStage<IndexMark> raise(
            SessionKey key,
            @Nullable Row row,
            long atLeast,
            @Nullable Token spared,
            int attempts,
            boolean hidden,
            Meter meter) {
        Optional<IndexMark> former = row == null ? Optional.empty() : mark(row);
        if (attempts == MAX_ATTEMPTS || (row != null && former.isEmpty())) {
            return Requests.failed(new SessionStoreException(
                    row != null && former.isEmpty()
                            ? "the " + meter.operation() + " met a row that is none"
                            : "the " + meter.operation() + " gave way to others that raised the same mark, too often",
                    null,
                    hidden));
        }
        Long seen = former.map(IndexMark::generation).orElse(null);
        IndexMark mark =
                new IndexMark(seen == null ? atLeast : Math.max(atLeast, seen + 1), Optional.ofNullable(spared));
        return Requests.then(
                requests.put(key, items.mark(key, mark), expressions.raise(seen), meter),
                reply -> {
                    if (!(reply instanceof Reply.Refused<PutItemResponse> refused)) {
                        return Requests.done(mark);
                    }
                    boolean nowHidden = hidden || refused.hidden();
                    return Requests.then(
                            requests.pause(attempts),
                            paused -> raise(key, refused.row(), atLeast, spared, attempts + 1, nowHidden, meter),
                            failure -> failed(failure, nowHidden, meter));
                },
                failure -> failed(failure, hidden, meter));
    }

    private CompletionStage<IndexMark> failed(Throwable failure, boolean hidden, Meter meter) {
        return Requests.failed(requests.errors().translate(failure, meter.operation(), true, hidden));
    }
}
