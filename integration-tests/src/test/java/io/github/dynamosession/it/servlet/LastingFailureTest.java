// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.it.servlet.Browser.Answer;
import io.github.dynamosession.it.servlet.TestServer.Page;
import io.github.dynamosession.spi.SessionTooLargeException;
import io.github.dynamosession.spi.StoreMisconfiguredException;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("When a session cannot be stored, and no repetition will cure that,")
class LastingFailureTest {
    private static final String LARGE = "x".repeat(100_000);

    /** Why. */
    enum Reason {
        TOO_LARGE {
            @Override
            void apply(TestServer server) {
                server.store.failWith(
                        () -> new SessionTooLargeException("too large, for a test", null), "create", "update");
            }
        },
        NO_TABLE {
            @Override
            void apply(TestServer server) {
                server.store.failWith(
                        () -> new StoreMisconfiguredException("no table, for a test", null), "create", "update");
            }
        },
        /** A value that was fine when it was set. */
        UNSTORABLE {
            @Override
            void apply(TestServer server) {
                // The page does it.
            }
        };

        abstract void apply(TestServer server);
    }

    private static void change(HttpServletRequest request) {
        HttpSession session = request.getSession();
        List<Object> list = new ArrayList<>();
        session.setAttribute("a", list);
        if (request.getParameter("unstorable") != null) {
            list.add(new Object());
        } else {
            list.add("2");
        }
    }

    private interface Work {
        void run() throws Exception;
    }

    private static void async(HttpServletRequest request, HttpServletResponse response, Work work) {
        AsyncContext async = request.startAsync();
        async.start(() -> {
            try {
                work.run();
                async.complete();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
    }

    /** Every way in which a page may end. */
    private static Map<String, Page> pages() {
        Map<String, Page> pages = new LinkedHashMap<>();
        pages.put("/empty", (request, response) -> change(request));
        pages.put("/writer", (request, response) -> {
            change(request);
            response.getWriter().print("success");
        });
        pages.put("/writer-first", (request, response) -> {
            response.getWriter().print("success");
            change(request);
        });
        pages.put("/writer-large", (request, response) -> {
            change(request);
            response.getWriter().print("success");
            response.getWriter().print(LARGE);
        });
        pages.put("/writer-close", (request, response) -> {
            change(request);
            response.getWriter().print("success");
            response.getWriter().close();
        });
        pages.put("/stream", (request, response) -> {
            change(request);
            response.getOutputStream().print("success");
        });
        pages.put("/stream-large", (request, response) -> {
            change(request);
            response.getOutputStream().print("success");
            response.getOutputStream().write(LARGE.getBytes());
        });
        pages.put("/length", (request, response) -> {
            change(request);
            response.setContentLength(7);
            response.getOutputStream().print("success");
        });
        pages.put("/flush", (request, response) -> {
            change(request);
            response.getWriter().print("success");
            response.flushBuffer();
        });
        pages.put("/redirect", (request, response) -> {
            change(request);
            response.sendRedirect("success");
        });
        pages.put("/error", (request, response) -> {
            change(request);
            response.sendError(418);
        });
        pages.put("/forward", (request, response) -> {
            change(request);
            request.getRequestDispatcher("/plain").forward(request, response);
        });
        pages.put("/include", (request, response) -> {
            change(request);
            request.getRequestDispatcher("/plain").include(request, response);
        });
        pages.put(
                "/async",
                (request, response) -> async(request, response, () -> {
                    change(request);
                    response.getWriter().print("success");
                }));
        pages.put("/async-dispatch", (request, response) -> {
            if (request.getAttribute("again") != null) {
                change(request);
                response.getWriter().print("success");
                return;
            }
            request.setAttribute("again", true);
            AsyncContext async = request.startAsync();
            async.start(async::dispatch);
        });
        pages.put("/async-timeout", (request, response) -> {
            change(request);
            response.getWriter().print("success");
            request.startAsync().setTimeout(200);
        });
        pages.put("/async-throws", (request, response) -> {
            if (request.getAttribute("again") != null) {
                change(request);
                response.getWriter().print("success");
                throw new IllegalStateException("for a test");
            }
            request.setAttribute("again", true);
            AsyncContext async = request.startAsync();
            async.start(async::dispatch);
        });
        return pages;
    }

    private static TestServer server(Container container) throws Exception {
        TestServer server = new TestServer(container);
        pages().forEach(server::page);
        return server.page("/plain", (request, response) -> response.getWriter().print("success"))
                .page("/put", (request, response) -> request.getSession().setAttribute("a", "1"))
                .page("/get", (request, response) -> {
                    HttpSession session = request.getSession(false);
                    response.getWriter().print(session == null ? "none" : session.getAttribute("a"));
                })
                .page(Container.ERROR_PAGE, (request, response) -> {
                    HttpSession session = request.getSession(false);
                    if (session == null) {
                        session = request.getSession();
                    }
                    session.setAttribute("seen", "by the error page");
                    response.getWriter()
                            .print("error page " + request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE));
                });
    }

    static Stream<Arguments> all() {
        return Stream.of(Container.values())
                .flatMap(container -> Stream.of(Reason.values())
                        .flatMap(reason ->
                                pages().keySet().stream().map(page -> Arguments.of(container, reason, page))));
    }

    @ParameterizedTest(name = "{0}, {1}, {2}")
    @MethodSource("all")
    @DisplayName("the application's error page is shown, and no cookie of a session that was never stored is sent")
    void errorPage(Container container, Reason reason, String page) throws Exception {
        String path = reason == Reason.UNSTORABLE ? page + "?unstorable=1" : page;
        try (TestServer server = server(container)) {
            Browser known = server.browser();
            known.get("/put");
            String id = known.session();
            reason.apply(server);
            for (Browser browser : List.of(server.browser(), known)) {
                Answer answer = browser.get(path);
                assertThat(answer.body()).isEqualTo("error page 500");
                assertThat(answer.status()).isEqualTo(500);
                assertThat(answer.setCookies()).isEmpty();
                assertThat(answer.response().headers().firstValue("Location")).isEmpty();
            }
            server.store.recover();
            assertThat(known.session()).isEqualTo(id);
            assertThat(known.get("/get").body()).isEqualTo("1");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("or read, the error page is shown, without a session and without asking the store again")
    void noTable(Container container) throws Exception {
        try (TestServer server = server(container)) {
            Browser browser = server.browser();
            browser.get("/put");
            server.store.drain();
            server.store.failWith(() -> new StoreMisconfiguredException("no table, for a test", null), "find");
            Answer answer = browser.get("/get");
            assertThat(answer.status()).isEqualTo(500);
            assertThat(answer.body()).isEqualTo("error page 500");
            assertThat(answer.setCookies()).isEmpty();
            assertThat(server.store.drain()).containsExactly("find");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("what the application sent before stays, but for the cookie of the session")
    void headers(Container container) throws Exception {
        try (TestServer server = server(container)) {
            server.page("/headers", (request, response) -> {
                response.addHeader("X-One", "1");
                response.addHeader("Set-Cookie", "other=1");
                change(request);
            });
            Reason.TOO_LARGE.apply(server);
            Answer answer = server.browser().get("/headers");
            assertThat(answer.body()).isEqualTo("error page 500");
            assertThat(answer.setCookies()).allMatch(header -> !header.startsWith("JSESSIONID"));
        }
    }

    static Stream<Arguments> committed() {
        return Stream.of(Container.values())
                .flatMap(container -> Stream.of(false, true).map(async -> Arguments.of(container, async)));
    }

    @ParameterizedTest(name = "{0}, asynchronous: {1}")
    @MethodSource("committed")
    @DisplayName("and the response is committed, the connection is cut, and the log says why")
    void committed(Container container, boolean async) throws Exception {
        try (FilterLog log = new FilterLog();
                TestServer server = server(container)) {
            server.page("/late", (request, response) -> {
                Work work = () -> {
                    request.getSession();
                    response.getWriter().print("success");
                    response.flushBuffer();
                    Reason.TOO_LARGE.apply(server);
                    change(request);
                };
                if (async) {
                    async(request, response, work);
                } else {
                    work.run();
                }
            });
            Browser browser = server.browser();
            browser.get("/put");
            assertThatThrownBy(() -> browser.get("/late")).hasCauseInstanceOf(IOException.class);
            assertThat(log.text()).contains("too large, for a test");
            server.store.recover();
            assertThat(browser.get("/get").body()).isEqualTo("1");
        }
    }
}
