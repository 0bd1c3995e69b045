// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.testkit;

import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.support.Row;
import io.github.dynamosession.support.RowPage;
import io.github.dynamosession.support.ScannableRows;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Rows whose calls wait until a schedule lets each of them happen, with or without a fault. Single-threaded: what an
 * operation does next, it does inside of the call that answers it.
 */
final class ScheduledRows implements ScannableRows {
    private final Map<SessionKey, Row> stored = new LinkedHashMap<>();
    private final List<@Nullable Step<?>> waiting = new ArrayList<>();
    private final List<Write> ghosts = new ArrayList<>();
    private int client;

    ScheduledRows(int clients) {
        for (int i = 0; i < clients; i++) {
            waiting.add(null);
        }
    }

    /** A conditional write: applied or refused in one instant. */
    private abstract static class Write {
        final SessionKey key;

        Write(SessionKey key) {
            this.key = key;
        }

        abstract boolean isApplicable();

        abstract void apply();
    }

    /** One call of a client that waits for its turn. */
    private static final class Step<T> {
        final @Nullable SessionKey key;
        final @Nullable Write write;
        final Supplier<T> answer;
        final CompletableFuture<T> reply = new CompletableFuture<>();

        Step(@Nullable SessionKey key, @Nullable Write write, Supplier<T> answer) {
            this.key = key;
            this.write = write;
            this.answer = answer;
        }

        void happen() {
            T value = answer.get();
            reply.complete(value);
        }
    }

    /**
     * Something that can happen next.
     *
     * @param client whose call it answers; -1 for a write that nobody waits for
     * @param key the row; null: all of them
     */
    record Event(
            String name,
            boolean isFault,
            int client,
            @Nullable SessionKey key,
            boolean isRead,
            Runnable effect) {
        boolean isSameAs(Event other) {
            return client == other.client && name.equals(other.name);
        }

        /** Whether both orders of the two come to the same. */
        boolean isIndependentOf(Event other) {
            if (client < 0 || other.client < 0 || client == other.client || (isFault && other.isFault)) {
                return false;
            }
            return (isRead && other.isRead) || (key != null && other.key != null && !key.equals(other.key));
        }
    }

    /** Starts or continues a client: the calls that come now are its own. */
    void as(int number, Runnable work) {
        int former = client;
        client = number;
        work.run();
        client = former;
    }

    boolean isWaiting(int number) {
        return waiting.get(number) != null;
    }

    /** All that can happen to the calls that wait, and the late writes that would be applied now. */
    List<Event> events(boolean withFaults) {
        List<Event> events = new ArrayList<>();
        for (int i = 0; i < waiting.size(); i++) {
            Step<?> step = waiting.get(i);
            if (step != null) {
                addEvents(i, step, withFaults, events);
            }
        }
        for (Write ghost : List.copyOf(ghosts)) {
            if (ghost.isApplicable()) {
                events.add(new Event("a late write arrives", false, -1, ghost.key, false, () -> {
                    ghosts.remove(ghost);
                    ghost.apply();
                }));
            }
        }
        return events;
    }

    private void addEvents(int number, Step<?> step, boolean withFaults, List<Event> events) {
        events.add(event("call", false, number, step, step::happen));
        if (!withFaults) {
            return;
        }
        Write write = step.write;
        events.add(event("crash before", true, number, step, () -> {}));
        if (write == null) {
            events.add(
                    event("read failed", true, number, step, () -> step.reply.completeExceptionally(failure(false))));
            return;
        }
        events.add(event("not applied", true, number, step, () -> step.reply.completeExceptionally(failure(true))));
        events.add(event("delayed", true, number, step, () -> {
            ghosts.add(write);
            step.reply.completeExceptionally(failure(true));
        }));
        if (write.isApplicable()) {
            events.add(event("reply lost", true, number, step, () -> {
                write.apply();
                step.reply.completeExceptionally(failure(true));
            }));
            events.add(event("sent twice", true, number, step, () -> {
                ghosts.add(write);
                step.happen();
            }));
            events.add(event("crash after", true, number, step, write::apply));
        }
    }

    private Event event(String name, boolean isFault, int number, Step<?> step, Runnable effect) {
        return new Event(name, isFault, number, step.key, step.write == null, () -> {
            waiting.set(number, null);
            as(number, effect);
        });
    }

    private static SessionStoreException failure(boolean outcomeUnknown) {
        return new SessionStoreException("injected", null, outcomeUnknown);
    }

    @Override
    public boolean isBlocking() {
        return false;
    }

    @Override
    public CompletionStage<Optional<Row>> get(SessionKey key) {
        return wait(key, null, () -> Optional.ofNullable(stored.get(key)));
    }

    @Override
    public CompletionStage<Boolean> putIfAbsent(Row row) {
        return write(new Write(row.key()) {
            @Override
            boolean isApplicable() {
                return !stored.containsKey(row.key());
            }

            @Override
            void apply() {
                stored.put(row.key(), row);
            }
        });
    }

    @Override
    public CompletionStage<Boolean> replace(Row seen, Row next) {
        return write(new Write(seen.key()) {
            @Override
            boolean isApplicable() {
                return isStored(seen);
            }

            @Override
            void apply() {
                stored.put(seen.key(), next);
            }
        });
    }

    @Override
    public CompletionStage<Boolean> remove(Row seen) {
        return write(new Write(seen.key()) {
            @Override
            boolean isApplicable() {
                return isStored(seen);
            }

            @Override
            void apply() {
                stored.remove(seen.key());
            }
        });
    }

    @Override
    public CompletionStage<RowPage> scan(@Nullable String position, int limit) {
        return wait(null, null, () -> new RowPage(List.copyOf(stored.values()), Optional.empty()));
    }

    @Override
    public void close() {}

    private boolean isStored(Row seen) {
        Row row = stored.get(seen.key());
        return row != null && row.stamp().equals(seen.stamp());
    }

    private CompletionStage<Boolean> write(Write write) {
        return wait(write.key, write, () -> {
            boolean applicable = write.isApplicable();
            if (applicable) {
                write.apply();
            }
            return applicable;
        });
    }

    private <T> CompletionStage<T> wait(@Nullable SessionKey key, @Nullable Write write, Supplier<T> answer) {
        if (waiting.get(client) != null) {
            throw new IllegalStateException("an operation calls the rows twice at a time");
        }
        Step<T> step = new Step<>(key, write, answer);
        waiting.set(client, step);
        return step.reply;
    }
}
