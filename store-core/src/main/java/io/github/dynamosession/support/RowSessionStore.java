// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.support;

import io.github.dynamosession.spi.ChangeKeyOutcome;
import io.github.dynamosession.spi.CreateOutcome;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.IndexedSessionStore;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.LockOutcome;
import io.github.dynamosession.spi.LockableSessionStore;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.StoreOperation;
import io.github.dynamosession.spi.StoreOperation.Kind;
import io.github.dynamosession.spi.StoreOperation.Result;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.SweepableSessionStore;
import io.github.dynamosession.spi.Token;
import io.github.dynamosession.spi.UpdateOutcome;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@link SessionStore} over any database with compare-and-set on one row. It keeps every clause of the contract; the
 * rows keep theirs, which is short.
 *
 * <p>Each operation reads one row and replaces it on condition that it is unchanged; an id change writes two rows, one
 * after the other, and needs no transaction. An operation that meets others starts over, up to 200 times.
 */
public sealed class RowSessionStore implements LockableSessionStore permits SweepableRowSessionStore {
    private static final Logger LOG = LoggerFactory.getLogger(RowSessionStore.class);

    private final SessionRows rows;
    private final Clock clock;
    private final SessionObserver observer;

    RowSessionStore(SessionRows rows, Clock clock, SessionObserver observer) {
        this.rows = Objects.requireNonNull(rows, "rows");
        this.clock = Objects.requireNonNull(clock, "clock");
        this.observer = Objects.requireNonNull(observer, "observer");
    }

    /**
     * A store over rows, by the system's clock, without an observer.
     *
     * @param rows the database; closed with the store
     * @return what {@link #over(SessionRows, Clock, SessionObserver)} returns
     */
    public static SessionStore over(SessionRows rows) {
        return over(rows, Clock.systemUTC(), SessionObserver.NONE);
    }

    /**
     * A store over rows.
     *
     * @param rows the database; closed with the store
     * @param clock tells what has expired
     * @param observer is notified of each operation, with the number of calls of the rows as round trips
     * @return a {@link LockableSessionStore}; a {@link SweepableSessionStore}, too, if the rows are {@link ScannableRows}, and an {@link IndexedSessionStore},
     *     too, if they are {@link IndexedRows}
     */
    public static SessionStore over(SessionRows rows, Clock clock, SessionObserver observer) {
        if (rows instanceof IndexedRows indexed) {
            return new IndexedRowSessionStore(indexed, clock, observer);
        }
        return rows instanceof ScannableRows scannable
                ? new SweepableRowSessionStore(scannable, clock, observer)
                : new RowSessionStore(rows, clock, observer);
    }

    @Override
    public final boolean isBlocking() {
        return rows.isBlocking();
    }

    @Override
    public final CompletionStage<FindOutcome> find(SessionKey key) {
        return run(
                Kind.FIND,
                calls -> calls.get(key)
                        .thenApply(found ->
                                SessionRules.find(found.map(Row::content).orElse(null), clock.instant())),
                Result::of);
    }

    @Override
    public final CompletionStage<CreateOutcome> create(SessionKey key, StoredSession session) {
        Row row = Row.of(key, new Content.Live(session, null, clock.instant(), null));
        return run(Kind.CREATE, calls -> created(calls, row, session, 1), Result::of);
    }

    private static CompletionStage<CreateOutcome> created(RowCalls calls, Row row, StoredSession session, int attempt) {
        return calls.putIfAbsent(row).thenCompose(result -> {
            if (result == RowCalls.Write.APPLIED) {
                return CompletableFuture.completedFuture(new CreateOutcome.Written(session.version()));
            }
            return calls.get(row.key()).thenCompose(found -> {
                if (found.isPresent()) {
                    return CompletableFuture.completedFuture(
                            SessionRules.createOver(found.get().content(), session));
                }
                return attempt >= RowChange.MAX_ATTEMPTS
                        ? CompletableFuture.failedFuture(calls.gaveWay())
                        : created(calls, row, session, attempt + 1);
            });
        });
    }

    @Override
    public final CompletionStage<UpdateOutcome> update(SessionKey key, SessionDelta delta) {
        return run(
                delta.changesData() ? Kind.UPDATE : Kind.TOUCH,
                calls -> new RowChange<UpdateOutcome>(
                                calls,
                                clock,
                                (at, stored, followed, now) -> SessionRules.update(stored, delta, followed, now),
                                null)
                        .at(key),
                Result::of);
    }

    @Override
    public final CompletionStage<ChangeKeyOutcome> changeKey(
            SessionKey from, SessionKey to, StoredSession seen, SessionDelta delta, KeyChangeReason reason) {
        return run(Kind.CHANGE_KEY, calls -> new KeyMove(calls, clock, from, to, delta, reason).run(), Result::of);
    }

    @Override
    public final CompletionStage<DeleteOutcome> delete(SessionKey key) {
        Token deletion = Token.random();
        return run(
                Kind.DELETE,
                calls -> new RowChange<>(
                                calls,
                                clock,
                                (at, stored, followed, now) -> SessionRules.delete(stored, deletion, followed, now),
                                DeleteOutcome.UNCERTAIN)
                        .at(key),
                Result::of);
    }

    @Override
    public final CompletionStage<LockOutcome> lock(SessionKey key, Token owner, Duration lease, boolean waited) {
        return run(
                Kind.LOCK,
                calls -> new RowChange<LockOutcome>(
                                calls,
                                clock,
                                (at, stored, followed, now) -> SessionRules.lock(stored, owner, lease, now),
                                null)
                        .at(key),
                Result::of);
    }

    @Override
    public final CompletionStage<Void> unlock(SessionKey key, Token owner) {
        return run(
                        Kind.UNLOCK,
                        calls -> new RowChange<Boolean>(
                                        calls,
                                        clock,
                                        (at, stored, followed, now) -> SessionRules.unlock(stored, owner),
                                        null)
                                .at(key),
                        released -> released ? Result.WRITTEN : Result.ABSENT)
                .thenApply(released -> null);
    }

    @Override
    public final void close() {
        rows.close();
    }

    final Clock clock() {
        return clock;
    }

    /** Runs one operation and notifies the observer of it, in the thread that completes it. */
    final <T> CompletionStage<T> run(
            Kind kind, Function<RowCalls, CompletionStage<T>> operation, Function<T, Result> result) {
        long start = System.nanoTime();
        RowCalls calls = new RowCalls(rows, kind);
        CompletionStage<T> outcome = operation.apply(calls);
        if (observer == SessionObserver.NONE) {
            return outcome;
        }
        return outcome.whenComplete((value, failure) -> {
            Duration latency = Duration.ofNanos(System.nanoTime() - start);
            Result ended = failure == null ? result.apply(value) : Result.FAILED;
            try {
                observer.operation(new StoreOperation(kind, ended, latency, calls.roundTrips(), 0, 0));
            } catch (RuntimeException thrown) {
                LOG.warn("A session observer failed; the operation is not affected", thrown);
            }
        });
    }
}
