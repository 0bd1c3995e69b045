// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletRequestWrapper;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import jakarta.servlet.http.HttpUpgradeHandler;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The request's part of the session contract: the session methods of {@link HttpServletRequest}, and
 * chapter 2.3.3.3 of the specification, asynchronous processing.
 *
 * <p>Hides itself: equal to the request that it wraps, and without request attributes of its own.
 */
final class SessionRequest extends UserRequest {
    private final RequestState state;
    private final SessionResponse response;
    private volatile @Nullable SessionAsyncContext async;

    SessionRequest(HttpServletRequest request, SessionResponse response, RequestState state) {
        super(request);
        this.response = response;
        this.state = state;
        response.belongTo(this);
    }

    /** The wrapper in a chain of wrappers; others may have been put around it. */
    static @Nullable SessionRequest in(ServletRequest request) {
        ServletRequest current = request;
        while (true) {
            if (current instanceof SessionRequest found) {
                return found;
            }
            if (!(current instanceof ServletRequestWrapper wrapper)) {
                return null;
            }
            current = wrapper.getRequest();
        }
    }

    /** The container's own request at the bottom of a chain of wrappers. */
    static ServletRequest bottom(ServletRequest request) {
        ServletRequest current = request;
        while (current instanceof ServletRequestWrapper wrapper) {
            current = wrapper.getRequest();
        }
        return current;
    }

    HttpServletRequest wrapped() {
        return (HttpServletRequest) getRequest();
    }

    RequestState state() {
        state.inUse(this);
        return state;
    }

    SessionResponse response() {
        return response;
    }

    @Override
    public @Nullable HttpSession getSession(boolean create) {
        return isAskedByContainer() ? wrapped().getSession(create) : state().session(create);
    }

    @Override
    public HttpSession getSession() {
        if (isAskedByContainer()) {
            return wrapped().getSession();
        }
        SessionView session = state().session(true);
        if (session == null) {
            throw new IllegalStateException("a session that was asked for is there");
        }
        return session;
    }

    @Override
    public String changeSessionId() {
        return state().changeId();
    }

    @Override
    public @Nullable String getRequestedSessionId() {
        return state().requestedId();
    }

    @Override
    public boolean isRequestedSessionIdValid() {
        return state().isRequestedIdValid();
    }

    @Override
    public boolean isRequestedSessionIdFromCookie() {
        return state().requestedId() != null && !state().isRequestedByUrl();
    }

    @Override
    public boolean isRequestedSessionIdFromURL() {
        return state().isRequestedByUrl();
    }

    @Override
    public AsyncContext startAsync() {
        return started(wrapped().startAsync(), this, response);
    }

    @Override
    public AsyncContext startAsync(ServletRequest servletRequest, ServletResponse servletResponse) {
        // The container gets its own objects back, or it would take ours for an application's wrappers.
        AsyncContext container = wrapped()
                .startAsync(
                        servletRequest == this ? wrapped() : servletRequest,
                        servletResponse == response ? response.wrapped() : servletResponse);
        return started(container, servletRequest, servletResponse);
    }

    private AsyncContext started(AsyncContext container, ServletRequest given, ServletResponse givenResponse) {
        SessionAsyncContext context = new SessionAsyncContext(container, this, given, givenResponse);
        async = context;
        state().mayReturn();
        container.addListener(context.completion());
        return context;
    }

    /** Whether another thread goes on with the request. */
    boolean goesOn() {
        SessionAsyncContext own = async;
        return isAsyncStarted() && (own == null || !own.isCompleted());
    }

    @Override
    public AsyncContext getAsyncContext() {
        AsyncContext container = super.getAsyncContext();
        SessionAsyncContext own = async;
        return own == null ? new SessionAsyncContext(container, this, this, response) : own;
    }

    @Override
    public boolean authenticate(HttpServletResponse servletResponse) throws IOException, ServletException {
        state().save(); // may redirect to a login page behind our back
        boolean authenticated;
        UserRequest before = askContainer();
        try {
            authenticated = super.authenticate(servletResponse);
        } finally {
            containerAnswered(before);
        }
        if (authenticated) {
            state().loggedIn();
        }
        return authenticated;
    }

    @Override
    public void login(String username, String password) throws ServletException {
        state().beforeLogin();
        UserRequest before = askContainer();
        try {
            super.login(username, password);
        } finally {
            containerAnswered(before);
        }
        state().loggedIn();
    }

    @Override
    public void logout() throws ServletException {
        UserRequest before = askContainer();
        try {
            super.logout();
        } finally {
            containerAnswered(before);
        }
        state().loggedOut();
    }

    @Override
    public <T extends HttpUpgradeHandler> T upgrade(Class<T> handlerClass) throws IOException, ServletException {
        state().save();
        return super.upgrade(handlerClass);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return wrapped().equals(other instanceof SessionRequest request ? request.wrapped() : other);
    }

    @Override
    public int hashCode() {
        return wrapped().hashCode();
    }
}
