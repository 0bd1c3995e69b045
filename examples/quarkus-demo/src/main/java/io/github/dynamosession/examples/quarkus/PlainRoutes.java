// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.quarkus;

import io.github.dynamosession.examples.servlet.Shop;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/** Requests of docs/demo.md that need no more than a route of Vert.x, on the event loop. */
@Singleton
public class PlainRoutes {
    PlainRoutes() {}

    void register(@Observes Router router) {
        router.get("/none").handler(PlainRoutes::none);
        router.get("/who").handler(PlainRoutes::who);
    }

    private static void none(RoutingContext routing) {
        int millis;
        try {
            millis = Shop.delay(routing.request().getParam("delay"));
        } catch (IllegalArgumentException e) {
            routing.response().setStatusCode(400);
            answer(routing, String.valueOf(e.getMessage()));
            return;
        }
        if (millis == 0) {
            answer(routing, "none");
        } else {
            routing.vertx().setTimer(millis, passed -> answer(routing, "none"));
        }
    }

    private static void who(RoutingContext routing) {
        String user = routing.session().get(Shop.USER);
        answer(routing, user == null ? "nobody" : user);
    }

    private static void answer(RoutingContext routing, String text) {
        routing.response().putHeader("Content-Type", "text/plain;charset=utf-8");
        routing.end(text);
    }
}
