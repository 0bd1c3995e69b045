// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import io.github.dynamosession.SaveOutcome;
import io.github.dynamosession.TypeRef;
import io.github.dynamosession.web.CookieAge;
import io.micronaut.core.convert.ArgumentConversionContext;
import io.micronaut.core.convert.ConversionService;
import io.micronaut.core.convert.value.MutableConvertibleValues;
import io.micronaut.core.type.Argument;
import io.micronaut.http.HttpRequest;
import io.micronaut.session.Session;
import io.micronaut.session.http.HttpSessionFilter;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine's session as Micronaut sees it. Its id is what the client holds: with signing on, id and
 * signature.
 *
 * <p>Once the session is over, reading finds nothing and writing is an error, so that nobody believes
 * to have stored something.
 */
final class MicronautSession implements Session {
    private static final Logger LOG = LoggerFactory.getLogger(MicronautSession.class);

    private static final AtomicBoolean WARNED_OF_LATE_CHANGE = new AtomicBoolean();

    /** What the framework takes for "never expires". */
    private static final Duration NEVER = Duration.ofSeconds(-1);

    /** Where Micronaut Security keeps who is logged in. */
    private static final String AUTHENTICATION = "micronaut.AUTHENTICATION";

    private final io.github.dynamosession.Session session;
    private final ConversionService conversions;
    private final @Nullable StorableForm storableForm;

    /** What the client held when the request came; null: nothing of this session. */
    private final @Nullable String held;

    private final boolean expired;

    /** Whether the client holds an id that was replaced: by now it may hold the one that replaced it. */
    private final boolean late;

    private boolean stored;
    private SaveOutcome saved = SaveOutcome.UNCHANGED;
    private boolean over;
    private boolean newIdWanted;
    private boolean ending;

    private MicronautSession(
            io.github.dynamosession.Session session,
            ConversionService conversions,
            @Nullable StorableForm storableForm,
            @Nullable String held,
            boolean expired) {
        this.session = session;
        this.conversions = conversions;
        this.storableForm = storableForm;
        this.held = held;
        this.expired = expired;
        this.late = session.isDetached();
        this.stored = held != null && !session.isDetached();
    }

    /** A session that the client does not know yet. */
    static MicronautSession fresh(
            io.github.dynamosession.Session session, ConversionService conversions, @Nullable StorableForm form) {
        return new MicronautSession(session, conversions, form, null, false);
    }

    /** A session that the client named. */
    static MicronautSession found(
            io.github.dynamosession.Session session, ConversionService conversions, @Nullable StorableForm form) {
        return new MicronautSession(session, conversions, form, session.cookieValue(), false);
    }

    /** What is left of a session that expired, for listeners: its attributes can be read. */
    static MicronautSession expired(
            io.github.dynamosession.Session session, ConversionService conversions, @Nullable StorableForm form) {
        return new MicronautSession(session, conversions, form, null, true);
    }

    /** The session of a request; null if it has none, or one of another store. */
    static @Nullable MicronautSession of(HttpRequest<?> request) {
        return request.getAttribute(HttpSessionFilter.SESSION_ATTRIBUTE, MicronautSession.class)
                .orElse(null);
    }

    io.github.dynamosession.Session session() {
        return session;
    }

    @Override
    public String getId() {
        return expired ? session.id() : session.cookieValue();
    }

    @Override
    public Instant getCreationTime() {
        return session.createdAt();
    }

    @Override
    public Instant getLastAccessedTime() {
        return session.lastAccessedAt();
    }

    /** Does nothing: the engine records each use by its own clock. */
    @Override
    public Session setLastAccessedTime(Instant instant) {
        return this;
    }

    /** A negative duration means never, as everywhere in the framework; zero ends the session. */
    @Override
    public Session setMaxInactiveInterval(@Nullable Duration duration) {
        if (duration != null && duration.isZero()) {
            end();
        } else if (duration != null) {
            session.setIdleTimeout(duration.isNegative() ? null : duration);
        }
        return this;
    }

    @Override
    public Duration getMaxInactiveInterval() {
        return session.idleTimeout().orElse(NEVER);
    }

    @Override
    public synchronized boolean isNew() {
        return held == null && !stored && !isExpired();
    }

    /** Asks for a save, which then finds out whether there is anything to do: that may need the codec. */
    @Override
    public synchronized boolean isModified() {
        return ending || !(expired || session.isEnded());
    }

    @Override
    public boolean isExpired() {
        return expired || isOver();
    }

    private synchronized boolean isOver() {
        return ending || session.isEnded();
    }

    @Override
    @SuppressWarnings("unchecked") // a TypeRef of the argument's type gives the argument's type
    public <T> Optional<T> get(CharSequence name, ArgumentConversionContext<T> context) {
        if (isOver()) {
            return Optional.empty();
        }
        Argument<T> wanted = context.getArgument();
        if (isForTheCodec(wanted)) {
            Optional<T> decoded = (Optional<T>) session.get(name.toString(), TypeRef.of(wanted.asType()));
            if (decoded.isPresent()) {
                return decoded;
            }
        }
        return session.get(name.toString()).flatMap(value -> conversions.convert(value, context));
    }

    /**
     * Whether the codec needs to know the type: for the application's classes and for what has type
     * arguments. Everything else is stored with its type, and the framework converts it.
     */
    private static boolean isForTheCodec(Argument<?> wanted) {
        Class<?> type = wanted.getType();
        boolean concrete = !type.isInterface() && !Modifier.isAbstract(type.getModifiers());
        return wanted.getTypeParameters().length > 0 || (concrete && type.getClassLoader() != null);
    }

    @Override
    public Set<String> names() {
        return isOver() ? Set.of() : session.names();
    }

    @Override
    public Collection<Object> values() {
        return names().stream().flatMap(name -> session.get(name).stream()).toList();
    }

    @Override
    public MutableConvertibleValues<Object> put(CharSequence name, @Nullable Object value) {
        if (isOver()) {
            throw new IllegalStateException("the session has ended");
        }
        warnOfLateChange();
        String key = name.toString();
        Object storable = storable(value);
        if (key.equals(AUTHENTICATION) && storable != null && !session.get(key).equals(Optional.of(storable))) {
            wantNewId();
        }
        session.set(key, storable);
        return this;
    }

    private @Nullable Object storable(@Nullable Object value) {
        return value == null || storableForm == null ? value : storableForm.of(value);
    }

    @Override
    public MutableConvertibleValues<Object> remove(CharSequence name) {
        if (!isOver()) {
            warnOfLateChange();
            session.remove(name.toString());
        }
        return this;
    }

    @Override
    public MutableConvertibleValues<Object> clear() {
        names().forEach(session::remove);
        return this;
    }

    @Override
    public ConversionService getConversionService() {
        return conversions;
    }

    // What follows is between the store, the filter and DynamoSessions.

    synchronized void wantNewId() {
        newIdWanted = true;
    }

    synchronized boolean isNewIdWanted() {
        return newIdWanted;
    }

    synchronized void hasNewId() {
        newIdWanted = false;
    }

    /** The save ends the session; from now on it looks ended. */
    synchronized void end() {
        ending = true;
    }

    synchronized boolean isEnding() {
        return ending;
    }

    synchronized void saved(SaveOutcome outcome) {
        saved = outcome;
        stored |= outcome == SaveOutcome.SAVED || outcome == SaveOutcome.TOUCHED;
    }

    /**
     * Whether the client is to be told the id, or that there is none any more.
     *
     * <p>Not with every response, as stock stores have it: one that comes late would bring back the id
     * from before a login, and throw the login away. And never for a session that is not stored.
     *
     * @param age of the cookie: one that the client forgets in time is told again
     */
    synchronized boolean isToBeTold(CookieAge age) {
        if (ending) {
            return held != null && !late;
        }
        if (session.isEnded() || session.isDetached() || !stored) {
            return false;
        }
        return !session.cookieValue().equals(held) || age.isRenewed(saved, session);
    }

    /** Nobody saves this session any more unless the application does. */
    synchronized void requestIsOver() {
        over = true;
    }

    private synchronized void warnOfLateChange() {
        if (over && WARNED_OF_LATE_CHANGE.compareAndSet(false, true)) {
            LOG.warn("A session was changed after its request was answered: such changes are lost unless"
                    + " SessionStore.save is called. This is said once.");
        }
    }

    /** Whether the client can no longer name this session once the head is sent. */
    synchronized boolean isUnknownToTheClient() {
        return !stored && !late;
    }

    @Override
    public String toString() {
        return "MicronautSession[" + session + "]";
    }
}
