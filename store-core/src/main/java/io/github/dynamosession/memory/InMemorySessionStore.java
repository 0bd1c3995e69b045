// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.memory;

import io.github.dynamosession.spi.ChangeKeyOutcome;
import io.github.dynamosession.spi.CreateOutcome;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.ExpiredPage;
import io.github.dynamosession.spi.ExpiredSession;
import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionDelta.Condition;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.StoreOperation;
import io.github.dynamosession.spi.StoreOperation.Kind;
import io.github.dynamosession.spi.StoreOperation.Result;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.SweepOutcome;
import io.github.dynamosession.spi.SweepableSessionStore;
import io.github.dynamosession.spi.Token;
import io.github.dynamosession.spi.UpdateOutcome;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps sessions in the memory of this process, as the contract of {@link SweepableSessionStore} says, clause by
 * clause: the reference that other stores are compared with.
 *
 * <p>For development and tests. Sessions are lost with the process; nothing limits their number or size.
 * Sessions that expired an hour ago, which leaves a sweep the time to tell them, and old traces of moved
 * ones are removed in passing, a few with each call of {@link #create} and {@link #changeKey}; there is no
 * thread.
 *
 * <p>Operations complete in the calling thread. Those on different keys run side by side; only
 * {@code changeKey} runs alone.
 */
public final class InMemorySessionStore implements SweepableSessionStore {
    private static final Logger LOG = LoggerFactory.getLogger(InMemorySessionStore.class);

    /** Rows looked at for each row added: more than one, so that the removal outruns the growth. */
    private static final int PURGE_STEP = 4;

    /** How long an expired session waits for a sweep: what is removed in passing is told to nobody. */
    private static final Duration UNTOLD = Duration.ofHours(1);

    private final Clock clock;
    private final SessionObserver observer;
    private final ConcurrentHashMap<SessionKey, Row> rows = new ConcurrentHashMap<>();

    /** Shared by all operations on one row, which the map makes atomic; exclusive for a move, which needs two. */
    private final ReadWriteLock moves = new ReentrantReadWriteLock();

    private final Lock purging = new ReentrantLock();
    private Iterator<Map.Entry<SessionKey, Row>> purge = Collections.emptyIterator();

    /** A store by the system's clock. */
    public InMemorySessionStore() {
        this(Clock.systemUTC());
    }

    /**
     * A store that decides expiry by the given clock.
     *
     * @param clock tells what has expired
     */
    public InMemorySessionStore(Clock clock) {
        this(clock, SessionObserver.NONE);
    }

    /**
     * A store that reports its operations, with no round trips and no consumed units.
     *
     * @param clock tells what has expired
     * @param observer is told of each operation in the calling thread
     */
    public InMemorySessionStore(Clock clock, SessionObserver observer) {
        this.clock = Objects.requireNonNull(clock, "clock");
        this.observer = Objects.requireNonNull(observer, "observer");
    }

    /**
     * The number of live sessions: neither expired ones nor the traces of moved ones count. Looks at
     * every row.
     *
     * @return 0 or more
     */
    public int size() {
        Instant now = clock.instant();
        int live = 0;
        for (Row row : rows.values()) {
            if (row instanceof Row.Live session && !session.session.isExpiredAt(now)) {
                live++;
            }
        }
        return live;
    }

    @Override
    public boolean isBlocking() {
        return true;
    }

    @Override
    public CompletionStage<FindOutcome> find(SessionKey key) {
        return run(Kind.FIND, moves.readLock(), () -> findRow(key), outcome -> {
            if (outcome instanceof FindOutcome.Found) {
                return Result.FOUND;
            }
            return outcome instanceof FindOutcome.Moved ? Result.MOVED : Result.ABSENT;
        });
    }

    private FindOutcome findRow(SessionKey key) {
        Row row = rows.get(key);
        Instant now = clock.instant();
        if (row instanceof Row.Live live && !live.session.isExpiredAt(now)) {
            return new FindOutcome.Found(live.session);
        }
        return row instanceof Row.Moved moved
                ? new FindOutcome.Moved(moved.at, moved.reason)
                : new FindOutcome.Absent();
    }

    @Override
    public CompletionStage<CreateOutcome> create(SessionKey key, StoredSession session) {
        return run(
                Kind.CREATE,
                moves.readLock(),
                () -> createRow(key, session),
                outcome -> outcome instanceof CreateOutcome.Written ? Result.WRITTEN : Result.EXISTS);
    }

    private CreateOutcome createRow(SessionKey key, StoredSession session) {
        Instant now = clock.instant();
        purge(now);
        Row created = new Row.Live(session, null);
        Row row = rows.compute(key, (same, old) -> old == null ? created : old);
        if (row == created) {
            return new CreateOutcome.Written(session.version());
        }
        return row instanceof Row.Live live && live.session.uid().equals(session.uid())
                ? new CreateOutcome.Written(live.session.version())
                : new CreateOutcome.Exists();
    }

    @Override
    public CompletionStage<UpdateOutcome> update(SessionKey key, SessionDelta delta) {
        return run(
                delta.changesData() ? Kind.UPDATE : Kind.TOUCH,
                moves.readLock(),
                () -> updateRow(key, delta),
                outcome -> {
                    if (outcome instanceof UpdateOutcome.Written) {
                        return Result.WRITTEN;
                    } else if (outcome instanceof UpdateOutcome.Conflict) {
                        return Result.CONFLICT;
                    }
                    return outcome instanceof UpdateOutcome.Moved ? Result.MOVED : Result.GONE;
                });
    }

    private UpdateOutcome updateRow(SessionKey key, SessionDelta delta) {
        Instant now = clock.instant();
        Target target = follow(key, delta.changesData() ? delta.write() : null, now, KeyChangeReason::writesFollow);
        if (target.writtenBefore != null) {
            return new UpdateOutcome.Written(target.writtenBefore);
        }
        if (target.moved) {
            return new UpdateOutcome.Moved();
        }
        Answer<UpdateOutcome> answer = new Answer<>(new UpdateOutcome.Gone());
        rows.computeIfPresent(target.key, (same, row) -> {
            if (!(row instanceof Row.Live live) || !target.accepts(live)) {
                return row;
            }
            if (delta.changesData() && delta.write().equals(live.lastWrite)) {
                answer.value = new UpdateOutcome.Written(live.session.version());
                return row;
            }
            if (delta.changesData() ? live.isStale(now) : live.session.isExpiredAt(now)) {
                return row;
            }
            if (!holds(delta.condition(), live.session)) {
                answer.value = new UpdateOutcome.Conflict(live.session);
                return row;
            }
            boolean takesKeyBinding = delta.changesData() && target.key.equals(key);
            Row.Live changed = live.with(delta, takesKeyBinding);
            answer.value = new UpdateOutcome.Written(changed.session.version());
            return changed;
        });
        return answer.value;
    }

    @Override
    public CompletionStage<ChangeKeyOutcome> changeKey(
            SessionKey from, SessionKey to, StoredSession seen, SessionDelta delta, KeyChangeReason reason) {
        return run(Kind.CHANGE_KEY, moves.writeLock(), () -> move(from, to, delta, reason), outcome -> {
            if (outcome instanceof ChangeKeyOutcome.Changed) {
                return Result.WRITTEN;
            } else if (outcome instanceof ChangeKeyOutcome.Conflict) {
                return Result.CONFLICT;
            }
            return outcome instanceof ChangeKeyOutcome.Moved ? Result.MOVED : Result.GONE;
        });
    }

    private ChangeKeyOutcome move(SessionKey from, SessionKey to, SessionDelta delta, KeyChangeReason reason) {
        Instant now = clock.instant();
        purge(now);
        Row row = rows.get(from);
        if (row instanceof Row.Moved moved) {
            if (moved.write.equals(delta.write()) && moved.to.equals(to)) {
                return movedBefore(to, moved.uid, now);
            }
            return new ChangeKeyOutcome.Moved();
        }
        if (!(row instanceof Row.Live live) || live.session.isExpiredAt(now)) {
            return new ChangeKeyOutcome.Gone();
        }
        if (!holds(delta.condition(), live.session)) {
            return new ChangeKeyOutcome.Conflict(live.session);
        }
        Row.Live changed = live.with(delta, true);
        if (rows.putIfAbsent(to, changed) != null) {
            throw new SessionStoreException("changeKey: the new key has been used before", null, false);
        }
        rows.put(from, new Row.Moved(to, live, delta.write(), reason, now));
        return new ChangeKeyOutcome.Changed(changed.session);
    }

    /** A repetition (C42): what became of the session under its new key. */
    private ChangeKeyOutcome movedBefore(SessionKey to, Token uid, Instant now) {
        Row row = rows.get(to);
        if (row instanceof Row.Live live && live.session.uid().equals(uid) && !live.session.isExpiredAt(now)) {
            return new ChangeKeyOutcome.Changed(live.session);
        }
        return row instanceof Row.Moved ? new ChangeKeyOutcome.Moved() : new ChangeKeyOutcome.Gone();
    }

    @Override
    public CompletionStage<DeleteOutcome> delete(SessionKey key) {
        return run(Kind.DELETE, moves.readLock(), () -> deleteRow(key), outcome -> switch (outcome) {
            case DELETED -> Result.DELETED;
            case MOVED -> Result.MOVED;
            case ABSENT -> Result.ABSENT;
            case UNCERTAIN -> Result.UNCERTAIN;
        });
    }

    private DeleteOutcome deleteRow(SessionKey key) {
        Instant now = clock.instant();
        Target target = follow(key, null, now, KeyChangeReason::endFollows);
        if (target.moved) {
            return DeleteOutcome.MOVED;
        }
        Answer<DeleteOutcome> answer = new Answer<>(DeleteOutcome.ABSENT);
        rows.computeIfPresent(target.key, (same, row) -> {
            if (!(row instanceof Row.Live live) || !target.accepts(live)) {
                return row;
            }
            answer.value = live.session.isExpiredAt(now) ? DeleteOutcome.ABSENT : DeleteOutcome.DELETED;
            return null;
        });
        return answer.value;
    }

    /** Everything at once, whatever the limit: nothing is read from anywhere. */
    @Override
    public CompletionStage<ExpiredPage> findExpired(@Nullable String position, int limit) {
        return run(
                Kind.FIND_EXPIRED,
                moves.readLock(),
                this::expiredRows,
                page -> page.sessions().isEmpty() ? Result.ABSENT : Result.FOUND);
    }

    private ExpiredPage expiredRows() {
        Instant now = clock.instant();
        List<ExpiredSession> expired = new ArrayList<>();
        rows.forEach((key, row) -> {
            if (row instanceof Row.Live live && live.isStale(now)) {
                expired.add(new ExpiredSession(key, live.session));
            }
        });
        return new ExpiredPage(expired, Optional.empty());
    }

    @Override
    public CompletionStage<SweepOutcome> deleteExpired(ExpiredSession seen) {
        return run(
                Kind.DELETE_EXPIRED,
                moves.readLock(),
                () -> deleteExpiredRow(seen),
                outcome -> outcome == SweepOutcome.DELETED ? Result.DELETED : Result.CONFLICT);
    }

    private SweepOutcome deleteExpiredRow(ExpiredSession seen) {
        Instant now = clock.instant();
        Answer<SweepOutcome> answer = new Answer<>(SweepOutcome.SKIPPED);
        rows.computeIfPresent(seen.key(), (same, row) -> {
            if (!(row instanceof Row.Live live) || !live.isStale(now) || !live.isAsSeen(seen.session())) {
                return row;
            }
            answer.value = SweepOutcome.DELETED;
            return null;
        });
        return answer.value;
    }

    /** Does nothing: sessions stay, so that a test can look at them. */
    @Override
    public void close() {}

    /**
     * The row that a write under a key is meant for (C38, C51). Under the shared lock no row begins to move.
     *
     * @param write the token of a change of data, which may have been applied before the session moved (C32);
     *     null for others
     * @param follows which moves the write follows
     */
    private Target follow(SessionKey key, @Nullable Token write, Instant now, Predicate<KeyChangeReason> follows) {
        Target target = new Target(key, null, false, null);
        while (rows.get(target.key) instanceof Row.Moved moved) {
            if (target.uid != null && !target.uid.equals(moved.uid)) {
                return target;
            }
            if (write != null && write.equals(moved.lastWrite)) {
                return new Target(target.key, moved.uid, false, moved.version);
            }
            if (moved.isStale(now) || !follows.test(moved.reason)) {
                return new Target(target.key, moved.uid, true, null);
            }
            target = new Target(moved.to, moved.uid, false, null);
        }
        return target;
    }

    private static boolean holds(Condition condition, StoredSession session) {
        if (condition instanceof Condition.VersionIs is) {
            return session.version() == is.version();
        }
        if (condition instanceof Condition.AttributesUnchanged unchanged) {
            return unchanged.expected().entrySet().stream()
                    .allMatch(
                            expected -> Optional.ofNullable(session.attributes().get(expected.getKey()))
                                    .equals(expected.getValue()));
        }
        return true;
    }

    private void purge(Instant now) {
        if (!purging.tryLock()) {
            return;
        }
        try {
            for (int i = 0; i < PURGE_STEP; i++) {
                if (!purge.hasNext()) {
                    purge = rows.entrySet().iterator();
                    if (!purge.hasNext()) {
                        return;
                    }
                }
                Map.Entry<SessionKey, Row> entry = purge.next();
                if (entry.getValue().isForgotten(now)) {
                    rows.remove(entry.getKey(), entry.getValue());
                }
            }
        } finally {
            purging.unlock();
        }
    }

    private <T> CompletionStage<T> run(Kind kind, Lock lock, Supplier<T> operation, Function<T, Result> result) {
        long start = System.nanoTime();
        T outcome;
        lock.lock();
        try {
            outcome = operation.get();
        } catch (SessionStoreException failure) {
            report(kind, Result.FAILED, start);
            return CompletableFuture.failedFuture(failure);
        } finally {
            lock.unlock();
        }
        report(kind, result.apply(outcome), start);
        return CompletableFuture.completedFuture(outcome);
    }

    private void report(Kind kind, Result result, long start) {
        try {
            observer.operation(new StoreOperation(kind, result, Duration.ofNanos(System.nanoTime() - start), 0, 0, 0));
        } catch (RuntimeException failure) {
            LOG.warn("the session observer failed", failure);
        }
    }

    /** What is stored under a key. Compared by identity: a row that was replaced is another one. */
    private abstract static sealed class Row {
        /** Whether a request would no longer see the row. */
        abstract boolean isStale(Instant now);

        /** Whether nobody would: the row may be removed in passing. */
        boolean isForgotten(Instant now) {
            return isStale(now);
        }

        private static final class Live extends Row {
            final StoredSession session;
            final @Nullable Token lastWrite;

            Live(StoredSession session, @Nullable Token lastWrite) {
                this.session = session;
                this.lastWrite = lastWrite;
            }

            /** After the grace (C37), not at once after the end. */
            @Override
            boolean isStale(Instant now) {
                return session.isExpiredAt(now.minus(SAVE_GRACE));
            }

            @Override
            boolean isForgotten(Instant now) {
                return session.isExpiredAt(now.minus(UNTOLD));
            }

            boolean isAsSeen(StoredSession seen) {
                return session.uid().equals(seen.uid())
                        && session.version() == seen.version()
                        && session.accessedAt().equals(seen.accessedAt())
                        && session.expiresAt().equals(seen.expiresAt());
            }

            Live with(SessionDelta delta, boolean takesKeyBinding) {
                StoredSession.Builder changed = session.toBuilder().apply(delta);
                if (!takesKeyBinding) {
                    changed.keyBinding(session.keyBinding().orElse(null));
                }
                return new Live(changed.build(), delta.changesData() ? delta.write() : lastWrite);
            }
        }

        private static final class Moved extends Row {
            final SessionKey to;
            final Token uid;
            final Token write;
            final KeyChangeReason reason;
            final Instant at;

            /** What the row that moved said of its last data write: its version, and its token if there was one. */
            final long version;

            final @Nullable Token lastWrite;

            Moved(SessionKey to, Live replaced, Token write, KeyChangeReason reason, Instant at) {
                this.to = to;
                this.uid = replaced.session.uid();
                this.write = write;
                this.reason = reason;
                this.at = at;
                this.version = replaced.session.version();
                this.lastWrite = replaced.lastWrite;
            }

            @Override
            boolean isStale(Instant now) {
                return !now.isBefore(at.plus(FOLLOW_WINDOW));
            }
        }
    }

    /**
     * Where a write under some key goes.
     *
     * @param key where the session is
     * @param uid which session only, if a move was followed
     * @param moved whether it goes nowhere, because the session moved away
     * @param writtenBefore the version that this very write made before the session moved; null if it did not
     */
    private record Target(
            SessionKey key,
            @Nullable Token uid,
            boolean moved,
            @Nullable Long writtenBefore) {
        boolean accepts(Row.Live live) {
            return uid == null || uid.equals(live.session.uid());
        }
    }

    /** Carries an outcome out of a computation on the map. */
    private static final class Answer<T> {
        T value;

        Answer(T value) {
            this.value = value;
        }
    }
}
