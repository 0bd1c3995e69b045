// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.springwebflux;

import io.github.dynamosession.Session;
import io.github.dynamosession.examples.servlet.Shop;
import io.github.dynamosession.spring.DynamoWebSessions;
import java.util.Optional;
import java.util.function.Function;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.security.web.server.context.ServerSecurityContextRepository;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebSession;
import reactor.core.publisher.Mono;

/** What both controllers do with the session. */
@Component
class ShopSessions {
    private final ServerSecurityContextRepository contexts;

    ShopSessions(ServerSecurityContextRepository contexts) {
        this.contexts = contexts;
    }

    /**
     * Changes an attribute so that no change of another request is lost, and answers the value as it is stored. Saved
     * at once and not with the response, because the answer is to tell that value; at the end nothing is left to save.
     */
    static <T> Mono<T> change(WebSession web, String name, Class<T> type, Function<Optional<T>, T> change) {
        return Mono.defer(() -> {
            Session session = DynamoWebSessions.session(web);
            T after = session.compute(name, type, change).orElseThrow();
            return web.save()
                    .then(Mono.fromSupplier(() -> session.get(name, type).orElse(after)));
        });
    }

    /** As Spring Security's filters do it: the login, then another id for the session. */
    Mono<Void> login(String user, ServerWebExchange exchange) {
        var login = UsernamePasswordAuthenticationToken.authenticated(
                user, null, AuthorityUtils.createAuthorityList("ROLE_CUSTOMER"));
        return exchange.getSession()
                .doOnNext(session -> session.getAttributes().remove(Shop.USER))
                .then(contexts.save(exchange, new SecurityContextImpl(login)));
    }

    static Mono<Void> logout(WebSession session) {
        return session.isStarted() ? session.invalidate() : Mono.empty();
    }

    /** Who is logged in: by the page, or by a plain request, which stores the name alone. */
    Mono<Optional<String>> user(ServerWebExchange exchange) {
        Mono<Optional<String>> login = contexts.load(exchange)
                .mapNotNull(context -> context.getAuthentication())
                .map(authentication -> Optional.of(authentication.getName()))
                .defaultIfEmpty(Optional.empty());
        return exchange.getSession()
                .flatMap(session ->
                        session.getAttribute(Shop.USER) instanceof String name ? Mono.just(Optional.of(name)) : login);
    }
}
