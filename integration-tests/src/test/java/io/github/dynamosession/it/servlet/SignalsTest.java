// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.UnavailablePolicy;
import io.github.dynamosession.it.servlet.Browser.Answer;
import io.github.dynamosession.servlet.DynamoSessions;
import io.github.dynamosession.servlet.SessionHealthServlet;
import io.github.dynamosession.web.SessionExchange;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.event.Level;

/** What an operator of a servlet application sees: its health, and what requests did. */
class SignalsTest {
    private static TestServer server() throws Exception {
        return new TestServer(
                        Container.TOMCAT,
                        // A health check must not take what stands in for a store for the store.
                        builder -> builder.storeUnavailable(UnavailablePolicy.CONTINUE),
                        UnaryOperator.identity(),
                        context -> context.addServlet("health", new SessionHealthServlet())
                                .addMapping("/health"))
                .page("/set", (request, response) -> request.getSession().setAttribute("a", "secret value"))
                .page("/login", (request, response) -> request.changeSessionId())
                .page("/logout", (request, response) -> request.getSession().invalidate())
                .page(
                        "/fingerprint",
                        (request, response) -> response.getWriter()
                                .print(DynamoSessions.session(request).fingerprint()));
    }

    @Test
    @DisplayName("the health servlet answers 200 if sessions can be read and 503 if not, at the price of one read")
    void health() throws Exception {
        try (TestServer server = server()) {
            Browser browser = server.browser();
            Answer up = browser.get("/health");
            assertThat(up.status()).isEqualTo(200);
            assertThat(up.body()).isEqualTo("UP");
            assertThat(up.setCookies()).isEmpty();
            assertThat(up.response().headers().firstValue("Cache-Control")).contains("no-store");
            assertThat(server.store.drain()).containsExactly("find");

            server.store.fail("find");
            try (FilterLog log = new FilterLog(SessionHealthServlet.class, Level.WARN)) {
                Answer down = browser.get("/health");
                assertThat(down.status()).isEqualTo(503);
                assertThat(down.body()).isEqualTo("DOWN");
                assertThat(log.text()).contains("Sessions cannot be read: ");
            }
            server.store.recover();
            assertThat(browser.get("/health").status()).isEqualTo(200);
        }
    }

    @Test
    @DisplayName("a session's fingerprint stays the same when its id changes, and is another one for another session")
    void fingerprint() throws Exception {
        try (TestServer server = server()) {
            Browser browser = server.browser();
            browser.get("/set");
            String fingerprint = browser.get("/fingerprint").body();
            assertThat(fingerprint).matches("[0-9a-f]{16}");
            browser.get("/login");
            assertThat(browser.get("/fingerprint").body()).isEqualTo(fingerprint);
            assertThat(server.browser().get("/fingerprint").body()).isNotEqualTo(fingerprint);
        }
    }

    @Test
    @DisplayName("at DEBUG the exchange logs what a request did, by the session's fingerprint, without ids and values")
    void debugging() throws Exception {
        try (TestServer server = server();
                FilterLog log = new FilterLog(SessionExchange.class, Level.DEBUG)) {
            Browser browser = server.browser();
            String made = browser.get("/set").setCookies().get(0);
            String fingerprint = browser.get("/fingerprint").body();
            String changed = browser.get("/login").setCookies().get(0);
            server.store.fail("find");
            browser.get("/fingerprint");
            server.store.recover();
            browser.get("/logout");
            String session = "Session " + fingerprint + ": ";
            assertThat(log.text())
                    .contains(
                            session + "save: SAVED",
                            session + "open: true",
                            session + "id change: CHANGED",
                            session + "save: UNCHANGED",
                            session + "end: DELETED")
                    .doesNotContain("secret value");
            for (String cookie : List.of(made, changed)) {
                String id = cookie.split("[=;]")[1];
                assertThat(id).hasSizeGreaterThan(40);
                assertThat(log.text()).doesNotContain(id);
            }
        }
    }
}
