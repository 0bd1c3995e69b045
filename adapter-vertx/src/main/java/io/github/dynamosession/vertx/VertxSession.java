// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.web.AsyncExchange;
import io.github.dynamosession.web.CookieAge;
import io.github.dynamosession.web.NewId;
import io.github.dynamosession.web.SessionExchange;
import io.vertx.ext.web.Session;
import io.vertx.ext.web.sstore.AbstractSession;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The engine's session as Vert.x Web sees it. Its id is what the client holds: with signing on, id and
 * signature.
 *
 * <p>A session that the client does not have yet is made when something is first put into it or its id
 * is asked for. Ending it and changing its id are left to the {@link SessionExchange}. The stock handler wants the
 * new id at once: it gets a new session that holds the same.
 *
 * <p>An {@link AbstractSession} only because code of Vert.x casts to it: nothing of it is used.
 */
final class VertxSession extends AbstractSession implements SessionExchange.Hooks {
    /** What the framework keeps in a session for the time of a request. */
    private static final String FRAMEWORK = "__vertx.";

    private static final String QUARKUS = "io.quarkus.";

    private final SessionManager manager;
    private final SessionExchange exchange;
    private final Consumer<io.github.dynamosession.Session> newborn;
    private final boolean newIdAtOnce;
    private final Map<String, Object> transients = new HashMap<>();
    private final VertxValues values = new VertxValues();

    /** The engine's session that this one last stood for. */
    private io.github.dynamosession.@Nullable Session known;

    private boolean destroyed;

    /** What {@link #id()} answers after the end. */
    private @Nullable String endedId;

    private boolean copied;
    private @Nullable String oldId;
    private @Nullable Long accessed;

    /**
     * The session of a request.
     *
     * @param newborn sets up new sessions of the engine
     */
    VertxSession(SessionManager manager, SessionExchange exchange, Consumer<io.github.dynamosession.Session> newborn) {
        this.manager = manager;
        this.exchange = exchange;
        this.newborn = newborn;
        this.newIdAtOnce = false;
    }

    /** A session for the stock handler. */
    VertxSession(SessionManager manager, Consumer<io.github.dynamosession.Session> newborn) {
        this.manager = manager;
        this.exchange = SessionExchange.deferred(manager, CookieAge.OF_BROWSER, manager.arrival(null), this);
        this.newborn = newborn;
        this.newIdAtOnce = true;
    }

    /** The driver of what the application asks for. */
    AsyncExchange exchange() {
        return exchange.async();
    }

    /** The engine's session, for use: made if there is none, or no longer one. */
    synchronized io.github.dynamosession.Session session() {
        present();
        io.github.dynamosession.Session made = exchange.make();
        if (made != known) {
            if (destroyed) {
                destroyed = false;
                transients.clear();
            }
            newborn.accept(made);
            known = made;
        }
        return made;
    }

    /**
     * The engine's session as it is, which does not count as use; null: there is none. The application may have
     * ended the one before through the engine, which is the same as {@link #destroy}.
     */
    synchronized io.github.dynamosession.@Nullable Session present() {
        io.github.dynamosession.Session present = exchange.current().orElse(null);
        if (known != null && known != present) {
            over(known);
        }
        known = present;
        return present;
    }

    private void over(io.github.dynamosession.Session former) {
        endedId = former.cookieValue();
        values.clear();
        transients.clear();
        destroyed = true;
        known = null;
    }

    /** The engine's session, if there is one that can be read. */
    private synchronized io.github.dynamosession.@Nullable Session readable() {
        io.github.dynamosession.Session present = present();
        if (present != null) {
            exchange.used();
        }
        return present;
    }

    /** What was changed in place is part of the save. */
    @Override
    public synchronized void saving(io.github.dynamosession.Session saved) {
        if (saved == known) {
            values.writeBack(saved);
        }
    }

    private static boolean isTransient(String name) {
        return (name.startsWith(FRAMEWORK) && !name.equals(StoredUser.ATTRIBUTE))
                || name.startsWith(QUARKUS)
                || name.equals(SessionExchange.OWNER);
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
        names.remove(SessionExchange.OWNER);
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
        return present() == null && destroyed && endedId != null
                ? endedId
                : session().cookieValue();
    }

    @Override
    public String value() {
        return id();
    }

    @Override
    public synchronized long lastAccessed() {
        io.github.dynamosession.Session present = present();
        if (accessed != null) {
            return accessed;
        }
        return present == null
                ? System.currentTimeMillis()
                : present.lastAccessedAt().toEpochMilli();
    }

    /** For this request only: the engine records each use by its own clock. */
    @Override
    public synchronized void setAccessed() {
        accessed = System.currentTimeMillis();
    }

    /** Zero: never. */
    @Override
    public synchronized long timeout() {
        io.github.dynamosession.Session session = present();
        if (session == null) {
            session = manager.newSession();
            newborn.accept(session);
        }
        return session.idleTimeout().map(Duration::toMillis).orElse(0L);
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
        io.github.dynamosession.Session present = present();
        transients.clear();
        destroyed = true;
        if (present != null) {
            over(present);
            exchange.wantEnd();
        }
    }

    @Override
    public synchronized boolean isDestroyed() {
        present();
        return destroyed;
    }

    @Override
    public synchronized Session regenerateId() {
        io.github.dynamosession.Session former = session();
        if (!isRegenerated()) {
            oldId = former.cookieValue();
        }
        if (newIdAtOnce) {
            values.writeBack(former);
            exchange.leave();
            known = null;
            io.github.dynamosession.Session copy = session();
            former.names().forEach(name -> former.get(name).ifPresent(value -> copy.set(name, value)));
            copy.setIdleTimeout(former.idleTimeout().orElse(null));
            copied = true;
        } else {
            exchange.wantNewId(NewId.LOGIN);
        }
        return this;
    }

    @Override
    public synchronized boolean isRegenerated() {
        return newIdAtOnce ? copied : exchange.isNewIdWanted();
    }

    @Override
    @SuppressWarnings("NullAway") // Vert.x says null for none
    public synchronized String oldId() {
        return isRegenerated() ? oldId : null;
    }

    @Override
    public synchronized void flushed(boolean skipCrc) {
        copied = false;
    }
}
