// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import io.github.dynamosession.Session;
import io.github.dynamosession.spi.UnreadableValueException;
import io.github.dynamosession.spi.UnstorableValueException;
import io.github.dynamosession.web.SessionExchange;
import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpSession;
import jakarta.servlet.http.HttpSessionActivationListener;
import java.time.Duration;
import java.util.Collections;
import java.util.Enumeration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A session as the application sees it: chapters 7.3 to 7.6 of the specification and the contract of
 * {@link HttpSession}, which says method by method what happens after invalidation.
 *
 * <p>A value that is an {@link HttpSessionActivationListener} (chapter 7.7.2) is told of its activation when
 * this request first sees it, because it is decoded then and not when the session is opened, and of its
 * passivation before a save. What it changes in itself thereby is not a change of the session.
 *
 * <p>{@code getAccessor} of Servlet 6.1 is in {@link SessionViewWithAccessor}.
 */
class SessionView implements HttpSession {
    private final Session session;
    private final RequestState state;
    private final ServletContext context;
    private volatile boolean ending;

    /** Attributes that live as long as this view, which is one request. */
    private final Map<String, Object> unstored = new ConcurrentHashMap<>();

    /** Values that have been told of their activation, or set, and not told of their passivation since. */
    private final Map<String, HttpSessionActivationListener> active = new ConcurrentHashMap<>();

    SessionView(Session session, RequestState state, ServletContext context) {
        this.session = session;
        this.state = state;
        this.context = context;
    }

    /** With whatever the container's version of the specification has. */
    static SessionView of(Session session, RequestState state, ServletContext context) {
        return Servlet61.HAS_ACCESSOR
                ? new SessionViewWithAccessor(session, state, context)
                : new SessionView(session, state, context);
    }

    Session session() {
        return session;
    }

    /** Applies a function to the session as it is stored at that time, in a request of its own so to speak. */
    Consumer<Consumer<HttpSession>> access() {
        String cookieValue = usable().cookieValue();
        RequestState another = state.another();
        return use -> another.access(cookieValue, use);
    }

    private Session usable() {
        if (session.isEnded()) {
            throw new IllegalStateException("the session is invalid");
        }
        state.used();
        return session;
    }

    @Override
    public long getCreationTime() {
        return usable().createdAt().toEpochMilli();
    }

    @Override
    public String getId() {
        return session.id();
    }

    @Override
    public long getLastAccessedTime() {
        return usable().lastAccessedAt().toEpochMilli();
    }

    @Override
    public ServletContext getServletContext() {
        return context;
    }

    @Override
    public void setMaxInactiveInterval(int seconds) {
        if (!session.isEnded()) {
            state.used();
            session.setIdleTimeout(seconds <= 0 ? null : Duration.ofSeconds(seconds));
        }
    }

    @Override
    public int getMaxInactiveInterval() {
        return session.idleTimeout()
                .map(timeout -> (int)
                        Math.min(Integer.MAX_VALUE, timeout.plusMillis(999).toSeconds()))
                .orElse(0);
    }

    @Override
    public @Nullable Object getAttribute(String name) {
        Session target = usable();
        Object own = name == null ? null : unstored.get(name);
        if (own != null || isUnstored(name)) {
            return own;
        }
        Object value = target.get(name).orElse(null);
        if (value != null) {
            activate(name, value);
        }
        return value;
    }

    private boolean isUnstored(@Nullable String name) {
        return name != null && state.unstored().names().contains(name);
    }

    /** A value for its listeners; one that cannot be read has none. */
    Optional<Object> value(String name) {
        try {
            Optional<Object> value = session.get(name);
            value.ifPresent(found -> activate(name, found));
            return value;
        } catch (UnreadableValueException e) {
            return Optional.empty();
        }
    }

    private void activate(String name, Object value) {
        if (value instanceof HttpSessionActivationListener listener && active.put(name, listener) != listener) {
            SessionExchange.prepare(session, name, same -> state.events().activated(this, listener));
        }
    }

    /** The values are about to be written. */
    void passivate() {
        active.forEach((name, listener) -> {
            if (active.remove(name, listener) && !session.isEnded()) {
                SessionExchange.prepare(session, name, same -> state.events().passivating(this, listener));
            }
        });
    }

    @Override
    public Enumeration<String> getAttributeNames() {
        Set<String> names = usable().names();
        names.remove(SessionExchange.OWNER);
        names.addAll(unstored.keySet());
        return Collections.enumeration(names);
    }

    @Override
    public void setAttribute(String name, @Nullable Object value) {
        if (name == null) {
            throw new IllegalArgumentException("an attribute needs a name");
        }
        if (value == null) {
            removeAttribute(name);
            return;
        }
        Session target = usable();
        if (isUnstored(name)) {
            unstored.put(name, value);
            return;
        }
        if (state.unstored().values().test(value)) {
            removeAttribute(name);
            unstored.put(name, value);
            return;
        }
        unstored.remove(name);
        // Decodes what is there: only the value can tell whether it wants to be told. Names alone would not do.
        Optional<Object> former = value(name);
        boolean same = former.isPresent() && former.get() == value;
        SessionEvents events = state.events();
        if (!same) {
            // Chapter 7.4: told before the value can be had from the session.
            events.bound(this, name, value);
        }
        try {
            target.set(name, value);
        } catch (RuntimeException e) {
            if (!same) {
                events.unbound(this, name, value);
            }
            if (e instanceof UnstorableValueException) {
                throw new IllegalArgumentException(
                        "a distributable session cannot hold this value: " + e.getMessage(), e);
            }
            throw e;
        }
        if (value instanceof HttpSessionActivationListener listener) {
            active.put(name, listener);
        } else {
            active.remove(name);
        }
        if (former.isEmpty()) {
            events.added(this, name, value);
            return;
        }
        if (!same) {
            events.unbound(this, name, former.get());
        }
        events.replaced(this, name, former.get());
    }

    @Override
    public void removeAttribute(String name) {
        Session target = usable();
        if ((name != null && unstored.remove(name) != null) || isUnstored(name)) {
            return;
        }
        Optional<Object> former = value(name);
        target.remove(name);
        active.remove(name);
        former.ifPresent(value -> {
            state.events().unbound(this, name, value);
            state.events().removed(this, name, value);
        });
    }

    @Override
    public void invalidate() {
        usable();
        if (ending) {
            return; // by a listener that is told of the end
        }
        state.end();
    }

    /** Whether the session is deleted, and listeners are being told. */
    boolean isEnding() {
        return ending;
    }

    /** The session is deleted; it can be used until its listeners have been told. */
    void tellEnd() {
        ending = true;
        state.events().ended(this);
    }

    @Override
    public boolean isNew() {
        return usable().isNew();
    }
}
