// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.web;

import io.github.dynamosession.ChangeIdOutcome;
import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Does what a {@link SessionExchange} asks for without blocking. A call begins when the one before it is over, and
 * in the calling thread if none is under way; stages complete where the manager's do, and at once if there is no
 * I/O. Failures are in the stages.
 */
public final class AsyncExchange {
    private final SessionExchange exchange;
    private final SessionManager manager;

    /** The last call; complete when it is over, whatever came of it. */
    private CompletableFuture<@Nullable Void> last = CompletableFuture.completedFuture(null);

    AsyncExchange(SessionExchange exchange, SessionManager manager) {
        this.exchange = exchange;
        this.manager = manager;
    }

    /**
     * Like {@link BlockingExchange#open}.
     *
     * @param cookies the values of the session cookies, see {@link CookiePolicy#candidates}
     * @param elsewhere the values that came in other ways: they come after the cookies
     * @return what {@link SessionExchange#current} answers
     */
    public CompletionStage<Optional<Session>> open(List<String> cookies, List<String> elsewhere) {
        return run(queued -> exchange.opening(cookies, elsewhere)).thenApply(plan -> exchange.current());
    }

    /**
     * Like {@link BlockingExchange#changeId}.
     *
     * @param why the reason; a stronger one that was {@linkplain SessionExchange#wantNewId wanted} before counts
     * @return what happened, never {@link ChangeIdOutcome#CONFLICT}
     */
    public CompletionStage<ChangeIdOutcome> changeId(NewId why) {
        return run(queued -> exchange.changing(why))
                .thenApply(plan -> (ChangeIdOutcome) Objects.requireNonNull(plan.outcome(), "an outcome"));
    }

    /**
     * Like {@link BlockingExchange#end}.
     *
     * @return done
     */
    public CompletionStage<@Nullable Void> end() {
        return run(queued -> exchange.endingNow()).thenApply(plan -> null);
    }

    /**
     * Like {@link BlockingExchange#commit}. If another call is under way and leaves {@linkplain
     * SessionExchange#needsCommit nothing to do}, this one does nothing.
     *
     * @return done
     */
    public CompletionStage<@Nullable Void> commit() {
        return run(queued -> exchange.committing(true, queued)).thenApply(plan -> null);
    }

    /**
     * Like {@link BlockingExchange#commitEnds}.
     *
     * @return done
     */
    public CompletionStage<@Nullable Void> commitEnds() {
        return run(queued -> exchange.committing(false, queued)).thenApply(plan -> null);
    }

    /** Whoever plans is told whether another call was under way. */
    private CompletionStage<Plan> run(Function<Boolean, Plan> planned) {
        CompletableFuture<@Nullable Void> mine = new CompletableFuture<>();
        CompletableFuture<@Nullable Void> before;
        synchronized (this) {
            before = last;
            last = mine;
        }
        boolean queued = !before.isDone();
        return before.thenCompose(over -> steps(planned.apply(queued))).whenComplete((plan, failure) -> {
            if (failure != null) {
                exchange.unlock();
            }
            mine.complete(null);
        });
    }

    private CompletionStage<Plan> steps(Plan plan) {
        Step step = plan.next();
        if (step == null) {
            return CompletableFuture.completedStage(plan);
        }
        CompletionStage<?> stage;
        try {
            stage = step.later(manager);
        } catch (RuntimeException | Error e) {
            stage = CompletableFuture.failedStage(e);
        }
        return stage.handle((outcome, failure) -> done(plan, step, outcome, failure))
                .thenCompose(this::steps);
    }

    private static Plan done(Plan plan, Step step, @Nullable Object outcome, @Nullable Throwable failure) {
        if (failure != null) {
            Throwable reason =
                    failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
            plan.failed(reason);
            throw new CompletionException(reason);
        }
        plan.done(step, Objects.requireNonNull(outcome, "each step has an outcome"));
        return plan;
    }
}
