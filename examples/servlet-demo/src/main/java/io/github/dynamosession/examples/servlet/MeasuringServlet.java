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

    static final String USER = "user";
    static final String CART = "cart";

    private static final int MAX_DELAY = 60_000;

    /** Below DynamoDB's 400 KB with room for what is set later. */
    private static final int MAX_KB = 380;

    /** What a stored session of the demo takes beside the cart's JSON and the user's name. */
    private static final int FRAME = 340;

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
        delay(request);
        return "none";
    }

    private static String read(HttpServletRequest request) {
        int delay = delayOf(request);
        HttpSession session = request.getSession(false);
        String answer = session == null ? "" : value(session, request.getParameter("k"));
        sleep(delay);
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
        sleep(delay);
        if (value != null) {
            session.setAttribute(key, value);
            return value;
        }
        return exact.apply(request, key, String.class, MeasuringServlet::plusOne);
    }

    private static String plusOne(Optional<String> before) {
        try {
            return Long.toString(before.map(Long::parseLong).orElse(0L) + 1);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("the value of k is no number", e);
        }
    }

    private static String login(HttpServletRequest request) {
        String user = user(request.getParameter("user"));
        int kb = number(request, "kb", 1, 1, MAX_KB);
        HttpSession session = request.getSession();
        session.setAttribute(USER, user);
        session.setAttribute(CART, Cart.ofJsonSize(kb * 1024 - FRAME - jsonLength(user)));
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

    static String user(String name) {
        String user = name == null ? "" : name.strip();
        if (user.isEmpty() || user.length() > 64) {
            throw new IllegalArgumentException("user wants 1 to 64 characters");
        }
        return user;
    }

    private static int jsonLength(String user) {
        // An escape such as \\u0001 is the longest that a character can become.
        return user.codePoints()
                .map(c -> c < 0x20 || c == '"' || c == '\\' ? 6 : utf8Length(c))
                .sum();
    }

    private static int utf8Length(int codePoint) {
        return codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
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
        Object user = session == null ? null : session.getAttribute(USER);
        return user == null ? "nobody" : user.toString();
    }

    private static void delay(HttpServletRequest request) {
        sleep(delayOf(request));
    }

    private static int delayOf(HttpServletRequest request) {
        return number(request, "delay", 0, 0, MAX_DELAY);
    }

    private static void sleep(int millis) {
        if (millis == 0) {
            return;
        }
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static int number(HttpServletRequest request, String name, int otherwise, int least, int most) {
        String text = request.getParameter(name);
        if (text == null || text.isEmpty()) {
            return otherwise;
        }
        try {
            int number = Integer.parseInt(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new IllegalArgumentException(name + " wants a number from " + least + " to " + most);
    }
}
