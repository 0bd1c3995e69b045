// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import io.github.dynamosession.spi.UnreadableValueException;
import jakarta.servlet.http.HttpSessionAttributeListener;
import jakarta.servlet.http.HttpSessionBindingEvent;
import jakarta.servlet.http.HttpSessionBindingListener;
import jakarta.servlet.http.HttpSessionEvent;
import jakarta.servlet.http.HttpSessionIdListener;
import jakarta.servlet.http.HttpSessionListener;
import java.util.ArrayList;
import java.util.EventListener;
import java.util.List;

/**
 * Tells listeners of what happens to sessions: chapter 11 of the specification, as far as it concerns
 * sessions, and {@link HttpSessionBindingListener} values.
 *
 * <p>Knows the listeners that were registered on the filter's builder. Those that the container knows,
 * and activation, have their place here, too.
 */
final class SessionEvents {
    private final List<HttpSessionListener> sessions = new ArrayList<>();
    private final List<HttpSessionIdListener> ids = new ArrayList<>();
    private final List<HttpSessionAttributeListener> attributes = new ArrayList<>();

    SessionEvents(List<EventListener> listeners) {
        for (EventListener listener : listeners) {
            if (listener instanceof HttpSessionListener one) {
                sessions.add(one);
            }
            if (listener instanceof HttpSessionIdListener one) {
                ids.add(one);
            }
            if (listener instanceof HttpSessionAttributeListener one) {
                attributes.add(one);
            }
        }
    }

    /** Whether this class has a use for such a listener. */
    static boolean isKnown(EventListener listener) {
        return listener instanceof HttpSessionListener
                || listener instanceof HttpSessionIdListener
                || listener instanceof HttpSessionAttributeListener;
    }

    void created(SessionView session) {
        HttpSessionEvent event = new HttpSessionEvent(session);
        sessions.forEach(listener -> listener.sessionCreated(event));
    }

    void idChanged(SessionView session, String formerId) {
        HttpSessionEvent event = new HttpSessionEvent(session);
        ids.forEach(listener -> listener.sessionIdChanged(event, formerId));
    }

    /** The session is deleted, but its values can still be read; in reverse order, as the specification says. */
    void ended(SessionView session) {
        HttpSessionEvent event = new HttpSessionEvent(session);
        for (int i = sessions.size() - 1; i >= 0; i--) {
            sessions.get(i).sessionDestroyed(event);
        }
        for (String name : session.session().names()) {
            try {
                session.session().get(name).ifPresent(value -> {
                    unbound(session, name, value);
                    removed(session, name, value);
                });
            } catch (UnreadableValueException e) {
                // What cannot be read has no listener.
            }
        }
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
        attributes.forEach(listener -> listener.attributeAdded(new HttpSessionBindingEvent(session, name, value)));
    }

    void replaced(SessionView session, String name, Object former) {
        attributes.forEach(listener -> listener.attributeReplaced(new HttpSessionBindingEvent(session, name, former)));
    }

    void removed(SessionView session, String name, Object former) {
        attributes.forEach(listener -> listener.attributeRemoved(new HttpSessionBindingEvent(session, name, former)));
    }
}
