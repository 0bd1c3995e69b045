// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.dynamosession.it.servlet.TestServer.Page;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("A changed session is saved, once, before the response is committed")
class CommitTest {
    /** A way to commit a response. */
    interface Route {
        void commit(HttpServletResponse response) throws Exception;
    }

    static Map<String, Route> routes() {
        Map<String, Route> routes = new LinkedHashMap<>();
        routes.put("nothing at all", response -> {});
        routes.put("flushBuffer", response -> {
            response.getWriter().print("x");
            response.flushBuffer();
        });
        routes.put("flush of the writer", response -> {
            response.getWriter().print("x");
            response.getWriter().flush();
        });
        routes.put("flush of the stream", response -> {
            response.getOutputStream().print("x");
            response.getOutputStream().flush();
        });
        routes.put("close of the writer", response -> response.getWriter().close());
        routes.put("close of the stream", response -> response.getOutputStream().close());
        routes.put("checkError", response -> {
            response.getWriter().print("x");
            response.getWriter().checkError();
        });
        routes.put("a full buffer of ASCII text", response -> {
            response.setBufferSize(2048);
            response.setCharacterEncoding("UTF-8");
            response.getWriter().print("a".repeat(response.getBufferSize() + 1));
        });
        routes.put("a full buffer of multibyte text", response -> {
            response.setCharacterEncoding("UTF-8");
            response.getWriter().print("\u20ac".repeat(response.getBufferSize() / 3 + 10));
        });
        routes.put("a full buffer, character by character", response -> {
            response.setCharacterEncoding("UTF-8");
            int size = response.getBufferSize() / 3 + 100;
            for (int i = 0; i < size; i++) {
                response.getWriter().write('\u20ac');
            }
        });
        routes.put("a full buffer of lines", response -> {
            int size = response.getBufferSize() / 2 + 10;
            for (int i = 0; i < size; i++) {
                response.getWriter().println();
            }
        });
        routes.put("a full buffer by printf", response -> {
            response.setCharacterEncoding("UTF-8");
            response.getWriter().printf("%s", "\u00e4".repeat(response.getBufferSize()));
        });
        routes.put("a full buffer by append", response -> {
            response.getWriter().append("a".repeat(response.getBufferSize() * 2));
        });
        routes.put("a full buffer of bytes", response -> {
            response.getOutputStream().write(new byte[response.getBufferSize() + 1]);
        });
        routes.put("a full buffer, byte by byte", response -> {
            int size = response.getBufferSize() + 100;
            for (int i = 0; i < size; i++) {
                response.getOutputStream().write('a');
            }
        });
        routes.put("a full buffer of println on the stream", response -> {
            int size = response.getBufferSize() / 8 + 100;
            for (int i = 0; i < size; i++) {
                response.getOutputStream().println(12345678);
            }
        });
        routes.put("a large single write", response -> {
            response.getOutputStream().write(new byte[response.getBufferSize() / 2]);
        });
        routes.put("a content length reached by bytes", response -> {
            response.setContentLength(5);
            response.getOutputStream().write("hello".getBytes(StandardCharsets.US_ASCII));
        });
        routes.put("a content length reached by characters", response -> {
            response.setHeader("Content-Length", "5");
            response.getWriter().print("hello");
        });
        routes.put("a content length announced late", response -> {
            response.getOutputStream().print("hello");
            response.setContentLengthLong(5);
        });
        routes.put("sendError", response -> response.sendError(418));
        routes.put("sendError with a message", response -> response.sendError(418, "teapot"));
        routes.put("sendRedirect", response -> response.sendRedirect("/elsewhere"));
        return routes;
    }

    static Map<String, Route> routesOf61() {
        Map<String, Route> routes = new LinkedHashMap<>();
        routes.put("sendRedirect with a status", response -> response.sendRedirect("/elsewhere", 303));
        routes.put("sendRedirect that keeps the buffer", response -> response.sendRedirect("/elsewhere", false));
        routes.put("sendRedirect with both", response -> response.sendRedirect("/elsewhere", 307, true));
        routes.put(
                "a full buffer of a ByteBuffer",
                response -> response.getOutputStream().write(ByteBuffer.allocate(response.getBufferSize() + 1)));
        return routes;
    }

    static Stream<Arguments> cases() {
        return Stream.of(Container.values())
                .flatMap(container -> Stream.concat(
                                routes().entrySet().stream(),
                                // Undertow 2.3 is a container of Servlet 6.0.
                                container == Container.UNDERTOW ? Stream.of() : routesOf61().entrySet().stream())
                        .map(route -> arguments(container, route.getKey(), route.getValue())));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("cases")
    @DisplayName("by")
    void saved(Container container, String name, Route route) throws Exception {
        try (TestServer server = new TestServer(container)) {
            check(server, (request, response) -> {
                server.watch(response);
                request.getSession().setAttribute("a", "1");
                route.commit(response);
            });
        }
    }

    static Stream<Arguments> asyncCases() {
        return Stream.of(Container.values())
                .flatMap(container -> routes().entrySet().stream()
                        .filter(route -> !route.getKey().startsWith("sendError"))
                        .map(route -> arguments(container, route.getKey(), route.getValue())));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("asyncCases")
    @DisplayName("on an asynchronous thread, then complete, by")
    void savedAsync(Container container, String name, Route route) throws Exception {
        try (TestServer server = new TestServer(container)) {
            check(server, (request, response) -> {
                AsyncContext async = request.startAsync();
                async.start(() -> {
                    try {
                        HttpServletResponse own = (HttpServletResponse) async.getResponse();
                        server.watch(own);
                        ((jakarta.servlet.http.HttpServletRequest) async.getRequest())
                                .getSession()
                                .setAttribute("a", "1");
                        route.commit(own);
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    } finally {
                        async.complete();
                    }
                });
            });
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("by non-blocking writes")
    void nonBlocking(Container container) throws Exception {
        try (TestServer server = new TestServer(container)) {
            check(server, (request, response) -> {
                server.watch(response);
                AsyncContext async = request.startAsync();
                request.getSession().setAttribute("a", "1");
                ServletOutputStream out = response.getOutputStream();
                byte[] chunk = new byte[response.getBufferSize()];
                out.setWriteListener(new WriteListener() {
                    private int written;

                    @Override
                    public void onWritePossible() throws java.io.IOException {
                        while (out.isReady()) {
                            if (written++ == 5) {
                                async.complete();
                                return;
                            }
                            out.write(chunk);
                        }
                    }

                    @Override
                    public void onError(Throwable t) {
                        async.complete();
                    }
                });
            });
        }
    }

    private static void check(TestServer server, Page page) {
        server.page("/commit", page)
                .page(
                        "/get",
                        (request, response) ->
                                response.getWriter().print(request.getSession().getAttribute("a")))
                .page(
                        Container.ERROR_PAGE,
                        (request, response) -> response.getWriter().print(request.getSession(false) != null));
        Browser browser = server.browser();
        Browser.Answer answer = browser.get("/commit");
        assertThat(answer.setCookies()).hasSize(1);
        assertThat(server.committedAtWrites()).as("committed at each write").containsExactly(false);
        assertThat(server.store.drain()).containsExactly("create");
        assertThat(browser.get("/get").body()).isEqualTo("1");
        if (answer.status() == 418) {
            assertThat(answer.body()).isEqualTo("true");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("and what changes after that is saved at the end")
    void afterCommit(Container container) throws Exception {
        try (TestServer server = new TestServer(container)) {
            server.page("/late", (request, response) -> {
                        request.getSession().setAttribute("a", "1");
                        PrintWriter writer = response.getWriter();
                        writer.print("x");
                        writer.flush();
                        request.getSession().setAttribute("a", "2");
                        writer.print("y");
                    })
                    .page(
                            "/get",
                            (request, response) -> response.getWriter()
                                    .print(request.getSession().getAttribute("a")));
            Browser browser = server.browser();
            assertThat(browser.get("/late").body()).isEqualTo("xy");
            assertThat(server.store.drain()).containsExactly("create", "update");
            assertThat(browser.get("/get").body()).isEqualTo("2");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("though small pages that change it late cost one write only")
    void lateChangeOfSmallPage(Container container) throws Exception {
        try (TestServer server = new TestServer(container)) {
            server.page("/page", (request, response) -> {
                request.getSession().setAttribute("a", "1");
                for (int i = 0; i < 20; i++) {
                    response.getWriter().println("a line of a small page");
                }
                request.getSession().setAttribute("b", "2");
            });
            server.browser().get("/page");
            assertThat(server.store.drain()).containsExactly("create");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("and its cookie survives a reset of the response")
    void reset(Container container) throws Exception {
        try (TestServer server = new TestServer(container)) {
            server.page("/reset", (request, response) -> {
                        request.getSession().setAttribute("a", "1");
                        response.getWriter().print("x".repeat(200));
                        response.reset();
                        request.changeSessionId();
                        response.getWriter().print("y");
                    })
                    .page(
                            "/get",
                            (request, response) -> response.getWriter()
                                    .print(request.getSession().getAttribute("a")));
            Browser browser = server.browser();
            Browser.Answer answer = browser.get("/reset");
            assertThat(answer.body()).isEqualTo("y");
            assertThat(answer.setCookies()).hasSize(1);
            assertThat(browser.get("/get").body()).isEqualTo("1");
        }
    }
}
