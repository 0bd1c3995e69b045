// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.quarkus;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.examples.servlet.RouteLoad;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.vertx.DynamoSessionHandler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Vert.x Web without Quarkus. Not run with the tests: docs/benchmarks.md. */
class VertxThroughput {
    @Test
    void measure() throws Exception {
        Vertx vertx = Vertx.vertx();
        try (SessionManager manager = DynamoSessionHandler.prepare(
                        SessionManager.builder(new InMemorySessionStore())
                                .codec(JsonCodec.builder().build()),
                        vertx)
                .build()) {
            Router router = Router.router(vertx);
            DynamoSessionHandler handler = DynamoSessionHandler.create(manager);
            router.route(LoadRoutes.OURS + "/*").handler(handler);
            LoadRoutes.add(router, vertx);
            HttpServer server = vertx.createHttpServer()
                    .requestHandler(handler.around(router))
                    .listen(0, "127.0.0.1")
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(10, TimeUnit.SECONDS);
            System.out.println(getClass().getSimpleName());
            RouteLoad.compare(LoadRoutes.routes(server.actualPort()));
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
        }
    }
}
