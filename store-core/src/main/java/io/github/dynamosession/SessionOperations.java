// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import io.github.dynamosession.spi.ChangeKeyOutcome;
import io.github.dynamosession.spi.CreateOutcome;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.ExpiredSession;
import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.SweepOutcome;
import io.github.dynamosession.spi.SweepableSessionStore;
import io.github.dynamosession.spi.UpdateOutcome;
import java.time.Clock;
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
final class SessionOperations {
    /** How often a save with computed attributes is tried; each failure means that somebody else got through. */
    static final int SAVE_ATTEMPTS = 50;

    /** How many rows a sweep looks at in one step: at most 1 MB of them in DynamoDB, 128 read units. */
    static final int SWEEP_PAGE = 100;

    /** How many different ids of one request are looked up. */
    static final int CANDIDATES = 2;

    private final SessionStore store;
    private final SessionSetup setup;
    private final Concurrency concurrency;
    private final UnavailablePolicy unavailable;
    private final boolean storeEmptySessions;
    private final Clock clock;
    private final CopyOnWriteArrayList<SessionListener> listeners;

    /** Where a stage of the store is continued: for a store that blocks, right where it completed. */
    private final Executor continuations;

    SessionOperations(
            SessionStore store,
            SessionSetup setup,
            Concurrency concurrency,
            UnavailablePolicy unavailable,
            boolean storeEmptySessions,
            Clock clock,
            List<SessionListener> listeners,
            Executor continuations) {
        this.store = store;
        this.setup = setup;
        this.concurrency = concurrency;
        this.unavailable = unavailable;
        this.storeEmptySessions = storeEmptySessions;
        this.clock = clock;
        this.listeners = new CopyOnWriteArrayList<>(listeners);
        this.continuations = continuations;
    }

    Session fresh() {
        return EngineSession.fresh(setup, clock.instant());
    }

    /** The ids to look up: of all that cookies hold, those that this application hands out. */
    List<String> candidates(List<String> cookieValues) {
        return cookieValues.stream()
                .flatMap(value -> setup.ids().parse(value).stream())
                .distinct()
                .limit(CANDIDATES)
                .toList();
    }

    CompletionStage<Optional<Session>> opened(List<String> candidates) {
        if (candidates.isEmpty()) {
            return CompletableFuture.completedStage(Optional.empty());
        }
        CompletionStage<Optional<Session>> opened = opened(candidates.get(0));
        if (candidates.size() == 1) {
            return opened;
        }
        return opened.thenCompose(first -> {
            if (first.isPresent()
                    && (!first.get().isDetached()
                            || EngineSession.of(first.get()).isOffline())) {
                return CompletableFuture.completedStage(first);
            }
            return opened(candidates.subList(1, candidates.size()))
                    .thenApply(next ->
                            next.isPresent() && (first.isEmpty() || !next.get().isDetached()) ? next : first);
        });
    }

    private CompletionStage<Optional<Session>> opened(String id) {
        Instant now = clock.instant();
        CompletionStage<Optional<Session>> found = store.find(setup.ids().key(id))
                .thenApplyAsync(
                        outcome -> {
                            if (outcome instanceof FindOutcome.Found stored) {
                                EngineSession session = EngineSession.stored(setup, id, now, stored.session());
                                return session.unreadableRequirement() == null
                                        ? Optional.of(session)
                                        : Optional.empty();
                            }
                            return outcome instanceof FindOutcome.Moved
                                    ? Optional.of(EngineSession.moved(setup, id, now))
                                    : Optional.empty();
                        },
                        continuations);
        return recover(found, failure -> Optional.of(EngineSession.offline(setup, id, now)));
    }

    CompletionStage<SaveOutcome> saved(EngineSession session) {
        return inTurn(session, () -> saved(session, 1));
    }

    /** What a save comes to that has surely nothing to do; null if it may have. */
    @Nullable
    SaveOutcome outcomeWithoutWork(EngineSession session) {
        return session.outcomeWithoutWork(storeEmptySessions);
    }

    CompletionStage<ChangeIdOutcome> idChanged(EngineSession session, KeyChangeReason reason) {
        return inTurn(session, () -> idChanged(session, reason, 1));
    }

    CompletionStage<DeleteOutcome> ended(EngineSession session, Consumer<? super Session> lastWords) {
        return inTurn(session, () -> deleted(session, lastWords));
    }

    /** Waits for those that write this session already: in the calling thread if the store blocks. */
    private <T> CompletionStage<T> inTurn(EngineSession session, Supplier<CompletionStage<T>> operation) {
        if (session.isTelling()) {
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

    private CompletionStage<SaveOutcome> saved(EngineSession session, int attempt) {
        PendingSave save = session.snapshot(concurrency, storeEmptySessions, clock.instant());
        if (save == null) {
            return CompletableFuture.completedStage(
                    session.isDetached() || session.isEnded() ? SaveOutcome.DISCARDED : SaveOutcome.UNCHANGED);
        }
        CompletionStage<SaveOutcome> written =
                save.create() == null ? updated(session, save, attempt) : created(session, save);
        return recover(written, failure -> SaveOutcome.UNAVAILABLE);
    }

    private CompletionStage<SaveOutcome> created(EngineSession session, PendingSave save) {
        return noting(store.create(save.key(), Objects.requireNonNull(save.create())), session, save)
                .thenApplyAsync(
                        outcome -> {
                            if (!(outcome instanceof CreateOutcome.Written written)) {
                                // 256 random bits do not meet twice: the store or its clock is broken.
                                throw new SessionStoreException("a new session's key is taken", null, false);
                            }
                            session.saved(save, written.version());
                            tell(session, listener -> listener.sessionCreated(session));
                            return SaveOutcome.SAVED;
                        },
                        continuations);
    }

    private CompletionStage<SaveOutcome> updated(EngineSession session, PendingSave save, int attempt) {
        return noting(store.update(save.key(), save.delta()), session, save)
                .thenComposeAsync(
                        outcome -> {
                            if (outcome instanceof UpdateOutcome.Written written) {
                                session.saved(save, written.version());
                                return CompletableFuture.completedStage(
                                        save.delta().changesData() ? SaveOutcome.SAVED : SaveOutcome.TOUCHED);
                            }
                            if (outcome instanceof UpdateOutcome.Conflict conflict) {
                                if (concurrency == Concurrency.COMPARE_AND_SET) {
                                    return CompletableFuture.completedStage(SaveOutcome.CONFLICT);
                                }
                                computeAgain(session, save, conflict.current(), attempt);
                                return saved(session, attempt + 1);
                            }
                            if (outcome instanceof UpdateOutcome.Moved) {
                                session.movedAway();
                                return CompletableFuture.completedStage(SaveOutcome.MOVED);
                            }
                            session.gone();
                            return CompletableFuture.completedStage(SaveOutcome.GONE);
                        },
                        continuations);
    }

    private static void computeAgain(EngineSession session, PendingSave save, StoredSession current, int attempt) {
        if (attempt >= SAVE_ATTEMPTS) {
            throw new ComputeConflictException("a computed attribute was changed by others during each of "
                    + SAVE_ATTEMPTS + " attempts to save it");
        }
        session.recompute(save, current);
    }

    private CompletionStage<ChangeIdOutcome> idChanged(EngineSession session, KeyChangeReason reason, int attempt) {
        if (session.isEnded() || session.isExpired()) {
            throw new IllegalStateException("the session has ended");
        }
        if (session.isOffline()) {
            return CompletableFuture.completedStage(ChangeIdOutcome.LOST);
        }
        String formerId = session.id();
        if (!session.isStored()) {
            if (session.isDetached() && reason == KeyChangeReason.ROTATION) {
                return CompletableFuture.completedStage(ChangeIdOutcome.LOST);
            }
            if (!session.isDetached() && session.mayBeStored()) {
                // A first save that nobody answered may have stored it where somebody else might find it.
                return store.delete(session.key()).thenApplyAsync(outcome -> renewed(session, formerId), continuations);
            }
            return CompletableFuture.completedStage(renewed(session, formerId));
        }
        String newId = setup.ids().newId();
        SessionKey newKey = setup.ids().key(newId);
        PendingSave save = session.changes(concurrency, newKey, clock.instant());
        return noting(store.changeKey(save.key(), newKey, session.base(), save.delta(), reason), session, save)
                .thenComposeAsync(
                        outcome -> {
                            if (outcome instanceof ChangeKeyOutcome.Changed done) {
                                session.renamed(newId, newKey, save, done.session());
                                tell(session, listener -> listener.sessionIdChanged(session, formerId));
                                return CompletableFuture.completedStage(ChangeIdOutcome.CHANGED);
                            }
                            if (outcome instanceof ChangeKeyOutcome.Conflict conflict) {
                                if (concurrency == Concurrency.COMPARE_AND_SET) {
                                    return CompletableFuture.completedStage(ChangeIdOutcome.CONFLICT);
                                }
                                computeAgain(session, save, conflict.current(), attempt);
                                return idChanged(session, reason, attempt + 1);
                            }
                            if (outcome instanceof ChangeKeyOutcome.Moved) {
                                return CompletableFuture.completedStage(
                                        reason == KeyChangeReason.ROTATION
                                                ? ChangeIdOutcome.LOST
                                                : renewed(session, formerId));
                            }
                            session.gone();
                            return CompletableFuture.completedStage(ChangeIdOutcome.GONE);
                        },
                        continuations);
    }

    /** Gives a session that is not stored, or no longer its own, an id without I/O. */
    private ChangeIdOutcome renewed(EngineSession session, String formerId) {
        if (session.isStored() || session.isDetached()) {
            session.startAfresh(setup.ids().newId(), clock.instant());
            return ChangeIdOutcome.REPLACED;
        }
        session.renew(setup.ids().newId());
        tell(session, listener -> listener.sessionIdChanged(session, formerId));
        return ChangeIdOutcome.CHANGED;
    }

    private CompletionStage<DeleteOutcome> deleted(EngineSession session, Consumer<? super Session> lastWords) {
        // Of a detached one something may be stored: after a rotation, or if the store did not answer before.
        if (!session.mayBeStored()) {
            if (!session.isEnded() && !session.isExpired()) {
                session.tell(() -> lastWords.accept(session));
            }
            if (!session.isExpired()) {
                session.ended();
            }
            return CompletableFuture.completedStage(DeleteOutcome.ABSENT);
        }
        boolean neverSeen = !session.isStored() && !session.isDetached();
        return store.delete(session.key())
                .thenApplyAsync(
                        outcome -> {
                            if (neverSeen || outcome != DeleteOutcome.ABSENT) {
                                session.tell(() -> lastWords.accept(session));
                            }
                            if (outcome != DeleteOutcome.ABSENT) {
                                tell(session, listener -> listener.sessionEnded(session));
                            }
                            session.ended();
                            return outcome;
                        },
                        continuations);
    }

    /**
     * What one step of a sweep did.
     *
     * @param told how many sessions were removed and told
     * @param next where the next step goes on; null: nowhere
     */
    record Swept(int told, @Nullable String next) {}

    /**
     * Removes the expired sessions of one page and tells them one by one: what was removed is told even
     * if the next removal fails.
     *
     * @param stopped asked before each removal
     */
    CompletionStage<Swept> sweptPage(
            SweepableSessionStore sweepable, @Nullable String position, BooleanSupplier stopped) {
        return sweepable
                .findExpired(position, SWEEP_PAGE)
                .thenComposeAsync(
                        page -> {
                            CompletionStage<Integer> told = CompletableFuture.completedStage(0);
                            for (ExpiredSession expired : page.sessions()) {
                                if (setup.ids().isOwn(expired.key())) {
                                    told = told.thenComposeAsync(
                                            before -> stopped.getAsBoolean()
                                                    ? CompletableFuture.completedStage(before)
                                                    : removed(sweepable, expired)
                                                            .thenApply(more -> before + more),
                                            continuations);
                                }
                            }
                            return told.thenApply(
                                    sum -> new Swept(sum, page.next().orElse(null)));
                        },
                        continuations);
    }

    private CompletionStage<Integer> removed(SweepableSessionStore sweepable, ExpiredSession expired) {
        return sweepable
                .deleteExpired(expired)
                .thenApplyAsync(
                        outcome -> {
                            if (outcome != SweepOutcome.DELETED) {
                                // Uncertain may be told elsewhere: better never than twice.
                                return 0;
                            }
                            EngineSession session =
                                    EngineSession.expired(setup, expired.key(), clock.instant(), expired.session());
                            tell(session, listener -> listener.sessionExpired(session));
                            return 1;
                        },
                        continuations);
    }

    void add(SessionListener listener) {
        listeners.add(listener);
    }

    void remove(SessionListener listener) {
        listeners.remove(listener);
    }

    private void tell(EngineSession session, Consumer<SessionListener> event) {
        for (SessionListener listener : listeners) {
            session.tell(() -> event.accept(listener));
        }
    }

    /** Takes note in the session when a write may have happened. */
    private <T> CompletionStage<T> noting(CompletionStage<T> stage, EngineSession session, PendingSave save) {
        return stage.exceptionallyAsync(
                failure -> {
                    if (unwrap(failure) instanceof SessionStoreException e && e.outcomeUnknown()) {
                        session.uncertain(save);
                    }
                    throw completion(failure);
                },
                // Not on a client's thread: the session's lock may be held by a codec or a function at work.
                continuations);
    }

    /** Continues where the policy says so; what an operator or the application must cure is always thrown. */
    private <T> CompletionStage<T> recover(CompletionStage<T> stage, Function<Throwable, T> instead) {
        if (unavailable == UnavailablePolicy.FAIL) {
            return stage;
        }
        return stage.exceptionally(failure -> {
            Throwable cause = unwrap(failure);
            if (cause.getClass() == SessionStoreException.class) {
                return instead.apply(cause);
            }
            throw completion(failure);
        });
    }

    private static CompletionException completion(Throwable failure) {
        return failure instanceof CompletionException e ? e : new CompletionException(failure);
    }

    static Throwable unwrap(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null
                ? unwrap(failure.getCause())
                : failure;
    }
}
