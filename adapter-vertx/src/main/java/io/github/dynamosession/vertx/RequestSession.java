// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import io.github.dynamosession.ChangeIdOutcome;
import io.github.dynamosession.SaveOutcome;
import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.Cookie;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.impl.ContextInternal;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The session of one request, and what is to be done about it before the response goes out. */
final class RequestSession {
    private static final int FIRST_ERROR = 400;

    private final Setup setup;
    private final SessionManager manager;
    private final SessionCookie cookies;
    private final RoutingContext routing;
    private final SessionResponse response;
    private final @Nullable StoredUser user;
    private volatile VertxSession session;
    private boolean settled;
    private boolean failed;

    /** Whether the application may have done something since the last settling with what it got before. */
    private boolean asked;

    /** The settling that is under way; a flush of the application may be when the head is asked for. */
    private Future<Void> pending = Future.succeededFuture();

    private @Nullable Cookie cookie;

    /**
     * What the handler was told.
     *
     * @param manager the engine
     * @param cookies the session's cookie
     * @param keepChangesOnError whether changes are stored although the answer is an error
     * @param beforeSave who wants to see a request before its session is saved
     */
    record Setup(
            SessionManager manager,
            SessionCookie cookies,
            boolean keepChangesOnError,
            List<Consumer<RoutingContext>> beforeSave) {}

    RequestSession(
            Setup setup,
            RoutingContext routing,
            SessionResponse response,
            VertxSession session,
            @Nullable StoredUser user) {
        this.setup = setup;
        this.manager = setup.manager();
        this.cookies = setup.cookies();
        this.routing = routing;
        this.response = response;
        this.session = session;
        this.user = user;
    }

    VertxSession session() {
        return session;
    }

    /** Another session instead; what was to be ended still is. */
    synchronized void replace(VertxSession other) {
        other.endToo(session.toEnd());
        if (user != null && !session.isDestroyed()) {
            user.forget();
        }
        this.session = other;
    }

    /** The cookie that the response sets. */
    Optional<Cookie> cookie() {
        return Optional.ofNullable(cookie);
    }

    /**
     * Lets others have their say before it is decided whether there is something to save.
     *
     * @return completed on return unless the thread is not the request's
     */
    Future<Void> prepared() {
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

    /** Whether there is surely nothing to do. */
    boolean isSettled() {
        boolean error = isError();
        synchronized (this) {
            return isSettled(error);
        }
    }

    private boolean isSettled(boolean error) {
        if (failed) {
            return true;
        }
        if (!pending.isComplete()) {
            return false;
        }
        try {
            noteUser();
        } catch (RuntimeException | Error e) {
            // Who settles is told.
            return false;
        }
        if (session.isUsed() || (asked && session.wasUsed())) {
            return false;
        }
        // An unused one may be due for a touch, which an error does not deserve.
        return settled || session.present() == null || error;
    }

    /** The response or a flush is asked for what the session is settled before. */
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

    Future<Void> settledAfter(Future<Void> prepared) {
        return prepared.compose(ready -> isSettled() ? Future.succeededFuture() : settle());
    }

    Future<Void> settle() {
        return settle(setup.keepChangesOnError() || !isError());
    }

    /** The request is over, and there is no response that could tell the client. */
    Future<Void> settleUnanswered(boolean failed) {
        return settle(setup.keepChangesOnError() || !(failed || isError()));
    }

    /**
     * Ends, moves and saves the session as the application asked, and sets the cookie. May be called again.
     *
     * @param keepChanges false: only what is to end does
     * @return completes on the context of the request
     */
    Future<Void> settle(boolean keepChanges) {
        boolean headSent = response.direct().headWritten();
        Promise<Void> turn = response.context().promise();
        VertxSession mine;
        Future<Void> before;
        boolean free;
        synchronized (this) {
            mine = session;
            before = pending;
            free = before.isComplete();
            if (free) {
                settled = true;
                asked = false;
                pending = turn.future();
            }
        }
        if (!free) {
            return before.transform(done -> isSettled() ? Future.succeededFuture() : settle(keepChanges));
        }
        settled(mine, keepChanges, headSent).onComplete(turn);
        return turn.future();
    }

    /** Not under the lock: what sets the cookie takes the connection's. */
    private Future<Void> settled(VertxSession mine, boolean keepChanges, boolean headSent) {
        CompletionStage<SaveOutcome> outcome;
        VertxSession.Wishes wishes;
        try {
            wishes = mine.settling(keepChanges && !headSent);
        } catch (RuntimeException | Error e) {
            mine.use();
            return response.context().failedFuture(e);
        }
        try {
            outcome = ended(mine, wishes);
            Session wished = wishes.session();
            if (keepChanges && wished != null) {
                if (headSent) {
                    manager.responseSent(wished);
                }
                if (headSent && mine.isRegenerated()) {
                    outcome = outcome.thenCompose(done -> tooLateForNewId(wished));
                } else {
                    // Not chained unless needed: a save takes its snapshot before it returns.
                    outcome = wishes.ended().isEmpty()
                            ? saved(mine, wished, wishes)
                            : outcome.thenCompose(done -> saved(mine, wished, wishes));
                }
            }
        } catch (RuntimeException | Error e) {
            outcome = CompletableFuture.failedStage(e);
        }
        Future<Void> settling = Future.fromCompletionStage(outcome, response.context())
                .map(done -> {
                    if (done == SaveOutcome.CONFLICT) {
                        throw new SessionConflictException();
                    }
                    if (!headSent) {
                        tell(mine, done);
                    }
                    return null;
                });
        return settling.onFailure(failure -> mine.notDone(wishes));
    }

    private CompletionStage<SaveOutcome> ended(VertxSession mine, VertxSession.Wishes wishes) {
        CompletionStage<SaveOutcome> done = CompletableFuture.completedStage(SaveOutcome.UNCHANGED);
        for (Session over : wishes.ended()) {
            done = done.thenCompose(before -> manager.endAsync(over)).thenApply(deleted -> SaveOutcome.UNCHANGED);
        }
        return done.thenApply(all -> {
            mine.hasEnded(wishes.ended());
            return all;
        });
    }

    private CompletionStage<SaveOutcome> saved(VertxSession mine, Session wished, VertxSession.Wishes wishes) {
        if (!wishes.newId() || wished.isEnded()) {
            return manager.saveAsync(wished);
        }
        return manager.changeIdAsync(wished).thenCompose(changed -> {
            if (changed == ChangeIdOutcome.CONFLICT) {
                return CompletableFuture.completedStage(SaveOutcome.CONFLICT);
            }
            if (changed == ChangeIdOutcome.REPLACED && wishes.abandonable()) {
                mine.abandon();
                return CompletableFuture.completedStage(SaveOutcome.DISCARDED);
            }
            return manager.saveAsync(wished);
        });
    }

    /** A login must not get in under the former id, which somebody else may know. */
    private CompletionStage<SaveOutcome> tooLateForNewId(Session wished) {
        IllegalStateException tooLate = new IllegalStateException(
                "the session cannot get another id after the head of the response was sent: change it, or log in,"
                        + " before the first write");
        manager.withhold(wished, tooLate);
        return CompletableFuture.failedStage(tooLate);
    }

    private void tell(VertxSession mine, SaveOutcome outcome) {
        Session told = mine.told(cookies.age(), outcome);
        if (told != null) {
            set(cookies.of(routing.request(), told));
        } else if (mine.toldOver()) {
            set(cookies.over(routing.request()));
        }
    }

    private void set(Cookie told) {
        cookie = told;
        HttpServerResponse direct = response.direct();
        direct.removeCookies(told.getName(), false);
        direct.addCookie(told);
    }

    /** Answers a request whose session is the reason that there is nothing else to answer. */
    void answer(Throwable failure) {
        synchronized (this) {
            failed = true;
        }
        Failure known = Failure.of(failure);
        // Also for failure handlers that only write a body; and the application may have said another reason.
        response.direct().setStatusCode(known.status()).setStatusMessage(known.reason());
        known.answer(routing);
    }
}
