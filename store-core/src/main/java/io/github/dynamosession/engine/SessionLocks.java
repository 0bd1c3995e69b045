// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.engine;

import io.github.dynamosession.SessionLockedException;
import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.LockOutcome;
import io.github.dynamosession.spi.LockableSessionStore;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.Token;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the locks of sessions. The requests of this node that want one and the same session stand in line, so that one of
 * them asks the store; the one that has the lock wakes the next, without the store being asked in between. Nodes compete
 * by asking again after random pauses, which grow.
 *
 * <p>Nobody waits in a thread: the pauses belong to timers, and what follows runs on the executor that is given.
 */
public final class SessionLocks {
    /** How many requests of this node may stand in line for one session: each holds a client's connection, or a thread. */
    static final int MOST_WAITING = 100;

    /** The longest first pause: about as long as a short request takes. */
    private static final long FIRST_MILLIS = 20;

    /** The longest pause of all: a strong read twice a second is cheap, and a user does not notice. */
    private static final long LONGEST_MILLIS = 500;

    private static final Logger LOG = LoggerFactory.getLogger(SessionLocks.class);

    private final LockableSessionStore store;
    private final Duration lease;
    private final Duration wait;
    private final String leaseSetting;
    private final String waitSetting;
    private final Map<SessionKey, Line> lines = new ConcurrentHashMap<>();

    /**
     * Locks in a store.
     *
     * @param lease how long one lasts unless it is released
     * @param wait how long a request waits for one
     * @param leaseSetting how messages name the setting of the lease
     * @param waitSetting how messages name the setting of the wait
     */
    public SessionLocks(
            LockableSessionStore store, Duration lease, Duration wait, String leaseSetting, String waitSetting) {
        this.store = store;
        this.lease = lease;
        this.wait = wait;
        this.leaseSetting = leaseSetting;
        this.waitSetting = waitSetting;
    }

    /**
     * A lock that was taken.
     *
     * @param key where it lies
     * @param owner whose it is
     * @param over completes when it is released here, or the lease is over
     * @param setting how messages name the setting of the lease
     */
    record Lease(SessionKey key, Token owner, CompletableFuture<Void> over, String setting) {
        /** The lock does not exist any more. */
        void end() {
            over.complete(null);
        }
    }

    /**
     * What was found.
     *
     * @param lease null: nothing was locked, because there is no session
     */
    record Taken(FindOutcome found, @Nullable Lease lease) {}

    /** The requests that want one session, and the one that has it; only its members hold on to it. */
    private static final class Line {
        int members;
        int waiting;
        CompletableFuture<Void> last = CompletableFuture.completedFuture(null);
        volatile CompletableFuture<Void> held = CompletableFuture.completedFuture(null);
    }

    /**
     * Finds a session and locks it. Fails with {@link SessionLockedException} if that takes too long.
     *
     * @param continuations where the store is asked again after a pause
     */
    CompletionStage<Taken> take(SessionKey key, Executor continuations) {
        CompletableFuture<Void> mine = new CompletableFuture<>();
        Request request = join(key, mine, continuations);
        if (request == null) {
            return CompletableFuture.failedStage(new SessionLockedException("more than " + MOST_WAITING
                    + " requests of this node wait for one session: it stays locked while requests that use it run"));
        }
        CompletionStage<Taken> taken;
        try {
            taken = request.take();
        } catch (RuntimeException | Error e) {
            leave(request, mine);
            throw e;
        }
        return taken.whenComplete((outcome, failure) -> leave(request, mine));
    }

    /**
     * Releases a lock in the store. Never fails: a lock that cannot be released ends by itself.
     */
    CompletionStage<Void> release(Lease held) {
        CompletionStage<Void> released;
        try {
            released = store.unlock(held.key(), held.owner());
        } catch (RuntimeException e) {
            released = CompletableFuture.failedStage(e);
        }
        return released.handle((done, failure) -> {
            held.end();
            if (failure != null) {
                LOG.debug("A session's lock could not be released; it ends by itself", failure);
            }
            return null;
        });
    }

    /** How many sessions have a line. */
    int size() {
        return lines.size();
    }

    private @Nullable Request join(SessionKey key, CompletableFuture<Void> mine, Executor continuations) {
        Request[] request = new Request[1];
        lines.compute(key, (same, present) -> {
            Line line = present == null ? new Line() : present;
            if (line.waiting < MOST_WAITING) {
                line.members++;
                line.waiting++;
                request[0] = new Request(key, line, line.last, continuations);
                line.last = mine;
            }
            return line;
        });
        return request[0];
    }

    private void leave(Request request, CompletableFuture<Void> mine) {
        lines.computeIfPresent(request.key, (key, line) -> {
            line.waiting--;
            return --line.members == 0 ? null : line;
        });
        // Not before those in front: one at a time asks the store.
        CompletionStage<Void> former = request.former;
        former.whenComplete((over, never) -> mine.complete(null));
    }

    private Lease hold(Request request) {
        CompletableFuture<Void> over = new CompletableFuture<>();
        lines.compute(request.key, (key, line) -> {
            request.line.members++;
            request.line.held = over;
            return request.line;
        });
        CompletionStage<Void> ended = over.completeOnTimeout(null, lease.toMillis(), TimeUnit.MILLISECONDS);
        ended.whenComplete(
                (done, never) -> lines.computeIfPresent(request.key, (key, line) -> --line.members == 0 ? null : line));
        return new Lease(request.key, request.owner, over, leaseSetting);
    }

    /** One request on its way to the lock. */
    private final class Request {
        private final SessionKey key;
        private final Line line;
        private final CompletableFuture<Void> former;
        private final Executor continuations;
        private final Token owner = Token.random();
        private final long start = System.nanoTime();
        private int refused;

        Request(SessionKey key, Line line, CompletableFuture<Void> former, Executor continuations) {
            this.key = key;
            this.line = line;
            this.former = former;
            this.continuations = continuations;
        }

        CompletionStage<Taken> take() {
            return after(former);
        }

        /** Goes on when the lock is free as far as this node knows. */
        private CompletionStage<Taken> after(CompletableFuture<Void> others) {
            if (others.isDone()) {
                CompletableFuture<Void> held = line.held;
                return held.isDone() ? ask() : after(held);
            }
            long left = left();
            return left <= 0
                    ? tooLate()
                    : others.thenApply(over -> true)
                            .completeOnTimeout(false, left, TimeUnit.MILLISECONDS)
                            .thenComposeAsync(inTime -> inTime ? after(others) : tooLate(), continuations);
        }

        private CompletionStage<Taken> ask() {
            return store.lock(key, owner, lease, refused > 0)
                    .exceptionallyComposeAsync(this::failed, continuations)
                    .thenComposeAsync(this::answered, continuations);
        }

        /** Perhaps it is taken all the same: then nobody would know to release it. */
        private CompletionStage<LockOutcome> failed(Throwable failure) {
            boolean perhaps =
                    SessionEngine.unwrap(failure) instanceof SessionStoreException known && known.outcomeUnknown();
            CompletionStage<Void> released = perhaps
                    ? release(new Lease(key, owner, new CompletableFuture<>(), leaseSetting))
                    : CompletableFuture.completedStage(null);
            return released.thenCompose(done -> CompletableFuture.failedStage(failure));
        }

        private CompletionStage<Taken> answered(LockOutcome outcome) {
            if (outcome instanceof LockOutcome.Locked locked) {
                return CompletableFuture.completedStage(new Taken(new FindOutcome.Found(locked.session()), hold(this)));
            }
            if (outcome instanceof LockOutcome.NotFound none) {
                return CompletableFuture.completedStage(new Taken(none.found(), null));
            }
            long left = left();
            if (left <= 0) {
                return tooLate();
            }
            long most = Math.min(FIRST_MILLIS << Math.min(refused, 10), LONGEST_MILLIS);
            refused++;
            long pause = Math.min(left, ThreadLocalRandom.current().nextLong(most / 2, most + 1));
            return new CompletableFuture<Void>()
                    .completeOnTimeout(null, pause, TimeUnit.MILLISECONDS)
                    .thenComposeAsync(over -> after(line.held), continuations);
        }

        private long left() {
            return wait.toMillis() - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
        }

        private CompletionStage<Taken> tooLate() {
            return CompletableFuture.failedStage(new CompletionException(
                    new SessionLockedException("other requests had the session locked for longer than this one waits ("
                            + waitSetting + ", " + wait + "): repeat it")));
        }
    }
}
