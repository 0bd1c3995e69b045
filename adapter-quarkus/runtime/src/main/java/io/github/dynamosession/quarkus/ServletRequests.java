// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus;

import io.github.dynamosession.Session;
import io.vertx.ext.web.handler.SessionHandler;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * What the rest of the extension has to know of servlets, without their types: an application need not
 * have them.
 */
final class ServletRequests {
    private static volatile Part part = Part.NONE;

    /**
     * The servlets of an application.
     *
     * @param paths those that servlets serve, as routes see them
     * @param session the session of the servlet request of this thread; empty if there is no such request
     * @param defaults of settings, where servlets have other ones
     * @param cookie its name unless a setting says another one
     */
    record Part(
            Predicate<String> paths, Supplier<Optional<Session>> session, Map<String, String> defaults, String cookie) {
        static final Part NONE =
                new Part(path -> false, Optional::empty, Map.of(), SessionHandler.DEFAULT_SESSION_COOKIE_NAME);
    }

    private ServletRequests() {}

    static void set(Part present) {
        part = present;
    }

    /** Whether a servlet serves this path for certain, so that the router need not read the session. */
    static boolean serve(String path) {
        return part.paths().test(path);
    }

    /**
     * The session of the servlet request that this thread works on, made if there is none.
     *
     * @return empty if this thread is not in a servlet request
     */
    static Optional<Session> session() {
        return part.session().get();
    }

    static String cookie() {
        return part.cookie();
    }

    static Map<String, String> defaults() {
        return part.defaults();
    }
}
