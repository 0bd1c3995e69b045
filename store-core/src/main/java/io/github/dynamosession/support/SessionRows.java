// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.support;

import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.SessionStoreException;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * A database with compare-and-set on one row: all that {@link RowSessionStore} needs.
 *
 * <p>A row has a key, a {@linkplain Row#stamp() stamp} that is new with each write, and a content that only this
 * library reads. Each operation takes effect at one instant or not at all. Safe for any number of threads and nodes.
 *
 * <p><b>Failures</b> end the stage. A write that may have been applied although it failed (a lost reply, a timeout) ends
 * with a {@link SessionStoreException} whose {@linkplain SessionStoreException#outcomeUnknown() outcome is unknown}; any
 * other kind of exception counts as such. The store then reads the row and compares stamps. {@code false} means that
 * this call changed nothing: a driver that repeats requests by itself has to compare stamps before it says so.
 *
 * <p>Keys, stamps and contents never appear in the messages of exceptions or in logs.
 */
public interface SessionRows extends AutoCloseable {
    /**
     * Whether operations do their I/O in the calling thread and return completed stages.
     *
     * @return true if every stage is complete when it is returned
     */
    boolean isBlocking();

    /**
     * Whether each id change is confirmed by a third write. Then its redirect is kept for
     * {@link SessionStore#FOLLOW_WINDOW} only, and otherwise for a day longer than the session, because a sweep has to
     * ask it whether the change happened.
     *
     * @return false unless a write costs next to nothing; a session without an end is confirmed in any case
     */
    default boolean confirmsMoves() {
        return false;
    }

    /**
     * Reads a row, with all writes that ended before this call began.
     *
     * @param key which row
     * @return empty if there is none
     */
    CompletionStage<Optional<Row>> get(SessionKey key);

    /**
     * Stores a row if its key is free.
     *
     * @param row what to store
     * @return whether it is stored; false: the key is taken, and nothing was changed
     */
    CompletionStage<Boolean> putIfAbsent(Row row);

    /**
     * Replaces a row that is stored as it was seen.
     *
     * @param seen the stored stamp must be this row's
     * @param next what to store under the same key
     * @return whether it was replaced; false: the stored row has another stamp, or there is none
     */
    CompletionStage<Boolean> replace(Row seen, Row next);

    /**
     * Removes a row that is stored as it was seen.
     *
     * @param seen the stored stamp must be this row's
     * @return whether it was removed; false: the stored row has another stamp, or there is none
     */
    CompletionStage<Boolean> remove(Row seen);

    /** Releases what these rows made for themselves. May be called twice. */
    @Override
    void close();
}
