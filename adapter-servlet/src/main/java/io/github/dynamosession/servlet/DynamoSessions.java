// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import io.github.dynamosession.Session;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.http.HttpSession;
import java.util.Optional;

/**
 * The engine's {@link Session} behind a servlet session, for what {@link HttpSession} has no words for:
 * exact changes by {@link Session#compute} and values of generic types.
 *
 * <p>It is the same session: what is changed in one is seen in the other, and saved with the request.
 * Servlet listeners are not told of what is changed here.
 */
public final class DynamoSessions {
    private DynamoSessions() {}

    /**
     * The session of a request, which is made if there is none, as by {@code getSession()}.
     *
     * @param request a request that passed the filter, or a wrapper around it
     * @return the session
     * @throws IllegalArgumentException if the request did not pass a {@link DynamoSessionFilter}
     * @throws IllegalStateException if a session would have to be made and the response is committed
     */
    public static Session session(ServletRequest request) {
        return ((SessionView) of(request).getSession()).session();
    }

    /**
     * The session of a request, if there is one, as by {@code getSession(false)}.
     *
     * @param request a request that passed the filter, or a wrapper around it
     * @return empty if there is none
     * @throws IllegalArgumentException if the request did not pass a {@link DynamoSessionFilter}
     */
    public static Optional<Session> existing(ServletRequest request) {
        SessionView view = (SessionView) of(request).getSession(false);
        return view == null ? Optional.empty() : Optional.of(view.session());
    }

    /**
     * The session behind a servlet session.
     *
     * @param session what {@code getSession} gave
     * @return the session
     * @throws IllegalArgumentException if it is not a session of a {@link DynamoSessionFilter}
     */
    public static Session session(HttpSession session) {
        if (session instanceof SessionView view) {
            return view.session();
        }
        throw new IllegalArgumentException("this session is not one of DynamoSessionFilter");
    }

    private static SessionRequest of(ServletRequest request) {
        SessionRequest own = SessionRequest.in(request);
        if (own == null) {
            throw new IllegalArgumentException(
                    "this request did not pass DynamoSessionFilter: map the filter before what uses it");
        }
        return own;
    }
}
