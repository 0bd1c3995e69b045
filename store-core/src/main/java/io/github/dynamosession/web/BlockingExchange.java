// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.web;

import io.github.dynamosession.ChangeIdOutcome;
import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Does what a {@link SessionExchange} asks for, in the calling thread. Calls of several threads take turns; a call
 * from a {@linkplain SessionExchange.Hooks hook} or a listener is part of the call around it.
 */
public final class BlockingExchange {
    private final SessionExchange exchange;
    private final SessionManager manager;

    /** Not a monitor: it is held during I/O. */
    private final ReentrantLock turn = new ReentrantLock();

    BlockingExchange(SessionExchange exchange, SessionManager manager) {
        this.exchange = exchange;
        this.manager = manager;
    }

    /**
     * Opens the session that the client names: one read at most for each of two candidates, none without candidates.
     * Only the first call looks it up; a failure of that one is thrown again, so that no new session takes the place
     * of one that could not be read, until the exchange is {@linkplain SessionExchange#abandon abandoned}.
     *
     * @param cookies the values of the session cookies, see {@link CookiePolicy#candidates}
     * @param elsewhere the values that came in other ways, in URLs for instance: they come after the cookies
     * @return what {@link SessionExchange#current} answers
     */
    public Optional<Session> open(List<String> cookies, List<String> elsewhere) {
        run(() -> exchange.opening(cookies, elsewhere));
        return exchange.current();
    }

    /**
     * Gives the session another id now; what changed in it is stored on the way.
     *
     * @param why the reason; a stronger one that was {@linkplain SessionExchange#wantNewId wanted} before counts
     * @return what happened, never {@link ChangeIdOutcome#CONFLICT}
     * @throws IllegalStateException if there is no session, or the head of the response is sent: after that nothing
     *     of the session is stored, unless the reason is a rotation
     * @throws io.github.dynamosession.SessionConflictException if compare-and-set is on and others were first
     */
    public ChangeIdOutcome changeId(NewId why) {
        return (ChangeIdOutcome)
                Objects.requireNonNull(run(() -> exchange.changing(why)).outcome(), "an id change has an outcome");
    }

    /** Ends the session now. Does nothing without one, or while it is being ended. */
    public void end() {
        run(exchange::endingNow);
    }

    /**
     * Does what is wanted and saves the session if it was used. May be called again, also after the head was sent.
     *
     * @throws IllegalStateException if another id is wanted and the head of the response is sent
     * @throws io.github.dynamosession.SessionConflictException if compare-and-set is on and others were first
     */
    public void commit() {
        run(() -> exchange.committing(true, false));
    }

    /** Ends what is to be ended, and drops all other changes: for answers that are errors, if so configured. */
    public void commitEnds() {
        run(() -> exchange.committing(false, false));
    }

    private Plan run(Supplier<Plan> planned) {
        turn.lock();
        try {
            Plan plan = planned.get();
            for (Step step = plan.next(); step != null; step = plan.next()) {
                plan.done(step, outcome(plan, step));
            }
            return plan;
        } catch (RuntimeException | Error e) {
            exchange.unlock();
            throw e;
        } finally {
            turn.unlock();
        }
    }

    private Object outcome(Plan plan, Step step) {
        try {
            return step.now(manager);
        } catch (RuntimeException | Error e) {
            plan.failed(e);
            throw e;
        }
    }
}
