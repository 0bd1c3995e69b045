// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.servlet;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;
import java.util.Collections;
import java.util.Optional;

/** Plain GET requests with plain answers, for measuring: docs/demo.md. */
final class MeasuringServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;

    static final String[] PATHS = {"/none", "/read", "/change", "/login", "/logout", "/who"};

    private final ExactChange exact;

    MeasuringServlet(ExactChange exact) {
        this.exact = exact;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String answer;
        try {
            answer = switch (request.getServletPath()) {
                case "/none" -> none(request);
                case "/read" -> read(request);
                case "/change" -> change(request);
                case "/login" -> login(request);
                case "/logout" -> logout(request);
                default -> who(request);
            };
        } catch (IllegalArgumentException e) {
            response.setStatus(HttpServletResponse.SC_BAD_REQUEST);
            answer = String.valueOf(e.getMessage());
        }
        response.setContentType("text/plain;charset=utf-8");
        response.setHeader("Cache-Control", "no-store");
        response.getWriter().write(answer);
    }

    private static String none(HttpServletRequest request) {
        Shop.sleep(delayOf(request));
        return "none";
    }

    private static String read(HttpServletRequest request) {
        int delay = delayOf(request);
        HttpSession session = request.getSession(false);
        String answer = session == null ? "" : value(session, request.getParameter("k"));
        Shop.sleep(delay);
        return answer;
    }

    private static String value(HttpSession session, String key) {
        Optional<String> name = Optional.ofNullable(key)
                .or(() -> Collections.list(session.getAttributeNames()).stream().findFirst());
        return name.map(session::getAttribute).map(Object::toString).orElse("");
    }

    /**
     * Without a value the count is exact: each request adds one to what is stored at its save. With a
     * value the last writer wins, as {@code setAttribute} has it.
     */
    private String change(HttpServletRequest request) {
        int delay = delayOf(request);
        String key = Optional.ofNullable(request.getParameter("k")).orElse("counter");
        String value = request.getParameter("v");
        HttpSession session = request.getSession();
        Object before = session.getAttribute(key);
        if (value == null && before != null && !(before instanceof String)) {
            throw new IllegalArgumentException("the value of k is no number");
        }
        Shop.sleep(delay);
        if (value != null) {
            session.setAttribute(key, value);
            return value;
        }
        return exact.apply(request, key, String.class, Shop::plusOne);
    }

    private static String login(HttpServletRequest request) {
        String user = Shop.user(request.getParameter("user"));
        Cart cart = Shop.cart(user, request.getParameter("kb"));
        HttpSession session = request.getSession();
        session.setAttribute(Shop.USER, user);
        session.setAttribute(Shop.CART, cart);
        changeId(request, session);
        return user;
    }

    /**
     * What a login has to do: from now on the session has an id that nobody knew before this request.
     * After the attributes are set, so that one write stores them with the id.
     */
    static void changeId(HttpServletRequest request, HttpSession session) {
        if (!session.isNew()) {
            request.changeSessionId();
        }
    }

    private static String logout(HttpServletRequest request) {
        HttpSession session = request.getSession(false);
        if (session != null) {
            session.invalidate();
        }
        return "bye";
    }

    private static String who(HttpServletRequest request) {
        HttpSession session = request.getSession(false);
        Object user = session == null ? null : session.getAttribute(Shop.USER);
        return user == null ? "nobody" : user.toString();
    }

    private static int delayOf(HttpServletRequest request) {
        return Shop.delay(request.getParameter("delay"));
    }
}
