// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.servlet;

import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;

/** What the page's script calls. Each answer is the state of the session, as JSON. */
final class ApiServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ExactChange exact;
    private final String node;
    private final int frontPort;

    ApiServlet(ExactChange exact, String node, int frontPort) {
        this.exact = exact;
        this.node = node;
        this.frontPort = frontPort;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if ("/state".equals(request.getPathInfo())) {
            answer(request, response);
        } else {
            response.sendError(HttpServletResponse.SC_NOT_FOUND);
        }
    }

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (!Shop.isSameSite(request.getHeader("Sec-Fetch-Site"))) {
            response.sendError(HttpServletResponse.SC_FORBIDDEN);
            return;
        }
        try {
            switch (String.valueOf(request.getPathInfo())) {
                case "/login" -> login(request);
                case "/cart" -> cart(request);
                case "/logout" -> logout(request);
                default -> {
                    response.sendError(HttpServletResponse.SC_NOT_FOUND);
                    return;
                }
            }
        } catch (IllegalArgumentException e) {
            response.sendError(HttpServletResponse.SC_BAD_REQUEST);
            return;
        }
        answer(request, response);
    }

    private static void login(HttpServletRequest request) {
        String user = Shop.user(request.getParameter("user"));
        HttpSession session = request.getSession();
        session.setAttribute(Shop.USER, user);
        MeasuringServlet.changeId(request, session);
    }

    private void cart(HttpServletRequest request) {
        Product product = Shop.product(request.getParameter("sku"));
        int by = "-1".equals(request.getParameter("by")) ? -1 : 1;
        exact.apply(
                request, Shop.CART, Cart.class, cart -> cart.orElse(Cart.EMPTY).plus(product, by));
    }

    private static void logout(HttpServletRequest request) {
        HttpSession session = request.getSession(false);
        if (session != null) {
            session.invalidate();
        }
    }

    private void answer(HttpServletRequest request, HttpServletResponse response) throws IOException {
        HttpSession session = request.getSession(false);
        String user = null;
        String id = null;
        Cart cart = null;
        if (session != null) {
            user = (String) session.getAttribute(Shop.USER);
            id = session.getId();
            cart = (Cart) session.getAttribute(Shop.CART);
        }
        response.setContentType("application/json");
        response.setHeader("Cache-Control", "no-store");
        Cart shown = cart == null ? Cart.EMPTY : cart;
        response.getOutputStream().write(JSON.writeValueAsBytes(Shop.state(node, frontPort, user, id, shown)));
    }
}
