// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.support;

import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.StoreOperation;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The rows as one operation calls them, one call after the other: counts round trips, and translates failures. */
final class RowCalls {
    private final SessionRows rows;
    private final StoreOperation.Kind kind;
    private int roundTrips;

    /** The failure of the last write whose outcome was not known; null: there was none. */
    private @Nullable Throwable lost;

    /** Whether a failure from now on may come after a write that was applied. */
    private boolean unresolved;

    RowCalls(SessionRows rows, StoreOperation.Kind kind) {
        this.rows = rows;
        this.kind = kind;
    }

    /** How a conditional write ended. */
    enum Write {
        /** It was applied. */
        APPLIED,

        /** Its condition did not hold. */
        REFUSED,

        /** It failed, and may have been applied. */
        UNKNOWN
    }

    int roundTrips() {
        return roundTrips;
    }

    boolean confirmsMoves() {
        return rows.confirmsMoves();
    }

    CompletionStage<Optional<Row>> get(SessionKey key) {
        return read(() -> rows.get(key));
    }

    CompletionStage<RowPage> scan(ScannableRows scannable, @Nullable String position, int limit) {
        return read(() -> scannable.scan(position, limit));
    }

    CompletionStage<RowPage> select(
            IndexedRows indexed, String attribute, String value, @Nullable String position, int limit) {
        return read(() -> indexed.select(attribute, value, position, limit));
    }

    CompletionStage<Write> putIfAbsent(Row row) {
        return write(() -> rows.putIfAbsent(row));
    }

    CompletionStage<Write> replace(Row seen, Row next) {
        return write(() -> rows.replace(seen, next));
    }

    CompletionStage<Write> remove(Row seen) {
        return write(() -> rows.remove(seen));
    }

    /** A read has shown what became of the writes before. */
    void resolved() {
        unresolved = false;
    }

    /** A read has shown that the operation was applied. */
    void happened() {
        unresolved = true;
    }

    /** The operation cannot tell whether it was applied. */
    SessionStoreException outcomeUnknown() {
        return new SessionStoreException(
                "a reply was lost during the " + operation() + ", and whether it was applied cannot be told",
                lost,
                true);
    }

    /** The operation gives up; nothing of it was applied unless a write is unresolved. */
    SessionStoreException gaveWay() {
        return new SessionStoreException(
                "the " + operation() + " gave way to others that changed the same session, too often",
                lost,
                unresolved);
    }

    SessionStoreException keyIsTaken() {
        return new SessionStoreException("the new key of a session has been used before", null, unresolved);
    }

    private <T> CompletionStage<T> read(Supplier<CompletionStage<T>> call) {
        roundTrips++;
        return call(
                call,
                (result, failure) -> failure == null
                        ? CompletableFuture.completedFuture(result)
                        : CompletableFuture.failedFuture(translated(failure)));
    }

    private CompletionStage<Write> write(Supplier<CompletionStage<Boolean>> call) {
        roundTrips++;
        return call(call, (applied, failure) -> {
            if (failure == null) {
                return CompletableFuture.completedFuture(Boolean.TRUE.equals(applied) ? Write.APPLIED : Write.REFUSED);
            }
            if (failure instanceof SessionStoreException known && !known.outcomeUnknown()) {
                return CompletableFuture.failedFuture(translated(known));
            }
            lost = failure;
            unresolved = true;
            return CompletableFuture.completedFuture(Write.UNKNOWN);
        });
    }

    /** A failure that is no store's exception, or one that comes after a write that may have been applied. */
    private RuntimeException translated(Throwable failure) {
        if (failure instanceof SessionStoreException known && (known.outcomeUnknown() || !unresolved)) {
            return known;
        }
        if (lost != null && lost != failure) {
            failure.addSuppressed(lost);
        }
        return new SessionStoreException("the " + operation() + " failed", failure, unresolved);
    }

    private String operation() {
        return kind.name().toLowerCase(Locale.ROOT).replace('_', ' ') + " of a session";
    }

    private static <T, U> CompletionStage<U> call(
            Supplier<CompletionStage<T>> call, BiFunction<T, @Nullable Throwable, CompletionStage<U>> then) {
        CompletionStage<T> stage;
        try {
            stage = call.get();
        } catch (RuntimeException thrown) {
            stage = CompletableFuture.failedFuture(thrown);
        }
        return stage.handle((result, failure) -> then.apply(result, unwrapped(failure)))
                .thenCompose(Function.identity());
    }

    private static @Nullable Throwable unwrapped(@Nullable Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }
}
