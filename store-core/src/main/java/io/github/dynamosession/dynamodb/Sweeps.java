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
import java.util.function.UnaryOperator;
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
    private final boolean leftovers;

    /**
     * Sweeps of a table.
     *
     * @param leftovers whether they find, too, what TTL removes elsewhere
     */
    Sweeps(Requests requests, Expressions expressions, Parts parts, boolean leftovers) {
        this.requests = requests;
        this.expressions = expressions;
        this.items = requests.items();
        this.parts = parts;
        this.leftovers = leftovers;
    }

    CompletionStage<ExpiredPage> find(@Nullable String position, int limit, Meter meter) {
        return Requests.then(
                find(new SweepFilter(requests.now(), true, null, null, leftovers), position, limit, meter),
                found -> Requests.done(new ExpiredPage(found.sessions, found.leftovers, found.next(), found.time())),
                Requests::failed);
    }

    /** The same of a sweep that an operator asks for. */
    CompletionStage<TableSweep.Page> find(TableSweep sweep, @Nullable String position, int limit, Meter meter) {
        return Requests.then(
                find(sweep.filter(requests.now()), position, limit, meter),
                found -> Requests.done(
                        new TableSweep.Page(found.page.scannedCount(), found.sessions, found.leftovers, found.next())),
                Requests::failed);
    }

    private CompletionStage<Found> find(SweepFilter filter, @Nullable String position, int limit, Meter meter) {
        SessionKey after = position == null ? null : SessionKey.of(position);
        return Requests.then(
                requests.scan(after, limit, expressions.sweepable(filter), meter),
                page -> look(page.items(), 0, new Found(filter, page), meter),
                Requests::failed);
    }

    /** What a page has. */
    private final class Found {
        private final SweepFilter filter;
        private final ScanResponse page;
        private final List<ExpiredSession> sessions = new ArrayList<>();
        private final List<SessionKey> leftovers = new ArrayList<>();

        Found(SweepFilter filter, ScanResponse page) {
            this.filter = filter;
            this.page = page;
        }

        Optional<String> next() {
            return Sweeps.this.next(page);
        }

        Optional<Instant> time() {
            return Sweeps.time(page);
        }
    }

    private CompletionStage<Found> look(List<Map<String, AttributeValue>> rows, int next, Found found, Meter meter) {
        for (int i = next; i < rows.size(); i++) {
            Row row = new Row(rows.get(i), items.names());
            try {
                if (!row.isSession()) {
                    found.leftovers.add(row.key());
                } else if (row.movedFrom() == null) {
                    found.sessions.add(new ExpiredSession(row.key(), items.read(row)));
                } else {
                    int following = i + 1;
                    return Requests.then(
                            moved(row, found, meter), done -> look(rows, following, found, meter), Requests::failed);
                }
            } catch (UnsupportedFormatException broken) {
                // Stays untouched, as for every other operation; it must not keep the others waiting.
            }
        }
        return Requests.done(found);
    }

    /** A row that says where it came from: a session, if the redirect is there; otherwise nobody's, and may have to go. */
    private CompletionStage<Found> moved(Row row, Found found, Meter meter) {
        ExpiredSession session = new ExpiredSession(row.key(), items.read(row));
        return Requests.then(
                requests.isBelieved(row, meter),
                believed -> {
                    if (!believed && found.filter.leftovers() && isUseless(row, found.filter.now())) {
                        found.leftovers.add(row.key());
                    } else if (believed && found.filter.takes(session.session())) {
                        found.sessions.add(session);
                    }
                    return Requests.done(found);
                },
                Requests::failed);
    }

    private static boolean isUseless(Row row, Instant now) {
        Long ttl = row.number(ItemAttribute.TTL);
        return ttl != null && Instant.ofEpochSecond(ttl).isBefore(now.minus(Items.LEFTOVER_KEPT));
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
        return deleteAsSeen(
                seen,
                meter,
                deleted -> parts.without(seen.session().uid(), () -> Parts.pointers(seen.session()), deleted, meter));
    }

    /** The same of a session that has not expired. With it go large values that TTL never removes, in any case. */
    CompletionStage<SweepOutcome> deleteAsSeen(ExpiredSession seen, Meter meter) {
        return deleteAsSeen(seen, meter, deleted -> parts.withoutEndless(seen.session(), deleted, meter));
    }

    private CompletionStage<SweepOutcome> deleteAsSeen(
            ExpiredSession seen, Meter meter, UnaryOperator<CompletionStage<SweepOutcome>> withParts) {
        return Requests.then(
                requests.sweep(seen.key(), expressions.sweep(seen.session()), meter),
                reply -> {
                    if (!(reply instanceof Reply.Refused<DeleteItemResponse> refused)) {
                        // The row was as it was seen, and so were the parts that it pointed to.
                        return withParts.apply(Requests.done(SweepOutcome.DELETED));
                    }
                    boolean uncertain = refused.row() == null && refused.hidden();
                    return Requests.done(uncertain ? SweepOutcome.UNCERTAIN : SweepOutcome.SKIPPED);
                },
                Requests::failed);
    }

    CompletionStage<SweepOutcome> deleteLeftover(SessionKey key, Meter meter) {
        return Requests.then(
                requests.sweep(key, expressions.leftover(requests.now()), meter),
                reply -> {
                    if (!(reply instanceof Reply.Refused<DeleteItemResponse> refused)) {
                        return Requests.done(SweepOutcome.DELETED);
                    }
                    boolean uncertain = refused.row() == null && refused.hidden();
                    return Requests.done(uncertain ? SweepOutcome.UNCERTAIN : SweepOutcome.SKIPPED);
                },
                Requests::failed);
    }
}
