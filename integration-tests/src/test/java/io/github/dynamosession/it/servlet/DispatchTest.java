// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.servlet.DynamoSessions;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletRequestAttributeEvent;
import jakarta.servlet.ServletRequestAttributeListener;
import jakarta.servlet.ServletRequestWrapper;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import jakarta.servlet.http.HttpSession;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Through all dispatches of a request there is one session, read once:")
class DispatchTest {
    private static TestServer server(Container container) throws Exception {
        return new TestServer(container)
                .page("/start", (request, response) -> request.getSession().setAttribute("a", "1"))
                .page(
                        "/get",
                        (request, response) ->
                                response.getWriter().print(request.getSession().getAttribute("a")));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("forward")
    void forward(Container container) throws Exception {
        try (TestServer server = server(container)) {
            server.page("/forward", (request, response) -> {
                        server.watch(response);
                        request.getSession().setAttribute("a", "2");
                        request.getRequestDispatcher("/target").forward(request, response);
                    })
                    .page("/target", (request, response) -> {
                        assertThat(request.getDispatcherType()).isEqualTo(DispatcherType.FORWARD);
                        request.getSession().setAttribute("b", "3");
                        response.getWriter().print(request.getSession().getAttribute("a"));
                    });
            Browser browser = server.browser();
            browser.get("/start");
            server.store.drain();
            assertThat(browser.get("/forward").body()).isEqualTo("2");
            assertThat(server.store.drain()).containsExactly("find", "update");
            // Tomcat calls a response committed once it takes no more output, before it sends anything.
            assertThat(server.committedAtWrites()).containsExactly(container == Container.TOMCAT);
            assertThat(server.browser().get("/forward").setCookies()).hasSize(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("include")
    void include(Container container) throws Exception {
        try (TestServer server = server(container)) {
            server.page("/include", (request, response) -> {
                        response.getWriter().print("[");
                        request.getRequestDispatcher("/part").include(request, response);
                        response.getWriter().print(request.getSession().getAttribute("b") + "]");
                    })
                    .page("/part", (request, response) -> {
                        request.getSession().setAttribute("b", "3");
                        response.getWriter().print(request.getSession().getAttribute("a"));
                    });
            Browser browser = server.browser();
            browser.get("/start");
            server.store.drain();
            assertThat(browser.get("/include").body()).isEqualTo("[13]");
            assertThat(server.store.drain()).containsExactly("find", "update");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("an error page after sendError sees the session that the request made")
    void errorPage(Container container) throws Exception {
        try (TestServer server = server(container)) {
            server.page("/broken", (request, response) -> {
                        request.getSession().setAttribute("a", "1");
                        response.sendError(409);
                    })
                    .page(Container.ERROR_PAGE, (request, response) -> {
                        HttpSession session = request.getSession(false);
                        response.getWriter()
                                .print(session == null ? "none" : session.isNew() + " " + session.getAttribute("a"));
                        request.getSession().setAttribute("b", "2");
                    })
                    .page(
                            "/b",
                            (request, response) -> response.getWriter()
                                    .print(request.getSession().getAttribute("b")));
            Browser browser = server.browser();
            Browser.Answer answer = browser.get("/broken");
            assertThat(answer.status()).isEqualTo(409);
            assertThat(answer.body()).isEqualTo("true 1");
            assertThat(answer.setCookies()).hasSize(1);
            assertThat(server.store.drain()).containsExactly("create", "update");
            assertThat(browser.get("/b").body()).isEqualTo("2");
            server.store.drain();
            assertThat(browser.get("/broken").body()).isEqualTo("false 1");
            assertThat(server.store.drain()).startsWith("find").doesNotHaveDuplicates();
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("an error page after an exception sees it too, and what the request did is saved")
    void exception(Container container) throws Exception {
        try (TestServer server = server(container)) {
            server.page("/broken", (request, response) -> {
                        request.getSession().setAttribute("a", "1");
                        throw new java.io.IOException("an application failed, for a test");
                    })
                    .page(Container.ERROR_PAGE, (request, response) -> {
                        HttpSession session = request.getSession(false);
                        response.getWriter().print(session == null ? "none" : session.getAttribute("a"));
                        request.changeSessionId();
                    });
            Browser browser = server.browser();
            Browser.Answer answer = browser.get("/broken");
            assertThat(answer.status()).isEqualTo(500);
            assertThat(answer.body()).isEqualTo("1");
            assertThat(answer.setCookies()).hasSize(1);
            assertThat(browser.get("/get").body()).isEqualTo("1");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("no page at all, an error page that makes the first session")
    void errorPageAlone(Container container) throws Exception {
        try (TestServer server = server(container)) {
            server.page("/broken", (request, response) -> response.sendError(409))
                    .page(Container.ERROR_PAGE, (request, response) -> {
                        server.watch(response);
                        request.getSession().setAttribute("a", "7");
                        response.getWriter().print("error");
                    });
            Browser browser = server.browser();
            Browser.Answer answer = browser.get("/broken");
            assertThat(answer.setCookies()).hasSize(1);
            assertThat(server.committedAtWrites()).containsExactly(false);
            assertThat(browser.get("/get").body()).isEqualTo("7");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("startAsync, a change on another thread, dispatch")
    void asyncDispatch(Container container) throws Exception {
        try (TestServer server = server(container)) {
            server.page("/async", (request, response) -> {
                        if (request.getDispatcherType() == DispatcherType.ASYNC) {
                            HttpSession session = request.getSession(false);
                            response.getWriter().print(session.getAttribute("a") + " " + session.getAttribute("b"));
                            session.setAttribute("c", "3");
                            return;
                        }
                        request.getSession().setAttribute("a", "1");
                        AsyncContext async = request.startAsync();
                        assertThat(async.hasOriginalRequestAndResponse()).isTrue();
                        assertThat(async.getRequest()).isSameAs(request);
                        assertThat(async.getResponse()).isSameAs(response);
                        assertThat(request.getAsyncContext()).isSameAs(async);
                        async.start(() -> {
                            ((HttpServletRequest) async.getRequest())
                                    .getSession()
                                    .setAttribute("b", "2");
                            async.dispatch();
                        });
                    })
                    .page(
                            "/c",
                            (request, response) -> response.getWriter()
                                    .print(request.getSession().getAttribute("c")));
            Browser browser = server.browser();
            Browser.Answer answer = browser.get("/async");
            assertThat(answer.body()).isEqualTo("1 2");
            assertThat(answer.setCookies()).hasSize(1);
            assertThat(server.store.drain()).containsExactly("create");
            assertThat(browser.get("/c").body()).isEqualTo("3");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("startAsync again in a dispatched pass, and a session made only then")
    void asyncAgain(Container container) throws Exception {
        try (TestServer server = server(container)) {
            server.page("/again", (request, response) -> {
                AsyncContext async = request.startAsync();
                if (request.getDispatcherType() != DispatcherType.ASYNC) {
                    async.dispatch();
                    return;
                }
                async.start(() -> {
                    server.watch((jakarta.servlet.http.HttpServletResponse) async.getResponse());
                    ((HttpServletRequest) async.getRequest()).getSession().setAttribute("a", "5");
                    async.complete();
                });
            });
            Browser browser = server.browser();
            assertThat(browser.get("/again").setCookies()).hasSize(1);
            assertThat(server.committedAtWrites()).containsExactly(false);
            assertThat(browser.get("/get").body()).isEqualTo("5");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("startAsync with the objects that the servlet has, or with wrappers of its own")
    void asyncWithArguments(Container container) throws Exception {
        try (TestServer server = server(container)) {
            server.page("/same", (request, response) -> {
                        request.getSession().setAttribute("a", "1");
                        AsyncContext async = request.startAsync(request, response);
                        response.getWriter().print(async.hasOriginalRequestAndResponse());
                        async.dispatch("/target");
                    })
                    .page("/wrapped", (request, response) -> {
                        request.getSession().setAttribute("a", "1");
                        AsyncContext async = request.startAsync(new HttpServletRequestWrapper(request), response);
                        response.getWriter().print(async.hasOriginalRequestAndResponse());
                        async.dispatch("/target");
                    })
                    .page("/foreign", (request, response) -> {
                        request.getSession().setAttribute("a", "1");
                        AsyncContext async = request.startAsync(new ServletRequestWrapper(request), response);
                        response.getWriter().print(async.hasOriginalRequestAndResponse());
                        async.start(() -> {
                            DynamoSessions.session(async.getRequest()).set("a", "4");
                            async.complete();
                        });
                    })
                    .page("/target", (request, response) -> {
                        response.getWriter().print(request.getSession().getAttribute("a"));
                        request.getSession().setAttribute("a", "3");
                    });
            Browser browser = server.browser();
            assertThat(browser.get("/same").body()).isEqualTo("true1");
            assertThat(browser.get("/get").body()).isEqualTo("3");
            assertThat(browser.get("/wrapped").body()).isEqualTo("false1");
            assertThat(browser.get("/get").body()).isEqualTo("3");
            assertThat(browser.get("/foreign").body()).isEqualTo("false");
            assertThat(browser.get("/get").body()).isEqualTo("4");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a listener of a timeout gets our context, and what it changes is saved by complete")
    void timeoutHandled(Container container) throws Exception {
        try (TestServer server = server(container)) {
            server.page("/timeout", (request, response) -> {
                request.getSession().setAttribute("a", "1");
                AsyncContext async = request.startAsync();
                async.setTimeout(200);
                async.addListener(new AsyncListener() {
                    @Override
                    public void onComplete(AsyncEvent event) {}

                    @Override
                    public void onTimeout(AsyncEvent event) throws java.io.IOException {
                        HttpServletRequest own =
                                (HttpServletRequest) event.getAsyncContext().getRequest();
                        own.getSession().setAttribute("a", "late");
                        server.watch((jakarta.servlet.http.HttpServletResponse)
                                event.getAsyncContext().getResponse());
                        event.getAsyncContext().getResponse().getWriter().print("timeout");
                        event.getAsyncContext().complete();
                    }

                    @Override
                    public void onError(AsyncEvent event) {}

                    @Override
                    public void onStartAsync(AsyncEvent event) {}
                });
            });
            Browser browser = server.browser();
            assertThat(browser.get("/timeout").body()).isEqualTo("timeout");
            assertThat(server.committedAtWrites()).doesNotContain(true).isNotEmpty();
            assertThat(browser.get("/get").body()).isEqualTo("late");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a timeout that nobody handles loses nothing")
    void timeout(Container container) throws Exception {
        try (TestServer server = server(container)) {
            server.page("/timeout", (request, response) -> {
                        server.watch(response);
                        request.getSession().setAttribute("a", "1");
                        request.startAsync().setTimeout(200);
                    })
                    .page(
                            Container.ERROR_PAGE,
                            (request, response) -> response.getWriter().print(request.getSession(false) != null));
            Browser browser = server.browser();
            Browser.Answer answer = browser.get("/timeout");
            assertThat(answer.status()).isEqualTo(500);
            assertThat(answer.body()).isEqualTo("true");
            assertThat(server.committedAtWrites()).containsExactly(false);
            assertThat(browser.get("/get").body()).isEqualTo("1");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("and no request attribute is left behind")
    void attributes(Container container) throws Exception {
        List<String> names = new CopyOnWriteArrayList<>();
        ServletRequestAttributeListener listener = new ServletRequestAttributeListener() {
            @Override
            public void attributeAdded(ServletRequestAttributeEvent event) {
                names.add(event.getName());
            }
        };
        try (TestServer server = new TestServer(
                container,
                UnaryOperator.identity(),
                UnaryOperator.identity(),
                context -> context.addListener(listener))) {
            server.page("/a", (request, response) -> {
                request.getSession().setAttribute("a", "1");
                request.changeSessionId();
                request.setAttribute("mine", "1");
            });
            server.browser().get("/a");
            assertThat(names).containsExactly("mine");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("and behind a filter of the application's that wraps request and response, all of it as well")
    void wrappedBefore(Container container) throws Exception {
        try (TestServer server = new TestServer(
                        container, UnaryOperator.identity(), UnaryOperator.identity(), DispatchTest::addWrapper)
                .page("/error", (request, response) -> {
                    request.getSession().setAttribute("a", "1");
                    response.sendError(409);
                })
                .page("/throw", (request, response) -> {
                    request.getSession().setAttribute("a", "2");
                    throw new java.io.IOException("an application failed, for a test");
                })
                .page("/async", (request, response) -> {
                    request.getSession().setAttribute("a", "3");
                    request.startAsync().dispatch("/target");
                })
                .page(
                        "/include",
                        (request, response) ->
                                request.getRequestDispatcher("/make").include(request, response))
                .page("/make", (request, response) -> request.getSession().setAttribute("a", "4"))
                .page("/target", DispatchTest::show)
                .page(Container.ERROR_PAGE, DispatchTest::show)) {
            for (String path : List.of("/error", "/throw", "/async")) {
                Browser browser = server.browser();
                Browser.Answer answer = browser.get(path);
                assertThat(answer.body()).as(path).startsWith("true ");
                assertThat(answer.setCookies()).as(path).hasSize(1);
                assertThat(browser.get("/target").body())
                        .as(path)
                        .isEqualTo(answer.body().replace("true", "false"));
            }
            Browser browser = server.browser();
            assertThat(browser.get("/include").setCookies()).hasSize(1);
            assertThat(browser.get("/target").body()).isEqualTo("false 4");
        }
    }

    private static void show(HttpServletRequest request, HttpServletResponse response) throws java.io.IOException {
        HttpSession session = request.getSession(false);
        response.getWriter().print(session == null ? "none" : session.isNew() + " " + session.getAttribute("a"));
    }

    private static void addWrapper(ServletContext context) {
        FilterRegistration.Dynamic wrapper = context.addFilter(
                "wrapper",
                (request, response, chain) -> chain.doFilter(
                        new HttpServletRequestWrapper((HttpServletRequest) request),
                        new HttpServletResponseWrapper((HttpServletResponse) response)));
        wrapper.setAsyncSupported(true);
        wrapper.addMappingForUrlPatterns(EnumSet.allOf(DispatcherType.class), false, "/*");
    }
}
