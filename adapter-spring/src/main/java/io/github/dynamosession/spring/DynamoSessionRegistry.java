// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spring;

import io.github.dynamosession.Session;
import io.github.dynamosession.SessionHandle;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.SessionPage;
import io.github.dynamosession.servlet.DynamoSessions;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.session.SessionInformation;
import org.springframework.security.core.session.SessionRegistry;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;

/**
 * The sessions of a user on all nodes, by the index of principals: for Spring Security's {@code maximumSessions}.
 *
 * <p>The table knows no ids, so a {@link SessionInformation} has the real id only for the session of the request that
 * asks; for each other one it has a {@linkplain SessionHandle#reference() reference}, which opens nothing. Nothing is
 * registered or removed: the index follows what is stored, and lags behind it, usually by less than a second. So two
 * logins at the same time may both pass.
 */
final class DynamoSessionRegistry implements SessionRegistry {
    /** Set in a session that was expired: its next request is answered as Spring Security's settings say. */
    static final String EXPIRED = "__dynamosession.expired";

    private final SessionManager manager;

    DynamoSessionRegistry(SessionManager manager) {
        this.manager = manager;
    }

    /**
     * Nobody's: the index finds the sessions of a user, not all users.
     *
     * @throws UnsupportedOperationException always
     */
    @Override
    public List<Object> getAllPrincipals() {
        throw new UnsupportedOperationException(
                "the index of principals finds the sessions of a user, and holds hashes of the users' names:"
                        + " ask getAllSessions for one user");
    }

    /** One query of the index, and one read for each session that it shows. */
    @Override
    public List<SessionInformation> getAllSessions(Object principal, boolean includeExpiredSessions) {
        String user = SecurityPrincipal.name(principal);
        Session own = own();
        List<SessionInformation> all = new ArrayList<>();
        SessionPage page = manager.findBy(SessionManager.PRINCIPAL, user);
        while (true) {
            for (SessionHandle handle : page.sessions()) {
                Known known =
                        own != null && handle.isOf(own) ? new Own(principal, own) : new Other(principal, user, handle);
                if (includeExpiredSessions || !known.isExpired()) {
                    all.add(known);
                }
            }
            if (page.next().isEmpty()) {
                return all;
            }
            page = manager.findBy(SessionManager.PRINCIPAL, user, page.next().get());
        }
    }

    /** Of the request's own session, without I/O; of any other id or reference nothing is known. */
    @Override
    public @Nullable SessionInformation getSessionInformation(String sessionId) {
        Session own = own(sessionId);
        Authentication user = own == null ? null : SecurityPrincipal.authentication(own);
        return user == null || own == null ? null : new Own(Objects.requireNonNull(user.getPrincipal()), own);
    }

    @Override
    public void refreshLastRequest(String sessionId) {
        // The engine records uses.
    }

    /** A login in a session that was expired begins anew. */
    @Override
    public void registerNewSession(String sessionId, Object principal) {
        Session own = own(sessionId);
        if (own != null) {
            own.remove(EXPIRED);
        }
    }

    @Override
    public void removeSessionInformation(String sessionId) {
        // A session that ended is in no index.
    }

    /**
     * The session of the request, if that is its id.
     *
     * @throws IllegalStateException if nobody could tell, for a session that was expired must not go on
     */
    private static @Nullable Session own(String sessionId) {
        Session own;
        try {
            own = existing();
        } catch (IllegalArgumentException e) {
            throw new IllegalStateException(
                    "Spring's RequestContextHolder has a request that did not pass DynamoSession's filter: use Spring's"
                            + " RequestContextFilter, as Spring Boot does, and no RequestContextListener, with"
                            + " maximumSessions",
                    e);
        }
        return own != null && own.id().equals(sessionId) ? own : null;
    }

    /** The session of the request, if there are both. */
    private static @Nullable Session own() {
        try {
            return existing();
        } catch (IllegalArgumentException e) {
            // A path without sessions.
            return null;
        }
    }

    private static @Nullable Session existing() {
        return RequestContextHolder.getRequestAttributes() instanceof ServletRequestAttributes attributes
                ? DynamoSessions.existing(attributes.getRequest())
                        .filter(session -> !session.isEnded())
                        .orElse(null)
                : null;
    }

    private abstract static class Known extends SessionInformation {
        private static final long serialVersionUID = 1L;

        private final boolean found;

        Known(Object principal, String id, Date lastRequest, boolean expired) {
            super(principal, id, lastRequest);
            this.found = expired;
        }

        @Override
        public boolean isExpired() {
            return found || super.isExpired();
        }
    }

    /** The session of the request that asks. */
    private static final class Own extends Known {
        private static final long serialVersionUID = 1L;

        private final transient Session session;

        Own(Object principal, Session session) {
            super(
                    principal,
                    session.id(),
                    Date.from(session.lastAccessedAt()),
                    session.names().contains(EXPIRED));
            this.session = session;
        }

        @Override
        public void expireNow() {
            session.set(EXPIRED, "");
            super.expireNow();
        }
    }

    /** A session of another browser. */
    private final class Other extends Known {
        private static final long serialVersionUID = 1L;

        private final String user;

        Other(Object principal, String user, SessionHandle handle) {
            super(
                    principal,
                    handle.reference(),
                    Date.from(handle.lastAccessedAt()),
                    handle.attributeSizes().containsKey(EXPIRED));
            this.user = user;
        }

        /** Marks it, so that its next request learns of it; one that has just changed its id is ended instead. */
        @Override
        public void expireNow() {
            if (!manager.setBy(SessionManager.PRINCIPAL, user, getSessionId(), EXPIRED, "")) {
                manager.endBy(SessionManager.PRINCIPAL, user, getSessionId());
            }
            super.expireNow();
        }
    }
}
