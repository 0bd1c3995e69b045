// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servers.application;

import jakarta.servlet.annotation.WebListener;
import jakarta.servlet.http.HttpSession;
import jakarta.servlet.http.HttpSessionAttributeListener;
import jakarta.servlet.http.HttpSessionBindingEvent;
import jakarta.servlet.http.HttpSessionEvent;
import jakarta.servlet.http.HttpSessionIdListener;
import jakarta.servlet.http.HttpSessionListener;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Notes what it is told of sessions. Those of the container itself are of another class. */
@WebListener
public class Listeners implements HttpSessionListener, HttpSessionIdListener, HttpSessionAttributeListener {
    private static final List<String> EVENTS = new CopyOnWriteArrayList<>();

    static String take() {
        String events = String.join(" ", EVENTS);
        EVENTS.clear();
        return events;
    }

    private static void note(String event, HttpSession session) {
        if (session.getClass().getName().startsWith("io.github.dynamosession.")) {
            EVENTS.add(event);
        }
    }

    @Override
    public void sessionCreated(HttpSessionEvent event) {
        note("created", event.getSession());
    }

    @Override
    public void sessionDestroyed(HttpSessionEvent event) {
        note("destroyed", event.getSession());
    }

    @Override
    public void sessionIdChanged(HttpSessionEvent event, String oldId) {
        note("id", event.getSession());
    }

    @Override
    public void attributeAdded(HttpSessionBindingEvent event) {
        note("added", event.getSession());
    }

    @Override
    public void attributeReplaced(HttpSessionBindingEvent event) {
        note("replaced", event.getSession());
    }

    @Override
    public void attributeRemoved(HttpSessionBindingEvent event) {
        note("removed", event.getSession());
    }
}
