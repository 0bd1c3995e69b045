// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.Session;
import io.github.dynamosession.spi.KeyChangeReason;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpSession;
import java.util.Collections;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What the contract of adapters does not say of it. */
@DisplayName("Behind an id that has changed")
class BehindMovedIdTest {
    private TestServer server(Container container) throws Exception {
        TestServer server = new TestServer(container);
        return server.page(Container.ERROR_PAGE, (request, response) -> {})
                .page("/put", (request, response) -> request.getSession().setAttribute("cart", "tea"))
                .page("/login", (request, response) -> {
                    logIn(request);
                    response.getWriter().print(seen(request));
                })
                .page("/seen", (request, response) -> response.getWriter().print(seen(request)))
                .page(
                        "/requested",
                        (request, response) -> response.getWriter()
                                .print(request.isRequestedSessionIdValid() + " "
                                        + (request.getSession(false) != null
                                                && !request.getSession(false).isNew())))
                .page("/change", (request, response) -> {
                    Session session =
                            server.manager.open(request.getRequestedSessionId()).orElseThrow();
                    server.manager.changeId(session, KeyChangeReason.valueOf(request.getParameter("reason")));
                    response.getWriter().print(session.cookieValue());
                })
                .page("/out", (request, response) -> request.getSession().invalidate());
    }

    /** As Spring Security and others do: another id if there is a session. */
    private static void logIn(HttpServletRequest request) {
        if (request.getSession(false) != null && request.isRequestedSessionIdValid()) {
            request.changeSessionId();
        }
        request.getSession().setAttribute("user", "ann");
    }

    private static String seen(HttpServletRequest request) {
        HttpSession session = request.getSession(false);
        if (session == null) {
            return "none";
        }
        return Collections.list(session.getAttributeNames()).stream()
                .sorted()
                .map(name -> name + "=" + session.getAttribute(name))
                .toList()
                .toString();
    }

    private static Browser visitor(TestServer server) {
        Browser browser = server.browser();
        browser.get("/put");
        return browser;
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a late request has a session that is not new and empty, stores nothing, and leaves the cookie alone")
    void lateRequest(Container container) throws Exception {
        try (TestServer server = server(container)) {
            Browser browser = visitor(server);
            Browser late = server.browser().session(browser.session());
            browser.get("/login");

            assertThat(late.get("/requested").body()).isEqualTo("true true");
            for (int i = 0; i < 2; i++) {
                assertThat(late.get("/seen").body()).isEqualTo("[]");
                Browser.Answer answer = late.get("/put");
                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.setCookies()).isEmpty();
            }
            assertThat(browser.get("/seen").body()).isEqualTo("[cart=tea, user=ann]");
        }
    }

    static Stream<Arguments> followed() {
        return Stream.of(Container.values())
                .flatMap(container -> Stream.of(KeyChangeReason.STEP_UP, KeyChangeReason.ROTATION)
                        .map(reason -> Arguments.of(container, reason)));
    }

    @ParameterizedTest
    @MethodSource("followed")
    @DisplayName("a logout ends the session where its user did not change")
    void logoutFollows(Container container, KeyChangeReason reason) throws Exception {
        try (TestServer server = server(container)) {
            Browser browser = visitor(server);
            Browser changed = server.browser()
                    .session(browser.get("/change?reason=" + reason).body());
            assertThat(changed.get("/seen").body()).isEqualTo("[cart=tea]");

            assertThat(browser.get("/out").status()).isEqualTo(200);

            assertThat(changed.get("/seen").body()).isEqualTo("none");
        }
    }
}
