// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.it.servlet.Browser.Answer;
import io.github.dynamosession.servlet.DynamoSessionFilter;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.EnumSet;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Paths that are excluded from sessions")
class ExcludedPathsTest {
    private static TestServer server(Container container) throws Exception {
        return new TestServer(
                        container,
                        UnaryOperator.identity(),
                        filter -> filter.excludePaths("/static/*", "*.css"),
                        context -> {})
                .page("/put", (request, response) -> request.getSession().setAttribute("a", "1"))
                .page(
                        "/get",
                        (request, response) -> response.getWriter()
                                .print(request.getSession(false).getAttribute("a")));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("cost nothing, whatever they do, and leave the session as it is")
    void nothing(Container container) throws Exception {
        try (TestServer server = server(container)) {
            for (String path : new String[] {"/static/a", "/b.css"}) {
                server.page(path, (request, response) -> {
                    assertThat(request.getSession(false)).isNull();
                    assertThatThrownBy(request::getSession)
                            .isInstanceOf(IllegalStateException.class)
                            .hasMessageContaining("exclude-paths");
                    assertThatThrownBy(() -> request.getSession(true)).isInstanceOf(IllegalStateException.class);
                    assertThatThrownBy(request::changeSessionId).isInstanceOf(IllegalStateException.class);
                    assertThat(request.getRequestedSessionId()).isNull();
                    assertThat(request.isRequestedSessionIdValid()).isFalse();
                    assertThat(request.isRequestedSessionIdFromCookie()).isFalse();
                    assertThat(request.isRequestedSessionIdFromURL()).isFalse();
                    assertThat(response.encodeURL("/app/x")).isEqualTo("/app/x");
                    response.getOutputStream().write(new byte[100_000]);
                });
            }
            Browser browser = server.browser();
            browser.get("/put");
            server.store.drain();
            for (String path : new String[] {"/static/a", "/b.css"}) {
                Answer answer = browser.get(path);
                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.setCookies()).isEmpty();
            }
            assertThat(server.store.drain()).isEmpty();
            assertThat(browser.get("/get").body()).isEqualTo("1");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("may work asynchronously; an error page that is not excluded has the session")
    void dispatches(Container container) throws Exception {
        try (TestServer server = server(container)) {
            server.page("/static/async", (request, response) -> {
                        var async = request.startAsync();
                        if (request.getParameter("dispatch") == null) {
                            async.getResponse().getWriter().print("async");
                            async.complete();
                        } else {
                            async.dispatch("/get");
                        }
                    })
                    .page("/static/missing", (request, response) -> response.sendError(404))
                    .page(
                            Container.ERROR_PAGE,
                            (request, response) -> response.getWriter()
                                    .print(request.getSession(false).getAttribute("a")));
            Browser browser = server.browser();
            browser.get("/put");
            assertThat(browser.get("/static/async").body()).isEqualTo("async");
            assertThat(browser.get("/static/async?dispatch=1").body()).isEqualTo("1");
            Answer answer = browser.get("/static/missing");
            assertThat(answer.status()).isEqualTo(404);
            assertThat(answer.body()).isEqualTo("1");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("cost nothing either where they are not excluded, as long as nobody asks for the session")
    void content(Container container) throws Exception {
        try (TestServer server = server(container)) {
            server.page("/content", (request, response) -> {
                response.setContentLength(50_000);
                response.getOutputStream().write(new byte[50_000]);
            });
            Browser browser = server.browser();
            browser.get("/put");
            server.store.drain();
            for (int i = 0; i < 10; i++) {
                assertThat(browser.get("/content").setCookies()).isEmpty();
            }
            assertThat(server.store.drain()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("are named by the setting exclude-paths")
    void setting(Container container) throws Exception {
        Map<String, TestServer.Page> pages = new ConcurrentHashMap<>();
        pages.put("/static/a", ExcludedPathsTest::show);
        pages.put("/a.css", ExcludedPathsTest::show);
        pages.put("/a", ExcludedPathsTest::show);
        try (Container.Running running = container.start((classes, context) -> {
            FilterRegistration.Dynamic filter = context.addFilter("sessions", DynamoSessionFilter.class);
            filter.setInitParameters(Map.of("store", "memory", "codec", "json", "exclude-paths", " /static/* ,*.css"));
            filter.setAsyncSupported(true);
            filter.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/*");
            TestServer.addPages(context, pages);
        })) {
            assertThat(new Browser(running.port()).get("/static/a").body()).isEqualTo("refused");
            assertThat(new Browser(running.port()).get("/a.css").body()).isEqualTo("refused");
            assertThat(new Browser(running.port()).get("/a").body()).isEqualTo("made");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("are those that are not included, if some are")
    void included(Container container) throws Exception {
        try (TestServer server = new TestServer(
                container,
                UnaryOperator.identity(),
                filter -> filter.includePaths("/shop/*").excludePaths("*.css"),
                context -> {})) {
            for (String path : new String[] {"/shop/a", "/shop/a.css", "/a"}) {
                server.page(path, ExcludedPathsTest::show);
            }
            assertThat(server.browser().get("/shop/a").body()).isEqualTo("made");
            assertThat(server.browser().get("/shop/a.css").body()).isEqualTo("refused");
            assertThat(server.browser().get("/a").body()).isEqualTo("refused");
        }
    }

    private static void show(HttpServletRequest request, HttpServletResponse response) throws Exception {
        try {
            request.getSession();
            response.getWriter().print("made");
        } catch (IllegalStateException e) {
            response.getWriter().print("refused");
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "TOMCAT")
    @DisplayName("that are no servlet mappings keep the application from starting")
    void wrong(Container container) {
        assertThatThrownBy(() -> container
                        .start((classes, context) -> {
                            FilterRegistration.Dynamic filter =
                                    context.addFilter("sessions", DynamoSessionFilter.class);
                            filter.setInitParameters(
                                    Map.of("store", "memory", "codec", "json", "exclude-paths", "/**/*.css"));
                            filter.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/*");
                            TestServer.addPages(context, Map.of());
                        })
                        .close())
                .hasStackTraceContaining("dynamosession.exclude-paths: '/**/*.css' is not a path pattern");
    }
}
