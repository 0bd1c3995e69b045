// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.testkit;

import io.github.dynamosession.spi.SessionKey;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Calls of a database that wait until {@link Interleavings} lets each of them happen, with or without a fault. A client
 * of the database hands its calls over with {@link #read} and {@link #write}, one at a time for each operation of a store.
 */
public final class ScheduledCalls {
    /** How long a look for an operation's next call waits, in milliseconds, before it looks again. */
    private static final long GLANCE = 1;

    private final Supplier<? extends RuntimeException> lost;
    private final Supplier<? extends RuntimeException> failed;
    private final List<@Nullable Step<?>> waiting = new ArrayList<>();
    private final List<Ghost> ghosts = new ArrayList<>();

    /** Which writes have made each row what it is; no entry: none, or none yet. */
    private final Map<SessionKey, String> made = new TreeMap<>(Comparator.comparing(SessionKey::value));

    /** What each client was answered, in order: what it does next follows from that. */
    private final List<StringBuilder> answered = new ArrayList<>();

    private int client;

    /**
     * Calls for some clients.
     *
     * @param lost a failure that leaves open whether the call was applied
     * @param failed a failure of a read
     */
    ScheduledCalls(
            int clients, Supplier<? extends RuntimeException> lost, Supplier<? extends RuntimeException> failed) {
        this.lost = lost;
        this.failed = failed;
        for (int i = 0; i < clients; i++) {
            waiting.add(null);
            answered.add(new StringBuilder());
        }
    }

    /**
     * A conditional write: applied or refused in one instant.
     *
     * @param <T> what it answers
     */
    interface Write<T> {
        /** Which row. */
        SessionKey key();

        /** Whether it would change something; true if that is not known before. */
        default boolean isApplicable() {
            return true;
        }

        T apply();
    }

    /** One call of a client that waits for its turn. */
    private final class Step<T> {
        final @Nullable SessionKey key;
        final @Nullable Write<T> write;
        final Supplier<T> answer;
        final CompletableFuture<T> reply = new CompletableFuture<>();

        Step(@Nullable SessionKey key, @Nullable Write<T> write, Supplier<T> answer) {
            this.key = key;
            this.write = write;
            this.answer = answer;
        }

        void happen(int number, String id) {
            String before = key == null ? made.toString() : made.getOrDefault(key, "");
            T value;
            try {
                value = write == null ? answer.get() : applied(write, id);
            } catch (RuntimeException refused) {
                note(number, "refused by " + before);
                reply.completeExceptionally(refused);
                return;
            }
            note(number, Boolean.FALSE.equals(value) ? "refused by " + before : "by " + before);
            reply.complete(value);
        }
    }

    /** A write that nobody waits for. */
    private record Ghost(Write<?> write, String id) {}

    /**
     * Something that can happen next.
     *
     * @param client whose call it answers; -1 for a write that nobody waits for
     */
    record Event(String name, boolean isFault, int client, Runnable effect) {}

    /**
     * A read that waits for its turn.
     *
     * @param key which row; null: several
     * @param answer reads, in the moment that the schedule chose
     * @param <T> what is read
     * @return completes in its turn
     */
    public <T> CompletionStage<T> read(@Nullable SessionKey key, Supplier<T> answer) {
        return wait(new Step<>(key, null, answer));
    }

    /**
     * A conditional write of one row that waits for its turn.
     *
     * @param key which row
     * @param answer writes, in the moment that the schedule chose; it may be called once more, later, for a request that
     *     was sent twice, or only then, for one that arrives late. An exception is the database's refusal
     * @param <T> what the database answers
     * @return completes in its turn
     */
    public <T> CompletionStage<T> write(SessionKey key, Supplier<T> answer) {
        return write(new Write<>() {
            @Override
            public SessionKey key() {
                return key;
            }

            @Override
            public T apply() {
                return answer.get();
            }
        });
    }

    <T> CompletionStage<T> write(Write<T> write) {
        return wait(new Step<>(write.key(), write, write::apply));
    }

    private synchronized <T> CompletionStage<T> wait(Step<T> step) {
        if (waiting.get(client) != null) {
            throw new IllegalStateException("an operation calls the database twice at a time");
        }
        waiting.set(client, step);
        notifyAll();
        return step.reply;
    }

    /** Starts or continues a client: the calls that come now, and until the next client continues, are its own. */
    void as(int number, Runnable work) {
        synchronized (this) {
            client = number;
        }
        work.run();
    }

    /** Waits for the client's next call, or the end of its operation: a store may pause in between. */
    synchronized void settle(int number, CompletableFuture<?> operation) {
        boolean interrupted = false;
        while (waiting.get(number) == null && !operation.isDone()) {
            try {
                wait(GLANCE);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    synchronized boolean isWaiting(int number) {
        return waiting.get(number) != null;
    }

    /** All that can happen to the calls that wait, and the late writes that would be applied now. */
    synchronized List<Event> events(boolean withFaults) {
        List<Event> events = new ArrayList<>();
        for (int i = 0; i < waiting.size(); i++) {
            Step<?> step = waiting.get(i);
            if (step != null) {
                addEvents(i, step, withFaults, events);
            }
        }
        for (Ghost ghost : List.copyOf(ghosts)) {
            if (ghost.write().isApplicable()) {
                events.add(new Event("a late write arrives", false, -1, () -> {
                    ghosts.remove(ghost);
                    applyLate(ghost.write(), ghost.id());
                }));
            }
        }
        return events;
    }

    /**
     * What the rest of a schedule depends on. A row is what some writes have made it, one after the other; a client does
     * what follows from the answers it had. Tokens, which are random, are not part of it.
     */
    synchronized String state() {
        return made + " " + ghosts.stream().map(Ghost::id).sorted().toList() + " " + answered;
    }

    private void note(int number, String answer) {
        answered.get(number).append(answer).append(", ");
    }

    private void addEvents(int number, Step<?> step, boolean withFaults, List<Event> events) {
        String id = number + "." + answered.get(number).length();
        events.add(event("call", false, number, () -> step.happen(number, id)));
        if (!withFaults) {
            return;
        }
        Write<?> write = step.write;
        events.add(event("crash before", true, number, () -> {}));
        if (write == null) {
            events.add(event("read failed", true, number, () -> step.reply.completeExceptionally(failed.get())));
            return;
        }
        events.add(event("not applied", true, number, () -> step.reply.completeExceptionally(lost.get())));
        events.add(event("delayed", true, number, () -> {
            ghosts.add(new Ghost(write, id));
            step.reply.completeExceptionally(lost.get());
        }));
        if (write.isApplicable()) {
            events.add(event("reply lost", true, number, () -> {
                applyLate(write, id);
                step.reply.completeExceptionally(lost.get());
            }));
            events.add(event("sent twice", true, number, () -> {
                ghosts.add(new Ghost(write, id));
                step.happen(number, id);
            }));
            events.add(event("crash after", true, number, () -> applyLate(write, id)));
        }
    }

    private <T> T applied(Write<T> write, String id) {
        T value = write.apply();
        if (!Boolean.FALSE.equals(value)) {
            made.merge(write.key(), id, (former, last) -> former + "<" + last);
        }
        return value;
    }

    /** Nobody hears what it answers. */
    private void applyLate(Write<?> write, String id) {
        try {
            applied(write, id);
        } catch (RuntimeException refused) {
            // Its condition did not hold.
        }
    }

    private Event event(String name, boolean isFault, int number, Runnable effect) {
        return new Event(name, isFault, number, () -> {
            synchronized (this) {
                waiting.set(number, null);
            }
            note(number, name);
            as(number, effect);
        });
    }
}
