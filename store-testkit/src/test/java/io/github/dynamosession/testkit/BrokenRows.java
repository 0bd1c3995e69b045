// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.testkit;

import io.github.dynamosession.spi.IndexType;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.support.IndexedRows;
import io.github.dynamosession.support.Row;
import io.github.dynamosession.support.RowPage;
import io.github.dynamosession.support.ScannableRows;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Rows that break one rule of the protocol, each in the way of a store that is written by hand. */
class BrokenRows implements IndexedRows {
    private final ScannableRows rows;

    BrokenRows(ScannableRows rows) {
        this.rows = rows;
    }

    /** A fault: how it is broken. */
    enum Fault {
        /** The flip does not ask whether the old row is still what was copied. */
        FLIP_WITHOUT_CONDITION,
        /** A save does not ask whether the row is still what it read. */
        UPDATE_WITHOUT_CONDITION,
        /** A save puts its row back even where the session has moved or ended. */
        UPDATE_PUTS,
        /** The copy overwrites whatever lies under the new key. */
        COPY_OVERWRITES,
        /** A logout removes whatever is there by now. */
        DELETE_WITHOUT_CONDITION,
        /** A logout frees the key at once. */
        NO_TOMBSTONE,
        /** An id change leaves nothing under the old key. */
        NO_REDIRECT,
        /** A touch keeps the stamp of the row. */
        TOUCH_KEEPS_STAMP,
        /** A write whose outcome is unknown counts as not applied. */
        UNKNOWN_IS_REFUSED,
        /** A failed write counts as certainly not applied. */
        FAILURE_IS_CERTAIN,
        /** A failed write counts as applied. */
        FAILURE_IS_SUCCESS
    }

    static ScannableRows with(Fault fault, ScannableRows rows) {
        return switch (fault) {
            case FLIP_WITHOUT_CONDITION ->
                new BrokenRows(rows) {
                    @Override
                    public CompletionStage<Boolean> replace(Row seen, Row next) {
                        return is("Redirect", next) ? anyway(seen, next) : super.replace(seen, next);
                    }
                };
            case UPDATE_WITHOUT_CONDITION ->
                new BrokenRows(rows) {
                    @Override
                    public CompletionStage<Boolean> replace(Row seen, Row next) {
                        return is("Live", next) ? anyway(seen, next) : super.replace(seen, next);
                    }
                };
            case UPDATE_PUTS ->
                new BrokenRows(rows) {
                    @Override
                    public CompletionStage<Boolean> replace(Row seen, Row next) {
                        return is("Live", next)
                                ? anyway(seen, next)
                                        .thenCompose(there ->
                                                there ? CompletableFuture.completedFuture(true) : putIfAbsent(next))
                                : super.replace(seen, next);
                    }
                };
            case COPY_OVERWRITES ->
                new BrokenRows(rows) {
                    @Override
                    public CompletionStage<Boolean> putIfAbsent(Row row) {
                        return super.putIfAbsent(row)
                                .thenCompose(put -> put ? CompletableFuture.completedFuture(true) : anyway(row, row));
                    }
                };
            case DELETE_WITHOUT_CONDITION ->
                new BrokenRows(rows) {
                    @Override
                    public CompletionStage<Boolean> replace(Row seen, Row next) {
                        return is("Ended", next) ? anyway(seen, next) : super.replace(seen, next);
                    }

                    @Override
                    public CompletionStage<Boolean> remove(Row seen) {
                        return get(seen.key())
                                .thenCompose(now -> now.isPresent()
                                        ? super.remove(now.get())
                                        : CompletableFuture.completedFuture(false));
                    }
                };
            case NO_TOMBSTONE ->
                new BrokenRows(rows) {
                    @Override
                    public CompletionStage<Boolean> replace(Row seen, Row next) {
                        return is("Ended", next) ? remove(seen) : super.replace(seen, next);
                    }
                };
            case NO_REDIRECT ->
                new BrokenRows(rows) {
                    @Override
                    public CompletionStage<Boolean> replace(Row seen, Row next) {
                        return is("Redirect", next) ? remove(seen) : super.replace(seen, next);
                    }
                };
            case TOUCH_KEEPS_STAMP ->
                new BrokenRows(rows) {
                    @Override
                    public CompletionStage<Boolean> replace(Row seen, Row next) {
                        return super.replace(
                                seen,
                                is("Live", next)
                                        ? new Row(next.key(), seen.stamp(), next.content(), next.purgeAfter())
                                        : next);
                    }
                };
            case UNKNOWN_IS_REFUSED ->
                new BrokenRows(rows) {
                    @Override
                    public CompletionStage<Boolean> replace(Row seen, Row next) {
                        return super.replace(seen, next).exceptionally(lost -> false);
                    }
                };
            case FAILURE_IS_CERTAIN ->
                new BrokenRows(rows) {
                    @Override
                    public CompletionStage<Boolean> replace(Row seen, Row next) {
                        return super.replace(seen, next).exceptionally(lost -> {
                            throw new CompletionException(new SessionStoreException("broken", lost, false));
                        });
                    }
                };
            case FAILURE_IS_SUCCESS ->
                new BrokenRows(rows) {
                    @Override
                    public CompletionStage<Boolean> replace(Row seen, Row next) {
                        return super.replace(seen, next).exceptionally(lost -> true);
                    }
                };
        };
    }

    private static boolean is(String kind, Row row) {
        return row.content().getClass().getSimpleName().equals(kind);
    }

    /** Replaces what is there now, whatever was seen. */
    CompletionStage<Boolean> anyway(Row seen, Row next) {
        return get(seen.key())
                .thenCompose(now ->
                        now.isPresent() ? rows.replace(now.get(), next) : CompletableFuture.completedFuture(false));
    }

    @Override
    public boolean isBlocking() {
        return rows.isBlocking();
    }

    @Override
    public CompletionStage<Optional<Row>> get(SessionKey key) {
        return rows.get(key);
    }

    @Override
    public CompletionStage<Boolean> putIfAbsent(Row row) {
        return rows.putIfAbsent(row);
    }

    @Override
    public CompletionStage<Boolean> replace(Row seen, Row next) {
        return rows.replace(seen, next);
    }

    @Override
    public CompletionStage<Boolean> remove(Row seen) {
        return rows.remove(seen);
    }

    @Override
    public CompletionStage<RowPage> scan(@Nullable String position, int limit) {
        return rows.scan(position, limit);
    }

    @Override
    public Optional<IndexType> index(String attribute) {
        return ((IndexedRows) rows).index(attribute);
    }

    @Override
    public CompletionStage<RowPage> select(String attribute, String value, @Nullable String position, int limit) {
        return ((IndexedRows) rows).select(attribute, value, position, limit);
    }

    @Override
    public void close() {
        rows.close();
    }
}
