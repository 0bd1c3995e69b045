// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import io.github.dynamosession.dynamodb.Requests.Reply;
import io.github.dynamosession.spi.ExpiredPage;
import io.github.dynamosession.spi.ExpiredSession;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.StoreMisconfiguredException;
import io.github.dynamosession.spi.SweepOutcome;
import io.github.dynamosession.spi.UnsupportedFormatException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemResponse;
import software.amazon.awssdk.services.dynamodb.model.Identity;
import software.amazon.awssdk.services.dynamodb.model.OperationType;
import software.amazon.awssdk.services.dynamodb.model.Record;
import software.amazon.awssdk.services.dynamodb.model.ScanResponse;

/**
 * The operations of a sweep: one {@code Scan} for a page, one {@code DeleteItem} for a session. The page
 * brings the sessions' content, which costs nothing beside reading the rows; the deletion only goes
 * through if that is still what is stored. A row that says that it came from another key is believed only
 * if a strong read finds the redirect there: without it the row is the copy of an id change that never happened.
 */
final class Sweeps {
    private final Requests requests;
    private final Expressions expressions;
    private final Items items;
    private final Parts parts;

    Sweeps(Requests requests, Expressions expressions, Parts parts) {
        this.requests = requests;
        this.expressions = expressions;
        this.items = requests.items();
        this.parts = parts;
    }

    CompletionStage<ExpiredPage> find(@Nullable String position, int limit, Meter meter) {
        SessionKey after = position == null ? null : SessionKey.of(position);
        return Requests.then(
                requests.scan(after, limit, expressions.expired(requests.now()), meter),
                page -> Requests.then(
                        sessions(page.items(), 0, new ArrayList<>(), meter),
                        expired -> Requests.done(new ExpiredPage(expired, next(page), time(page))),
                        Requests::failed),
                Requests::failed);
    }

    private CompletionStage<List<ExpiredSession>> sessions(
            List<Map<String, AttributeValue>> found, int next, List<ExpiredSession> expired, Meter meter) {
        for (int i = next; i < found.size(); i++) {
            Row row = new Row(found.get(i), items.names());
            try {
                ExpiredSession session = new ExpiredSession(row.key(), items.read(row));
                if (row.movedFrom() != null) {
                    int following = i + 1;
                    return Requests.then(
                            requests.isBelieved(row, meter),
                            believed -> {
                                if (believed) {
                                    expired.add(session);
                                }
                                return sessions(found, following, expired, meter);
                            },
                            Requests::failed);
                }
                expired.add(session);
            } catch (UnsupportedFormatException broken) {
                // Stays untouched, as for every other operation; it must not keep the others waiting.
            }
        }
        return Requests.done(expired);
    }

    /**
     * The row of an expired session that TTL removed, if that is what a record of the table's stream is about. Rows of
     * others and of newer releases, redirects and parts are nobody's session; what somebody deleted was told then.
     */
    Optional<Row> removed(Record record) {
        Identity by = record.userIdentity();
        if (record.eventName() != OperationType.REMOVE
                || by == null
                || !"Service".equals(by.type())
                || !"dynamodb.amazonaws.com".equals(by.principalId())) {
            return Optional.empty();
        }
        if (!record.dynamodb().hasOldImage()) {
            throw new StoreMisconfiguredException(
                    "the stream of the table " + requests.table()
                            + " has no old images: its view type must be OLD_IMAGE or NEW_AND_OLD_IMAGES",
                    null);
        }
        Row row = new Row(record.dynamodb().oldImage(), items.names());
        return row.isSession() && row.isExpiredAt(requests.now()) ? Optional.of(row) : Optional.empty();
    }

    /** The session in such a row; empty also for the copy of an id change that never happened. */
    CompletionStage<Optional<ExpiredSession>> removed(Row row, Meter meter) {
        try {
            row.requireKnownFormat();
            ExpiredSession session = new ExpiredSession(row.key(), items.read(row));
            return Requests.then(
                    requests.isBelieved(row, meter),
                    believed -> Requests.done(believed ? Optional.of(session) : Optional.empty()),
                    Requests::failed);
        } catch (UnsupportedFormatException broken) {
            return Requests.done(Optional.empty());
        }
    }

    private Optional<String> next(ScanResponse page) {
        AttributeValue last = page.hasLastEvaluatedKey()
                ? page.lastEvaluatedKey().get(items.names().name(ItemAttribute.ID))
                : null;
        return last == null ? Optional.empty() : Optional.ofNullable(last.s());
    }

    /** The time of the answer, in whole seconds; empty if something on the way took it out or wrote it otherwise. */
    private static Optional<Instant> time(ScanResponse page) {
        SdkHttpResponse http = page.sdkHttpResponse();
        try {
            return Optional.ofNullable(http)
                    .flatMap(response -> response.firstMatchingHeader("Date"))
                    .map(date -> Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(date)));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    CompletionStage<SweepOutcome> delete(ExpiredSession seen, Meter meter) {
        Instant end = seen.session().expiresAt().orElse(null);
        if (end == null || requests.now().isBefore(end.plus(SessionStore.SAVE_GRACE))) {
            return Requests.done(SweepOutcome.SKIPPED);
        }
        return Requests.then(
                requests.sweep(seen.key(), expressions.sweep(seen.session(), end), meter),
                reply -> {
                    if (!(reply instanceof Reply.Refused<DeleteItemResponse> refused)) {
                        // The row was as it was seen, and so were the parts that it pointed to.
                        return parts.without(
                                seen.session().uid(),
                                () -> Parts.pointers(seen.session()),
                                Requests.done(SweepOutcome.DELETED),
                                meter);
                    }
                    boolean uncertain = refused.row() == null && refused.hidden();
                    return Requests.done(uncertain ? SweepOutcome.UNCERTAIN : SweepOutcome.SKIPPED);
                },
                Requests::failed);
    }
}
