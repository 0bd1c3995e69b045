// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.codec.json.JsonCodec;
import jakarta.servlet.http.HttpSession;
import jakarta.servlet.http.HttpSessionAttributeListener;
import jakarta.servlet.http.HttpSessionBindingEvent;
import jakarta.servlet.http.HttpSessionBindingListener;
import jakarta.servlet.http.HttpSessionEvent;
import jakarta.servlet.http.HttpSessionIdListener;
import jakarta.servlet.http.HttpSessionListener;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Listeners of the filter's builder")
class ListenersTest {
    private static final List<String> EVENTS = new CopyOnWriteArrayList<>();

    /** A value that wants to know where it is. */
    public static final class Bound implements HttpSessionBindingListener {
        public String label = "";

        @Override
        public void valueBound(HttpSessionBindingEvent event) {
            EVENTS.add("bound " + label + " before " + event.getSession().getAttribute(event.getName()));
        }

        @Override
        public void valueUnbound(HttpSessionBindingEvent event) {
            EVENTS.add("unbound " + label);
        }

        @Override
        public String toString() {
            return label;
        }
    }

    private record Recorder(String name)
            implements HttpSessionListener, HttpSessionIdListener, HttpSessionAttributeListener {
        @Override
        public void sessionCreated(HttpSessionEvent event) {
            EVENTS.add(name + " created");
        }

        @Override
        public void sessionDestroyed(HttpSessionEvent event) {
            EVENTS.add(name + " destroyed with " + event.getSession().getAttribute("a"));
        }

        @Override
        public void sessionIdChanged(HttpSessionEvent event, String formerId) {
            EVENTS.add(name + " renamed " + !formerId.equals(event.getSession().getId()));
        }

        @Override
        public void attributeAdded(HttpSessionBindingEvent event) {
            EVENTS.add(name + " added " + event.getName() + "=" + event.getValue());
        }

        @Override
        public void attributeReplaced(HttpSessionBindingEvent event) {
            EVENTS.add(name + " replaced " + event.getName() + "=" + event.getValue());
        }

        @Override
        public void attributeRemoved(HttpSessionBindingEvent event) {
            EVENTS.add(name + " removed " + event.getName() + "=" + event.getValue());
        }
    }

    @BeforeEach
    void clear() {
        EVENTS.clear();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "are told of every event, in their order, of the end in the reverse order and with the values still there")
    void events(Container container) throws Exception {
        try (TestServer server = new TestServer(
                        container,
                        manager -> manager.codec(
                                JsonCodec.builder().allow(Bound.class).build()),
                        filter -> filter.listener(new Recorder("1")).listener(new Recorder("2")),
                        context -> {})
                .page("/use", (request, response) -> {
                    HttpSession session = request.getSession();
                    session.setAttribute("a", "x");
                    session.setAttribute("a", "y");
                    request.changeSessionId();
                })
                .page("/end", (request, response) -> request.getSession().invalidate())) {
            Browser browser = server.browser();
            browser.get("/use");
            assertThat(EVENTS)
                    .containsExactly(
                            "1 created",
                            "2 created",
                            "1 added a=x",
                            "2 added a=x",
                            "1 replaced a=x",
                            "2 replaced a=x",
                            "1 renamed true",
                            "2 renamed true");
            EVENTS.clear();
            browser.get("/end");
            assertThat(EVENTS)
                    .containsExactly("2 destroyed with y", "1 destroyed with y", "1 removed a=y", "2 removed a=y");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("need not be there for values that are told when they are bound and unbound, in later requests too")
    void binding(Container container) throws Exception {
        try (TestServer server = new TestServer(
                        container,
                        manager -> manager.codec(
                                JsonCodec.builder().allow(Bound.class).build()),
                        filter -> filter,
                        context -> {})
                .page("/bind", (request, response) -> {
                    Bound value = new Bound();
                    value.label = request.getParameter("label");
                    request.getSession().setAttribute("v", value);
                })
                .page("/end", (request, response) -> request.getSession().invalidate())) {
            Browser browser = server.browser();
            browser.get("/bind?label=a");
            browser.get("/bind?label=b");
            browser.get("/end");
            assertThat(EVENTS).containsExactly("bound a before null", "bound b before a", "unbound a", "unbound b");
        }
    }
}
