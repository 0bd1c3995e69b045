// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.Concurrency;
import io.github.dynamosession.Session;
import io.github.dynamosession.UnavailablePolicy;
import io.github.dynamosession.it.servlet.Browser.Answer;
import io.github.dynamosession.servlet.DynamoSessions;
import io.github.dynamosession.spi.SessionStoreException;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpSession;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("When the store does not answer,")
class FailureTest {
    private static TestServer server(Container container) throws Exception {
        return new TestServer(container)
                .page("/put", (request, response) -> {
                    request.getSession().setAttribute("a", request.getParameter("value"));
                    response.getWriter().print("put");
                })
                .page("/get", (request, response) -> {
                    HttpSession session = request.getSession(false);
                    response.getWriter().print(session == null ? "none" : session.getAttribute("a"));
                })
                .page(
                        Container.ERROR_PAGE,
                        (request, response) -> response.getWriter().print("error page"));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a read that nobody handles is answered with 503, and the cookie stays")
    void find(Container container) throws Exception {
        try (TestServer server = server(container)) {
            Browser browser = server.browser();
            browser.get("/put?value=1");
            server.store.fail("find");
            Answer answer = browser.get("/get");
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.body()).isEqualTo("error page");
            assertThat(answer.response().headers().firstValue("Retry-After")).isPresent();
            assertThat(answer.setCookies()).isEmpty();
            server.store.recover();
            assertThat(browser.get("/get").body()).isEqualTo("1");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("an error page that asks for the session does not wait for the store again")
    void errorPage(Container container) throws Exception {
        try (TestServer server = server(container)) {
            server.page(Container.ERROR_PAGE, (request, response) -> request.getSession());
            Browser browser = server.browser();
            browser.get("/put?value=1");
            server.store.drain();
            server.store.fail("find");
            assertThat(browser.get("/get").status()).isEqualTo(503);
            assertThat(server.store.drain()).containsExactly("find");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("an application may handle that")
    void handled(Container container) throws Exception {
        try (TestServer server = server(container)) {
            server.page("/try", (request, response) -> {
                try {
                    request.getSession();
                } catch (SessionStoreException e) {
                    response.getWriter().print("without");
                }
            });
            Browser browser = server.browser();
            browser.get("/put?value=1");
            server.store.fail("find");
            Answer answer = browser.get("/try");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("without");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a save that fails is answered with 503 instead of what the application wrote")
    void save(Container container) throws Exception {
        try (TestServer server = server(container)) {
            server.page("/flush", (request, response) -> {
                request.getSession().setAttribute("a", "2");
                response.getWriter().print("welcome");
                response.flushBuffer();
            });
            Browser browser = server.browser();
            browser.get("/put?value=1");
            server.store.fail("update");
            for (String path : new String[] {"/put?value=2", "/flush"}) {
                Answer answer = browser.get(path);
                assertThat(answer.status()).isEqualTo(503);
                assertThat(answer.body()).isEqualTo("error page");
            }
            server.store.recover();
            assertThat(browser.get("/get").body()).isEqualTo("1");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a save that fails after a forward is not answered with what the page wrote")
    void forward(Container container) throws Exception {
        try (TestServer server = server(container)) {
            server.page("/forward", (request, response) -> {
                request.getSession().setAttribute("a", "2");
                request.getRequestDispatcher("/get").forward(request, response);
            });
            Browser browser = server.browser();
            browser.get("/put?value=1");
            server.store.fail("update");
            Answer answer = browser.get("/forward");
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.body()).isEqualTo("error page");
            assertThat(answer.response().headers().firstValue("Retry-After")).isPresent();
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a save that fails after the commit does not pass for a complete answer unnoticed on the server")
    void afterCommit(Container container) throws Exception {
        try (TestServer server = server(container)) {
            server.page("/late", (request, response) -> {
                request.getSession().getAttribute("a");
                response.getWriter().print("x");
                response.flushBuffer();
                request.getSession().setAttribute("a", "2");
            });
            Browser browser = server.browser();
            browser.get("/put?value=1");
            server.store.fail("update");
            try {
                assertThat(browser.get("/late").body()).startsWith("x");
            } catch (CompletionException e) {
                // The container broke the connection off.
                assertThat(e).hasCauseInstanceOf(java.io.IOException.class);
            }
            server.store.recover();
            assertThat(browser.get("/get").body()).isEqualTo("1");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("complete on an asynchronous thread still completes, with 503")
    void async(Container container) throws Exception {
        try (TestServer server = server(container)) {
            server.page("/async", (request, response) -> {
                AsyncContext async = request.startAsync();
                async.start(() -> {
                    ((HttpServletRequest) async.getRequest()).getSession().setAttribute("a", "2");
                    async.complete();
                });
            });
            Browser browser = server.browser();
            browser.get("/put?value=1");
            server.store.fail("update");
            assertThat(browser.get("/async").status()).isEqualTo(503);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a save that fails when asynchronous processing times out is answered with 503, on the error page")
    void timeout(Container container) throws Exception {
        try (TestServer server = server(container)) {
            server.page("/timeout", (request, response) -> {
                request.getSession().setAttribute("a", "2");
                request.startAsync().setTimeout(200);
            });
            Browser browser = server.browser();
            browser.get("/put?value=1");
            server.store.fail("update");
            Answer answer = browser.get("/timeout");
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.body()).isEqualTo("error page");
            assertThat(answer.response().headers().firstValue("Retry-After")).isPresent();
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("and the policy is to continue, the request goes on without a session, cookie and row untouched")
    void goesOn(Container container) throws Exception {
        try (TestServer server = new TestServer(
                container,
                builder -> builder.storeUnavailable(UnavailablePolicy.CONTINUE),
                UnaryOperator.identity(),
                context -> {})) {
            server.page("/put", (request, response) -> {
                        request.getSession().setAttribute("a", request.getParameter("value"));
                        response.getWriter().print(request.getSession().getAttribute("a"));
                    })
                    .page(
                            "/get",
                            (request, response) -> response.getWriter()
                                    .print(request.getSession().getAttribute("a")));
            Browser browser = server.browser();
            browser.get("/put?value=1");
            server.store.fail("find");
            Answer answer = browser.get("/put?value=2");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("2");
            assertThat(answer.setCookies()).isEmpty();
            server.store.recover();
            assertThat(browser.get("/get").body()).isEqualTo("1");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("or compare-and-set finds the session changed, nothing is stored and the answer is 409")
    void conflict(Container container) throws Exception {
        try (TestServer server = new TestServer(
                container,
                builder -> builder.concurrency(Concurrency.COMPARE_AND_SET),
                UnaryOperator.identity(),
                context -> {})) {
            Browser browser = server.browser();
            server.page(Container.ERROR_PAGE, (request, response) -> {})
                    .page(
                            "/put",
                            (request, response) ->
                                    request.getSession().setAttribute("a", request.getParameter("value")))
                    .page(
                            "/get",
                            (request, response) -> response.getWriter()
                                    .print(request.getSession().getAttribute("a")))
                    .page("/overtaken", (request, response) -> {
                        request.getSession().setAttribute("a", "3");
                        browser.get("/put?value=2");
                    });
            browser.get("/put?value=1");
            assertThat(browser.get("/overtaken").status()).isEqualTo(409);
            assertThat(browser.get("/get").body()).isEqualTo("2");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("or a computed value is changed by others before every attempt, the answer is 503")
    void computeConflict(Container container) throws Exception {
        try (TestServer server = new TestServer(container)) {
            Browser browser = server.browser();
            AtomicInteger others = new AtomicInteger();
            AtomicBoolean meddling = new AtomicBoolean();
            server.page(Container.ERROR_PAGE, (request, response) -> {})
                    .page("/put", (request, response) -> request.getSession().setAttribute("n", 0))
                    .page("/count", (request, response) -> {
                        DynamoSessions.session(request).compute("n", Integer.class, n -> n.orElse(0) + 1);
                        response.getWriter().print("counted");
                    })
                    .page(
                            "/get",
                            (request, response) -> response.getWriter()
                                    .print(request.getSession().getAttribute("n")));
            browser.get("/put");
            String cookie = browser.session();
            server.store.beforeWrite(() -> {
                if (meddling.compareAndSet(false, true)) {
                    Session other = server.manager.open(cookie).orElseThrow();
                    other.set("n", 100 + others.incrementAndGet());
                    server.manager.save(other);
                    meddling.set(false);
                }
            });
            Browser.Answer answer = browser.get("/count");
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.response().headers().firstValue("Retry-After")).isPresent();
            assertThat(answer.body()).isEmpty();
            server.store.beforeWrite(() -> {});
            assertThat(others.get()).isGreaterThan(1);
            assertThat(browser.get("/get").body()).isEqualTo("" + (100 + others.get()));
            assertThat(browser.get("/count").body()).isEqualTo("counted");
        }
    }
}
