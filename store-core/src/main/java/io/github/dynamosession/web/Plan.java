// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.web;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The steps of one call, one after the other: the outcome of one decides about the rest. */
final class Plan {
    private final SessionExchange exchange;
    private final Deque<Step> steps;

    /** The id change that this call takes upon itself; null: none. */
    final @Nullable NewId newId;

    /** How often the session had been used when the call began. */
    final int uses;

    /** What the call fails with when its steps are done; null: it does not. */
    private final @Nullable RuntimeException refusal;

    private @Nullable Step step;
    private @Nullable Object outcome;

    Plan(
            SessionExchange exchange,
            List<Step> steps,
            @Nullable NewId newId,
            int uses,
            @Nullable RuntimeException refusal) {
        this.exchange = exchange;
        this.steps = new ArrayDeque<>(steps);
        this.newId = newId;
        this.uses = uses;
        this.refusal = refusal;
    }

    /** The step to do now; null: the call is over. */
    @Nullable
    Step next() {
        step = steps.poll();
        try {
            if (step != null) {
                exchange.before(step);
            } else if (refusal != null) {
                throw refusal;
            }
            return step;
        } catch (RuntimeException | Error e) {
            failed(e);
            throw e;
        }
    }

    /** A step is done. */
    void done(Step done, Object result) {
        outcome = result;
        try {
            exchange.done(this, done, result);
        } catch (RuntimeException | Error e) {
            failed(e);
            throw e;
        }
    }

    /** A step failed, and with it the call: what was asked for is still wanted. */
    void failed(Throwable failure) {
        steps.clear();
        exchange.failed(this, step, failure);
    }

    /** The rest is not to be done. */
    void stop() {
        steps.clear();
    }

    /** What the last step came to; null if there was none. */
    @Nullable
    Object outcome() {
        return outcome;
    }
}
