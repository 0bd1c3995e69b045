// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import io.github.dynamosession.SessionConflictException;
import io.github.dynamosession.SessionManager;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.impl.ContextInternal;
import io.vertx.core.impl.VertxInternal;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Session;
import io.vertx.ext.web.sstore.SessionStore;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A store for the stock {@link io.vertx.ext.web.handler.SessionHandler}. Prefer {@link
 * DynamoSessionHandler}: the stock one does not wait for the save before it answers, so that a fast client
 * finds no session, only logs a failure, and changes an id by deleting the session and writing another.
 *
 * <p>The stock handler stores a session that nothing was put into; for that the manager has to be set to
 * store empty sessions. The user that it puts into the session for the next request is not stored. A request
 * counts as arrived when its session is looked up, because a store does not see requests.
 *
 * <p>Futures complete on the caller's Vert.x context. Safe for any number of threads.
 */
public final class VertxSessionStore implements SessionStore {
    private final VertxInternal vertx;
    private final SessionManager manager;

    private VertxSessionStore(Vertx vertx, SessionManager manager) {
        this.vertx = (VertxInternal) vertx;
        this.manager = manager;
    }

    /**
     * A store over an engine, which it does not close.
     *
     * @param vertx where futures complete
     * @param manager the engine
     * @return a store
     */
    public static VertxSessionStore create(Vertx vertx, SessionManager manager) {
        return new VertxSessionStore(vertx, manager);
    }

    /**
     * Does nothing: the engine is set up already.
     *
     * @param vertx ignored
     * @param options ignored
     * @return this
     */
    @Override
    public SessionStore init(Vertx vertx, JsonObject options) {
        return this;
    }

    /**
     * What is not there does not come later.
     *
     * @return 0
     */
    @Override
    public long retryTimeout() {
        return 0;
    }

    @Override
    public Session createSession(long timeout) {
        Duration idle = timeout > 0 ? Duration.ofMillis(timeout) : null;
        VertxSession session = new VertxSession(manager, fresh -> fresh.setIdleTimeout(idle));
        // Nobody named one: done on return.
        session.exchange().open(List.of(), List.of());
        return session;
    }

    /**
     * Like {@link #createSession(long)}.
     *
     * @param timeout the idle timeout in milliseconds; zero or negative: never
     * @param length ignored: an id has 256 random bits
     * @return the session
     */
    @Override
    public Session createSession(long timeout, int length) {
        return createSession(timeout);
    }

    @Override
    @SuppressWarnings("NullAway") // Vert.x says null for none
    public Future<Session> get(String cookieValue) {
        VertxSession session = new VertxSession(manager, fresh -> {});
        return future(
                session.exchange().open(List.of(cookieValue), List.of()), found -> found.isPresent() ? session : null);
    }

    /**
     * Ends a session: a read and a write, for the engine ends only what it has opened.
     *
     * @param cookieValue what the cookie holds
     * @return done, also if there was none
     */
    @Override
    public Future<Void> delete(String cookieValue) {
        return done(manager.openAsync(cookieValue)
                .thenCompose(found -> found.isEmpty()
                        ? CompletableFuture.completedStage(null)
                        : manager.endAsync(found.get()).thenAccept(ended -> {})));
    }

    /**
     * Saves what changed. Nothing that was ended meanwhile comes back.
     *
     * @param session one of this store
     * @return done; fails with {@link SessionConflictException} if compare-and-set is on and others were first
     */
    @Override
    public Future<Void> put(Session session) {
        if (!(session instanceof VertxSession mine)) {
            return Future.failedFuture(new IllegalArgumentException("not a session of this store"));
        }
        mine.session();
        return done(mine.exchange().commit());
    }

    /**
     * Not supported: it would read the whole table.
     *
     * @return a failure
     */
    @Override
    public Future<Void> clear() {
        return Future.failedFuture(new UnsupportedOperationException("a table is not cleared by an application"));
    }

    /**
     * Not supported: it would read the whole table.
     *
     * @return a failure
     */
    @Override
    public Future<Integer> size() {
        return Future.failedFuture(new UnsupportedOperationException("sessions are not counted"));
    }

    /** Does nothing: the engine belongs to whoever made it. */
    @Override
    public void close() {}

    @SuppressWarnings("VoidUsed") // null is passed on, not used
    private Future<Void> done(CompletionStage<@Nullable Void> stage) {
        return future(stage, nothing -> nothing);
    }

    private <A, B> Future<B> future(CompletionStage<A> stage, java.util.function.Function<A, B> map) {
        ContextInternal context = vertx.getOrCreateContext();
        return Future.fromCompletionStage(stage, context).map(map);
    }
}
