// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.quarkus;

import io.github.dynamosession.SaveOutcome;
import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.examples.servlet.Shop;
import jakarta.inject.Singleton;
import java.util.Optional;
import java.util.function.Function;

/** What both resources do with the session of a request, in threads that may block. */
@Singleton
public class ShopSession {
    private final Session session;
    private final SessionManager sessions;

    ShopSession(Session session, SessionManager sessions) {
        this.session = session;
        this.sessions = sessions;
    }

    /** The one that was found, or a new one: it is stored when something is put into it. */
    Session get() {
        return session;
    }

    /**
     * Changes an attribute so that no change of another request is lost, and answers the value as it is
     * stored. Saved at once and not with the response, because the answer is to tell that value; at the
     * end nothing is left to save.
     */
    <T> T change(String name, Class<T> type, Function<Optional<T>, T> change) {
        T after = session.compute(name, type, change).orElseThrow();
        // A new session is left to the end of the request, which also hands out its id.
        boolean stored = !session.isNew() && sessions.save(session) == SaveOutcome.SAVED;
        return stored ? session.get(name, type).orElse(after) : after;
    }

    /**
     * From now on the session has an id that nobody knew before this request. One write stores it with
     * the attributes that were set before; the response takes the cookie along.
     */
    void login(String user) {
        session.set(Shop.USER, user);
        if (!session.isNew()) {
            sessions.changeId(session);
        }
    }

    void logout() {
        sessions.end(session);
    }

    Optional<String> user() {
        return session.get(Shop.USER, String.class);
    }
}
