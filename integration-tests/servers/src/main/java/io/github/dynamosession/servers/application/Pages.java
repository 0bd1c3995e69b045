// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servers.application;

import jakarta.inject.Inject;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;
import java.util.UUID;

/** What the tests ask for, by the last part of the path. */
@WebServlet(
        urlPatterns = {"/do/*", "/secured/*"},
        asyncSupported = true)
public class Pages extends HttpServlet {
    private static final long serialVersionUID = 1L;
    private static final int LARGE = 200_000;

    /** Another one after each deployment. */
    private static final UUID INSTANCE = UUID.randomUUID();

    @Inject
    private transient Basket basket;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
            throws IOException, ServletException {
        response.setContentType("text/plain");
        String value = request.getParameter("value");
        switch (request.getPathInfo().substring(1)) {
            case "instance" -> response.getWriter().print(INSTANCE);
            case "ready" -> response.getWriter().print("ready");
            case "put" -> {
                request.getSession().setAttribute("a", value);
                response.getWriter().print("put");
            }
            case "get" -> {
                HttpSession session = request.getSession(false);
                response.getWriter().print(session == null ? "none" : String.valueOf(session.getAttribute("a")));
            }
            case "enter" -> {
                request.getSession().setAttribute("a", value);
                request.changeSessionId();
                response.getWriter().print("entered");
            }
            case "leave" -> {
                request.getSession().invalidate();
                response.getWriter().print("left");
            }
            case "again" -> {
                request.getSession().invalidate();
                request.getSession().setAttribute("a", value);
                response.getWriter().print("again");
            }
            case "id" ->
                response.getWriter()
                        .print(request.getSession().getId().equals(request.getRequestedSessionId())
                                && request.isRequestedSessionIdValid());
            case "logout" -> {
                request.logout();
                response.getWriter().print("logged out");
            }
            case "user" -> response.getWriter().print(String.valueOf(request.getRemoteUser()));
            case "login" -> {
                request.getSession().setAttribute("a", value);
                request.login("ann", "secret-1");
                response.getWriter().print(String.valueOf(request.getRemoteUser()));
            }
            case "basket" -> {
                if (value != null) {
                    basket.put(value);
                }
                response.getWriter().print(basket.content());
            }
            case "both" -> {
                basket.put(value);
                request.getSession().setAttribute("a", value);
                response.getWriter().print("both");
            }
            case "both-reversed" -> {
                request.getSession().setAttribute("a", value);
                basket.put(value);
                response.getWriter().print("both");
            }
            case "events" -> response.getWriter().print(Listeners.take());
            case "events-of-a-life" -> {
                Listeners.take();
                HttpSession session = request.getSession();
                session.setAttribute("a", "1");
                session.setAttribute("a", "2");
                request.changeSessionId();
                session.removeAttribute("a");
                session.invalidate();
                response.getWriter().print(Listeners.take());
            }
            case "flush" -> {
                request.getSession().setAttribute("a", value);
                response.getWriter().print("flushed");
                response.flushBuffer();
            }
            case "large" -> {
                request.getSession().setAttribute("a", value);
                response.getWriter().print("x".repeat(LARGE));
            }
            case "redirect" -> {
                request.getSession().setAttribute("a", value);
                response.sendRedirect("elsewhere");
            }
            case "error" -> {
                request.getSession().setAttribute("a", value);
                response.sendError(HttpServletResponse.SC_GONE);
            }
            case "exception" -> {
                request.getSession().setAttribute("a", value);
                throw new ServletException("an application failed, for a test");
            }
            case "async" -> {
                AsyncContext async = request.startAsync();
                async.start(() -> {
                    ((HttpServletRequest) async.getRequest()).getSession().setAttribute("a", value);
                    async.complete();
                });
            }
            case "reset" -> {
                request.getSession().setAttribute("a", value);
                response.reset();
                response.getWriter().print("reset");
            }
            default -> response.sendError(HttpServletResponse.SC_NOT_FOUND);
        }
    }
}
