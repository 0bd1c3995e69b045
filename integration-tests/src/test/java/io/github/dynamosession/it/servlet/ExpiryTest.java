// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.servlet.DynamoSessionFilter;
import io.github.dynamosession.testkit.MovableClock;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.http.HttpSession;
import jakarta.servlet.http.HttpSessionAttributeListener;
import jakarta.servlet.http.HttpSessionBindingEvent;
import jakarta.servlet.http.HttpSessionBindingListener;
import jakarta.servlet.http.HttpSessionEvent;
import jakarta.servlet.http.HttpSessionListener;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("A session that expires")
class ExpiryTest {
    private static final List<String> EVENTS = new CopyOnWriteArrayList<>();
    private static final Duration OVER = Duration.ofHours(1);

    private final MovableClock clock = new MovableClock();
    private final InMemorySessionStore store = new InMemorySessionStore(clock);
    private final Map<String, TestServer.Page> pages = new ConcurrentHashMap<>();

    /** A value that wants to know when it goes. */
    public static final class Bound implements HttpSessionBindingListener {
        public String label = "";

        @Override
        public void valueUnbound(HttpSessionBindingEvent event) {
            EVENTS.add("unbound " + label);
        }
    }

    private record Recorder(String name) implements HttpSessionListener, HttpSessionAttributeListener {
        @Override
        public void sessionDestroyed(HttpSessionEvent event) {
            HttpSession session = event.getSession();
            EVENTS.add(name + " destroyed with " + session.getAttribute("a") + " in "
                    + session.getServletContext().getContextPath());
            session.invalidate();
            EVENTS.add(name + " still reads " + session.getAttribute("a") + ", id of "
                    + session.getId().length()
                    + ", idle " + session.getMaxInactiveInterval() + ", new " + session.isNew() + ", used after "
                    + (session.getLastAccessedTime() - session.getCreationTime()));
        }

        @Override
        public void attributeRemoved(HttpSessionBindingEvent event) {
            EVENTS.add(name + " removed " + event.getName());
        }
    }

    @BeforeEach
    void clear() {
        EVENTS.clear();
    }

    private SessionManager node() {
        return SessionManager.builder(store)
                .codec(JsonCodec.builder().allow(Bound.class).build())
                .storeEmptySessions(true)
                .clock(clock)
                .build();
    }

    private Container.Running start(Container container, SessionManager manager, String name) throws Exception {
        return container.start((classes, context) -> {
            context.addListener(new Recorder(name + " by the container"));
            FilterRegistration.Dynamic filter = context.addFilter(
                    "sessions",
                    DynamoSessionFilter.builder(manager)
                            .listener(new Recorder(name + " by the builder"))
                            .build());
            filter.addMappingForUrlPatterns(
                    EnumSet.of(DispatcherType.REQUEST, DispatcherType.ERROR, DispatcherType.ASYNC), false, "/*");
            TestServer.addPages(context, pages);
        });
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("is told on one node of two, once, to all listeners and values, with the attributes still there")
    void toldOnce(Container container) throws Exception {
        pages.put("/", (request, response) -> {
            Bound value = new Bound();
            value.label = "v";
            request.getSession().setAttribute("a", "x");
            request.getSession().setAttribute("v", value);
        });
        pages.put("/look", (request, response) -> response.getWriter().print(request.getSession(false)));
        SessionManager one = node();
        SessionManager two = node();
        try (Container.Running first = start(container, one, "1");
                Container.Running second = start(container, two, "2")) {
            Browser browser = new Browser(first.port());
            browser.get("/");
            new Browser(second.port()).get("/");
            clock.advance(OVER);
            assertThat(browser.get("/look").body()).isEqualTo("null");
            assertThat(EVENTS).isEmpty();
            String path = Container.CONTEXT_PATH;
            assertThat(two.sweep()).isEqualTo(2);
            assertThat(one.sweep()).isZero();
            assertThat(EVENTS)
                    .filteredOn(event -> event.contains("destroyed"))
                    .containsExactly(
                            "2 by the builder destroyed with x in " + path,
                            "2 by the container destroyed with x in " + path,
                            "2 by the builder destroyed with x in " + path,
                            "2 by the container destroyed with x in " + path);
            assertThat(EVENTS)
                    .filteredOn(event -> event.startsWith("unbound"))
                    .containsExactly("unbound v", "unbound v");
            assertThat(EVENTS)
                    .filteredOn(event -> event.contains("still"))
                    .hasSize(4)
                    .allMatch(event -> event.endsWith("still reads x, id of 43, idle 1800, new false, used after 0"));
            assertThat(EVENTS).filteredOn(event -> event.contains("removed")).hasSize(8);
        }
    }

    @Test
    @DisplayName("is no longer told to an application that was stopped")
    void stopped() throws Exception {
        pages.put("/", (request, response) -> request.getSession().setAttribute("a", "x"));
        SessionManager manager = node();
        try (Container.Running running = start(Container.TOMCAT, manager, "1")) {
            new Browser(running.port()).get("/");
        }
        clock.advance(OVER);
        assertThat(manager.sweep()).isOne();
        assertThat(EVENTS).isEmpty();
    }
}
