// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.support;

import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStoreException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * {@link SessionRows} over a driver that blocks, such as JDBC: the same four operations with plain return types.
 *
 * <p>An exception of a write means that its outcome is unknown, unless it is a {@link SessionStoreException} that says
 * otherwise. What is thrown becomes the cause of the store's exception: its message must hold no key and no content.
 */
public abstract class BlockingRows implements SessionRows {
    /** For subclasses. */
    protected BlockingRows() {}

    @Override
    public final boolean isBlocking() {
        return true;
    }

    @Override
    public final CompletionStage<Optional<Row>> get(SessionKey key) {
        return completed(() -> read(key));
    }

    @Override
    public final CompletionStage<Boolean> putIfAbsent(Row row) {
        return completed(() -> insert(row));
    }

    @Override
    public final CompletionStage<Boolean> replace(Row seen, Row next) {
        return completed(() -> update(seen, next));
    }

    @Override
    public final CompletionStage<Boolean> remove(Row seen) {
        return completed(() -> delete(seen));
    }

    /**
     * As {@link #get}.
     *
     * @param key which row
     * @return empty if there is none
     * @throws Exception if the database did not answer
     */
    protected abstract Optional<Row> read(SessionKey key) throws Exception;

    /**
     * As {@link #putIfAbsent}.
     *
     * @param row what to store
     * @return false: the key is taken
     * @throws Exception if the row may or may not be stored
     */
    protected abstract boolean insert(Row row) throws Exception;

    /**
     * As {@link #replace}.
     *
     * @param seen the stored stamp must be this row's
     * @param next what to store under the same key
     * @return false: the stored row has another stamp, or there is none
     * @throws Exception if the row may or may not be replaced
     */
    protected abstract boolean update(Row seen, Row next) throws Exception;

    /**
     * As {@link #remove}.
     *
     * @param seen the stored stamp must be this row's
     * @return false: the stored row has another stamp, or there is none
     * @throws Exception if the row may or may not be removed
     */
    protected abstract boolean delete(Row seen) throws Exception;

    /** An operation of the driver. */
    protected interface Call<T> {
        /**
         * Does it, in the calling thread.
         *
         * @return the result
         * @throws Exception if the database did not answer
         */
        T run() throws Exception;
    }

    /**
     * Runs an operation in the calling thread, for abilities that a subclass adds.
     *
     * @param call the operation
     * @param <T> its result
     * @return a completed stage: the result, or what was thrown
     */
    protected static <T> CompletionStage<T> completed(Call<T> call) {
        try {
            return CompletableFuture.completedFuture(call.run());
        } catch (Exception failure) {
            if (failure instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            return CompletableFuture.failedFuture(failure);
        }
    }
}
