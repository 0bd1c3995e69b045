// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.micronaut;

import io.github.dynamosession.examples.servlet.Cart;
import io.github.dynamosession.examples.servlet.Product;
import io.github.dynamosession.examples.servlet.Shop;
import io.github.dynamosession.micronaut.DynamoSessions;
import io.micronaut.context.annotation.Value;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Error;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.exceptions.HttpStatusException;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.session.Session;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the page's script calls. Each answer is the state of the session, as JSON. */
@Controller("/api")
@Consumes(MediaType.APPLICATION_FORM_URLENCODED)
@ExecuteOn(TaskExecutors.BLOCKING)
final class ApiController {
    private final ShopSessions sessions;
    private final String node;
    private final int front;

    ApiController(ShopSessions sessions, @Value("${demo.node}") String node, @Value("${demo.front}") int front) {
        this.sessions = sessions;
        this.node = node;
        this.front = front;
    }

    @Get("/state")
    Map<String, Object> state(Optional<Session> session) {
        return answer(session.orElse(null));
    }

    @Post("/login")
    Map<String, Object> login(HttpRequest<?> request, Session session, @Nullable String user) {
        sameSite(request);
        ShopSessions.login(session, Shop.user(user));
        return answer(session);
    }

    @Post("/cart")
    Map<String, Object> cart(HttpRequest<?> request, Session session, @Nullable String sku, @Nullable String by) {
        sameSite(request);
        Product product = Shop.product(sku);
        int step = "-1".equals(by) ? -1 : 1;
        sessions.change(
                session, Shop.CART, Cart.class, cart -> cart.orElse(Cart.EMPTY).plus(product, step));
        return answer(session);
    }

    @Post("/logout")
    Map<String, Object> logout(HttpRequest<?> request, Optional<Session> session) {
        sameSite(request);
        session.ifPresent(DynamoSessions::invalidate);
        return answer(null);
    }

    @Error
    HttpResponse<?> refuse(IllegalArgumentException e) {
        return HttpResponse.badRequest();
    }

    private static void sameSite(HttpRequest<?> request) {
        if (!Shop.isSameSite(request.getHeaders().get("Sec-Fetch-Site"))) {
            throw new HttpStatusException(HttpStatus.FORBIDDEN, "another site's page");
        }
    }

    private Map<String, Object> answer(@Nullable Session session) {
        Optional<Session> found = Optional.ofNullable(session);
        return Shop.state(
                node,
                front,
                found.flatMap(any -> any.get(Shop.USER, String.class)).orElse(null),
                found.map(Session::getId).orElse(null),
                found.flatMap(any -> any.get(Shop.CART, Cart.class)).orElse(Cart.EMPTY));
    }
}
