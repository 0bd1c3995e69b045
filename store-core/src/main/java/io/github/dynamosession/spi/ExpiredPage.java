// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import java.util.List;
import java.util.Optional;

/**
 * What one step of a sweep found.
 *
 * @param sessions the expired sessions among the rows looked at, possibly none
 * @param next where the next step goes on, for the store that answered it; empty: this was the last one
 */
public record ExpiredPage(List<ExpiredSession> sessions, Optional<String> next) {
    /**
     * A page.
     *
     * @param sessions copied
     * @param next empty if there are no more rows to look at
     */
    public ExpiredPage {
        sessions = List.copyOf(sessions);
    }

    /** Shows neither keys nor the position, which may be one. */
    @Override
    public String toString() {
        return "ExpiredPage[" + sessions.size() + " sessions, " + (next.isPresent() ? "more to come" : "the last")
                + "]";
    }
}
