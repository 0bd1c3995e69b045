// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.oidc.servlets;

import io.github.dynamosession.quarkus.OidcLogins;
import io.quarkus.oidc.OidcSession;
import jakarta.inject.Inject;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;

/** The pages; configuration says which are for users. */
@WebServlet("/pages/*")
public class Pages extends HttpServlet {
    private static final long serialVersionUID = 1;

    /** Of the request. */
    @Inject
    @SuppressWarnings("serial")
    OidcSession oidc;

    /** Of the application. */
    @Inject
    @SuppressWarnings("serial")
    OidcLogins logins;

    /** For the container. */
    public Pages() {}

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String answer = switch (request.getPathInfo()) {
            case "/buy" -> {
                request.getSession().setAttribute("cart", "tea");
                yield "bought";
            }
            case "/cart" -> cart(request);
            case "/account" -> request.getUserPrincipal().getName() + " " + cart(request);
            case "/leave" -> {
                oidc.logout().await().indefinitely();
                yield "bye";
            }
            case "/leave-everywhere" ->
                String.valueOf(logins.endAll(request.getUserPrincipal().getName()));
            default -> "no such page";
        };
        response.getWriter().print(answer);
    }

    private static String cart(HttpServletRequest request) {
        HttpSession session = request.getSession(false);
        Object cart = session == null ? null : session.getAttribute("cart");
        return cart == null ? "nothing" : cart.toString();
    }
}
