// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.servlet;

import io.github.dynamosession.SaveOutcome;
import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.servlet.DynamoSessions;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Optional;
import java.util.function.Function;

/**
 * Changes attributes so that no change of another request is lost, which {@code HttpSession} has no
 * words for.
 */
final class ExactChange {
    private final SessionManager sessions;

    ExactChange(SessionManager sessions) {
        this.sessions = sessions;
    }

    /**
     * The value as it is stored. Saved at once and not at the end of the request, because the answer is
     * to tell that value: if another request was faster, the change is made again on what that one
     * stored. Costs nothing more, for at the end nothing is left to save.
     */
    <T> T apply(HttpServletRequest request, String name, Class<T> type, Function<Optional<T>, T> change) {
        Session session = DynamoSessions.session(request);
        T after = session.compute(name, type, change).orElseThrow();
        boolean stored = sessions.save(session) == SaveOutcome.SAVED;
        return stored ? session.get(name, type).orElse(after) : after;
    }
}
