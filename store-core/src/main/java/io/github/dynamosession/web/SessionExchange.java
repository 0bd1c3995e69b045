// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.web;

import io.github.dynamosession.Arrival;
import io.github.dynamosession.ChangeIdOutcome;
import io.github.dynamosession.SaveOutcome;
import io.github.dynamosession.Session;
import io.github.dynamosession.SessionConflictException;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.crypto.PrincipalHash;
import io.github.dynamosession.engine.EngineSession;
import io.github.dynamosession.engine.SessionIds;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request, its session and its cookie: the rules that all adapters share. The exchange decides and does no I/O;
 * {@link #blocking} or {@link #async} do the operations that it asks for.
 *
 * <p>An adapter makes one exchange when a request arrives, <em>opens</em> the session by the candidates from the
 * cookies, lets the application use it, <em>commits</em> before the head of the response is sent, and then makes the
 * response's {@code Set-Cookie} agree with {@link #cookie}. If a commit fails, nothing of the response has been
 * sent: the adapter {@linkplain #abandon abandons} the session and answers with a {@link SessionFailure}.
 *
 * <p>The two forms differ in when the cookie is known:
 *
 * <ul>
 *   <li>{@linkplain #atOnce At once}: {@link #make}, an id change and an end put the cookie into the response as they
 *       happen. For frameworks whose calls may block, such as servlets.
 *   <li>{@linkplain #deferred Deferred}: an id change and an end are only {@linkplain #wantNewId wanted}, the commit
 *       does them, and the cookie follows from what became of it. For frameworks whose calls must not block.
 * </ul>
 *
 * <p>Safe for the threads of a request. Holds no reference to a framework's request or response but for its
 * {@link Hooks}.
 */
public final class SessionExchange {
    /**
     * The attribute that says whose a session is, as a hash. An adapter hides it from the names that it shows to
     * applications.
     */
    public static final String OWNER = PrincipalHash.ATTRIBUTE;

    private static final Logger LOG = LoggerFactory.getLogger(SessionExchange.class);
    private static final AtomicBoolean WARNED_OF_UNKNOWN = new AtomicBoolean();
    private static final CookieState NONE = new CookieState.None();
    private static final CookieState CLEAR = new CookieState.Clear();

    private final SessionManager manager;
    private final CookieAge age;
    private final Arrival arrival;
    private final Hooks hooks;
    private final boolean atOnce;
    private @Nullable BlockingExchange blocking;
    private @Nullable AsyncExchange async;

    private boolean opened;
    private @Nullable Throwable openFailure;

    /** The session of this request: found or made; null: none, or it was ended here. */
    private @Nullable Session session;

    /** The session that the client named, unless it stands in for a store that does not answer. */
    private @Nullable Session requested;

    /** The cookie value under which the client knows a session of ours; null: it knows none, or perhaps a newer one. */
    private @Nullable String held;

    /** What the client's cookies hold. */
    private List<String> cookies = List.of();

    /** Whether one of them names the session that was found. */
    private boolean byCookie;

    /** Whether it does so without the signature that it should have by now: with that of an older key, or with none. */
    private boolean outdated;

    private CookieState cookie = NONE;

    /** The sessions that the next commit ends. */
    private final List<Session> ends = new ArrayList<>();

    /** The id change that the next commit does; null: none. */
    private @Nullable NewId newId;

    /** Whose this request is, as a hash; null: nobody's, as far as is known. */
    private @Nullable String user;

    /** Whose the session is to become, together with an id change or its first save; null: that stays as it is. */
    private @Nullable String claimedBy;

    /** Whether the session is left to a parallel request, which changed its id first. */
    private boolean left;

    /** Whether the session is being ended, and listeners are told. */
    private boolean ending;

    private boolean abandoned;
    private int uses;
    private int usesCommitted;

    /** What an adapter adds to the steps of an exchange. All methods do nothing unless overridden. */
    public interface Hooks {
        /** No additions. The head of the response counts as not sent. */
        Hooks NONE = new Hooks() {};

        /**
         * Whether the head of the response is sent, so that it takes no cookie any more.
         *
         * @return false unless overridden
         */
        default boolean isHeadSent() {
            return false;
        }

        /**
         * Is called before a session is saved or its id changed: what is set in it then is part of that write.
         *
         * @param session the session
         */
        default void saving(Session session) {}

        /**
         * Is called when a session is deleted and before it becomes unusable.
         *
         * @param session the session
         */
        default void ended(Session session) {}
    }

    private SessionExchange(SessionManager manager, CookieAge age, Arrival arrival, Hooks hooks, boolean atOnce) {
        this.manager = manager;
        this.age = age;
        this.arrival = arrival;
        this.hooks = hooks;
        this.atOnce = atOnce;
    }

    /**
     * An exchange whose cookie is in the response as soon as a session is made, ended or gets another id.
     *
     * @param manager the engine
     * @param age how long browsers keep the cookie
     * @param arrival when the request came
     * @param hooks what the adapter adds
     * @return an exchange
     */
    public static SessionExchange atOnce(SessionManager manager, CookieAge age, Arrival arrival, Hooks hooks) {
        return new SessionExchange(manager, age, arrival, hooks, true);
    }

    /**
     * An exchange whose cookie is known after a commit, which also ends sessions and changes ids.
     *
     * @param manager the engine
     * @param age how long browsers keep the cookie
     * @param arrival when the request came
     * @param hooks what the adapter adds
     * @return an exchange
     */
    public static SessionExchange deferred(SessionManager manager, CookieAge age, Arrival arrival, Hooks hooks) {
        return new SessionExchange(manager, age, arrival, hooks, false);
    }

    /**
     * Changes a value in place, for instance connects it to its surroundings, without that being a change of the
     * session: a value that the application has not changed is not stored for it.
     *
     * @param session the session
     * @param name any string; nothing happens if the attribute has not been read or set
     * @param preparation is called with the value
     */
    public static void prepare(Session session, String name, Consumer<Object> preparation) {
        EngineSession.of(session).prepare(name, preparation);
    }

    /**
     * The driver for threads that may block.
     *
     * @return always the same
     */
    public synchronized BlockingExchange blocking() {
        if (blocking == null) {
            blocking = new BlockingExchange(this, manager);
        }
        return blocking;
    }

    /**
     * The driver that never blocks.
     *
     * @return always the same
     */
    public synchronized AsyncExchange async() {
        if (async == null) {
            async = new AsyncExchange(this, manager);
        }
        return async;
    }

    /**
     * The session that was opened or made, if it has not ended. Asking for it is no use of it: see {@link #used}.
     *
     * @return empty also for an unused session that stands in for a store that does not answer
     */
    public synchronized Optional<Session> current() {
        Session present = present();
        boolean standsIn = present != null && present.isNew() && present.isDetached() && uses == 0;
        return present == null || present.isEnded() || standsIn ? Optional.empty() : Optional.of(present);
    }

    /**
     * The session for use: the present one or, if there is none, a new one, which exists in memory until a commit.
     *
     * @return the session
     * @throws IllegalStateException if no {@link BlockingExchange#open open} was tried before; in the form {@linkplain
     *     #atOnce at once} also if a new session is needed and the head of the response is sent
     */
    public Session make() {
        return make(hooks.isHeadSent());
    }

    private synchronized Session make(boolean headSent) {
        requireOpened();
        Session present = present();
        if (present == null || present.isEnded()) {
            if (atOnce && headSent) {
                throw new IllegalStateException(
                        "a session cannot be created once the response is committed: its cookie cannot be sent");
            }
            present = manager.newSession();
            session = present;
            left = false;
            newId = null;
            claimedBy = user;
            announce(headSent);
        }
        uses++;
        return present;
    }

    private void requireOpened() {
        if (!opened) {
            throw new IllegalStateException("the session of the request was not opened, so that a new one might take"
                    + " the place of the one that the client has");
        }
        if (openFailure != null && !abandoned) {
            throw unchecked(openFailure);
        }
    }

    /** Notes that the application used the session, or may have: the next commit saves it. */
    public synchronized void used() {
        uses++;
    }

    /**
     * Whether the application has ever used the session.
     *
     * @return false: no commit saves it
     */
    public synchronized boolean wasUsed() {
        return uses > 0;
    }

    /**
     * Asks the next commit for another id. If the commit fails, the wish stays, and until it is fulfilled nothing of
     * the session is stored under the old id.
     *
     * @param why the reason
     */
    public synchronized void wantNewId(NewId why) {
        newId = stronger(newId, why);
    }

    private static NewId stronger(@Nullable NewId one, NewId other) {
        return one != null && one.compareTo(other) > 0 ? one : other;
    }

    /**
     * Whether another id is wanted and the session has not got it yet.
     *
     * @return false also if a commit is doing it just now
     */
    public synchronized boolean isNewIdWanted() {
        return newId != null;
    }

    /** Asks the next commit to end the session. For this request it is over at once; {@link #make} makes another. */
    public synchronized void wantEnd() {
        Session present = present();
        if (present != null && !present.isEnded()) {
            ends.add(present);
        }
        session = null;
        newId = null;
        claimedBy = null;
    }

    /**
     * Whether a session is to be ended and has not been yet.
     *
     * @return false also if a commit has done it just now
     */
    public synchronized boolean isEndWanted() {
        return !ends.isEmpty();
    }

    /**
     * Leaves the session as it is in the store, with what was saved so far; {@link #make} makes another one, and the
     * client forgets the former one. Ends that were wanted still are.
     */
    public synchronized void leave() {
        session = null;
        newId = null;
        claimedBy = null;
        held = null;
    }

    /**
     * Says that the session that was asked for cannot be read and counts as absent, instead of failing the request
     * with the failure of {@code open}. The next session that the request makes takes its place.
     */
    public synchronized void treatAsAbsent() {
        openFailure = null;
    }

    /**
     * Says whose the request is, for users that the session did not log in itself: a container or a proxy did, and
     * the session learns of it only by comparison. May be called any number of times, before there is a session, too.
     *
     * <p>A session that is nobody's becomes this user's and gets another id (if it is stored: {@link
     * NewId#NOTICED_LOGIN}). A session of somebody else is ended, or with {@code keepOthers} gets another id and
     * becomes this user's with all its data, as servlet containers do it. Behind an id that has just changed nothing
     * happens: the request that changed it has the session.
     *
     * @param principal a name that no two users share; only a hash of it is stored
     * @param keepOthers whether a session of somebody else is taken over
     */
    public synchronized void claim(String principal, boolean keepOthers) {
        user = PrincipalHash.of(principal);
        Session present = present();
        if (present == null || present.isEnded() || present.isDetached()) {
            return;
        }
        String owner = owner(present);
        if (user.equals(owner) || user.equals(claimedBy)) {
            return;
        }
        if (owner != null && !keepOthers) {
            wantEnd();
            return;
        }
        claimedBy = user;
        if (present.version() > 0) {
            wantNewId(NewId.NOTICED_LOGIN);
        }
    }

    /**
     * Like {@link #claim}, for the very request that logs a user in. Behind an id that has just changed, which is
     * where a login is repeated whose answer was lost, the session becomes one of its own with a cookie.
     *
     * @param principal a name that no two users share; only a hash of it is stored
     * @param keepOthers whether a session of somebody else is taken over
     */
    public synchronized void login(String principal, boolean keepOthers) {
        Session present = present();
        if (present != null && present.isDetached() && !present.isNew()) {
            user = PrincipalHash.of(principal);
            claimedBy = user;
            wantNewId(NewId.LOGIN);
        } else {
            claim(principal, keepOthers);
        }
    }

    /**
     * Says that the request logs its user out: a session that is {@linkplain #claim somebody's} is to be ended. A
     * session that this very request made stays: the application has put into it what it has to say after the logout.
     *
     * @param identified whether the request was somebody's: then a session that nobody has claimed is ended, too
     */
    public synchronized void release(boolean identified) {
        Session present = present();
        user = null;
        claimedBy = null;
        if (present == null || present.isEnded()) {
            return;
        }
        // Whose a detached one is cannot be told; the end follows the session, or fails: it is not left out quietly.
        boolean ends =
                present.isDetached() ? identified : owner(present) != null || (identified && present.version() > 0);
        if (ends) {
            wantEnd();
        }
    }

    /** Says that the request's user logs out and the session goes on as nobody's: the next login gives it another id. */
    public synchronized void disown() {
        Session present = present();
        user = null;
        claimedBy = null;
        if (present != null && !present.isEnded() && owner(present) != null) {
            present.remove(OWNER);
            uses++;
        }
    }

    private static @Nullable String owner(Session session) {
        return session.get(OWNER, String.class).orElse(null);
    }

    /**
     * Whether the id that the client sent still names a session.
     *
     * @return true also behind an id that has just changed, so that a login there asks for another id; false once the
     *     session has ended or has another id
     */
    public synchronized boolean requestedIdCounts() {
        Session present = present();
        return requested != null
                && requested == present
                && !requested.isEnded()
                && requested.cookieValue().equals(held(requested));
    }

    /** The value of a session that was found: {@link #held} is null for a detached one. */
    private @Nullable String held(Session found) {
        return found.isDetached() ? found.cookieValue() : held;
    }

    /**
     * Whether the client named the session by a cookie.
     *
     * @return false if it did so in another way, or not at all
     */
    public synchronized boolean isByCookie() {
        return requested != null && byCookie;
    }

    /**
     * Whether a commit has something to do, or may have. Cheap: decodes nothing and waits for nobody.
     *
     * @return false if a commit would surely do nothing, unless values were changed in place since the last one
     */
    public synchronized boolean needsCommit() {
        if (abandoned) {
            return false;
        }
        Session present = present();
        return !ends.isEmpty() || newId != null || (present != null && !left && uses != usesCommitted) || isLocked();
    }

    /**
     * Whether {@link BlockingExchange#commitEnds} has something to do: an answer that is an error ends sessions and
     * unlocks the one that the client named, too.
     *
     * @return false if it would surely do nothing
     */
    public synchronized boolean needsCommitEnds() {
        return !abandoned && (!ends.isEmpty() || isLocked());
    }

    /** Only a session that was opened can be locked. */
    private boolean isLocked() {
        return requested != null && EngineSession.of(requested).isLocked();
    }

    /**
     * What the response must say of the cookie by now. To be asked after every call that may change it, and at the
     * latest before the head is sent, also where {@link #needsCommit no commit is needed}.
     *
     * @return the state; covers the whole request, so that {@code None} also withdraws what was written before
     */
    public synchronized CookieState cookie() {
        present();
        return cookie;
    }

    /** Lets the response set the cookie although the client has it already: under another name, for instance. */
    public void repeatCookie() {
        repeatCookie(hooks.isHeadSent());
    }

    private synchronized void repeatCookie(boolean headSent) {
        Session present = present();
        if (present != null && !present.isEnded() && !present.isDetached()) {
            announce(headSent);
        }
    }

    /**
     * Whether the session was given up.
     *
     * @return true after {@link #abandon}
     */
    public synchronized boolean isAbandoned() {
        return abandoned;
    }

    /**
     * Gives the session up because the response tells the client of a failure: nothing is read, saved or ended any
     * more, its lock is given up, and the cookie of a session that was never stored is withdrawn. Sessions that are made from now on, for an
     * error page, live in memory only.
     */
    public void abandon() {
        synchronized (this) {
            abandoned = true;
            if (session != null && session.isNew() && !session.isAccessRecorded()) {
                cookie = NONE;
            }
        }
        unlock();
    }

    /** Others need not wait for a session of which nothing will be saved. Done in passing where nobody may block. */
    void unlock() {
        Session locked;
        boolean blocks;
        synchronized (this) {
            locked = isLocked() ? requested : null;
            blocks = async == null;
        }
        if (locked == null) {
            return;
        }
        try {
            if (blocks) {
                manager.unlock(locked);
            } else {
                manager.unlockAsync(locked);
            }
        } catch (RuntimeException e) {
            LOG.debug("A session could not be unlocked; its lock ends by itself", e);
        }
    }

    /** The session as it is, after taking note that the application ended it through the manager. */
    private @Nullable Session present() {
        if (session != null && session.isEnded() && !session.isGone()) {
            session = null;
            clear();
        }
        return session;
    }

    private void clear() {
        if ((held != null && byCookie) || cookie != NONE) {
            cookie = CLEAR;
        }
    }

    /** The cookie goes out before a commit. */
    private void announce(boolean headSent) {
        if (atOnce && !abandoned && session != null && !headSent) {
            set(session);
        }
    }

    private void set(Session known) {
        OptionalLong seconds = age.seconds(known);
        cookie = new CookieState.Set(known.cookieValue(), seconds);
    }

    // What follows is between the exchange, its plans and the two drivers.

    Plan opening(List<String> inCookies, List<String> elsewhere) {
        List<String> candidates = new ArrayList<>(inCookies);
        candidates.addAll(elsewhere);
        synchronized (this) {
            if (opened) {
                requireOpened();
                return plan(List.of());
            }
            opened = true;
            cookies = List.copyOf(inCookies);
        }
        return plan(candidates.isEmpty() ? List.of() : List.of(new Step.Open(List.copyOf(candidates), arrival)));
    }

    /** An id change at once. */
    Plan changing(NewId why) {
        return changing(why, hooks.isHeadSent());
    }

    private synchronized Plan changing(NewId why, boolean headSent) {
        Session present = present();
        if (present == null || present.isEnded() || ending) {
            throw new IllegalStateException("there is no session whose id could be changed");
        }
        if (headSent) {
            throw tooLate(present, why);
        }
        NewId taken = stronger(newId, why);
        newId = null;
        return new Plan(this, List.of(new Step.ChangeId(present, taken)), taken, uses, null);
    }

    /** A login must not get in under the former id, which somebody else may know. */
    private IllegalStateException tooLate(Session present, NewId why) {
        IllegalStateException refusal = new IllegalStateException("the session id cannot be changed once the response"
                + " is committed: its cookie cannot be sent. Change it, or log in, before the first write");
        if (why != NewId.ROTATION) {
            EngineSession.of(present).withhold(refusal);
        }
        return refusal;
    }

    /** An end at once. */
    synchronized Plan endingNow() {
        Session present = present();
        if (present == null || present.isEnded() || ending) {
            return plan(List.of());
        }
        ending = true;
        return plan(List.of(new Step.End(present, hooks)));
    }

    /**
     * A commit.
     *
     * @param changes false: only what is to be ended is
     * @param ifNeeded whether another call has just done what may be all
     */
    Plan committing(boolean changes, boolean ifNeeded) {
        return ifNeeded && !needsCommit() ? plan(List.of()) : committed(changes, hooks.isHeadSent());
    }

    private synchronized Plan committed(boolean changes, boolean headSent) {
        if (abandoned) {
            return plan(List.of());
        }
        List<Step> steps = new ArrayList<>();
        Session present = present();
        ends.forEach(over -> steps.add(new Step.End(over, hooks)));
        boolean saves = changes && present != null && !left && !ending && (uses > 0 || newId != null);
        if (!saves || present == null) {
            return plan(unlocking(steps));
        }
        if (headSent) {
            EngineSession.of(present).responseSent();
            if (newId != null && !present.isEnded()) {
                return new Plan(this, steps, null, uses, tooLate(present, newId));
            }
            if (isUnknownToClient(present)) {
                usesCommitted = uses;
                return plan(unlocking(steps));
            }
        }
        NewId taken = present.isEnded() ? null : newId;
        newId = null;
        if (taken != null) {
            steps.add(new Step.ChangeId(present, taken));
        }
        steps.add(new Step.Save(present));
        if (present != requested) {
            unlocking(steps);
        }
        return new Plan(this, steps, taken, uses, null);
    }

    /** What is not saved is unlocked all the same. */
    private List<Step> unlocking(List<Step> steps) {
        if (requested != null && isLocked()) {
            steps.add(new Step.Unlock(requested));
        }
        return steps;
    }

    private Plan plan(List<Step> steps) {
        return new Plan(this, steps, null, usesCommitted, null);
    }

    /** A new session, first used after the head: nobody could ever name it. */
    private boolean isUnknownToClient(Session present) {
        boolean unknown = present.version() == 0 && !present.isDetached() && !present.isEnded() && cookie == NONE;
        if (unknown && !present.names().isEmpty() && WARNED_OF_UNKNOWN.compareAndSet(false, true)) {
            LOG.warn("A session is not stored, because it was first used after the head of the response was sent: put"
                    + " something into it before. This is said once.");
        }
        return unknown;
    }

    /** A step is about to be done. */
    void before(Step step) {
        if (step instanceof Step.ChangeId change) {
            claim(change.session(), true);
            hooks.saving(change.session());
        } else if (step instanceof Step.Save save) {
            claim(save.session(), false);
            hooks.saving(save.session());
        }
    }

    /** Whose a session is changes with its id only, and is said of a new one with its first save. */
    private synchronized void claim(Session written, boolean newIdFollows) {
        boolean first = written.version() == 0
                && !written.isDetached()
                && !written.isEnded()
                && (cookie != NONE || !written.names().isEmpty());
        if (claimedBy != null && written == session && (newIdFollows || first)) {
            written.set(OWNER, claimedBy);
            claimedBy = null;
        }
    }

    void done(Plan plan, Step step, Object outcome) {
        done(plan, step, outcome, hooks.isHeadSent());
        if (LOG.isDebugEnabled()) {
            log(step, String.valueOf(outcome instanceof Optional<?> found ? found.isPresent() : outcome));
        }
    }

    /** What a request did, without ids: the session by its fingerprint. */
    private void log(Step step, String outcome) {
        Session session = step.session() == null ? current().orElse(null) : step.session();
        LOG.debug("Session {}: {}: {}", session == null ? "none" : session.fingerprint(), step.name(), outcome);
    }

    @SuppressWarnings("unchecked") // an Open answers what SessionManager.openAny does
    private synchronized void done(Plan plan, Step step, Object outcome, boolean headSent) {
        if (step instanceof Step.Open) {
            found(((Optional<Session>) outcome).orElse(null));
        } else if (step instanceof Step.ChangeId change) {
            changed(plan, change, (ChangeIdOutcome) outcome, headSent);
        } else if (step instanceof Step.End end) {
            ends.remove(end.session());
            ending = false;
            if (session == end.session()) {
                session = null;
            }
            clear();
        } else if (step instanceof Step.Unlock) {
            // Nothing that anybody sees.
            return;
        } else if (outcome == SaveOutcome.CONFLICT) {
            throw new SessionConflictException();
        } else if (step instanceof Step.Save save && save.session() == session) {
            usesCommitted = plan.uses;
            saved(save.session(), (SaveOutcome) outcome, headSent);
        }
    }

    private void found(@Nullable Session found) {
        session = found;
        if (found != null) {
            requested = found.isNew() ? null : found;
            String value = found.cookieValue();
            held = found.isDetached() ? null : value;
            boolean current = cookies.contains(value);
            byCookie = current
                    || cookies.stream()
                            .flatMap(named -> manager.idOf(named).stream())
                            .anyMatch(found.id()::equals);
            outdated = byCookie && !current && SessionIds.isSigned(value);
        }
    }

    private void changed(Plan plan, Step.ChangeId change, ChangeIdOutcome outcome, boolean headSent) {
        switch (outcome) {
            case CHANGED -> announce(headSent);
            case REPLACED -> {
                if (change.why() == NewId.NOTICED_LOGIN) {
                    left = true;
                    plan.stop();
                } else {
                    announce(headSent);
                }
            }
            case LOST, GONE -> {
                // The cookie of whoever changed the id or ended the session stands.
            }
            case CONFLICT -> throw new SessionConflictException();
        }
    }

    private void saved(Session saved, SaveOutcome outcome, boolean headSent) {
        if (headSent || saved.isEnded() || saved.isDetached() || saved.version() == 0) {
            return;
        }
        boolean known = saved.cookieValue().equals(held);
        boolean renewed = age.isRenewed(outcome, saved) || (outdated && CookieAge.isRecorded(outcome, saved));
        if (known ? byCookie && renewed : !atOnce) {
            set(saved);
        }
    }

    /** A call failed: what it was to do is still wanted, except at once, where the application asks again. */
    synchronized void failed(Plan plan, @Nullable Step step, Throwable failure) {
        if (step != null && LOG.isDebugEnabled()) {
            log(step, "failed with " + failure.getClass().getSimpleName());
        }
        if (step instanceof Step.Open) {
            openFailure = failure;
        } else if (step instanceof Step.End) {
            ending = false;
        }
        if (plan.newId != null && !atOnce && !left) {
            newId = stronger(newId, plan.newId);
        }
    }

    static RuntimeException unchecked(Throwable failure) {
        if (failure instanceof Error e) {
            throw e;
        }
        return failure instanceof RuntimeException e ? e : new CompletionException(failure);
    }
}
