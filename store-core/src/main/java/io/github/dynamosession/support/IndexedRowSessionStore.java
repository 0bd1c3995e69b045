// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.support;

import io.github.dynamosession.spi.CustomValue;
import io.github.dynamosession.spi.DeleteByOutcome;
import io.github.dynamosession.spi.IndexMark;
import io.github.dynamosession.spi.IndexPage;
import io.github.dynamosession.spi.IndexType;
import io.github.dynamosession.spi.IndexedSessionStore;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.StoreOperation.Kind;
import io.github.dynamosession.spi.StoreOperation.Result;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.Token;
import java.time.Clock;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** A store over rows that can be found by an index: clauses C70 to C77. */
final class IndexedRowSessionStore extends SweepableRowSessionStore implements IndexedSessionStore {
    private final IndexedRows rows;

    IndexedRowSessionStore(IndexedRows rows, Clock clock, SessionObserver observer) {
        super(rows, clock, observer);
        this.rows = rows;
    }

    @Override
    public Optional<IndexType> index(String attribute) {
        return rows.index(attribute);
    }

    /** Custom attributes are part of a row's content, so that any name will do. */
    @Override
    public void requireCustomAttribute(String attribute) {}

    @Override
    public CompletionStage<IndexPage> findBy(
            String attribute, CustomValue value, @Nullable String position, int limit) {
        return run(
                Kind.FIND_BY,
                calls -> calls.select(rows, attribute, value.text(), position, limit)
                        .thenApply(page -> new IndexPage(
                                page.rows().stream()
                                        .filter(row -> value.equals(custom(row, attribute)))
                                        .map(Row::key)
                                        .toList(),
                                page.next())),
                Result::of);
    }

    private static @Nullable CustomValue custom(Row row, String attribute) {
        return row.content() instanceof Content.Live live
                ? live.session.custom().get(attribute)
                : null;
    }

    @Override
    public CompletionStage<Optional<StoredSession>> readBy(SessionKey key, String attribute, Set<CustomValue> values) {
        return run(
                Kind.READ_BY,
                calls -> calls.get(key).thenCompose(found -> {
                    Row row = found.orElse(null);
                    if (row == null
                            || !(row.content() instanceof Content.Live live)
                            || live.session.isExpiredAt(clock().instant())
                            || !new SessionRules.Indexed(attribute, values, null, live.session.uid())
                                    .means(live.session)) {
                        return CompletableFuture.completedFuture(Optional.<StoredSession>empty());
                    }
                    return isBelieved(calls, key, live)
                            .thenApply(believed -> believed ? Optional.of(live.session) : Optional.empty());
                }),
                Result::ofFound);
    }

    /** What an end removed, before it is known whether it was a session or only the copy of one. */
    private record Removed(DeleteByOutcome outcome, Content.@Nullable Live row) {}

    @Override
    public CompletionStage<DeleteByOutcome> deleteBy(
            SessionKey key, String attribute, Set<CustomValue> values, @Nullable Token spared) {
        SessionRules.Indexed by = new SessionRules.Indexed(attribute, values, spared, Token.random());
        return run(
                Kind.DELETE_BY,
                calls -> new RowChange<>(
                                calls,
                                clock(),
                                (at, stored, followed, now) ->
                                        removed(SessionRules.deleteBy(at, stored, by, followed, now), stored),
                                new Removed(new DeleteByOutcome.Uncertain(), null))
                        .at(key)
                        .thenCompose(removed -> counted(calls, removed)),
                Result::of);
    }

    private static SessionRules.Decision<Removed> removed(
            SessionRules.Decision<DeleteByOutcome> decision, @Nullable Content stored) {
        if (decision instanceof SessionRules.Decision.Follow<DeleteByOutcome> follow) {
            return new SessionRules.Decision.Follow<>(follow.target(), follow.uid());
        }
        if (decision instanceof SessionRules.Decision.Replace<DeleteByOutcome> replace) {
            return new SessionRules.Decision.Replace<>(replace.next(), new Removed(replace.applied(), live(stored)));
        }
        if (decision instanceof SessionRules.Decision.Remove<DeleteByOutcome> remove) {
            return new SessionRules.Decision.Remove<>(new Removed(remove.applied(), live(stored)));
        }
        return new SessionRules.Decision.Answer<>(new Removed(new DeleteByOutcome.Skipped(), null));
    }

    private static Content.@Nullable Live live(@Nullable Content stored) {
        return stored instanceof Content.Live live ? live : null;
    }

    /** A read that fails now leaves open what it was, and the session is gone all the same. */
    private static CompletionStage<DeleteByOutcome> counted(RowCalls calls, Removed removed) {
        if (!(removed.outcome() instanceof DeleteByOutcome.Deleted deleted) || removed.row() == null) {
            return CompletableFuture.completedFuture(removed.outcome());
        }
        return isBelieved(calls, deleted.key(), removed.row()).handle((believed, failure) -> {
            if (failure != null) {
                return new DeleteByOutcome.Uncertain();
            }
            return believed ? deleted : new DeleteByOutcome.Skipped();
        });
    }

    @Override
    public CompletionStage<Optional<IndexMark>> findMark(SessionKey key) {
        return run(
                Kind.FIND_MARK,
                calls -> calls.get(key).thenApply(found -> found.flatMap(row -> mark(row))),
                Result::ofFound);
    }

    private static Optional<IndexMark> mark(Row row) {
        return row.content() instanceof Content.Mark mark ? Optional.of(mark.mark) : Optional.empty();
    }

    @Override
    public CompletionStage<IndexMark> raiseMark(SessionKey key, long atLeast, @Nullable Token spared) {
        return run(
                Kind.RAISE_MARK,
                calls -> raised(calls, key, atLeast, Optional.ofNullable(spared), 1),
                mark -> Result.WRITTEN);
    }

    private static CompletionStage<IndexMark> raised(
            RowCalls calls, SessionKey key, long atLeast, Optional<Token> spared, int attempt) {
        return calls.get(key).thenCompose(found -> {
            Row present = found.orElse(null);
            long former =
                    found.flatMap(row -> mark(row)).map(IndexMark::generation).orElse(atLeast - 1);
            Row next = Row.of(key, new Content.Mark(new IndexMark(Math.max(atLeast, former + 1), spared)));
            CompletionStage<RowCalls.Write> write =
                    present == null ? calls.putIfAbsent(next) : calls.replace(present, next);
            return write.thenCompose(result -> {
                if (result == RowCalls.Write.APPLIED) {
                    return CompletableFuture.completedFuture(((Content.Mark) next.content()).mark);
                }
                return attempt >= RowChange.MAX_ATTEMPTS
                        ? CompletableFuture.failedFuture(calls.gaveWay())
                        : raised(calls, key, atLeast, spared, attempt + 1);
            });
        });
    }
}
