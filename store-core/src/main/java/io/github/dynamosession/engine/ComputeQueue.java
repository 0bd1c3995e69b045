// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.engine;

import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStoreException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Lines up the saves of one node that compute attributes of one session: all but one of those that run at once
 * would be refused by the store. Only spares writes: the store's condition makes them right, so a save that has
 * waited too long, or behind one to which the store did not answer, goes ahead.
 */
final class ComputeQueue {
    /** How long a save waits for those before it. */
    static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

    /**
     * An attribute as a save of this node left it in the store.
     *
     * @param version of the session after that save
     * @param value what is stored; empty: nothing
     */
    record Known(long version, Optional<EncodedValue> value) {}

    /** The saves of one session; only its members hold on to it. */
    private static final class Line {
        int members;
        CompletableFuture<Boolean> last = CompletableFuture.completedFuture(true);
        volatile Map<String, Known> known = Map.of();
    }

    /** A save's place in the line; {@code mine} ends it, with false if nobody is to wait in line any longer. */
    private record Place(Line line, CompletableFuture<Boolean> former, CompletableFuture<Boolean> mine) {}

    private final Map<SessionKey, Line> lines = new ConcurrentHashMap<>();

    /** The turn of one save. */
    static final class Turn {
        private final Line line;

        private Turn(Line line) {
            this.line = line;
        }

        /** What those before left behind. */
        Map<String, Known> known() {
            return line.known;
        }

        /** Takes note of what is stored now, for those behind. */
        void leave(SaveSnapshot save, long version) {
            Map<String, Known> known = new HashMap<>(line.known);
            save.computations()
                    .keySet()
                    .forEach(name -> known.put(
                            name,
                            new Known(
                                    version,
                                    Optional.ofNullable(save.delta().set().get(name)))));
            line.known = Map.copyOf(known);
        }
    }

    /**
     * Runs a save when those before it have ended: in the calling thread if the store blocks, otherwise without
     * blocking.
     */
    <T> CompletionStage<T> inTurn(
            SessionKey key, boolean blocking, Executor continuations, Function<Turn, CompletionStage<T>> save) {
        Place place = join(key);
        CompletionStage<T> saved;
        try {
            saved = blocking || place.former().isDone()
                    ? run(place, await(place.former()), save)
                    : place.former()
                            .copy()
                            .completeOnTimeout(false, LONGEST_WAIT.toMillis(), TimeUnit.MILLISECONDS)
                            .thenComposeAsync(inOrder -> run(place, inOrder, save), continuations);
        } catch (RuntimeException | Error e) {
            leave(key, place, e);
            throw e;
        }
        return saved.whenComplete((outcome, failure) -> leave(key, place, failure));
    }

    private <T> CompletionStage<T> run(Place place, boolean inOrder, Function<Turn, CompletionStage<T>> save) {
        if (!inOrder) {
            // The one behind must not wait as long again.
            place.mine().complete(false);
        }
        return save.apply(new Turn(place.line()));
    }

    private Place join(SessionKey key) {
        CompletableFuture<Boolean> mine = new CompletableFuture<>();
        Place[] place = new Place[1];
        lines.compute(key, (same, present) -> {
            Line line = present == null ? new Line() : present;
            line.members++;
            place[0] = new Place(line, line.last, mine);
            line.last = mine;
            return line;
        });
        return place[0];
    }

    private void leave(SessionKey key, Place place, @Nullable Throwable failure) {
        lines.computeIfPresent(key, (same, line) -> --line.members == 0 ? null : line);
        place.mine().complete(failure == null || !(SessionEngine.unwrap(failure) instanceof SessionStoreException));
    }

    /** How many sessions have a line. */
    int size() {
        return lines.size();
    }

    private static boolean await(CompletableFuture<Boolean> former) {
        try {
            return former.get(LONGEST_WAIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException("no save ends its turn so", e);
        }
    }
}
