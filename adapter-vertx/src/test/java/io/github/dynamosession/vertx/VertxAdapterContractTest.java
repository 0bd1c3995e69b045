// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.testkit.AdapterContract;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.SessionHandler;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;

@DisplayName("Sessions of Vert.x Web")
class VertxAdapterContractTest extends AdapterContract {
    @Override
    protected String cookieName() {
        return SessionHandler.DEFAULT_SESSION_COOKIE_NAME;
    }

    @Override
    protected Duration arrivalMargin() {
        return Duration.ofMinutes(1);
    }

    @Override
    protected Running start(SessionManager manager, Application application) throws Exception {
        Vertx vertx = Vertx.vertx();
        DynamoSessionHandler sessions = DynamoSessionHandler.create(manager);
        Router router = Router.router(vertx);
        router.route().handler(sessions).failureHandler(DynamoSessionHandler.failureHandler());
        router.route().blockingHandler(routing -> serve(application, routing), false);
        HttpServer server = await(
                vertx.createHttpServer().requestHandler(sessions.around(router)).listen(0, "localhost"));
        return new Running(URI.create("http://localhost:" + server.actualPort()), () -> await(vertx.close()));
    }

    private static void serve(Application application, RoutingContext routing) {
        try {
            routing.end(application.serve(routing.normalizedPath(), new Seen(routing)));
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(1, TimeUnit.MINUTES);
    }

    private static final class Seen implements Visit {
        private final RoutingContext routing;

        Seen(RoutingContext routing) {
            this.routing = routing;
        }

        @Override
        public boolean hasSession() {
            return true;
        }

        @Override
        public @Nullable String get(String name) {
            return routing.session().get(name);
        }

        @Override
        public void set(String name, String value) {
            routing.session().put(name, value);
        }

        @Override
        public void remove(String name) {
            routing.session().remove(name);
        }

        @Override
        public void changeId() {
            routing.session().regenerateId();
        }

        @Override
        public void end() {
            routing.session().destroy();
        }

        @Override
        public void flush() throws Exception {
            routing.response().setChunked(true);
            await(routing.response().write("head "));
        }
    }
}
