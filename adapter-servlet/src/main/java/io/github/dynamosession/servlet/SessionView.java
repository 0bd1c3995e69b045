// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import io.github.dynamosession.Session;
import io.github.dynamosession.spi.UnreadableValueException;
import io.github.dynamosession.spi.UnstorableValueException;
import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpSession;
import java.time.Duration;
import java.util.Collections;
import java.util.Enumeration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A session as the application sees it: chapters 7.3 to 7.6 of the specification and the contract of
 * {@link HttpSession}, which says method by method what happens after invalidation.
 *
 * <p>{@code getAccessor} of Servlet 6.1 has a return type that 6.0 does not know: its default, which
 * throws {@link UnsupportedOperationException}, stands.
 */
final class SessionView implements HttpSession {
    private final Session session;
    private final RequestState state;
    private final ServletContext context;

    SessionView(Session session, RequestState state, ServletContext context) {
        this.session = session;
        this.state = state;
        this.context = context;
    }

    Session session() {
        return session;
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
        return usable().get(name).orElse(null);
    }

    @Override
    public Enumeration<String> getAttributeNames() {
        return Collections.enumeration(usable().names());
    }

    @Override
    public void setAttribute(String name, @Nullable Object value) {
        if (value == null) {
            removeAttribute(name);
            return;
        }
        Session target = usable();
        Optional<Object> former = former(name);
        boolean same = former.isPresent() && former.get() == value;
        SessionEvents events = state.events();
        if (!same) {
            // Chapter 7.4: told before the value can be had from the session.
            events.bound(this, name, value);
        }
        try {
            target.set(name, value);
        } catch (UnstorableValueException e) {
            if (!same) {
                events.unbound(this, name, value);
            }
            throw new IllegalArgumentException("a distributable session cannot hold this value: " + e.getMessage(), e);
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
        Optional<Object> former = former(name);
        target.remove(name);
        former.ifPresent(value -> {
            state.events().unbound(this, name, value);
            state.events().removed(this, name, value);
        });
    }

    /** The value that is about to go, for its listeners; one that cannot be read has none. */
    private Optional<Object> former(String name) {
        try {
            return session.get(name);
        } catch (UnreadableValueException e) {
            return Optional.empty();
        }
    }

    @Override
    public void invalidate() {
        usable();
        state.end(this);
    }

    @Override
    public boolean isNew() {
        return usable().isNew();
    }
}
