// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import io.github.dynamosession.ConfigurationException;
import io.github.dynamosession.CookieSettings;
import io.github.dynamosession.Session;
import io.github.dynamosession.SessionListener;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.SessionSettings;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.SessionTrackingMode;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.EventListener;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the sessions of a web application in a session store instead of the container's memory.
 *
 * <p>Map it before every other filter that uses the session, to {@code /*}, for the dispatches
 * {@code REQUEST}, {@code ERROR} and {@code ASYNC}, with asynchronous processing supported. Applications
 * use the session as ever. What changed is saved before the response is committed; what changes later,
 * by one more write at the end of the request. A request that does not ask for the session costs
 * nothing.
 *
 * <p>If the store does not answer and the application does not handle the
 * {@link io.github.dynamosession.spi.SessionStoreException}, the filter answers 503, or passes the
 * exception on if the response is committed.
 *
 * <p>Several applications on one table should each set {@code dynamosession.namespace} (or
 * {@link SessionManager.Builder#namespace}).
 */
public final class DynamoSessionFilter implements Filter {
    private static final Logger LOG = LoggerFactory.getLogger(DynamoSessionFilter.class);

    private static final CookieSettings NOTHING_SAID = new CookieSettings(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());

    private final @Nullable SessionManager given;
    private final @Nullable CookieSettings givenCookie;
    private final SessionEvents events;
    private final RequestStates states = new RequestStates();

    /** Sessions that a sweep of the manager removed are told like those that were invalidated. */
    private final SessionListener expiry = new SessionListener() {
        @Override
        public void sessionExpired(Session session) {
            expired(session);
        }
    };

    private volatile @Nullable Running running;

    /** What init() found. */
    private record Running(SessionManager manager, SessionCookie cookie, ServletContext context) {}

    /**
     * A filter that is set up by settings, for {@code web.xml}: init parameters of the filter (with or
     * without the prefix {@code dynamosession.}), context parameters (with the prefix), and then all the
     * sources of {@link SessionSettings}. An empty new session is stored unless
     * {@code store-empty-sessions} says otherwise.
     */
    public DynamoSessionFilter() {
        this.given = null;
        this.givenCookie = null;
        this.events = new SessionEvents(List.of());
    }

    /**
     * A filter over a manager, which it does not close. Whether an empty new session is stored is the
     * manager's setting; the servlet specification has it stored:
     * {@link SessionManager.Builder#storeEmptySessions}.
     *
     * @param manager opens and saves the sessions
     */
    public DynamoSessionFilter(SessionManager manager) {
        this(builder(manager));
    }

    private DynamoSessionFilter(Builder builder) {
        this.given = builder.manager;
        this.givenCookie = builder.cookie;
        this.events = new SessionEvents(builder.listeners);
    }

    /**
     * A builder of a filter over a manager, which the filter does not close.
     *
     * @param manager opens and saves the sessions
     * @return a builder
     */
    public static Builder builder(SessionManager manager) {
        return new Builder(manager);
    }

    @Override
    public void init(FilterConfig config) throws ServletException {
        ServletContext context = config.getServletContext();
        SessionManager manager = given;
        SessionManager made = null;
        try {
            CookieSettings cookie = givenCookie == null ? NOTHING_SAID : givenCookie;
            if (manager == null) {
                SessionSettings settings = settings(config, context);
                made = SessionManager.builder(settings).build();
                manager = made;
                cookie = settings.cookie();
            }
            events.use(context);
            running = new Running(manager, new SessionCookie(context, cookie), context);
            manager.addListener(expiry);
        } catch (ConfigurationException e) {
            if (made != null) {
                made.close();
            }
            throw new ServletException(e.getMessage(), e);
        }
        Set<SessionTrackingMode> modes = context.getEffectiveSessionTrackingModes();
        if (modes != null && modes.contains(SessionTrackingMode.URL)) {
            String message =
                    "Sessions are tracked by cookie only; tracking by URL, which is in effect, is not supported";
            if (modes.contains(SessionTrackingMode.COOKIE)) {
                LOG.info(message);
            } else {
                LOG.warn(message);
            }
        }
    }

    static SessionSettings.Builder settings(ServletContext context) {
        SessionSettings.Builder settings = SessionSettings.builder().fallback("store-empty-sessions", "true");
        ClassLoader loader = context.getClassLoader();
        return loader == null ? settings : settings.classLoader(loader);
    }

    private static SessionSettings settings(FilterConfig config, ServletContext context) {
        return settings(context)
                .source(
                        "init parameter of the filter",
                        parameters(() -> config.getInitParameterNames(), config::getInitParameter),
                        false)
                .source("context parameter", contextParameters(context), true)
                .build();
    }

    static Map<String, String> contextParameters(ServletContext context) {
        return parameters(context::getInitParameterNames, context::getInitParameter);
    }

    private static Map<String, String> parameters(
            Supplier<@Nullable Enumeration<String>> names, Function<String, @Nullable String> value) {
        Map<String, String> parameters = new HashMap<>();
        Enumeration<String> all = names.get();
        if (all != null) {
            for (String name : Collections.list(all)) {
                String text = value.apply(name);
                if (text != null) {
                    parameters.put(name, text);
                }
            }
        }
        return parameters;
    }

    @Override
    public void destroy() {
        Running stopping = running;
        if (stopping == null) {
            return;
        }
        if (given == null) {
            // First: a removal that is under way is still told.
            stopping.manager().close();
        }
        stopping.manager().removeListener(expiry);
        running = null;
    }

    /** Tells listeners in a thread that belongs to no request; some look for their application there. */
    private void expired(Session session) {
        Running settled = running;
        if (settled == null) {
            return;
        }
        Thread thread = Thread.currentThread();
        ClassLoader former = thread.getContextClassLoader();
        ClassLoader loader = settled.context().getClassLoader();
        thread.setContextClassLoader(loader == null ? former : loader);
        try {
            SessionView.of(session, state(settled), settled.context()).tellEnd();
        } finally {
            thread.setContextClassLoader(former);
        }
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        SessionRequest own = SessionRequest.in(request);
        if (own != null) {
            pass(own, request, response, chain);
        } else if (request instanceof HttpServletRequest http && response instanceof HttpServletResponse answer) {
            RequestState state = state(http);
            SessionResponse wrappedResponse = new SessionResponse(answer, state);
            SessionRequest wrapped = new SessionRequest(http, wrappedResponse, state);
            RequestState.Pass former = state.begin(wrapped, wrappedResponse);
            try {
                pass(wrapped, wrapped, wrappedResponse, chain);
            } finally {
                state.resume(former);
            }
        } else {
            chain.doFilter(request, response);
        }
    }

    private RequestState state(HttpServletRequest request) {
        RequestState known = request.getDispatcherType() == DispatcherType.REQUEST ? null : states.find(request);
        if (known != null) {
            return known;
        }
        Running settled = running;
        if (settled == null) {
            throw new IllegalStateException("the filter is not initialized");
        }
        return state(settled);
    }

    private RequestState state(Running settled) {
        return new RequestState(settled.manager(), settled.cookie(), events, settled.context(), states);
    }

    /** Lets the rest of the chain work, and saves, unless the work goes on elsewhere. */
    private static void pass(SessionRequest own, ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        Throwable thrown = null;
        try {
            chain.doFilter(request, response);
        } catch (IOException | ServletException | RuntimeException | Error e) {
            thrown = e;
        }
        if (!own.isAsyncStarted()) {
            try {
                own.state().save();
            } catch (RuntimeException e) {
                if (thrown == null) {
                    thrown = e;
                } else if (thrown != e) {
                    thrown.addSuppressed(e);
                }
            }
        }
        if (thrown != null) {
            fail(own, thrown);
        }
    }

    private static void fail(SessionRequest own, Throwable thrown) throws IOException, ServletException {
        RequestState state = own.state();
        SessionResponse response = own.response();
        state.mayReturn();
        Failure failure = Failure.known(thrown);
        if (failure != null && !response.isCommitted()) {
            state.abandon();
            LOG.error("A session failed; the answer is {}", failure.status(), thrown);
            if (own.getDispatcherType() == DispatcherType.ERROR) {
                failure.replace(response.wrapped());
            } else {
                failure.send(response.wrapped());
            }
            return;
        }
        if (thrown instanceof IOException e) {
            throw e;
        }
        if (thrown instanceof ServletException e) {
            throw e;
        }
        if (thrown instanceof RuntimeException e) {
            throw e;
        }
        throw (Error) thrown;
    }

    /** Sets up a {@link DynamoSessionFilter} in code. Not for use by several threads. */
    public static final class Builder {
        private final SessionManager manager;
        private @Nullable CookieSettings cookie;
        private final List<EventListener> listeners = new ArrayList<>();

        private Builder(SessionManager manager) {
            this.manager = manager;
        }

        /**
         * Says what the session cookie is like; wins over the container's
         * {@link jakarta.servlet.SessionCookieConfig}.
         *
         * @param cookie for instance {@link SessionSettings#cookie()}; parts that are empty leave the
         *     container's word standing
         * @return this
         */
        public Builder cookie(CookieSettings cookie) {
            this.cookie = cookie;
            return this;
        }

        /**
         * Adds a listener, which is told in the order of registration, and of ended sessions in the
         * reverse order.
         *
         * @param listener a {@link jakarta.servlet.http.HttpSessionListener},
         *     {@link jakarta.servlet.http.HttpSessionIdListener} or
         *     {@link jakarta.servlet.http.HttpSessionAttributeListener}, or several of them in one
         * @return this
         * @throws IllegalArgumentException if it is none of them
         */
        public Builder listener(EventListener listener) {
            if (!SessionEvents.isKnown(listener)) {
                throw new IllegalArgumentException(
                        "a listener of sessions, of their ids or of their attributes is needed, not a "
                                + listener.getClass().getName());
            }
            listeners.add(listener);
            return this;
        }

        /**
         * Builds the filter.
         *
         * @return the filter
         */
        public DynamoSessionFilter build() {
            return new DynamoSessionFilter(this);
        }
    }
}
