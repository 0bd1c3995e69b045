// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.it.servlet.Browser.Answer;
import io.github.dynamosession.servlet.DynamoSessions;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("jdk25")
@DisplayName("A session behind the servlet filter")
class SessionBasicsTest {
    private static TestServer server(Container container) throws Exception {
        return new TestServer(container)
                .page("/plain", (request, response) -> response.getWriter().print("plain"))
                .page("/put", (request, response) -> {
                    HttpSession session = request.getSession();
                    session.setAttribute(request.getParameter("name"), request.getParameter("value"));
                    response.getWriter().print(session.isNew());
                })
                .page("/get", (request, response) -> {
                    HttpSession session = request.getSession(false);
                    Object value = session == null ? "no session" : session.getAttribute(request.getParameter("name"));
                    response.getWriter().print(value);
                })
                .page("/login", (request, response) -> {
                    request.getSession();
                    String id = request.changeSessionId();
                    request.getSession().setAttribute("user", "ann");
                    response.getWriter().print(id.equals(request.getSession().getId()));
                })
                .page("/logout", (request, response) -> {
                    request.getSession().invalidate();
                    response.getWriter()
                            .print(request.isRequestedSessionIdValid() + " " + (request.getSession(false) == null));
                });
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("lives on in the next request")
    void livesOn(Container container) throws Exception {
        try (TestServer server = server(container)) {
            Browser browser = server.browser();
            Answer first = browser.get("/put?name=a&value=1");
            assertThat(first.body()).isEqualTo("true");
            assertThat(first.setCookies()).hasSize(1);
            assertThat(browser.session()).hasSize(43);
            assertThat(server.store.drain()).containsExactly("create");

            Answer second = browser.get("/get?name=a");
            assertThat(second.body()).isEqualTo("1");
            assertThat(second.setCookies()).isEmpty();
            assertThat(server.store.drain()).containsExactly("find");

            assertThat(browser.get("/put?name=b&value=2").body()).isEqualTo("false");
            assertThat(server.store.drain()).containsExactly("find", "update");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("costs nothing for a request that does not ask for it")
    void costsNothing(Container container) throws Exception {
        try (TestServer server = server(container)) {
            Browser browser = server.browser();
            browser.get("/put?name=a&value=1");
            server.store.drain();
            server.clock.advance(Duration.ofMinutes(20));
            assertThat(browser.get("/plain").setCookies()).isEmpty();
            assertThat(server.store.drain()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("is touched by a request that reads it once an interval has passed")
    void isTouched(Container container) throws Exception {
        try (TestServer server = server(container)) {
            Browser browser = server.browser();
            browser.get("/put?name=a&value=1");
            server.store.drain();
            server.clock.advance(Duration.ofMinutes(4));
            browser.get("/get?name=a");
            assertThat(server.store.drain()).containsExactly("find", "update");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("gets a new id and one new cookie by changeSessionId")
    void changesId(Container container) throws Exception {
        try (TestServer server = server(container)) {
            Browser browser = server.browser();
            browser.get("/put?name=a&value=1");
            String former = browser.session();
            server.store.drain();
            Answer login = browser.get("/login");
            assertThat(login.body()).isEqualTo("true");
            assertThat(login.setCookies()).hasSize(1);
            assertThat(browser.session()).isNotEqualTo(former);
            assertThat(server.store.drain()).containsExactly("find", "changeKey", "update");
            assertThat(browser.get("/get?name=a").body()).isEqualTo("1");
            assertThat(browser.get("/get?name=user").body()).isEqualTo("ann");
            assertThat(server.browser().session(former).get("/get?name=user").body())
                    .isEqualTo("null");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("has one cookie even if it is made and renamed in one response")
    void oneCookie(Container container) throws Exception {
        try (TestServer server = server(container)) {
            server.page("/twice", (request, response) -> {
                jakarta.servlet.http.Cookie other = new jakarta.servlet.http.Cookie("other", "1");
                response.addCookie(other);
                request.getSession();
                response.addCookie(new jakarta.servlet.http.Cookie("more", "2"));
                request.changeSessionId();
                request.getSession().setAttribute("a", "1");
                response.getWriter().print(request.changeSessionId());
            });
            Browser browser = server.browser();
            Answer answer = browser.get("/twice");
            assertThat(answer.setCookies()).hasSize(3);
            assertThat(browser.session()).isEqualTo(answer.body());
            assertThat(answer.setCookie("other")).isNotNull();
            assertThat(answer.setCookie("more")).isNotNull();
            assertThat(browser.get("/get?name=a").body()).isEqualTo("1");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("ends with invalidate, and so does its cookie")
    void ends(Container container) throws Exception {
        try (TestServer server = server(container)) {
            Browser browser = server.browser();
            browser.get("/put?name=a&value=1");
            String former = browser.session();
            Answer logout = browser.get("/logout");
            assertThat(logout.body()).isEqualTo("false true");
            assertThat(browser.session()).isNull();
            assertThat(logout.setCookie(TestServer.COOKIE)).containsIgnoringCase("path=/app");
            Answer again = server.browser().session(former).get("/get?name=a");
            assertThat(again.body()).isEqualTo("no session");
            assertThat(again.setCookies()).as("an unknown id is not cleared").isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("can follow another one in the same request")
    void anotherOne(Container container) throws Exception {
        try (TestServer server = server(container)) {
            server.page("/renew", (request, response) -> {
                String former = request.getSession().getId();
                request.getSession().invalidate();
                HttpSession next = request.getSession();
                next.setAttribute("a", "2");
                response.getWriter().print(former.equals(next.getId()) + " " + next.isNew());
            });
            Browser browser = server.browser();
            browser.get("/put?name=a&value=1");
            Answer answer = browser.get("/renew");
            assertThat(answer.body()).isEqualTo("false true");
            assertThat(answer.setCookies()).hasSize(1);
            assertThat(browser.get("/get?name=a").body()).isEqualTo("2");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("reads one session for several cookies of the name, with at most two reads")
    void severalCookies(Container container) throws Exception {
        try (TestServer server = server(container)) {
            Browser browser = server.browser();
            browser.get("/put?name=a&value=1");
            String good = browser.session();
            StringBuilder bogus = new StringBuilder();
            for (int i = 0; i < 50; i++) {
                bogus.append("JSESSIONID=bogus").append(i).append("; ");
            }
            String unknown = "A".repeat(43);
            server.store.drain();
            assertThat(browser.getWith("/get?name=a", bogus + "JSESSIONID=" + unknown + "; JSESSIONID=" + good)
                            .body())
                    .isEqualTo("1");
            assertThat(server.store.drain()).hasSize(2);
            StringBuilder many = new StringBuilder();
            for (int i = 0; i < 50; i++) {
                many.append("JSESSIONID=")
                        .append("B".repeat(40))
                        .append(100 + i)
                        .append("; ");
            }
            browser.getWith("/get?name=a", many.toString());
            assertThat(server.store.drain()).hasSizeLessThanOrEqualTo(2);
            browser.getWith("/get?name=a", "JSESSIONID=short");
            assertThat(server.store.drain()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("keeps the contract of HttpSession")
    void contract(Container container) throws Exception {
        try (TestServer server = server(container)) {
            List<String> names = new ArrayList<>();
            server.page("/contract", (request, response) -> {
                HttpSession session = request.getSession();
                assertThat(session.isNew()).isFalse();
                assertThat(session.getCreationTime()).isEqualTo(session.getLastAccessedTime());
                assertThat(session.getLastAccessedTime())
                        .isEqualTo(server.clock.millis() - Duration.ofMinutes(1).toMillis());
                assertThat(session.getServletContext()).isSameAs(request.getServletContext());
                assertThat(session.getMaxInactiveInterval()).isEqualTo(1800);
                session.setMaxInactiveInterval(-1);
                assertThat(session.getMaxInactiveInterval()).isLessThanOrEqualTo(0);
                session.setMaxInactiveInterval(60);
                assertThat(session.getMaxInactiveInterval()).isEqualTo(60);
                names.addAll(Collections.list(session.getAttributeNames()));
                session.setAttribute("a", null);
                assertThat(session.getAttribute("a")).isNull();
                assertThat(request.getSession()).isSameAs(session);
                assertThat(request.getRequestedSessionId()).isEqualTo(session.getId());
                assertThat(request.isRequestedSessionIdValid()).isTrue();
                assertThat(request.isRequestedSessionIdFromCookie()).isTrue();
                assertThat(request.isRequestedSessionIdFromURL()).isFalse();
                assertThatThrownBy(() -> session.setAttribute("thread", Thread.currentThread()))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasCauseInstanceOf(io.github.dynamosession.spi.UnstorableValueException.class);
                assertThat(request).isEqualTo(((jakarta.servlet.ServletRequestWrapper) request).getRequest());
                session.invalidate();
                for (org.assertj.core.api.ThrowableAssert.ThrowingCallable call :
                        List.<org.assertj.core.api.ThrowableAssert.ThrowingCallable>of(
                                session::getCreationTime,
                                session::getLastAccessedTime,
                                () -> session.getAttribute("a"),
                                session::getAttributeNames,
                                () -> session.setAttribute("a", "b"),
                                () -> session.removeAttribute("a"),
                                session::invalidate,
                                session::isNew)) {
                    assertThatThrownBy(call).isInstanceOf(IllegalStateException.class);
                }
                assertThat(session.getId()).isNotEmpty();
                session.setMaxInactiveInterval(5);
                assertThatThrownBy(request::changeSessionId).isInstanceOf(IllegalStateException.class);
                response.getWriter().print("fine");
            });
            Browser browser = server.browser();
            browser.get("/put?name=a&value=1");
            server.clock.advance(Duration.ofMinutes(1));
            assertThat(browser.get("/contract").body()).isEqualTo("fine");
            assertThat(names).containsExactly("a");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("cannot be made, nor its id changed, once the response is committed")
    void committed(Container container) throws Exception {
        try (TestServer server = server(container)) {
            AtomicReference<Object> seen = new AtomicReference<>();
            server.page("/late", (request, response) -> {
                response.flushBuffer();
                try {
                    if (request.getSession(false) == null) {
                        request.getSession();
                    } else {
                        request.changeSessionId();
                    }
                } catch (IllegalStateException e) {
                    seen.set(e);
                }
            });
            Browser browser = server.browser();
            browser.get("/late");
            assertThat(seen.getAndSet(null)).isNotNull();
            browser.get("/put?name=a&value=1");
            // An id change that did not happen: the client is not to believe that all is well.
            assertThatThrownBy(() -> browser.get("/late")).hasRootCauseInstanceOf(IOException.class);
            assertThat(seen.get()).isNotNull();
            assertThat(browser.get("/get?name=a").body()).isEqualTo("1");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("counts exactly with compute")
    void computes(Container container) throws Exception {
        try (TestServer server = server(container)) {
            server.page("/count", (request, response) -> response.getWriter().print(count(request)));
            Browser browser = server.browser();
            browser.get("/put?name=a&value=1");
            List<java.util.concurrent.CompletableFuture<Answer>> all = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                all.add(browser.start("/count"));
            }
            all.forEach(java.util.concurrent.CompletableFuture::join);
            assertThat(browser.get("/count").body()).isEqualTo("41");
        }
    }

    private static int count(HttpServletRequest request) {
        return DynamoSessions.session(request)
                .compute("count", Integer.class, n -> n.orElse(0) + 1)
                .orElseThrow();
    }
}
