// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.engine;

import io.github.dynamosession.spi.CustomValue;
import io.github.dynamosession.spi.DeleteByOutcome;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.IndexMark;
import io.github.dynamosession.spi.IndexPage;
import io.github.dynamosession.spi.IndexedSessionStore;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.Token;
import io.github.dynamosession.spi.UpdateOutcome;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sessions by an indexed value: finding them, ending all of them, and the marks that make good what an index does not
 * show yet.
 */
public final class SessionIndex {
    /** How many sessions one page has that is given to an application. */
    static final int PAGE = 100;

    /** How many sessions are looked up at once to end them: about 75 KB of an index in DynamoDB. */
    static final int END_PAGE = 500;

    private static final char AFTER_FORM = ':';

    private final IndexedSessionStore store;
    private final CustomAttributes custom;
    private final SessionIds ids;
    private final Clock clock;

    SessionIndex(IndexedSessionStore store, CustomAttributes custom, SessionIds ids, Clock clock) {
        this.store = store;
        this.custom = custom;
        this.ids = ids;
        this.clock = clock;
    }

    // Marks

    /**
     * Whether the marks let a stored session be opened: for each indexed value it was stored with a generation that is
     * not below the mark's, or it is the session that was spared.
     */
    CompletionStage<Boolean> isOpen(StoredSession session, Executor continuations) {
        CompletionStage<Boolean> open = CompletableFuture.completedFuture(true);
        for (String attribute : custom.marked()) {
            CustomValue value = session.custom().get(attribute);
            if (value != null && (value.isText() || value.isNumber())) {
                open = open.thenComposeAsync(
                        soFar -> soFar
                                ? mark(attribute, value).thenApply(mark -> passes(session, attribute, mark))
                                : CompletableFuture.completedFuture(false),
                        continuations);
            }
        }
        return open;
    }

    private static boolean passes(StoredSession session, String attribute, Optional<IndexMark> mark) {
        if (mark.isEmpty() || mark.get().spared().filter(session.uid()::equals).isPresent()) {
            return true;
        }
        CustomValue stored = session.custom().get(CustomAttributes.generation(attribute));
        Object generation = stored == null ? null : stored.value();
        return generation instanceof Number number
                && number.longValue() >= mark.get().generation();
    }

    /** The same write with the generations that the marks of newly indexed values have now. */
    CompletionStage<SaveSnapshot> marked(SaveSnapshot save, Executor continuations) {
        CompletionStage<Map<String, Long>> read = CompletableFuture.completedFuture(new HashMap<>());
        for (Map.Entry<String, List<CustomValue>> entry : save.unmarked().entrySet()) {
            for (CustomValue form : entry.getValue()) {
                read = read.thenComposeAsync(
                        generations -> mark(entry.getKey(), form).thenApply(mark -> {
                            long generation = mark.map(IndexMark::generation).orElse(0L);
                            generations.merge(entry.getKey(), generation, Math::max);
                            return generations;
                        }),
                        continuations);
            }
        }
        return read.thenApply(save::marked);
    }

    private CompletionStage<Optional<IndexMark>> mark(String attribute, CustomValue form) {
        return store.findMark(markKey(attribute, form));
    }

    /** A key that no session has: theirs are shorter. */
    private SessionKey markKey(String attribute, CustomValue form) {
        String kind = form.isText() ? "S" : "N";
        return ids.named("mark:", attribute.length() + ":" + attribute + kind + form.text());
    }

    // Finding

    /**
     * A session that was found.
     *
     * @param key where it is
     * @param session what is stored there
     */
    public record Found(SessionKey key, StoredSession session) {}

    /**
     * A page of sessions.
     *
     * @param next where the next page goes on; null: this was the last one
     */
    public record FoundPage(List<Found> sessions, @Nullable String next) {}

    /**
     * One page of the sessions of a value, as they are stored now.
     *
     * @param position null to start
     * @throws IllegalArgumentException if it is no position that a page gave
     */
    CompletionStage<FoundPage> found(
            String attribute, List<CustomValue> forms, @Nullable String position, Executor continuations) {
        if (forms.isEmpty()) {
            return CompletableFuture.completedFuture(new FoundPage(List.of(), null));
        }
        Place place = Place.of(position, forms.size());
        Set<CustomValue> values = new HashSet<>(forms);
        Map<CustomValue, Optional<IndexMark>> marks = new HashMap<>();
        return marks(attribute, forms, marks, continuations)
                .thenComposeAsync(
                        read -> store.findBy(attribute, forms.get(place.form()), place.position(), PAGE), continuations)
                .thenComposeAsync(
                        page -> Lanes.<SessionKey, Optional<Found>>each(
                                        store.isBlocking(), own(page), key -> read(key, attribute, values, marks))
                                .thenComposeAsync(
                                        done -> done.failure() != null
                                                ? CompletableFuture.failedFuture(done.failure())
                                                : CompletableFuture.completedFuture(new FoundPage(
                                                        done.results().stream()
                                                                .flatMap(Optional::stream)
                                                                .toList(),
                                                        place.next(page, forms.size()))),
                                        continuations),
                        continuations);
    }

    private CompletionStage<Optional<Found>> read(
            SessionKey key, String attribute, Set<CustomValue> values, Map<CustomValue, Optional<IndexMark>> marks) {
        return store.readBy(key, attribute, values)
                .thenApply(read -> read.filter(session -> passes(
                                session,
                                attribute,
                                marks.getOrDefault(session.custom().get(attribute), Optional.empty())))
                        .map(session -> new Found(key, session)));
    }

    /** The marks of all forms, read once for a page. */
    private CompletionStage<Void> marks(
            String attribute,
            List<CustomValue> forms,
            Map<CustomValue, Optional<IndexMark>> marks,
            Executor continuations) {
        CompletionStage<Void> read = CompletableFuture.completedFuture(null);
        if (custom.hasMarks()) {
            for (CustomValue form : forms) {
                read = read.thenComposeAsync(
                        before -> mark(attribute, form).thenAccept(mark -> marks.put(form, mark)), continuations);
            }
        }
        return read;
    }

    private List<SessionKey> own(IndexPage page) {
        return page.keys().stream().filter(ids::isOwn).toList();
    }

    /**
     * Where a pass through all forms of a value stands.
     *
     * @param form which form
     * @param position the store's own position; null: at the form's start
     */
    private record Place(int form, @Nullable String position) {
        static Place of(@Nullable String text, int forms) {
            if (text == null) {
                return new Place(0, null);
            }
            int end = text.indexOf(AFTER_FORM);
            try {
                int form = Integer.parseInt(text.substring(0, Math.max(end, 0)));
                if (form >= 0 && form < forms) {
                    String rest = text.substring(end + 1);
                    return new Place(form, rest.isEmpty() ? null : rest);
                }
            } catch (NumberFormatException e) {
                // Reported below.
            }
            throw new IllegalArgumentException("this is no position that a page of sessions gave");
        }

        @Nullable
        String next(IndexPage page, int forms) {
            if (page.next().isPresent()) {
                return form + String.valueOf(AFTER_FORM) + page.next().get();
            }
            return form + 1 < forms ? (form + 1) + String.valueOf(AFTER_FORM) : null;
        }
    }

    // Ending

    /**
     * Ends all sessions of a value, page by page, those of a page side by side.
     *
     * @param spared whom to leave alone; null: nobody
     * @param ended is called for each session that this ends, one after the other
     * @return how many this ended
     */
    CompletionStage<Integer> endedAll(
            String attribute,
            List<CustomValue> forms,
            @Nullable Token spared,
            Consumer<DeleteByOutcome.Deleted> ended,
            Executor continuations) {
        if (forms.isEmpty()) {
            return CompletableFuture.completedFuture(0);
        }
        CompletionStage<Void> marked = CompletableFuture.completedFuture(null);
        if (custom.hasMarks()) {
            long now = clock.instant().toEpochMilli();
            for (CustomValue form : forms) {
                marked = marked.thenComposeAsync(
                        before -> store.raiseMark(markKey(attribute, form), now, spared)
                                .thenAccept(mark -> {}),
                        continuations);
            }
        }
        return marked.thenComposeAsync(
                before -> endedFrom(new Place(0, null), attribute, forms, spared, ended, 0, continuations),
                continuations);
    }

    private CompletionStage<Integer> endedFrom(
            Place place,
            String attribute,
            List<CustomValue> forms,
            @Nullable Token spared,
            Consumer<DeleteByOutcome.Deleted> ended,
            int before,
            Executor continuations) {
        Set<CustomValue> values = new HashSet<>(forms);
        return store.findBy(attribute, forms.get(place.form()), place.position(), END_PAGE)
                .thenComposeAsync(
                        page -> Lanes.each(
                                        store.isBlocking(),
                                        own(page),
                                        key -> store.deleteBy(key, attribute, values, spared))
                                .thenComposeAsync(
                                        done -> {
                                            int sum = before + notified(done.results(), ended);
                                            if (done.failure() != null) {
                                                return CompletableFuture.<Integer>failedFuture(done.failure());
                                            }
                                            String next = place.next(page, forms.size());
                                            return next == null
                                                    ? CompletableFuture.completedFuture(sum)
                                                    : endedFrom(
                                                            Place.of(next, forms.size()),
                                                            attribute,
                                                            forms,
                                                            spared,
                                                            ended,
                                                            sum,
                                                            continuations);
                                        },
                                        continuations),
                        continuations);
    }

    private static int notified(List<DeleteByOutcome> outcomes, Consumer<DeleteByOutcome.Deleted> ended) {
        List<DeleteByOutcome.Deleted> all = new ArrayList<>();
        outcomes.forEach(outcome -> {
            if (outcome instanceof DeleteByOutcome.Deleted deleted) {
                all.add(deleted);
            }
        });
        all.forEach(ended);
        return all.size();
    }

    /** Ends the session that a reference names, if it has the value. */
    CompletionStage<DeleteOutcome> ended(
            String reference,
            String attribute,
            List<CustomValue> forms,
            Consumer<DeleteByOutcome.Deleted> ended,
            Executor continuations) {
        SessionKey key = own(reference);
        if (forms.isEmpty() || key == null) {
            return CompletableFuture.completedFuture(DeleteOutcome.ABSENT);
        }
        return store.deleteBy(key, attribute, new HashSet<>(forms), null)
                .thenApplyAsync(
                        outcome -> {
                            if (outcome instanceof DeleteByOutcome.Deleted deleted) {
                                ended.accept(deleted);
                                return DeleteOutcome.DELETED;
                            }
                            return outcome instanceof DeleteByOutcome.Uncertain
                                    ? DeleteOutcome.UNCERTAIN
                                    : DeleteOutcome.ABSENT;
                        },
                        continuations);
    }

    /** The key that a reference is; null: it is none of this application's. */
    private @Nullable SessionKey own(String reference) {
        SessionKey key = reference.isEmpty() ? null : SessionKey.of(reference);
        return key != null && ids.isOwn(key) ? key : null;
    }

    // Changing

    /**
     * Changes the session that a reference names, if it has the value.
     *
     * @param change of what is stored, on condition of its version
     * @param attempts how often others may come between
     * @return whether it was changed
     */
    CompletionStage<Boolean> changed(
            String reference,
            String attribute,
            List<CustomValue> forms,
            BiFunction<SessionKey, StoredSession, SessionDelta> change,
            int attempts,
            Executor continuations) {
        SessionKey key = own(reference);
        if (forms.isEmpty() || key == null) {
            return CompletableFuture.completedFuture(false);
        }
        return store.readBy(key, attribute, new HashSet<>(forms))
                .thenComposeAsync(
                        read -> read.isEmpty()
                                ? CompletableFuture.completedFuture(false)
                                : store.update(key, change.apply(key, read.get()))
                                        .thenComposeAsync(
                                                outcome -> outcome instanceof UpdateOutcome.Conflict
                                                        ? changedAgain(
                                                                reference,
                                                                attribute,
                                                                forms,
                                                                change,
                                                                attempts - 1,
                                                                continuations)
                                                        : CompletableFuture.completedFuture(
                                                                outcome instanceof UpdateOutcome.Written),
                                                continuations),
                        continuations);
    }

    private CompletionStage<Boolean> changedAgain(
            String reference,
            String attribute,
            List<CustomValue> forms,
            BiFunction<SessionKey, StoredSession, SessionDelta> change,
            int attempts,
            Executor continuations) {
        return attempts > 0
                ? changed(reference, attribute, forms, change, attempts, continuations)
                : CompletableFuture.failedFuture(new SessionStoreException(
                        "the session was changed by others during each attempt to set an attribute of it",
                        null,
                        false));
    }
}
