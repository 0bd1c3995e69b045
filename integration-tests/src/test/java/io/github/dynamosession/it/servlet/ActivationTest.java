// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.codec.json.JsonCodec;
import jakarta.servlet.http.HttpSessionActivationListener;
import jakarta.servlet.http.HttpSessionEvent;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Servlet 6.1, 7.7.2. The containers' own sessions stay in memory: there is nothing to compare with. */
@DisplayName("A value that is an HttpSessionActivationListener")
class ActivationTest {
    private static final List<String> EVENTS = new CopyOnWriteArrayList<>();

    /** Changes itself in a stored field whenever it is told. */
    public static final class Value implements HttpSessionActivationListener {
        public int passivated;
        public int activated;
        public String text = "";

        @Override
        public void sessionWillPassivate(HttpSessionEvent event) {
            passivated++;
            EVENTS.add("passivate");
        }

        @Override
        public void sessionDidActivate(HttpSessionEvent event) {
            activated++;
            EVENTS.add("activate " + event.getSession().getAttribute("other"));
        }
    }

    @BeforeEach
    void forget() {
        EVENTS.clear();
    }

    private static TestServer server(Container container) throws Exception {
        return new TestServer(
                        container,
                        manager -> manager.codec(
                                        JsonCodec.builder().allow(Value.class).build())
                                .touchInterval(Duration.ofMinutes(5)),
                        filter -> filter,
                        context -> {})
                .page("/set", (request, response) -> {
                    request.getSession().setAttribute("other", "y");
                    request.getSession().setAttribute("v", new Value());
                })
                .page("/other", (request, response) -> request.getSession().getAttribute("other"))
                .page("/read", (request, response) -> {
                    Value value = (Value) request.getSession().getAttribute("v");
                    assertThat(request.getSession().getAttribute("v")).isSameAs(value);
                    response.getWriter().print(value.passivated + " " + value.activated + " " + value.text);
                })
                .page(
                        "/change",
                        (request, response) -> ((Value) request.getSession().getAttribute("v")).text = "changed")
                .page("/remove", (request, response) -> request.getSession().removeAttribute("v"));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("is told before it is stored, so that what it does is stored")
    void passivation(Container container) throws Exception {
        try (TestServer server = server(container)) {
            Browser browser = server.browser();
            browser.get("/set");
            assertThat(EVENTS).containsExactly("passivate");
            assertThat(browser.get("/read").body()).isEqualTo("1 1 ");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("is told once in each request that looks at it, and of the end of that, but not in others")
    void activation(Container container) throws Exception {
        try (TestServer server = server(container)) {
            Browser browser = server.browser();
            browser.get("/set");
            EVENTS.clear();
            browser.get("/other");
            assertThat(EVENTS).isEmpty();
            browser.get("/read");
            assertThat(EVENTS).containsExactly("activate y", "passivate");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("may change itself when it is told: that alone is no reason to write")
    void noWrite(Container container) throws Exception {
        try (TestServer server = server(container)) {
            Browser browser = server.browser();
            browser.get("/set");
            server.store.drain();
            assertThat(browser.get("/read").body()).isEqualTo("1 1 ");
            assertThat(browser.get("/read").body()).isEqualTo("1 1 ");
            assertThat(server.store.drain()).containsExactly("find", "find");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("that the application changes in place is stored, with what it did when it was told")
    void changed(Container container) throws Exception {
        try (TestServer server = server(container)) {
            Browser browser = server.browser();
            browser.get("/set");
            server.store.drain();
            browser.get("/change");
            assertThat(server.store.drain()).containsExactly("find", "update");
            assertThat(browser.get("/read").body()).isEqualTo("2 2 changed");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("is not told of its passivation when it is removed")
    void removed(Container container) throws Exception {
        try (TestServer server = server(container)) {
            Browser browser = server.browser();
            browser.get("/set");
            EVENTS.clear();
            browser.get("/remove");
            assertThat(EVENTS).containsExactly("activate y");
        }
    }
}
