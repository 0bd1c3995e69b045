// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.springboot;

import io.github.dynamosession.examples.servlet.Shop;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpSession;
import java.util.Collections;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.security.web.context.HttpSessionSecurityContextRepository;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Plain GET requests with plain answers, for measuring: docs/demo.md. */
@RestController
@RequestMapping(produces = "text/plain;charset=utf-8")
class MeasuringController {
    private final ShopSessions sessions;

    MeasuringController(ShopSessions sessions) {
        this.sessions = sessions;
    }

    @GetMapping("/none")
    String none(@RequestParam(required = false) @Nullable String delay) {
        Shop.sleep(Shop.delay(delay));
        return "none";
    }

    @GetMapping("/read")
    String read(
            HttpServletRequest request,
            @RequestParam(required = false) @Nullable String k,
            @RequestParam(required = false) @Nullable String delay) {
        int millis = Shop.delay(delay);
        HttpSession session = request.getSession(false);
        String answer = session == null ? "" : value(session, k);
        Shop.sleep(millis);
        return answer;
    }

    private static String value(HttpSession session, @Nullable String key) {
        Optional<String> name = Optional.ofNullable(key)
                .or(() -> Collections.list(session.getAttributeNames()).stream().findFirst());
        return name.map(session::getAttribute).map(Object::toString).orElse("");
    }

    /**
     * Without a value the count is exact: each request adds one to what is stored at its save. With a
     * value the last writer wins, as {@code setAttribute} has it.
     */
    @GetMapping("/change")
    String change(
            HttpServletRequest request,
            @RequestParam(defaultValue = "counter") String k,
            @RequestParam(required = false) @Nullable String v,
            @RequestParam(required = false) @Nullable String delay) {
        int millis = Shop.delay(delay);
        HttpSession session = request.getSession();
        Object before = session.getAttribute(k);
        if (v == null && before != null && !(before instanceof String)) {
            throw new IllegalArgumentException("the value of k is no number");
        }
        Shop.sleep(millis);
        if (v != null) {
            session.setAttribute(k, v);
            return v;
        }
        return sessions.change(request, k, String.class, Shop::plusOne);
    }

    /** The name alone is stored, so that the row has the size that was asked for. */
    @GetMapping("/login")
    String login(
            HttpServletRequest request,
            @RequestParam(required = false) @Nullable String user,
            @RequestParam(required = false) @Nullable String kb) {
        String name = Shop.user(user);
        HttpSession session = request.getSession();
        session.setAttribute(Shop.CART, Shop.cart(name, kb));
        session.setAttribute(Shop.USER, name);
        session.removeAttribute(HttpSessionSecurityContextRepository.SPRING_SECURITY_CONTEXT_KEY);
        if (!session.isNew()) {
            request.changeSessionId();
        }
        return name;
    }

    @GetMapping("/logout")
    String logout(HttpServletRequest request) {
        ShopSessions.logout(request);
        return "bye";
    }

    @GetMapping("/who")
    String who(HttpServletRequest request) {
        return Objects.requireNonNullElse(ApiController.user(request), "nobody");
    }

    @ExceptionHandler
    ResponseEntity<String> refuse(IllegalArgumentException e) {
        return ResponseEntity.badRequest().body(String.valueOf(e.getMessage()));
    }
}
