// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import io.github.dynamosession.Arrival;
import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.web.CookiePolicy;
import io.github.dynamosession.web.CookieSpec;
import io.github.dynamosession.web.SessionExchange;
import io.github.dynamosession.web.SessionFailure;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.Cookie;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.impl.ServerCookie;
import io.vertx.core.impl.ContextInternal;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The session of one request, and what is to be done about it before the response goes out. */
final class RequestSession implements SessionExchange.Hooks {
    private static final int FIRST_ERROR = 400;

    private final Setup setup;
    private final SessionExchange exchange;
    private final RoutingContext routing;
    private final VertxSessionResponse response;
    private final @Nullable StoredUser user;
    private volatile VertxSession session;
    private boolean committed;
    private boolean failed;

    /** As the last commit found it: the exchange asks under the session's lock, and the response has one of its own. */
    private volatile boolean headSent;

    /** Whether the application may have done something since the last commit with what it got before. */
    private boolean asked;

    /** Commits under way; a flush of the application may be when the head is asked for. */
    private int commits;

    private Optional<CookieSpec> cookie = Optional.empty();

    /**
     * What the handler was told.
     *
     * @param manager the engine
     * @param cookie the session's cookie
     * @param newborn sets up new sessions
     * @param keepChangesOnError whether changes are stored although the answer is an error
     * @param storeUser whether the user of a request is kept for the next one
     * @param beforeSave who wants to see a request before its session is saved
     */
    record Setup(
            SessionManager manager,
            CookiePolicy cookie,
            Consumer<Session> newborn,
            boolean keepChangesOnError,
            boolean storeUser,
            List<Consumer<RoutingContext>> beforeSave) {}

    RequestSession(Setup setup, RoutingContext routing, VertxSessionResponse response, Arrival arrival) {
        this.setup = setup;
        this.routing = routing;
        this.response = response;
        this.exchange = SessionExchange.deferred(setup.manager(), setup.cookie().age(), arrival, this);
        this.session = view();
        this.user = setup.storeUser() ? new StoredUser() : null;
    }

    private VertxSession view() {
        return new VertxSession(setup.manager(), exchange, setup.newborn());
    }

    /** Opens the session that the client named. */
    CompletionStage<Optional<Session>> open(List<String> cookies) {
        return exchange.async().open(cookies, List.of());
    }

    /** The session was opened: the user that it holds is this request's. */
    void loadUser() {
        if (user != null) {
            exchange.current().ifPresent(found -> user.load(found, routing));
        }
    }

    SessionExchange exchange() {
        return exchange;
    }

    VertxSession session() {
        return session;
    }

    /** Another session; what was to be ended still is. */
    synchronized VertxSession another() {
        if (user != null && !session.isDestroyed()) {
            user.forget();
        }
        exchange.leave();
        session = view();
        return session;
    }

    @Override
    public boolean isHeadSent() {
        return headSent;
    }

    @Override
    public void saving(Session saved) {
        session.saving(saved);
    }

    /** The cookie that the response sets. */
    synchronized Optional<Cookie> cookie() {
        return cookie.map(VertxSessionCookie::of);
    }

    /**
     * Lets others have their say before it is decided whether there is something to save.
     *
     * @return completed on return unless the thread is not the request's
     */
    Future<Void> prepared() {
        refuseWhole();
        synchronized (this) {
            if (failed) {
                return Future.succeededFuture();
            }
            try {
                noteUser();
            } catch (RuntimeException | Error e) {
                return Future.failedFuture(e);
            }
        }
        if (setup.beforeSave().isEmpty() || session.present() == null) {
            return Future.succeededFuture();
        }
        ContextInternal context = response.context();
        if (context.isRunningOnContext()) {
            return tellBeforeSave();
        }
        Promise<Void> told = context.promise();
        context.emit(there -> tellBeforeSave().onComplete(told));
        return told.future();
    }

    private Future<Void> tellBeforeSave() {
        try {
            setup.beforeSave().forEach(told -> told.accept(routing));
            return Future.succeededFuture();
        } catch (RuntimeException | Error e) {
            return Future.failedFuture(e);
        }
    }

    /** Whether there is surely nothing to do; the response has the right cookie then. */
    boolean isCommitted() {
        refuseWhole();
        boolean error = isError();
        synchronized (this) {
            if (!isCommitted(error)) {
                return false;
            }
        }
        applyCookie();
        return true;
    }

    private boolean isCommitted(boolean error) {
        if (failed) {
            return true;
        }
        if (commits > 0) {
            return false;
        }
        try {
            noteUser();
        } catch (RuntimeException | Error e) {
            // Whoever commits is told.
            return false;
        }
        Session present = session.present();
        if (error && !setup.keepChangesOnError()) {
            return !exchange.needsCommitEnds();
        }
        if (exchange.needsCommit() || (asked && present != null && exchange.wasUsed())) {
            return false;
        }
        // An unused one may be due for a touch, which an error does not deserve.
        return committed || present == null || error;
    }

    /** The response or a flush is asked for what the session is committed before. */
    synchronized void ask() {
        asked = true;
    }

    private void noteUser() {
        if (user != null) {
            user.note(session, routing);
        }
    }

    private boolean isError() {
        return response.getStatusCode() >= FIRST_ERROR;
    }

    Future<Void> committedAfter(Future<Void> prepared) {
        return prepared.compose(ready -> isCommitted() ? Future.succeededFuture() : commit());
    }

    Future<Void> commit() {
        return commit(setup.keepChangesOnError() || !isError());
    }

    /** The request is over, and there is no response that could tell the client. */
    Future<Void> commitUnanswered(boolean failed) {
        return commit(setup.keepChangesOnError() || !(failed || isError()));
    }

    /**
     * Ends, moves and saves the session as the application asked, and sets the cookie. May be called again.
     *
     * @param keepChanges false: only what is to end does
     * @return completes on the context of the request
     */
    Future<Void> commit(boolean keepChanges) {
        boolean present = session.present() != null;
        headSent = response.direct().headWritten();
        synchronized (this) {
            if (keepChanges && present && commits == 0) {
                exchange.used();
            }
            committed = true;
            asked = false;
            commits++;
        }
        CompletionStage<@Nullable Void> done =
                keepChanges ? exchange.async().commit() : exchange.async().commitEnds();
        return Future.fromCompletionStage(done, response.context()).transform(result -> {
            synchronized (this) {
                commits--;
            }
            if (result.failed()) {
                return Future.failedFuture(result.cause());
            }
            applyCookie();
            return Future.succeededFuture();
        });
    }

    /** Makes the response's cookie agree with what became of the session; not under the lock: it takes the connection's. */
    private void applyCookie() {
        HttpServerResponse direct = response.direct();
        if (direct.headWritten()) {
            return;
        }
        Optional<CookieSpec> now =
                setup.cookie().cookie(exchange.cookie(), routing.request().isSSL());
        synchronized (this) {
            if (now.equals(cookie)) {
                return;
            }
            cookie = now;
        }
        direct.removeCookies(setup.cookie().name(), false);
        now.ifPresent(told -> direct.addCookie(VertxSessionCookie.of(told)));
    }

    /**
     * Takes back what the answer that is not sent said of cookies: a logout that failed must not take half of a login
     * away, nor a login that failed give it.
     */
    private void withdrawCookies() {
        HttpServerResponse direct = response.direct();
        for (Cookie other : List.copyOf(routing.request().cookies())) {
            boolean answered = other instanceof ServerCookie told && told.isChanged();
            if (answered && !other.getName().equals(setup.cookie().name())) {
                direct.removeCookies(other.getName(), false);
            }
        }
    }

    /**
     * A route that failed because of its session, and is answered with an error, stores nothing of what it changed: a
     * save that comes with the head might succeed, once the store is back.
     */
    private void refuseWhole() {
        Throwable failure = routing.failure();
        if (failure != null && isError() && SessionFailure.known(failure).isPresent()) {
            refuse();
        }
    }

    /** The response tells of a failure, and nothing more is stored. */
    void refuse() {
        synchronized (this) {
            if (failed) {
                return;
            }
            failed = true;
        }
        exchange.abandon();
        withdrawCookies();
        applyCookie();
    }

    /** Answers a request whose session is the reason that there is nothing else to answer. */
    void answer(Throwable failure) {
        refuse();
        SessionFailure known = SessionFailure.of(failure);
        // Also for failure handlers that only write a body; and the application may have said another reason.
        response.direct().setStatusCode(known.status()).setStatusMessage(known.reason());
        VertxFailure.answer(routing, failure);
    }
}
