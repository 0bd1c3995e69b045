// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.httpserver;

import com.sun.net.httpserver.HttpHandler;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.web.CookiePolicy;
import java.io.IOException;

/** Gives handlers of the JDK's {@code HttpServer} sessions. */
public final class HttpServerSessions {
    private final SessionManager manager;
    private final CookiePolicy cookie;

    /** What answers requests. */
    @FunctionalInterface
    public interface Page {
        /**
         * Answers one request.
         *
         * @param visit the request, its session and the way to answer it
         * @throws IOException if the client has gone
         */
        void serve(HttpVisit visit) throws IOException;
    }

    /**
     * Sessions of a manager, which is not closed.
     *
     * @param manager opens and saves the sessions
     * @param cookie the session cookie
     */
    public HttpServerSessions(SessionManager manager, CookiePolicy cookie) {
        this.manager = manager;
        this.cookie = cookie;
    }

    /**
     * A handler for {@code HttpServer.createContext}.
     *
     * @param page answers the requests
     * @return a handler
     */
    public HttpHandler handler(Page page) {
        return http -> {
            HttpVisit visit = new HttpVisit(http, manager, cookie);
            try {
                page.serve(visit);
                visit.finish();
            } catch (RuntimeException e) {
                visit.fail(e);
            }
            http.close();
        };
    }
}
