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
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.StoreOperation;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.SweepOutcome;
import io.github.dynamosession.spi.SweepableSessionStore;
import io.github.dynamosession.spi.UpdateOutcome;
import io.github.dynamosession.support.BlockingRows;
import io.github.dynamosession.support.Row;
import io.github.dynamosession.support.RowPage;
import io.github.dynamosession.support.RowSessionStore;
import io.github.dynamosession.support.ScannableRows;
import java.time.Clock;
import java.time.Instant;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Keeps sessions in the memory of this process, as the contract of {@link SweepableSessionStore} says: a
 * {@link RowSessionStore} over a map.
 *
 * <p>For development and tests. Sessions are lost with the process; nothing limits their number or size.
 * Sessions that expired an hour ago, which leaves a sweep the time to find them, and old traces of moved and ended
 * ones are removed in passing, a few with each session that is created or moved; there is no thread.
 *
 * <p>Operations complete in the calling thread. Those on different keys run side by side.
 */
public final class InMemorySessionStore implements SweepableSessionStore {
    /** Rows looked at for each row added: more than one, so that the removal outruns the growth. */
    private static final int PURGE_STEP = 4;

    private final Clock clock;
    private final ConcurrentHashMap<SessionKey, Row> rows = new ConcurrentHashMap<>();
    private final SweepableSessionStore store;
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
     * @param observer is notified of each operation in the calling thread
     */
    public InMemorySessionStore(Clock clock, SessionObserver observer) {
        this.clock = Objects.requireNonNull(clock, "clock");
        Objects.requireNonNull(observer, "observer");
        SessionObserver free = observer == SessionObserver.NONE
                ? observer
                : new SessionObserver() {
                    @Override
                    public void operation(StoreOperation done) {
                        observer.operation(new StoreOperation(done.kind(), done.result(), done.latency(), 0, 0, 0));
                    }
                };
        this.store = (SweepableSessionStore) RowSessionStore.over(new MapOfRows(), clock, free);
    }

    /**
     * The number of live sessions: neither expired ones nor the traces of moved ones count. Looks at
     * every row.
     *
     * @return 0 or more
     */
    public int size() {
        Instant now = clock.instant();
        return (int) rows.values().stream().filter(row -> row.isLiveAt(now)).count();
    }

    @Override
    public boolean isBlocking() {
        return true;
    }

    @Override
    public CompletionStage<FindOutcome> find(SessionKey key) {
        return store.find(key);
    }

    @Override
    public CompletionStage<CreateOutcome> create(SessionKey key, StoredSession session) {
        return store.create(key, session);
    }

    @Override
    public CompletionStage<UpdateOutcome> update(SessionKey key, SessionDelta delta) {
        return store.update(key, delta);
    }

    @Override
    public CompletionStage<ChangeKeyOutcome> changeKey(
            SessionKey from, SessionKey to, StoredSession seen, SessionDelta delta, KeyChangeReason reason) {
        return store.changeKey(from, to, seen, delta, reason);
    }

    @Override
    public CompletionStage<DeleteOutcome> delete(SessionKey key) {
        return store.delete(key);
    }

    /** Everything at once, whatever the limit: nothing is read from anywhere. */
    @Override
    public CompletionStage<ExpiredPage> findExpired(@Nullable String position, int limit) {
        return store.findExpired(position, limit);
    }

    @Override
    public CompletionStage<SweepOutcome> deleteExpired(ExpiredSession seen) {
        return store.deleteExpired(seen);
    }

    /** Does nothing: sessions stay, so that a test can look at them. */
    @Override
    public void close() {}

    private void purge() {
        if (!purging.tryLock()) {
            return;
        }
        try {
            Instant now = clock.instant();
            for (int i = 0; i < PURGE_STEP; i++) {
                if (!purge.hasNext()) {
                    purge = rows.entrySet().iterator();
                    if (!purge.hasNext()) {
                        return;
                    }
                }
                Row row = purge.next().getValue();
                Instant end = row.purgeAfter();
                if (end != null && now.isAfter(end)) {
                    rows.computeIfPresent(row.key(), (key, stored) -> isSameWrite(stored, row) ? null : stored);
                }
            }
        } finally {
            purging.unlock();
        }
    }

    private static boolean isSameWrite(Row stored, Row seen) {
        return stored.stamp().equals(seen.stamp());
    }

    /** The four operations: the map makes each of them atomic. */
    private final class MapOfRows extends BlockingRows implements ScannableRows {
        /** No process dies here between two writes, and a write costs nothing. */
        @Override
        public boolean confirmsMoves() {
            return true;
        }

        @Override
        protected Optional<Row> read(SessionKey key) {
            return Optional.ofNullable(rows.get(key));
        }

        @Override
        protected boolean insert(Row row) {
            purge();
            return rows.putIfAbsent(row.key(), row) == null;
        }

        @Override
        protected boolean update(Row seen, Row next) {
            Row present = rows.computeIfPresent(seen.key(), (key, stored) -> isSameWrite(stored, seen) ? next : stored);
            return present != null && isSameWrite(present, next);
        }

        @Override
        protected boolean delete(Row seen) {
            boolean[] deleted = new boolean[1];
            rows.computeIfPresent(seen.key(), (key, stored) -> {
                deleted[0] = isSameWrite(stored, seen);
                return deleted[0] ? null : stored;
            });
            return deleted[0];
        }

        @Override
        public CompletionStage<RowPage> scan(@Nullable String position, int limit) {
            return completed(() -> new RowPage(List.copyOf(rows.values()), Optional.empty()));
        }

        @Override
        public void close() {}
    }
}
