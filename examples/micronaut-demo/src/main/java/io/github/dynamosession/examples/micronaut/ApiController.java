// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.micronaut;

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
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the page's script calls. Each answer is the state of the session, as JSON. */
@Controller("/api")
@Consumes(MediaType.APPLICATION_FORM_URLENCODED)
@ExecuteOn(TaskExecutors.BLOCKING)
final class ApiController {
    private static final int SHOWN_LINES = 8;

    private final Shop shop;
    private final String node;
    private final int front;

    ApiController(Shop shop, @Value("${demo.node}") String node, @Value("${demo.front}") int front) {
        this.shop = shop;
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
        Shop.login(session, Shop.user(user == null ? "" : user));
        return answer(session);
    }

    @Post("/cart")
    Map<String, Object> cart(HttpRequest<?> request, Session session, @Nullable String sku, @Nullable String by) {
        sameSite(request);
        Product product =
                Product.of(String.valueOf(sku)).orElseThrow(() -> new IllegalArgumentException("sku wants a product"));
        int step = "-1".equals(by) ? -1 : 1;
        shop.change(
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

    /** SameSite keeps the cookie away from other sites' requests; logging in needs no cookie. */
    private static void sameSite(HttpRequest<?> request) {
        String site = request.getHeaders().get("Sec-Fetch-Site");
        if (site != null && !site.equals("same-origin")) {
            throw new HttpStatusException(HttpStatus.FORBIDDEN, "another site's page");
        }
    }

    private Map<String, Object> answer(@Nullable Session session) {
        Map<String, Object> state = new LinkedHashMap<>();
        state.put("node", node);
        state.put("front", front);
        state.put("products", Product.ALL.stream().map(ApiController::plain).toList());
        Cart cart = Cart.EMPTY;
        if (session != null) {
            session.get(Shop.USER, String.class).ifPresent(user -> state.put("user", user));
            state.put("session", mark(session.getId()));
            cart = session.get(Shop.CART, Cart.class).orElse(Cart.EMPTY);
        }
        List<Map<String, Object>> lines = cart.lines().stream()
                .limit(SHOWN_LINES)
                .map(ApiController::plain)
                .toList();
        state.put("lines", lines);
        state.put("moreLines", Math.max(0, cart.lines().size() - SHOWN_LINES));
        state.put("items", cart.items());
        state.put("totalCents", cart.totalCents());
        return state;
    }

    private static Map<String, Object> plain(Product product) {
        return Map.of("sku", product.sku(), "title", product.title(), "cents", product.cents());
    }

    private static Map<String, Object> plain(Cart.Line line) {
        return Map.of("sku", line.sku(), "title", line.title(), "quantity", line.quantity(), "cents", line.cents());
    }

    /** Enough to see that the id has changed, and of no use to anybody who sees the page. */
    private static String mark(String id) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(id.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 4);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
