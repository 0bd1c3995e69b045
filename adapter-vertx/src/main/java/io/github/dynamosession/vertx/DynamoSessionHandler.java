// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import io.github.dynamosession.Arrival;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.settings.ConfigurationException;
import io.github.dynamosession.settings.CookieSettings;
import io.github.dynamosession.settings.SessionPaths;
import io.github.dynamosession.web.CookiePolicy;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.CookieSameSite;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.HttpServerRequestInternal;
import io.vertx.core.impl.ContextInternal;
import io.vertx.core.net.impl.URIDecoder;
import io.vertx.ext.auth.User;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.Session;
import io.vertx.ext.web.handler.SessionHandler;
import io.vertx.ext.web.impl.RoutingContextInternal;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A session handler whose sessions are saved before the client hears the answer.
 *
 * <pre>{@code
 * DynamoSessionHandler sessions = DynamoSessionHandler.create(manager);
 * router.route().handler(sessions);
 * server.requestHandler(sessions.around(router));
 * }</pre>
 *
 * <p>Whatever sends the head of a response waits for the session: it is saved, its id changed, or it is
 * ended, and the cookie is set by what came of that. If it fails, nothing was sent, and the request fails
 * with 503, 409 or 500 through the router's failure handlers. A response whose request did not use the
 * session does not wait.
 *
 * <p>Unlike with the stock handler: a session is made when something is put into it. Changes survive an
 * error response unless {@link #setKeepChangesOnError} says otherwise. The user is stored as JSON; another
 * user gets another id. The cookie is HttpOnly, SameSite=Lax, and Secure if the request came over TLS.
 *
 * <p>{@link Session#regenerateId()} changes the id when the head is sent: until then {@link Session#id()}
 * is the old one, and under that a token of {@link io.vertx.ext.web.handler.CSRFHandler} was issued; it is
 * void afterwards, as it should be.
 *
 * <p>{@link RoutingContext#addHeadersEndHandler Handlers of the head} may still change the session: they run
 * in the call that sends the head, before the session is saved. They do not see its cookie, nor a
 * Content-Length that Vert.x works out. If the save fails, they run again for the head of the error. What
 * handlers of the body's end and of the response's end do to the session is not saved.
 *
 * <p>If the client goes away before it has the whole response, the session is saved when the connection closes, and
 * again if the application sends the head or ends the response then. Failures are logged.
 *
 * <p>A {@code JsonObject}, {@code JsonArray} or {@code Buffer} is stored as a map with a marker that every
 * codec can store; the engine's session shows that map.
 *
 * <p>What the application does with the engine's session through the manager, such as changing its id or
 * ending it, counts: the cookie follows, and after an end {@link RoutingContext#session()} is a new one.
 *
 * <p>To be set up before the first request; then safe for any number of threads.
 */
public final class DynamoSessionHandler implements SessionHandler {
    private static final Pattern PATH_PARAMETERS = Pattern.compile(";[^/]*");
    private static final Pattern ENCODED_SLASH = Pattern.compile("%(2[fF])");

    private final SessionManager manager;
    private final CookiePolicy.Builder cookie = CookiePolicy.builder(DEFAULT_SESSION_COOKIE_NAME);
    private volatile @Nullable CookiePolicy policy;
    private @Nullable Duration sessionTimeout;
    private boolean timeoutSet;
    private boolean keepChangesOnError = true;
    private boolean storeUser = true;
    private boolean pauseRequests = true;
    private Predicate<String> paths = SessionPaths.ALL::matches;
    private final List<Consumer<RoutingContext>> beforeSave = new CopyOnWriteArrayList<>();

    private DynamoSessionHandler(SessionManager manager) {
        this.manager = manager;
    }

    /**
     * A handler over an engine, which it does not close.
     *
     * @param manager the engine; its executor runs codecs and, with a store that blocks, I/O
     * @return a handler
     */
    public static DynamoSessionHandler create(SessionManager manager) {
        return new DynamoSessionHandler(manager);
    }

    /**
     * The worker pool of Vert.x as {@link SessionManager.Builder#executor}, in any order. The engine runs
     * codecs, functions of {@code compute}, listeners and, with a store that blocks, I/O there.
     *
     * @param vertx whose worker pool it is
     * @return an executor; refuses tasks once {@code vertx} is closed
     */
    public static Executor workers(Vertx vertx) {
        return task -> vertx.executeBlocking(Executors.callable(task), false);
    }

    /**
     * Sets a manager up for Vert.x: its {@linkplain #workers threads}, where {@link
     * io.github.dynamosession.Session#get} must not fetch {@linkplain SessionManager.Builder#eventLoop large values},
     * and the user among those that are fetched with the session. What is set afterwards holds.
     *
     * @param builder of the manager
     * @param vertx that the manager's sessions are used with
     * @return the builder
     */
    public static SessionManager.Builder prepare(SessionManager.Builder builder, Vertx vertx) {
        return builder.usedBy("Vert.x Web", null)
                .executor(workers(vertx))
                .eventLoop(Context::isOnEventLoopThread)
                .prefetch(StoredUser.ATTRIBUTE);
    }

    /**
     * What a server has to call for its requests, so that responses can wait for sessions.
     *
     * @param requestHandler the router, or what is in front of it
     * @return a handler for {@link io.vertx.core.http.HttpServer#requestHandler}
     * @throws ConfigurationException with all problems, if browsers would refuse the cookie as it is set up
     */
    public Handler<HttpServerRequest> around(Handler<HttpServerRequest> requestHandler) {
        policy();
        return request -> requestHandler.handle(wrapped(request));
    }

    /**
     * A request whose response can wait: what {@link #around} makes of each, for servers whose first handler
     * is not theirs to choose.
     *
     * @param request a request
     * @return the same if its response can wait already
     */
    public static HttpServerRequest wrapped(HttpServerRequest request) {
        return request instanceof VertxSessionRequest
                ? request
                : new VertxSessionRequest((HttpServerRequestInternal) request);
    }

    /**
     * Whether the response of a request can wait, which {@link #around} sees to.
     *
     * @param routing the request
     * @return false: the server did not go through {@link #around}
     */
    public static boolean isAround(RoutingContext routing) {
        return routing.response() instanceof VertxSessionResponse;
    }

    /**
     * Answers failures of sessions inside of routes, such as of {@code manager.save}, as those of the save before the
     * head are: with 503 if the store did not answer, and 409 for a conflict. Without it Vert.x makes them 500.
     *
     * <pre>{@code
     * router.route().handler(sessions).failureHandler(DynamoSessionHandler.failureHandler());
     * }</pre>
     *
     * @return a handler that sets the status of such failures, and leaves the answer to those behind it
     */
    public static Handler<RoutingContext> failureHandler() {
        return VertxFailure::handle;
    }

    /**
     * For who knows when a request is over although it is not answered, because its client has gone: its session is
     * then saved, instead of when the connection closes before the head is sent. Failures are logged.
     *
     * @param routing the request
     * @return to be told once, at the end, with what the request failed with, or null
     */
    public static Consumer<@Nullable Throwable> endOf(RoutingContext routing) {
        if (!(routing.response() instanceof VertxSessionResponse response)) {
            return failure -> {};
        }
        response.leaveEndTo();
        return failure -> response.over(failure != null);
    }

    /**
     * The engine's session of a request, for typed reads and exact counting. Made if there is none yet.
     *
     * @param routing the request
     * @return the session; after {@link Session#destroy()} another one
     * @throws IllegalStateException if no handler of this class has seen the request, or its path has no
     *     sessions
     */
    public static io.github.dynamosession.Session session(RoutingContext routing) {
        return request(routing).session().session();
    }

    private static RequestSession request(RoutingContext routing) {
        RequestSession request = of(routing);
        if (request != null) {
            return request;
        }
        throw new IllegalStateException(
                routing.response() instanceof VertxSessionResponse response && response.isExcluded()
                        ? "this path has no sessions: dynamosession.exclude-paths, or setPaths, leaves it out"
                        : "no DynamoSessionHandler has seen this request");
    }

    /**
     * Says whose a request is, for users that the session did not log in. If the request has a session, it
     * becomes theirs: one that was nobody's keeps its data and gets another id; one that is somebody
     * else's is ended, and the next use makes a new one. Does no I/O: it is done before the response goes
     * out. No session is made.
     *
     * <p>To be called before the application sees the session, or at the latest by {@link #beforeSave}; any
     * number of times, from any thread. If several requests notice a login at once, the first to be
     * answered changes the id; what the others put into the session is dropped, and they set no cookie.
     *
     * @param routing the request
     * @param principal a name that no two users share; a hash of it is stored in the session, hidden from
     *     {@link Session#data()}
     */
    public static void claim(RoutingContext routing, String principal) {
        RequestSession request = of(routing);
        if (request != null) {
            request.exchange().claim(principal, false);
        }
    }

    /**
     * Like {@link #claim}, for the very request that logs a user in. Under an id that has just changed, which
     * is what a login has whose predecessor's answer was lost, it gets a session of its own and a cookie;
     * what only claims leaves the session to the request that changed the id.
     *
     * @param routing the request
     * @param principal a name that no two users share; a hash of it is stored in the session, hidden from
     *     {@link Session#data()}
     */
    public static void login(RoutingContext routing, String principal) {
        RequestSession request = of(routing);
        if (request != null) {
            request.exchange().login(principal, false);
        }
    }

    /**
     * Says that the user of a request has logged out: a session that is {@linkplain #claim somebody's} is
     * ended before the response goes out. One that this request has made since stays.
     *
     * @param routing the request
     * @param identified whether the request was somebody's: then also a session that nobody has claimed
     *     yet is ended
     */
    public static void logout(RoutingContext routing, boolean identified) {
        RequestSession request = of(routing);
        if (request != null) {
            request.exchange().release(identified);
        }
    }

    /**
     * Says that a request is answered with an error because of a failure of its session: nothing of it is stored, moved
     * or ended any more. To be called before the head is sent. Routes that {@linkplain RoutingContext#fail fail} with
     * such a failure need not call it.
     *
     * @param routing the request
     */
    public static void refuse(RoutingContext routing) {
        RequestSession request = of(routing);
        if (request != null) {
            request.refuse();
        }
    }

    private static @Nullable RequestSession of(RoutingContext routing) {
        return routing.response() instanceof VertxSessionResponse response ? response.session() : null;
    }

    @Override
    public void handle(RoutingContext routing) {
        if (!(routing.response() instanceof VertxSessionResponse response)) {
            routing.fail(new IllegalStateException("responses cannot wait for sessions: the server's request handler"
                    + " has to be DynamoSessionHandler.around(router)"));
            return;
        }
        RequestSession known = response.session();
        if (known != null) {
            // A sub-router, or the same request on another route.
            ((RoutingContextInternal) routing).setSession(known.session());
            routing.next();
            return;
        }
        if (!paths.test(path(routing))) {
            response.exclude();
            routing.next();
            return;
        }
        HttpServerRequest request = routing.request();
        RequestSession session = new RequestSession(setup(), routing, response, arrival(request, response));
        CompletableFuture<?> opening = session.open(
                        policy().candidates(request.headers().getAll(HttpHeaders.COOKIE)))
                .toCompletableFuture();
        boolean paused = pauseRequests && !opening.isDone() && !request.isEnded();
        if (paused) {
            request.pause();
        }
        ContextInternal context = (ContextInternal) routing.vertx().getOrCreateContext();
        Future.fromCompletionStage(opening, context).onComplete(opened -> {
            if (paused && !request.isEnded()) {
                request.resume();
            }
            try {
                if (opened.failed()) {
                    throw opened.cause();
                }
                session.loadUser();
            } catch (Throwable e) {
                // Nobody else hears of it here, and the client would wait for ever.
                VertxFailure.answer(routing, e);
                return;
            }
            response.session(session);
            ((RoutingContextInternal) routing).setSession(session.session());
            routing.next();
        });
    }

    private RequestSession.Setup setup() {
        return new RequestSession.Setup(manager, policy(), this::newborn, keepChangesOnError, storeUser, beforeSave);
    }

    private CookiePolicy policy() {
        CookiePolicy built = policy;
        if (built == null) {
            built = cookie.build();
            policy = built;
        }
        return built;
    }

    private DynamoSessionHandler cookie(Consumer<CookiePolicy.Builder> change) {
        change.accept(cookie);
        policy = null;
        return this;
    }

    /** When the request came, which may be a while ago: handlers before this one read bodies. */
    private Arrival arrival(HttpServerRequest request, VertxSessionResponse response) {
        Arrival now = manager.arrival(request.getHeader("Sec-Fetch-Mode"));
        return new Arrival(now.at().minus(response.age()), now.navigation());
    }

    /** As routes see it, decoded; an encoded slash stays, for it separates nothing. */
    private static String path(RoutingContext routing) {
        String path = routing.normalizedPath();
        if (path.indexOf(';') >= 0) {
            path = PATH_PARAMETERS.matcher(path).replaceAll("");
        }
        if (path.indexOf('%') < 0) {
            return path;
        }
        try {
            return URIDecoder.decodeURIComponent(ENCODED_SLASH.matcher(path).replaceAll("%25$1"), false);
        } catch (IllegalArgumentException e) {
            return path;
        }
    }

    private void newborn(io.github.dynamosession.Session session) {
        if (timeoutSet) {
            session.setIdleTimeout(sessionTimeout);
        }
    }

    /**
     * Which paths have sessions. On others nothing is read, saved or awaited, the cookie is left alone,
     * {@link RoutingContext#session()} gives null, and {@link #session(RoutingContext)} throws.
     *
     * <p>What counts is the whole path as routes see it, {@linkplain RoutingContext#normalizedPath
     * normalized} ({@code /static/../account} is {@code /account}), without path parameters, and decoded
     * except for encoded slashes.
     *
     * @param paths for instance {@code settings.paths()::matches}; all unless set
     * @return this
     */
    public DynamoSessionHandler setPaths(Predicate<String> paths) {
        this.paths = paths;
        return this;
    }

    /**
     * Whether what a request changed is stored although it is answered with an error, 400 or more. A
     * session that was ended is ended in any case.
     *
     * @param keep true unless set; false: as the stock handler does
     * @return this
     */
    public DynamoSessionHandler setKeepChangesOnError(boolean keep) {
        this.keepChangesOnError = keep;
        return this;
    }

    /**
     * Whether the user of a request is kept for the next one.
     *
     * @param store true unless set
     * @return this
     */
    public DynamoSessionHandler setStoreUser(boolean store) {
        this.storeUser = store;
        return this;
    }

    /**
     * Whether requests are paused while their session is read, and resumed then, so that nothing of a body is lost.
     *
     * @param pause true unless set; false for a server that hands out requests paused, as Quarkus does: one that is
     *     resumed here would lose its body to whatever else waits before the application reads it
     * @return this
     */
    public DynamoSessionHandler setPauseRequests(boolean pause) {
        this.pauseRequests = pause;
        return this;
    }

    /**
     * Adds somebody who sees a request before its session is saved, for instance to give it another id
     * if another user is logged in now. It may put, remove, {@linkplain Session#regenerateId change the id}
     * and {@linkplain Session#destroy end}; nothing of that may block.
     *
     * <p>Called in the order of registration, after the {@linkplain RoutingContext#addHeadersEndHandler
     * handlers of the head}, on the context of the request, if it has a session: one that was found by
     * its cookie, used or not (also a {@linkplain io.github.dynamosession.Session#isDetached() detached}
     * one), or one that was made. Before the head is sent, and once more before each further save: a
     * {@link #flush}, and the end of a response after whose head the session was or may have been used
     * again. Looking at the session counts as use. What it throws fails the request with 500.
     *
     * @param told is given the request
     * @return this
     */
    public DynamoSessionHandler beforeSave(Consumer<RoutingContext> told) {
        beforeSave.add(told);
        return this;
    }

    /**
     * The idle timeout of new sessions.
     *
     * @param timeout milliseconds; zero or negative: never. The engine's unless set
     * @return this
     */
    @Override
    public DynamoSessionHandler setSessionTimeout(long timeout) {
        this.timeoutSet = true;
        this.sessionTimeout = timeout > 0 ? Duration.ofMillis(timeout) : null;
        return this;
    }

    /**
     * Does nothing.
     *
     * @param nag ignored
     * @return this
     */
    @Override
    public DynamoSessionHandler setNagHttps(boolean nag) {
        return this;
    }

    /**
     * Sets up the cookie by settings: what they say wins over what was set before, and what they leave
     * out stays.
     *
     * @param settings for instance those of {@link io.github.dynamosession.settings.SessionSettings#cookie}
     * @return this
     * @throws ConfigurationException with all problems, if browsers would refuse such a cookie
     */
    public DynamoSessionHandler setCookie(CookieSettings settings) {
        cookie(said -> said.apply(settings));
        policy();
        return this;
    }

    @Override
    public DynamoSessionHandler setCookieSecureFlag(boolean secure) {
        return cookie(said -> said.secure(secure));
    }

    @Override
    public DynamoSessionHandler setCookieHttpOnlyFlag(boolean httpOnly) {
        return cookie(said -> said.httpOnly(httpOnly));
    }

    @Override
    public DynamoSessionHandler setSessionCookieName(String sessionCookieName) {
        return cookie(said -> said.name(sessionCookieName));
    }

    @Override
    public DynamoSessionHandler setSessionCookiePath(String sessionCookiePath) {
        return cookie(said -> said.path(sessionCookiePath));
    }

    @Override
    public DynamoSessionHandler setCookieSameSite(@Nullable CookieSameSite policy) {
        return cookie(said -> said.sameSite(policy == null ? null : policy.toString()));
    }

    /**
     * How long browsers keep the cookie of a session that is not used; one touch interval is added, because the session
     * may live that much longer than its idle timeout.
     *
     * @param cookieMaxAge seconds; zero or negative: as long as the browser runs
     * @return this
     */
    @Override
    public DynamoSessionHandler setCookieMaxAge(long cookieMaxAge) {
        return cookie(said -> said.maxAge(Duration.ofSeconds(cookieMaxAge)));
    }

    /**
     * Does nothing: an id has 256 random bits.
     *
     * @param minLength ignored
     * @return this
     */
    @Override
    public DynamoSessionHandler setMinLength(int minLength) {
        return this;
    }

    /**
     * Does nothing: sessions are lazy. Whether one is stored that nothing was put into is the engine's
     * setting.
     *
     * @param lazySession ignored
     * @return this
     */
    @Override
    public DynamoSessionHandler setLazySession(boolean lazySession) {
        return this;
    }

    /**
     * Not supported: an id in a path ends up in logs and referrers.
     *
     * @param cookieless false
     * @return this
     * @throws UnsupportedOperationException if it is true
     */
    @Override
    public DynamoSessionHandler setCookieless(boolean cookieless) {
        if (cookieless) {
            throw new UnsupportedOperationException("sessions need a cookie");
        }
        return this;
    }

    /**
     * Saves now instead of before the head; what is changed later is saved then.
     *
     * @param routing the request
     * @param ignoreStatus whether changes are stored although the status is an error's
     * @return fails as the request would
     */
    @Override
    public Future<Void> flush(RoutingContext routing, boolean ignoreStatus) {
        RequestSession request = of(routing);
        if (request == null) {
            return Future.succeededFuture();
        }
        request.ask();
        return request.prepared()
                .compose(ready -> request.isCommitted()
                        ? Future.succeededFuture()
                        : ignoreStatus ? request.commit(true) : request.commit());
    }

    /**
     * Gives the request a new session; the one it had stays as it is in the store, unless it was
     * {@linkplain Session#destroy destroyed}, and its unsaved changes are dropped.
     * The user comes along, unless the former one was destroyed.
     *
     * @param routing the request
     * @return the new session
     * @throws IllegalStateException if no handler of this class has seen the request, or its path has no
     *     sessions
     */
    @Override
    public Session newSession(RoutingContext routing) {
        RequestSession request = request(routing);
        VertxSession session = request.another();
        ((RoutingContextInternal) routing).setSession(session);
        return session;
    }

    @Override
    public Future<Void> setUser(RoutingContext routing, User user) {
        routing.setUser(user);
        return flush(routing, true);
    }
}
