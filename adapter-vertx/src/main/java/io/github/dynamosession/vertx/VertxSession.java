// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import io.github.dynamosession.SaveOutcome;
import io.github.dynamosession.web.CookieAge;
import io.vertx.ext.web.Session;
import io.vertx.ext.web.sstore.AbstractSession;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The engine's session as Vert.x Web sees it. Its id is what the client holds: with signing on, id and
 * signature.
 *
 * <p>A session that the client does not have yet is made when something is first put into it or its id
 * is asked for. Ending it and changing its id are noted here and done by whoever saves it: the handler
 * of this package, or the store for the stock handler, which wants the new id at once and gets a new
 * session that holds the same.
 *
 * <p>An {@link AbstractSession} only because code of Vert.x casts to it: nothing of it is used.
 */
final class VertxSession extends AbstractSession {
    /** What the framework keeps in a session for the time of a request. */
    private static final String FRAMEWORK = "__vertx.";

    private static final String QUARKUS = "io.quarkus.";

    private final Supplier<io.github.dynamosession.Session> fresh;
    private final boolean newIdAtOnce;
    private final Map<String, Object> transients = new HashMap<>();
    private final VertxValues values = new VertxValues();
    private final List<io.github.dynamosession.Session> ended = new ArrayList<>();

    /** What {@link #id()} answers after the end. */
    private @Nullable String endedId;

    private io.github.dynamosession.@Nullable Session session;

    /** What the client holds, as far as this request knows; null: nothing that is of use. */
    private @Nullable String held;

    private boolean destroyed;
    private boolean newIdWanted;
    private boolean abandonable;
    private boolean abandoned;
    private @Nullable String oldId;
    private boolean used;
    private boolean wasUsed;
    private @Nullable Long accessed;

    private VertxSession(
            Supplier<io.github.dynamosession.Session> fresh,
            io.github.dynamosession.@Nullable Session session,
            boolean newIdAtOnce) {
        this.fresh = fresh;
        this.session = session;
        this.newIdAtOnce = newIdAtOnce;
        if (session != null) {
            // Of a detached one the browser may hold a successor.
            held = session.isDetached() ? null : session.cookieValue();
        }
    }

    /** A session that is made when it is needed. */
    static VertxSession lazy(Supplier<io.github.dynamosession.Session> fresh) {
        return new VertxSession(fresh, null, false);
    }

    /** A session that the client named. */
    static VertxSession found(
            Supplier<io.github.dynamosession.Session> fresh, io.github.dynamosession.Session session) {
        return new VertxSession(fresh, session, false);
    }

    /** A session for the stock handler. */
    static VertxSession stock(
            Supplier<io.github.dynamosession.Session> fresh, io.github.dynamosession.@Nullable Session session) {
        return new VertxSession(fresh, session, true);
    }

    /** The engine's session, for use: made if there is none, or no longer one. */
    synchronized io.github.dynamosession.Session session() {
        noticeEnd();
        used = true;
        if (session == null) {
            session = fresh.get();
            newIdWanted = false;
            if (destroyed) {
                destroyed = false;
                transients.clear();
            }
        }
        return session;
    }

    /** The application may have ended the session through the engine: that is the same as {@link #destroy}. */
    private void noticeEnd() {
        if (session != null && session.isEnded() && !session.isGone()) {
            over(session);
        }
    }

    private void over(io.github.dynamosession.Session former) {
        used = true;
        endedId = former.cookieValue();
        session = null;
        values.clear();
        transients.clear();
        destroyed = true;
    }

    /** The engine's session, if there is one that can be read. */
    private synchronized io.github.dynamosession.@Nullable Session readable() {
        noticeEnd();
        used |= session != null;
        return session == null || session.isEnded() ? null : session;
    }

    private static boolean isTransient(String name) {
        return (name.startsWith(FRAMEWORK) && !name.equals(StoredUser.ATTRIBUTE))
                || name.startsWith(QUARKUS)
                || name.equals(SessionOwner.ATTRIBUTE);
    }

    synchronized @Nullable Object value(String name) {
        if (isTransient(name)) {
            return transients.get(name);
        }
        io.github.dynamosession.Session readable = readable();
        return readable == null ? null : values.get(readable, name);
    }

    synchronized @Nullable Object removed(String name) {
        if (isTransient(name)) {
            return transients.remove(name);
        }
        io.github.dynamosession.Session readable = readable();
        if (readable == null) {
            return null;
        }
        Object former = values.get(readable, name);
        readable.remove(name);
        return former;
    }

    Set<String> names() {
        io.github.dynamosession.Session readable = readable();
        if (readable == null) {
            return Set.of();
        }
        Set<String> names = new LinkedHashSet<>(readable.names());
        names.remove(SessionOwner.ATTRIBUTE);
        names.remove(StoredUser.ATTRIBUTE);
        return names;
    }

    @Override
    @SuppressWarnings({"unchecked", "NullAway", "TypeParameterUnusedInFormals"
    }) // Vert.x says null for nothing, and trusts the caller's type
    public <T> T get(String key) {
        return (T) value(key);
    }

    @Override
    public synchronized Session put(String key, @Nullable Object value) {
        if (isTransient(key)) {
            if (value == null) {
                transients.remove(key);
            } else {
                transients.put(key, value);
            }
        } else if (value == null) {
            removed(key);
        } else {
            values.set(session(), key, value);
        }
        return this;
    }

    @Override
    public synchronized Session putIfAbsent(String key, Object value) {
        return value(key) == null ? put(key, value) : this;
    }

    @Override
    public synchronized Session computeIfAbsent(String key, Function<String, Object> mappingFunction) {
        return value(key) == null ? put(key, mappingFunction.apply(key)) : this;
    }

    @Override
    @SuppressWarnings({"unchecked", "NullAway", "TypeParameterUnusedInFormals"}) // as above
    public <T> T remove(String key) {
        return (T) removed(key);
    }

    @Override
    public Map<String, Object> data() {
        return new SessionData(this);
    }

    @Override
    public boolean isEmpty() {
        return names().isEmpty();
    }

    @Override
    public synchronized String id() {
        noticeEnd();
        return session == null && destroyed && endedId != null
                ? endedId
                : session().cookieValue();
    }

    @Override
    public String value() {
        return id();
    }

    @Override
    public synchronized long lastAccessed() {
        if (accessed != null) {
            return accessed;
        }
        return session == null
                ? System.currentTimeMillis()
                : session.lastAccessedAt().toEpochMilli();
    }

    /** For this request only: the engine records each use by its own clock. */
    @Override
    public synchronized void setAccessed() {
        accessed = System.currentTimeMillis();
    }

    /** Zero: never. */
    @Override
    public synchronized long timeout() {
        io.github.dynamosession.Session known = session == null ? fresh.get() : session;
        return known.idleTimeout().map(Duration::toMillis).orElse(0L);
    }

    @Override
    public int version() {
        io.github.dynamosession.Session readable = readable();
        return readable == null ? 0 : (int) readable.version();
    }

    @Override
    public void incrementVersion() {
        // The store counts.
    }

    @Override
    public synchronized void destroy() {
        noticeEnd();
        used = true;
        transients.clear();
        destroyed = true;
        if (session != null) {
            ended.add(session);
            over(session);
        }
    }

    @Override
    public synchronized boolean isDestroyed() {
        noticeEnd();
        return destroyed;
    }

    @Override
    public synchronized Session regenerateId() {
        io.github.dynamosession.Session former = session();
        if (oldId == null) {
            oldId = former.cookieValue();
        }
        newIdWanted = true;
        abandonable = false;
        if (newIdAtOnce) {
            values.writeBack(former);
            io.github.dynamosession.Session copy = fresh.get();
            former.names().forEach(name -> former.get(name).ifPresent(value -> copy.set(name, value)));
            copy.setIdleTimeout(former.idleTimeout().orElse(null));
            session = copy;
        }
        return this;
    }

    /**
     * Asks for another id because somebody was noticed to be logged in. Requests that notice it at the
     * same time are the same user's: the first changes the id, and the others must not make a session
     * each and race for the cookie, so they leave it to the first.
     */
    synchronized void changeIdOrAbandon() {
        if (!newIdWanted) {
            regenerateId();
            abandonable = true;
        }
    }

    /** Stores nothing any more, and tells the client nothing. */
    synchronized void abandon() {
        abandoned = true;
    }

    @Override
    public synchronized boolean isRegenerated() {
        return newIdWanted;
    }

    @Override
    @SuppressWarnings("NullAway") // Vert.x says null for none
    public synchronized String oldId() {
        return oldId;
    }

    @Override
    public synchronized void flushed(boolean skipCrc) {
        newIdWanted = false;
        oldId = null;
    }

    // What follows is for those who save.

    /** The engine's session as it is, which does not count as use; null: none was made. */
    synchronized io.github.dynamosession.@Nullable Session present() {
        noticeEnd();
        return session;
    }

    /** Whether the application has used the session since the last {@link #settling}. */
    synchronized boolean isUsed() {
        return used;
    }

    /** Whether the application may hold what it can change without our notice: the engine's session, or a value. */
    synchronized boolean wasUsed() {
        return wasUsed && session != null;
    }

    /** Counts as use: there is still something to save. */
    synchronized void use() {
        used = true;
    }

    /** What was asked for failed, and is still wanted: data of a login must never get in under the former id. */
    synchronized void notDone(Wishes wishes) {
        used = true;
        if (wishes.newId() && session == wishes.session()) {
            abandonable = wishes.abandonable() && !newIdWanted;
            newIdWanted = true;
        }
    }

    /** Forgets what the application asked for, because somebody else is going to do it. */
    synchronized Wishes settling(boolean changeId) {
        noticeEnd();
        if (session != null) {
            values.writeBack(session);
        }
        Wishes wishes = new Wishes(
                List.copyOf(ended), abandoned ? null : session, changeId && newIdWanted, changeId && abandonable);
        wasUsed |= used;
        used = false;
        if (changeId) {
            abandonable = false;
            newIdWanted = false;
            oldId = null;
        }
        return wishes;
    }

    /** The engine's session with all that was changed, for the stock handler. */
    synchronized io.github.dynamosession.Session toSave() {
        io.github.dynamosession.Session saved = session();
        values.writeBack(saved);
        return saved;
    }

    /** The sessions that are still to be ended. */
    synchronized List<io.github.dynamosession.Session> toEnd() {
        noticeEnd();
        return List.copyOf(ended);
    }

    /** Takes over what another one was to end. */
    synchronized void endToo(List<io.github.dynamosession.Session> others) {
        ended.addAll(others);
        used |= !others.isEmpty();
    }

    /** The sessions are ended in the store. */
    synchronized void hasEnded(List<io.github.dynamosession.Session> gone) {
        ended.removeAll(gone);
    }

    /**
     * The engine's session if the client is to be told its cookie.
     *
     * @param age of the cookie: one that the browser drops in time is told again
     * @param outcome of the save before
     */
    synchronized io.github.dynamosession.@Nullable Session told(CookieAge age, SaveOutcome outcome) {
        noticeEnd();
        boolean stored = session != null && !session.isEnded() && !session.isDetached() && session.version() > 0;
        if (session == null || !stored) {
            return null;
        }
        String value = session.cookieValue();
        if (value.equals(held) && !age.isRenewed(outcome, session)) {
            return null;
        }
        held = value;
        return session;
    }

    /** Whether the client is to be told that what it holds is over, because this request ended it. */
    synchronized boolean toldOver() {
        boolean over = session == null && destroyed && held != null;
        if (over) {
            held = null;
        }
        return over;
    }

    /**
     * What the application asked for.
     *
     * @param ended the sessions to end
     * @param session what to save; null: nothing
     * @param newId whether it is to get another id
     * @param abandonable whether it is to be abandoned if another request was first
     */
    record Wishes(
            List<io.github.dynamosession.Session> ended,
            io.github.dynamosession.@Nullable Session session,
            boolean newId,
            boolean abandonable) {}
}
