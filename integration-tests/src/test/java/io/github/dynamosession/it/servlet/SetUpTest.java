// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.it.servlet.TestServer.Page;
import io.github.dynamosession.servlet.DynamoSessionFilter;
import io.github.dynamosession.servlet.DynamoSessionInitializer;
import io.github.dynamosession.servlet.DynamoSessions;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;
import org.apache.catalina.core.StandardContext;
import org.apache.catalina.startup.ContextConfig;
import org.apache.catalina.startup.Tomcat;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("The servlet filter can be set up")
class SetUpTest {
    private static final Map<String, Page> PAGES = Map.of(
            "/count",
            (request, response) -> response.getWriter()
                    .print(DynamoSessions.session(request)
                            .compute("n", Integer.class, n -> n.orElse(0) + 1)
                            .orElseThrow()),
            "/timeout",
            (request, response) ->
                    response.getWriter().print(request.getSession().getMaxInactiveInterval()),
            "/ours",
            (request, response) -> response.getWriter()
                    .print(request.getSession().getClass().getName().startsWith("io.github.dynamosession.")));

    /** More than one codec is on the class path of these tests. */
    @BeforeAll
    static void chooseCodec() {
        System.setProperty("dynamosession.codec", "json");
    }

    @AfterAll
    static void forgetCodec() {
        System.clearProperty("dynamosession.codec");
    }

    private static void checkCounts(int port) {
        Browser browser = new Browser(port);
        assertThat(browser.get("/count").body()).isEqualTo("1");
        assertThat(browser.get("/count").body()).isEqualTo("2");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("by init parameters of its class")
    void initParameters(Container container) throws Exception {
        try (Container.Running running = container.start((classes, context) -> {
            FilterRegistration.Dynamic filter = context.addFilter("sessions", DynamoSessionFilter.class);
            filter.setInitParameter("store", "memory");
            filter.setInitParameter("dynamosession.idle-timeout", "10m");
            filter.setAsyncSupported(true);
            filter.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/*");
            TestServer.addPages(context, PAGES);
        })) {
            checkCounts(running.port());
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("without any code, when settings ask for it")
    void noCode(Container container) throws Exception {
        try (Container.Running running = container.start((classes, context) -> {
            context.setInitParameter("dynamosession.store", "memory");
            context.setInitParameter("unrelated", "x");
            new DynamoSessionInitializer().onStartup(classes, context);
            TestServer.addPages(context, PAGES);
        })) {
            checkCounts(running.port());
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("by nobody: then sessions stay with the container")
    void nothing(Container container) throws Exception {
        try (Container.Running running = container.start((classes, context) -> {
            new DynamoSessionInitializer().onStartup(classes, context);
            TestServer.addPages(context, PAGES);
        })) {
            assertThat(new Browser(running.port()).get("/ours").body()).isEqualTo("false");
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("wrongly, also where no table is named: a misspelt name must not leave sessions to the container")
    void misspeltTable(Container container) {
        AtomicReference<Exception> thrown = new AtomicReference<>();
        assertThatThrownBy(() -> container
                        .start((classes, context) -> {
                            context.setInitParameter("dynamosession.tabel-name", "sessions");
                            try {
                                new DynamoSessionInitializer().onStartup(classes, context);
                            } catch (ServletException | RuntimeException e) {
                                thrown.set(e);
                                throw e;
                            }
                        })
                        .close())
                .isNotNull();
        assertThat(thrown.get()).hasMessageContaining("did you mean dynamosession.table-name?");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("once: a filter that is declared is not registered again")
    void declared(Container container) throws Exception {
        try (Container.Running running = container.start((classes, context) -> {
            context.setInitParameter("dynamosession.store", "memory");
            FilterRegistration.Dynamic filter = context.addFilter("sessions", DynamoSessionFilter.class);
            filter.setAsyncSupported(true);
            filter.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/*");
            new DynamoSessionInitializer().onStartup(classes, context);
            assertThat(context.getFilterRegistrations()).doesNotContainKey("dynamosession");
            TestServer.addPages(context, PAGES);
        })) {
            checkCounts(running.port());
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("wrongly: then the application does not start, and is told every problem")
    void wrongly(Container container) {
        assertThatThrownBy(() -> container
                        .start((classes, context) -> {
                            FilterRegistration.Dynamic filter =
                                    context.addFilter("sessions", DynamoSessionFilter.class);
                            filter.setInitParameter("store", "memory");
                            filter.setInitParameter("idel-timeout", "10m");
                            filter.setInitParameter("touch-interval", "often");
                            filter.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/*");
                            TestServer.addPages(context, PAGES);
                        })
                        .close())
                .satisfies(failure -> {
                    if (container != Container.TOMCAT) {
                        assertThat(failure)
                                .hasStackTraceContaining("did you mean dynamosession.idle-timeout")
                                .hasStackTraceContaining("dynamosession.touch-interval must be a duration");
                    }
                });
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("wrongly: the initializer says so, because some servers go on without a filter that does not start")
    void wronglyAtOnce(Container container) {
        for (String wrong :
                List.of("dynamosession.idel-timeout", "dynamosession.cookie.same-site", "dynamosession.codec")) {
            for (boolean declared : List.of(false, true)) {
                AtomicReference<Exception> thrown = new AtomicReference<>();
                assertThatThrownBy(() -> container
                                .start((classes, context) -> {
                                    context.setInitParameter("dynamosession.store", "memory");
                                    context.setInitParameter(wrong, "None");
                                    if (declared) {
                                        context.addFilter("sessions", DynamoSessionFilter.class);
                                    }
                                    try {
                                        new DynamoSessionInitializer().onStartup(classes, context);
                                    } catch (ServletException | RuntimeException e) {
                                        thrown.set(e);
                                        throw e;
                                    }
                                })
                                .close())
                        .isNotNull();
                assertThat(thrown.get()).as("%s, declared: %s", wrong, declared).hasMessageContaining("dynamosession.");
            }
        }
    }

    @Test
    @DisplayName("by web.xml")
    void webXml(@TempDir Path directory) throws Exception {
        checkTomcat(directory, """
                <web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0">
                  <context-param>
                    <param-name>dynamosession.store</param-name><param-value>memory</param-value>
                  </context-param>
                  <filter>
                    <filter-name>sessions</filter-name>
                    <filter-class>io.github.dynamosession.servlet.DynamoSessionFilter</filter-class>
                    <async-supported>true</async-supported>
                    <init-param>
                      <param-name>cookie.name</param-name><param-value>SID</param-value>
                    </init-param>
                  </filter>
                  <filter-mapping>
                    <filter-name>sessions</filter-name><url-pattern>/*</url-pattern>
                    <dispatcher>REQUEST</dispatcher><dispatcher>ERROR</dispatcher><dispatcher>ASYNC</dispatcher>
                  </filter-mapping>
                </web-app>
                """, "SID");
    }

    @Test
    @DisplayName("by the jar being on the class path and a context parameter")
    void discovered(@TempDir Path directory) throws Exception {
        checkTomcat(directory, """
                <web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0">
                  <context-param>
                    <param-name>dynamosession.store</param-name><param-value>memory</param-value>
                  </context-param>
                  <session-config><cookie-config><name>CID</name></cookie-config></session-config>
                </web-app>
                """, "CID");
    }

    @Test
    @DisplayName("with the session timeout of web.xml, which is in minutes, unless a setting says otherwise")
    void timeout(@TempDir Path directory) throws Exception {
        String webXml = """
                <web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0">
                  <context-param>
                    <param-name>dynamosession.store</param-name><param-value>memory</param-value>
                  </context-param>
                  <context-param>
                    <param-name>dynamosession.touch-interval</param-name><param-value>1s</param-value>
                  </context-param>
                  <session-config><session-timeout>7</session-timeout></session-config>
                </web-app>
                """;
        withTomcat(
                Files.createDirectory(directory.resolve("one")),
                webXml,
                port -> assertThat(new Browser(port).get("/timeout").body()).isEqualTo("420"));
        String idle = webXml.replace("dynamosession.touch-interval", "dynamosession.idle-timeout")
                .replace("1s", "90s");
        withTomcat(
                Files.createDirectory(directory.resolve("two")),
                idle,
                port -> assertThat(new Browser(port).get("/timeout").body()).isEqualTo("90"));
    }

    private static void checkTomcat(Path directory, String webXml, String cookie) throws Exception {
        withTomcat(directory, webXml, port -> {
            assertThat(new Browser(port).get("/count").setCookie(cookie)).isNotNull();
            checkCounts(port);
        });
    }

    private static void withTomcat(Path directory, String webXml, IntConsumer check) throws Exception {
        Path application =
                Files.createDirectories(directory.resolve("app/WEB-INF")).getParent();
        Files.writeString(application.resolve("WEB-INF/web.xml"), webXml);
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(directory.toString());
        tomcat.setPort(0);
        StandardContext context = new StandardContext();
        context.setPath(Container.CONTEXT_PATH);
        context.setDocBase(application.toString());
        context.setParentClassLoader(SetUpTest.class.getClassLoader());
        ContextConfig config = new ContextConfig();
        config.setDefaultWebXml("org/apache/catalina/startup/NO_DEFAULT_XML");
        context.addLifecycleListener(config);
        context.addServletContainerInitializer((classes, target) -> TestServer.addPages(target, PAGES), null);
        tomcat.getHost().addChild(context);
        tomcat.start();
        try {
            check.accept(tomcat.getConnector().getLocalPort());
        } finally {
            tomcat.stop();
            tomcat.destroy();
        }
    }
}
