// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spring;

import io.github.dynamosession.Session;
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
        if (session instanceof DynamoWebSession own) {
            return own.session();
        }
        throw new IllegalArgumentException("this session is not one of DynamoSession");
    }
}
