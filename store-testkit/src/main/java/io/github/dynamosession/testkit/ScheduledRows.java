// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.testkit;

import io.github.dynamosession.spi.IndexType;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.support.IndexedRows;
import io.github.dynamosession.support.Row;
import io.github.dynamosession.support.RowPage;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Rows in memory whose calls wait for a schedule. */
final class ScheduledRows implements IndexedRows {
    private final Map<SessionKey, Row> stored = new LinkedHashMap<>();
    private final ScheduledCalls calls;

    ScheduledRows(ScheduledCalls calls) {
        this.calls = calls;
    }

    @Override
    public boolean isBlocking() {
        return false;
    }

    @Override
    public CompletionStage<Optional<Row>> get(SessionKey key) {
        return calls.read(key, () -> Optional.ofNullable(stored.get(key)));
    }

    @Override
    public CompletionStage<Boolean> putIfAbsent(Row row) {
        return calls.write(new Change(row.key(), null, row));
    }

    @Override
    public CompletionStage<Boolean> replace(Row seen, Row next) {
        return calls.write(new Change(seen.key(), seen, next));
    }

    @Override
    public CompletionStage<Boolean> remove(Row seen) {
        return calls.write(new Change(seen.key(), seen, null));
    }

    @Override
    public CompletionStage<RowPage> scan(@Nullable String position, int limit) {
        return calls.read(null, () -> new RowPage(List.copyOf(stored.values()), Optional.empty()));
    }

    @Override
    public Optional<IndexType> index(String attribute) {
        return Optional.of(IndexType.ANY);
    }

    @Override
    public CompletionStage<RowPage> select(String attribute, String value, @Nullable String position, int limit) {
        return calls.read(
                null,
                () -> new RowPage(
                        stored.values().stream()
                                .filter(row -> row.indexed(attribute)
                                        .filter(value::equals)
                                        .isPresent())
                                .toList(),
                        Optional.empty()));
    }

    @Override
    public void close() {}

    /** A write on condition that the stored row is the one that was seen, or none. */
    private final class Change implements ScheduledCalls.Write<Boolean> {
        private final SessionKey key;
        private final @Nullable Row seen;
        private final @Nullable Row next;

        Change(SessionKey key, @Nullable Row seen, @Nullable Row next) {
            this.key = key;
            this.seen = seen;
            this.next = next;
        }

        @Override
        public SessionKey key() {
            return key;
        }

        @Override
        public boolean isApplicable() {
            Row row = stored.get(key);
            return seen == null || row == null
                    ? seen == null && row == null
                    : row.stamp().equals(seen.stamp());
        }

        @Override
        public Boolean apply() {
            if (!isApplicable()) {
                return false;
            }
            if (next == null) {
                stored.remove(key);
            } else {
                stored.put(key, next);
            }
            return true;
        }
    }
}
