// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.quarkus;

import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.Session;
import io.vertx.ext.web.handler.SessionHandler;
import io.vertx.ext.web.sstore.LocalSessionStore;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/** One application, with the stock handler and with the extension. About 1 KB in each session. */
@Singleton
public class LoadRoutes {
    /** Below {@code /q/}, where the extension is not. */
    static final String STOCK = "/q/load";

    static final String OURS = "/load";

    void register(@Observes Router router, Vertx vertx) {
        router.route(STOCK + "/*").handler(SessionHandler.create(LocalSessionStore.create(vertx)));
        for (String prefix : new String[] {STOCK, OURS}) {
            router.get(prefix + "/login").handler(LoadRoutes::login);
            router.get(prefix + "/read").handler(routing -> routing.end(String.valueOf(read(routing))));
            router.get(prefix + "/change").handler(LoadRoutes::change);
        }
    }

    private static void login(RoutingContext routing) {
        Session session = routing.session();
        session.put("user", "somebody");
        for (int line = 0; line < 8; line++) {
            session.put("line" + line, "x".repeat(80));
        }
        routing.end("welcome");
    }

    private static Object read(RoutingContext routing) {
        return routing.session().get("user");
    }

    private static void change(RoutingContext routing) {
        String value = Long.toString(System.nanoTime());
        routing.session().put("line0", value);
        routing.end(value);
    }
}
