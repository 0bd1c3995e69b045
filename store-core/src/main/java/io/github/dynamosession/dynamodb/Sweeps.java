// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import io.github.dynamosession.dynamodb.Requests.Reply;
import io.github.dynamosession.spi.ExpiredPage;
import io.github.dynamosession.spi.ExpiredSession;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStore;
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
import software.amazon.awssdk.services.dynamodb.model.ScanResponse;

/**
 * The operations of a sweep: one {@code Scan} for a page, one {@code DeleteItem} for a session. The page
 * brings the sessions' content, which costs nothing beside reading the rows; the deletion only goes
 * through if that is still what is stored.
 */
final class Sweeps {
    private final Requests requests;
    private final Expressions expressions;
    private final Items items;

    Sweeps(Requests requests, Expressions expressions) {
        this.requests = requests;
        this.expressions = expressions;
        this.items = requests.items();
    }

    CompletionStage<ExpiredPage> find(@Nullable String position, int limit, Meter meter) {
        SessionKey after = position == null ? null : SessionKey.of(position);
        return Requests.then(
                requests.scan(after, limit, expressions.expired(requests.now()), meter),
                page -> Requests.done(new ExpiredPage(sessions(page), next(page), time(page))),
                Requests::failed);
    }

    private List<ExpiredSession> sessions(ScanResponse page) {
        List<ExpiredSession> expired = new ArrayList<>();
        for (Map<String, AttributeValue> item : page.items()) {
            Row row = new Row(item, items.names());
            try {
                expired.add(new ExpiredSession(row.key(), items.read(row)));
            } catch (UnsupportedFormatException broken) {
                // Stays untouched, as for every other operation; it must not keep the others waiting.
            }
        }
        return expired;
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
                        return Requests.done(SweepOutcome.DELETED);
                    }
                    boolean uncertain = refused.row() == null && refused.hidden();
                    return Requests.done(uncertain ? SweepOutcome.UNCERTAIN : SweepOutcome.SKIPPED);
                },
                Requests::failed);
    }
}
