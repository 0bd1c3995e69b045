// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.testkit;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * One request of an {@link AdapterContract}, by {@code HttpSession}: for adapters whose framework has servlets. Needs
 * {@code jakarta.servlet} on the class path, which no other class of the kit does.
 */
public final class ServletVisit implements AdapterContract.Visit {
    private final HttpServletRequest request;
    private final HttpServletResponse response;

    /**
     * As the application sees the request.
     *
     * @param request whose session is used
     * @param response whose head is sent by {@link #flush}
     */
    public ServletVisit(HttpServletRequest request, HttpServletResponse response) {
        this.request = request;
        this.response = response;
    }

    @Override
    public boolean hasSession() {
        return request.getSession(false) != null;
    }

    @Override
    public @Nullable String get(String name) {
        HttpSession session = request.getSession(false);
        return session == null ? null : (String) session.getAttribute(name);
    }

    @Override
    public void set(String name, String value) {
        request.getSession().setAttribute(name, value);
    }

    @Override
    public void remove(String name) {
        request.getSession().removeAttribute(name);
    }

    @Override
    public void changeId() {
        request.changeSessionId();
    }

    @Override
    public void end() {
        request.getSession().invalidate();
    }

    @Override
    public void flush() throws IOException {
        response.getWriter().print("head ");
        response.flushBuffer();
    }
}
