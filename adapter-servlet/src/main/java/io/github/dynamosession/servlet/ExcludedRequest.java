// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpSession;
import org.jspecify.annotations.Nullable;

/**
 * A request of a path that has no sessions: it has none and gets none. Without this wrapper the
 * application would be given a session of the container, whose cookie would overwrite ours.
 */
final class ExcludedRequest extends UserRequest {
    ExcludedRequest(HttpServletRequest request) {
        super(request);
    }

    private static IllegalStateException refusal() {
        return new IllegalStateException(
                "this path has no sessions: see dynamosession.exclude-paths and include-paths");
    }

    @Override
    public @Nullable HttpSession getSession(boolean create) {
        if (isAskedByContainer()) {
            return ((HttpServletRequest) getRequest()).getSession(create);
        }
        if (create) {
            throw refusal();
        }
        return null;
    }

    @Override
    public HttpSession getSession() {
        if (isAskedByContainer()) {
            return ((HttpServletRequest) getRequest()).getSession();
        }
        throw refusal();
    }

    @Override
    public void logout() throws ServletException {
        UserRequest before = askContainer();
        try {
            super.logout();
        } finally {
            containerAnswered(before);
        }
    }

    @Override
    public String changeSessionId() {
        throw refusal();
    }

    @Override
    public @Nullable String getRequestedSessionId() {
        return null;
    }

    @Override
    public boolean isRequestedSessionIdValid() {
        return false;
    }

    @Override
    public boolean isRequestedSessionIdFromCookie() {
        return false;
    }

    @Override
    public boolean isRequestedSessionIdFromURL() {
        return false;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return getRequest().equals(other instanceof ExcludedRequest request ? request.getRequest() : other);
    }

    @Override
    public int hashCode() {
        return getRequest().hashCode();
    }
}
