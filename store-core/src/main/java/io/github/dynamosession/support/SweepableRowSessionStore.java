// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.support;

import io.github.dynamosession.spi.ExpiredPage;
import io.github.dynamosession.spi.ExpiredSession;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.StoreOperation.Kind;
import io.github.dynamosession.spi.StoreOperation.Result;
import io.github.dynamosession.spi.SweepOutcome;
import io.github.dynamosession.spi.SweepableSessionStore;
import io.github.dynamosession.spi.Token;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** A store over rows that can be looked through: clauses C60 to C65. */
sealed class SweepableRowSessionStore extends RowSessionStore implements SweepableSessionStore
        permits IndexedRowSessionStore {
    private final ScannableRows rows;

    SweepableRowSessionStore(ScannableRows rows, Clock clock, SessionObserver observer) {
        super(rows, clock, observer);
        this.rows = rows;
    }

    @Override
    public final CompletionStage<ExpiredPage> findExpired(@Nullable String position, int limit) {
        return run(
                Kind.FIND_EXPIRED,
                calls -> calls.scan(rows, position, limit).thenCompose(page -> {
                    Instant now = clock().instant();
                    List<Row> expired = page.rows().stream()
                            .filter(row -> row.content() instanceof Content.Live live && live.isBeyondGrace(now))
                            .toList();
                    return believed(calls, expired, 0, new ArrayList<>())
                            .thenApply(sessions -> new ExpiredPage(sessions, page.next()));
                }),
                Result::of);
    }

    /** Leaves out copies of id changes that never happened: nobody knew those sessions under their new keys. */
    private static CompletionStage<List<ExpiredSession>> believed(
            RowCalls calls, List<Row> expired, int next, List<ExpiredSession> sessions) {
        for (int i = next; i < expired.size(); i++) {
            Row row = expired.get(i);
            Content.Live live = (Content.Live) row.content();
            if (live.origin == null) {
                sessions.add(new ExpiredSession(row.key(), live.session));
                continue;
            }
            int following = i + 1;
            return isBelieved(calls, row.key(), live).thenCompose(believed -> {
                if (believed) {
                    sessions.add(new ExpiredSession(row.key(), live.session));
                }
                return believed(calls, expired, following, sessions);
            });
        }
        return CompletableFuture.completedFuture(sessions);
    }

    /** The copy of an id change that has not happened is nobody's session yet. */
    static CompletionStage<Boolean> isBelieved(RowCalls calls, SessionKey key, Content.Live live) {
        return live.origin == null
                ? CompletableFuture.completedFuture(true)
                : calls.get(live.origin.from())
                        .thenApply(former -> former.isPresent() && leadsTo(former.get(), key, live.session.uid()));
    }

    private static boolean leadsTo(Row former, SessionKey key, Token uid) {
        return former.content() instanceof Content.Redirect redirect
                && redirect.target.equals(key)
                && redirect.uid.equals(uid);
    }

    @Override
    public final CompletionStage<SweepOutcome> deleteExpired(ExpiredSession seen) {
        return run(
                Kind.DELETE_EXPIRED,
                calls -> new RowChange<>(
                                calls,
                                clock(),
                                (at, stored, followed, now) -> stored instanceof Content.Live live
                                                && live.isBeyondGrace(now)
                                                && SessionRules.isAsSeen(live.session, seen.session())
                                        ? new SessionRules.Decision.Remove<>(SweepOutcome.DELETED)
                                        : new SessionRules.Decision.Answer<>(SweepOutcome.SKIPPED),
                                SweepOutcome.UNCERTAIN)
                        .at(seen.key()),
                Result::of);
    }
}
