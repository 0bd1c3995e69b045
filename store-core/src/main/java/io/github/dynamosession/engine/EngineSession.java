// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.engine;

import io.github.dynamosession.ChangeIdOutcome;
import io.github.dynamosession.ComputeConflictException;
import io.github.dynamosession.Concurrency;
import io.github.dynamosession.SaveOutcome;
import io.github.dynamosession.Session;
import io.github.dynamosession.SessionLockLostException;
import io.github.dynamosession.TypeRef;
import io.github.dynamosession.crypto.ValueProtection;
import io.github.dynamosession.spi.ChangeKeyOutcome;
import io.github.dynamosession.spi.CreateOutcome;
import io.github.dynamosession.spi.CustomValue;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionDelta.Condition;
import io.github.dynamosession.spi.SessionException;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.Token;
import io.github.dynamosession.spi.UnreadableValueException;
import io.github.dynamosession.spi.UpdateOutcome;
import java.lang.invoke.MethodType;
import java.lang.reflect.Type;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The session that a manager gives out: what a request sees, and the manager's side of it. */
public final class EngineSession implements Session {
    /** The life of a session, as far as this request knows. */
    private enum State {
        /** Not stored yet. */
        NEW,
        /** Stored under its key when last looked at. */
        STORED,
        /** The key belongs to somebody else now: what this request changes is dropped. */
        MOVED,
        /** The store did not answer: what this request changes is dropped. */
        OFFLINE,
        /** Expired and removed; handed to listeners, who may read it. */
        EXPIRED,
        /** Ended here, or found ended. */
        ENDED
    }

    /** With {@link Concurrency#COMPARE_AND_SET}: somebody else had changed the session. */
    private static final class IdChangeConflict extends Exception {
        private static final long serialVersionUID = 1L;

        IdChangeConflict() {
            super("somebody else changed the session", null, false, false);
        }
    }

    private final Codecs codecs;
    private final SessionIds ids;
    private final SessionTiming timing;
    private final CustomAttributes custom;
    private final LargeValues large;
    private final Instant openedAt;
    private final Attributes attributes;
    private State state;

    /** Whether the end was found, and not made here. */
    private boolean gone;

    /** Why the session left its key before this request asked; null if it did not. */
    private @Nullable KeyChangeReason movedFor;

    private boolean isNew;
    private String id;
    private SessionKey key;

    /** What the store holds, as far as this request knows; for a new session what it will be made from. */
    private StoredSession base;

    /** The latest version that is known to have been stored, by whomever; {@link #base} may stay behind. */
    private long reachedVersion;

    private @Nullable Duration idleTimeout;
    private boolean accessRecorded;

    /** Whether a write has met the session under another key: others have rotated its id, and this one is a former one. */
    private boolean leftBehind;

    /** Whether a save was asked for, or the response is sent: what is found changed from then on may come too late. */
    private boolean answering;

    /** Whether that was so when the present save began. */
    private boolean late;

    /** Whether the present save has given up a change that came too late. */
    private boolean overtaken;

    /**
     * The last creation or change of data that was sent, until its outcome is known. It is repeated as it is
     * before anything else is written: what the store recognises then is this snapshot, and nothing later.
     */
    private @Nullable SaveSnapshot unanswered;

    /** The last id change that was sent, until its outcome is known; repeated as it is, to the same target. */
    private @Nullable PendingIdChange idChange;

    /** Whether a deletion may have happened whose outcome is not known. */
    private boolean endUnanswered;

    /**
     * Why a privilege change that was asked for did not happen: until it does, nothing of this request is
     * stored under the old id, which may be planted. Without the lock: noted in the thread of whoever refused.
     */
    private volatile @Nullable Throwable withheld;

    /**
     * Ends when the last of those that write this session has had its turn. Looked at without the lock, which
     * they hold while a codec is at work.
     */
    private volatile CompletableFuture<Void> lastTurn = CompletableFuture.completedFuture(null);

    /** How many operations were handed to an executor and are not over; some may not have asked for a turn yet. */
    private final AtomicInteger handedOver = new AtomicInteger();

    /** Whether a function of a custom attribute has asked for something that cannot be read. */
    private boolean metUnreadable;

    /** The lock of this session; null: it is not locked, or not any more. */
    private SessionLocks.@Nullable Lease lease;

    /** The setting of the lease, if the lock was lost or given up before what this request changed was stored; else null. */
    private @Nullable String lockLost;

    /** The thread that notifies listeners during its turn, and may come back. */
    private @Nullable Thread notifying;

    private EngineSession(
            EngineContext context,
            String id,
            SessionKey key,
            Instant now,
            State state,
            @Nullable StoredSession stored) {
        this.codecs = context.codecs();
        this.ids = context.ids();
        this.timing = context.timing();
        this.custom = context.custom();
        this.large = context.large();
        this.openedAt = now;
        this.state = state;
        this.isNew = stored == null;
        this.id = id;
        this.key = key;
        this.idleTimeout =
                stored == null ? context.idleTimeout() : stored.idleTimeout().orElse(null);
        this.base = stored == null ? fresh(now) : stored;
        this.reachedVersion = base.version();
        this.attributes = new Attributes(
                base.attributes(),
                new ValueProtection(
                        context.protection(), base.uid(), key, base.keyBinding().orElse(null)));
    }

    static EngineSession fresh(EngineContext context, Instant now) {
        return unstored(context, context.ids().newId(), now, State.NEW);
    }

    static EngineSession stored(
            EngineContext context,
            String id,
            SessionKey key,
            Instant now,
            StoredSession stored,
            SessionLocks.@Nullable Lease lease) {
        EngineSession session = new EngineSession(context, id, key, now, State.STORED, stored);
        session.lease = lease;
        return session;
    }

    /** What a late request sees behind an id that has changed: not new, or a login would not change it. */
    static EngineSession moved(EngineContext context, String id, Instant now, KeyChangeReason reason) {
        EngineSession moved = unstored(context, id, now, State.MOVED);
        moved.isNew = false;
        moved.movedFor = reason;
        return moved;
    }

    static EngineSession offline(EngineContext context, String id, Instant now) {
        return unstored(context, id, now, State.OFFLINE);
    }

    /** What is left of a session whose id nobody knows any more: it expired, or others ended it. */
    static EngineSession expired(EngineContext context, SessionKey key, Instant now, StoredSession stored) {
        return new EngineSession(context, key.value(), key, now, State.EXPIRED, stored);
    }

    private static EngineSession unstored(EngineContext context, String id, Instant now, State state) {
        return new EngineSession(context, id, context.ids().key(id), now, state, null);
    }

    /**
     * The session behind what an application or a framework gave.
     *
     * @throws IllegalArgumentException if there is none of this library
     */
    public static EngineSession of(Session session) {
        if (session instanceof EngineSession engine) {
            return engine;
        }
        if (session.unwrapped() instanceof EngineSession engine) {
            return engine;
        }
        throw new IllegalArgumentException(session.getClass().getName()
                + " is no session of a SessionManager: pass the one that open or newSession gave,"
                + " or let unwrapped() answer it");
    }

    private StoredSession fresh(Instant now) {
        return StoredSession.builder()
                .uid(Token.random())
                .createdAt(now)
                .accessedAt(now)
                .build();
    }

    @Override
    public synchronized String id() {
        return id;
    }

    @Override
    public String fingerprint() {
        return Fingerprint.of(uid());
    }

    @Override
    public synchronized String cookieValue() {
        if (state == State.EXPIRED) {
            throw new IllegalStateException("the session has expired");
        }
        return ids.cookieValue(id);
    }

    @Override
    public synchronized boolean isNew() {
        return isNew;
    }

    @Override
    public synchronized boolean isDetached() {
        return state == State.MOVED || state == State.OFFLINE || state == State.EXPIRED;
    }

    @Override
    public synchronized boolean isEnded() {
        return state == State.ENDED;
    }

    @Override
    public synchronized boolean isGone() {
        return gone;
    }

    @Override
    public synchronized Instant createdAt() {
        return base.createdAt();
    }

    @Override
    public synchronized Instant lastAccessedAt() {
        return isNew ? base.createdAt() : base.accessedAt();
    }

    @Override
    public synchronized boolean isAccessRecorded() {
        return accessRecorded && !leftBehind;
    }

    @Override
    public synchronized Duration touchInterval() {
        return timing.touchInterval(idleTimeout);
    }

    @Override
    public synchronized long version() {
        return state == State.NEW ? 0 : base.version();
    }

    @Override
    public synchronized Optional<Duration> idleTimeout() {
        return Optional.ofNullable(idleTimeout);
    }

    @Override
    public synchronized void setIdleTimeout(@Nullable Duration timeout) {
        if (timeout != null && SessionTiming.isTooShort(timeout)) {
            throw new IllegalArgumentException("an idle timeout is a millisecond or longer; null means never");
        }
        requireUsable();
        idleTimeout = SessionTiming.finite(timeout);
    }

    @Override
    public Optional<Object> get(String name) {
        return read(name, Object.class);
    }

    @Override
    @SuppressWarnings("unchecked") // int.class is a Class<Integer>, whose cast() would refuse an Integer
    public <T> Optional<T> get(String name, Class<T> type) {
        return (Optional<T>) read(name, boxed(type));
    }

    @Override
    @SuppressWarnings("unchecked") // the codec promises an instance of the type
    public <T> Optional<T> get(String name, TypeRef<T> type) {
        return (Optional<T>) read(name, type.type());
    }

    @Override
    public synchronized void set(String name, @Nullable Object value) {
        requireUsable();
        if (value == null) {
            remove(name);
            return;
        }
        attributes.getOrAdd(name).set(value, codecs);
    }

    @Override
    public synchronized void remove(String name) {
        requireUsable();
        Attribute attribute = attributes.get(name);
        if (attribute != null) {
            attribute.remove();
        }
    }

    /** See {@link io.github.dynamosession.web.SessionExchange#prepare}. */
    public void prepare(String name, Consumer<Object> preparation) {
        Object value;
        boolean changed;
        synchronized (this) {
            requireUsable();
            Attribute attribute = attributes.get(name);
            value = attribute == null ? null : attribute.seen();
            if (attribute == null || value == null) {
                return;
            }
            changed = attribute.isChanged(codecs);
        }
        // Not under the lock: whoever prepares may use the session.
        preparation.accept(value);
        synchronized (this) {
            Attribute attribute = attributes.get(name);
            if (!changed && attribute != null && attribute.seen() == value) {
                attribute.prepared(codecs);
            }
        }
    }

    @Override
    public synchronized Set<String> names() {
        requireUsable();
        return attributes.names();
    }

    @Override
    public <T> Optional<T> compute(String name, Class<T> type, Function<Optional<T>, ? extends @Nullable T> function) {
        return compute(name, boxed(type), function);
    }

    @Override
    public <T> Optional<T> compute(
            String name, TypeRef<T> type, Function<Optional<T>, ? extends @Nullable T> function) {
        return compute(name, type.type(), function);
    }

    private <T> Optional<T> compute(String name, Type type, Function<Optional<T>, ? extends @Nullable T> function) {
        return fetched(name, () -> computeHere(name, type, function));
    }

    @SuppressWarnings("unchecked") // the codec promises an instance of the type
    private <T> Optional<T> computeHere(String name, Type type, Function<Optional<T>, ? extends @Nullable T> function) {
        Attribute attribute = attributes.getOrAdd(name);
        attribute.compute(type, before -> function.apply((Optional<T>) before), codecs);
        return (Optional<T>) attribute.read(type, codecs);
    }

    private Optional<Object> read(String name, Type type) {
        return fetched(name, () -> readHere(name, type));
    }

    private Optional<Object> readHere(String name, Type type) {
        Attribute attribute = attributes.get(name);
        if (attribute == null) {
            return Optional.empty();
        }
        Optional<Object> value = attribute.read(type, codecs);
        metUnreadable |= value.isEmpty() && attribute.isPresent();
        return value;
    }

    /** Uses an attribute under the lock, once what lies outside of the row has been fetched without it. */
    private <T> T fetched(String name, Supplier<T> use) {
        while (true) {
            Lack lack;
            synchronized (this) {
                requireUsable();
                lack = lack(name);
                if (lack == null) {
                    return use.get();
                }
            }
            fetched(lack, large.fetchNow(lack.key(), lack.uid(), name, lack.pointer()));
        }
    }

    @Override
    @SuppressWarnings("unchecked") // int.class is a Class<Integer>, whose cast() would refuse an Integer
    public <T> CompletionStage<Optional<T>> getAsync(String name, Class<T> type) {
        return readLater(name, boxed(type)).thenApply(value -> (Optional<T>) value);
    }

    @Override
    @SuppressWarnings("unchecked") // the codec promises an instance of the type
    public <T> CompletionStage<Optional<T>> getAsync(String name, TypeRef<T> type) {
        return readLater(name, type.type()).thenApply(value -> (Optional<T>) value);
    }

    private CompletionStage<Optional<Object>> readLater(String name, Type type) {
        Lack lack;
        synchronized (this) {
            requireUsable();
            lack = lack(name);
            if (lack == null) {
                try {
                    return CompletableFuture.completedStage(readHere(name, type));
                } catch (UnreadableValueException e) {
                    return CompletableFuture.failedStage(e);
                }
            }
        }
        return large.fetchLater(lack.key(), lack.uid(), name, lack.pointer()).thenCompose(fetched -> {
            fetched(lack, fetched);
            return readLater(name, type);
        });
    }

    /** What has to be fetched before an attribute can be read. */
    record Lack(String name, SessionKey key, Token uid, EncodedValue pointer) {}

    private @Nullable Lack lack(String name) {
        EncodedValue pointer = attributes.lacking(name);
        return pointer == null ? null : new Lack(name, key, base.uid(), pointer);
    }

    /** Takes note of what was fetched. */
    void fetched(Lack lack, LargeValues.Fetched fetched) {
        if (fetched instanceof LargeValues.Fetched.Content content) {
            attributes.contents().hold(lack.pointer(), Optional.of(content.value()));
        } else if (fetched instanceof LargeValues.Fetched.Replaced replaced) {
            synchronized (this) {
                Attribute attribute = attributes.get(lack.name());
                if (attribute != null) {
                    attribute.replaced(lack.pointer(), replaced.stored());
                }
            }
        } else {
            attributes.contents().hold(lack.pointer(), Optional.empty());
        }
    }

    /** What is fetched when the session is opened: what the application named, and what it requires. */
    synchronized List<Lack> prefetched() {
        if (large.prefetchesEverything()) {
            return lacks(attributes.names());
        }
        if (codecs.required().isEmpty()) {
            return lacks(large.prefetched());
        }
        Set<String> names = new HashSet<>(large.prefetched());
        names.addAll(codecs.required());
        return lacks(names);
    }

    /** All that lies outside and was not fetched. */
    synchronized List<Lack> lacks() {
        return lacks(attributes.names());
    }

    private List<Lack> lacks(Set<String> names) {
        List<Lack> lacks = new ArrayList<>();
        for (String name : names) {
            Lack lack = lack(name);
            if (lack != null) {
                lacks.add(lack);
            }
        }
        return lacks;
    }

    /** What has to be fetched before the functions of a save can run again on what is stored now. */
    synchronized List<Lack> lacks(SaveSnapshot save, StoredSession current) {
        List<Lack> lacks = new ArrayList<>();
        for (String name : save.computations().keySet()) {
            EncodedValue now = current.attributes().get(name);
            if (now != null
                    && attributes.contents().lack(now)
                    && !Optional.of(now).equals(save.expected().get(name))) {
                lacks.add(new Lack(name, key, base.uid(), now));
            }
        }
        return lacks;
    }

    private void requireUsable() {
        if (state == State.ENDED) {
            throw new IllegalStateException("the session has ended");
        }
    }

    private static Type boxed(Class<?> type) {
        return MethodType.methodType(type).wrap().returnType();
    }

    @Override
    public String toString() {
        return "Session[" + state + ", " + attributes.names().size() + " attributes]";
    }

    // What follows is the manager's side: snapshots for a save, and what became of them.

    /**
     * Queues up: two writes of one session at a time would each believe to be the only one.
     *
     * @param mine is completed at the end of the turn
     * @return whom to wait for
     */
    synchronized CompletableFuture<Void> takeTurn(CompletableFuture<Void> mine) {
        CompletableFuture<Void> former = lastTurn;
        lastTurn = mine;
        return former;
    }

    /**
     * What a save would come to that has surely nothing to do; null if it may have, or if others write this
     * session. Asks no codec, and waits for none of theirs.
     */
    @Nullable
    SaveOutcome outcomeWithoutWork(boolean storeEmpty) {
        return handedOver.get() == 0 && lastTurn.isDone() ? outcomeOfNothing(storeEmpty) : null;
    }

    public void handOver() {
        handedOver.incrementAndGet();
    }

    public void takeBack() {
        handedOver.decrementAndGet();
    }

    private synchronized @Nullable SaveOutcome outcomeOfNothing(boolean storeEmpty) {
        SaveOutcome outcome = outcomeIfNothing(storeEmpty);
        answering |= outcome != null;
        return outcome;
    }

    private @Nullable SaveOutcome outcomeIfNothing(boolean storeEmpty) {
        if (lease != null) {
            return null;
        }
        if (unanswered != null || idChange != null || withheld != null) {
            return isDetachedOrEnded() ? SaveOutcome.DISCARDED : null;
        }
        return switch (state) {
            case NEW -> storeEmpty || !attributes.isEmpty() ? null : SaveOutcome.UNCHANGED;
            case STORED -> isSurelyUnchanged() ? SaveOutcome.UNCHANGED : null;
            case MOVED, OFFLINE, EXPIRED, ENDED -> SaveOutcome.DISCARDED;
        };
    }

    private boolean isDetachedOrEnded() {
        return state != State.NEW && state != State.STORED;
    }

    private boolean isSurelyUnchanged() {
        return !idleTimeoutChanged() && !isTouchDue() && attributes.areSurelyUnchanged(codecs);
    }

    /** The use that a write records on the way, for which there would be a touch otherwise; null: none. */
    private @Nullable Instant useToRecord(boolean writes) {
        return writes && !accessRecorded ? timing.useOnTheWay(base, openedAt, idleTimeout) : null;
    }

    private boolean isTouchDue() {
        return !accessRecorded && timing.isTouchDue(base, openedAt, idleTimeout);
    }

    /** Calls what may use the manager in turn; the store's outcome has been noted already. */
    void notify(Runnable call) {
        Thread former = notifying(Thread.currentThread());
        try {
            Observers.notifyListener(call);
        } finally {
            notifying(former);
        }
    }

    private synchronized @Nullable Thread notifying(@Nullable Thread thread) {
        Thread former = notifying;
        notifying = thread;
        return former;
    }

    /** Whether the calling thread is a listener's, inside of the turn. */
    synchronized boolean isNotifying() {
        return notifying == Thread.currentThread();
    }

    /** Why a required attribute cannot be read; null if all that are there can. */
    synchronized @Nullable UnreadableValueException unreadableRequirement() {
        for (String name : codecs.requiresAll() ? attributes.names() : codecs.required()) {
            Attribute attribute = attributes.get(name);
            // One outside of the row that is not required by name is judged when it is read.
            if (attribute != null && attribute.lacking() == null) {
                UnreadableValueException reason = attribute.unreadable(codecs);
                if (reason != null) {
                    codecs.refused(name, reason);
                    return reason;
                }
            }
        }
        return null;
    }

    /**
     * The client has the response, or may have it, and so may have sent its next request: what is found changed from
     * now on is saved as after another save of this request. May be called twice.
     */
    public synchronized void responseSent() {
        answering = true;
    }

    /** A save begins: what the application changes in place after it is found by the next one. */
    synchronized void beginSave() {
        late = answering;
        answering = true;
        overtaken = false;
    }

    /**
     * What a save does next: a write whose outcome is unknown is repeated first, as it was; then comes what the
     * application has changed.
     */
    synchronized SaveStep nextSave(Concurrency concurrency, boolean storeEmpty, Instant now) {
        Throwable why = isDetachedOrEnded() ? null : withheld;
        if (why instanceof IdChangeConflict) {
            return new SaveStep.Done(SaveOutcome.CONFLICT);
        }
        if (why != null) {
            return new SaveStep.Refused(withheld(why));
        }
        abandonRotation();
        if (unanswered != null) {
            return new SaveStep.Write(late ? unanswered.onlyIfUnchanged() : unanswered, true);
        }
        SaveSnapshot save = snapshot(concurrency, storeEmpty, now);
        if (lockLost != null && state == State.STORED && save != null) {
            return save.delta().changesData()
                    ? new SaveStep.Refused(lockLost(lockLost))
                    : new SaveStep.Done(SaveOutcome.UNCHANGED);
        }
        if (save == null) {
            return new SaveStep.Done(isDetachedOrEnded() || overtaken ? SaveOutcome.DISCARDED : SaveOutcome.UNCHANGED);
        }
        return new SaveStep.Write(save, false);
    }

    /** The failure of an id change once more; only what repeating may cure may be continued after. */
    private static RuntimeException withheld(Throwable failure) {
        return failure instanceof SessionException known && known.getClass() != SessionStoreException.class
                ? known
                : new SessionStoreException(
                        "the session's id was to change and did not, so that nothing is stored under the old one",
                        failure,
                        false);
    }

    /** Answers the outcome of a creation. */
    synchronized void answer(SaveSnapshot save, CreateOutcome outcome) {
        unanswered = null;
        if (!(outcome instanceof CreateOutcome.Written written)) {
            // 256 random bits do not meet twice: the store or its clock is broken.
            throw new SessionStoreException("a new session's key is taken", null, false);
        }
        saved(save, written.version());
    }

    /**
     * Answers the outcome of an update.
     *
     * @param first whether it was sent for the first time
     * @param merges whether it is tried again if others have changed the session
     * @param last whether it has been tried often enough
     * @return what the save has come to; null if it is to be tried again, on what is stored now
     */
    synchronized @Nullable SaveOutcome answer(
            SaveSnapshot save, UpdateOutcome outcome, boolean first, boolean merges, boolean last) {
        unanswered = null;
        if (outcome instanceof UpdateOutcome.Written written) {
            saved(save, written.version());
            leftBehind |= written.moved();
            return save.delta().changesData() ? SaveOutcome.SAVED : SaveOutcome.TOUCHED;
        }
        if (outcome instanceof UpdateOutcome.Conflict conflict) {
            boolean told = first || save.isPrecludedBy(conflict.current());
            if (!told && !(merges && save.computations().isEmpty())) {
                undecidable(save, conflict.current());
                throw new SessionStoreException(
                        "the answer to an earlier save was lost and somebody else changed the session since: whether"
                                + " it was applied cannot be told",
                        null,
                        true);
            }
            if (!merges) {
                return SaveOutcome.CONFLICT;
            }
            computeAgain(save, conflict.current(), last);
            return null;
        }
        if (outcome instanceof UpdateOutcome.LockLost) {
            SessionLockLostException lost = loseLock();
            if (save.delta().changesData()) {
                throw lost;
            }
            return SaveOutcome.UNCHANGED;
        }
        if (outcome instanceof UpdateOutcome.Moved) {
            movedAway();
            return SaveOutcome.MOVED;
        }
        foundEnded();
        return SaveOutcome.GONE;
    }

    private void computeAgain(SaveSnapshot save, StoredSession current, boolean last) {
        try {
            if (last) {
                throw new ComputeConflictException("a computed attribute was changed by others during each of "
                        + SessionEngine.SAVE_ATTEMPTS + " attempts to save it");
            }
            recompute(save, current);
        } catch (RuntimeException | Error refusal) {
            // The request is refused: its last save, after the answer, must not count it all the same.
            dropComputed(save, current);
            throw refusal;
        }
    }

    /**
     * What an id change does next: one whose outcome is unknown is repeated first, to the same target.
     *
     * @throws IllegalStateException if the session has ended
     */
    synchronized IdChangeStep nextIdChange(KeyChangeReason reason, Concurrency concurrency, Instant now) {
        if (state == State.ENDED || state == State.EXPIRED) {
            throw new IllegalStateException("the session has ended");
        }
        if (state == State.OFFLINE) {
            return new IdChangeStep.Done(ChangeIdOutcome.LOST);
        }
        if (lockLost != null && state == State.STORED && idChange == null && unanswered == null) {
            throw lockLost(lockLost);
        }
        if (idChange != null) {
            boolean enough = reason == KeyChangeReason.ROTATION || idChange.reason() != KeyChangeReason.ROTATION;
            return new IdChangeStep.Change(idChange, !enough);
        }
        if (state == State.MOVED) {
            return reason == KeyChangeReason.ROTATION
                    ? new IdChangeStep.Done(ChangeIdOutcome.LOST)
                    : new IdChangeStep.Renew(false);
        }
        if (state == State.NEW) {
            return new IdChangeStep.Renew(unanswered != null);
        }
        if (unanswered != null) {
            return new IdChangeStep.Repeat(unanswered);
        }
        String newId = ids.newId();
        SessionKey newKey = ids.key(newId);
        SaveSnapshot save = changes(concurrency, newKey, now);
        return new IdChangeStep.Change(new PendingIdChange(newId, newKey, reason, save), false);
    }

    /**
     * Answers the outcome of an id change.
     *
     * @param last whether it has been tried often enough
     * @return what the change has come to; null if it is to be tried again, on what is stored now
     */
    synchronized @Nullable ChangeIdOutcome answer(
            PendingIdChange change, ChangeKeyOutcome outcome, Concurrency concurrency, boolean last, Instant now) {
        idChange = null;
        if (outcome instanceof ChangeKeyOutcome.Changed done) {
            renamed(change.newId(), change.newKey(), change.save(), done.session());
            withheld = null;
            return ChangeIdOutcome.CHANGED;
        }
        boolean rotates = change.reason() == KeyChangeReason.ROTATION;
        if (outcome instanceof ChangeKeyOutcome.Conflict conflict) {
            if (concurrency == Concurrency.COMPARE_AND_SET) {
                if (!rotates) {
                    withheld = new IdChangeConflict();
                }
                return ChangeIdOutcome.CONFLICT;
            }
            computeAgain(change.save(), conflict.current(), last);
            return null;
        }
        if (outcome instanceof ChangeKeyOutcome.LockLost) {
            throw loseLock();
        }
        if (outcome instanceof ChangeKeyOutcome.Moved) {
            endLock();
            return rotates ? ChangeIdOutcome.LOST : renew(now);
        }
        foundEnded();
        return ChangeIdOutcome.GONE;
    }

    /** Gives a session that is not stored, or no longer its own, an id without I/O. */
    synchronized ChangeIdOutcome renew(Instant now) {
        withheld = null;
        if (state == State.STORED || isDetached()) {
            startAfresh(now);
            return ChangeIdOutcome.REPLACED;
        }
        unanswered = null;
        id = ids.newId();
        key = ids.key(id);
        adopt(attributes.protection().moved(key, null));
        return ChangeIdOutcome.CHANGED;
    }

    /** Somebody else ended it, or it expired. */
    private void foundEnded() {
        endLock();
        state = State.ENDED;
        gone = true;
    }

    private @Nullable SaveSnapshot snapshot(Concurrency concurrency, boolean storeEmpty, Instant now) {
        return switch (state) {
            case NEW -> attributes.isEmpty() && !storeEmpty ? null : creation(now);
            case STORED -> {
                if (isSurelyUnchanged()) {
                    yield null;
                }
                SaveSnapshot changes = changes(concurrency, null, now);
                boolean nothing = !changes.delta().changesData()
                        && changes.delta().access().isEmpty();
                yield nothing ? null : changes;
            }
            case MOVED, OFFLINE, EXPIRED, ENDED -> null;
        };
    }

    private SaveSnapshot creation(Instant now) {
        SessionDelta.Builder delta = SessionDelta.builder(Token.random());
        Map<String, EncodedValue> plain = new HashMap<>();
        Map<String, ValueProtection.ProtectedValue> values = new HashMap<>();
        Map<String, List<Function<Optional<Object>, @Nullable Object>>> computations = new HashMap<>();
        Map<String, Integer> assignments = new HashMap<>();
        attributes.used().forEach((name, attribute) -> {
            ValueProtection.ProtectedValue value = attribute.whole(codecs);
            if (value != null) {
                values.put(name, value);
                computations.put(name, attribute.computations());
                assignments.put(name, attribute.assignments());
            }
        });
        // Its life begins now: a request may make a session, and first store it when that would have expired. Only a
        // session that goes on with what another held (see startAfresh) has an end of its absolute lifetime already.
        Instant absoluteExpiry = base.absoluteExpiry().orElse(timing.absoluteExpiry(now));
        SessionDelta.Access access = timing.access(now, idleTimeout, absoluteExpiry);
        List<NewPart> parts = set(delta, plain, values, access.expiresAt().orElse(null));
        Map<String, List<CustomValue>> unmarked = evaluateCustom(Map.of(), delta);
        SessionDelta everything = delta.build();
        StoredSession whole = base.toBuilder()
                .attributes(everything.set())
                .custom(CustomAttributes.present(everything))
                .accessedAt(access.accessedAt())
                .absoluteExpiry(absoluteExpiry)
                .idleTimeout(idleTimeout)
                .expiresAt(access.expiresAt().orElse(null))
                .build();
        return new SaveSnapshot(
                key, whole, everything, plain, Map.of(), computations, Map.of(), assignments, unmarked, parts);
    }

    /** Adds the custom attributes that differ from the stored ones to a delta. */
    private Map<String, List<CustomValue>> evaluateCustom(Map<String, CustomValue> stored, SessionDelta.Builder delta) {
        if (custom.isEmpty()) {
            return Map.of();
        }
        return custom.evaluate(this, stored, delta);
    }

    /** Begins to note whether what is asked for cannot be read. */
    void forgetUnreadable() {
        metUnreadable = false;
    }

    /** Whether something that was asked for since cannot be read. */
    boolean metUnreadable() {
        return metUnreadable;
    }

    /**
     * Sets values, the large ones among them as pointers to parts.
     *
     * @param end of the session, as far as is known; null: it has none
     * @return the parts, to be stored before
     */
    private List<NewPart> set(
            SessionDelta.Builder delta,
            Map<String, EncodedValue> plain,
            Map<String, ValueProtection.ProtectedValue> values,
            @Nullable Instant end) {
        List<NewPart> parts = new ArrayList<>();
        Set<String> outside = large.outside(values, () -> attributes.storedBytes(values.keySet()));
        values.forEach((name, value) -> {
            if (value.plain() != null) {
                plain.put(name, value.plain());
            }
            if (outside.contains(name)) {
                NewPart part = Objects.requireNonNull(attributes.get(name))
                        .part(value, () -> large.part(ids.key(ids.newId()), value.stored(), end));
                parts.add(part);
                delta.set(name, part.stored());
            } else {
                delta.set(name, value.stored());
            }
        });
        return parts;
    }

    /** Whether the store has another idle timeout, as far as this request knows. */
    private boolean idleTimeoutChanged() {
        return !Optional.ofNullable(idleTimeout).equals(base.idleTimeout());
    }

    /**
     * The changes since the session was opened or last saved, under the condition that the policy asks for.
     *
     * @param newKey where the session is to move on the way; null if it stays
     */
    private SaveSnapshot changes(Concurrency concurrency, @Nullable SessionKey newKey, Instant now) {
        SessionDelta.Builder delta = SessionDelta.builder(Token.random());
        Map<String, EncodedValue> plain = new HashMap<>();
        List<EncodedValue> stored = new ArrayList<>();
        Map<String, ValueProtection.ProtectedValue> values = new HashMap<>();
        Map<String, Optional<EncodedValue>> expected = new HashMap<>();
        Map<String, List<Function<Optional<Object>, @Nullable Object>>> computations = new HashMap<>();
        Map<String, Optional<EncodedValue>> found = new HashMap<>();
        Map<String, Integer> assignments = new HashMap<>();
        boolean dataChanged = false;
        for (Map.Entry<String, Attribute> entry : attributes.used().entrySet()) {
            String name = entry.getKey();
            Attribute attribute = entry.getValue();
            ValueProtection.ProtectedValue changed = attribute.changed(codecs);
            if (changed != null) {
                values.put(name, changed);
                stored.add(changed.stored());
            } else if (attribute.isRemoved() && attribute.stored() != null) {
                delta.remove(name);
            } else {
                continue;
            }
            dataChanged = true;
            assignments.put(name, attribute.assignments());
            if (attribute.isComputed()) {
                expected.put(name, Optional.ofNullable(attribute.stored()));
                computations.put(name, attribute.computations());
            } else if (attribute.isOnlyFound()) {
                found.put(name, Optional.ofNullable(attribute.stored()));
            }
        }
        if (newKey == null ? late : answering) {
            // A finished reply must not overwrite what the client's next request has stored.
            expected.putAll(found);
        }
        Instant absoluteExpiry = base.absoluteExpiry().orElse(null);
        Instant end = base.expiresAt().orElse(null);
        if (idleTimeoutChanged()) {
            // From now on, not since this request came: others may have used the session in the meantime.
            SessionDelta.Access access = timing.access(now, idleTimeout, absoluteExpiry);
            end = access.expiresAt().orElse(null);
            delta.changeIdleTimeout(access);
        } else {
            Instant use = newKey != null || isTouchDue() ? openedAt : useToRecord(dataChanged);
            if (use != null) {
                SessionDelta.Access access = timing.access(use, idleTimeout, absoluteExpiry);
                end = access.expiresAt().orElse(null);
                delta.access(access);
            }
        }
        List<NewPart> parts = set(delta, plain, values, end);
        if (concurrency == Concurrency.COMPARE_AND_SET && (dataChanged || idleTimeoutChanged())) {
            delta.condition(new Condition.VersionIs(base.version()));
        } else if (!expected.isEmpty()) {
            delta.condition(new Condition.AttributesUnchanged(expected));
        }
        ValueProtection protection = attributes.protection();
        delta.keyBinding(newKey == null ? protection.renewedKeyBinding(stored) : protection.keyBindingFor(newKey));
        delta.seenVersion(reachedVersion);
        if (lease != null) {
            delta.lockOwner(lease.owner());
        }
        Map<String, List<CustomValue>> unmarked =
                dataChanged || idleTimeoutChanged() || newKey != null ? evaluateCustom(base.custom(), delta) : Map.of();
        return new SaveSnapshot(
                key, null, delta.build(), plain, expected, computations, found, assignments, unmarked, parts);
    }

    /** The save is stored: what was sent is the baseline of further changes. */
    private void saved(SaveSnapshot save, long version) {
        reachedVersion = Math.max(reachedVersion, version);
        SessionDelta delta = save.delta();
        if (save.create() != null) {
            state = State.STORED;
            attributes
                    .used()
                    .keySet()
                    .forEach(name -> committed(name, delta.set().get(name), save));
            // Not the version that a repetition may have found: what others changed by then was not seen here.
            base = save.create();
            accessRecorded = true;
            return;
        }
        delta.set().forEach((name, value) -> committed(name, value, save));
        delta.removed().forEach(name -> committed(name, null, save));
        if (delta.changesData() && version == base.version() + 1) {
            Instant formerAccess = base.accessedAt();
            base = base.toBuilder()
                    .apply(delta)
                    .version(version)
                    .accessedAt(formerAccess)
                    .build();
        } else if (delta.changesData()) {
            // Others wrote in between: the version seen stays behind, and compare-and-set finds out.
            base = base.toBuilder()
                    .applyCustom(delta)
                    .idleTimeout(sentIdleTimeout(delta))
                    .build();
        }
        accessRecorded |= delta.access().isPresent();
        if (delta.lockOwner().isPresent()) {
            endLock();
        }
        delta.keyBinding().ifPresent(this::rebind);
    }

    /** The session is under its key, with this binding. */
    private void rebind(@Nullable Token keyBinding) {
        attributes.rebind(attributes.protection().moved(key, keyBinding));
    }

    /** The idle timeout that a snapshot was taken with. */
    private @Nullable Duration sentIdleTimeout(SessionDelta delta) {
        return delta.changesIdleTimeout()
                ? delta.access().orElseThrow().idleTimeout().orElse(null)
                : base.idleTimeout().orElse(null);
    }

    private void committed(String name, @Nullable EncodedValue stored, SaveSnapshot save) {
        Attribute attribute = attributes.get(name);
        if (attribute != null) {
            attribute.saved(
                    stored,
                    save.plain().get(name),
                    save.computations().getOrDefault(name, List.of()),
                    save.assignments().getOrDefault(name, attribute.assignments()));
        }
    }

    /**
     * Takes note of a write before it is sent: whatever keeps its answer away, it may have happened.
     *
     * @return whether it is sent for the first time, so that a refusal proves that it did not happen
     */
    synchronized boolean sending(SaveSnapshot save) {
        if (save.repeats(unanswered)) {
            return false;
        }
        // An access alone may be recorded twice.
        unanswered = save.create() != null || save.delta().changesData() ? save : null;
        return true;
    }

    /** The write surely did not happen. */
    synchronized void notSaved() {
        unanswered = null;
    }

    /**
     * Whether a change of data happened can no longer be told, because others have changed the session since.
     * What it computed is taken for stored, lest it count twice; the rest is compared with what is stored now.
     */
    private void undecidable(SaveSnapshot save, StoredSession current) {
        unanswered = null;
        Stream.concat(save.delta().set().keySet().stream(), save.delta().removed().stream())
                .forEach(name -> {
                    Attribute attribute = attributes.get(name);
                    var computed = save.computations().get(name);
                    if (attribute == null) {
                        return;
                    }
                    EncodedValue now = current.attributes().get(name);
                    int assigned = save.assignments().getOrDefault(name, attribute.assignments());
                    if (computed != null) {
                        attribute.saved(
                                save.delta().set().get(name), save.plain().get(name), computed, assigned);
                    } else if (save.expected().containsKey(name)) {
                        meets(name, attribute, now, save);
                    } else {
                        attribute.saved(now, null, List.of(), attribute.isOnlyFound() ? assigned : assigned - 1);
                    }
                });
        base = base.toBuilder()
                .custom(current.custom())
                .idleTimeout(current.idleTimeout().orElse(null))
                .build();
    }

    /** The id change that is to be repeated first; null if there is none. */
    synchronized @Nullable PendingIdChange idChange() {
        return idChange;
    }

    /** As {@link #sending}, of an id change. */
    synchronized boolean changingId(PendingIdChange change) {
        if (idChange != null && change.save().repeats(idChange.save())) {
            return false;
        }
        idChange = change;
        return true;
    }

    /** The id change surely did not happen. */
    synchronized void idNotChanged() {
        idChange = null;
    }

    /**
     * Gives up a rotation whose outcome is not known, because its cookie cannot be sent any more. Its changes
     * are repeated as an ordinary update, which follows the rotation if that happened.
     */
    private void abandonRotation() {
        PendingIdChange abandoned = idChange;
        idChange = null;
        if (abandoned == null || !abandoned.save().delta().changesData()) {
            return;
        }
        SessionDelta rotated = abandoned.save().delta();
        SessionDelta.Builder delta = SessionDelta.builder(rotated.write()).condition(rotated.condition());
        // That of the first attempt: what is known of later ones may be its own doing.
        rotated.seenVersion().ifPresent(delta::seenVersion);
        rotated.lockOwner().ifPresent(delta::lockOwner);
        rotated.set().forEach(delta::set);
        rotated.removed().forEach(delta::remove);
        rotated.custom().forEach(delta::custom);
        if (rotated.changesIdleTimeout()) {
            delta.changeIdleTimeout(rotated.access().orElseThrow());
        }
        delta.keyBinding(attributes.protection().renewedKeyBinding(rotated.set().values()));
        unanswered = new SaveSnapshot(
                key,
                null,
                delta.build(),
                abandoned.save().plain(),
                abandoned.save().expected(),
                abandoned.save().computations(),
                abandoned.save().found(),
                abandoned.save().assignments(),
                Map.of(),
                abandoned.save().parts());
    }

    /**
     * A privilege change that was asked for did not happen, or cannot even be tried: nothing is stored under the
     * present id any more until one succeeds or the session ends. Does nothing if it is detached or has ended.
     *
     * @param why becomes the cause of the failures of saves
     */
    public void withhold(Throwable why) {
        withheld = why;
    }

    /**
     * Takes note of a deletion before it is sent.
     *
     * @return whether it is sent for the first time
     */
    synchronized boolean ending() {
        boolean first = !endUnanswered;
        endUnanswered = true;
        return first;
    }

    /** The deletion surely did not happen. */
    synchronized void notEnded() {
        endUnanswered = false;
    }

    /** Whether a save depends on what is stored when it arrives. */
    synchronized boolean isComputing() {
        return state == State.STORED && attributes.areComputed();
    }

    /** Computes on what other saves are known to have stored since, which spares a refused write. */
    synchronized void anticipate(Map<String, ComputeQueue.Known> known) {
        if (unanswered != null || idChange != null) {
            // That is repeated first, as it is, and may already be part of what others have stored.
            return;
        }
        known.forEach((name, stored) -> {
            Attribute attribute = attributes.get(name);
            EncodedValue value = stored.value().orElse(null);
            if (attribute != null && stored.version() > reachedVersion && !Objects.equals(value, attribute.stored())) {
                attribute.anticipate(value, codecs);
            }
        });
        known.values().forEach(stored -> reachedVersion = Math.max(reachedVersion, stored.version()));
    }

    /** Gives up what was computed: the request is told that it is not stored, and a later save must not store it. */
    private void dropComputed(SaveSnapshot save, StoredSession current) {
        save.computations().keySet().forEach(name -> {
            Attribute attribute = attributes.get(name);
            if (attribute != null && attribute.isComputed()) {
                attribute.drop(current.attributes().get(name));
            }
        });
    }

    /** Computes again what others have changed in between. */
    private void recompute(SaveSnapshot save, StoredSession current) {
        reachedVersion = Math.max(reachedVersion, current.version());
        save.expected().forEach((name, seen) -> {
            EncodedValue now = current.attributes().get(name);
            Attribute attribute = attributes.get(name);
            if (attribute == null || Optional.ofNullable(now).equals(seen)) {
                return;
            }
            if (save.computations().containsKey(name)) {
                attribute.recompute(now, codecs);
            } else {
                meets(name, attribute, now, save);
            }
        });
    }

    /** What a change was found in is stored otherwise than it was: by an earlier attempt of this save, or by others. */
    private void meets(String name, Attribute attribute, @Nullable EncodedValue now, SaveSnapshot save) {
        if (now != null && now.equals(save.delta().set().get(name))) {
            committed(name, now, save);
        } else {
            overtaken |= attribute.overtaken(now, codecs);
        }
    }

    /** What stays the same whatever the session's id. */
    public synchronized Token uid() {
        return base.uid();
    }

    synchronized StoredSession base() {
        return base;
    }

    public synchronized SessionKey key() {
        return key;
    }

    synchronized boolean isStored() {
        return state == State.STORED;
    }

    /** Whether there may be something to delete: false only if surely nothing was ever stored, or no longer is. */
    synchronized boolean mayBeStored() {
        return isStored()
                || state == State.MOVED
                || state == State.OFFLINE
                || (state == State.NEW && unanswered != null);
    }

    /** Whether the session is somebody else's by now, so that it cannot be ended from here. */
    synchronized boolean isBeyondEnding() {
        return state == State.MOVED && movedFor != null && !movedFor.endFollows();
    }

    synchronized boolean isOffline() {
        return state == State.OFFLINE;
    }

    synchronized boolean isExpired() {
        return state == State.EXPIRED;
    }

    /** The store moved the session to another id. */
    private void renamed(String newId, SessionKey newKey, SaveSnapshot save, StoredSession current) {
        // Nobody else knows the new id before the answer.
        endLock();
        id = newId;
        key = newKey;
        save.delta().set().forEach((name, value) -> committed(name, value, save));
        save.delta().removed().forEach(name -> committed(name, null, save));
        Optional<Duration> sentTimeout = Optional.ofNullable(sentIdleTimeout(save.delta()));
        if (sentTimeout.equals(Optional.ofNullable(idleTimeout))) {
            // This request did not set another one meanwhile: what somebody else has set is not to be reverted.
            idleTimeout = current.idleTimeout().orElse(null);
        }
        reachedVersion = Math.max(reachedVersion, current.version());
        Instant formerAccess = base.accessedAt();
        long expected = base.version() + (save.delta().changesData() ? 1 : 0);
        base = current.toBuilder()
                .accessedAt(formerAccess)
                // If others wrote in between: the version seen stays behind, and compare-and-set finds out.
                .version(current.version() == expected ? expected : base.version())
                .backing(current.backing())
                .build();
        rebind(current.keyBinding().orElse(null));
        // Under another idle timeout than the stored one the store did not record the access (C36).
        accessRecorded = sentTimeout.equals(current.idleTimeout());
    }

    /** Makes this a session of its own: a new id and uid, holding what this request sees, not stored yet. */
    private void startAfresh(Instant now) {
        endLock();
        lockLost = null;
        id = ids.newId();
        key = ids.key(id);
        isNew = true;
        state = State.NEW;
        StoredSession former = base;
        base = fresh(now);
        reachedVersion = base.version();
        if (former.absoluteExpiry().isPresent()) {
            // The attributes live on, so their absolute lifetime does not begin again.
            base = base.toBuilder()
                    .absoluteExpiry(former.absoluteExpiry().get())
                    .build();
        }
        accessRecorded = false;
        leftBehind = false;
        unanswered = null;
        idChange = null;
        adopt(attributes.protection().other(base.uid(), key));
    }

    /** Takes the attributes along to where nothing is stored yet. */
    private void adopt(ValueProtection next) {
        attributes.adopt(next, codecs::dropped);
    }

    synchronized void movedAway() {
        endLock();
        state = State.MOVED;
    }

    synchronized void ended() {
        endLock();
        state = State.ENDED;
    }

    /** Whether this session is locked, as far as this request knows. */
    public synchronized boolean isLocked() {
        return lease != null;
    }

    /**
     * Gives up the lock.
     *
     * @param saved whether what was changed is stored; if not, it never is
     * @return the lock, to be released; null: there is none
     */
    synchronized SessionLocks.@Nullable Lease giveUpLock(boolean saved) {
        SessionLocks.Lease given = lease;
        lease = null;
        if (given != null && !saved && isPerhapsChanged()) {
            lockLost = given.setting();
        }
        return given;
    }

    private boolean isPerhapsChanged() {
        return unanswered != null || idChange != null || idleTimeoutChanged() || !attributes.areSurelyUnchanged(codecs);
    }

    private SessionLockLostException loseLock() {
        // A repetition may come after the lock was given up.
        String setting = lease == null ? Objects.requireNonNullElse(lockLost, "the lease") : lease.setting();
        endLock();
        lockLost = setting;
        return lockLost(setting);
    }

    private static SessionLockLostException lockLost(String leaseSetting) {
        return new SessionLockLostException("the request does not have the lock of its session any more, and what it"
                + " changed is not stored: repeat it. If requests take longer than the lease, set " + leaseSetting);
    }

    /** The lock does not exist any more. */
    private void endLock() {
        if (lease != null) {
            lease.end();
            lease = null;
        }
    }
}
