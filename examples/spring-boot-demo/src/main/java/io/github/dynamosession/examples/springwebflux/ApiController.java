// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.springwebflux;

import io.github.dynamosession.examples.servlet.Cart;
import io.github.dynamosession.examples.servlet.Product;
import io.github.dynamosession.examples.servlet.Shop;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebSession;
import reactor.core.publisher.Mono;

/** What the page's script calls. Each answer is the state of the session, as JSON. */
@RestController
@RequestMapping("/api")
class ApiController {
    private final ShopSessions sessions;
    private final String node;
    private final int front;

    ApiController(ShopSessions sessions, @Value("${demo.node:A}") String node, @Value("${demo.front:0}") int front) {
        this.sessions = sessions;
        this.node = node;
        this.front = front;
    }

    @GetMapping("/state")
    Mono<Map<String, Object>> state(ServerWebExchange exchange) {
        return exchange.getSession().flatMap(session -> answer(exchange, session));
    }

    @PostMapping("/login")
    Mono<Map<String, Object>> login(ServerWebExchange exchange) {
        return form(exchange)
                .flatMap(form -> sessions.login(Shop.user(form.getFirst("user")), exchange))
                .then(state(exchange));
    }

    @PostMapping("/cart")
    Mono<Map<String, Object>> cart(ServerWebExchange exchange, WebSession session) {
        return form(exchange)
                .flatMap(form -> {
                    Product product = Shop.product(form.getFirst("sku"));
                    int step = "-1".equals(form.getFirst("by")) ? -1 : 1;
                    return ShopSessions.change(
                            session,
                            Shop.CART,
                            Cart.class,
                            cart -> cart.orElse(Cart.EMPTY).plus(product, step));
                })
                .then(state(exchange));
    }

    @PostMapping("/logout")
    Mono<Map<String, Object>> logout(ServerWebExchange exchange, WebSession session) {
        return form(exchange).then(ShopSessions.logout(session)).then(state(exchange));
    }

    @ExceptionHandler
    ResponseEntity<Void> refuse(IllegalArgumentException e) {
        return ResponseEntity.badRequest().build();
    }

    private static Mono<MultiValueMap<String, String>> form(ServerWebExchange exchange) {
        @Nullable String site = exchange.getRequest().getHeaders().getFirst("Sec-Fetch-Site");
        return Shop.isSameSite(site)
                ? exchange.getFormData()
                : Mono.error(() -> new ResponseStatusException(HttpStatus.FORBIDDEN, "another site's page"));
    }

    private Mono<Map<String, Object>> answer(ServerWebExchange exchange, WebSession session) {
        return sessions.user(exchange)
                .map(user -> Shop.state(
                        node,
                        front,
                        user.orElse(null),
                        session.isStarted() ? session.getId() : null,
                        session.getAttributeOrDefault(Shop.CART, Cart.EMPTY)));
    }
}
