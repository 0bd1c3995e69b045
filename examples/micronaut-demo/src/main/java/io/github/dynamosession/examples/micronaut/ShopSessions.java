// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.micronaut;

import io.github.dynamosession.SaveOutcome;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.examples.servlet.Shop;
import io.github.dynamosession.micronaut.DynamoSessions;
import io.micronaut.session.Session;
import jakarta.inject.Singleton;
import java.util.Optional;
import java.util.function.Function;

/** What both controllers do with the session. */
@Singleton
final class ShopSessions {
    private final SessionManager sessions;

    ShopSessions(SessionManager sessions) {
        this.sessions = sessions;
    }

    /**
     * Changes an attribute so that no change of another request is lost, and answers the value as it is
     * stored. Saved at once and not with the response, because the answer is to tell that value; at the
     * end nothing is left to save. For threads that may block.
     */
    <T> T change(Session session, String name, Class<T> type, Function<Optional<T>, T> change) {
        io.github.dynamosession.Session exact = DynamoSessions.session(session);
        T after = exact.compute(name, type, change).orElseThrow();
        // A new session is left to the framework, which also hands out its id.
        boolean stored = !session.isNew() && sessions.save(exact) == SaveOutcome.SAVED;
        return stored ? exact.get(name, type).orElse(after) : after;
    }

    static void login(Session session, String user) {
        session.put(Shop.USER, user);
        if (!session.isNew()) {
            DynamoSessions.changeId(session);
        }
    }
}
