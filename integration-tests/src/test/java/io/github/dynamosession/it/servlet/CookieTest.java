// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.it.servlet.Browser.Answer;
import io.github.dynamosession.settings.SessionSettings;
import jakarta.servlet.ServletContext;
import jakarta.servlet.SessionCookieConfig;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("The session cookie")
class CookieTest {
    private static TestServer server(Container container, Consumer<ServletContext> context, String... settings)
            throws Exception {
        Map<String, String> map = Arrays.stream(settings)
                .collect(Collectors.toMap(pair -> pair.split("=")[0], pair -> pair.split("=")[1]));
        SessionSettings resolved = SessionSettings.builder()
                .source("test", map, false)
                .systemProperties(new Properties())
                .environment(Map.of())
                .build();
        return new TestServer(
                        container,
                        UnaryOperator.identity(),
                        settings.length == 0 ? UnaryOperator.identity() : filter -> filter.cookie(resolved.cookie()),
                        context)
                .page("/put", (request, response) -> {
                    request.getSession().setAttribute("a", "1");
                    response.getWriter().print(response.getHeaders("Set-Cookie").size());
                })
                .page("/logout", (request, response) -> request.getSession().invalidate());
    }

    /** The attributes of a Set-Cookie header, in lower case and sorted, without the name and Expires. */
    private static List<String> attributes(Answer answer) {
        assertThat(answer.setCookies()).hasSize(1);
        return Arrays.stream(answer.setCookies().get(0).split(";"))
                .skip(1)
                .map(part -> part.strip().toLowerCase(Locale.ROOT))
                .filter(part -> !part.startsWith("expires"))
                .sorted()
                .toList();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("is HttpOnly, SameSite=Lax, for the context path, as long as the browser runs")
    void defaults(Container container) throws Exception {
        try (TestServer server = server(container, context -> {})) {
            Answer answer = server.browser().get("/put");
            assertThat(attributes(answer)).containsExactly("httponly", "path=/app", "samesite=lax");
            assertThat(answer.body()).as("shown by the response at once").isEqualTo("1");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("is what SessionCookieConfig says, all of it")
    void configured(Container container) throws Exception {
        Consumer<ServletContext> context = application -> {
            SessionCookieConfig config = application.getSessionCookieConfig();
            config.setName("SID");
            config.setDomain("example.org");
            config.setPath("/p");
            config.setSecure(true);
            config.setHttpOnly(true);
            config.setMaxAge(60);
            config.setAttribute("SameSite", "Strict");
            config.setAttribute("Priority", "High");
        };
        try (TestServer server = server(container, context)) {
            Answer answer = server.browser().get("/put");
            assertThat(answer.setCookie("SID")).isNotNull();
            assertThat(attributes(answer))
                    .containsExactly(
                            "domain=example.org",
                            "httponly",
                            "max-age=240",
                            "path=/p",
                            "priority=high",
                            "samesite=strict",
                            "secure");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("is what the settings say, before SessionCookieConfig")
    void settings(Container container) throws Exception {
        Consumer<ServletContext> context = application -> {
            application.getSessionCookieConfig().setName("SID");
            application.getSessionCookieConfig().setAttribute("SameSite", "Strict");
        };
        try (TestServer server = server(
                container,
                context,
                "cookie.name=__Host-S",
                "cookie.same-site=none",
                "cookie.secure=true",
                "cookie.http-only=false",
                "cookie.max-age=2m")) {
            Answer answer = server.browser().get("/put");
            assertThat(answer.setCookie("__Host-S")).isNotNull();
            assertThat(attributes(answer)).containsExactly("max-age=300", "path=/", "samesite=none", "secure");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("with a max-age is renewed by the first save that records the use, and by no other")
    void renewed(Container container) throws Exception {
        try (TestServer server = server(container, context -> {}, "cookie.max-age=30m")
                .page(
                        "/get",
                        (request, response) ->
                                response.getWriter().print(request.getSession().getAttribute("a")))
                .page("/flush", (request, response) -> {
                    request.getSession().getAttribute("a");
                    response.flushBuffer();
                    request.getSession().setAttribute("a", "2");
                })) {
            Browser browser = server.browser();
            assertThat(attributes(browser.get("/put"))).contains("max-age=1980");
            String value = browser.session();
            assertThat(browser.get("/put").setCookies()).isEmpty();
            assertThat(browser.get("/get").setCookies()).isEmpty();
            for (String path : List.of("/get", "/put", "/flush")) {
                server.clock.advance(Duration.ofMinutes(3));
                Answer answer = browser.get(path);
                assertThat(attributes(answer))
                        .as(path)
                        .containsExactly("httponly", "max-age=1980", "path=/app", "samesite=lax");
                assertThat(browser.session()).as(path).isEqualTo(value);
                assertThat(browser.get("/put").setCookies()).as("after " + path).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("is not renewed by a save that was refused, nor under an id that the session no longer has")
    void notRenewed(Container container) throws Exception {
        try (TestServer server = server(container, context -> {}, "cookie.max-age=30m")) {
            Browser browser = server.browser();
            server.page("/late", (request, response) -> {
                        request.getSession().setAttribute("a", "2");
                        browser.get("/login");
                    })
                    .page("/login", (request, response) -> request.changeSessionId())
                    .page(Container.ERROR_PAGE, (request, response) -> {});
            browser.get("/put");
            server.clock.advance(Duration.ofMinutes(3));
            server.store.fail("update");
            Answer refused = browser.get("/put");
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.setCookies()).isEmpty();
            server.store.recover();
            Answer late = browser.get("/late");
            assertThat(late.status()).isEqualTo(200);
            assertThat(late.setCookies()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("lasts as long as the browser where the container says zero, which is \"not set\"")
    void zero(Container container) throws Exception {
        try (TestServer server =
                server(container, context -> context.getSessionCookieConfig().setMaxAge(0))) {
            Answer answer = server.browser().get("/put");
            assertThat(attributes(answer)).containsExactly("httponly", "path=/app", "samesite=lax");
        }
    }

    @Test
    @DisplayName("leaves a container's own default of SameSite standing, unless it is set")
    void containerDefault() throws Exception {
        Consumer<ServletContext> context =
                application -> application.setAttribute("org.eclipse.jetty.cookie.sameSiteDefault", "Strict");
        try (TestServer server = server(Container.JETTY, context)) {
            assertThat(attributes(server.browser().get("/put"))).contains("samesite=strict");
        }
        try (TestServer server = server(Container.JETTY, context, "cookie.same-site=lax")) {
            assertThat(attributes(server.browser().get("/put"))).contains("samesite=lax");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("may be partitioned")
    void partitioned(Container container) throws Exception {
        try (TestServer server = server(container, context -> {}, "cookie.partitioned=true", "cookie.secure=true")) {
            Answer answer = server.browser().get("/put");
            assertThat(attributes(answer)).contains("partitioned", "secure");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("is deleted by a cookie of the same path, domain and security")
    void deleted(Container container) throws Exception {
        try (TestServer server = server(
                container,
                context -> {},
                "cookie.path=/p",
                "cookie.domain=example.org",
                "cookie.secure=true",
                "cookie.partitioned=true")) {
            Browser browser = server.browser();
            browser.get("/put");
            Answer answer = browser.get("/logout");
            assertThat(attributes(answer)).contains("path=/p", "domain=example.org", "secure", "partitioned");
            assertThat(answer.setCookies().get(0))
                    .startsWith("JSESSIONID=;")
                    .containsPattern("Max-Age=0|Expires=Thu, 01 Jan 1970");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "cookie.same-site=none | cookie.secure must be true",
                "cookie.partitioned=true | cookie.secure must be true",
                "cookie.name=__Host-S,cookie.path=/app | cookie.path must be /",
                "cookie.name=__Host-S,cookie.domain=example.org | cookie.domain must not be set",
                "cookie.name=__Secure-S,cookie.secure=false | cookie.secure must not be false",
                "cookie.name=with space | cookie.name"
            })
    @DisplayName("that browsers would refuse is refused at start")
    void refused(String settings, String message) {
        assertThatThrownBy(() -> server(Container.JETTY, context -> {}, settings.split(","))
                        .close())
                .hasStackTraceContaining(message);
    }
}
