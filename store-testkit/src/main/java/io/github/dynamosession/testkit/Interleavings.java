// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.testkit;

import io.github.dynamosession.spi.ExpiredPage;
import io.github.dynamosession.spi.ExpiredSession;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.SweepableSessionStore;
import io.github.dynamosession.spi.UpdateOutcome;
import io.github.dynamosession.support.ScannableRows;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs a few clients of a store over rows, or over another client of its database, in every order of their calls of the
 * database, with a fault at every call, and compares what they are answered, and what is stored at the end, with the
 * contract's clauses applied in some order.
 *
 * <p>No threads and no luck: the calls of the database are the only steps there are, and each waits for the schedule. A
 * schedule that fails is named in the message, and {@link #replay} repeats it.
 *
 * <p>The faults: a call that fails without being applied, a reply that is lost, a write that is applied later than its
 * client was told of a failure, or a second time, and a client that crashes before or after a call.
 *
 * <p>Not for use by several threads.
 */
public final class Interleavings {
    private static final Duration UNTIL_ALL_EXPIRED = Duration.ofDays(1);

    /** Each operation of another client, and each fault, costs an operation a few calls. */
    private static final int MOST_CALLS = 100;

    private final IntFunction<ScheduledCalls> scheduler;
    private final StoreOverCalls stores;
    private final Map<SessionKey, StoredSession> given = new LinkedHashMap<>();
    private final List<List<ScheduledOperation>> programs = new ArrayList<>();
    private final Set<SessionKey> keys = new LinkedHashSet<>();
    private int faults;

    /**
     * Of a store over rows, without sessions, clients and faults yet.
     *
     * @param stores makes the store under test, a new one for each schedule
     */
    public Interleavings(StoreOverRows stores) {
        this.stores = (calls, clock) -> stores.over(new ScheduledRows(calls), clock);
        this.scheduler = clients -> new ScheduledCalls(clients, () -> injected(true), () -> injected(false));
    }

    /**
     * Of a store over another client, without sessions, clients and faults yet.
     *
     * @param stores makes the store under test, and an empty database, for each schedule
     * @param fault makes what the client of the database throws if it does not know whether a request was applied
     */
    public Interleavings(StoreOverCalls stores, Supplier<? extends RuntimeException> fault) {
        this.stores = stores;
        this.scheduler = clients -> new ScheduledCalls(clients, fault, fault);
    }

    private static SessionStoreException injected(boolean outcomeUnknown) {
        return new SessionStoreException("injected", null, outcomeUnknown);
    }

    /** Makes the store under test. */
    public interface StoreOverCalls {
        /**
         * Makes a store.
         *
         * @param calls takes the calls of the database, which the schedule lets happen
         * @param clock stands still until the operations have ended
         * @return a store that does not block; a {@link SweepableSessionStore} is swept at the end
         */
        SessionStore over(ScheduledCalls calls, Clock clock);
    }

    /** Makes the store under test. */
    public interface StoreOverRows {
        /**
         * Makes a store.
         *
         * @param rows the database, whose calls the schedule answers; they never block
         * @param clock stands still until the operations have ended
         * @return a store; a {@link SweepableSessionStore} is swept at the end
         */
        SessionStore over(ScannableRows rows, Clock clock);
    }

    /**
     * Adds a session that is stored at the beginning.
     *
     * @param key its key
     * @param session the session, which ends within a day
     * @return this
     */
    public Interleavings given(SessionKey key, StoredSession session) {
        given.put(key, session);
        keys.add(key);
        return this;
    }

    /**
     * Adds a client that does some operations one after the other, whatever each of them answers.
     *
     * @param program the operations
     * @return this
     */
    public Interleavings client(ScheduledOperation... program) {
        programs.add(List.of(program));
        for (ScheduledOperation operation : program) {
            keys.addAll(operation.keys());
        }
        return this;
    }

    /**
     * Sets how many faults a schedule may have.
     *
     * @param most 0 unless set
     * @return this
     */
    public Interleavings faults(int most) {
        this.faults = most;
        return this;
    }

    /**
     * Runs every schedule. Of those that come to the same, in what is stored, what each client was answered and what may
     * still happen, only one goes on.
     *
     * @return how many were run to their end
     * @throws AssertionError if one of them breaks the contract
     */
    public long explore() {
        Choices choices = Choices.exhaustive();
        Set<String> known = new HashSet<>();
        long count = 0;
        do {
            count += run(choices, known) ? 1 : 0;
        } while (choices.advance());
        return count;
    }

    /**
     * Runs schedules drawn at random, the same ones for the same seed.
     *
     * @param seed of the first; each further one has the next number
     * @param count how many
     * @throws AssertionError if one of them breaks the contract
     */
    public void sample(long seed, int count) {
        for (int i = 0; i < count; i++) {
            run(Choices.random(seed + i), new HashSet<>());
        }
    }

    /**
     * Repeats a schedule.
     *
     * @param schedule as the message of the failure names it
     * @throws AssertionError if it breaks the contract
     */
    public void replay(String schedule) {
        run(Choices.replay(schedule), new HashSet<>());
    }

    private boolean run(Choices choices, Set<String> known) {
        Run run = new Run();
        try {
            boolean isNew = run.play(choices, known);
            if (isNew) {
                run.check();
            }
            return isNew;
        } catch (RuntimeException | AssertionError failure) {
            throw new AssertionError(
                    failure.getMessage() + "\nschedule: " + choices + "\n" + String.join("\n", run.log), failure);
        }
    }

    /** How an operation of a client ended. */
    private sealed interface Ending {
        record Answered(Object outcome) implements Ending {}

        /** It did not happen. */
        record Refused() implements Ending {}

        /** It happened at any time since it began, or not at all. */
        record Unknown() implements Ending {}
    }

    /** One operation that was answered. */
    private record Told(Begun begun, Object outcome) {}

    /** One operation that was begun. */
    private static final class Begun {
        final ScheduledOperation operation;
        final CompletableFuture<?> stage;
        boolean faulted;
        int calls;

        @Nullable
        Ending ending;

        Begun(ScheduledOperation operation, CompletableFuture<?> stage) {
            this.operation = operation;
            this.stage = stage;
        }
    }

    /** One schedule. */
    private final class Run {
        final MovableClock clock = new MovableClock();
        final ScheduledCalls calls = scheduler.apply(programs.size());
        final SessionStore store = stores.over(calls, clock);
        final SessionModel model = new SessionModel(clock.instant());
        final List<List<Begun>> clients = new ArrayList<>();
        final boolean[] crashed = new boolean[programs.size()];
        final List<String> log = new ArrayList<>();

        /** Plays to the end; false: as soon as another schedule has shown what is to come. */
        boolean play(Choices choices, Set<String> known) {
            given.forEach((key, session) -> {
                alone(() -> store.create(key, session));
                model.create(key, session);
            });
            for (int i = 0; i < programs.size(); i++) {
                clients.add(new ArrayList<>());
                proceed(i);
            }
            int faultsLeft = faults;
            while (true) {
                if (choices.isExhaustive() && choices.isNew() && !known.add(faultsLeft + " " + calls.state())) {
                    return false;
                }
                List<ScheduledCalls.Event> events = calls.events(faultsLeft > 0);
                if (events.isEmpty()) {
                    return true;
                }
                boolean mayStop = !isAnyWaiting();
                int way = choices.next(events.size() + (mayStop ? 1 : 0));
                if (mayStop && way == 0) {
                    return true;
                }
                ScheduledCalls.Event event = events.get(mayStop ? way - 1 : way);
                faultsLeft -= event.isFault() ? 1 : 0;
                happen(event);
            }
        }

        private void happen(ScheduledCalls.Event event) {
            int client = event.client();
            if (client < 0) {
                log.add(event.name());
                event.effect().run();
                return;
            }
            List<Begun> begun = clients.get(client);
            Begun current = begun.get(begun.size() - 1);
            log.add("client " + client + ": " + current.operation + ", " + event.name());
            current.faulted |= event.isFault();
            current.calls++;
            if (current.calls > MOST_CALLS) {
                throw new AssertionError("an operation does not get on: it has called the database " + MOST_CALLS
                        + " times, and few others were in its way");
            }
            crashed[client] = event.name().startsWith("crash");
            event.effect().run();
            if (crashed[client]) {
                current.ending = new Ending.Unknown();
            } else {
                calls.settle(client, current.stage);
                proceed(client);
            }
        }

        /** Notes what has ended, and begins the next operation of the client's program. */
        private void proceed(int client) {
            List<Begun> begun = clients.get(client);
            while (!calls.isWaiting(client)) {
                if (!begun.isEmpty()) {
                    Begun last = begun.get(begun.size() - 1);
                    last.ending = ending(last.stage);
                    log.add("client " + client + ": " + last.operation + " ended: " + last.ending);
                }
                if (begun.size() == programs.get(client).size()) {
                    return;
                }
                ScheduledOperation next = programs.get(client).get(begun.size());
                calls.as(client, () -> begun.add(new Begun(next, next.run(store).toCompletableFuture())));
                calls.settle(client, begun.get(begun.size() - 1).stage);
            }
        }

        private boolean isAnyFaulted() {
            return clients.stream().flatMap(List::stream).anyMatch(begun -> begun.faulted);
        }

        private boolean isAnyWaiting() {
            for (int i = 0; i < programs.size(); i++) {
                if (calls.isWaiting(i)) {
                    return true;
                }
            }
            return false;
        }

        /** Does an operation while nothing else happens. */
        private <T> T alone(Supplier<CompletionStage<T>> operation) {
            List<CompletableFuture<T>> stage = new ArrayList<>();
            calls.as(0, () -> stage.add(operation.get().toCompletableFuture()));
            calls.settle(0, stage.get(0));
            while (calls.isWaiting(0)) {
                calls.events(false).get(0).effect().run();
                calls.settle(0, stage.get(0));
            }
            return stage.get(0).join();
        }

        void check() {
            Map<SessionKey, Object> stored = new LinkedHashMap<>();
            for (SessionKey key : keys) {
                stored.put(key, ScheduledOperation.comparable(alone(() -> store.find(key))));
            }
            clock.advance(UNTIL_ALL_EXPIRED);
            Set<SessionKey> swept = store instanceof SweepableSessionStore sweepable ? sweep(sweepable) : null;
            List<List<Told>> inOrder = new ArrayList<>();
            List<Begun> anyTime = new ArrayList<>();
            for (List<Begun> client : clients) {
                List<Told> answered = new ArrayList<>();
                for (Begun begun : client) {
                    if (begun.ending instanceof Ending.Answered told) {
                        answered.add(new Told(begun, told.outcome()));
                        boolean overtaken = begun.operation.isTouch() || told.outcome() instanceof UpdateOutcome.Gone;
                        if (begun.faulted && overtaken) {
                            // It may have been applied although its answer speaks of what came later: an access does
                            // no harm then, and of a session that is gone nothing is left to tell by.
                            anyTime.add(begun);
                        }
                    } else if (begun.ending instanceof Ending.Unknown) {
                        anyTime.add(begun);
                    }
                }
                inOrder.add(answered);
            }
            if (!isExplained(model, inOrder, anyTime, stored, swept)) {
                throw new AssertionError("no order of the operations explains what was answered and is stored: "
                        + stored + (swept == null ? "" : ", swept " + swept.size()));
            }
        }

        private Set<SessionKey> sweep(SweepableSessionStore sweepable) {
            Set<SessionKey> found = new LinkedHashSet<>();
            ExpiredPage page = alone(() -> sweepable.findExpired(null, Integer.MAX_VALUE));
            page.sessions().stream().map(ExpiredSession::key).forEach(found::add);
            return found;
        }

        private boolean isExplained(
                SessionModel before,
                List<List<Told>> inOrder,
                List<Begun> anyTime,
                Map<SessionKey, Object> stored,
                @Nullable Set<SessionKey> swept) {
            boolean rest = false;
            for (int i = 0; i < inOrder.size(); i++) {
                List<Told> client = inOrder.get(i);
                if (client.isEmpty()) {
                    continue;
                }
                rest = true;
                SessionModel after = before.copy();
                Told first = client.get(0);
                Object expected = first.begun().operation.run(after);
                if (ScheduledOperation.agree(first.outcome(), expected, first.begun().faulted, isAnyFaulted())) {
                    List<List<Told>> left = new ArrayList<>(inOrder);
                    left.set(i, client.subList(1, client.size()));
                    if (isExplained(after, left, anyTime, stored, swept)) {
                        return true;
                    }
                }
            }
            for (Begun unknown : anyTime) {
                SessionModel after = before.copy();
                unknown.operation.run(after);
                List<Begun> left = new ArrayList<>(anyTime);
                left.remove(unknown);
                if (isExplained(after, inOrder, left, stored, swept)) {
                    return true;
                }
            }
            return !rest && isStored(before, stored, swept);
        }

        private boolean isStored(
                SessionModel expected, Map<SessionKey, Object> stored, @Nullable Set<SessionKey> swept) {
            return (swept == null || swept.equals(expected.sessionsWithAnEnd()))
                    && stored.entrySet().stream()
                            .allMatch(entry -> (!expected.knows(entry.getKey()) && isOpen(entry.getKey()))
                                    || ScheduledOperation.comparable(expected.find(entry.getKey()))
                                            .equals(entry.getValue()));
        }

        /** Whether nobody was given the key, and a fault may have left the copy of an id change there. */
        private boolean isOpen(SessionKey key) {
            return clients.stream()
                    .flatMap(List::stream)
                    .anyMatch(begun -> begun.faulted && begun.operation.keys().contains(key));
        }
    }

    private static Ending ending(CompletableFuture<?> stage) {
        if (!stage.isDone()) {
            throw new AssertionError("an operation waits for nothing and has not ended");
        }
        try {
            return new Ending.Answered(stage.join());
        } catch (CompletionException failed) {
            if (failed.getCause() instanceof SessionStoreException failure) {
                return failure.outcomeUnknown() ? new Ending.Unknown() : new Ending.Refused();
            }
            throw failed;
        }
    }
}
