// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import io.github.dynamosession.web.SessionExchange;
import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpSessionActivationListener;
import jakarta.servlet.http.HttpSessionAttributeListener;
import jakarta.servlet.http.HttpSessionBindingEvent;
import jakarta.servlet.http.HttpSessionBindingListener;
import jakarta.servlet.http.HttpSessionEvent;
import jakarta.servlet.http.HttpSessionIdListener;
import jakarta.servlet.http.HttpSessionListener;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EventListener;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells listeners of what happens to sessions: chapter 11 of the specification, as far as it concerns
 * sessions, and values that are {@link HttpSessionBindingListener}s or
 * {@link HttpSessionActivationListener}s.
 *
 * <p>First those that the {@linkplain ContainerListeners container knows}, then those of the filter's
 * builder, each instance once. What a listener throws is logged, and the next one is told; what a
 * <em>value</em> throws in {@code valueBound} or {@code valueUnbound} goes to who set or removed it, unless
 * the session is ending. That is what most containers do.
 */
final class SessionEvents {
    private static final Logger LOG = LoggerFactory.getLogger(DynamoSessionFilter.class);

    private final List<EventListener> registered;
    private volatile ContainerListeners container = ContainerListeners.NONE;

    SessionEvents(List<EventListener> registered) {
        this.registered = List.copyOf(registered);
    }

    /** Whether this class has a use for such a listener. */
    static boolean isKnown(EventListener listener) {
        return listener instanceof HttpSessionListener
                || listener instanceof HttpSessionIdListener
                || listener instanceof HttpSessionAttributeListener;
    }

    /** From now on the listeners of this application's container are told, too. */
    void use(ServletContext context) {
        container = ContainerListeners.of(context);
    }

    private <T extends EventListener> List<T> listeners(Class<T> kind) {
        Set<EventListener> once = Collections.newSetFromMap(new IdentityHashMap<>());
        List<T> listeners = new ArrayList<>();
        for (T listener : container.of(kind)) {
            if (once.add(listener)) {
                listeners.add(listener);
            }
        }
        for (EventListener listener : registered) {
            if (kind.isInstance(listener) && once.add(listener)) {
                listeners.add(kind.cast(listener));
            }
        }
        return listeners;
    }

    private static <T extends EventListener> void tell(List<T> listeners, Consumer<T> event) {
        for (T listener : listeners) {
            try {
                event.accept(listener);
            } catch (RuntimeException e) {
                LOG.error("A session listener failed: {}", listener.getClass().getName(), e);
            }
        }
    }

    void created(SessionView session) {
        HttpSessionEvent event = new HttpSessionEvent(session);
        tell(listeners(HttpSessionListener.class), listener -> listener.sessionCreated(event));
    }

    void idChanged(SessionView session, String formerId) {
        HttpSessionEvent event = new HttpSessionEvent(session);
        tell(listeners(HttpSessionIdListener.class), listener -> listener.sessionIdChanged(event, formerId));
    }

    /**
     * The session is deleted, but can be used until all listeners have been told, in reverse order, as the
     * specification says. Its attributes go one by one: who is told of one does not see it any more.
     */
    void ended(SessionView session) {
        HttpSessionEvent event = new HttpSessionEvent(session);
        List<HttpSessionListener> reverse = listeners(HttpSessionListener.class);
        Collections.reverse(reverse);
        tell(reverse, listener -> listener.sessionDestroyed(event));
        for (String name : session.session().names()) {
            if (name.equals(SessionExchange.OWNER)) {
                continue;
            }
            Optional<Object> value = session.value(name);
            session.session().remove(name);
            value.ifPresent(former -> {
                if (former instanceof HttpSessionBindingListener bound) {
                    tell(List.of(bound), listener -> unbound(session, name, listener));
                }
                removed(session, name, former);
            });
        }
    }

    void activated(SessionView session, HttpSessionActivationListener value) {
        tell(List.of(value), listener -> listener.sessionDidActivate(new HttpSessionEvent(session)));
    }

    void passivating(SessionView session, HttpSessionActivationListener value) {
        tell(List.of(value), listener -> listener.sessionWillPassivate(new HttpSessionEvent(session)));
    }

    void bound(SessionView session, String name, Object value) {
        if (value instanceof HttpSessionBindingListener listener) {
            listener.valueBound(new HttpSessionBindingEvent(session, name, value));
        }
    }

    void unbound(SessionView session, String name, Object value) {
        if (value instanceof HttpSessionBindingListener listener) {
            listener.valueUnbound(new HttpSessionBindingEvent(session, name, value));
        }
    }

    void added(SessionView session, String name, Object value) {
        HttpSessionBindingEvent event = new HttpSessionBindingEvent(session, name, value);
        tell(listeners(HttpSessionAttributeListener.class), listener -> listener.attributeAdded(event));
    }

    void replaced(SessionView session, String name, Object former) {
        HttpSessionBindingEvent event = new HttpSessionBindingEvent(session, name, former);
        tell(listeners(HttpSessionAttributeListener.class), listener -> listener.attributeReplaced(event));
    }

    void removed(SessionView session, String name, Object former) {
        HttpSessionBindingEvent event = new HttpSessionBindingEvent(session, name, former);
        tell(listeners(HttpSessionAttributeListener.class), listener -> listener.attributeRemoved(event));
    }
}
