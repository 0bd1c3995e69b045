// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import java.util.List;
import java.util.Optional;

/**
 * Some of the sessions that {@link SessionManager#findBy} finds.
 *
 * @param sessions unmodifiable, possibly empty although there are more
 * @param next where the next page goes on, which is for this application's own memory and no client's, because it may
 *     hold what was asked for; empty: this was the last one
 */
public record SessionPage(List<SessionHandle> sessions, Optional<String> next) {
    /**
     * A page.
     *
     * @param sessions copied
     * @param next empty if there are no more sessions
     */
    public SessionPage {
        sessions = List.copyOf(sessions);
    }

    /** Shows neither sessions nor the position. */
    @Override
    public String toString() {
        return "SessionPage[" + sessions.size() + " sessions, " + (next.isPresent() ? "more to come" : "the last")
                + "]";
    }
}
