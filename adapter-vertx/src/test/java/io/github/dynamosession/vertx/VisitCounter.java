// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.settings.SessionSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;

/** The application that docs/vertx.md shows. */
final class VisitCounter {
    static Future<HttpServer> start(Vertx vertx, SessionSettings settings, int port) {
        SessionManager manager = DynamoSessionHandler.prepare(SessionManager.builder(settings), vertx)
                .build();
        DynamoSessionHandler sessions = DynamoSessionHandler.create(manager)
                .setCookie(settings.cookie())
                .setPaths(settings.paths()::matches);
        Router router = Router.router(vertx);
        router.route().handler(sessions).failureHandler(DynamoSessionHandler.failureHandler());
        router.get("/").handler(routing -> {
            Session session = DynamoSessionHandler.session(routing);
            int visits = session.compute("visits", Integer.class, n -> n.orElse(0) + 1)
                    .orElseThrow();
            routing.end("visit " + visits);
        });
        return vertx.createHttpServer().requestHandler(sessions.around(router)).listen(port);
    }

    private VisitCounter() {}
}
