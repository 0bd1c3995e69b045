// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import io.github.dynamosession.crypto.EncryptionKeys;
import io.github.dynamosession.crypto.IndexProtection;
import io.github.dynamosession.crypto.PrincipalHash;
import io.github.dynamosession.crypto.SigningKeys;
import io.github.dynamosession.crypto.ValueProtection;
import io.github.dynamosession.engine.CallerExecutor;
import io.github.dynamosession.engine.Codecs;
import io.github.dynamosession.engine.CustomAttributes;
import io.github.dynamosession.engine.EngineContext;
import io.github.dynamosession.engine.EngineSession;
import io.github.dynamosession.engine.LargeValues;
import io.github.dynamosession.engine.Observers;
import io.github.dynamosession.engine.RetryPause;
import io.github.dynamosession.engine.SessionEngine;
import io.github.dynamosession.engine.SessionIds;
import io.github.dynamosession.engine.SessionIndex;
import io.github.dynamosession.engine.SessionLocks;
import io.github.dynamosession.engine.SessionTiming;
import io.github.dynamosession.engine.StartReport;
import io.github.dynamosession.engine.Sweeper;
import io.github.dynamosession.settings.ConfigurationException;
import io.github.dynamosession.settings.EngineSettings;
import io.github.dynamosession.settings.SessionSettings;
import io.github.dynamosession.settings.SettingsReader;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.ExpiredSession;
import io.github.dynamosession.spi.IndexType;
import io.github.dynamosession.spi.IndexedSessionStore;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.LockableSessionStore;
import io.github.dynamosession.spi.PartStore;
import io.github.dynamosession.spi.SelectiveCodec;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.Setting;
import io.github.dynamosession.spi.SweepableSessionStore;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens, saves, renames and ends sessions: the engine behind every adapter.
 *
 * <p>Each operation exists twice. The plain one returns when it is done; over a store that blocks it
 * never leaves the calling thread. The {@code …Async} one does not block: over a store that blocks it
 * runs on the manager's executor, and in any case its stage completes there, so that what is attached
 * to it may decode values without occupying a client's I/O thread. What is done when the method returns, because
 * it needs no I/O or the store answers at once, is complete at once.
 *
 * <p>A failure of the store is a {@link SessionStoreException}, thrown or in the stage, unless the
 * {@link UnavailablePolicy} says to continue. Safe for any number of threads.
 *
 * <p>Methods that take a {@link Session} {@linkplain Session#unwrapped() unwrap} it in the calling thread, and
 * throw {@link IllegalArgumentException} if what they then have is no session of this library.
 */
public final class SessionManager implements AutoCloseable {
    /** How long a lock lasts unless it is released or set otherwise: longer than nearly all requests take. */
    public static final Duration DEFAULT_LOCK_LEASE = Duration.ofSeconds(30);

    /** How long a request waits for a lock unless set: as long as a user does. */
    public static final Duration DEFAULT_LOCK_WAIT = Duration.ofSeconds(10);

    /** The idle timeout unless set: what servlet containers use. */
    public static final Duration DEFAULT_IDLE_TIMEOUT = Duration.ofMinutes(30);

    /** Values of more bytes are compressed unless set: below, a write unit more or less is rarely won. */
    public static final int DEFAULT_COMPRESS_ABOVE = 2048;

    private static final Logger LOG = LoggerFactory.getLogger(SessionManager.class);

    /**
     * The custom attribute that says whose a session is, by a hash: kept where the store has an index of this name
     * ({@code dynamosession.indexes=principal}), unless the application defines one of that name itself. Sessions are
     * found and ended by the user's name.
     */
    public static final String PRINCIPAL = "principal";

    /**
     * Values of more bytes lie outside of the session's row unless set: few sessions have one, and those that have
     * save more write units with each touch than reading it apart costs.
     */
    public static final int DEFAULT_PARTS_ABOVE = 16 * 1024;

    /** Values of more bytes are refused unless set: writing one costs 16,384 write units, about a cent. */
    public static final int DEFAULT_LARGEST_VALUE = 16 * 1024 * 1024;

    /** Of the DynamoDB store, for a message. */
    private static final Setting INDEXES = new Setting("indexes", List.class, "", "");

    private static final Pattern NAMESPACE = Pattern.compile("[A-Za-z0-9._/-]{0,128}");

    private final SessionStore store;
    private final SessionCodec codec;
    private final boolean ownsStore;
    private final SessionIds ids;
    private final SessionEngine operations;
    private final @Nullable Executor executor;
    private final @Nullable Sweeper sweeper;
    private final CustomAttributes custom;
    private final boolean locks;
    private String report;
    private volatile boolean closed;

    private SessionManager(Builder builder, SessionStore store, SessionCodec codec) {
        this.store = store;
        this.codec = codec;
        this.ownsStore = builder.ownsStore;
        this.ids = builder.ids();
        this.report = builder.report(store, codec);
        this.executor = builder.executor == null && !store.isBlocking() ? ForkJoinPool.commonPool() : builder.executor;
        this.custom = builder.customAttributes(store);
        EngineContext context = new EngineContext(
                new Codecs(
                        codec,
                        builder.selectiveCodec,
                        builder.fallbackCodec,
                        builder.readableCodecs,
                        builder.unreadableAttributes,
                        builder.requiredAttributes,
                        builder.observer,
                        builder.logAttributeNames),
                builder.protection(),
                ids,
                new SessionTiming(builder.absoluteLifetime, builder.touchInterval),
                custom,
                SessionTiming.finite(builder.idleTimeout),
                new LargeValues(
                        store,
                        builder.partsAbove,
                        builder.largestValue,
                        builder.prefetched,
                        builder.eventLoop,
                        executor,
                        builder::name));
        this.operations = new SessionEngine(
                store,
                context,
                builder.concurrency,
                builder.storeFailures,
                builder.storeEmptySessions,
                builder.clock,
                builder.listeners,
                store.isBlocking() ? Runnable::run : Objects.requireNonNull(executor),
                Objects.requireNonNullElse(
                        builder.retryPause, store.isBlocking() ? RetryPause.BLOCKING : RetryPause.ASYNC),
                builder.locks(store));
        this.locks = builder.locking != Locking.NONE;
        Duration interval = SessionTiming.finite(builder.sweepInterval);
        this.sweeper = interval == null
                ? null
                : new Sweeper(
                        interval,
                        position -> call(at -> sweptPage(at, position)).next(),
                        builder.sweepPause);
    }

    /**
     * A builder of a manager over this store, which the manager does not close.
     *
     * @param store where sessions are kept
     * @return a builder; a codec must be set
     */
    public static Builder builder(SessionStore store) {
        return new Builder(store);
    }

    /**
     * A builder set up by settings: store, codec and policies are what they say, and what is then called
     * on the builder wins. The manager closes a store that was made from settings.
     *
     * @param settings where to look
     * @return a builder
     */
    public static Builder builder(SessionSettings settings) {
        return new Builder(settings);
    }

    /**
     * Opens the session that a client names.
     *
     * <p>What cannot be an id of this application costs no I/O, everything else one read.
     *
     * @param cookieValue what the cookie holds; null or malformed: no session
     * @return empty if there is no such session, it has expired, or a {@linkplain
     *     Builder#requiredAttributes required} attribute cannot be read; a {@linkplain
     *     Session#isDetached() detached} session if its id has just changed, see {@link #openAny}
     */
    public Optional<Session> open(@Nullable String cookieValue) {
        return openAny(cookies(cookieValue), arrival(null));
    }

    /**
     * Like {@link #open}, without blocking.
     *
     * @param cookieValue what the cookie holds; null or malformed: no session
     * @return what {@link #open} returns
     */
    public CompletionStage<Optional<Session>> openAsync(@Nullable String cookieValue) {
        return openAsync("openAsync", cookies(cookieValue), arrival(null));
    }

    /**
     * Opens the session that one of several cookies names. A browser sends several of one name if their
     * paths or domains differ, and an attacker on a neighbouring domain may add some.
     *
     * <p>Looks up at most two different ids, in the order given, and stops at the first
     * one that is a session. What cannot be an id of this application costs no I/O and does not count.
     *
     * <p>A request under an id that has changed finds a {@linkplain Session#isDetached() detached} session if
     * it arrived before or within 5 seconds after the change, 1 second if it is a {@linkplain
     * Arrival#navigation() navigation}: it came from the page that was shown then, and must not start a session
     * that takes the place of the changed one. One that arrived later finds nothing, for its browser never saw
     * the answer with the new id.
     *
     * @param cookieValues what the cookies hold, in the order of the request
     * @param arrival when the request came
     * @return the first session found; if there is none, a detached one if an id has just changed; otherwise
     *     empty
     */
    public Optional<Session> openAny(List<String> cookieValues, Arrival arrival) {
        return locks
                // What follows a pause goes on in this thread, over a store that blocks, too.
                ? callHere(at -> at.opened(at.candidates(cookieValues), arrival))
                : call(at -> at.opened(at.candidates(cookieValues), arrival));
    }

    /**
     * Like {@link #openAny}, without blocking.
     *
     * @param cookieValues what the cookies hold, in the order of the request
     * @param arrival when the request came
     * @return what {@link #openAny} returns
     */
    public CompletionStage<Optional<Session>> openAnyAsync(List<String> cookieValues, Arrival arrival) {
        return openAsync("openAnyAsync", cookieValues, arrival);
    }

    private CompletionStage<Optional<Session>> openAsync(String method, List<String> cookieValues, Arrival arrival) {
        List<String> candidates = operations.candidates(cookieValues);
        return candidates.isEmpty()
                ? CompletableFuture.completedStage(Optional.empty())
                : offload(method, at -> waitingOn(at).opened(candidates, arrival));
    }

    /** Where a pause is over the executor goes on: no thread waits meanwhile, and timers' threads do no I/O. */
    private SessionEngine waitingOn(SessionEngine at) {
        return locks && store.isBlocking() ? at.on(Objects.requireNonNull(executor)) : at;
    }

    /**
     * Notes that a request has come: to be called when an adapter first sees it, and given to {@link #openAny}
     * when the session is asked for.
     *
     * @param secFetchMode the request's header {@code Sec-Fetch-Mode}; null if it has none
     * @return the arrival, now
     */
    public Arrival arrival(@Nullable String secFetchMode) {
        return operations.arrival("navigate".equals(secFetchMode));
    }

    private static List<String> cookies(@Nullable String cookieValue) {
        return cookieValue == null ? List.of() : List.of(cookieValue);
    }

    /**
     * The session id in a cookie's value, without looking whether there is such a session.
     *
     * @param cookieValue what the cookie holds; may be null
     * @return empty if this application does not hand out such values
     */
    public Optional<String> idOf(@Nullable String cookieValue) {
        return ids.parse(cookieValue);
    }

    /**
     * A new session, which exists only in memory until it is saved.
     *
     * @return a session with a fresh id
     */
    public Session newSession() {
        return operations.fresh();
    }

    /**
     * Stores what changed: one write, or none if nothing did and no touch is due.
     *
     * <p>All or nothing. After a failure the session keeps its changes, and they can be saved again. If the
     * failure left open whether they were stored, the next save first repeats that write, which the store
     * recognises, and then stores what was changed since; if that write had computed attributes and others have
     * changed the session meanwhile, that next save fails with an unknown outcome, and nothing is counted twice.
     * Computed attributes that could not be computed on what others have stored are what the store holds again,
     * so that no later save counts what was refused.
     *
     * <p>What is changed in place after a save of this request, without {@link Session#set}, may come after the
     * client's next request: it is stored only if the attribute is still what this request last read or stored.
     * Otherwise that change alone is dropped, {@linkplain SessionObserver#lateChangeDropped counted} and logged.
     *
     * <p>After a privilege change that was asked for and did not happen ({@link #changeId}) this stores nothing
     * and fails as that did.
     *
     * @param session the session
     * @return what happened
     * @throws ComputeConflictException if a computed attribute could not be stored in many attempts
     * @throws io.github.dynamosession.spi.UnstorableValueException if a value was changed in place into
     *     one that the codec does not store
     */
    public SaveOutcome save(Session session) {
        EngineSession own = EngineSession.of(session);
        return call(at -> at.saved(own));
    }

    /**
     * Like {@link #save}, without blocking. The snapshot is taken before this method returns, unless
     * the store blocks, another write of this session is under way, or an earlier one has to be repeated: then it
     * is taken after that one.
     *
     * <p>If there is surely nothing to do, the stage is complete already: no attribute was set, removed or
     * computed, only unchangeable values such as strings were read, no touch is due, and no other write of
     * this session is under way.
     *
     * @param session the session
     * @return what {@link #save} returns
     */
    public CompletionStage<SaveOutcome> saveAsync(Session session) {
        EngineSession own = EngineSession.of(session);
        Executor needed = executor("saveAsync");
        SaveOutcome nothing = operations.outcomeWithoutWork(own);
        return nothing == null ? offload(needed, own, at -> at.saved(own)) : CompletableFuture.completedStage(nothing);
    }

    /**
     * Gives the session another id because its user or rights change: call it at every login. Late
     * requests under the old id lose their changes, for one of them may be an attacker's.
     *
     * <p>If this fails, for whatever reason, nothing more of this session is stored under the old id: a save
     * fails, too, until this is called again and succeeds, or the session ends. One whose outcome is unknown is
     * repeated to the same new id.
     *
     * @param session the session; its unsaved changes are stored on the way
     * @return what happened; see there whether the cookie is to be set
     * @throws IllegalStateException if the session has ended
     */
    public ChangeIdOutcome changeId(Session session) {
        return changeId(session, KeyChangeReason.PRIVILEGE_CHANGE);
    }

    /**
     * Gives the session another id.
     *
     * @param session the session; its unsaved changes are stored on the way
     * @param reason what becomes of late requests under the old id
     * @return what happened; see there whether the cookie is to be set
     * @throws IllegalStateException if the session has ended
     */
    public ChangeIdOutcome changeId(Session session, KeyChangeReason reason) {
        EngineSession own = EngineSession.of(session);
        return call(at -> at.idChanged(own, reason));
    }

    /**
     * Like {@link #changeId(Session)}, without blocking.
     *
     * @param session the session; its unsaved changes are stored on the way
     * @return what {@link #changeId(Session)} returns
     */
    public CompletionStage<ChangeIdOutcome> changeIdAsync(Session session) {
        return changeIdAsync(session, KeyChangeReason.PRIVILEGE_CHANGE);
    }

    /**
     * Like {@link #changeId(Session, KeyChangeReason)}, without blocking.
     *
     * @param session the session; its unsaved changes are stored on the way
     * @param reason what becomes of late requests under the old id
     * @return what {@link #changeId(Session, KeyChangeReason)} returns
     */
    public CompletionStage<ChangeIdOutcome> changeIdAsync(Session session, KeyChangeReason reason) {
        EngineSession own = EngineSession.of(session);
        // Here, too: an executor may refuse what then never begins.
        return SessionEngine.withholding(
                own, reason, () -> offload(executor("changeIdAsync"), own, at -> at.idChanged(own, reason)));
    }

    /**
     * Ends the session: it is deleted, and no save brings it back. After a failure of the store, which is
     * thrown whatever the {@link UnavailablePolicy}, it may be tried again. A {@linkplain
     * Session#isDetached() detached} session is ended, too, under its new id, unless its id changed at a login.
     *
     * @param session the session; it can no longer be used
     * @return whether this call deleted it, never {@code MOVED}; {@code ABSENT} for one that was never stored
     * @throws SessionMovedException if its id has changed and the end does not follow: nothing is ended
     */
    public DeleteOutcome end(Session session) {
        return end(session, nobody -> {});
    }

    /**
     * Like {@link #end(Session)}, with a callback after the session is deleted and before it becomes unusable, for
     * those who hold on to its values.
     *
     * @param session the session; it can no longer be used
     * @param beforeInvalidation is called if this call deleted the session or it was never stored; what it throws
     *     is logged and ignored
     * @return whether this call deleted it; {@code ABSENT} for one that was never stored
     */
    public DeleteOutcome end(Session session, Consumer<? super Session> beforeInvalidation) {
        EngineSession own = EngineSession.of(session);
        return call(at -> at.ended(own, beforeInvalidation));
    }

    /**
     * Like {@link #end}, without blocking.
     *
     * @param session the session; it can no longer be used
     * @return what {@link #end} returns
     */
    public CompletionStage<DeleteOutcome> endAsync(Session session) {
        return endAsync(session, nobody -> {});
    }

    /**
     * Like {@link #end(Session, Consumer)}, without blocking.
     *
     * @param session the session; it can no longer be used
     * @param beforeInvalidation is called on the manager's executor if this call deleted the session or it was never stored;
     *     what it throws is logged and ignored
     * @return what {@link #end(Session, Consumer)} returns
     */
    public CompletionStage<DeleteOutcome> endAsync(Session session, Consumer<? super Session> beforeInvalidation) {
        EngineSession own = EngineSession.of(session);
        return offload(executor("endAsync"), own, at -> at.ended(own, beforeInvalidation));
    }

    /**
     * Tries whether sessions can be read, for health checks: one read of the smallest size, with the permissions that the
     * application has anyway, which finds nothing. Locks nothing.
     *
     * @throws SessionStoreException if the store failed, whatever the {@link UnavailablePolicy}
     */
    public void check() {
        call(SessionEngine::checked);
    }

    /**
     * Like {@link #check}, without blocking.
     *
     * @return true; fails as {@link #check} does
     */
    public CompletionStage<Boolean> checkAsync() {
        return offload("checkAsync", SessionEngine::checked);
    }

    /**
     * Gives up the lock of a session, with what was changed in it and not saved: that is not stored any more, and a later
     * save of it fails with {@link SessionLockLostException}. Does nothing to a session that is not locked. A lock that
     * the store does not release ends by itself. Not needed after {@link #save} or {@link #end}; to be called after one
     * that failed and is not tried again, and where neither is called.
     *
     * @param session the session; it can still be read
     */
    public void unlock(Session session) {
        EngineSession own = EngineSession.of(session);
        call(at -> at.unlocked(own));
    }

    /**
     * Like {@link #unlock}, without blocking.
     *
     * @param session the session; it can still be read
     * @return whether there was a lock
     */
    public CompletionStage<Boolean> unlockAsync(Session session) {
        EngineSession own = EngineSession.of(session);
        return own.isLocked()
                ? offload(executor("unlockAsync"), own, at -> at.unlocked(own))
                : CompletableFuture.completedStage(false);
    }

    /**
     * Removes expired sessions and {@linkplain SessionListener#sessionExpired notifies} listeners of each
     * one: one whole pass over the store, page by page without a pause, in the namespace of this
     * manager. Any number of nodes may sweep at once; one of them notifies its listeners of a session.
     *
     * <p>Not needed for sessions to end, only for somebody to hear of it. A session is removed from one
     * minute after its end on ({@link SessionStore#SAVE_GRACE}), when no late save can extend it any
     * more. What a pass costs depends on the store; with DynamoDB it reads the whole table.
     *
     * @return how many sessions this pass removed, each with a notification; it stops early if the manager is closed
     * @throws UnsupportedOperationException if the store cannot be swept
     * @throws SessionStoreException if the store failed, or if this node's clock is further than {@link
     *     SweepableSessionStore#CLOCK_MARGIN} from the store's own time; listeners know of the sessions that were removed before
     */
    public int sweep() {
        int notified = 0;
        String position = null;
        do {
            String from = position;
            SessionEngine.Swept swept = call(at -> sweptPage(at, from));
            notified += swept.notified();
            position = swept.next();
        } while (position != null);
        return notified;
    }

    /**
     * Like {@link #sweep}, without blocking.
     *
     * @return what {@link #sweep} returns
     * @throws UnsupportedOperationException if the store cannot be swept
     */
    public CompletionStage<Integer> sweepAsync() {
        sweepable();
        return offload(
                "sweepAsync",
                at -> store.isBlocking() ? CompletableFuture.completedStage(sweep()) : swept(at, 0, null));
    }

    /**
     * {@linkplain SessionListener#sessionExpired Notifies} listeners of an expired session that something else than a
     * sweep removed, such as DynamoDB's TTL: whoever learns of it calls this, on one node, once. Does no I/O. Large values
     * that lie outside of the session's row are read as long as they are still there.
     *
     * @param expired the session as it was removed
     * @return whether it was in the namespace of this manager; otherwise nobody is notified
     */
    public boolean notifyExpired(ExpiredSession expired) {
        return operations.notifyRemoved(expired);
    }

    private CompletionStage<Integer> swept(SessionEngine at, int before, @Nullable String position) {
        return sweptPage(at, position).thenCompose(swept -> {
            int notified = before + swept.notified();
            return swept.next() == null
                    ? CompletableFuture.completedStage(notified)
                    : swept(at, notified, swept.next());
        });
    }

    private CompletionStage<SessionEngine.Swept> sweptPage(SessionEngine at, @Nullable String position) {
        SweepableSessionStore sweepable = sweepable();
        if (closed) {
            return CompletableFuture.completedStage(new SessionEngine.Swept(0, null));
        }
        return at.sweptPage(sweepable, position, () -> closed);
    }

    private SweepableSessionStore sweepable() {
        if (store instanceof SweepableSessionStore sweepable) {
            return sweepable;
        }
        throw new UnsupportedOperationException("this store cannot be swept: it is no SweepableSessionStore");
    }

    /**
     * The sessions whose indexed custom attribute has a value: all of a user, for a page that lists them.
     *
     * @param attribute a {@linkplain Builder#customAttribute custom attribute} that the store has an index for
     * @param value as its function gives it
     * @return the first page
     * @throws IllegalArgumentException if there is no such attribute, or it has no index
     */
    public SessionPage findBy(String attribute, Object value) {
        return findBy(attribute, value, null);
    }

    /**
     * The sessions whose indexed custom attribute has a value, those created first first, as they are stored when the
     * page is read. What was written in the last moments may be missing: an index of DynamoDB lags behind, usually by
     * less than a second.
     *
     * @param attribute a {@linkplain Builder#customAttribute custom attribute} that the store has an index for
     * @param value as its function gives it
     * @param position null for the first page; otherwise the {@link SessionPage#next()} of the page before
     * @return a page of up to 100 sessions; it may have fewer and a next one
     * @throws IllegalArgumentException if there is no such attribute, it has no index, or no page gave that position
     */
    public SessionPage findBy(String attribute, Object value, @Nullable String position) {
        return page(call(at -> at.foundBy(attribute, value, position)));
    }

    /**
     * Like {@link #findBy(String, Object, String)}, without blocking.
     *
     * @param attribute a custom attribute that the store has an index for
     * @param value as its function gives it
     * @param position null for the first page
     * @return what {@link #findBy(String, Object, String)} returns
     */
    public CompletionStage<SessionPage> findByAsync(String attribute, Object value, @Nullable String position) {
        return offload("findByAsync", at -> at.foundBy(attribute, value, position))
                .thenApply(this::page);
    }

    private SessionPage page(SessionIndex.FoundPage page) {
        return new SessionPage(
                page.sessions().stream()
                        .map(found -> new SessionHandle(found.key(), found.session(), custom))
                        .toList(),
                Optional.ofNullable(page.next()));
    }

    /**
     * Ends all sessions whose indexed custom attribute has a value: logs a user out everywhere.
     *
     * @param attribute a {@linkplain Builder#customAttribute custom attribute} that the store has an index for
     * @param value as its function gives it
     * @return how many sessions this ended
     * @throws IllegalArgumentException if there is no such attribute, or it has no index
     */
    public int endAllBy(String attribute, Object value) {
        return endAllBy(attribute, value, null);
    }

    /**
     * Ends all sessions whose indexed custom attribute has a value, but one. Each is ended on condition that it still has
     * the value at that moment, where it is at that moment: one that is just changing its id does not escape, and one
     * that is somebody else's by now stays. Listeners are {@linkplain SessionListener#sessionEndedByOthers notified} of
     * each.
     *
     * <p>A session that got the value in the last moments may be missed, because the index does not show it yet, unless
     * {@link Builder#indexMarks} is on: then no session that got the value before this call began is ever opened again.
     * After a failure, of which it may have ended some, this can be called again.
     *
     * @param attribute a {@linkplain Builder#customAttribute custom attribute} that the store has an index for
     * @param value as its function gives it
     * @param spared a session to leave alone, such as the one of the request that asks; null: none
     * @return how many sessions this ended
     * @throws IllegalArgumentException if there is no such attribute, or it has no index
     * @throws SessionStoreException if the store failed; listeners know of the sessions that were ended before
     */
    public int endAllBy(String attribute, Object value, @Nullable Session spared) {
        EngineSession own = spared == null ? null : EngineSession.of(spared);
        return call(at -> at.endedAllBy(attribute, value, own));
    }

    /**
     * Like {@link #endAllBy(String, Object, Session)}, without blocking.
     *
     * @param attribute a custom attribute that the store has an index for
     * @param value as its function gives it
     * @param spared a session to leave alone; null: none
     * @return what {@link #endAllBy(String, Object, Session)} returns
     */
    public CompletionStage<Integer> endAllByAsync(String attribute, Object value, @Nullable Session spared) {
        EngineSession own = spared == null ? null : EngineSession.of(spared);
        return offload("endAllByAsync", at -> at.endedAllBy(attribute, value, own));
    }

    /**
     * Ends one session of those that {@link #findBy} showed, if it still has the value: a user may end only his own.
     *
     * @param attribute a {@linkplain Builder#customAttribute custom attribute} that the store has an index for
     * @param value as its function gives it
     * @param reference its {@link SessionHandle#reference()}; may come from a client
     * @return whether this ended it, never {@code MOVED}; {@code ABSENT} also for a session of another value
     * @throws IllegalArgumentException if there is no such attribute, or it has no index
     */
    public DeleteOutcome endBy(String attribute, Object value, String reference) {
        return call(at -> at.endedBy(attribute, value, reference));
    }

    /**
     * Like {@link #endBy}, without blocking.
     *
     * @param attribute a custom attribute that the store has an index for
     * @param value as its function gives it
     * @param reference its {@link SessionHandle#reference()}
     * @return what {@link #endBy} returns
     */
    public CompletionStage<DeleteOutcome> endByAsync(String attribute, Object value, String reference) {
        return offload("endByAsync", at -> at.endedBy(attribute, value, reference));
    }

    /**
     * Sets an attribute of one session of those that {@link #findBy} showed, if it still has the value: a note that its
     * next request finds. It counts as no use of the session. Other attributes, and what its requests change at the
     * same time, stay; functions of custom attributes are not evaluated.
     *
     * @param attribute a {@linkplain Builder#customAttribute custom attribute} that the store has an index for
     * @param value as its function gives it
     * @param reference its {@link SessionHandle#reference()}; may come from a client
     * @param name of the attribute to set
     * @param note the value to set it to; small, for it is stored in the session's row
     * @return false, and nothing is changed, if there is no such session under the reference, also if its id has changed
     *     since: {@link #findBy} shows it under another one then
     * @throws IllegalArgumentException if there is no such custom attribute, or it has no index
     * @throws io.github.dynamosession.spi.UnstorableValueException if the codec does not store such a value
     * @throws SessionStoreException if the store failed, or the session changed too often meanwhile; it may be set
     */
    public boolean setBy(String attribute, Object value, String reference, String name, Object note) {
        return call(at -> at.setBy(attribute, value, reference, name, note));
    }

    /**
     * Like {@link #setBy}, without blocking.
     *
     * @param attribute a custom attribute that the store has an index for
     * @param value as its function gives it
     * @param reference its {@link SessionHandle#reference()}
     * @param name of the attribute to set
     * @param note the value to set it to
     * @return what {@link #setBy} returns
     */
    public CompletionStage<Boolean> setByAsync(
            String attribute, Object value, String reference, String name, Object note) {
        return offload("setByAsync", at -> at.setBy(attribute, value, reference, name, note));
    }

    /**
     * Adds a listener to a manager that is already in use, as an adapter does that is given one.
     *
     * @param listener is notified of what happens from now on
     */
    public void addListener(SessionListener listener) {
        operations.add(listener);
    }

    /**
     * Removes a listener that was added; one that is not there is not an error.
     *
     * @param listener is no longer notified
     */
    public void removeListener(SessionListener listener) {
        operations.remove(listener);
    }

    /**
     * Where the sessions are kept.
     *
     * @return the store; not to be closed
     */
    public SessionStore store() {
        return store;
    }

    /**
     * What encodes values.
     *
     * @return the codec
     */
    public SessionCodec codec() {
        return codec;
    }

    /**
     * Where and how sessions are kept, as it was logged at the start: for adapters whose application may have no
     * log of its own. With what the check found at the start, if it was not as it should be.
     *
     * @return one line without secrets
     */
    public String report() {
        return report;
    }

    /** Stops sweeping, and closes the store if this manager made it. May be called twice. */
    @Override
    public void close() {
        closed = true;
        if (sweeper != null) {
            sweeper.close();
        }
        if (ownsStore) {
            store.close();
        }
    }

    private <T> CompletionStage<T> offload(String method, Function<SessionEngine, CompletionStage<T>> operation) {
        return offload(executor(method), operation);
    }

    /** Notes in the session, before this returns, that something is under way. */
    private <T> CompletionStage<T> offload(
            Executor executor, EngineSession session, Function<SessionEngine, CompletionStage<T>> operation) {
        session.handOver();
        try {
            // What is handed out is a stage of its own: who cancels it ends his wait, and not what depends on the end.
            return offload(executor, operation)
                    .whenComplete((outcome, failure) -> session.takeBack())
                    .thenApply(Function.identity());
        } catch (RuntimeException | Error e) {
            session.takeBack();
            throw e;
        }
    }

    private Executor executor(String method) {
        if (executor == null) {
            throw new IllegalStateException("this store blocks, so " + method
                    + " needs a thread to run on: set SessionManager.Builder.executor");
        }
        return executor;
    }

    private <T> CompletionStage<T> offload(Executor executor, Function<SessionEngine, CompletionStage<T>> operation) {
        // A listener that waits for the outcome may hold the executor's only thread, and the session's turn.
        boolean listening = Observers.isListening();
        if (store.isBlocking() && !listening) {
            return CompletableFuture.supplyAsync(() -> operation.apply(operations), executor)
                    .thenCompose(Function.identity());
        }
        boolean elsewhere = listening && !store.isBlocking();
        CompletionStage<T> stage;
        try {
            stage = operation.apply(elsewhere ? operations.on(ForkJoinPool.commonPool()) : operations);
        } catch (RuntimeException e) {
            stage = CompletableFuture.failedStage(e);
        }
        // What is complete goes on in this thread, the caller's.
        return listening || stage.toCompletableFuture().isDone()
                ? stage
                : stage.whenCompleteAsync((outcome, failure) -> {}, executor);
    }

    /** Does an operation in the calling thread, but for what a store that does not block does in its own. */
    private <T> T call(Function<SessionEngine, CompletionStage<T>> operation) {
        return store.isBlocking() ? await(operation.apply(operations)) : callHere(operation);
    }

    private <T> T callHere(Function<SessionEngine, CompletionStage<T>> operation) {
        CallerExecutor here = new CallerExecutor();
        CompletionStage<T> stage = operation.apply(operations.on(here));
        here.runUntil(stage);
        return await(stage);
    }

    private static <T> T await(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().join();
        } catch (CompletionException e) {
            Throwable cause = SessionEngine.unwrap(e);
            if (cause instanceof RuntimeException unchecked) {
                throw unchecked;
            }
            if (cause instanceof Error error) {
                throw error;
            }
            throw e;
        }
    }

    /** Sets up a {@link SessionManager}. Not for use by several threads. */
    public static final class Builder {
        private final @Nullable SettingsReader settings;
        private final List<String> problems = new ArrayList<>();
        private @Nullable SessionStore store;
        private boolean ownsStore;
        private @Nullable SessionCodec codec;
        private @Nullable SelectiveCodec selectiveCodec;
        private @Nullable SessionCodec fallbackCodec;
        private final List<SessionCodec> readableCodecs = new ArrayList<>();
        private @Nullable Integer compressAbove = DEFAULT_COMPRESS_ABOVE;
        private @Nullable Integer partsAbove = DEFAULT_PARTS_ABOVE;
        private int largestValue = DEFAULT_LARGEST_VALUE;
        private final Set<String> prefetched = new HashSet<>();
        private BooleanSupplier eventLoop = () -> false;
        private @Nullable EncryptionKeys encryptionKeys;
        private boolean requireEncryption;
        private @Nullable SigningKeys signingKeys;
        private @Nullable Instant acceptUnsignedUntil;
        private String namespace = "";
        private @Nullable Duration idleTimeout = DEFAULT_IDLE_TIMEOUT;
        private @Nullable Duration absoluteLifetime;
        private @Nullable Duration touchInterval;
        private @Nullable Duration sweepInterval;
        private Sweeper.Pause sweepPause = Sweeper.Pause.REAL;
        private @Nullable RetryPause retryPause;
        private Concurrency concurrency = Concurrency.MERGE;
        private Locking locking = Locking.NONE;
        private Duration lockLease = DEFAULT_LOCK_LEASE;
        private Duration lockWait = DEFAULT_LOCK_WAIT;
        private UnreadablePolicy unreadableAttributes = UnreadablePolicy.HIDE;
        private final Set<String> requiredAttributes = new HashSet<>();
        private StoreFailureHandler storeFailures = UnavailablePolicy.FAIL;
        private boolean storeEmptySessions;
        private boolean logAttributeNames;
        private final Map<String, Function<? super Session, ? extends @Nullable Object>> customAttributes =
                new LinkedHashMap<>();
        private @Nullable Function<? super Session, ? extends @Nullable String> principal;
        private boolean indexMarks;
        private Clock clock = Clock.systemUTC();
        private SessionObserver observer = SessionObserver.NONE;
        private final List<SessionListener> listeners = new ArrayList<>();
        private @Nullable Executor executor;
        private StartCheckPolicy checkAtStart = StartCheckPolicy.OFF;
        private String user = "";
        private @Nullable String cookie;
        private boolean again;

        private Builder(SessionStore store) {
            this.settings = null;
            this.store = store;
        }

        private Builder(SessionSettings given) {
            SettingsReader reader = given.reader(problems);
            this.settings = reader;
            problems.addAll(given.problems());
            namespace = reader.text(EngineSettings.NAMESPACE).orElse(namespace);
            compressAbove = reader.compressAbove(DEFAULT_COMPRESS_ABOVE);
            partsAbove = reader.partsAbove(DEFAULT_PARTS_ABOVE);
            largestValue = reader.largestValue(DEFAULT_LARGEST_VALUE);
            prefetched.addAll(reader.list(EngineSettings.PREFETCH));
            encryptionKeys = reader.encryptionKeys();
            requireEncryption = reader.flag(EngineSettings.REQUIRE_ENCRYPTION).orElse(requireEncryption);
            signingKeys = reader.signingKeys();
            acceptUnsignedUntil = reader.acceptUnsignedUntil();
            idleTimeout = reader.idleTimeout(DEFAULT_IDLE_TIMEOUT);
            absoluteLifetime = reader.duration(EngineSettings.ABSOLUTE_LIFETIME).orElse(null);
            touchInterval = reader.duration(EngineSettings.TOUCH_INTERVAL).orElse(null);
            sweepInterval = reader.duration(EngineSettings.SWEEP_INTERVAL).orElse(null);
            concurrency =
                    reader.choice(EngineSettings.CONCURRENCY, Concurrency.class).orElse(concurrency);
            locking = reader.choice(EngineSettings.LOCKING, Locking.class).orElse(locking);
            lockLease = reader.duration(EngineSettings.LOCK_LEASE).orElse(lockLease);
            lockWait = reader.duration(EngineSettings.LOCK_WAIT).orElse(lockWait);
            unreadableAttributes = reader.choice(EngineSettings.UNREADABLE_ATTRIBUTES, UnreadablePolicy.class)
                    .orElse(unreadableAttributes);
            requiredAttributes.addAll(reader.list(EngineSettings.REQUIRED_ATTRIBUTES));
            storeFailures = reader.choice(EngineSettings.STORE_UNAVAILABLE, UnavailablePolicy.class)
                    .orElse(UnavailablePolicy.FAIL);
            storeEmptySessions =
                    reader.flag(EngineSettings.STORE_EMPTY_SESSIONS).orElse(storeEmptySessions);
            logAttributeNames = reader.flag(EngineSettings.LOG_ATTRIBUTE_NAMES).orElse(logAttributeNames);
            indexMarks = reader.flag(EngineSettings.INDEX_MARKS).orElse(indexMarks);
            checkAtStart = reader.choice(EngineSettings.CHECK_AT_START, StartCheckPolicy.class)
                    .orElse(StartCheckPolicy.WARN);
            reader.cookie();
            reader.paths();
        }

        /**
         * Uses this store instead of the one that settings name; the manager does not close it.
         *
         * @param store where sessions are kept
         * @return this
         */
        public Builder store(SessionStore store) {
            this.store = store;
            return this;
        }

        /**
         * The codec that encodes; it also decodes values of its format.
         *
         * @param codec the codec
         * @return this
         */
        public Builder codec(SessionCodec codec) {
            this.codec = codec;
            return this;
        }

        /**
         * A codec of a framework, for the values that it {@linkplain SelectiveCodec#isFor is for}, in front of
         * {@link #codec}; it also decodes values of its format.
         *
         * @param codec a codec of another format; none unless set
         * @return this
         */
        public Builder selectiveCodec(SelectiveCodec codec) {
            this.selectiveCodec = codec;
            return this;
        }

        /**
         * The codec that encodes what {@link #codec} refuses, each value whole; it also decodes values of
         * its format. For frameworks whose objects only Java
         * serialization ({@code dynamosession-codec-java}) can store, beside values that stay readable.
         *
         * @param codec a codec of another format; none unless set
         * @return this
         */
        public Builder fallbackCodec(SessionCodec codec) {
            this.fallbackCodec = codec;
            return this;
        }

        /**
         * A codec that only decodes: values that another configuration or release wrote. Values of a
         * format for which there is no codec are unreadable, never guessed.
         *
         * @param codec the codec
         * @return this
         */
        public Builder readableCodec(SessionCodec codec) {
            readableCodecs.add(codec);
            return this;
        }

        /**
         * Compresses the values of attributes that are larger, if that makes them smaller. Compressed
         * values are always readable, whatever is set here.
         *
         * @param bytes the size of the encoded value, {@link #DEFAULT_COMPRESS_ABOVE} unless set; not
         *     negative; null: nothing is compressed
         * @return this
         */
        public Builder compressAbove(@Nullable Integer bytes) {
            this.compressAbove = bytes;
            return this;
        }

        /**
         * Keeps the values of attributes outside of the session's row that are larger, in rows of their own, if the
         * store can ({@link PartStore}); and the largest of a row that would have more than four times as many bytes in
         * all. What lies outside is always readable, whatever is set here.
         *
         * @param bytes the size of the value as it is stored, compressed and encrypted; {@link #DEFAULT_PARTS_ABOVE}
         *     unless set; positive; null: everything lies in the row
         * @return this
         */
        public Builder partsAbove(@Nullable Integer bytes) {
            this.partsAbove = bytes;
            return this;
        }

        /**
         * Refuses values that are larger with {@link io.github.dynamosession.spi.SessionTooLargeException} when they
         * are saved, before anything is sent, if the store keeps large values outside of the row; otherwise the store's
         * own limit holds.
         *
         * @param bytes the size of the value as it is stored; {@link #DEFAULT_LARGEST_VALUE} unless set; positive
         * @return this
         */
        public Builder largestValue(int bytes) {
            this.largestValue = bytes;
            return this;
        }

        /**
         * Attributes that are fetched when the session is opened, all at once, if they lie outside of its row. Others
         * are fetched when they are first read, {@linkplain #requiredAttributes required} ones with the session.
         *
         * @param names of attributes; {@code *} for all; none unless set
         * @return this
         */
        public Builder prefetch(String... names) {
            prefetched.addAll(List.of(names));
            return this;
        }

        /**
         * Tells whether the calling thread is an event loop: there {@link Session#get} refuses to fetch what lies outside
         * of the session's row, instead of blocking the loop. For adapters.
         *
         * @param test asked in the thread in question; never true unless set
         * @return this
         */
        public Builder eventLoop(BooleanSupplier test) {
            this.eventLoop = test;
            return this;
        }

        /**
         * Encrypts the values of attributes, and decrypts those that are encrypted. Names, times and sizes
         * stay readable.
         *
         * @param keys the keys; null (the default): nothing is encrypted, and what is encrypted is
         *     unreadable
         * @return this
         */
        public Builder encryption(@Nullable EncryptionKeys keys) {
            this.encryptionKeys = keys;
            return this;
        }

        /**
         * Makes stored values that are not encrypted unreadable, so that nobody who can write to the table
         * puts one in. For when no session lives any longer that holds one.
         *
         * @param required false unless set; true needs a {@linkplain EncryptionKeys#current() current key}
         * @return this
         */
        public Builder requireEncryption(boolean required) {
            this.requireEncryption = required;
            return this;
        }

        private ValueProtection.Setup protection() {
            return ValueProtection.Setup.of(
                    compressAbove,
                    encryptionKeys,
                    requireEncryption,
                    new ValueProtection.SettingNames(
                            name(EngineSettings.REQUIRE_ENCRYPTION), name(EngineSettings.ENCRYPTION_KEYS)));
        }

        /**
         * Signs session ids, and refuses those that are not signed before any I/O.
         *
         * @param keys the key ring; null: no signatures
         * @return this
         */
        public Builder signingKeys(@Nullable SigningKeys keys) {
            this.signingKeys = keys;
            return this;
        }

        /**
         * Lets ids that are not signed count for a while although there is a key that signs, so that nobody is logged
         * out when signing is turned on. Each one is signed with the next save that records its use.
         *
         * @param until null (the default): they do not count
         * @return this
         */
        public Builder acceptUnsignedUntil(@Nullable Instant until) {
            this.acceptUnsignedUntil = until;
            return this;
        }

        /**
         * Keeps the sessions of this application apart from those of others in the same table.
         *
         * @param namespace letters, digits, {@code . _ - /}; empty (the default): none
         * @return this
         */
        public Builder namespace(String namespace) {
            this.namespace = namespace;
            return this;
        }

        /**
         * How long a session may stay unused, unless it says otherwise itself.
         *
         * @param timeout a millisecond or longer; null or more than 1,000 years: any time; {@link #DEFAULT_IDLE_TIMEOUT}
         *     unless set
         * @return this
         */
        public Builder idleTimeout(@Nullable Duration timeout) {
            this.idleTimeout = timeout;
            return this;
        }

        /**
         * How long a session may live however much it is used. OWASP's Session Management Cheat Sheet
         * asks for such an end.
         *
         * @param lifetime a millisecond or longer; null (the default) or more than 1,000 years: any time
         * @return this
         */
        public Builder absoluteLifetime(@Nullable Duration lifetime) {
            this.absoluteLifetime = lifetime;
            return this;
        }

        /**
         * How often the use of a session that nobody changes is recorded. A longer interval saves
         * writes; a session may then end that much late, never early.
         *
         * @param interval not negative; zero: at every save; null (the default): a tenth of the idle
         *     timeout, at most five minutes
         * @return this
         */
        public Builder touchInterval(@Nullable Duration interval) {
            this.touchInterval = interval;
            return this;
        }

        /**
         * How often this node {@linkplain SessionManager#sweep sweeps}, in a daemon thread of its own
         * that {@link SessionManager#close} ends. Each pause is between half and one and a half times as
         * long, so that nodes do not sweep in step, and there is a short pause after each page.
         *
         * @param interval a millisecond or longer; null (the default) or more than 1,000 years: never, and there is no thread
         * @return this
         */
        public Builder sweepInterval(@Nullable Duration interval) {
            this.sweepInterval = interval;
            return this;
        }

        /** How time passes between sweeps, for tests. */
        Builder sweepPause(Sweeper.Pause pause) {
            this.sweepPause = pause;
            return this;
        }

        /** How time passes between the attempts of a save, for tests. */
        Builder retryPause(RetryPause pause) {
            this.retryPause = pause;
            return this;
        }

        /**
         * What a save does when others changed the session meanwhile.
         *
         * @param concurrency {@link Concurrency#MERGE} unless set
         * @return this
         */
        public Builder concurrency(Concurrency concurrency) {
            this.concurrency = concurrency;
            return this;
        }

        /**
         * Whether requests of one session wait for each other. All nodes should say the same: one that does not lock
         * takes no notice of locks. Each request that opens a session then writes twice, see {@code docs/cost.md}.
         *
         * @param locking {@link Locking#NONE} unless set; {@link Locking#SESSION} needs a {@link LockableSessionStore}
         * @return this
         */
        public Builder locking(Locking locking) {
            this.locking = locking;
            return this;
        }

        /**
         * How long a lock lasts that nobody releases, because the process of its owner is gone: others wait as long. A
         * request that takes longer may lose its lock, and then its changes.
         *
         * @param lease a millisecond or longer; {@link #DEFAULT_LOCK_LEASE} unless set
         * @return this
         */
        public Builder lockLease(Duration lease) {
            this.lockLease = lease;
            return this;
        }

        /**
         * How long {@link SessionManager#open} waits for a lock before it fails with {@link SessionLockedException}.
         *
         * @param wait not negative; {@link #DEFAULT_LOCK_WAIT} unless set
         * @return this
         */
        public Builder lockWait(Duration wait) {
            this.lockWait = wait;
            return this;
        }

        private @Nullable SessionLocks locks(SessionStore over) {
            return locking == Locking.SESSION && over instanceof LockableSessionStore lockable
                    ? new SessionLocks(
                            lockable,
                            lockLease,
                            lockWait,
                            name(EngineSettings.LOCK_LEASE),
                            name(EngineSettings.LOCK_WAIT))
                    : null;
        }

        /**
         * What happens when an attribute cannot be decoded.
         *
         * @param policy {@link UnreadablePolicy#HIDE} unless set
         * @return this
         */
        public Builder unreadableAttributes(UnreadablePolicy policy) {
            this.unreadableAttributes = policy;
            return this;
        }

        /**
         * Attributes without which a session is worth nothing, such as who is logged in: if one of them is
         * stored and cannot be read, or was tampered with, the session is not opened, and {@link
         * SessionManager#open} answers as if there were none. The row is not touched until it expires. They
         * are decoded whenever a session is opened, as the types that their encodings name.
         *
         * @param names in addition to those named before
         * @return this
         */
        public Builder requiredAttributes(String... names) {
            requiredAttributes.addAll(List.of(names));
            return this;
        }

        /**
         * What happens when the store does not answer.
         *
         * @param policy {@link UnavailablePolicy#FAIL} unless set
         * @return this
         */
        public Builder storeUnavailable(UnavailablePolicy policy) {
            return storeFailures(policy);
        }

        /**
         * Decides about each failure when a session is opened or saved, instead of {@link #storeUnavailable}.
         *
         * @param handler may swallow a failure, or answer with another exception
         * @return this
         */
        public Builder storeFailures(StoreFailureHandler handler) {
            this.storeFailures = handler;
            return this;
        }

        /**
         * Whether warnings about attributes that cannot be read name them. They always name the class. Leave it
         * off if users can have a part in attributes' names.
         *
         * @param log false unless set
         * @return this
         */
        public Builder logAttributeNames(boolean log) {
            this.logAttributeNames = log;
            return this;
        }

        /**
         * Whether a new session is stored even if it has no attributes.
         *
         * @param store false unless set
         * @return this
         */
        public Builder storeEmptySessions(boolean store) {
            this.storeEmptySessions = store;
            return this;
        }

        /**
         * Keeps a function of the session beside its data, as an attribute of the stored row of its own, readable by
         * whoever reads the table, whatever the codec. If the store has an index of that name ({@code
         * dynamosession.indexes} for DynamoDB, every name in memory), sessions are {@linkplain SessionManager#findBy
         * found} and {@linkplain SessionManager#endAllBy ended} by it; with {@linkplain #encryption encryption} such a
         * value is stored as a keyed hash, and every other one as it is.
         *
         * <p>The function is evaluated by each save that changes data, creates the session or changes its id, while the
         * session's other threads wait: it reads the session, changes nothing and does no I/O. If it gives nothing, the
         * attribute is removed. What cannot be stored, or an index cannot take (an empty text, one of more than 2,048
         * bytes, a value of another type), is left out and {@linkplain SessionObserver#customAttributeLeftOut counted};
         * if the function fails, or asks for an attribute that cannot be read, the stored value stays. No save fails for
         * it. Where requests change a session at once each sees its own changes: a function of several attributes may be
         * behind until the next save.
         *
         * @param name the attribute's name in the store
         * @param function a {@link CharSequence}, {@link Number}, {@code byte[]}, {@link Boolean}, a collection or map of
         *     such values, or an {@link Optional} of one; null: none
         * @return this
         */
        public Builder customAttribute(String name, Function<? super Session, ? extends @Nullable Object> function) {
            if (customAttributes.put(name, function) != null) {
                problems.add("two custom attributes are named " + name);
            }
            return this;
        }

        /**
         * Whether {@link SessionManager#endAllBy} holds for sessions that the index does not show yet, too. Each session
         * with an indexed value then costs one strong read and one round trip more whenever it is opened, and a login one
         * more read.
         *
         * <p>All nodes must agree. A session that got its value from a node where this is off is ended with the first
         * {@code endAllBy}, and one that logs in there after it is not opened where it is on.
         *
         * @param marks false unless set
         * @return this
         */
        public Builder indexMarks(boolean marks) {
            this.indexMarks = marks;
            return this;
        }

        /**
         * Whose a session is, for the custom attribute {@value SessionManager#PRINCIPAL}: for frameworks that keep it in
         * an attribute of their own.
         *
         * @param function a name that no two users share; null: the session is nobody's. Unless set, what the adapter
         *     knows of containers and identity providers
         * @return this
         */
        public Builder principal(Function<? super Session, ? extends @Nullable String> function) {
            this.principal = function;
            return this;
        }

        private List<CustomAttributes.Definition> definitions(IndexedSessionStore store) {
            List<CustomAttributes.Definition> definitions = new ArrayList<>();
            customAttributes.forEach((name, function) -> definitions.add(new CustomAttributes.Definition(
                    name, function, store.index(name).orElse(null), UnaryOperator.identity())));
            IndexType index = store.index(PRINCIPAL).orElse(null);
            if (index != null && !customAttributes.containsKey(PRINCIPAL)) {
                definitions.add(new CustomAttributes.Definition(
                        PRINCIPAL, this::principalOf, index, name -> PrincipalHash.of(name.toString())));
            }
            return definitions;
        }

        private @Nullable String principalOf(Session session) {
            String name = principal == null ? null : principal.apply(session);
            return name == null
                    ? session.get(PrincipalHash.ATTRIBUTE, String.class).orElse(null)
                    : PrincipalHash.of(name);
        }

        private CustomAttributes customAttributes(SessionStore store) {
            return new CustomAttributes(
                    store instanceof IndexedSessionStore indexed ? definitions(indexed) : List.of(),
                    new IndexProtection(encryptionKeys, requireEncryption),
                    indexMarks,
                    observer,
                    name(INDEXES));
        }

        private void checkCustomAttributes(SessionStore store) {
            if (!(store instanceof IndexedSessionStore indexed)) {
                if (!customAttributes.isEmpty()) {
                    problems.add(
                            "there are custom attributes, but this store keeps none: it is no IndexedSessionStore");
                }
                return;
            }
            for (CustomAttributes.Definition definition : definitions(indexed)) {
                String name = definition.name();
                try {
                    indexed.requireCustomAttribute(name);
                    if (definition.index() != null && indexMarks) {
                        indexed.requireCustomAttribute(CustomAttributes.generation(name));
                    }
                } catch (IllegalArgumentException refused) {
                    problems.add(String.valueOf(refused.getMessage()));
                }
                boolean isHash = encryptionKeys != null || !customAttributes.containsKey(name);
                if (definition.index() == IndexType.NUMBER && isHash) {
                    problems.add("the custom attribute " + name
                            + " has an index of numbers, which cannot hold the hash that is made of it: index"
                            + " it as text");
                }
                if (definition.index() != null && customAttributes.containsKey(CustomAttributes.generation(name))) {
                    problems.add("the custom attribute " + CustomAttributes.generation(name)
                            + " has the name that the mark of " + name + " uses: give it another");
                }
            }
        }

        /**
         * The clock by which accesses and ends are computed.
         *
         * @param clock the system's clock unless set
         * @return this
         */
        public Builder clock(Clock clock) {
            this.clock = clock;
            return this;
        }

        /**
         * Is notified of unreadable attributes, and of the operations of a store that is made from
         * settings. (A store that is given has an observer of its own.)
         *
         * @param observer {@link SessionObserver#NONE} unless set
         * @return this
         */
        public Builder observer(SessionObserver observer) {
            this.observer = observer;
            return this;
        }

        /**
         * Adds a listener.
         *
         * @param listener is notified of sessions created, renamed and ended by this manager
         * @return this
         */
        public Builder listener(SessionListener listener) {
            listeners.add(listener);
            return this;
        }

        /**
         * Where the {@code …Async} methods do what must not happen in the caller's or a client's thread:
         * I/O if the store blocks, decoding, functions of {@link Session#compute}, listeners.
         *
         * @param executor needed for these methods if the store blocks; otherwise the common pool unless
         *     set
         * @return this
         */
        public Builder executor(Executor executor) {
            this.executor = executor;
            return this;
        }

        /**
         * Whether {@link #build} tries the store by one read of a key in the {@link #namespace}, as long as a request
         * would wait. Nothing is read when a snapshot of the process is taken (Lambda SnapStart, CRaC, Spring AOT,
         * training runs for CDS and AOT caches), which the line in the log then says, nor from a store that is no {@link io.github.dynamosession.spi.CheckableSessionStore}.
         *
         * @param policy unless set, {@link StartCheckPolicy#WARN} with settings, {@link StartCheckPolicy#OFF} over a
         *     store that is given
         * @return this
         */
        public Builder checkAtStart(StartCheckPolicy policy) {
            this.checkAtStart = policy;
            return this;
        }

        /**
         * Says who uses the manager, for the line that is logged at the start.
         *
         * @param user such as {@code the servlet filter}; nothing unless set
         * @param cookie the name of the cookie that it uses; null: that of the settings, if they have one
         * @return this
         */
        public Builder usedBy(String user, @Nullable String cookie) {
            this.user = user;
            this.cookie = cookie;
            return this;
        }

        /**
         * Says that such a manager was built a moment ago: nothing is logged nor checked again.
         *
         * @param again false unless set
         * @return this
         */
        public Builder builtAgain(boolean again) {
            this.again = again;
            return this;
        }

        private SessionIds ids() {
            return new SessionIds(signingKeys, acceptUnsignedUntil, clock, namespace);
        }

        /** One line: what was found, and what is off. */
        private String report(SessionStore chosenStore, SessionCodec chosenCodec) {
            List<String> off = new ArrayList<>();
            List<String> on = new ArrayList<>();
            (signingKeys == null || !signingKeys.isSigning() ? off : on).add("signed ids");
            (encryptionKeys == null ? off : on).add("encryption");
            (absoluteLifetime == null ? off : on).add("an absolute lifetime");
            (sweepInterval == null ? off : on).add("sweeping");
            if (locking == Locking.SESSION) {
                on.add("locking");
            }
            String used = cookie != null || settings == null
                    ? cookie
                    : settings.text(EngineSettings.COOKIE_NAME).orElse(null);
            return "Sessions are kept in " + StartReport.location(chosenStore)
                    + (user.isEmpty() ? "" : " by " + user)
                    + (used == null ? "" : " with the cookie " + used)
                    + "; codec " + chosenCodec.getClass().getSimpleName()
                    + "; namespace " + (namespace.isEmpty() ? "none" : namespace)
                    + "; idle timeout " + (idleTimeout == null ? "none" : idleTimeout)
                    + (on.isEmpty() ? "" : "; with " + String.join(", ", on))
                    + (off.isEmpty() ? "" : "; without " + String.join(", ", off))
                    + StartReport.untried(chosenStore, checkAtStart);
        }

        /** What an operator must know, and what keeps the manager from starting. */
        private void start(SessionManager manager) {
            if (again) {
                return;
            }
            LOG.info("{}", manager.report);
            if (ownsStore
                    && settings != null
                    && settings.text(EngineSettings.STORE)
                            .filter("memory"::equals)
                            .isPresent()
                    && !settings.isDevelopment()) {
                LOG.warn(
                        "Sessions are in this process's memory ({}=memory, for development): they end with it, and no"
                                + " other node sees them",
                        name(EngineSettings.STORE));
            }
            String problem = StartReport.check(manager.store, manager.ids.probe(), checkAtStart);
            if (problem != null && checkAtStart == StartCheckPolicy.FAIL) {
                manager.close();
                throw new ConfigurationException(
                        List.of(problem + " (" + name(EngineSettings.CHECK_AT_START) + "=fail)"));
            } else if (problem != null) {
                LOG.warn("{} ({}=off leaves this check out)", problem, name(EngineSettings.CHECK_AT_START));
                manager.report += ". But " + problem;
            }
        }

        /**
         * Builds the manager, says in the log (INFO) where and how sessions are kept, and, unless {@link
         * #checkAtStart} is off, tries the store.
         *
         * @return the manager
         * @throws ConfigurationException with all problems, if there are any
         */
        public SessionManager build() {
            positive(idleTimeout, EngineSettings.IDLE_TIMEOUT, "a positive duration, a millisecond or more, or never");
            positive(
                    sweepInterval,
                    EngineSettings.SWEEP_INTERVAL,
                    "a positive duration, a millisecond or more; leave it out for none");
            positive(
                    absoluteLifetime,
                    EngineSettings.ABSOLUTE_LIFETIME,
                    "a positive duration, a millisecond or more; leave it out for none");
            if (touchInterval != null && touchInterval.isNegative()) {
                problem(EngineSettings.TOUCH_INTERVAL, "must not be negative; zero records every use");
            }
            if (!NAMESPACE.matcher(namespace).matches()) {
                problem(EngineSettings.NAMESPACE, "may have up to 128 letters, digits and the characters . _ - /");
            }
            SettingsReader reader = settings == null ? null : settings.with(clock, observer);
            SessionCodec chosenCodec = codec;
            if (chosenCodec == null && reader != null) {
                chosenCodec = reader.codec();
            } else if (chosenCodec == null) {
                problems.add(
                        "no codec: call SessionManager.Builder.codec, for instance with JsonCodec.builder().build()");
            }
            if (reader != null) {
                Set<Integer> inCode = new HashSet<>();
                readableCodecs.forEach(readable -> inCode.add(readable.format()));
                reader.readableCodecs().stream()
                        .filter(readable -> !inCode.contains(readable.format()))
                        .forEach(readableCodecs::add);
            }
            if (compressAbove != null && compressAbove < 0) {
                problem(EngineSettings.COMPRESS_ABOVE, "must not be negative");
            }
            if (partsAbove != null && partsAbove <= 0) {
                problem(EngineSettings.PARTS_ABOVE, "must be positive, or off");
            }
            if (largestValue <= 0) {
                problem(EngineSettings.LARGEST_VALUE, "must be positive");
            }
            if (requireEncryption
                    && (encryptionKeys == null || encryptionKeys.current().isEmpty())) {
                problem(
                        EngineSettings.REQUIRE_ENCRYPTION,
                        "needs a key that encrypts: set " + name(EngineSettings.ENCRYPTION_KEYS)
                                + ", without encryption=read-only");
            }
            if (fallbackCodec == null && reader != null) {
                fallbackCodec = reader.fallbackCodec();
            }
            checkFormats(chosenCodec);
            SessionStore chosenStore = store;
            if (chosenStore == null && reader != null) {
                chosenStore = reader.store();
                ownsStore = true;
            }
            if (sweepInterval != null && chosenStore != null && !(chosenStore instanceof SweepableSessionStore)) {
                problem(EngineSettings.SWEEP_INTERVAL, "is set, but this store cannot be swept");
            }
            if (locking == Locking.SESSION && chosenStore != null && !(chosenStore instanceof LockableSessionStore)) {
                problem(
                        EngineSettings.LOCKING,
                        "is session, but this store cannot lock: it is no LockableSessionStore");
            }
            positive(lockLease, EngineSettings.LOCK_LEASE, "a positive duration, a millisecond or more");
            if (SessionTiming.finite(lockLease) == null) {
                problem(EngineSettings.LOCK_LEASE, "must end: a process may die while it has a lock");
            }
            if (lockWait.isNegative() || SessionTiming.finite(lockWait) == null) {
                problem(EngineSettings.LOCK_WAIT, "must end, and not be negative; zero does not wait at all");
            }
            if (chosenStore != null) {
                checkCustomAttributes(chosenStore);
            }
            if (!problems.isEmpty() || chosenStore == null || chosenCodec == null) {
                if (ownsStore && chosenStore != null) {
                    chosenStore.close();
                }
                throw new ConfigurationException(problems);
            }
            SessionManager manager = new SessionManager(this, chosenStore, chosenCodec);
            start(manager);
            if (manager.sweeper != null) {
                manager.sweeper.start();
            }
            return manager;
        }

        private void checkFormats(@Nullable SessionCodec writer) {
            if (fallbackCodec != null && writer != null && fallbackCodec.format() == writer.format()) {
                problem(EngineSettings.FALLBACK_CODEC, "must have another format than the codec");
            }
            if (selectiveCodec != null
                    && Stream.of(writer, fallbackCodec)
                            .anyMatch(other -> other != null && other.format() == selectiveCodec.format())) {
                problems.add("the selective codec must have a format of its own");
            }
            Map<Integer, SessionCodec> byFormat = new HashMap<>();
            Stream.of(
                            Stream.ofNullable(writer),
                            Stream.ofNullable(selectiveCodec),
                            Stream.ofNullable(fallbackCodec),
                            readableCodecs.stream())
                    .flatMap(codecs -> codecs)
                    .mapToInt(SessionCodec::format)
                    .filter(ValueProtection::isWrapping)
                    .forEach(format -> problems.add("a codec has format " + format
                            + ", which is that of compressed or encrypted values: give it another"));
            for (SessionCodec readable : readableCodecs) {
                if (byFormat.put(readable.format(), readable) != null) {
                    problems.add("two readable codecs have format " + readable.format() + ": register one of them");
                }
            }
        }

        private void positive(@Nullable Duration value, Setting setting, String wanted) {
            if (value != null && SessionTiming.isTooShort(value)) {
                problem(setting, "must be " + wanted);
            }
        }

        private void problem(Setting setting, String what) {
            problems.add(name(setting) + " " + what);
        }

        private String name(Setting setting) {
            return settings == null ? SessionSettings.PREFIX + setting.key() : settings.name(setting);
        }
    }
}
