// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpSession;
import org.jspecify.annotations.Nullable;

/**
 * A request of a path that is excluded from sessions: it has none and gets none. Without this wrapper the
 * application would be given a session of the container, whose cookie would overwrite ours.
 */
final class ExcludedRequest extends HttpServletRequestWrapper {
    ExcludedRequest(HttpServletRequest request) {
        super(request);
    }

    private static IllegalStateException refusal() {
        return new IllegalStateException("this path has no sessions: dynamosession.exclude-paths names it");
    }

    @Override
    public @Nullable HttpSession getSession(boolean create) {
        if (create) {
            throw refusal();
        }
        return null;
    }

    @Override
    public HttpSession getSession() {
        throw refusal();
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
