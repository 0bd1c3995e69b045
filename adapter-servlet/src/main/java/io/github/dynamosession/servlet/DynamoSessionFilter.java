// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import io.github.dynamosession.Arrival;
import io.github.dynamosession.Session;
import io.github.dynamosession.SessionListener;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.settings.ConfigurationException;
import io.github.dynamosession.settings.CookieSettings;
import io.github.dynamosession.settings.SessionPaths;
import io.github.dynamosession.settings.SessionSettings;
import io.github.dynamosession.spi.Setting;
import io.github.dynamosession.web.SessionFailure;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
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
import java.util.function.Predicate;
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
 * <p>Several applications on one table are kept apart by their context paths if the filter makes its
 * manager. Where a manager is given, each should be given a {@link SessionManager.Builder#namespace}.
 */
public sealed class DynamoSessionFilter implements Filter {
    private static final Logger LOG = LoggerFactory.getLogger(DynamoSessionFilter.class);

    /** How long a stop waits for requests: as long as a save may take, and some time for the application. */
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(5);

    private static final Setting URL_TRACKING = new Setting(
            "url-tracking",
            Boolean.class,
            "whether the application chose it",
            "whether ids are in URLs; see [servlet.md](servlet.md#ids-in-urls)");

    /** The path parameter's name, as the specification has it; a cookie of another name passes its name on. */
    private static final String DEFAULT_PARAMETER = "jsessionid";

    /** The attribute of the context that holds the manager while a filter is at work. */
    private static final String MANAGER = DynamoSessionFilter.class.getName() + ".manager";

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
    private final Predicate<String> givenPaths;
    private final @Nullable Boolean givenUrlTracking;
    private final boolean alone;
    private final Unstored unstored;
    private final SessionEvents events;
    private final RequestStates states = new RequestStates();

    /** Sessions that a sweep removed, or that were ended by an index, are told like those that were invalidated. */
    private final SessionListener expiry = new SessionListener() {
        @Override
        public void sessionExpired(Session session) {
            expired(session);
        }

        @Override
        public void sessionEndedByOthers(Session session) {
            expired(session);
        }
    };

    private volatile @Nullable Running running;

    /** A filter that needs no settings: a class of its own, for all that a container tells of a filter is its class. */
    static final class OverManager extends DynamoSessionFilter {
        private OverManager(Builder builder) {
            super(builder);
        }
    }

    /** What init() found. */
    private record Running(
            SessionManager manager,
            SessionCookie cookie,
            SessionUrls urls,
            ContainerSessions containers,
            Predicate<String> paths,
            ServletContext context) {}

    /**
     * A filter that is set up by settings, for {@code web.xml}: init parameters of the filter (with or
     * without the prefix {@code dynamosession.}), context parameters (with the prefix), and then all the
     * sources of {@link SessionSettings}.
     *
     * <p>Where no setting says otherwise, an empty new session is stored, the idle timeout is the
     * application's session timeout, and the namespace is its context path.
     */
    public DynamoSessionFilter() {
        this.given = null;
        this.givenCookie = null;
        this.givenPaths = SessionPaths.ALL::matches;
        this.givenUrlTracking = null;
        this.alone = false;
        this.unstored = Unstored.NOTHING;
        this.events = new SessionEvents(List.of());
    }

    private DynamoSessionFilter(Builder builder) {
        this.given = builder.manager;
        this.givenCookie = builder.cookie;
        this.givenPaths = builder.paths();
        this.givenUrlTracking = builder.urlTracking;
        this.alone = builder.alone;
        this.unstored = builder.unstored;
        this.events = new SessionEvents(builder.listeners);
    }

    /**
     * A builder of a filter over a manager, which the filter does not close. Whether an empty new session is stored
     * is the manager's setting; the servlet specification has it stored: {@link
     * SessionManager.Builder#storeEmptySessions}.
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
        requireServlet6(context);
        SessionManager manager = given;
        SessionManager made = null;
        boolean started = false;
        try {
            CookieSettings cookie = givenCookie == null ? NOTHING_SAID : givenCookie;
            Predicate<String> paths = givenPaths;
            Boolean urlTracking = givenUrlTracking;
            ContainerSessions containers = new ContainerSessions(context, alone);
            if (manager == null) {
                SessionSettings settings =
                        settings(parameters(() -> config.getInitParameterNames(), config::getInitParameter), context);
                boolean rehearsed = context.getAttribute(rehearsal(config.getFilterName())) != null;
                made = manager(settings, cookie(settings, containers, context), rehearsed, context);
                manager = made;
                cookie = settings.cookie();
                paths = settings.paths()::matches;
                urlTracking = urlTracking(settings);
            }
            events.use(context);
            SessionCookie sent = new SessionCookie(context, cookie, containers);
            running = running(manager, sent, containers, paths, urlTracking, context);
            if (given != null) {
                LOG.info("The servlet filter has the cookie {}", sent.name());
            }
            JettyHeaders.keepCase(context);
            manager.addListener(expiry);
            context.setAttribute(MANAGER, manager);
            started = true;
        } catch (ConfigurationException e) {
            throw new ServletException(e.getMessage(), e);
        } finally {
            if (!started && made != null) {
                made.close();
            }
        }
    }

    /** The manager of a filter at work in this application; null: there is none. */
    static @Nullable SessionManager manager(ServletContext context) {
        return (SessionManager) context.getAttribute(MANAGER);
    }

    /**
     * Makes what {@link #init} is going to make, and closes it. Some servers go on without a filter that did not
     * start, and with sessions of their own: what may fail has to fail where it stops the deployment.
     *
     * <p>Says where sessions are kept, and tries the store, so that {@link #init} need not do it again.
     *
     * @param name the filter's
     * @param parameters the filter's
     */
    static void rehearse(String name, Map<String, String> parameters, ServletContext context) throws ServletException {
        try {
            SessionSettings settings = settings(parameters, context);
            ContainerSessions containers = new ContainerSessions(context, false);
            SessionCookie cookie = cookie(settings, containers, context);
            SessionManager made = manager(settings, cookie, false, context);
            try {
                running(made, cookie, containers, settings.paths()::matches, urlTracking(settings), context);
            } finally {
                made.close();
            }
            context.setAttribute(rehearsal(name), true);
        } catch (ConfigurationException e) {
            throw new ServletException(e.getMessage(), e);
        }
    }

    private static String rehearsal(String filter) {
        return DynamoSessionFilter.class.getName() + ".rehearsed." + filter;
    }

    private static SessionCookie cookie(
            SessionSettings settings, ContainerSessions containers, ServletContext context) {
        try {
            return new SessionCookie(context, settings.cookie(), containers);
        } catch (ConfigurationException e) {
            // Says what else is wrong, too.
            SessionManager.builder(settings).builtAgain(true).build().close();
            throw e;
        }
    }

    private static SessionManager manager(
            SessionSettings settings, SessionCookie cookie, boolean again, ServletContext context) {
        SessionManager made = SessionManager.builder(settings)
                .usedBy("the servlet filter", cookie.name())
                .builtAgain(again)
                .build();
        if (!again) {
            OperatorLog.whereAlone(LOG, context, made.report());
        }
        return made;
    }

    static void requireServlet6(ServletContext context) throws ServletException {
        requireServlet6(context, Cookie.class);
    }

    /**
     * Asks the container's API instead of its number: Quarkus' Undertow says 4.0, and has the API of 6.0.
     *
     * @param cookie of the container
     */
    static void requireServlet6(ServletContext context, Class<?> cookie) throws ServletException {
        try {
            cookie.getMethod("setAttribute", String.class, String.class);
        } catch (NoSuchMethodException e) {
            throw new ServletException(
                    "DynamoSession needs Servlet 6.0 or later, as in Tomcat 10.1, Jetty 12 (EE 10) or Undertow 2.3;"
                            + " this container says Servlet " + context.getMajorVersion() + "."
                            + context.getMinorVersion(),
                    e);
        }
    }

    private static Running running(
            SessionManager manager,
            SessionCookie cookie,
            ContainerSessions containers,
            Predicate<String> paths,
            @Nullable Boolean urlTracking,
            ServletContext context) {
        ContextDefaults defaults = new ContextDefaults(context);
        boolean byUrl = urlTracking == null ? defaults.tracksByUrl() : urlTracking;
        if (!byUrl && !cookie.isTracked()) {
            throw new ConfigurationException(List.of("dynamosession.url-tracking must not be false where the"
                    + " application's session tracking modes are without COOKIE: nothing else can carry an id"));
        }
        if (byUrl) {
            LOG.info("Session ids are put into URLs, which end in logs, bookmarks and Referer headers");
        }
        String parameter = cookie.hasDefaultName() ? DEFAULT_PARAMETER : cookie.name();
        SessionUrls urls = new SessionUrls(byUrl, parameter, context.getContextPath());
        return new Running(manager, cookie, urls, containers, paths, context);
    }

    private static @Nullable Boolean urlTracking(SessionSettings settings) {
        String text = settings.text(URL_TRACKING.key()).orElse(null);
        if (text == null) {
            return null;
        }
        if (!text.equals("true") && !text.equals("false")) {
            throw new ConfigurationException(
                    List.of(SessionSettings.PREFIX + URL_TRACKING.key() + " must be true or false"));
        }
        return Boolean.valueOf(text);
    }

    /**
     * Gives the cookie of the container's own sessions another name, so that it never takes the place of ours; what is
     * said of the container's cookie is then said of ours. For whoever registers the filter in code: the filter does it
     * when it starts, which is too late for some containers (Jetty).
     *
     * @param context the application, which is being started
     */
    public static void renameContainerCookie(ServletContext context) {
        ContainerSessions.setApart(context);
    }

    /**
     * Settings for an application, with what its context says where no setting does: that empty new sessions are
     * stored, the session timeout as the idle timeout, and the context path as the namespace. For whoever makes the
     * manager from settings, as {@link #DynamoSessionFilter()} does.
     *
     * @param context the application
     * @return a builder, to which sources of settings can be added
     */
    public static SessionSettings.Builder settings(ServletContext context) {
        SessionSettings.Builder settings = SessionSettings.builder().adapterSettings(URL_TRACKING);
        new ContextDefaults(context).addTo(settings);
        ClassLoader loader = context.getClassLoader();
        return loader == null ? settings : settings.classLoader(loader);
    }

    private static SessionSettings settings(Map<String, String> parameters, ServletContext context) {
        return settings(context)
                .source("init parameter of the filter", parameters, false)
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
        // Containers stop a filter while requests are under way: their saves need the client.
        int left = states.awaitEnds(STOP_TIMEOUT);
        if (left > 0) {
            OperatorLog.warn(
                    LOG,
                    stopping.context(),
                    "{} requests are under way {} after the stop; their sessions are no longer saved",
                    left,
                    STOP_TIMEOUT);
        }
        stopping.context().removeAttribute(MANAGER);
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
            SessionView.of(session, state(settled, settled.manager().arrival(null)), settled.context())
                    .tellEnd();
        } finally {
            thread.setContextClassLoader(former);
        }
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        Running settled = running;
        if (settled == null) {
            throw new IllegalStateException("the filter is not initialized");
        }
        SessionRequest own = SessionRequest.in(request);
        RequestState cut = own == null ? states.find(request) : own.state();
        if (cut != null && cut.cutBy() != null) {
            throw cut.cutBy();
        }
        if (own != null && own.state().isOf(settled.context())) {
            pass(own, request, response, chain);
        } else if (request instanceof HttpServletRequest http && response instanceof HttpServletResponse answer) {
            if (!settled.paths().test(path(http))) {
                chain.doFilter(new ExcludedRequest(http), response);
                settled.containers().giveWay(http, answer, settled.cookie(), null, false);
                return;
            }
            RequestState state = state(http, settled);
            SessionResponse wrappedResponse = new SessionResponse(answer, state);
            SessionRequest wrapped = new SessionRequest(http, wrappedResponse, state);
            SessionRequest former = state.begin(wrapped);
            state.passBegins();
            if (http.getDispatcherType() == DispatcherType.ERROR) {
                state.beginErrorPage(wrappedResponse);
            } else if (http.getDispatcherType() != DispatcherType.REQUEST) {
                state.mayReturn();
            }
            try {
                pass(wrapped, wrapped, wrappedResponse, chain);
            } finally {
                state.resume(former);
                state.passEnds(wrapped.goesOn());
            }
        } else {
            chain.doFilter(request, response);
        }
    }

    /** The path within the application, as the container decoded it. */
    private static String path(HttpServletRequest request) {
        String servletPath = request.getServletPath();
        String pathInfo = request.getPathInfo();
        return (servletPath == null ? "" : servletPath) + (pathInfo == null ? "" : pathInfo);
    }

    private RequestState state(HttpServletRequest request, Running settled) {
        if (request.getDispatcherType() == DispatcherType.REQUEST) {
            states.forget(request);
        } else {
            RequestState known = states.find(request);
            if (known != null) {
                return known;
            }
        }
        return state(settled, settled.manager().arrival(request.getHeader("Sec-Fetch-Mode")));
    }

    private RequestState state(Running settled, Arrival arrival) {
        return new RequestState(
                settled.manager(),
                arrival,
                settled.cookie(),
                settled.urls(),
                settled.containers(),
                events,
                settled.context(),
                states,
                unstored);
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
        // The attempt that follows may fail with another exception.
        RuntimeException failed = thrown == null ? null : own.state().failure();
        // A request that is refused because of its session stores nothing after all: who was refused tries again.
        boolean refused = isCausedBy(thrown, failed) || (thrown != null && Failure.known(thrown) != null);
        if (!own.goesOn() && !refused) {
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
            fail(own, thrown, failed);
        }
    }

    private static void fail(SessionRequest own, Throwable thrown, @Nullable RuntimeException failed)
            throws IOException, ServletException {
        RequestState state = own.state();
        SessionResponse response = own.response();
        state.mayReturn();
        RuntimeException reason = state.failure();
        RuntimeException cause = isCausedBy(thrown, failed) ? failed : isCausedBy(thrown, reason) ? reason : null;
        Failure failure = Failure.known(cause == null ? thrown : cause);
        if (failure != null || reason != null) {
            boolean committed = response.isCommitted();
            if (failure == null && own.getDispatcherType() == DispatcherType.ASYNC) {
                // Undertow has no error pages for exceptions of such a dispatch.
                failure = Failure.of(thrown);
            }
            state.abandon(response, failure);
            if (committed) {
                SessionFailure.log(LOG, "A session failed, and the response is already committed", thrown);
                CommittedResponse.cut(response);
            } else if (failure != null) {
                SessionFailure.log(LOG, "A session failed; the answer is " + failure.status(), thrown);
                if (own.getDispatcherType() == DispatcherType.ERROR) {
                    failure.replace(response.wrapped());
                } else {
                    failure.send(response.wrapped());
                }
                return;
            }
            // Otherwise the container shows the application's error page for this exception.
        }
        state.keepCookie(response);
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

    /** An application, and a container that dispatches, may have put an exception around it. */
    @SuppressWarnings("ReferenceEquality")
    private static boolean isCausedBy(@Nullable Throwable thrown, @Nullable Throwable reason) {
        Throwable current = reason == null ? null : thrown;
        while (current != null && current != reason) {
            current = current.getCause();
        }
        return current != null;
    }

    /** Sets up a {@link DynamoSessionFilter} in code. Not for use by several threads. */
    public static final class Builder {
        private final SessionManager manager;
        private @Nullable CookieSettings cookie;
        private final List<EventListener> listeners = new ArrayList<>();
        private List<String> included = List.of();
        private List<String> excluded = List.of();
        private @Nullable Predicate<String> paths;
        private @Nullable Boolean urlTracking;
        private boolean alone;
        private Unstored unstored = Unstored.NOTHING;

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
         * Names the paths that have sessions, instead of all. Of others see {@link #excludePaths}.
         *
         * @param patterns servlet mappings: {@code /folder/*}, {@code *.extension} or {@code /path};
         *     replace those of an earlier call; none: all paths
         * @return this
         * @throws IllegalArgumentException if one is not a mapping
         */
        public Builder includePaths(String... patterns) {
            this.included = checked(patterns);
            return this;
        }

        /**
         * Names paths that have no sessions, such as static content, even if they are included. There
         * {@code getSession(false)} gives null, and what would make a session or change its id throws
         * {@link IllegalStateException}.
         *
         * @param patterns servlet mappings: {@code /folder/*}, {@code *.extension} or {@code /path};
         *     replace those of an earlier call
         * @return this
         * @throws IllegalArgumentException if one is not a mapping
         */
        public Builder excludePaths(String... patterns) {
            this.excluded = checked(patterns);
            return this;
        }

        private static List<String> checked(String... patterns) {
            List<String> list = List.of(patterns);
            SessionPaths.of(List.of(), list);
            return list;
        }

        private Predicate<String> paths() {
            return paths == null ? SessionPaths.of(included, excluded)::matches : paths;
        }

        /**
         * Says which paths have sessions; wins over {@link #includePaths} and {@link #excludePaths}.
         *
         * @param which is given the path within the application, decoded; for instance
         *     {@link SessionPaths#matches} of {@link SessionSettings#paths()}
         * @return this
         */
        public Builder paths(Predicate<String> which) {
            this.paths = which;
            return this;
        }

        /**
         * Says that no session of the container itself uses the name that the container has for the session
         * cookie, because whoever set the container up saw to that. Then the name is free for this filter even
         * where the container remembers logins in sessions of its own; otherwise the filter's cookie gets
         * another name there.
         *
         * @param free false unless set
         * @return this
         */
        public Builder containersNameIsFree(boolean free) {
            this.alone = free;
            return this;
        }

        /**
         * Names attributes that are not stored: each request has its own, and no listener is told of them. For
         * what a framework keeps in the session although it cannot be stored.
         *
         * @param names the attributes; replace those of an earlier call
         * @return this
         */
        public Builder unstoredAttributes(String... names) {
            this.unstored = new Unstored(Set.of(names), unstored.values());
            return this;
        }

        /**
         * Says which values are not stored, like {@link #unstoredAttributes}, whatever the name of the attribute:
         * for what a framework keeps in the session for the rest of the request only.
         *
         * @param which is given each value that is set
         * @return this
         */
        public Builder unstoredValues(Predicate<Object> which) {
            this.unstored = new Unstored(unstored.names(), which);
            return this;
        }

        /**
         * Takes from settings what they say of the cookie, of the paths that have sessions, and of ids in URLs.
         *
         * @param settings for instance made from {@link DynamoSessionFilter#settings}
         * @return this
         * @throws ConfigurationException if one of them is malformed
         */
        public Builder settings(SessionSettings settings) {
            this.cookie = settings.cookie();
            this.paths = settings.paths()::matches;
            this.urlTracking = DynamoSessionFilter.urlTracking(settings);
            return this;
        }

        /**
         * Says whether {@code encodeURL} puts session ids into URLs for clients without cookies, and
         * whether ids in URLs are looked at.
         *
         * @param on unless set, whether the application chose the tracking mode
         *     {@link jakarta.servlet.SessionTrackingMode#URL}, and chose other modes than the container's
         *     default
         * @return this
         */
        public Builder urlTracking(boolean on) {
            this.urlTracking = on;
            return this;
        }

        /**
         * Builds the filter.
         *
         * @return the filter
         */
        public DynamoSessionFilter build() {
            return new OverManager(this);
        }
    }
}
