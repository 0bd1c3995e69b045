// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import io.github.dynamosession.Session;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whose a session is, for whoever identifies users by other means than the session: with each request
 * anew, so that the session learns of logins and logouts only by comparison.
 */
final class SessionOwner {
    /** The name of the principal that the session was last used by. */
    static final String ATTRIBUTE = "__dynamosession.principal";

    private SessionOwner() {}

    /** Makes the session, if there is one, this principal's; somebody else's is ended. */
    static void claim(VertxSession session, String principal) {
        Session present = usable(session);
        if (present == null) {
            return;
        }
        Optional<String> owner = owner(present);
        if (owner.isPresent()) {
            if (!owner.get().equals(principal)) {
                session.destroy();
            }
        } else if (present.version() > 0) {
            present.set(ATTRIBUTE, principal);
            session.changeIdOrAbandon();
        } else if (!present.names().isEmpty()) {
            present.set(ATTRIBUTE, principal);
        }
    }

    /** As {@link #claim}; behind an id that has just changed the login makes a session of its own. */
    static void login(VertxSession session, String principal) {
        Session present = session.present();
        if (present != null && present.isDetached() && !present.isNew()) {
            present.set(ATTRIBUTE, principal);
            session.regenerateId();
        } else {
            claim(session, principal);
        }
    }

    /**
     * Ends a session that is somebody's. One that was made by this very request stays: it is what the
     * application has to tell after the logout.
     *
     * @param identified whether the request was somebody's
     */
    static void logout(VertxSession session, boolean identified) {
        Session present = session.present();
        if (present == null || present.isEnded()) {
            return;
        }
        // Whose a detached one is cannot be told; the end follows the session, or fails: it is not left out quietly.
        boolean ends =
                present.isDetached() ? identified : owner(present).isPresent() || (identified && present.version() > 0);
        if (ends) {
            session.destroy();
        }
    }

    /** A detached one is what a late request has under a former id: it cannot be claimed. */
    private static @Nullable Session usable(VertxSession session) {
        Session present = session.present();
        return present == null || present.isEnded() || present.isDetached() ? null : present;
    }

    private static Optional<String> owner(Session session) {
        return session.get(ATTRIBUTE, String.class);
    }
}
