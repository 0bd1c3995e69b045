// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import io.github.dynamosession.Arrival;
import io.github.dynamosession.ChangeIdOutcome;
import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.web.CookieState;
import io.github.dynamosession.web.NewId;
import io.github.dynamosession.web.SessionExchange;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What one request knows of its session, through all its dispatches: the first part of chapter 7 of the
 * specification, "Creating a Session" and "Session Scope". The rules are those of {@link SessionExchange}; what is
 * here is the servlet's: wrappers and dispatches, listeners, ids in URLs, logins of the container, the response's
 * headers and the count of its bytes.
 *
 * <p>Refers to request and response weakly only, because it is itself found by the container's request
 * (see {@link RequestStates}). Safe for the threads of a request; a lock instead of a monitor, because it
 * is held during I/O.
 */
final class RequestState {
    private final SessionManager manager;
    private final Arrival arrival;
    private SessionCookie cookie;
    private final SessionUrls urls;
    private final ContainerSessions containers;
    private final SessionEvents events;
    private final ServletContext context;
    private final RequestStates states;

    /** Attributes that are kept for the request and never stored. */
    private final Unstored unstored;

    private final ReentrantLock lock = new ReentrantLock();

    /** The pass that is running: a dispatch of its own has wrappers of its own. */
    private volatile Pass pass = Pass.NONE;

    /** Held while {@link #pass} changes hands. */
    private final Object passes = new Object();

    private final AtomicInteger nesting = new AtomicInteger();

    private final SessionExchange exchange;

    private boolean lookedUp;
    private @Nullable RuntimeException lookupFailure;

    /** The session as the application sees it; null: nobody has asked for it yet. */
    private @Nullable SessionView view;

    private @Nullable String requestedId;
    private boolean requestedByUrl;

    /** The cookie that the response sets by now; null: none. */
    private SessionCookie.@Nullable Sent sent;

    /** What the response was last made to say of the cookie. */
    private CookieState told = new CookieState.None();

    /** Whether {@link #sent} is pending: the container took no header while a page was included. */
    private boolean pending;

    /** Why the last attempt to save failed; null if it did not. */
    private @Nullable RuntimeException saveFailure;

    /** What an error page is to be answered with; null: as the container says. */
    private @Nullable Failure answer;

    /** What has to break the connection off; null if nothing has. */
    private volatile @Nullable RuntimeException cut;

    /** Whether the container was asked for a login, and may have made a session for it. */
    private boolean loginAsked;

    private long written;
    private volatile long contentLength = -1;

    RequestState(
            SessionManager manager,
            Arrival arrival,
            SessionCookie cookie,
            SessionUrls urls,
            ContainerSessions containers,
            SessionEvents events,
            ServletContext context,
            RequestStates states,
            Unstored unstored) {
        this.manager = manager;
        this.arrival = arrival;
        this.cookie = cookie;
        this.urls = urls;
        this.containers = containers;
        this.events = events;
        this.context = context;
        this.states = states;
        this.unstored = unstored;
        this.exchange = SessionExchange.atOnce(manager, cookie.age(), arrival, new Additions());
    }

    /** What the servlet specification adds to the steps of an exchange. */
    private final class Additions implements SessionExchange.Hooks {
        @Override
        public boolean isHeadSent() {
            SessionResponse response = pass.response();
            return response == null || response.isCommitted();
        }

        @Override
        public void saving(Session session) {
            view(session).passivate();
        }

        @Override
        public void ended(Session session) {
            view(session).tellEnd();
        }
    }

    private SessionView view(Session session) {
        SessionView known = view;
        if (known == null || known.session() != session) {
            known = SessionView.of(session, this, context);
            view = known;
        }
        return known;
    }

    /** A pass through the filter begins; passes may nest. */
    void passBegins() {
        nesting.incrementAndGet();
        states.begun(this);
    }

    /** A pass has ended, and with the outermost one the request, unless another thread goes on with it. */
    void passEnds(boolean goesOn) {
        if (nesting.decrementAndGet() == 0 && !goesOn) {
            ended();
        }
    }

    /** The request has ended, on whatever thread. */
    void ended() {
        states.ended(this);
    }

    /** The wrappers of one pass through the filter: they live and die together. */
    private static final class Pass {
        static final Pass NONE = new Pass(null);

        private final WeakReference<SessionRequest> wrapper;

        Pass(@Nullable SessionRequest request) {
            this.wrapper = new WeakReference<>(request);
        }

        @Nullable
        SessionRequest request() {
            return wrapper.get();
        }

        @Nullable
        SessionResponse response() {
            SessionRequest request = wrapper.get();
            return request == null ? null : request.response();
        }
    }

    Unstored unstored() {
        return unstored;
    }

    /**
     * Begins a pass.
     *
     * @return the wrapper of its predecessor, to be {@linkplain #resume resumed} at the end, for passes nest
     */
    @Nullable
    SessionRequest begin(SessionRequest request) {
        synchronized (passes) {
            SessionRequest former = pass.request();
            pass = new Pass(request);
            return former;
        }
    }

    void resume(@Nullable SessionRequest former) {
        if (former != null) {
            synchronized (passes) {
                pass = new Pass(former);
            }
        }
    }

    /**
     * A wrapper is in use. Asynchronous work goes on after its pass, when the one before it, which was resumed,
     * may have been collected: then the wrapper in use is the one to ask for cookies.
     */
    void inUse(SessionRequest request) {
        if (pass.request() == null) {
            synchronized (passes) {
                if (pass.request() == null) {
                    pass = new Pass(request);
                }
            }
        }
    }

    @Nullable
    SessionView session(boolean create) {
        lock.lock();
        try {
            lookUp();
            Optional<Session> current = exchange.current();
            if (current.isEmpty()) {
                return create ? created() : null;
            }
            exchange.used();
            return view(current.get());
        } finally {
            lock.unlock();
        }
    }

    private SessionView created() {
        claim();
        Session session = exchange.make();
        SessionView made = view(session);
        // What stands in for a session that could not be read, or is for an error page, is no event.
        if (!session.isDetached() && !exchange.isAbandoned()) {
            agree();
            events.created(made);
        }
        return made;
    }

    /** Says who is logged in, where the container does logins: the session learns of it by comparison only. */
    private void claim() {
        SessionRequest request = pass.request();
        if (cookie.isContainerLogin() && request != null) {
            ContainerLogin.principal(request).ifPresent(user -> exchange.claim(user, true));
        }
    }

    /** Reads the session that the cookies name, once: an error page must not wait for a dead store again. */
    private void lookUp() {
        if (lookedUp) {
            if (lookupFailure != null && !exchange.isAbandoned()) {
                throw lookupFailure;
            }
            return;
        }
        SessionRequest request = pass.request();
        if (request == null) {
            // Not "no session": a new one would take the place of the one that the client has.
            throw new IllegalStateException("there is no request whose session could be looked up");
        }
        lookedUp = true;
        List<String> cookies = cookie.values(request.wrapped());
        List<String> inUrl = urls.values(request.wrapped());
        requestedId = Stream.concat(cookies.stream(), inUrl.stream())
                .findFirst()
                .map(this::idOf)
                .orElse(null);
        cookie = cookie.inUse(request.wrapped());
        try {
            Optional<Session> found = exchange.blocking().open(cookies, inUrl);
            requestedId = found.map(Session::id).orElse(requestedId);
            claim();
            renewWanted(NewId.NOTICED_LOGIN);
        } catch (RuntimeException e) {
            lookupFailure = e;
            throw e;
        } finally {
            requestedByUrl = requestedId != null && isByUrl(request, requestedId);
        }
    }

    private boolean isByUrl(SessionRequest request, @Nullable String id) {
        return urls.isOn()
                && cookie.values(request.wrapped()).stream()
                        .noneMatch(value -> idOf(value).equals(id));
    }

    private String idOf(String cookieValue) {
        return manager.idOf(cookieValue).orElse(cookieValue);
    }

    @Nullable
    String requestedId() {
        lock.lock();
        try {
            SessionRequest request = pass.request();
            if (!lookedUp && request != null) {
                List<String> values = new ArrayList<>(cookie.values(request.wrapped()));
                values.addAll(urls.values(request.wrapped()));
                if (values.size() < 2) {
                    String id = values.isEmpty() ? null : idOf(values.get(0));
                    requestedByUrl = id != null && isByUrl(request, id);
                    return id;
                }
                lookUp();
            }
            return requestedId;
        } finally {
            lock.unlock();
        }
    }

    boolean isRequestedByUrl() {
        lock.lock();
        try {
            return requestedId() != null && requestedByUrl;
        } finally {
            lock.unlock();
        }
    }

    /** Whether the client's id names a session still: neither the end nor another id has taken it away. */
    boolean isRequestedIdValid() {
        lock.lock();
        try {
            lookUp();
            return exchange.requestedIdCounts();
        } finally {
            lock.unlock();
        }
    }

    String changeId() {
        lock.lock();
        try {
            session(false);
            ChangeIdOutcome outcome = renewed(NewId.LOGIN);
            if (outcome == ChangeIdOutcome.GONE) {
                throw new IllegalStateException("the session was ended meanwhile");
            }
            SessionRequest request = pass.request();
            if (request != null && isChanged(outcome)) {
                containers.changeId(request.wrapped());
            }
            return exchange.current().map(Session::id).orElseThrow();
        } finally {
            lock.unlock();
        }
    }

    private ChangeIdOutcome renewed(NewId why) {
        String formerId = exchange.current().map(Session::id).orElse("");
        ChangeIdOutcome outcome = exchange.blocking().changeId(why);
        agree();
        exchange.current()
                .filter(session -> isChanged(outcome))
                .ifPresent(session -> events.idChanged(view(session), formerId));
        return outcome;
    }

    private static boolean isChanged(ChangeIdOutcome outcome) {
        return outcome == ChangeIdOutcome.CHANGED || outcome == ChangeIdOutcome.REPLACED;
    }

    /**
     * From a login on, the session has an id that nobody knew before: whoever planted the old one has lost it. Once
     * the response is committed the next request makes up for it, and the save fails instead.
     */
    private void renewWanted(NewId why) {
        SessionResponse response = pass.response();
        if (exchange.isNewIdWanted() && response != null && !response.isCommitted()) {
            renewed(why);
        }
    }

    /** The container remembers a login in its own session, and some of them only if there is one. */
    void beforeLogin() {
        lock.lock();
        try {
            loginAsked = true;
            SessionRequest request = pass.request();
            SessionResponse response = pass.response();
            SessionView current = session(false);
            if (request != null && response != null && !response.isCommitted() && current != null) {
                SessionCookie before = cookie;
                cookie = cookie.alternate();
                if (cookie != before) {
                    sent = null;
                    told = new CookieState.None();
                    exchange.repeatCookie();
                    agree();
                }
                request.wrapped().getSession();
            }
        } finally {
            lock.unlock();
        }
    }

    /** The container has just authenticated this request. */
    void loggedIn() {
        lock.lock();
        try {
            SessionRequest request = pass.request();
            if (request != null && session(false) != null) {
                ContainerLogin.principal(request).ifPresent(user -> exchange.login(user, true));
                renewWanted(NewId.LOGIN);
            }
        } finally {
            lock.unlock();
        }
    }

    /** A later login gives the session a new id again. */
    void loggedOut() {
        lock.lock();
        try {
            if (session(false) != null) {
                exchange.disown();
            }
        } finally {
            lock.unlock();
        }
    }

    void end() {
        lock.lock();
        try {
            exchange.blocking().end();
            agree();
            SessionRequest request = pass.request();
            if (request != null) {
                containers.end(request.wrapped());
            }
        } finally {
            lock.unlock();
        }
    }

    /** The state of no request, in the same application. */
    RequestState another() {
        return new RequestState(manager, arrival, cookie, urls, containers, events, context, states, unstored);
    }

    /** Opens a session outside of any request, lets it be used, and saves it: as if a request had done it. */
    void access(String cookieValue, Consumer<HttpSession> use) {
        RequestState own = another();
        own.lookedUp = true;
        SessionView opened = own.exchange
                .blocking()
                .open(List.of(cookieValue), List.of())
                .filter(session -> !session.isDetached())
                .map(own::view)
                .orElseThrow(() -> new IllegalStateException("the session is not valid, or has another id by now"));
        own.exchange.used();
        Throwable thrown = null;
        try {
            use.accept(opened);
        } catch (RuntimeException | Error e) {
            thrown = e;
            throw e;
        } finally {
            own.saveAfter(thrown);
        }
    }

    /** What the application has changed before it failed is saved, too; its failure is the one to be seen. */
    private void saveAfter(@Nullable Throwable thrown) {
        try {
            save();
        } catch (RuntimeException e) {
            if (thrown == null) {
                throw e;
            }
            thrown.addSuppressed(e);
        }
    }

    /** A client that sends cookies needs no ids in URLs. */
    String encoded(String url) {
        SessionRequest request = pass.request();
        if (!urls.isOn() || request == null || !cookie.values(request.wrapped()).isEmpty()) {
            return url;
        }
        lock.lock();
        try {
            lookUp();
            return exchange.current()
                    .filter(session -> !session.isDetached())
                    .map(session -> urls.encode(url, session.cookieValue(), request.wrapped()))
                    .orElse(url);
        } finally {
            lock.unlock();
        }
    }

    /** Makes the response say of the cookie what the exchange says. */
    private void agree() {
        SessionResponse response = pass.response();
        CookieState state = exchange.cookie();
        if (response == null || response.isCommitted() || !cookie.isTracked() || state.equals(told)) {
            return;
        }
        boolean included = isIncluded();
        // Headers of an included page are ignored, except the session's (9.3): so says the container's wrapper.
        HttpServletResponse target = included ? response.bottom() : response.wrapped();
        sent = cookie.send(target, state, secure(), sent);
        told = state;
        pending = included && !cookie.isShown(target);
    }

    private boolean isIncluded() {
        SessionRequest request = pass.request();
        return request != null && request.getDispatcherType() == DispatcherType.INCLUDE;
    }

    /** The container took no header while a page was included; now it may. */
    private void sendPending() {
        SessionResponse response = pass.response();
        if (pending && sent != null && response != null && !response.isCommitted() && !isIncluded()) {
            sent = cookie.sendAgain(response.wrapped(), sent);
            pending = false;
        }
    }

    /** An exception leaves the application: a container may clear all headers before it shows an error page. */
    void keepCookie(SessionResponse response) {
        lock.lock();
        try {
            if (sent != null && !response.isCommitted()) {
                sent = cookie.keep(response.wrapped(), sent);
            }
        } finally {
            lock.unlock();
        }
    }

    /** The response lost its headers; the session cookie stays, for the session exists. */
    void headersReset(SessionResponse response) {
        lock.lock();
        try {
            if (sent != null && !response.isCommitted()) {
                sent = cookie.sendAgain(response.wrapped(), sent);
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean secure() {
        SessionRequest request = pass.request();
        return request != null && SessionCookie.isSecure(request);
    }

    /** Whether this is the state of a request in the application of that context. */
    boolean isOf(ServletContext other) {
        return context.equals(other);
    }

    void used() {
        exchange.used();
    }

    /** Saves, if there is anything to save, and gives the response the cookie that it is to have. */
    void save() {
        lock.lock();
        try {
            sendPending();
            store();
            hasLastWord();
        } finally {
            lock.unlock();
        }
    }

    private void store() {
        if (exchange.isAbandoned()) {
            return;
        }
        try {
            exchange.blocking().commit();
            saveFailure = null;
            agree();
        } catch (RuntimeException e) {
            saveFailure = e;
            throw e;
        }
    }

    /** Why the session could not be saved by the last attempt, or not be read; null if neither is so. */
    @Nullable
    RuntimeException failure() {
        lock.lock();
        try {
            return saveFailure == null ? lookupFailure : saveFailure;
        } finally {
            lock.unlock();
        }
    }

    /** Our cookie stays, whatever the container has done meanwhile. */
    private void hasLastWord() {
        SessionRequest request = pass.request();
        SessionResponse response = pass.response();
        if (request != null && response != null) {
            sent = containers.giveWay(request.wrapped(), response.wrapped(), cookie, sent, loginAsked);
        }
    }

    /**
     * Saves if the application has used the session since the last save, which is cheap to ask at every write, or
     * if the container might have set a cookie of its own.
     */
    void saveIfUsed() {
        if (mayHaveToSave()) {
            save();
        }
    }

    boolean mayHaveToSave() {
        return exchange.needsCommit() || cookie.isShared();
    }

    /**
     * The session failed and the response is to say so: what the application wrote is dropped, an error page
     * neither asks for the session nor saves it again, and the cookie of a session that was never stored does not
     * go out.
     *
     * @param failure the answer; null if it is the container's
     */
    void abandon(SessionResponse response, @Nullable Failure failure) {
        lock.lock();
        try {
            exchange.abandon();
            answer = failure;
            if (!response.isCommitted()) {
                cookie.clear(response.wrapped());
                resetCount(true);
                giveCookie(response);
            }
        } finally {
            lock.unlock();
        }
    }

    /** An error page is about to be written, maybe with headers of what was there before. */
    void beginErrorPage(SessionResponse response) {
        lock.lock();
        try {
            if (response.isCommitted()) {
                return;
            }
            giveCookie(response);
            if (answer != null) {
                answer.mark(response.wrapped());
            }
        } finally {
            lock.unlock();
        }
    }

    /** The response has the cookie if the session exists, whatever happened to its headers, and only then. */
    private void giveCookie(SessionResponse response) {
        SessionCookie.Sent present = sent;
        if (present == null) {
            return;
        }
        if (exchange.cookie() instanceof CookieState.None) {
            cookie.takeBack(response.wrapped(), present);
            sent = null;
            pending = false;
            told = new CookieState.None();
        } else {
            sent = cookie.sendAgain(response.wrapped(), present);
        }
    }

    /** The next dispatch ends with this exception, whatever it is for. */
    void cutBy(RuntimeException failure) {
        cut = failure;
        mayReturn();
    }

    @Nullable
    RuntimeException cutBy() {
        return cut;
    }

    /** The container may dispatch this request again, without our wrappers. */
    void mayReturn() {
        SessionRequest request = pass.request();
        if (request != null) {
            states.remember(request, this);
        }
    }

    SessionEvents events() {
        return events;
    }

    // What was written is counted here, because the wrappers change from dispatch to dispatch.

    /** Adds to what was written to the buffer; the sum. */
    long count(long bytes) {
        lock.lock();
        try {
            written += bytes;
            return written;
        } finally {
            lock.unlock();
        }
    }

    void resetCount(boolean headersToo) {
        lock.lock();
        try {
            written = 0;
            if (headersToo) {
                contentLength = -1;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Takes note of the announced length; whether as much may be written already. */
    boolean contentLength(long length) {
        lock.lock();
        try {
            contentLength = length;
            return isComplete(written);
        } finally {
            lock.unlock();
        }
    }

    boolean isComplete(long total) {
        long length = contentLength;
        return length >= 0 && total >= length;
    }
}
