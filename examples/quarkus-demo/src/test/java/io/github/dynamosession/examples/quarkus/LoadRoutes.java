// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.quarkus;

import io.github.dynamosession.examples.servlet.RouteLoad.Route;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.Session;
import io.vertx.ext.web.handler.SessionHandler;
import io.vertx.ext.web.sstore.LocalSessionStore;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.List;

/** One application, without sessions, with the stock handler, and with ours. About 1 KB in each session. */
@Singleton
public class LoadRoutes {
    /** Below {@code /q/}, where the extension is not. */
    private static final String PLAIN = "/q/plain";

    private static final String STOCK = "/q/load";

    static final String OURS = "/load";

    void register(@Observes Router router, Vertx vertx) {
        add(router, vertx);
    }

    /** All of them; whoever brings our handler puts it before. */
    static void add(Router router, Vertx vertx) {
        router.route(STOCK + "/*").handler(SessionHandler.create(LocalSessionStore.create(vertx)));
        router.get(PLAIN).handler(routing -> routing.end("somebody"));
        for (String prefix : List.of(STOCK, OURS)) {
            router.get(prefix + "/login").handler(LoadRoutes::login);
            router.get(prefix + "/read").handler(routing -> routing.end(String.valueOf(read(routing))));
            router.get(prefix + "/change").handler(LoadRoutes::change);
        }
    }

    static List<Route> routes(int port) {
        // A session for each connection: the stock handler drops the changes of requests that share one.
        return List.of(
                new Route("no session", port, PLAIN, PLAIN),
                new Route("stock handler, read", port, STOCK + "/read", STOCK + "/login"),
                new Route("ours, read", port, OURS + "/read", OURS + "/login"),
                new Route("stock handler, change", port, STOCK + "/change", STOCK + "/login"),
                new Route("ours, change", port, OURS + "/change", OURS + "/login"));
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
