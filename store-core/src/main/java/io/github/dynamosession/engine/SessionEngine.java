// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.engine;

import io.github.dynamosession.Arrival;
import io.github.dynamosession.ChangeIdOutcome;
import io.github.dynamosession.Concurrency;
import io.github.dynamosession.SaveOutcome;
import io.github.dynamosession.Session;
import io.github.dynamosession.SessionListener;
import io.github.dynamosession.SessionMovedException;
import io.github.dynamosession.StoreFailureHandler;
import io.github.dynamosession.crypto.ValueProtection;
import io.github.dynamosession.spi.ChangeKeyOutcome;
import io.github.dynamosession.spi.CustomValue;
import io.github.dynamosession.spi.DeleteByOutcome;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.ExpiredSession;
import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.IndexedSessionStore;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionException;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.StoreMisconfiguredException;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.SweepOutcome;
import io.github.dynamosession.spi.SweepableSessionStore;
import io.github.dynamosession.spi.Token;
import io.github.dynamosession.spi.UpdateOutcome;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the manager does with sessions, written once for blocking and other callers: each operation asks
 * the store, and answers its outcome with a change of the session.
 */
public final class SessionEngine {
    /** How often a save with computed attributes is tried; each failure means that somebody else got through. */
    public static final int SAVE_ATTEMPTS = 50;

    /** How many rows a sweep looks at in one step: at most 1 MB of them in DynamoDB, 128 read units. */
    static final int SWEEP_PAGE = 100;

    /** How long after a change of the id a request under the former one is taken for a late one. */
    public static final Duration LATE_REQUEST = Duration.ofSeconds(5);

    /** The same for a page that is navigated to: nobody clicks on in the middle of a login. */
    public static final Duration LATE_NAVIGATION = Duration.ofSeconds(1);

    /** How many different ids of one request are looked up. */
    static final int CANDIDATES = 2;

    private final SessionStore store;
    private final EngineContext context;
    private final Concurrency concurrency;
    private final StoreFailureHandler failures;
    private final boolean storeEmptySessions;
    private final Clock clock;
    private final CopyOnWriteArrayList<SessionListener> listeners;

    /** Where a stage of the store is continued: for a store that blocks, right where it completed. */
    private final Executor continuations;

    private final ComputeQueue computes;
    private final RetryPause pause;

    /** Null: the manager has no custom attributes, so that nothing is indexed. */
    private final @Nullable SessionIndex index;

    /** Null: sessions are not locked. */
    private final @Nullable SessionLocks locks;

    public SessionEngine(
            SessionStore store,
            EngineContext context,
            Concurrency concurrency,
            StoreFailureHandler failures,
            boolean storeEmptySessions,
            Clock clock,
            List<SessionListener> listeners,
            Executor continuations,
            RetryPause pause,
            @Nullable SessionLocks locks) {
        this.locks = locks;
        this.store = store;
        this.context = context;
        this.concurrency = concurrency;
        this.failures = failures;
        this.storeEmptySessions = storeEmptySessions;
        this.clock = clock;
        this.listeners = new CopyOnWriteArrayList<>(listeners);
        this.continuations = continuations;
        this.computes = new ComputeQueue();
        this.pause = pause;
        this.index = store instanceof IndexedSessionStore indexed
                        && !context.custom().isEmpty()
                ? new SessionIndex(indexed, context.custom(), context.ids(), clock)
                : null;
    }

    private SessionEngine(SessionEngine shared, Executor continuations) {
        this.store = shared.store;
        this.context = shared.context;
        this.concurrency = shared.concurrency;
        this.failures = shared.failures;
        this.storeEmptySessions = shared.storeEmptySessions;
        this.clock = shared.clock;
        this.listeners = shared.listeners;
        this.continuations = continuations;
        this.computes = shared.computes;
        this.pause = shared.pause;
        this.index = shared.index;
        this.locks = shared.locks;
    }

    /** These operations, which continue elsewhere. */
    public SessionEngine on(Executor executor) {
        return new SessionEngine(this, executor);
    }

    public Session fresh() {
        return EngineSession.fresh(context, clock.instant());
    }

    /** The ids to look up: of all that cookies hold, those that this application hands out. */
    public List<String> candidates(List<String> cookieValues) {
        if (cookieValues.size() == 1) {
            // Nearly always.
            return context.ids().parse(cookieValues.get(0)).map(List::of).orElse(List.of());
        }
        return cookieValues.stream()
                .flatMap(value -> context.ids().parse(value).stream())
                .distinct()
                .limit(CANDIDATES)
                .toList();
    }

    public Arrival arrival(boolean navigation) {
        return new Arrival(clock.instant(), navigation);
    }

    public CompletionStage<Optional<Session>> opened(List<String> candidates, Arrival arrival) {
        if (candidates.isEmpty()) {
            return CompletableFuture.completedStage(Optional.empty());
        }
        CompletionStage<Optional<Session>> opened = opened(candidates.get(0), arrival);
        if (candidates.size() == 1) {
            return opened;
        }
        return opened.thenCompose(first -> {
            if (first.isPresent()
                    && (!first.get().isDetached()
                            || EngineSession.of(first.get()).isOffline())) {
                return CompletableFuture.completedStage(first);
            }
            return opened(candidates.subList(1, candidates.size()), arrival)
                    .thenApply(next ->
                            next.isPresent() && (first.isEmpty() || !next.get().isDetached()) ? next : first);
        });
    }

    /** Reads a key under which there is no session. */
    public CompletionStage<Boolean> checked() {
        return asked(() -> store.find(context.ids().probe())).thenApply(found -> true);
    }

    private CompletionStage<Optional<Session>> opened(String id, Arrival arrival) {
        Instant now = clock.instant();
        SessionKey key = context.ids().key(id);
        CompletionStage<Optional<Session>> found = locks == null
                ? whenFound(found(store.find(key)), outcome -> opened(id, key, arrival, now, outcome, null))
                : locks.take(key, continuations)
                        .thenComposeAsync(taken -> openedLocked(locks, id, key, arrival, taken), continuations);
        return recover(
                StoreFailureHandler.Operation.OPEN, found, () -> Optional.of(EngineSession.offline(context, id, now)));
    }

    /** Goes on in the thread that completes the stage, which may be a client's, if no codec is asked. */
    private CompletionStage<Optional<Session>> whenFound(
            CompletionStage<FindOutcome> found, Function<FindOutcome, CompletionStage<Optional<Session>>> next) {
        return context.codecs().requiresNothing()
                ? found.thenCompose(next)
                : found.thenComposeAsync(next, continuations);
    }

    private CompletionStage<Optional<Session>> opened(
            String id,
            SessionKey key,
            Arrival arrival,
            Instant now,
            FindOutcome outcome,
            SessionLocks.@Nullable Lease lease) {
        if (outcome instanceof FindOutcome.Found stored) {
            EngineSession session = EngineSession.stored(context, id, key, now, stored.session(), lease);
            return fetched(session, session.prefetched())
                    .thenApply(
                            done -> session.unreadableRequirement() == null ? Optional.of(session) : Optional.empty());
        }
        return CompletableFuture.completedStage(
                outcome instanceof FindOutcome.Moved moved && isLate(arrival, moved.at())
                        ? Optional.of(EngineSession.moved(context, id, now, moved.reason()))
                        : Optional.empty());
    }

    /** What is locked and not opened in the end is released. */
    private CompletionStage<Optional<Session>> openedLocked(
            SessionLocks held, String id, SessionKey key, Arrival arrival, SessionLocks.Taken taken) {
        // It may have waited: this is when the request uses the session.
        Instant now = clock.instant();
        CompletionStage<Optional<Session>> opened = asked(() -> found(CompletableFuture.completedStage(taken.found()))
                .thenComposeAsync(outcome -> opened(id, key, arrival, now, outcome, taken.lease()), continuations));
        SessionLocks.Lease lease = taken.lease();
        return lease == null
                ? opened
                : opened.handle((session, failure) -> failure == null && session.isPresent()
                                ? CompletableFuture.completedStage(session)
                                : held.release(lease).thenCompose(released -> opened))
                        .thenCompose(Function.identity());
    }

    /** What the store finds, but for sessions that were ended with all of a value and not yet found by it. */
    private CompletionStage<FindOutcome> found(CompletionStage<FindOutcome> found) {
        if (index == null || context.custom().marked().isEmpty()) {
            return found;
        }
        return found.thenComposeAsync(
                outcome -> outcome instanceof FindOutcome.Found stored
                        ? index.isOpen(stored.session(), continuations)
                                .thenApply(open -> open ? outcome : new FindOutcome.Absent())
                        : CompletableFuture.completedStage(outcome),
                continuations);
    }

    /** A save with the generations of the marks that it needs. */
    private CompletionStage<SaveSnapshot> marked(SaveSnapshot save) {
        return index().marked(save, continuations);
    }

    /**
     * One page of the sessions with an indexed value.
     *
     * @throws IllegalArgumentException if there is no such indexed attribute
     */
    public CompletionStage<SessionIndex.FoundPage> foundBy(String attribute, Object value, @Nullable String position) {
        List<CustomValue> forms = context.custom().forms(attribute, value);
        return index().found(attribute, forms, position, continuations);
    }

    /**
     * Ends all sessions with an indexed value but one, and notifies listeners of each.
     *
     * @throws IllegalArgumentException if there is no such indexed attribute
     */
    public CompletionStage<Integer> endedAllBy(String attribute, Object value, @Nullable EngineSession spared) {
        List<CustomValue> forms = context.custom().forms(attribute, value);
        Token uid = spared == null ? null : spared.uid();
        return index().endedAll(attribute, forms, uid, this::notifyEnded, continuations);
    }

    /**
     * Ends one session with an indexed value, and notifies listeners.
     *
     * @throws IllegalArgumentException if there is no such indexed attribute
     */
    public CompletionStage<DeleteOutcome> endedBy(String attribute, Object value, String reference) {
        List<CustomValue> forms = context.custom().forms(attribute, value);
        return index().ended(reference, attribute, forms, this::notifyEnded, continuations);
    }

    /**
     * Sets an attribute of a session with an indexed value.
     *
     * @throws IllegalArgumentException if there is no such indexed attribute
     */
    public CompletionStage<Boolean> setBy(String attribute, Object value, String reference, String name, Object note) {
        List<CustomValue> forms = context.custom().forms(attribute, value);
        EncodedValue encoded = context.codecs().encode(note);
        return index().changed(
                        reference,
                        attribute,
                        forms,
                        (key, session) -> noted(key, session, name, encoded),
                        SAVE_ATTEMPTS,
                        continuations);
    }

    private SessionDelta noted(SessionKey key, StoredSession session, String name, EncodedValue note) {
        ValueProtection protection = new ValueProtection(
                context.protection(), session.uid(), key, session.keyBinding().orElse(null));
        EncodedValue stored = protection.protect(name, note).stored();
        // On this version: a later one may be somebody else's.
        return SessionDelta.builder(Token.random())
                .set(name, stored)
                .keyBinding(protection.renewedKeyBinding(List.of(stored)))
                .condition(new SessionDelta.Condition.VersionIs(session.version()))
                .seenVersion(session.version())
                .build();
    }

    private SessionIndex index() {
        // Asked for an attribute that is indexed, so that there is one.
        return Objects.requireNonNull(index);
    }

    private void notifyEnded(DeleteByOutcome.Deleted deleted) {
        EngineSession session = EngineSession.expired(context, deleted.key(), clock.instant(), deleted.session());
        notify(session, listener -> listener.sessionEndedByOthers(session));
    }

    /** Fetches what lies outside of the session's row, all at once; nothing is decoded before all of it is here. */
    private CompletionStage<Boolean> fetched(EngineSession session, List<EngineSession.Lack> lacks) {
        CompletionStage<Boolean> all = CompletableFuture.completedStage(true);
        for (EngineSession.Lack lack : lacks) {
            CompletionStage<LargeValues.Fetched> one =
                    context.large().fetch(lack.key(), lack.uid(), lack.name(), lack.pointer());
            all = all.thenCombineAsync(
                    one,
                    (before, fetched) -> {
                        session.fetched(lack, fetched);
                        return true;
                    },
                    continuations);
        }
        return all;
    }

    /** The write, once the parts are stored that it points to. */
    private <T> CompletionStage<T> withParts(
            EngineSession session, SaveSnapshot save, Supplier<CompletionStage<T>> write) {
        return save.parts().isEmpty()
                ? write.get()
                : context.large().written(session.base().uid(), save.parts()).thenCompose(stored -> write.get());
    }

    /** What a refused write is computed on again must be at hand: nothing of the write was stored. */
    private CompletionStage<Boolean> computable(
            EngineSession session, SaveSnapshot save, @Nullable StoredSession current, Runnable notApplied) {
        List<EngineSession.Lack> lacks = current == null ? List.of() : session.lacks(save, current);
        return lacks.isEmpty()
                ? CompletableFuture.completedStage(true)
                : fetched(session, lacks)
                        .whenCompleteAsync(
                                (here, failure) -> {
                                    if (failure != null) {
                                        notApplied.run();
                                    }
                                },
                                continuations);
    }

    /**
     * Whether a request under a former id belongs to the page that was shown when the id changed: then it must
     * not start a session that takes the place of the changed one. What comes later starts afresh: the answer
     * with the new id never reached that browser. A move in the future is a clock's fault.
     */
    private static boolean isLate(Arrival arrival, Instant movedAt) {
        return arrival.at().isBefore(movedAt.plus(arrival.navigation() ? LATE_NAVIGATION : LATE_REQUEST));
    }

    public CompletionStage<SaveOutcome> saved(EngineSession session) {
        CompletionStage<SaveOutcome> saved = inTurn(session, () -> {
            session.beginSave();
            return concurrency == Concurrency.MERGE && session.isComputing()
                    ? computes.inTurn(session.key(), store.isBlocking(), continuations, turn -> {
                        session.anticipate(turn.known());
                        return saved(session, 1, turn);
                    })
                    : saved(session, 1, null);
        });
        CompletionStage<SaveOutcome> recovered =
                recover(StoreFailureHandler.Operation.SAVE, saved, () -> SaveOutcome.UNAVAILABLE);
        // A save that failed may be tried again, under the same lock.
        return locks == null
                ? recovered
                : recovered.thenCompose(outcome ->
                        unlocked(session, outcome != SaveOutcome.UNAVAILABLE).thenApply(released -> outcome));
    }

    /** Gives up a session's lock, with what was changed and is not saved. */
    public CompletionStage<Boolean> unlocked(EngineSession session) {
        return unlocked(session, false);
    }

    private CompletionStage<Boolean> unlocked(EngineSession session, boolean saved) {
        return locks == null || !session.isLocked()
                ? CompletableFuture.completedStage(false)
                : inTurn(session, () -> {
                    SessionLocks.Lease lease = session.giveUpLock(saved);
                    return lease == null
                            ? CompletableFuture.completedStage(false)
                            : locks.release(lease).thenApply(released -> true);
                });
    }

    /** What a save comes to that has surely nothing to do; null if it may have. */
    @Nullable
    public SaveOutcome outcomeWithoutWork(EngineSession session) {
        return session.outcomeWithoutWork(storeEmptySessions);
    }

    public CompletionStage<ChangeIdOutcome> idChanged(EngineSession session, KeyChangeReason reason) {
        return withholding(
                session,
                reason,
                () -> inTurn(session, () -> withholding(session, reason, () -> idChanged(session, reason, 1))));
    }

    /**
     * Withholds what the session would store from a privilege change that fails, whatever the reason, until one
     * succeeds. Noted within the turn, because a save may wait for it, and without it for what never got a turn.
     */
    public static CompletionStage<ChangeIdOutcome> withholding(
            EngineSession session, KeyChangeReason reason, Supplier<CompletionStage<ChangeIdOutcome>> change) {
        if (reason == KeyChangeReason.ROTATION) {
            return change.get();
        }
        CompletionStage<ChangeIdOutcome> changed;
        try {
            changed = change.get();
        } catch (RuntimeException | Error e) {
            session.withhold(e);
            throw e;
        }
        return changed.whenComplete((outcome, failure) -> {
            if (failure != null) {
                session.withhold(unwrap(failure));
            }
        });
    }

    public CompletionStage<DeleteOutcome> ended(EngineSession session, Consumer<? super Session> beforeInvalidation) {
        return inTurn(session, () -> deleted(session, beforeInvalidation));
    }

    /** Waits for those that write this session already: in the calling thread if the store blocks. */
    private <T> CompletionStage<T> inTurn(EngineSession session, Supplier<CompletionStage<T>> operation) {
        if (session.isNotifying()) {
            return operation.get();
        }
        CompletableFuture<Void> mine = new CompletableFuture<>();
        CompletableFuture<Void> former = session.takeTurn(mine);
        CompletionStage<T> stage;
        try {
            if (store.isBlocking()) {
                former.join();
            }
            stage = former.isDone()
                    ? operation.get()
                    : former.thenComposeAsync(ended -> operation.get(), continuations);
        } catch (RuntimeException | Error e) {
            mine.complete(null);
            throw e;
        }
        return stage.whenComplete((outcome, failure) -> mine.complete(null));
    }

    private CompletionStage<SaveOutcome> saved(EngineSession session, int attempt, ComputeQueue.@Nullable Turn turn) {
        SaveStep next = session.nextSave(concurrency, storeEmptySessions, clock.instant());
        if (next instanceof SaveStep.Done done) {
            return CompletableFuture.completedStage(done.outcome());
        }
        if (next instanceof SaveStep.Refused refused) {
            return CompletableFuture.failedStage(refused.why());
        }
        SaveStep.Write write = (SaveStep.Write) next;
        // What was repeated is known then, and no more: what has changed since follows.
        return write.more()
                ? written(session, write.save(), 1, turn)
                        .thenCompose(outcome -> outcome == SaveOutcome.SAVED
                                ? saved(session, attempt, turn).thenApply(SessionEngine::afterRepetition)
                                : CompletableFuture.completedStage(outcome))
                : written(session, write.save(), attempt, turn);
    }

    private static SaveOutcome afterRepetition(SaveOutcome later) {
        return later == SaveOutcome.UNCHANGED || later == SaveOutcome.TOUCHED ? SaveOutcome.SAVED : later;
    }

    private CompletionStage<SaveOutcome> written(
            EngineSession session, SaveSnapshot snapshot, int attempt, ComputeQueue.@Nullable Turn turn) {
        return snapshot.unmarked().isEmpty()
                ? sent(session, snapshot, attempt, turn)
                : marked(snapshot).thenCompose(save -> sent(session, save, attempt, turn));
    }

    private CompletionStage<SaveOutcome> sent(
            EngineSession session, SaveSnapshot save, int attempt, ComputeQueue.@Nullable Turn turn) {
        return save.create() == null ? updated(session, save, attempt, turn) : created(session, save);
    }

    private CompletionStage<SaveOutcome> created(EngineSession session, SaveSnapshot save) {
        boolean first = session.sending(save);
        return sent(
                        () -> withParts(
                                session, save, () -> store.create(save.key(), Objects.requireNonNull(save.create()))),
                        first,
                        session::notSaved)
                .thenApplyAsync(
                        outcome -> {
                            session.answer(save, outcome);
                            notify(session, listener -> listener.sessionCreated(session));
                            return SaveOutcome.SAVED;
                        },
                        continuations);
    }

    private CompletionStage<SaveOutcome> updated(
            EngineSession session, SaveSnapshot save, int attempt, ComputeQueue.@Nullable Turn turn) {
        boolean first = session.sending(save);
        // Not marked as a repetition: the conflict that a store answers then tells what the session goes on with.
        SessionDelta delta = first ? save.delta() : save.repetition();
        return sent(() -> withParts(session, save, () -> store.update(save.key(), delta)), first, session::notSaved)
                .thenComposeAsync(
                        outcome -> computable(
                                        session,
                                        save,
                                        outcome instanceof UpdateOutcome.Conflict conflict ? conflict.current() : null,
                                        first ? session::notSaved : () -> {})
                                .thenCompose(here -> answered(session, save, outcome, first, attempt, turn)),
                        continuations);
    }

    private CompletionStage<SaveOutcome> answered(
            EngineSession session,
            SaveSnapshot save,
            UpdateOutcome outcome,
            boolean first,
            int attempt,
            ComputeQueue.@Nullable Turn turn) {
        SaveOutcome saved =
                session.answer(save, outcome, first, concurrency == Concurrency.MERGE, attempt >= SAVE_ATTEMPTS);
        if (saved == null) {
            return pause.after(attempt).thenComposeAsync(passed -> saved(session, attempt + 1, turn), continuations);
        }
        if (turn != null && outcome instanceof UpdateOutcome.Written written) {
            turn.leave(save, written.version());
        }
        return CompletableFuture.completedStage(saved);
    }

    private CompletionStage<ChangeIdOutcome> idChanged(EngineSession session, KeyChangeReason reason, int attempt) {
        IdChangeStep next = session.nextIdChange(reason, concurrency, clock.instant());
        if (next instanceof IdChangeStep.Done done) {
            return CompletableFuture.completedStage(done.outcome());
        }
        if (next instanceof IdChangeStep.Renew renew) {
            return renew.perhapsStored()
                    ? deleted(session, session.key()).thenApplyAsync(outcome -> renewed(session), continuations)
                    : CompletableFuture.completedStage(renewed(session));
        }
        if (next instanceof IdChangeStep.Repeat repeat) {
            return written(session, repeat.save(), 1, null)
                    .thenCompose(outcome -> outcome == SaveOutcome.GONE
                            ? CompletableFuture.completedStage(ChangeIdOutcome.GONE)
                            : idChanged(session, reason, attempt));
        }
        IdChangeStep.Change change = (IdChangeStep.Change) next;
        SaveSnapshot snapshot = change.change().save();
        CompletionStage<ChangeIdOutcome> changed = snapshot.unmarked().isEmpty()
                ? idChanged(session, change.change(), attempt)
                : marked(snapshot)
                        .thenCompose(save -> idChanged(session, change.change().with(save), attempt));
        return changed.thenCompose(outcome -> change.more() && outcome == ChangeIdOutcome.CHANGED
                ? idChanged(session, reason, attempt)
                : CompletableFuture.completedStage(outcome));
    }

    private CompletionStage<ChangeIdOutcome> idChanged(EngineSession session, PendingIdChange change, int attempt) {
        SaveSnapshot save = change.save();
        boolean first = session.changingId(change);
        SessionDelta delta = first ? save.delta() : save.delta().repeated();
        return sent(
                        () -> withParts(
                                session,
                                save,
                                () -> store.changeKey(
                                        save.key(), change.newKey(), session.base(), delta, change.reason())),
                        first,
                        session::idNotChanged)
                .thenComposeAsync(
                        outcome -> (outcome instanceof ChangeKeyOutcome.Moved
                                                && change.reason() != KeyChangeReason.ROTATION
                                        // A session of its own takes along what this request saw, and the parts stay
                                        // behind.
                                        ? fetched(session, session.lacks())
                                        : computable(
                                                session,
                                                save,
                                                outcome instanceof ChangeKeyOutcome.Conflict conflict
                                                        ? conflict.current()
                                                        : null,
                                                first ? session::idNotChanged : () -> {}))
                                .thenCompose(here -> answered(session, change, outcome, attempt)),
                        continuations);
    }

    private CompletionStage<ChangeIdOutcome> answered(
            EngineSession session, PendingIdChange change, ChangeKeyOutcome outcome, int attempt) {
        String formerId = session.id();
        ChangeIdOutcome changed =
                session.answer(change, outcome, concurrency, attempt >= SAVE_ATTEMPTS, clock.instant());
        if (changed == null) {
            return pause.after(attempt)
                    .thenComposeAsync(passed -> idChanged(session, change.reason(), attempt + 1), continuations);
        }
        if (changed == ChangeIdOutcome.CHANGED) {
            notify(session, listener -> listener.sessionIdChanged(session, formerId));
        }
        return CompletableFuture.completedStage(changed);
    }

    private ChangeIdOutcome renewed(EngineSession session) {
        String formerId = session.id();
        ChangeIdOutcome outcome = session.renew(clock.instant());
        if (outcome == ChangeIdOutcome.CHANGED) {
            notify(session, listener -> listener.sessionIdChanged(session, formerId));
        }
        return outcome;
    }

    private CompletionStage<DeleteOutcome> deleted(
            EngineSession session, Consumer<? super Session> beforeInvalidation) {
        // Of a detached one something may be stored: after a rotation, or if the store did not answer before.
        if (!session.mayBeStored()) {
            if (!session.isEnded() && !session.isExpired()) {
                session.notify(() -> beforeInvalidation.accept(session));
            }
            if (!session.isExpired()) {
                session.ended();
            }
            return CompletableFuture.completedStage(DeleteOutcome.ABSENT);
        }
        if (session.isBeyondEnding()) {
            return CompletableFuture.failedStage(new SessionMovedException());
        }
        boolean neverSeen = !session.isStored() && !session.isDetached();
        PendingIdChange unanswered = session.idChange();
        CompletionStage<DeleteOutcome> deleted =
                unanswered == null ? deleted(session, session.key()) : deletedAt(session, unanswered.newKey());
        return deleted.thenApplyAsync(
                outcome -> {
                    if (outcome == DeleteOutcome.MOVED) {
                        session.movedAway();
                        throw new SessionMovedException();
                    }
                    // Not if uncertain: another node may notify its listeners, and better never than twice.
                    if (neverSeen || outcome == DeleteOutcome.DELETED) {
                        session.notify(() -> beforeInvalidation.accept(session));
                    }
                    if (outcome == DeleteOutcome.DELETED) {
                        notify(session, listener -> listener.sessionEnded(session));
                    }
                    session.ended();
                    return outcome;
                },
                continuations);
    }

    /**
     * Deletes a session whose id may have changed: first at the target, then under the old id. If it was still
     * there neither the first time nor the second, the change came between, and the third finds it.
     */
    private CompletionStage<DeleteOutcome> deletedAt(EngineSession session, SessionKey target) {
        return deleted(session, target)
                .thenComposeAsync(
                        moved -> deleted(session, session.key())
                                .thenApply(stayed -> moved == DeleteOutcome.ABSENT ? stayed : moved),
                        continuations)
                .thenComposeAsync(
                        outcome -> outcome == DeleteOutcome.ABSENT || outcome == DeleteOutcome.MOVED
                                ? deleted(session, target)
                                        .thenApply(again -> again == DeleteOutcome.ABSENT ? outcome : again)
                                : CompletableFuture.completedStage(outcome),
                        continuations);
    }

    /** Deletes what is under a key; an earlier deletion whose answer was lost makes "absent" uncertain. */
    private CompletionStage<DeleteOutcome> deleted(EngineSession session, SessionKey key) {
        boolean first = session.ending();
        return asked(() -> store.delete(key))
                .exceptionallyAsync(
                        failure -> {
                            if (first && surelyNotApplied(failure)) {
                                session.notEnded();
                            }
                            throw completion(failure);
                        },
                        continuations)
                .thenApplyAsync(
                        outcome -> {
                            session.notEnded();
                            return !first && outcome == DeleteOutcome.ABSENT ? DeleteOutcome.UNCERTAIN : outcome;
                        },
                        continuations);
    }

    /**
     * What one step of a sweep did.
     *
     * @param notified how many sessions were removed, of which listeners were notified
     * @param next where the next step goes on; null: nowhere
     */
    public record Swept(int notified, @Nullable String next) {}

    /**
     * Removes the expired sessions of one page one by one, and notifies listeners of each before the next is removed; then
     * what is no session and nothing else removes.
     *
     * @param stopped asked before each removal
     */
    public CompletionStage<Swept> sweptPage(
            SweepableSessionStore sweepable, @Nullable String position, BooleanSupplier stopped) {
        return sweepable
                .findExpired(position, SWEEP_PAGE)
                .thenComposeAsync(
                        page -> {
                            page.storeTime().ifPresent(this::requireSameTime);
                            CompletionStage<Integer> notified = CompletableFuture.completedStage(0);
                            for (ExpiredSession expired : page.sessions()) {
                                if (context.ids().isOwn(expired.key())) {
                                    notified = notified.thenComposeAsync(
                                            before -> stopped.getAsBoolean()
                                                    ? CompletableFuture.completedStage(before)
                                                    : removed(sweepable, expired)
                                                            .thenApply(more -> before + more),
                                            continuations);
                                }
                            }
                            for (SessionKey leftover : page.leftovers()) {
                                if (context.ids().isOwnRow(leftover)) {
                                    notified = notified.thenComposeAsync(
                                            before -> stopped.getAsBoolean()
                                                    ? CompletableFuture.completedStage(before)
                                                    : sweepable
                                                            .deleteLeftover(leftover)
                                                            .thenApply(outcome -> before),
                                            continuations);
                                }
                            }
                            return notified.thenApply(
                                    sum -> new Swept(sum, page.next().orElse(null)));
                        },
                        continuations);
    }

    /** A clock that is ahead finds live sessions expired, and nothing brings back what it deletes. */
    private void requireSameTime(Instant storeTime) {
        Duration ahead = Duration.between(storeTime, clock.instant());
        if (ahead.abs().compareTo(SweepableSessionStore.CLOCK_MARGIN) > 0) {
            throw new StoreMisconfiguredException(
                    "nothing is swept: this node's clock is "
                            + ahead.abs().toSeconds() + " seconds "
                            + (ahead.isNegative() ? "behind" : "ahead of") + " the store's, and "
                            + SweepableSessionStore.CLOCK_MARGIN.toSeconds()
                            + " are allowed: synchronise the clock",
                    null);
        }
    }

    private CompletionStage<Integer> removed(SweepableSessionStore sweepable, ExpiredSession expired) {
        return sweepable
                .deleteExpired(expired)
                .thenApplyAsync(
                        outcome -> {
                            if (outcome != SweepOutcome.DELETED) {
                                // If uncertain, another node may notify its listeners: better never than twice.
                                return 0;
                            }
                            notifyExpired(expired);
                            return 1;
                        },
                        continuations);
    }

    /**
     * Notifies listeners of a session that something else removed.
     *
     * @return false if it is not of this application
     */
    public boolean notifyRemoved(ExpiredSession expired) {
        if (!context.ids().isOwn(expired.key())) {
            return false;
        }
        notifyExpired(expired);
        return true;
    }

    private void notifyExpired(ExpiredSession expired) {
        EngineSession session = EngineSession.expired(context, expired.key(), clock.instant(), expired.session());
        notify(session, listener -> listener.sessionExpired(session));
    }

    public void add(SessionListener listener) {
        listeners.add(listener);
    }

    public void remove(SessionListener listener) {
        listeners.remove(listener);
    }

    private void notify(EngineSession session, Consumer<SessionListener> event) {
        for (SessionListener listener : listeners) {
            session.notify(() -> event.accept(listener));
        }
    }

    /**
     * Sends a write. The session has taken note before, because nobody may be left to do so after: an executor may
     * refuse to go on when the store has written.
     */
    private <T> CompletionStage<T> sent(Supplier<CompletionStage<T>> write, boolean first, Runnable notApplied) {
        // Not on a client's thread: the session's lock may be held by a codec or a function at work.
        return asked(write)
                .exceptionallyAsync(
                        failure -> {
                            if (first && surelyNotApplied(failure)) {
                                notApplied.run();
                            }
                            throw completion(failure);
                        },
                        continuations);
    }

    private static <T> CompletionStage<T> asked(Supplier<CompletionStage<T>> operation) {
        try {
            return operation.get();
        } catch (RuntimeException e) {
            return CompletableFuture.failedStage(e);
        }
    }

    /** Only what the store says itself: a stage that ends in another way may have been a write. */
    private static boolean surelyNotApplied(Throwable failure) {
        Throwable cause = unwrap(failure);
        return cause instanceof SessionException
                && !(cause instanceof SessionStoreException store && store.outcomeUnknown());
    }

    /** Continues where the handler says so. */
    private <T> CompletionStage<T> recover(
            StoreFailureHandler.Operation operation, CompletionStage<T> stage, Supplier<T> instead) {
        return stage.exceptionally(failure -> {
            if (!(unwrap(failure) instanceof SessionException known)) {
                throw completion(failure);
            }
            Optional<? extends RuntimeException> thrown = failures.handle(operation, known);
            if (thrown.isEmpty()) {
                return instead.get();
            }
            throw completion(thrown.get());
        });
    }

    private static CompletionException completion(Throwable failure) {
        return failure instanceof CompletionException e ? e : new CompletionException(failure);
    }

    public static Throwable unwrap(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null
                ? unwrap(failure.getCause())
                : failure;
    }
}
