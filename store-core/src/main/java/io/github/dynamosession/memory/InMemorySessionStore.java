// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.memory;

import io.github.dynamosession.spi.ChangeKeyOutcome;
import io.github.dynamosession.spi.CreateOutcome;
import io.github.dynamosession.spi.CustomValue;
import io.github.dynamosession.spi.DeleteByOutcome;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.ExpiredPage;
import io.github.dynamosession.spi.ExpiredSession;
import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.IndexMark;
import io.github.dynamosession.spi.IndexPage;
import io.github.dynamosession.spi.IndexType;
import io.github.dynamosession.spi.IndexedSessionStore;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.LockOutcome;
import io.github.dynamosession.spi.LockableSessionStore;
import io.github.dynamosession.spi.PartPointer;
import io.github.dynamosession.spi.PartStore;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.StoreOperation;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.SweepOutcome;
import io.github.dynamosession.spi.SweepableSessionStore;
import io.github.dynamosession.spi.Token;
import io.github.dynamosession.spi.UpdateOutcome;
import io.github.dynamosession.support.BlockingRows;
import io.github.dynamosession.support.IndexedRows;
import io.github.dynamosession.support.Row;
import io.github.dynamosession.support.RowPage;
import io.github.dynamosession.support.RowSessionStore;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Keeps sessions in the memory of this process, as the contracts of {@link SweepableSessionStore} and {@link
 * IndexedSessionStore} say: a {@link RowSessionStore} over a map. Every custom attribute has an index, which is always
 * up to date and looks at all sessions.
 *
 * <p>For development and tests. Sessions are lost with the process; nothing limits their number or size.
 * Sessions that expired an hour ago, which leaves a sweep the time to find them, and old traces of moved and ended
 * ones are removed in passing, a few with each session that is created or moved; there is no thread. So are parts that
 * no session points to.
 *
 * <p>Operations complete in the calling thread. Those on different keys run side by side.
 */
public final class InMemorySessionStore
        implements SweepableSessionStore, IndexedSessionStore, PartStore, LockableSessionStore {
    /** Rows looked at for each row added: more than one, so that the removal outruns the growth. */
    private static final int PURGE_STEP = 4;

    private final Clock clock;
    private final ConcurrentHashMap<SessionKey, Row> rows = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<SessionKey, Part> parts = new ConcurrentHashMap<>();
    private final SweepableSessionStore store;
    private final IndexedSessionStore indexed;
    private final LockableSessionStore lockable;
    private final Lock purging = new ReentrantLock();
    private Iterator<Map.Entry<SessionKey, Row>> purge = Collections.emptyIterator();
    private Iterator<Map.Entry<SessionKey, Part>> purgeOfParts = Collections.emptyIterator();

    /**
     * A value outside of its session's row.
     *
     * @param until when it may be purged; empty: never
     */
    private record Part(Token uid, EncodedValue content, Optional<Instant> until) {
        /** Kept until that time at least; null: for ever. */
        Part keptUntil(@Nullable Instant end) {
            boolean later = end == null || (until.isPresent() && until.get().isBefore(end));
            return later ? new Part(uid, content, Optional.ofNullable(end)) : this;
        }
    }

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
        this.indexed = (IndexedSessionStore) store;
        this.lockable = (LockableSessionStore) store;
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

    @Override
    public Optional<IndexType> index(String attribute) {
        return indexed.index(attribute);
    }

    @Override
    public void requireCustomAttribute(String attribute) {
        indexed.requireCustomAttribute(attribute);
    }

    @Override
    public CompletionStage<IndexPage> findBy(
            String attribute, CustomValue value, @Nullable String position, int limit) {
        return indexed.findBy(attribute, value, position, limit);
    }

    @Override
    public CompletionStage<Optional<StoredSession>> readBy(SessionKey key, String attribute, Set<CustomValue> values) {
        return indexed.readBy(key, attribute, values);
    }

    @Override
    public CompletionStage<DeleteByOutcome> deleteBy(
            SessionKey key, String attribute, Set<CustomValue> values, @Nullable Token spared) {
        return indexed.deleteBy(key, attribute, values, spared);
    }

    @Override
    public CompletionStage<Optional<IndexMark>> findMark(SessionKey key) {
        return indexed.findMark(key);
    }

    @Override
    public CompletionStage<IndexMark> raiseMark(SessionKey key, long atLeast, @Nullable Token spared) {
        return indexed.raiseMark(key, atLeast, spared);
    }

    /** Nothing is gained by cutting a value up. */
    @Override
    public int bytesPerRow() {
        return Integer.MAX_VALUE;
    }

    @Override
    public CompletionStage<Void> putPart(Token uid, PartPointer pointer, EncodedValue content) {
        parts.putIfAbsent(pointer.key(), new Part(uid, content, pointer.until()));
        return CompletableFuture.completedStage(null);
    }

    @Override
    public CompletionStage<Optional<EncodedValue>> getPart(Token uid, PartPointer pointer) {
        return CompletableFuture.completedStage(Optional.ofNullable(parts.get(pointer.key()))
                .filter(part -> part.uid().equals(uid) && part.content().bytes().length + 1 == pointer.length())
                .map(Part::content));
    }

    @Override
    public CompletionStage<LockOutcome> lock(SessionKey key, Token owner, Duration lease, boolean waited) {
        return lockable.lock(key, owner, lease, waited);
    }

    @Override
    public CompletionStage<Void> unlock(SessionKey key, Token owner) {
        return lockable.unlock(key, owner);
    }

    /** Before a row is stored: the parts that it points to stay as long as the row may. */
    private void keepParts(Row row) {
        row.partPointers()
                .forEach(pointer ->
                        parts.computeIfPresent(pointer.key(), (key, part) -> part.keptUntil(row.purgeAfter())));
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
            purgeParts(now);
        } finally {
            purging.unlock();
        }
    }

    private void purgeParts(Instant now) {
        for (int i = 0; i < PURGE_STEP; i++) {
            if (!purgeOfParts.hasNext()) {
                purgeOfParts = parts.entrySet().iterator();
                if (!purgeOfParts.hasNext()) {
                    return;
                }
            }
            parts.computeIfPresent(
                    purgeOfParts.next().getKey(),
                    (key, part) -> part.until().filter(now::isAfter).isPresent() ? null : part);
        }
    }

    private static boolean isSameWrite(Row stored, Row seen) {
        return stored.stamp().equals(seen.stamp());
    }

    /** The four operations: the map makes each of them atomic. */
    private final class MapOfRows extends BlockingRows implements IndexedRows {
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
            keepParts(row);
            return rows.putIfAbsent(row.key(), row) == null;
        }

        @Override
        protected boolean update(Row seen, Row next) {
            keepParts(next);
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
        public Optional<IndexType> index(String attribute) {
            return Optional.of(IndexType.ANY);
        }

        /** A position is where the last row of the page before stands in the order. */
        @Override
        public CompletionStage<RowPage> select(String attribute, String value, @Nullable String position, int limit) {
            return completed(() -> {
                List<Row> found = rows.values().stream()
                        .filter(row ->
                                row.indexed(attribute).filter(value::equals).isPresent())
                        .filter(row -> position == null || place(row).compareTo(position) > 0)
                        .sorted(Comparator.comparing(MapOfRows::place))
                        .limit(limit + 1L)
                        .toList();
                return found.size() <= limit
                        ? new RowPage(found, Optional.empty())
                        : new RowPage(found.subList(0, limit), Optional.of(place(found.get(limit - 1))));
            });
        }

        private static String place(Row row) {
            long created = row.createdAt().orElse(Instant.EPOCH).toEpochMilli();
            return String.format(Locale.ROOT, "%020d:%s", created, row.key().value());
        }

        @Override
        public void close() {}
    }
}
