// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What one step of a sweep found.
 *
 * @param sessions the expired sessions among the rows looked at, possibly none
 * @param leftovers the keys of rows among them that are no session and that nothing else removes (C66); none unless the
 *     store was told so
 * @param next where the next step goes on, for the store that answered it; empty: this was the last one
 * @param storeTime the database's own time when it answered, which tells whether the clock by which the sessions
 *     were found expired can be believed; empty: not known
 */
public record ExpiredPage(
        List<ExpiredSession> sessions, List<SessionKey> leftovers, Optional<String> next, Optional<Instant> storeTime) {
    /**
     * A page.
     *
     * @param sessions copied
     * @param leftovers copied
     * @param next empty if there are no more rows to look at
     * @param storeTime empty if the database does not tell its time
     */
    public ExpiredPage {
        sessions = List.copyOf(sessions);
        leftovers = List.copyOf(leftovers);
    }

    /**
     * A page of a database that removes by itself what is no session.
     *
     * @param sessions copied
     * @param next empty if there are no more rows to look at
     * @param storeTime empty if the database does not tell its time
     */
    public ExpiredPage(List<ExpiredSession> sessions, Optional<String> next, Optional<Instant> storeTime) {
        this(sessions, List.of(), next, storeTime);
    }

    /**
     * The same of a database that does not tell its time.
     *
     * @param sessions copied
     * @param next empty if there are no more rows to look at
     */
    public ExpiredPage(List<ExpiredSession> sessions, Optional<String> next) {
        this(sessions, next, Optional.empty());
    }

    /** Shows neither keys nor the position, which may be one. */
    @Override
    public String toString() {
        return "ExpiredPage[" + sessions.size() + " sessions, " + leftovers.size() + " leftovers, "
                + (next.isPresent() ? "more to come" : "the last") + "]";
    }
}
