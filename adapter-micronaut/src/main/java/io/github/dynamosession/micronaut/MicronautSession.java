// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import io.github.dynamosession.TypeRef;
import io.github.dynamosession.web.CookieState;
import io.github.dynamosession.web.NewId;
import io.github.dynamosession.web.SessionExchange;
import io.micronaut.core.convert.ArgumentConversionContext;
import io.micronaut.core.convert.ConversionService;
import io.micronaut.core.convert.value.MutableConvertibleValues;
import io.micronaut.core.type.Argument;
import io.micronaut.http.HttpRequest;
import io.micronaut.session.Session;
import io.micronaut.session.http.HttpSessionFilter;
import java.lang.reflect.Modifier;
import java.security.Principal;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
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
    private final boolean expired;

    /** Null: for listeners. */
    private final @Nullable SessionExchange exchange;

    private final Head head;

    /** Nobody saves this session any more unless the application does. */
    private volatile boolean over;

    /** What listeners are given is to be ended. */
    private volatile boolean ended;

    /** Whether the head of the response is on its way, with the cookie that it has. */
    static final class Head implements SessionExchange.Hooks {
        private volatile boolean sent;

        @Override
        public boolean isHeadSent() {
            return sent;
        }
    }

    private MicronautSession(
            io.github.dynamosession.Session session,
            ConversionService conversions,
            @Nullable StorableForm storableForm,
            @Nullable SessionExchange exchange,
            Head head,
            boolean expired) {
        this.session = session;
        this.conversions = conversions;
        this.storableForm = storableForm;
        this.exchange = exchange;
        this.head = head;
        this.expired = expired;
    }

    /** The session of an exchange: one that the client named, or a new one. */
    static MicronautSession of(
            io.github.dynamosession.Session session,
            SessionExchange exchange,
            Head head,
            ConversionService conversions,
            @Nullable StorableForm form) {
        return new MicronautSession(session, conversions, form, exchange, head, false);
    }

    /**
     * What listeners are given.
     *
     * @param expired whether the session is over: its attributes can be read
     */
    static MicronautSession told(
            io.github.dynamosession.Session session,
            ConversionService conversions,
            @Nullable StorableForm form,
            boolean expired) {
        return new MicronautSession(session, conversions, form, null, new Head(), expired);
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
    public boolean isNew() {
        return session.isNew() && !session.isAccessRecorded() && !isExpired();
    }

    /** Asks for a save, which then finds out whether there is anything to do: that may need the codec. */
    @Override
    public boolean isModified() {
        return !expired && (!session.isEnded() || (exchange != null && exchange.isEndWanted()));
    }

    @Override
    public boolean isExpired() {
        return expired || isOver();
    }

    private boolean isOver() {
        return ended
                || session.isEnded()
                || (exchange != null
                        && exchange.current()
                                .filter(present -> present == session)
                                .isEmpty());
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

    /** Who is logged in, for the index of principals; null: nobody. */
    static @Nullable String principal(io.github.dynamosession.Session session) {
        Object authentication = session.get(AUTHENTICATION).orElse(null);
        if (authentication instanceof Principal own) {
            return own.getName();
        }
        return authentication instanceof Map<?, ?> stored && stored.get(StorableForm.NAME) instanceof String name
                ? name
                : null;
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

    /** Null: the session is one for listeners. */
    @Nullable
    SessionExchange exchange() {
        return exchange;
    }

    /** The response tells of a failure, and nothing more is stored. */
    void abandon() {
        if (exchange != null) {
            exchange.abandon();
        }
    }

    void wantNewId() {
        if (exchange != null) {
            exchange.wantNewId(NewId.LOGIN);
        }
    }

    /** The save ends the session; from now on it looks ended. */
    void end() {
        if (exchange == null) {
            ended = true;
        } else {
            exchange.wantEnd();
        }
    }

    /** Whether the client is to be told the id, or that there is none any more. */
    boolean isToBeTold() {
        return exchange != null && !(exchange.cookie() instanceof CookieState.None);
    }

    /** What is changed from now on comes too late for a cookie. */
    void headSent() {
        head.sent = true;
    }

    /** Nobody saves this session any more unless the application does. */
    void requestIsOver() {
        over = true;
    }

    private void warnOfLateChange() {
        if (over && WARNED_OF_LATE_CHANGE.compareAndSet(false, true)) {
            LOG.warn("A session was changed after its request was answered: such changes are lost unless"
                    + " SessionStore.save is called. This is said once.");
        }
    }

    @Override
    public String toString() {
        return "MicronautSession[" + session + "]";
    }
}
