// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spring;

import io.github.dynamosession.Session;
import io.github.dynamosession.SessionHandle;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.SessionPage;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.session.ReactiveSessionInformation;
import org.springframework.security.core.session.ReactiveSessionRegistry;
import org.springframework.web.filter.reactive.ServerWebExchangeContextFilter;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The sessions of a user on all nodes, by the index of principals: for Spring Security's {@code concurrentSessions} in
 * WebFlux, which asks it at a login alone.
 *
 * <p>The session of the exchange that asks is not among them: at a login the index may show it already, and Spring
 * Security counts those beside it. Each other one has a {@linkplain SessionHandle#reference() reference} in place of
 * its id, and is ended when it is invalidated. Nothing is registered or removed: the index follows what is stored.
 */
final class DynamoReactiveSessionRegistry implements ReactiveSessionRegistry {
    private final SessionManager manager;

    DynamoReactiveSessionRegistry(SessionManager manager) {
        this.manager = manager;
    }

    /** One query of the index, and one read for each session that it shows. */
    @Override
    public Flux<ReactiveSessionInformation> getAllSessions(Object principal) {
        String user = SecurityPrincipal.name(principal);
        return own().flatMapMany(own -> page(user, null)
                .expand(page ->
                        page.next().map(position -> page(user, position)).orElseGet(Mono::empty))
                .flatMapIterable(SessionPage::sessions)
                .filter(handle -> own.filter(handle::isOf).isEmpty())
                .map(handle -> new Other(principal, user, handle)));
    }

    private Mono<SessionPage> page(String user, @Nullable String position) {
        return Mono.fromCompletionStage(() -> manager.findByAsync(SessionManager.PRINCIPAL, user, position));
    }

    /** The session of the exchange, if there are both. */
    private static Mono<Optional<Session>> own() {
        return Mono.deferContextual(context -> Mono.justOrEmpty(ServerWebExchangeContextFilter.getExchange(context))
                .flatMap(exchange -> exchange.getSession())
                .map(DynamoWebSessions::existing)
                .defaultIfEmpty(Optional.empty()));
    }

    @Override
    public Mono<Void> saveSessionInformation(ReactiveSessionInformation information) {
        return Mono.empty();
    }

    /** Nothing: a reference says nothing without its user. */
    @Override
    public Mono<ReactiveSessionInformation> getSessionInformation(String sessionId) {
        return Mono.empty();
    }

    @Override
    public Mono<ReactiveSessionInformation> removeSessionInformation(String sessionId) {
        return Mono.empty();
    }

    /** Nothing: the engine records uses. */
    @Override
    public Mono<ReactiveSessionInformation> updateLastAccessTime(String sessionId) {
        return Mono.empty();
    }

    /** A session of another browser. */
    private final class Other extends ReactiveSessionInformation {
        private static final long serialVersionUID = 1L;

        private final String user;

        Other(Object principal, String user, SessionHandle handle) {
            super(principal, handle.reference(), handle.lastAccessedAt());
            this.user = user;
        }

        @Override
        public Mono<Void> invalidate() {
            return Mono.fromCompletionStage(() -> manager.endByAsync(SessionManager.PRINCIPAL, user, getSessionId()))
                    .then(super.invalidate());
        }
    }
}
