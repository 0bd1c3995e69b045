// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.springboot;

import io.github.dynamosession.examples.servlet.Cart;
import io.github.dynamosession.examples.servlet.Product;
import io.github.dynamosession.examples.servlet.Shop;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.security.authentication.AnonymousAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

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
    Map<String, Object> state(HttpServletRequest request) {
        return answer(request);
    }

    @PostMapping("/login")
    Map<String, Object> login(
            HttpServletRequest request,
            HttpServletResponse response,
            @RequestParam(required = false) @Nullable String user) {
        sameSite(request);
        sessions.login(Shop.user(user), request, response);
        return answer(request);
    }

    @PostMapping("/cart")
    Map<String, Object> cart(
            HttpServletRequest request,
            @RequestParam(required = false) @Nullable String sku,
            @RequestParam(required = false) @Nullable String by) {
        sameSite(request);
        Product product = Shop.product(sku);
        int step = "-1".equals(by) ? -1 : 1;
        sessions.change(
                request, Shop.CART, Cart.class, cart -> cart.orElse(Cart.EMPTY).plus(product, step));
        return answer(request);
    }

    @PostMapping("/logout")
    Map<String, Object> logout(HttpServletRequest request) {
        sameSite(request);
        ShopSessions.logout(request);
        return answer(request);
    }

    @ExceptionHandler
    ResponseEntity<Void> refuse(IllegalArgumentException e) {
        return ResponseEntity.badRequest().build();
    }

    private static void sameSite(HttpServletRequest request) {
        if (!Shop.isSameSite(request.getHeader("Sec-Fetch-Site"))) {
            throw new ResponseStatusException(HttpStatus.FORBIDDEN, "another site's page");
        }
    }

    /** Who is logged in: by the page, or by a plain request, which stores the name alone. */
    static @Nullable String user(HttpServletRequest request) {
        HttpSession session = request.getSession(false);
        if (session != null && session.getAttribute(Shop.USER) instanceof String name) {
            return name;
        }
        Authentication login = SecurityContextHolder.getContext().getAuthentication();
        return login == null || login instanceof AnonymousAuthenticationToken ? null : login.getName();
    }

    private Map<String, Object> answer(HttpServletRequest request) {
        Optional<HttpSession> session = Optional.ofNullable(request.getSession(false));
        return Shop.state(
                node,
                front,
                user(request),
                session.map(HttpSession::getId).orElse(null),
                session.map(found -> (Cart) found.getAttribute(Shop.CART)).orElse(Cart.EMPTY));
    }
}
