// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.servlet;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/** What the page's script calls. Each answer is the state of the session, as JSON. */
final class ApiServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int SHOWN_LINES = 8;

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
        // SameSite keeps the cookie away from other sites' requests; logging in needs no cookie.
        String site = request.getHeader("Sec-Fetch-Site");
        if (site != null && !site.equals("same-origin")) {
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
        String user = MeasuringServlet.user(request.getParameter("user"));
        HttpSession session = request.getSession();
        session.setAttribute(MeasuringServlet.USER, user);
        MeasuringServlet.changeId(request, session);
    }

    private void cart(HttpServletRequest request) {
        Product product = Product.of(String.valueOf(request.getParameter("sku")))
                .orElseThrow(() -> new IllegalArgumentException("sku wants a product"));
        int by = "-1".equals(request.getParameter("by")) ? -1 : 1;
        exact.apply(
                request,
                MeasuringServlet.CART,
                Cart.class,
                cart -> cart.orElse(Cart.EMPTY).plus(product, by));
    }

    private static void logout(HttpServletRequest request) {
        HttpSession session = request.getSession(false);
        if (session != null) {
            session.invalidate();
        }
    }

    private void answer(HttpServletRequest request, HttpServletResponse response) throws IOException {
        HttpSession session = request.getSession(false);
        ObjectNode state = JSON.createObjectNode();
        state.put("node", node).put("front", frontPort);
        ArrayNode products = state.putArray("products");
        Product.ALL.forEach(products::addPOJO);
        Cart cart = Cart.EMPTY;
        if (session != null) {
            state.put("user", (String) session.getAttribute(MeasuringServlet.USER));
            state.put("session", mark(session.getId()));
            cart = Optional.ofNullable((Cart) session.getAttribute(MeasuringServlet.CART))
                    .orElse(Cart.EMPTY);
        }
        ArrayNode lines = state.putArray("lines");
        cart.lines().stream().limit(SHOWN_LINES).forEach(lines::addPOJO);
        state.put("moreLines", Math.max(0, cart.lines().size() - SHOWN_LINES));
        state.put("items", cart.items()).put("totalCents", cart.totalCents());
        response.setContentType("application/json");
        response.setHeader("Cache-Control", "no-store");
        response.getOutputStream().write(JSON.writeValueAsBytes(state));
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
