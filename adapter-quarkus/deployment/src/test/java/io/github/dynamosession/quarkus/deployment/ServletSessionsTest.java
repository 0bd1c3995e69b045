// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.quarkus.builder.Version;
import io.quarkus.maven.dependency.Dependency;
import io.quarkus.security.credential.Credential;
import io.quarkus.security.identity.AuthenticationRequestContext;
import io.quarkus.security.identity.IdentityProvider;
import io.quarkus.security.identity.IdentityProviderManager;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.security.identity.request.AuthenticationRequest;
import io.quarkus.security.identity.request.UsernamePasswordAuthenticationRequest;
import io.quarkus.test.QuarkusUnitTest;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.vertx.http.runtime.security.ChallengeData;
import io.quarkus.vertx.http.runtime.security.HttpAuthenticationMechanism;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.Cookie;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.context.SessionScoped;
import jakarta.inject.Inject;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.annotation.MultipartConfig;
import jakarta.servlet.annotation.WebFilter;
import jakarta.servlet.annotation.WebListener;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import jakarta.servlet.http.HttpSessionAttributeListener;
import jakarta.servlet.http.HttpSessionBindingEvent;
import jakarta.servlet.http.HttpSessionEvent;
import jakarta.servlet.http.HttpSessionIdListener;
import jakarta.servlet.http.HttpSessionListener;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import java.io.IOException;
import java.io.Serializable;
import java.net.URI;
import java.net.http.HttpResponse;
import java.security.Permission;
import java.security.Principal;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.SimpleFormatter;
import org.jboss.shrinkwrap.api.asset.StringAsset;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("A servlet")
class ServletSessionsTest {
    private static final String WEB_XML = """
            <web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0">
              <filter>
                <filter-name>xml</filter-name>
                <filter-class>%s</filter-class>
                <async-supported>true</async-supported>
              </filter>
              <filter-mapping>
                <filter-name>xml</filter-name>
                <url-pattern>/*</url-pattern>
              </filter-mapping>
              <session-config>
                <session-timeout>20</session-timeout>
                <cookie-config><max-age>7200</max-age></cookie-config>
              </session-config>
              <error-page>
                <error-code>418</error-code>
                <location>/pages/teapot</location>
              </error-page>
            </web-app>
            """.formatted(XmlFilter.class.getName());

    @RegisterExtension
    static final QuarkusUnitTest APPLICATION = new QuarkusUnitTest()
            .setForcedDependencies(List.of(
                    Dependency.of("io.quarkus", "quarkus-undertow", Version.getVersion()),
                    Dependency.of("io.quarkus", "quarkus-security", Version.getVersion())))
            .withApplicationRoot(jar -> jar.addClasses(CountingStore.class, CountingStore.Beans.class, Visitor.class)
                    .addAsResource(new StringAsset(WEB_XML), "META-INF/web.xml")
                    .addAsResource(new StringAsset("static"), "META-INF/resources/files/site.txt"))
            // For the servlet adapter's own set-up, which has to keep out.
            .setBeforeAllCustomizer(() -> System.setProperty("dynamosession.store", "memory"))
            .setAfterAllCustomizer(() -> System.clearProperty("dynamosession.store"))
            .setLogRecordPredicate(entry -> entry.getLevel().intValue() == Level.WARNING.intValue()
                    && String.valueOf(entry.getLoggerName()).startsWith("io.github.dynamosession"))
            .assertLogRecords(ServletSessionsTest::warnings);

    private static void warnings(List<LogRecord> records) {
        List<String> messages = records.stream()
                .map(record -> new SimpleFormatter().formatMessage(record))
                .toList();
        assertThat(messages)
                .filteredOn(message -> !message.startsWith("A session failed; the answer is 503"))
                .singleElement()
                .asString()
                .startsWith("Beans that are @SessionScoped");
    }

    @WebServlet(urlPatterns = {"/pages/*", "*.page"})
    public static class Pages extends HttpServlet {
        @Inject
        Cart cart;

        @Inject
        Session injected;

        @Inject
        RoutingContext routing;

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response)
                throws IOException, ServletException {
            String page = request.getPathInfo() == null ? request.getServletPath() : request.getPathInfo();
            response.setContentType("text/plain");
            switch (page) {
                case "/count", "/x.page" -> response.getWriter().print(count(request));
                case "/none" -> response.getWriter().print("none");
                case "/empty" -> response.getWriter().print(request.getSession().isNew());
                case "/timeout" ->
                    response.getWriter().print(request.getSession().getMaxInactiveInterval());
                case "/large" -> {
                    count(request);
                    for (int i = 0; i < 1024; i++) {
                        response.getOutputStream().write(new byte[1024]);
                    }
                }
                case "/echo" -> {
                    count(request);
                    request.getInputStream().transferTo(response.getOutputStream());
                }
                case "/invalidate" -> {
                    request.getSession().invalidate();
                    response.getWriter().print("over");
                }
                case "/change" -> {
                    request.getSession();
                    response.getWriter().print(request.changeSessionId());
                }
                case "/redirect" -> {
                    count(request);
                    response.sendRedirect("/pages/count");
                }
                case "/tea" -> {
                    count(request);
                    response.sendError(418);
                }
                case "/teapot" -> response.getWriter().print("teapot " + count(request));
                case "/broken" -> {
                    count(request);
                    throw new IllegalStateException("broken on purpose");
                }
                case "/cart" -> response.getWriter().print(cart.add());
                case "/cart-over" -> {
                    cart.add();
                    request.getSession().invalidate();
                }
                case "/injected" -> {
                    injected.set("count", 10);
                    response.getWriter().print(count(request));
                }
                case "/user" ->
                    response.getWriter()
                            .print(count(request) + " "
                                    + request.getUserPrincipal().getName());
                case "/login" -> {
                    request.login("alice", "secret");
                    response.getWriter().print(request.getUserPrincipal().getName());
                }
                case "/logout" -> request.logout();
                case "/credentials-away" -> forgetCredentials();
                case "/away-with-message" -> {
                    request.getSession().invalidate();
                    forgetCredentials();
                    count(request);
                }
                default -> response.sendError(404);
            }
        }

        /** As form authentication's and OIDC's logout do. */
        private void forgetCredentials() {
            routing.response()
                    .addCookie(
                            Cookie.cookie("quarkus-credential", "").setMaxAge(0).setPath("/"));
        }
    }

    static int count(HttpServletRequest request) {
        HttpSession session = request.getSession();
        Integer former = (Integer) session.getAttribute("count");
        int now = former == null ? 1 : former + 1;
        session.setAttribute("count", now);
        return now;
    }

    @WebServlet(urlPatterns = "/async", asyncSupported = true)
    public static class Async extends HttpServlet {
        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) {
            AsyncContext context = request.startAsync();
            context.start(() -> {
                try {
                    context.getResponse().getWriter().print(count((HttpServletRequest) context.getRequest()));
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
                context.complete();
            });
        }
    }

    @WebServlet("/upload")
    @MultipartConfig
    public static class Upload extends HttpServlet {
        @Override
        protected void doPost(HttpServletRequest request, HttpServletResponse response)
                throws IOException, ServletException {
            count(request);
            request.getPart("file").getInputStream().transferTo(response.getOutputStream());
        }
    }

    /** What comes first sees a session that is ours. */
    abstract static class SessionFilter implements Filter {
        static final List<String> SEEN = new CopyOnWriteArrayList<>();

        @Override
        public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
                throws IOException, ServletException {
            if (request.getParameter("filter") != null) {
                SEEN.add(getClass().getSimpleName() + " "
                        + ((HttpServletRequest) request).getSession().getClass().getPackageName());
            }
            chain.doFilter(request, response);
        }
    }

    @WebFilter(urlPatterns = "/*", asyncSupported = true)
    public static class AnnotatedFilter extends SessionFilter {}

    public static class XmlFilter extends SessionFilter {}

    @WebListener
    public static class Listener implements HttpSessionListener, HttpSessionIdListener, HttpSessionAttributeListener {
        static final List<String> EVENTS = new CopyOnWriteArrayList<>();

        @Override
        public void sessionCreated(HttpSessionEvent event) {
            EVENTS.add("created");
        }

        @Override
        public void sessionDestroyed(HttpSessionEvent event) {
            EVENTS.add("destroyed");
        }

        @Override
        public void sessionIdChanged(HttpSessionEvent event, String formerId) {
            EVENTS.add("changed");
        }

        @Override
        public void attributeAdded(HttpSessionBindingEvent event) {
            EVENTS.add("added " + event.getName());
        }
    }

    @SessionScoped
    public static class Cart implements Serializable {
        static final List<String> EVENTS = new CopyOnWriteArrayList<>();

        private int size;

        int add() {
            return ++size;
        }

        @PreDestroy
        void end() {
            EVENTS.add("end");
        }
    }

    @Path("/rest")
    public static class Rest {
        @Inject
        RoutingContext routing;

        @GET
        public int count() {
            Integer former = routing.session().get("count");
            int now = former == null ? 1 : former + 1;
            routing.session().put("count", now);
            return now;
        }
    }

    /** Whoever the header names. */
    @ApplicationScoped
    public static class HeaderLogin implements HttpAuthenticationMechanism {
        @Override
        public Uni<SecurityIdentity> authenticate(RoutingContext routing, IdentityProviderManager identities) {
            String user = routing.request().getHeader("X-User");
            return user == null ? Uni.createFrom().nullItem() : Uni.createFrom().item(new Known(user));
        }

        @Override
        public Uni<ChallengeData> getChallenge(RoutingContext routing) {
            return Uni.createFrom().item(new ChallengeData(401, "WWW-Authenticate", "X-User"));
        }

        @Override
        public Set<Class<? extends AuthenticationRequest>> getCredentialTypes() {
            return Set.of();
        }
    }

    /** Somebody with a name and without roles. */
    record Known(String name) implements SecurityIdentity {
        @Override
        public Principal getPrincipal() {
            return this::name;
        }

        @Override
        public boolean isAnonymous() {
            return false;
        }

        @Override
        public Set<String> getRoles() {
            return Set.of();
        }

        @Override
        public boolean hasRole(String role) {
            return false;
        }

        @Override
        public <T extends Credential> T getCredential(Class<T> type) {
            return null;
        }

        @Override
        public Set<Credential> getCredentials() {
            return Set.of();
        }

        @Override
        public <T> T getAttribute(String attribute) {
            return null;
        }

        @Override
        public Map<String, Object> getAttributes() {
            return Map.of();
        }

        @Override
        public Set<Permission> getPermissions() {
            return Set.of();
        }

        @Override
        public Uni<Boolean> checkPermission(Permission permission) {
            return Uni.createFrom().item(true);
        }
    }

    @ApplicationScoped
    public static class Passwords implements IdentityProvider<UsernamePasswordAuthenticationRequest> {
        @Override
        public Class<UsernamePasswordAuthenticationRequest> getRequestType() {
            return UsernamePasswordAuthenticationRequest.class;
        }

        @Override
        public Uni<SecurityIdentity> authenticate(
                UsernamePasswordAuthenticationRequest request, AuthenticationRequestContext context) {
            return Uni.createFrom().item(new Known(request.getUsername()));
        }
    }

    @TestHTTPResource("/")
    URI site;

    @Inject
    CountingStore store;

    @Inject
    SessionManager sessions;

    private Visitor visitor;

    @BeforeEach
    void visit() {
        visitor = new Visitor(site);
        store.slow(20);
        store.calls();
        Listener.EVENTS.clear();
        Cart.EVENTS.clear();
        SessionFilter.SEEN.clear();
    }

    private String body(String path, String... headers) {
        HttpResponse<String> response = visitor.get(path, headers);
        assertThat(response.statusCode()).isEqualTo(200);
        return response.body();
    }

    @Test
    @DisplayName("finds what the request before it has put into the session, however slow the store is")
    void counts() {
        for (int visit = 1; visit <= 5; visit++) {
            assertThat(body("/pages/count")).isEqualTo(String.valueOf(visit));
        }
        assertThat(visitor.cookies).containsOnlyKeys("JSESSIONID");
        assertThat(sessions.report()).contains(" by Quarkus with the cookie JSESSIONID; ");
        assertThat(visitor.cookies.get("JSESSIONID"))
                .containsIgnoringCase("; HttpOnly")
                .contains("SameSite=Lax", "Max-Age=7320", "Path=/;")
                .doesNotContain("Secure");
    }

    @Test
    @DisplayName("costs one read if it uses the session, and none if it does not")
    void reads() {
        visitor.get("/pages/count");
        assertThat(store.calls()).containsExactly("create");
        visitor.get("/pages/count");
        assertThat(store.calls()).containsExactly("find", "update");
        visitor.get("/x.page");
        assertThat(store.calls()).containsExactly("find", "update");
        visitor.get("/pages/none");
        visitor.get("/files/site.txt");
        assertThat(store.calls()).isEmpty();
        visitor.get("/pages/empty");
        assertThat(store.calls()).containsExactly("find");
    }

    @Test
    @DisplayName("stores an empty new session, as its specification has it, for the application's session timeout")
    void empty() {
        assertThat(body("/pages/empty")).isEqualTo("true");
        assertThat(body("/pages/empty")).isEqualTo("false");
        assertThat(body("/pages/timeout")).isEqualTo(String.valueOf(20 * 60));
    }

    @Test
    @DisplayName("shares the session with a REST endpoint")
    void shares() {
        assertThat(body("/pages/count")).isEqualTo("1");
        assertThat(body("/rest")).isEqualTo("2");
        assertThat(body("/pages/count")).isEqualTo("3");
        assertThat(visitor.cookies).containsOnlyKeys("JSESSIONID");
        visitor = new Visitor(site);
        assertThat(body("/rest")).isEqualTo("1");
        assertThat(body("/pages/count")).isEqualTo("2");
        assertThat(visitor.cookies).containsOnlyKeys("JSESSIONID");
        assertThat(visitor.cookies.get("JSESSIONID"))
                .containsIgnoringCase("; HttpOnly")
                .contains("SameSite=Lax", "Max-Age=7320", "Path=/;")
                .doesNotContain("Secure");
    }

    @Test
    @DisplayName("has its session injected, too")
    void injected() {
        assertThat(body("/pages/injected")).isEqualTo("11");
        assertThat(store.calls()).containsExactly("create");
        assertThat(body("/pages/count")).isEqualTo("12");
    }

    @Test
    @DisplayName("is filtered by nobody before the sessions are there")
    void first() {
        visitor.get("/pages/none?filter=1");
        assertThat(SessionFilter.SEEN)
                .containsExactlyInAnyOrder(
                        "XmlFilter io.github.dynamosession.servlet", "AnnotatedFilter io.github.dynamosession.servlet");
    }

    @Test
    @DisplayName("ends sessions, changes their ids, and has listeners that are told")
    void life() {
        visitor.get("/pages/count");
        String before = visitor.cookies.get("JSESSIONID");
        String id = body("/pages/change");
        assertThat(before).doesNotStartWith(id);
        assertThat(visitor.cookies.get("JSESSIONID")).startsWith(id);
        assertThat(body("/pages/count")).isEqualTo("2");
        visitor.get("/pages/invalidate");
        assertThat(visitor.cookies).isEmpty();
        assertThat(Listener.EVENTS).containsExactly("created", "added count", "changed", "destroyed");
        visitor.cookies.put("JSESSIONID", before);
        assertThat(body("/pages/count")).isEqualTo("1");
    }

    @Test
    @DisplayName("may be asynchronous, redirect, fail, have an error page, write and read much")
    void ways() {
        assertThat(body("/async")).isEqualTo("1");
        assertThat(body("/async")).isEqualTo("2");
        assertThat(visitor.get("/pages/redirect").statusCode()).isEqualTo(302);
        assertThat(visitor.get("/pages/broken").statusCode()).isEqualTo(500);
        HttpResponse<String> tea = visitor.get("/pages/tea");
        assertThat(tea.statusCode()).isEqualTo(418);
        assertThat(tea.body()).isEqualTo("teapot 6");
        assertThat(body("/pages/large")).hasSize(1024 * 1024);
        String much = "much".repeat(300_000);
        assertThat(visitor.post("/pages/echo", much).body()).isEqualTo(much);
        String part =
                "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n" + much + "\r\n--b--\r\n";
        assertThat(visitor.post("/upload", part, "Content-Type", "multipart/form-data; boundary=b")
                        .body())
                .isEqualTo(much);
        assertThat(body("/pages/count")).isEqualTo("10");
        assertThat(body("/files/site.txt")).isEqualTo("static");
    }

    @Test
    @DisplayName("is answered with 503 if the session cannot be read or saved")
    void down() {
        visitor.get("/pages/count");
        store.down(true);
        try {
            assertThat(visitor.get("/pages/count").statusCode()).isEqualTo(503);
            assertThat(visitor.get("/pages/none").statusCode()).isEqualTo(200);
            assertThat(new Visitor(site).get("/pages/count").statusCode()).isEqualTo(503);
        } finally {
            store.down(false);
        }
        assertThat(body("/pages/count")).isEqualTo("2");
    }

    @Test
    @DisplayName("has session-scoped beans for one request, and the log said so at the start")
    void sessionScoped() {
        assertThat(body("/pages/cart")).isEqualTo("1");
        assertThat(body("/pages/cart")).isEqualTo("1");
        assertThat(body("/pages/count")).isEqualTo("1");
        visitor.get("/pages/cart-over");
        assertThat(Cart.EVENTS).containsExactly("end");
    }

    @Test
    @DisplayName("has a session of another id once somebody has logged in")
    void identity() {
        visitor.get("/pages/count");
        String before = visitor.cookies.get("JSESSIONID");
        assertThat(body("/pages/user", "X-User", "alice")).isEqualTo("2 alice");
        String alices = visitor.cookies.get("JSESSIONID");
        assertThat(alices).isNotEqualTo(before);
        assertThat(body("/pages/user", "X-User", "alice")).isEqualTo("3 alice");
        assertThat(visitor.cookies.get("JSESSIONID")).isEqualTo(alices);
    }

    @Test
    @DisplayName("may log somebody in, which changes the id as well, and out")
    void login() {
        visitor.get("/pages/count");
        String before = visitor.cookies.get("JSESSIONID");
        assertThat(body("/pages/login")).isEqualTo("alice");
        assertThat(visitor.cookies.get("JSESSIONID")).isNotEqualTo(before);
        assertThat(visitor.cookies).containsOnlyKeys("JSESSIONID", "JSESSIONID_LOGIN");
        assertThat(body("/pages/user")).isEqualTo("2 alice");
        visitor.get("/pages/logout");
        assertThat(body("/pages/count")).isEqualTo("3");
    }

    @Test
    @DisplayName("that takes Quarkus' credentials away ends the session, and keeps what is put into the next one")
    void logout() {
        visitor.get("/pages/count");
        String member = visitor.cookies.get("JSESSIONID");
        visitor.get("/pages/credentials-away");
        assertThat(visitor.cookies).isEmpty();
        visitor.cookies.put("JSESSIONID", member);
        assertThat(body("/pages/count")).isEqualTo("1");

        visitor.get("/pages/away-with-message");
        assertThat(body("/pages/count")).isEqualTo("2");
    }
}
