// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import jakarta.servlet.http.HttpSession;
import jakarta.servlet.http.HttpSessionAttributeListener;
import jakarta.servlet.http.HttpSessionBindingEvent;
import jakarta.servlet.http.HttpSessionBindingListener;
import jakarta.servlet.http.HttpSessionEvent;
import jakarta.servlet.http.HttpSessionIdListener;
import jakarta.servlet.http.HttpSessionListener;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A listener, one of two of an application, that writes down what it is told, and does what a rule asks for. */
final class RuleListener implements HttpSessionListener, HttpSessionIdListener, HttpSessionAttributeListener {
    /** What listeners and {@link Bound} values were told, in their order. */
    static final List<String> EVENTS = new CopyOnWriteArrayList<>();

    private static volatile String when = "";
    private static volatile Consumer<HttpSession> what = session -> {};

    private final String name;

    RuleListener(String name) {
        this.name = name;
    }

    /** Forgets what was told. */
    static void reset() {
        EVENTS.clear();
        when = "";
    }

    /** At the next event of this description, once. */
    static void at(String event, Consumer<HttpSession> action) {
        what = action;
        when = event;
    }

    private static void told(String event, HttpSession session) {
        EVENTS.add(event);
        if (event.equals(when)) {
            when = "";
            what.accept(session);
        }
    }

    private void told(String event, HttpSessionBindingEvent binding) {
        told(name + " " + event + " " + binding.getName() + "=" + binding.getValue(), binding.getSession());
    }

    @Override
    public void sessionCreated(HttpSessionEvent event) {
        told(name + " created", event.getSession());
    }

    @Override
    public void sessionDestroyed(HttpSessionEvent event) {
        told(name + " destroyed", event.getSession());
    }

    @Override
    public void sessionIdChanged(HttpSessionEvent event, String formerId) {
        told(name + " renamed " + !formerId.equals(event.getSession().getId()), event.getSession());
    }

    @Override
    public void attributeAdded(HttpSessionBindingEvent event) {
        told("added", event);
    }

    @Override
    public void attributeReplaced(HttpSessionBindingEvent event) {
        told("replaced", event);
    }

    @Override
    public void attributeRemoved(HttpSessionBindingEvent event) {
        told("removed", event);
    }

    /** A value that wants to know where it is. */
    public static final class Bound implements HttpSessionBindingListener {
        public String label = "";

        static Bound of(String label) {
            Bound bound = new Bound();
            bound.label = label;
            return bound;
        }

        private void told(String event, HttpSessionBindingEvent binding) {
            RuleListener.told(label + " " + event + " " + binding.getName(), binding.getSession());
        }

        @Override
        public void valueBound(HttpSessionBindingEvent event) {
            told("bound", event);
        }

        @Override
        public void valueUnbound(HttpSessionBindingEvent event) {
            told("unbound", event);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Bound bound && bound.label.equals(label);
        }

        @Override
        public int hashCode() {
            return label.hashCode();
        }

        @Override
        public String toString() {
            return label;
        }
    }
}
