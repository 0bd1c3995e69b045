// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.engine;

import io.github.dynamosession.crypto.ValueProtection;
import io.github.dynamosession.settings.EngineSettings;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.PartPointer;
import io.github.dynamosession.spi.PartStore;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.SessionTooLargeException;
import io.github.dynamosession.spi.Setting;
import io.github.dynamosession.spi.Token;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Which values lie outside of a session's row, the way there and the way back. Over a store that keeps no parts nothing
 * does, and what is too large is refused by the store.
 */
public final class LargeValues {
    /** How much longer than the session a part is kept when it is written: only then it has to be kept longer. */
    private static final Duration LEAD = Duration.ofDays(1);

    private final SessionStore store;
    private final @Nullable PartStore parts;
    private final int above;
    private final int largest;
    private final Set<String> prefetched;
    private final BooleanSupplier mustNotBlock;
    private final @Nullable Executor executor;
    private final Function<Setting, String> names;

    /**
     * What a manager says of large values.
     *
     * @param store where sessions are kept
     * @param above values of more bytes lie outside, as do the largest of a row that would have more than four times as
     *     many in all; null: none
     * @param largest values of more bytes are refused
     * @param prefetched names of attributes that are fetched with the session
     * @param mustNotBlock whether the calling thread is an event loop
     * @param executor where codecs run that decode what was fetched without blocking; null: there is none
     * @param names how messages name settings
     */
    public LargeValues(
            SessionStore store,
            @Nullable Integer above,
            int largest,
            Set<String> prefetched,
            BooleanSupplier mustNotBlock,
            @Nullable Executor executor,
            Function<Setting, String> names) {
        this.names = names;
        this.store = store;
        this.parts = store instanceof PartStore able ? able : null;
        this.above = above == null ? Integer.MAX_VALUE : above;
        this.largest = largest;
        this.prefetched = Set.copyOf(prefetched);
        this.mustNotBlock = mustNotBlock;
        this.executor = executor;
    }

    /** What {@code prefetch} names if it means all attributes. */
    private static final String EVERYTHING = "*";

    /** How much more than one value a row may hold. */
    static final int ROW_FACTOR = 4;

    /** Values of less than this fraction of a large one stay in the row in any case. */
    private static final int SMALLEST_FRACTION = 16;

    /** A value to be placed. */
    private record Sized(String name, int bytes) {}

    /** Whether all attributes are fetched with the session. */
    boolean prefetchesEverything() {
        return prefetched.contains(EVERYTHING);
    }

    /** The names of the attributes that are fetched with the session. */
    Set<String> prefetched() {
        return prefetched;
    }

    /**
     * Chooses the values that lie outside: those that are large, and the largest others until the row is not.
     *
     * @param values what is written, by name
     * @param rest asked for the bytes of the row's other values
     * @return the names of the chosen ones
     * @throws SessionTooLargeException if one is larger than any may be
     */
    Set<String> outside(Map<String, ValueProtection.ProtectedValue> values, LongSupplier rest) {
        if (parts == null || values.isEmpty()) {
            return Set.of();
        }
        Set<String> chosen = new HashSet<>();
        List<Sized> others = new ArrayList<>();
        long row = above == Integer.MAX_VALUE ? 0 : rest.getAsLong();
        for (Map.Entry<String, ValueProtection.ProtectedValue> value : values.entrySet()) {
            Sized sized = new Sized(value.getKey(), value.getValue().stored().length());
            if (sized.bytes() > largest) {
                throw new SessionTooLargeException(
                        "the attribute " + Codecs.printable(sized.name()) + " has " + sized.bytes()
                                + " bytes as it would be stored, and " + names.apply(EngineSettings.LARGEST_VALUE)
                                + " allows "
                                + largest
                                + "; nothing was changed",
                        null);
            }
            if (sized.bytes() > above) {
                chosen.add(sized.name());
            } else {
                others.add(sized);
                row += sized.bytes();
            }
        }
        others.sort(Comparator.comparingInt(Sized::bytes).reversed());
        long most = (long) above * ROW_FACTOR;
        for (Sized other : others) {
            // A pointer takes about a hundred bytes, and a part a request of its own.
            if (row <= most || (long) other.bytes() * SMALLEST_FRACTION < above) {
                break;
            }
            chosen.add(other.name());
            row -= other.bytes();
        }
        return chosen;
    }

    /**
     * A part that holds a value.
     *
     * @param key that nobody used before
     * @param end of the session, as far as is known; null: it has none
     */
    NewPart part(SessionKey key, EncodedValue content, @Nullable Instant end) {
        PartPointer pointer = new PartPointer(
                key,
                content.length() + 1,
                store().bytesPerRow(),
                Optional.ofNullable(end).map(LargeValues::kept));
        return new NewPart(pointer, content);
    }

    private static Instant kept(Instant end) {
        return Instant.ofEpochMilli(end.plus(LEAD).toEpochMilli());
    }

    /** Writes parts that no row points to yet: if that fails nothing has happened. */
    CompletionStage<Void> written(Token uid, List<NewPart> all) {
        CompletionStage<Void> done = CompletableFuture.completedStage(null);
        for (NewPart part : all) {
            if (!part.isWritten()) {
                done = done.thenCompose(before -> store().putPart(uid, part.pointer(), part.content()))
                        .thenRun(part::written);
            }
        }
        return done.exceptionally(failure -> {
            Throwable cause = SessionEngine.unwrap(failure);
            throw cause instanceof SessionStoreException known && known.outcomeUnknown()
                    ? new SessionStoreException(String.valueOf(known.getMessage()), known, false)
                    : new CompletionException(cause);
        });
    }

    /** What became of a value that was to be fetched. */
    sealed interface Fetched {
        /** Here it is. */
        record Content(EncodedValue value) implements Fetched {}

        /**
         * It was replaced in the meantime.
         *
         * @param stored what the row holds in its place; null: nothing
         */
        record Replaced(@Nullable EncodedValue stored) implements Fetched {}

        /** The row points to it, and it is not there, or the row is gone as well. */
        record Missing() implements Fetched {}
    }

    /** Fetches what a row points to; where that is missing, the row tells whether it should be there. */
    CompletionStage<Fetched> fetch(SessionKey key, Token uid, String name, EncodedValue stored) {
        PartPointer pointer = PartPointer.of(stored).orElse(null);
        if (pointer == null || parts == null) {
            return CompletableFuture.completedStage(new Fetched.Missing());
        }
        return parts.getPart(uid, pointer)
                .thenCompose(found -> found.isPresent()
                        ? CompletableFuture.completedStage(new Fetched.Content(found.get()))
                        : store.find(key).thenApply(row -> missing(row, uid, name, stored)));
    }

    private static Fetched missing(FindOutcome row, Token uid, String name, EncodedValue stored) {
        if (!(row instanceof FindOutcome.Found found) || !found.session().uid().equals(uid)) {
            return new Fetched.Missing();
        }
        EncodedValue now = found.session().attributes().get(name);
        return stored.equals(now) ? new Fetched.Missing() : new Fetched.Replaced(now);
    }

    /** Fetches in the calling thread. */
    Fetched fetchNow(SessionKey key, Token uid, String name, EncodedValue stored) {
        if (mustNotBlock.getAsBoolean()) {
            throw new IllegalStateException("the attribute " + Codecs.printable(name) + " is large and lies outside of"
                    + " the session's row, and this thread is an event loop, which Session.get would block: use"
                    + " Session.getAsync, or name the attribute in " + names.apply(EngineSettings.PREFETCH));
        }
        try {
            return fetch(key, uid, name, stored).toCompletableFuture().join();
        } catch (CompletionException e) {
            Throwable cause = SessionEngine.unwrap(e);
            if (cause instanceof RuntimeException unchecked) {
                throw unchecked;
            }
            throw e;
        }
    }

    /** Fetches without blocking the calling thread; the stage continues where codecs may run. */
    CompletionStage<Fetched> fetchLater(SessionKey key, Token uid, String name, EncodedValue stored) {
        Executor continuing = executor;
        if (continuing == null) {
            throw new IllegalStateException("this store blocks, so getAsync needs a thread to run on: set"
                    + " SessionManager.Builder.executor");
        }
        CompletionStage<Fetched> fetched = store.isBlocking()
                ? CompletableFuture.supplyAsync(() -> fetch(key, uid, name, stored), continuing)
                        .thenCompose(Function.identity())
                : fetch(key, uid, name, stored);
        return fetched.whenCompleteAsync((value, failure) -> {}, continuing);
    }

    private PartStore store() {
        if (parts == null) {
            throw new IllegalStateException("this store keeps no parts");
        }
        return parts;
    }
}
