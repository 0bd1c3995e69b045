// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A store that can remove expired sessions and tell who they were, so that one node of many, and only
 * one, hears of each session's end.
 *
 * <p>A sweep is a pass of {@link #findExpired} from the start to the last page, with a
 * {@link #deleteExpired} for each session found. Finding is a hint and costs what the store's reads
 * cost; the deletion decides.
 *
 * <p>C1 to C5 of {@link SessionStore} hold for both, and these:
 * <ul>
 *   <li><b>C60</b> {@code findExpired} answers sessions whose {@link StoredSession#expiresAt()} lies at
 *       least {@link SessionStore#SAVE_GRACE} in the past, with all that is stored. Never anything else:
 *       no session that a late save could still extend (C37), none without an end, no trace of one that
 *       moved, no row that is somebody else's or that this release cannot read.
 *   <li><b>C61</b> From the start to the page without a {@linkplain ExpiredPage#next() next} it passes
 *       each session that was expired so when the pass began and stays stored. What was written in the
 *       last moments may wait for the next pass. A page may be empty and have a next one.
 *   <li><b>C62</b> {@code findExpired} never writes.
 *   <li><b>C63</b> {@code deleteExpired} deletes a session only if it is stored as it was seen, and still
 *       expired as C60 says. Otherwise it changes nothing and answers {@code SKIPPED}.
 *   <li><b>C64</b> Of any number of callers that delete a session, by {@code deleteExpired} or by
 *       {@link SessionStore#delete}, at most one is told {@code DELETED}; of those that sweep exactly
 *       one, if no reply was lost and nothing else removed it.
 *   <li><b>C65</b> What was {@code DELETED} is gone: no later pass finds it, and nothing brings it back.
 *   <li><b>C66</b> A store that was told that nothing else cleans up also answers the keys of rows that are no session
 *       any more, nor a live session's: what moved and ended sessions, large values and id changes that did not happen
 *       leave behind, a day after it became useless. {@link #deleteLeftover} deletes such a row, and nothing else.
 * </ul>
 *
 * <p>An expired session may also be removed without being told to anybody: by the database itself, as
 * DynamoDB's TTL does, or by {@link SessionStore#delete}, which answers {@code ABSENT} for it (C50).
 */
public interface SweepableSessionStore extends SessionStore {
    /**
     * How far the clock of a sweeping node may be from the {@linkplain ExpiredPage#storeTime() database's own time}:
     * half of {@link SessionStore#SAVE_GRACE}, so that two such nodes never disagree by more than the grace. The
     * engine sweeps nothing if it is further away.
     */
    Duration CLOCK_MARGIN = SAVE_GRACE.dividedBy(2);

    /**
     * One step of a pass: looks at some rows and answers the expired sessions among them (C60 to C62).
     *
     * @param position null to start; otherwise the {@link ExpiredPage#next()} of the page before
     * @param limit about how many rows to look at in this step, which bounds what it costs; at least 1
     * @return what was found
     */
    CompletionStage<ExpiredPage> findExpired(@Nullable String position, int limit);

    /**
     * Deletes an expired session, if it is still as it was seen (C63 to C65).
     *
     * @param seen what {@link #findExpired} answered
     * @return whether this call deleted it; what it held then is what was seen
     */
    CompletionStage<SweepOutcome> deleteExpired(ExpiredSession seen);

    /**
     * Deletes a row that is no session, if it is still nobody's (C66). A store that never answers any need not implement it.
     *
     * @param key one of {@link ExpiredPage#leftovers()}
     * @return whether this call deleted it; {@link SweepOutcome#UNCERTAIN} if it is gone, and a reply was lost
     */
    default CompletionStage<SweepOutcome> deleteLeftover(SessionKey key) {
        return CompletableFuture.completedStage(SweepOutcome.SKIPPED);
    }
}
