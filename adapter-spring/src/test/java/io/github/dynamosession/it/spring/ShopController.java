// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.spring;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpSession;
import java.security.Principal;
import java.util.List;
import org.springframework.http.MediaType;
import org.springframework.security.web.csrf.CsrfToken;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.util.HtmlUtils;

/** The pages. */
@RestController
class ShopController {
    private static final String CART = "cart";

    @GetMapping(path = "/", produces = MediaType.TEXT_HTML_VALUE)
    String shop(HttpServletRequest request, CsrfToken csrf) {
        String user = request.getRemoteUser();
        return """
                <!doctype html><html lang="en"><meta charset="utf-8"><title>Shop</title>
                <h1>Shop</h1>
                <p>%s, you have in your cart: %s</p>
                <form method="post" action="cart"><input type="hidden" name="%s" value="%s">
                <button name="item" value="tea">Tea</button> <button name="item" value="cup">Cup</button></form>
                <p><a href="account">Your account</a>, <a href="logout">log out</a></p>
                """.formatted(
                        user == null ? "Stranger" : HtmlUtils.htmlEscape(user),
                        HtmlUtils.htmlEscape(String.join(", ", items(request.getSession(false)))),
                        csrf.getParameterName(),
                        csrf.getToken());
    }

    @PostMapping(path = "/cart", produces = MediaType.TEXT_PLAIN_VALUE)
    String add(@RequestParam String item, HttpSession session) {
        Cart cart = (Cart) session.getAttribute(CART);
        if (cart == null) {
            cart = new Cart();
            session.setAttribute(CART, cart);
        }
        cart.add(item);
        return String.join(",", cart.items());
    }

    @GetMapping(path = "/account", produces = MediaType.TEXT_PLAIN_VALUE)
    String account(Principal user, HttpServletRequest request) {
        return user.getName() + ": " + String.join(",", items(request.getSession(false)));
    }

    private static List<String> items(@org.jspecify.annotations.Nullable HttpSession session) {
        return session != null && session.getAttribute(CART) instanceof Cart cart ? cart.items() : List.of();
    }
}
