// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.it.servlet.Browser.Answer;
import io.github.dynamosession.it.servlet.TestServer.Page;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.servlet.DynamoSessionFilter;
import io.github.dynamosession.servlet.DynamoSessionInitializer;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletRequestEvent;
import jakarta.servlet.ServletRequestListener;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("A session of the container, made by code that keeps the container's request,")
class ContainerSessionsTest {
    /** When the filter comes into being. */
    enum SetUp {
        /** By the jar being there: before anything starts. */
        INITIALIZER,
        /** Registered in code, as Spring Boot does: it starts with the application. */
        REGISTERED,
        /** Behind a proxy that starts it with its first request: the container takes no other name any more. */
        LAZY
    }

    /** More than one codec is on the class path of these tests. */
    @BeforeAll
    static void chooseCodec() {
        System.setProperty("dynamosession.codec", "json");
    }

    @AfterAll
    static void forgetCodec() {
        System.clearProperty("dynamosession.codec");
    }

    static Stream<Arguments> all() {
        return Stream.of(Container.values())
                .flatMap(container -> Stream.of(SetUp.values()).map(setUp -> Arguments.of(container, setUp)));
    }

    /** As Spring's RequestContextListener. */
    public static final class Keeper implements ServletRequestListener {
        static final Map<Thread, HttpServletRequest> REQUESTS = new ConcurrentHashMap<>();

        @Override
        public void requestInitialized(ServletRequestEvent event) {
            REQUESTS.put(Thread.currentThread(), (HttpServletRequest) event.getServletRequest());
        }

        @Override
        public void requestDestroyed(ServletRequestEvent event) {
            REQUESTS.remove(Thread.currentThread());
        }

        static HttpServletRequest raw() {
            return REQUESTS.get(Thread.currentThread());
        }
    }

    /** As Spring's DelegatingFilterProxy, with the life cycle of its target. */
    private static final class Lazy implements Filter {
        private final Filter filter;
        private @Nullable FilterConfig config;
        private boolean started;

        Lazy(Filter filter) {
            this.filter = filter;
        }

        @Override
        public void init(FilterConfig filterConfig) {
            config = filterConfig;
        }

        @Override
        public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
                throws IOException, ServletException {
            synchronized (this) {
                if (!started) {
                    filter.init(config);
                    started = true;
                }
            }
            filter.doFilter(request, response, chain);
        }

        @Override
        public void destroy() {
            filter.destroy();
        }
    }

    private static Container.Running start(
            Container container, SetUp setUp, Map<String, Page> more, Consumer<ServletContext> later) throws Exception {
        Map<String, Page> pages = new ConcurrentHashMap<>(more);
        pages.put("/put", (request, response) -> {
            request.getSession().setAttribute("a", request.getParameter("value"));
            if (request.getParameter("raw") != null) {
                Keeper.raw().getSession().setAttribute("theirs", "1");
            }
            response.getWriter().print("put");
        });
        pages.put("/get", (request, response) -> {
            var session = request.getSession(false);
            response.getWriter().print(session == null ? "none" : session.getAttribute("a"));
        });
        return container.start((classes, context) -> {
            context.addListener(new Keeper());
            if (setUp == SetUp.INITIALIZER) {
                context.setInitParameter("dynamosession.store", "memory");
                new DynamoSessionInitializer().onStartup(classes, context);
            } else {
                SessionManager manager = SessionManager.builder(new InMemorySessionStore())
                        .codec(JsonCodec.builder().build())
                        .storeEmptySessions(true)
                        .build();
                Filter filter = DynamoSessionFilter.builder(manager)
                        .excludePaths("/static/*")
                        .build();
                FilterRegistration.Dynamic registration =
                        context.addFilter("sessions", setUp == SetUp.LAZY ? new Lazy(filter) : filter);
                registration.setAsyncSupported(true);
                registration.addMappingForUrlPatterns(
                        EnumSet.of(DispatcherType.REQUEST, DispatcherType.ERROR, DispatcherType.ASYNC), false, "/*");
            }
            later.accept(context);
            TestServer.addPages(context, pages);
        });
    }

    /** No answer may set a cookie of our name but ours. */
    private static void check(Browser browser, Answer answer, String name, String value) {
        assertThat(answer.setCookies())
                .filteredOn(header -> header.startsWith(name + "="))
                .hasSizeLessThanOrEqualTo(1)
                .allMatch(header -> header.startsWith(name + "=" + browser.cookie(name) + ";"));
        assertThat(browser.cookie(name)).matches("[A-Za-z0-9_-]{43}");
        assertThat(browser.get("/get").body()).isEqualTo(value);
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("all")
    @DisplayName("does not replace our cookie, whenever it is made and however the response ends")
    void keepsTheCookie(Container container, SetUp setUp) throws Exception {
        Map<String, Page> pages = new ConcurrentHashMap<>();
        pages.put("/after", (request, response) -> {
            request.getSession().setAttribute("a", "after");
            Keeper.raw().getSession();
        });
        pages.put("/before", (request, response) -> {
            Keeper.raw().getSession();
            request.getSession().setAttribute("a", "before");
        });
        pages.put("/flush", (request, response) -> {
            request.getSession().setAttribute("a", "flush");
            response.getWriter().print("x");
            Keeper.raw().getSession();
            response.flushBuffer();
        });
        pages.put("/large", (request, response) -> {
            request.getSession().setAttribute("a", "large");
            response.getWriter().print("x");
            Keeper.raw().getSession();
            response.getWriter().print("x".repeat(100_000));
        });
        pages.put("/large-without", (request, response) -> {
            Keeper.raw().getSession();
            response.getOutputStream().write(new byte[100_000]);
        });
        pages.put("/redirect", (request, response) -> {
            request.getSession().setAttribute("a", "redirect");
            Keeper.raw().getSession();
            response.sendRedirect("elsewhere");
        });
        pages.put("/error", (request, response) -> {
            request.getSession().setAttribute("a", "error");
            Keeper.raw().getSession();
            response.sendError(418);
        });
        pages.put("/exception", (request, response) -> {
            request.getSession().setAttribute("a", "exception");
            Keeper.raw().getSession();
            throw new ServletException("an application failed, for a test");
        });
        pages.put("/async", (request, response) -> {
            request.getSession().setAttribute("a", "async");
            HttpServletRequest raw = Keeper.raw();
            AsyncContext async = request.startAsync();
            async.start(() -> {
                raw.getSession();
                async.complete();
            });
        });
        pages.put("/id", (request, response) -> {
            request.getSession().setAttribute("a", "id");
            request.changeSessionId();
            Keeper.raw().getSession();
        });
        pages.put(
                Container.ERROR_PAGE,
                (request, response) -> response.getWriter().print("error page"));
        try (Container.Running running = start(container, setUp, pages, context -> {})) {
            for (String path : List.of(
                    "/after", "/before", "/flush", "/large", "/redirect", "/error", "/exception", "/async", "/id")) {
                Browser fresh = new Browser(running.port());
                check(fresh, fresh.get(path), "JSESSIONID", path.substring(1));
                Browser known = new Browser(running.port());
                known.get("/put?value=1");
                check(known, known.get(path), "JSESSIONID", path.substring(1));
            }
            Browser browser = new Browser(running.port());
            browser.get("/put?value=1");
            String ours = browser.session();
            for (String path : List.of("/large-without", "/put?value=1&raw=1")) {
                check(browser, browser.get(path), "JSESSIONID", "1");
                assertThat(browser.session()).isEqualTo(ours);
            }
            Browser stranger = new Browser(running.port());
            assertThat(stranger.get("/large-without").setCookie("JSESSIONID"))
                    .as("a client without a session of ours gets no cookie of our name")
                    .isNull();
        }
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("all")
    @DisplayName("is warned of once, with the listener that keeps the request")
    void warns(Container container, SetUp setUp) throws Exception {
        try (FilterLog log = new FilterLog();
                Container.Running running = start(container, setUp, Map.of(), context -> {})) {
            Browser browser = new Browser(running.port());
            browser.get("/put?value=1");
            browser.get("/get");
            assertThat(log.text()).doesNotContain("The container made a session");
            browser.get("/put?value=1&raw=1");
            new Browser(running.port()).get("/put?value=1&raw=1");
            assertThat(log.text())
                    .containsOnlyOnce("The container made a session of its own")
                    .contains("the listener " + Keeper.class.getName() + ".")
                    .doesNotContain(browser.session());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"INITIALIZER", "REGISTERED"})
    @DisplayName("has a cookie of another name, and lives on")
    void livesApart(SetUp setUp) throws Exception {
        Map<String, Page> pages = Map.of("/raw", (request, response) -> {
            response.getWriter().print(Keeper.raw().getSession().isNew());
        });
        for (Container container : Container.values()) {
            try (Container.Running running = start(container, setUp, pages, context -> {})) {
                Browser browser = new Browser(running.port());
                browser.get("/put?value=1");
                Answer answer = browser.get("/raw");
                assertThat(answer.body()).isEqualTo("true");
                assertThat(answer.setCookie("JSESSIONID_CONTAINER")).isNotNull();
                assertThat(browser.get("/raw").body()).isEqualTo("false");
                assertThat(browser.get("/get").body()).isEqualTo("1");
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"INITIALIZER", "REGISTERED"})
    @DisplayName("ends with ours, and gets another id with ours")
    void livesWithOurs(SetUp setUp) throws Exception {
        Map<String, Page> pages = Map.of(
                "/raw",
                (request, response) -> {
                    Keeper.raw().getSession().setAttribute("theirs", "1");
                    request.getSession();
                },
                "/theirs",
                (request, response) -> {
                    HttpSession session = Keeper.raw().getSession(false);
                    response.getWriter().print(session == null ? "none" : session.getAttribute("theirs"));
                },
                "/id",
                (request, response) -> request.changeSessionId(),
                "/end",
                (request, response) -> request.getSession().invalidate());
        for (Container container : Container.values()) {
            try (Container.Running running = start(container, setUp, pages, context -> {})) {
                Browser browser = new Browser(running.port());
                browser.get("/raw");
                String ours = browser.session();
                String theirs = browser.cookie("JSESSIONID_CONTAINER");
                browser.get("/id");
                assertThat(browser.session()).as("%s", container).isNotEqualTo(ours);
                assertThat(browser.cookie("JSESSIONID_CONTAINER")).isNotNull().isNotEqualTo(theirs);
                assertThat(browser.get("/theirs").body()).isEqualTo("1");
                browser.get("/end");
                assertThat(browser.get("/theirs").body()).as("%s", container).isEqualTo("none");
            }
        }
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("all")
    @DisplayName("leaves what is said of the session cookie to ours, also if it is said later than the set-up")
    void saidOfOurs(Container container, SetUp setUp) throws Exception {
        try (Container.Running running = start(container, setUp, Map.of(), context -> {
            context.getSessionCookieConfig().setName("SID");
            context.getSessionCookieConfig().setPath("/");
        })) {
            Browser browser = new Browser(running.port());
            Answer answer = browser.get("/put?value=1&raw=1");
            assertThat(answer.setCookie("SID")).contains("=/;");
            assertThat(answer.setCookie("JSESSIONID")).isNull();
            check(browser, answer, "SID", "1");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("does not replace our cookie on a path without sessions")
    void excluded(Container container) throws Exception {
        Map<String, Page> pages = Map.of("/static/x", (request, response) -> {
            Keeper.raw().getSession();
            response.getWriter().print("x");
        });
        for (SetUp setUp : List.of(SetUp.REGISTERED, SetUp.LAZY)) {
            try (Container.Running running = start(container, setUp, pages, context -> {})) {
                Browser browser = new Browser(running.port());
                browser.get("/put?value=1");
                check(browser, browser.get("/static/x"), "JSESSIONID", "1");
            }
        }
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("all")
    @DisplayName("is taken back without the application's other cookies")
    void otherCookies(Container container, SetUp setUp) throws Exception {
        Map<String, Page> pages = Map.of("/cookies", (request, response) -> {
            response.addCookie(new Cookie("one", "1"));
            request.getSession().setAttribute("a", "1");
            Keeper.raw().getSession();
            response.addCookie(new Cookie("two", "2"));
        });
        try (Container.Running running = start(container, setUp, pages, context -> {})) {
            Browser browser = new Browser(running.port());
            Answer answer = browser.get("/cookies");
            assertThat(answer.setCookie("one")).isNotNull();
            assertThat(answer.setCookie("two")).isNotNull();
            check(browser, answer, "JSESSIONID", "1");
        }
    }
}
