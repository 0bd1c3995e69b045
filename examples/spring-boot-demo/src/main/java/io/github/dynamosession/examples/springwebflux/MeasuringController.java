// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.springwebflux;

import io.github.dynamosession.examples.servlet.Shop;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.security.web.server.context.WebSessionServerSecurityContextRepository;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebSession;
import reactor.core.publisher.Mono;

/** Plain GET requests with plain answers, for measuring: docs/demo.md. */
@RestController
@RequestMapping(produces = "text/plain;charset=utf-8")
class MeasuringController {
    private final ShopSessions sessions;

    MeasuringController(ShopSessions sessions) {
        this.sessions = sessions;
    }

    @GetMapping("/none")
    Mono<String> none(@RequestParam(required = false) @Nullable String delay) {
        return later(delay, Mono.just("none"));
    }

    @GetMapping("/read")
    Mono<String> read(
            WebSession session,
            @RequestParam(required = false) @Nullable String k,
            @RequestParam(required = false) @Nullable String delay) {
        Optional<String> name = Optional.ofNullable(k)
                .or(() -> session.getAttributes().keySet().stream().findFirst());
        String answer =
                name.<Object>map(session::getAttribute).map(Object::toString).orElse("");
        return later(delay, Mono.just(answer));
    }

    /**
     * Without a value the count is exact: each request adds one to what is stored at its save. With a value the last
     * writer wins, as for any attribute.
     */
    @GetMapping("/change")
    Mono<String> change(
            WebSession session,
            @RequestParam(defaultValue = "counter") String k,
            @RequestParam(required = false) @Nullable String v,
            @RequestParam(required = false) @Nullable String delay) {
        Object before = session.getAttribute(k);
        if (v == null && before != null && !(before instanceof String)) {
            throw new IllegalArgumentException("the value of k is no number");
        }
        return later(
                delay,
                v == null
                        ? ShopSessions.change(session, k, String.class, Shop::plusOne)
                        : Mono.fromSupplier(() -> {
                            session.getAttributes().put(k, v);
                            return v;
                        }));
    }

    /** The name alone is stored, so that the row has the size that was asked for. */
    @GetMapping("/login")
    Mono<String> login(
            WebSession session,
            @RequestParam(required = false) @Nullable String user,
            @RequestParam(required = false) @Nullable String kb) {
        String name = Shop.user(user);
        boolean stored = session.isStarted();
        session.getAttributes().put(Shop.CART, Shop.cart(name, kb));
        session.getAttributes().put(Shop.USER, name);
        session.getAttributes()
                .remove(WebSessionServerSecurityContextRepository.DEFAULT_SPRING_SECURITY_CONTEXT_ATTR_NAME);
        return (stored ? session.changeSessionId() : Mono.<Void>empty()).thenReturn(name);
    }

    @GetMapping("/logout")
    Mono<String> logout(WebSession session) {
        return ShopSessions.logout(session).thenReturn("bye");
    }

    @GetMapping("/who")
    Mono<String> who(ServerWebExchange exchange) {
        return sessions.user(exchange).map(user -> user.orElse("nobody"));
    }

    @ExceptionHandler
    ResponseEntity<String> refuse(IllegalArgumentException e) {
        return ResponseEntity.badRequest().body(String.valueOf(e.getMessage()));
    }

    private static Mono<String> later(@Nullable String delay, Mono<String> answer) {
        int millis = Shop.delay(delay);
        return millis == 0 ? answer : Mono.delay(Duration.ofMillis(millis)).then(answer);
    }
}
