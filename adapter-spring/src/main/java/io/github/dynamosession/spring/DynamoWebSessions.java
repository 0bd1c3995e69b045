// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spring;

import io.github.dynamosession.Session;
import java.util.Optional;
import org.springframework.web.server.WebSession;

/**
 * The engine's {@link Session} behind a WebFlux session, for what {@link WebSession} has no words for: exact changes
 * by {@link Session#compute} and values of generic types. Saved with the request, like the WebFlux session.
 */
public final class DynamoWebSessions {
    private DynamoWebSessions() {}

    /**
     * The session behind a WebFlux session, which is made if there is none.
     *
     * @param session what {@code ServerWebExchange.getSession} gave
     * @return the session
     * @throws IllegalArgumentException if it is not a session of this library
     */
    public static Session session(WebSession session) {
        DynamoWebSession own = DynamoWebSession.of(session);
        if (own == null) {
            throw new IllegalArgumentException("this session is not one of DynamoSession");
        }
        return own.session();
    }

    /** The session behind a WebFlux session, if there is one. */
    static Optional<Session> existing(WebSession session) {
        DynamoWebSession own = DynamoWebSession.of(session);
        return own == null ? Optional.empty() : own.existing();
    }
}
