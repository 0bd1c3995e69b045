// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import io.github.dynamosession.Arrival;
import io.github.dynamosession.ChangeIdOutcome;
import io.github.dynamosession.SaveOutcome;
import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
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
import org.jspecify.annotations.Nullable;

/**
 * What one request knows of its session, through all its dispatches: the first part of chapter 7 of the
 * specification, "Creating a Session" and "Session Scope".
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

    private boolean lookedUp;
    private @Nullable RuntimeException lookupFailure;
    private @Nullable SessionView view;

    /** Whether the application was handed {@link #view}. */
    private boolean exposed;

    private @Nullable SessionView requested;
    private @Nullable String requestedId;
    private boolean requestedByUrl;
    private SessionCookie.@Nullable Sent sent;

    /** Whether a cookie is still to be sent. */
    private boolean owed;

    /** Why the last attempt to save failed; null if it did not. */
    private @Nullable RuntimeException saveFailure;

    /** Whether nothing is read or saved any more: the answer is an error. */
    private boolean abandoned;

    /** What an error page is to be answered with; null: as the container says. */
    private @Nullable Failure answer;

    /** What has to break the connection off; null if nothing has. */
    private volatile @Nullable RuntimeException cut;

    /** Whether the container was asked for a login, and may have made a session for it. */
    private boolean loginAsked;

    /** Counts what the application does with the session; a full buffer asks for a save only if it grew. */
    private final AtomicInteger uses = new AtomicInteger();

    private volatile int usesSaved;

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
            uses.incrementAndGet();
            SessionView current = view;
            if (current != null && !current.session().isEnded()) {
                // A detached one is new only if it stands in for a store that does not answer.
                if (create || exposed || !current.session().isNew()) {
                    exposed = true;
                    return current;
                }
                return null;
            }
            return create ? created() : null;
        } finally {
            lock.unlock();
        }
    }

    private SessionView created() {
        requireUncommitted("a session cannot be created");
        SessionView made = SessionView.of(manager.newSession(), this, context);
        view = made;
        exposed = true;
        if (abandoned) {
            return made; // for an error page: nothing of it is stored, and the client keeps the cookie that it has
        }
        if (containerLogin()) {
            SessionRequest request = pass.request();
            if (request != null) {
                ContainerLogin.mark(request).ifPresent(mark -> made.session().set(ContainerLogin.ATTRIBUTE, mark));
            }
        }
        sendCookie(made.session());
        events.created(made);
        return made;
    }

    /** Reads the session that the cookies name, once: an error page must not wait for a dead store again. */
    private void lookUp() {
        if (lookedUp) {
            if (lookupFailure != null && !abandoned) {
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
        List<String> values = values(request);
        if (values.isEmpty()) {
            return;
        }
        cookie = cookie.inUse(request.wrapped());
        try {
            Optional<Session> found = manager.openAny(values, arrival);
            requestedId = found.map(Session::id).orElseGet(() -> idOf(values.get(0)));
            requestedByUrl = isByUrl(request, requestedId);
            if (found.isPresent()) {
                view = SessionView.of(found.get(), this, context);
                requested = found.get().isNew() ? null : view;
                if (containerLogin()) {
                    renewAfterLogin();
                }
            }
        } catch (RuntimeException e) {
            requestedId = idOf(values.get(0));
            requestedByUrl = isByUrl(request, requestedId);
            lookupFailure = e;
            throw e;
        }
    }

    /** What the client sent: cookies first. */
    private List<String> values(SessionRequest request) {
        List<String> cookies = cookie.values(request.wrapped());
        List<String> inUrl = urls.values(request.wrapped());
        if (inUrl.isEmpty() || cookies.isEmpty()) {
            return inUrl.isEmpty() ? cookies : inUrl;
        }
        List<String> all = new ArrayList<>(cookies);
        all.addAll(inUrl);
        return all;
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
                List<String> values = values(request);
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
            return requested != null
                    && !requested.session().isEnded()
                    && requested.session().id().equals(requestedId);
        } finally {
            lock.unlock();
        }
    }

    String changeId() {
        lock.lock();
        try {
            SessionView current = session(false);
            if (current == null || current.isEnding()) {
                throw new IllegalStateException("there is no session whose id could be changed");
            }
            Session session = current.session();
            try {
                requireUncommitted("the session id cannot be changed");
            } catch (IllegalStateException e) {
                // Who is logged in now must not get into a session whose id somebody else may know.
                manager.withhold(session, e);
                throw e;
            }
            String formerId = session.id();
            current.passivate();
            ChangeIdOutcome outcome = manager.changeId(session);
            switch (outcome) {
                case CHANGED, REPLACED -> {
                    sendCookie(session);
                    events.idChanged(current, formerId);
                }
                case LOST -> {
                    // The cookie of the request that won stands.
                }
                case GONE -> throw new IllegalStateException("the session was ended meanwhile");
                case CONFLICT -> throw new SessionConflictException();
            }
            return session.id();
        } finally {
            lock.unlock();
        }
    }

    private boolean containerLogin() {
        return cookie.isContainerLogin();
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
                cookie = cookie.apart();
                if (cookie != before) {
                    sent = null;
                    sendCookie(current.session());
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
            SessionView current = session(false);
            if (current != null && current.session().isDetached()) {
                // The answer to an earlier login was lost: this one makes the session one of its own.
                changeId();
            } else if (current != null) {
                renewAfterLogin();
            }
        } finally {
            lock.unlock();
        }
    }

    /** From a login on, the session has an id that nobody knew before: whoever planted the old one has lost it. */
    private void renewAfterLogin() {
        SessionView current = view;
        SessionRequest request = pass.request();
        SessionResponse response = pass.response();
        if (current == null || request == null || current.session().isDetached()) {
            return;
        }
        Session session = current.session();
        String mark = ContainerLogin.mark(request).orElse(null);
        if (mark == null
                || session.get(ContainerLogin.ATTRIBUTE).filter(mark::equals).isPresent()) {
            return;
        }
        if (response == null || response.isCommitted()) {
            // The next request makes up for it; what this one does must not get in under the former id.
            manager.withhold(
                    session,
                    new IllegalStateException(
                            "the session cannot get another id for the login once the response is committed: ask for the"
                                    + " session before"));
            return;
        }
        String formerId = session.id();
        session.set(ContainerLogin.ATTRIBUTE, mark);
        switch (manager.changeId(session)) {
            case CHANGED, REPLACED -> {
                sendCookie(session);
                events.idChanged(current, formerId);
            }
            case LOST, GONE -> {
                // Another request of the same login was faster, or the session ended meanwhile.
            }
            case CONFLICT -> throw new SessionConflictException();
        }
    }

    /** A later login gives the session a new id again. */
    void loggedOut() {
        lock.lock();
        try {
            SessionView current = session(false);
            if (current != null
                    && current.session().get(ContainerLogin.ATTRIBUTE).isPresent()) {
                current.session().remove(ContainerLogin.ATTRIBUTE);
            }
        } finally {
            lock.unlock();
        }
    }

    void end(SessionView ending) {
        lock.lock();
        try {
            Session session = ending.session();
            boolean detached = session.isDetached();
            manager.end(session, last -> ending.tellEnd());
            SessionResponse response = pass.response();
            boolean known = sent != null || (ending == requested && !requestedByUrl);
            if (!detached && known && response != null && !response.isCommitted()) {
                sent = cookie.delete(response.wrapped(), path(), secure(), sent);
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
        Session opened = manager.open(cookieValue)
                .filter(session -> !session.isDetached())
                .orElseThrow(() -> new IllegalStateException("the session is not valid, or has another id by now"));
        RequestState own = another();
        own.lookedUp = true;
        own.exposed = true;
        own.view = SessionView.of(opened, own, context);
        own.requested = own.view;
        Throwable thrown = null;
        try {
            use.accept(own.view);
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

    private void requireUncommitted(String what) {
        SessionResponse response = pass.response();
        if (response == null || response.isCommitted()) {
            throw new IllegalStateException(what + " once the response is committed: its cookie cannot be sent");
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
            SessionView current = view;
            return current == null
                            || current.session().isEnded()
                            || current.session().isDetached()
                    ? url
                    : urls.encode(url, current.session().cookieValue(), request.wrapped());
        } finally {
            lock.unlock();
        }
    }

    private void sendCookie(Session session) {
        SessionResponse response = pass.response();
        if (response == null || !cookie.isTracked()) {
            return;
        }
        boolean included = isIncluded();
        // Headers of an included page are ignored, except the session's (9.3): so says the container's wrapper.
        HttpServletResponse target = included ? response.bottom() : response.wrapped();
        sent = cookie.send(target, session, path(), secure(), sent);
        owed = included && !cookie.isShown(target);
    }

    /** The browser keeps the cookie as long as the session lives from this request on. */
    private void renewCookie(SaveOutcome outcome, SessionView current) {
        SessionResponse response = pass.response();
        if (sent == null
                && current == requested
                && !requestedByUrl
                && cookie.age().isRenewed(outcome, current.session())
                && response != null
                && !response.isCommitted()) {
            sendCookie(current.session());
        }
    }

    private boolean isIncluded() {
        SessionRequest request = pass.request();
        return request != null && request.getDispatcherType() == DispatcherType.INCLUDE;
    }

    /** The container took no header while a page was included; now it may. */
    private void payCookie() {
        SessionResponse response = pass.response();
        if (owed && sent != null && response != null && !response.isCommitted() && !isIncluded()) {
            sent = cookie.sendAgain(response.wrapped(), sent);
            owed = false;
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

    private String path() {
        String path = context.getContextPath();
        return path == null || path.isEmpty() ? "/" : path;
    }

    private boolean secure() {
        SessionRequest request = pass.request();
        return request != null && request.isSecure();
    }

    /** Whether this is the state of a request in the application of that context. */
    boolean isOf(ServletContext other) {
        return context.equals(other);
    }

    void used() {
        uses.incrementAndGet();
    }

    /** Saves, if there is anything to save, and gives the response the cookie that it is to have. */
    void save() {
        lock.lock();
        try {
            payCookie();
            store();
            hasLastWord();
        } finally {
            lock.unlock();
        }
    }

    private void store() {
        SessionView current = view;
        if (current == null || abandoned || !exposed || current.isEnding()) {
            return;
        }
        int usesBefore = uses.get();
        SessionResponse response = pass.response();
        if (response != null && response.isCommitted()) {
            manager.responseSent(current.session());
        }
        try {
            current.passivate();
            SaveOutcome outcome = manager.save(current.session());
            if (outcome == SaveOutcome.CONFLICT) {
                throw new SessionConflictException();
            }
            saveFailure = null;
            usesSaved = usesBefore;
            renewCookie(outcome, current);
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
        return uses.get() != usesSaved || cookie.isShared();
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
            abandoned = true;
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
        SessionView current = view;
        if (abandoned
                && current != null
                && current.session().isNew()
                && !current.session().isAccessRecorded()) {
            cookie.takeBack(response.wrapped(), present);
            sent = null;
            owed = false;
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
