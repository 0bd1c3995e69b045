// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spring;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.settings.SessionSettings;
import io.github.dynamosession.testkit.AdapterContract;
import io.github.dynamosession.web.CookiePolicy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebSession;
import org.springframework.web.server.adapter.WebHttpHandlerBuilder;
import org.springframework.web.server.handler.ResponseStatusExceptionHandler;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

@DisplayName("Sessions of WebFlux")
class WebFluxAdapterContractTest extends AdapterContract {
    private static final String COOKIE = "SESSION";

    @Override
    protected String cookieName() {
        return COOKIE;
    }

    /** The head of a response goes with its first body, after the page. */
    @Override
    protected boolean canFlush() {
        return false;
    }

    /** It is cancelled. */
    @Override
    protected boolean goesOnWithoutClient() {
        return false;
    }

    @Override
    protected Running start(SessionManager manager, Application application) {
        HttpHandler handler = WebHttpHandlerBuilder.webHandler(exchange -> page(application, exchange))
                .sessionManager(new DynamoWebSessionManager(
                        manager,
                        CookiePolicy.builder(COOKIE).build(),
                        SessionSettings.builder().build().paths()))
                .filter(DynamoWebSessionManager::saveIfCancelled)
                .exceptionHandler(new ResponseStatusExceptionHandler())
                .build();
        DisposableServer server = HttpServer.create()
                .host("localhost")
                .port(0)
                .handle(new ReactorHttpHandlerAdapter(handler))
                .bindNow();
        return new Running(URI.create("http://localhost:" + server.port()), server::disposeNow);
    }

    private static Mono<Void> page(Application application, ServerWebExchange exchange) {
        return Mono.fromCallable(
                        () -> application.serve(exchange.getRequest().getPath().value(), new Seen(exchange)))
                .subscribeOn(Schedulers.boundedElastic())
                .flatMap(body -> exchange.getResponse()
                        .writeWith(Mono.fromSupplier(() ->
                                exchange.getResponse().bufferFactory().wrap(body.getBytes(StandardCharsets.UTF_8)))));
    }

    private record Seen(ServerWebExchange exchange) implements Visit {
        private WebSession session() {
            return Objects.requireNonNull(exchange.getSession().block());
        }

        @Override
        public boolean hasSession() {
            return session().isStarted();
        }

        @Override
        public @Nullable String get(String name) {
            return session().getAttribute(name);
        }

        @Override
        public void set(String name, String value) {
            session().getAttributes().put(name, value);
        }

        @Override
        public void remove(String name) {
            session().getAttributes().remove(name);
        }

        @Override
        public void changeId() {
            session().changeSessionId().block();
        }

        @Override
        public void end() {
            session().invalidate().block();
        }
    }
}
