// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import io.github.dynamosession.spi.ExpiredSession;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.StoreMisconfiguredException;
import io.github.dynamosession.spi.SweepOutcome;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * An operator's sweep of a table: sessions by their age or their last use, also those that have not expired, of all
 * namespaces. What applications do by themselves is {@code SessionManager.sweep()}; listeners hear of that one alone.
 *
 * <p>A pass is {@link #find} from the start to the page without a next one, with a {@link #delete} or {@link
 * #deleteLeftover} for what is to go. Finding reads the whole table; the deletion decides, and only deletes what is as it
 * was seen.
 *
 * <pre>{@code
 * TableSweep sweep = TableSweep.builder(store).maxAge(Duration.ofDays(30)).build();
 * TableSweep.Page page = sweep.find(null, 100).toCompletableFuture().join();
 * }</pre>
 *
 * <p>Safe for any number of threads.
 */
public final class TableSweep {
    private final DynamoDbSessionStore store;
    private final boolean expired;
    private final @Nullable Duration maxAge;
    private final @Nullable Duration maxStale;
    private final boolean leftovers;

    private TableSweep(Builder builder) {
        this.store = builder.store;
        this.expired = builder.expired;
        this.maxAge = builder.maxAge;
        this.maxStale = builder.maxStale;
        this.leftovers = builder.leftovers;
    }

    /**
     * What one step of a pass found.
     *
     * @param rows how many rows it looked at, whatever they are
     * @param sessions those that one of the conditions holds for, with all that is stored
     * @param leftovers the keys of rows that sessions left behind
     * @param next where the next step goes on; empty: this was the last one
     */
    public record Page(int rows, List<ExpiredSession> sessions, List<SessionKey> leftovers, Optional<String> next) {
        /**
         * A page.
         *
         * @param rows how many rows were looked at
         * @param sessions copied
         * @param leftovers copied
         * @param next empty if there are no more rows to look at
         */
        public Page {
            sessions = List.copyOf(sessions);
            leftovers = List.copyOf(leftovers);
        }

        /** Shows neither keys nor the position, which may be one. */
        @Override
        public String toString() {
            return "Page[" + rows + " rows, " + sessions.size() + " sessions, " + leftovers.size() + " leftovers]";
        }
    }

    /**
     * A builder, which needs a condition.
     *
     * @param store of the table; not closed. Its {@link DynamoDbSessionStore.Builder#deleteParts} decides whether large
     *     values go with their session; those that TTL never removes always do
     * @return a builder
     */
    public static Builder builder(DynamoDbSessionStore store) {
        return new Builder(store);
    }

    /**
     * One step of a pass. Eventually consistent, and never writes.
     *
     * @param position null to start; otherwise the {@link Page#next()} of the page before
     * @param limit about how many rows to look at, which bounds what it costs; at least 1
     * @return what was found; fails with {@link StoreMisconfiguredException} or {@link SessionStoreException}
     */
    public CompletionStage<Page> find(@Nullable String position, int limit) {
        return store.find(this, position, limit);
    }

    SweepFilter filter(Instant now) {
        return new SweepFilter(
                now,
                expired,
                maxAge == null ? null : now.minus(maxAge),
                maxStale == null ? null : now.minus(maxStale),
                leftovers);
    }

    /**
     * Deletes a session, if it is still as it was seen. No trace stays behind.
     *
     * @param seen one of {@link Page#sessions()}
     * @return {@link SweepOutcome#SKIPPED} if it was used, ended or moved since
     */
    public CompletionStage<SweepOutcome> delete(ExpiredSession seen) {
        return store.deleteAsSeen(seen);
    }

    /**
     * Deletes a row that is no session, if it is still nobody's.
     *
     * @param key one of {@link Page#leftovers()}
     * @return whether this call deleted it
     */
    public CompletionStage<SweepOutcome> deleteLeftover(SessionKey key) {
        return store.deleteLeftover(key);
    }

    /** Collects conditions, any of which is enough. Not for use by several threads. */
    public static final class Builder {
        private final DynamoDbSessionStore store;
        private boolean expired;
        private @Nullable Duration maxAge;
        private @Nullable Duration maxStale;
        private boolean leftovers;

        private Builder(DynamoDbSessionStore store) {
            this.store = store;
        }

        /**
         * Sessions that have expired, and that not even a late save can extend.
         *
         * @param expired false unless set
         * @return this
         */
        public Builder expired(boolean expired) {
            this.expired = expired;
            return this;
        }

        /**
         * Sessions that were created longer ago.
         *
         * @param maxAge null: not by age
         * @return this
         */
        public Builder maxAge(@Nullable Duration maxAge) {
            this.maxAge = maxAge;
            return this;
        }

        /**
         * Sessions that were last used longer ago, as far as uses are recorded: see the setting {@code touch-interval}.
         *
         * @param maxStale null: not by use
         * @return this
         */
        public Builder maxStale(@Nullable Duration maxStale) {
            this.maxStale = maxStale;
            return this;
        }

        /**
         * What sessions leave behind, where no TTL removes it: see {@link DynamoDbSessionStore.Builder#sweepLeftovers}.
         *
         * @param leftovers false unless set
         * @return this
         */
        public Builder leftovers(boolean leftovers) {
            this.leftovers = leftovers;
            return this;
        }

        /**
         * Builds the sweep. No I/O.
         *
         * @return the sweep
         * @throws IllegalStateException if there is no condition
         */
        public TableSweep build() {
            if (!expired && !leftovers && maxAge == null && maxStale == null) {
                throw new IllegalStateException("a sweep needs a condition");
            }
            return new TableSweep(this);
        }
    }
}
