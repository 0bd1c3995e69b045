// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletRequestWrapper;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import jakarta.servlet.http.HttpUpgradeHandler;
import java.io.IOException;
import java.security.Principal;
import org.jspecify.annotations.Nullable;

/**
 * The request's part of the session contract: the session methods of {@link HttpServletRequest}, and
 * chapter 2.3.3.3 of the specification, asynchronous processing.
 *
 * <p>Hides itself: equal to the request that it wraps, and without request attributes of its own.
 */
final class SessionRequest extends HttpServletRequestWrapper {
    private final RequestState state;
    private final SessionResponse response;
    private volatile @Nullable SessionAsyncContext async;

    /**
     * The wrapper for which the container looks, in this thread, for a login, in a session of its own: Jetty asks
     * the wrapper for it. By thread, for two of one request may be there at once.
     */
    private static final ThreadLocal<@Nullable SessionRequest> CONTAINER_ASKS = new ThreadLocal<>();

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
        SessionRequest before = askContainer();
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
        SessionRequest before = askContainer();
        try {
            super.login(username, password);
        } finally {
            containerAnswered(before);
        }
        state().loggedIn();
    }

    @Override
    public void logout() throws ServletException {
        SessionRequest before = askContainer();
        try {
            super.logout();
        } finally {
            containerAnswered(before);
        }
        state().loggedOut();
    }

    @Override
    public @Nullable String getRemoteUser() {
        SessionRequest before = askContainer();
        try {
            return super.getRemoteUser();
        } finally {
            containerAnswered(before);
        }
    }

    @Override
    public @Nullable Principal getUserPrincipal() {
        SessionRequest before = askContainer();
        try {
            return super.getUserPrincipal();
        } finally {
            containerAnswered(before);
        }
    }

    @Override
    public boolean isUserInRole(String role) {
        SessionRequest before = askContainer();
        try {
            return super.isUserInRole(role);
        } finally {
            containerAnswered(before);
        }
    }

    @SuppressWarnings("ReferenceEquality") // wrappers of one request are equal, and not the same
    private boolean isAskedByContainer() {
        return CONTAINER_ASKS.get() == this;
    }

    private @Nullable SessionRequest askContainer() {
        SessionRequest before = CONTAINER_ASKS.get();
        CONTAINER_ASKS.set(this);
        return before;
    }

    private static void containerAnswered(@Nullable SessionRequest before) {
        if (before == null) {
            CONTAINER_ASKS.remove();
        } else {
            CONTAINER_ASKS.set(before);
        }
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
