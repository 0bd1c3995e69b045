// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.it.servlet.LoginContainer.Method;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.servlet.DynamoSessionFilter;
import io.github.dynamosession.settings.SessionSettings;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.testkit.EmbeddedDynamoDb;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpSession;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

@EmbeddedDynamoDb
@DisplayName("Servlet 6.1, 13.3 and 13.6, logins that the container does:")
class ContainerLoginTest {
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private static final String CREDENTIALS =
            "j_username=" + LoginContainer.USER + "&j_password=" + LoginContainer.PASSWORD;

    private final DynamoDbClient dynamoDb;

    ContainerLoginTest(DynamoDbClient dynamoDb) {
        this.dynamoDb = dynamoDb;
    }

    static Stream<Arguments> all() {
        return Stream.of(LoginContainer.values())
                .flatMap(container -> Stream.of(Way.values()).map(way -> Arguments.of(container, way)));
    }

    static Stream<Arguments> filtered() {
        return Stream.of(LoginContainer.values()).map(container -> Arguments.of(container, Way.MEMORY));
    }

    /** What a page saw. */
    record Seen(int status, int visits, String user, String id, String names, List<String> cookies, String location) {}

    /** One application, and a browser that knows it. */
    private final class Site implements AutoCloseable {
        private final Container.Running running;
        private final Map<String, String> cookies = new LinkedHashMap<>();

        Site(LoginContainer container, Method method, Way way) throws Exception {
            this(
                    container,
                    method,
                    way,
                    settings -> settings,
                    EnumSet.of(DispatcherType.REQUEST, DispatcherType.ERROR, DispatcherType.ASYNC));
        }

        Site(
                LoginContainer container,
                Method method,
                Way way,
                UnaryOperator<SessionSettings.Builder> settings,
                EnumSet<DispatcherType> dispatches)
                throws Exception {
            Map<String, TestServer.Page> pages = new ConcurrentHashMap<>();
            for (String path :
                    List.of("/visit", "/private/page", LoginContainer.LOGIN_PAGE, LoginContainer.ERROR_PAGE)) {
                pages.put(path, (request, response) -> response.getWriter().print(visit(request)));
            }
            pages.put(
                    "/who", (request, response) -> response.getWriter().print("0 " + request.getRemoteUser() + " - -"));
            pages.put(
                    "/free/who",
                    (request, response) -> response.getWriter().print("0 " + request.getRemoteUser() + " - -"));
            pages.put("/free/login", (request, response) -> {
                request.login(LoginContainer.USER, LoginContainer.PASSWORD);
                response.getWriter().print("0 " + request.getRemoteUser() + " - -");
            });
            pages.put("/free/logout", (request, response) -> {
                request.logout();
                response.getWriter().print("0 " + request.getRemoteUser() + " - -");
            });
            pages.put("/login", (request, response) -> {
                try {
                    request.login(LoginContainer.USER, request.getParameter("password"));
                } catch (ServletException e) {
                    response.setStatus(401);
                }
                response.getWriter().print(visit(request));
            });
            pages.put("/login-late", (request, response) -> {
                response.getWriter().print("0 ");
                response.flushBuffer();
                request.login(LoginContainer.USER, LoginContainer.PASSWORD);
                visit(request);
            });
            pages.put("/private/late", (request, response) -> {
                response.getWriter().print("0 ");
                response.flushBuffer();
                visit(request);
            });
            pages.put("/end", (request, response) -> {
                request.getSession().invalidate();
                response.getWriter().print("0 ended - -");
            });
            pages.put("/logout", (request, response) -> {
                request.logout();
                response.getWriter().print(visit(request));
            });
            running = container.start(method, (classes, context) -> {
                if (way != Way.CONTAINER) {
                    SessionStore store = way == Way.MEMORY
                            ? new InMemorySessionStore()
                            : DynamoDbSessionStore.builder()
                                    .client(dynamoDb)
                                    .tableName("login-" + UUID.randomUUID())
                                    .createTable(true)
                                    .build();
                    SessionManager manager = SessionManager.builder(store)
                            .codec(JsonCodec.builder().build())
                            .storeEmptySessions(true)
                            .build();
                    FilterRegistration.Dynamic filter = context.addFilter(
                            "sessions",
                            DynamoSessionFilter.builder(manager)
                                    .cookie(settings.apply(SessionSettings.builder())
                                            .build()
                                            .cookie())
                                    .excludePaths("/free/*")
                                    .build());
                    filter.setAsyncSupported(true);
                    filter.addMappingForUrlPatterns(dispatches, false, "/*");
                }
                TestServer.addPages(context, pages);
            });
        }

        private static String visit(HttpServletRequest request) {
            HttpSession session = request.getSession();
            int visits = session.getAttribute("visits") instanceof Integer before ? before + 1 : 1;
            session.setAttribute("visits", visits);
            List<String> names = Collections.list(session.getAttributeNames());
            names.removeIf(name -> name.startsWith("org.eclipse.jetty."));
            return visits + " " + request.getRemoteUser() + " " + session.getId() + " " + String.join(",", names);
        }

        Seen get(String path) throws Exception {
            return send(path, request -> request);
        }

        Seen getAs(String path, String user, String password) throws Exception {
            String credentials =
                    Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
            return send(path, request -> request.header("Authorization", "Basic " + credentials));
        }

        Seen post(String path, String form) throws Exception {
            return send(
                    path,
                    request -> request.header("Content-Type", "application/x-www-form-urlencoded")
                            .POST(HttpRequest.BodyPublishers.ofString(form)));
        }

        private Seen send(String path, UnaryOperator<HttpRequest.Builder> more) throws Exception {
            HttpRequest.Builder request = HttpRequest.newBuilder(
                    URI.create("http://localhost:" + running.port() + Container.CONTEXT_PATH + path));
            if (!cookies.isEmpty()) {
                request.header(
                        "Cookie",
                        cookies.entrySet().stream()
                                .map(cookie -> cookie.getKey() + "=" + cookie.getValue())
                                .collect(Collectors.joining("; ")));
            }
            HttpResponse<String> response =
                    CLIENT.send(more.apply(request).build(), HttpResponse.BodyHandlers.ofString());
            List<String> set = response.headers().allValues("Set-Cookie");
            for (String header : set) {
                String pair = header.split(";", 2)[0];
                int equals = pair.indexOf('=');
                cookies.put(pair.substring(0, equals), pair.substring(equals + 1));
            }
            String[] seen = response.body().matches("[0-9]+ \\S+ \\S+ \\S+")
                    ? response.body().split(" ")
                    : new String[] {"0", "", "", ""};
            return new Seen(
                    response.statusCode(),
                    Integer.parseInt(seen[0]),
                    seen[1],
                    seen[2],
                    seen[3],
                    set,
                    response.headers().firstValue("Location").orElse(""));
        }

        @Override
        public void close() throws Exception {
            running.close();
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    @DisplayName("FORM takes the user to the page asked for, with the session of before, under a new id, for good")
    void form(LoginContainer container, Way way) throws Exception {
        try (Site site = new Site(container, Method.FORM, way)) {
            Seen before = site.get("/visit");
            assertThat(before.visits()).isEqualTo(1);
            assertThat(site.get("/private/page").user())
                    .as("the login page instead")
                    .isEqualTo("null");
            Seen login = site.post("/j_security_check", CREDENTIALS);
            assertThat(login.location()).endsWith("/private/page");

            Seen first = site.get("/private/page");
            assertThat(first.user()).isEqualTo(LoginContainer.USER);
            assertThat(first.visits()).as("the session of before").isGreaterThan(1);
            assertThat(first.id()).isNotEqualTo(before.id());
            for (int i = 1; i <= 3; i++) {
                Seen later = site.get("/private/page");
                assertThat(later.user()).isEqualTo(LoginContainer.USER);
                assertThat(later.visits()).isEqualTo(first.visits() + i);
                assertThat(later.id()).as("renewed once").isEqualTo(first.id());
                assertThat(later.names()).as("nothing of ours").isEqualTo("visits");
            }
            assertThat(site.get("/visit").user()).as("on a page for everybody").isEqualTo(LoginContainer.USER);
            assertThat(site.get("/who").user()).as("without a session").isEqualTo(LoginContainer.USER);

            Seen out = site.get("/logout");
            assertThat(out.user()).isEqualTo("null");
            assertThat(out.visits()).as("a logout keeps the session").isEqualTo(first.visits() + 5);
            assertThat(site.get("/visit").user()).isEqualTo("null");
            assertThat(site.get("/private/page").user()).isEqualTo("null");
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    @DisplayName("FORM works after a wrong password, and again after a logout")
    void formAgain(LoginContainer container, Way way) throws Exception {
        try (Site site = new Site(container, Method.FORM, way)) {
            site.get("/private/page");
            site.post("/j_security_check", "j_username=alice&j_password=wrong");
            site.get("/private/page");
            site.post("/j_security_check", CREDENTIALS);
            Seen first = site.get("/private/page");
            assertThat(first.user()).isEqualTo(LoginContainer.USER);
            site.get("/logout");
            site.get("/private/page");
            site.post("/j_security_check", CREDENTIALS);
            Seen again = site.get("/private/page");
            assertThat(again.user()).isEqualTo(LoginContainer.USER);
            assertThat(again.visits()).as("the same session").isGreaterThan(first.visits());
            assertThat(again.id()).as("each login gives a new id").isNotEqualTo(first.id());
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    @DisplayName("the end of the session logs out, and who logs in again has a new session")
    void endLogsOut(LoginContainer container, Way way) throws Exception {
        try (Site site = new Site(container, Method.FORM, way)) {
            site.get("/private/page");
            site.post("/j_security_check", CREDENTIALS);
            Seen first = site.get("/private/page");
            assertThat(first.user()).isEqualTo(LoginContainer.USER);
            assertThat(site.get("/end").user()).isEqualTo("ended");
            assertThat(site.get("/who").user()).as("a page for everybody").isEqualTo("null");
            assertThat(site.get("/private/page").user())
                    .as("the login page instead")
                    .isEqualTo("null");
            site.post("/j_security_check", CREDENTIALS);
            Seen again = site.get("/private/page");
            assertThat(again.user()).isEqualTo(LoginContainer.USER);
            assertThat(again.id()).isNotEqualTo(first.id());
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    @DisplayName("a path that is excluded from sessions knows the user, and may log out")
    void excluded(LoginContainer container, Way way) throws Exception {
        try (Site site = new Site(container, Method.FORM, way)) {
            Seen before = site.get("/visit");
            assertThat(site.get("/free/who").user()).isEqualTo("null");
            assertThat(site.get("/login?password=" + LoginContainer.PASSWORD).visits())
                    .isEqualTo(2);
            assertThat(site.get("/free/who").user()).isEqualTo(LoginContainer.USER);
            Seen after = site.get("/visit");
            assertThat(after.user()).isEqualTo(LoginContainer.USER);
            assertThat(after.visits()).isEqualTo(3);
            assertThat(after.id()).isNotEqualTo(before.id());
            assertThat(site.get("/free/logout").user()).isEqualTo("null");
            assertThat(site.get("/visit").user()).isEqualTo("null");
        }
    }

    @ParameterizedTest
    @MethodSource("filtered")
    @DisplayName("FORM works with a cookie name that is the container's, whose own gets another one")
    void sameName(LoginContainer container, Way way) throws Exception {
        try (Site site = new Site(
                container,
                Method.FORM,
                way,
                settings -> settings.set("cookie.name", "JSESSIONID"),
                EnumSet.of(DispatcherType.REQUEST, DispatcherType.ERROR, DispatcherType.ASYNC))) {
            site.get("/visit");
            assertThat(site.cookies).containsOnlyKeys("JSESSIONID");
            site.get("/private/page");
            site.post("/j_security_check", CREDENTIALS);
            assertThat(site.cookies).containsOnlyKeys("JSESSIONID", "JSESSIONID_CONTAINER");
            assertThat(site.get("/private/page").visits())
                    .isEqualTo(site.get("/private/page").visits() - 1);
        }
    }

    @ParameterizedTest
    @MethodSource("filtered")
    @DisplayName("the login page is in the same session if the filter is mapped for FORWARD, too")
    void forward(LoginContainer container, Way way) throws Exception {
        try (Site site =
                new Site(container, Method.FORM, way, settings -> settings, EnumSet.allOf(DispatcherType.class))) {
            assertThat(site.get("/visit").visits()).isEqualTo(1);
            assertThat(site.get("/private/page").visits()).as("the login page").isEqualTo(2);
            site.post("/j_security_check", CREDENTIALS);
            Seen page = site.get("/private/page");
            assertThat(page.visits()).isEqualTo(3);
            assertThat(page.user()).isEqualTo(LoginContainer.USER);
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    @DisplayName("BASIC keeps the session")
    void basic(LoginContainer container, Way way) throws Exception {
        try (Site site = new Site(container, Method.BASIC, way)) {
            Seen before = site.get("/visit");
            assertThat(site.get("/private/page").status()).isEqualTo(401);
            Seen first = site.getAs("/private/page", LoginContainer.USER, LoginContainer.PASSWORD);
            assertThat(first.user()).isEqualTo(LoginContainer.USER);
            assertThat(first.visits()).isEqualTo(2);
            if (way != Way.CONTAINER || container != LoginContainer.UNDERTOW) {
                assertThat(first.id()).as("Undertow's own sessions keep theirs").isNotEqualTo(before.id());
            }
            Seen second = site.getAs("/private/page", LoginContainer.USER, LoginContainer.PASSWORD);
            assertThat(second.visits()).isEqualTo(3);
            assertThat(second.id()).isEqualTo(first.id());
            assertThat(site.getAs("/visit", LoginContainer.USER, LoginContainer.PASSWORD)
                            .visits())
                    .isEqualTo(4);
        }
    }

    static Stream<Arguments> programmatic() {
        // Jetty's request.login needs an authenticator, and its BASIC remembers nothing.
        return all().flatMap(arguments -> {
            LoginContainer container = (LoginContainer) arguments.get()[0];
            return Stream.of(Method.FORM, Method.BASIC, Method.NONE)
                    .filter(method -> container != LoginContainer.JETTY || method == Method.FORM)
                    .map(method -> Arguments.of(container, method, arguments.get()[1]));
        });
    }

    @ParameterizedTest
    @MethodSource("programmatic")
    @DisplayName("request.login keeps the session under a new id and is remembered, request.logout keeps it")
    void programmatic(LoginContainer container, Method method, Way way) throws Exception {
        try (Site site = new Site(container, method, way)) {
            Seen before = site.get("/visit");
            Seen failed = site.get("/login?password=wrong");
            assertThat(failed.status()).isEqualTo(401);
            assertThat(failed.visits()).isEqualTo(2);
            Seen login = site.get("/login?password=" + LoginContainer.PASSWORD);
            assertThat(login.user()).isEqualTo(LoginContainer.USER);
            assertThat(login.visits()).isEqualTo(3);
            assertThat(login.id()).isNotEqualTo(before.id());
            Seen after = site.get("/visit");
            assertThat(after.user()).isEqualTo(LoginContainer.USER);
            assertThat(after.visits()).isEqualTo(4);
            assertThat(after.id()).isEqualTo(login.id());
            if (method != Method.NONE) {
                assertThat(site.get("/private/page").user()).isEqualTo(LoginContainer.USER);
            } else {
                site.get("/visit");
            }
            Seen out = site.get("/logout");
            assertThat(out.user()).isEqualTo("null");
            assertThat(out.visits()).isEqualTo(6);
            assertThat(site.get("/visit").user()).isEqualTo("null");
            Seen again = site.get("/login?password=" + LoginContainer.PASSWORD);
            assertThat(again.visits()).isEqualTo(8);
            assertThat(again.id()).as("each login gives a new id").isNotEqualTo(login.id());
        }
    }

    @ParameterizedTest
    @MethodSource("filtered")
    @DisplayName("one that is noticed after the response is committed stores nothing under the id of before")
    void committed(LoginContainer container, Way way) throws Exception {
        try (Site site = new Site(container, Method.BASIC, way)) {
            Seen before = site.get("/visit");
            assertThatThrownBy(() -> site.getAs("/private/late", LoginContainer.USER, LoginContainer.PASSWORD))
                    .isInstanceOf(IOException.class);
            assertThat(site.get("/visit").visits()).as("nothing was added").isEqualTo(2);

            Seen next = site.getAs("/private/page", LoginContainer.USER, LoginContainer.PASSWORD);
            assertThat(next.id()).as("the next request makes up for it").isNotEqualTo(before.id());
            assertThat(next.visits()).isEqualTo(3);
            assertThat(site.getAs("/private/late", LoginContainer.USER, LoginContainer.PASSWORD)
                            .status())
                    .as("nothing new")
                    .isEqualTo(200);
        }
    }

    @Test
    @DisplayName("request.login after the response is committed stores nothing under the id of before")
    void loginCommitted() throws Exception {
        // Jetty and Undertow refuse it by themselves.
        try (Site site = new Site(LoginContainer.TOMCAT, Method.FORM, Way.MEMORY)) {
            site.get("/visit");
            Map<String, String> planted = Map.copyOf(site.cookies);
            assertThatThrownBy(() -> site.get("/login-late")).isInstanceOf(IOException.class);
            site.cookies.clear();
            site.cookies.putAll(planted);
            assertThat(site.get("/visit").visits()).as("nothing was added").isEqualTo(2);
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    @DisplayName("an id that somebody planted before a login is of no use after it")
    void fixation(LoginContainer container, Way way) throws Exception {
        try (Site site = new Site(container, Method.FORM, way)) {
            site.get("/visit");
            Map<String, String> planted = Map.copyOf(site.cookies);
            site.get("/private/page");
            site.post("/j_security_check", CREDENTIALS);
            int visits = site.get("/private/page").visits();
            site.cookies.clear();
            site.cookies.putAll(planted);
            Seen attacker = site.get("/visit");
            assertThat(attacker.user()).isEqualTo("null");
            assertThat(attacker.visits()).isLessThan(visits);
        }
    }
}
