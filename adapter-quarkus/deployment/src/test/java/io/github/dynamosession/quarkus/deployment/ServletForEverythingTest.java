// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.builder.Version;
import io.quarkus.maven.dependency.Dependency;
import io.quarkus.test.QuarkusUnitTest;
import io.quarkus.test.common.http.TestHTTPResource;
import io.vertx.ext.web.Router;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.annotation.MultipartConfig;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.List;
import org.jboss.shrinkwrap.api.asset.StringAsset;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("A servlet for all paths, below two context paths, which is reached through the router's sessions")
class ServletForEverythingTest {
    private static final String WEB_XML = """
            <web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0">
              <session-config><cookie-config><http-only>true</http-only></cookie-config></session-config>
            </web-app>
            """;

    @RegisterExtension
    static final QuarkusUnitTest APPLICATION = new QuarkusUnitTest()
            .setForcedDependencies(List.of(Dependency.of("io.quarkus", "quarkus-undertow", Version.getVersion())))
            .withApplicationRoot(jar -> jar.addClasses(CountingStore.class, CountingStore.Beans.class, Visitor.class)
                    .addAsResource(new StringAsset(WEB_XML), "META-INF/web.xml"))
            .overrideConfigKey("quarkus.http.root-path", "/base")
            .overrideConfigKey("quarkus.servlet.context-path", "/app")
            .overrideConfigKey("dynamosession.cookie.name", "SID")
            .overrideConfigKey("dynamosession.exclude-paths", "/base/app/free/*");

    @WebServlet(urlPatterns = "/*", asyncSupported = true)
    @MultipartConfig
    public static class Everything extends HttpServlet {
        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response)
                throws IOException, ServletException {
            response.setContentType("text/plain");
            String path = String.valueOf(request.getPathInfo());
            if (path.startsWith("/free")) {
                response.getWriter().print(request.getSession(false) == null);
                return;
            }
            int now = count(request);
            switch (path) {
                case "/large" -> {
                    for (int i = 0; i < 1024; i++) {
                        response.getOutputStream().write(new byte[1024]);
                    }
                }
                case "/echo" -> request.getInputStream().transferTo(response.getOutputStream());
                case "/upload" -> request.getPart("file").getInputStream().transferTo(response.getOutputStream());
                case "/redirect" -> response.sendRedirect("/base/app/count");
                case "/broken" -> throw new IllegalStateException("broken on purpose");
                case "/change" -> response.getWriter().print(request.changeSessionId());
                case "/invalidate" -> request.getSession().invalidate();
                case "/missing" -> response.sendError(404);
                case "/async" -> {
                    AsyncContext context = request.startAsync();
                    context.start(() -> {
                        try {
                            response.getWriter().print(now);
                        } catch (IOException e) {
                            throw new AssertionError(e);
                        }
                        context.complete();
                    });
                }
                default -> response.getWriter().print(now);
            }
        }

        private static int count(HttpServletRequest request) {
            Integer former = (Integer) request.getSession().getAttribute("count");
            int now = former == null ? 1 : former + 1;
            request.getSession().setAttribute("count", now);
            return now;
        }
    }

    public static class Routes {
        void add(@Observes Router router) {
            router.get("/route").handler(routing -> {
                Integer former = routing.session().get("count");
                int now = former == null ? 1 : former + 1;
                routing.session().put("count", now);
                routing.end(String.valueOf(now));
            });
        }
    }

    @TestHTTPResource("/")
    URI site;

    @Inject
    CountingStore store;

    private Visitor visitor;

    @BeforeEach
    void visit() {
        visitor = new Visitor(URI.create(site.toString().replaceFirst("/base/?$", "")));
        store.slow(20);
        store.calls();
    }

    private String body(String path) {
        HttpResponse<String> response = visitor.get(path);
        assertThat(response.statusCode()).as(path).isEqualTo(200);
        return response.body();
    }

    @Test
    @DisplayName("may be asynchronous, redirect, fail, write and read much")
    void ways() {
        assertThat(body("/base/app/async")).isEqualTo("1");
        assertThat(body("/base/app/async")).isEqualTo("2");
        assertThat(visitor.get("/base/app/redirect").statusCode()).isEqualTo(302);
        assertThat(visitor.get("/base/app/broken").statusCode()).isEqualTo(500);
        assertThat(visitor.get("/base/app/missing").statusCode()).isEqualTo(404);
        assertThat(body("/base/app/large")).hasSize(1024 * 1024);
        String much = "much".repeat(300_000);
        assertThat(visitor.post("/base/app/echo", much).body()).isEqualTo(much);
        String part =
                "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n" + much + "\r\n--b--\r\n";
        assertThat(visitor.post("/base/app/upload", part, "Content-Type", "multipart/form-data; boundary=b")
                        .body())
                .isEqualTo(much);
        assertThat(body("/base/app/count")).isEqualTo("9");
    }

    @Test
    @DisplayName("shares cookie and session with a route, also at other paths")
    void shares() {
        assertThat(body("/base/app/count")).isEqualTo("1");
        assertThat(body("/base/route")).isEqualTo("2");
        assertThat(body("/base/app/count")).isEqualTo("3");
        assertThat(visitor.cookies).containsOnlyKeys("SID");
        assertThat(visitor.cookies.get("SID"))
                .contains("Path=/;")
                .as("web.xml says of the cookie that it is HttpOnly, and of its age nothing")
                .containsIgnoringCase("; HttpOnly")
                .doesNotContain("Max-Age");
    }

    @Test
    @DisplayName("has the last word on the id and the end of the session")
    void life() {
        visitor.get("/base/app/count");
        String id = body("/base/app/change");
        assertThat(visitor.cookies.get("SID")).startsWith(id);
        assertThat(body("/base/app/count")).isEqualTo("3");
        visitor.get("/base/app/invalidate");
        assertThat(visitor.cookies).isEmpty();
        assertThat(body("/base/app/count")).isEqualTo("1");
    }

    @Test
    @DisplayName("costs a second read, because a route might have wanted the session")
    void reads() {
        visitor.get("/base/app/count");
        assertThat(store.calls()).containsExactly("create");
        visitor.get("/base/app/count");
        assertThat(store.calls()).containsExactly("find", "find", "update");
    }

    @Test
    @DisplayName("has no session where settings exclude the path, which is the one that the client asked for")
    void excluded() {
        visitor.get("/base/app/count");
        store.calls();
        assertThat(body("/base/app/free/x")).isEqualTo("true");
        assertThat(store.calls()).isEmpty();
    }
}
