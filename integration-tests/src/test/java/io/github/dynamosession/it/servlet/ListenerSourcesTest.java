// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.it.servlet.TestServer.Page;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.servlet.DynamoSessionFilter;
import io.undertow.Undertow;
import io.undertow.servlet.Servlets;
import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.api.DeploymentManager;
import io.undertow.servlet.api.ListenerInfo;
import io.undertow.servlet.api.ServletContainerInitializerInfo;
import io.undertow.servlet.util.ImmediateInstanceFactory;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContainerInitializer;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import jakarta.servlet.annotation.WebListener;
import jakarta.servlet.http.HttpSession;
import jakarta.servlet.http.HttpSessionAttributeListener;
import jakarta.servlet.http.HttpSessionBindingEvent;
import jakarta.servlet.http.HttpSessionEvent;
import jakarta.servlet.http.HttpSessionIdListener;
import jakarta.servlet.http.HttpSessionListener;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.apache.catalina.core.StandardContext;
import org.apache.catalina.startup.ContextConfig;
import org.apache.catalina.startup.Tomcat;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Servlet 6.1, 11.3.3: listeners come from several places, and the filter has to find them all. */
@DisplayName("A listener is told of the filter's sessions exactly once if it is declared")
class ListenerSourcesTest {
    /** What listeners were told, as {@code class event}; who was told, by identity. */
    static final List<String> EVENTS = new CopyOnWriteArrayList<>();

    static final Set<Object> LISTENERS = ConcurrentHashMap.newKeySet();

    @BeforeEach
    void forget() {
        EVENTS.clear();
        LISTENERS.clear();
    }

    /** Every kind of listener in one. */
    public static class All implements HttpSessionListener, HttpSessionIdListener, HttpSessionAttributeListener {
        private void told(String event) {
            LISTENERS.add(this);
            String name = getClass().getName();
            EVENTS.add(name.substring(name.indexOf('$') + 1) + " " + event);
        }

        @Override
        public void sessionCreated(HttpSessionEvent event) {
            told("created");
        }

        @Override
        public void sessionDestroyed(HttpSessionEvent event) {
            told("destroyed");
        }

        @Override
        public void sessionIdChanged(HttpSessionEvent event, String formerId) {
            told("renamed");
        }

        @Override
        public void attributeAdded(HttpSessionBindingEvent event) {
            told("added");
        }
    }

    /** Declared beside {@link All}. */
    public static final class Other extends All {}

    /** Found by its annotation. */
    @WebListener
    public static final class Annotated extends All {}

    /** Adds a listener when the application starts, which only one of a descriptor may do (4.4). */
    public static final class Late implements ServletContextListener {
        @Override
        public void contextInitialized(ServletContextEvent event) {
            event.getServletContext().addListener(Other.class);
        }
    }

    private static final Map<String, Page> PAGES = Map.of("/use", (request, response) -> {
        HttpSession session = request.getSession();
        session.setAttribute("a", "x");
        request.changeSessionId();
        session.invalidate();
        response.getWriter().print(session.getClass().getName().startsWith("io.github.dynamosession."));
    });

    private static void deploy(ServletContext context, All... ofTheBuilder) {
        DynamoSessionFilter.Builder builder =
                DynamoSessionFilter.builder(SessionManager.builder(new InMemorySessionStore(Clock.systemUTC()))
                        .codec(JsonCodec.builder().build())
                        .build());
        for (All listener : ofTheBuilder) {
            builder.listener(listener);
        }
        FilterRegistration.Dynamic filter = context.addFilter("sessions", builder.build());
        filter.setAsyncSupported(true);
        filter.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/*");
        TestServer.addPages(context, PAGES);
    }

    private static void use(int port) {
        assertThat(new Browser(port).get("/use").body()).isEqualTo("true");
    }

    private static void use(Container container, Consumer<ServletContext> declare, All... ofTheBuilder)
            throws Exception {
        try (Container.Running running = container.start((classes, context) -> {
            deploy(context, ofTheBuilder);
            declare.accept(context);
        })) {
            use(running.port());
        }
    }

    private static void all(String... names) {
        assertThat(EVENTS)
                .containsExactlyElementsOf(List.of("created", "added", "renamed", "destroyed").stream()
                        .flatMap(event -> {
                            List<String> told = List.of(names).stream()
                                    .map(name -> name + " " + event)
                                    .toList();
                            return event.equals("destroyed") ? reversed(told).stream() : told.stream();
                        })
                        .toList());
        assertThat(LISTENERS).hasSize(names.length);
    }

    private static List<String> reversed(List<String> list) {
        List<String> reversed = new CopyOnWriteArrayList<>();
        list.forEach(one -> reversed.add(0, one));
        return reversed;
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("by addListener, as an instance, a class and a class name, in that order")
    void added(Container container) throws Exception {
        use(container, context -> {
            context.addListener(new All());
            context.addListener(Other.class);
            context.addListener(Annotated.class.getName());
        });
        all("All", "Other", "Annotated");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("as a class twice: then there are two of it")
    void twice(Container container) throws Exception {
        use(container, context -> {
            context.addListener(All.class);
            context.addListener(All.class);
        });
        all("All", "All");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("on the builder: after those of the container, and not again if the container knows it")
    void builder(Container container) throws Exception {
        All both = new All();
        use(container, context -> context.addListener(both), new Other(), both, both);
        all("All", "Other");
    }

    @Test
    @DisplayName("in web.xml, in a web-fragment.xml or by @WebListener: Tomcat")
    void tomcat(@TempDir Path directory) throws Exception {
        Path application = directory.resolve("app");
        Path classes = Files.createDirectories(application.resolve("WEB-INF/classes"));
        Files.writeString(
                application.resolve("WEB-INF/web.xml"), """
                <web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0">
                  <listener><listener-class>%s</listener-class></listener>
                  <listener><listener-class>%s</listener-class></listener>
                </web-app>
                """.formatted(All.class.getName(), Late.class.getName()));
        String annotated = Annotated.class.getName().replace('.', '/') + ".class";
        Path file = classes.resolve(annotated);
        Files.createDirectories(file.getParent());
        try (InputStream bytes = Annotated.class.getClassLoader().getResourceAsStream(annotated)) {
            Files.copy(bytes, file);
        }
        Path jars = Files.createDirectories(application.resolve("WEB-INF/lib"));
        try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(jars.resolve("fragment.jar")))) {
            jar.putNextEntry(new JarEntry("META-INF/web-fragment.xml"));
            jar.write("""
                    <web-fragment xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0">
                      <listener><listener-class>%s</listener-class></listener>
                    </web-fragment>
                    """.formatted(OfFragment.class.getName()).getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(directory.toString());
        tomcat.setPort(0);
        StandardContext context = new StandardContext();
        context.setPath(Container.CONTEXT_PATH);
        context.setDocBase(application.toString());
        context.setParentClassLoader(ListenerSourcesTest.class.getClassLoader());
        ContextConfig config = new ContextConfig();
        config.setDefaultWebXml("org/apache/catalina/startup/NO_DEFAULT_XML");
        context.addLifecycleListener(config);
        context.addServletContainerInitializer((found, target) -> deploy(target), null);
        tomcat.getHost().addChild(context);
        tomcat.start();
        try {
            use(tomcat.getConnector().getLocalPort());
        } finally {
            tomcat.stop();
            tomcat.destroy();
        }
        assertThat(new HashSet<>(EVENTS)).hasSameSizeAs(EVENTS).hasSize(4 * 4);
        assertThat(EVENTS.get(0)).isEqualTo("All created");
        assertThat(EVENTS)
                .contains("Annotated destroyed", "OfFragment renamed", "Other created")
                .endsWith("All destroyed");
    }

    /** Declared in a fragment. */
    public static final class OfFragment extends All {}

    @Test
    @DisplayName("in a descriptor: Jetty, for Servlet 6.1")
    void jetty() throws Exception {
        org.eclipse.jetty.ee11.servlet.ServletContextHandler context =
                new org.eclipse.jetty.ee11.servlet.ServletContextHandler(
                        Container.CONTEXT_PATH, org.eclipse.jetty.ee11.servlet.ServletContextHandler.SESSIONS);
        for (Class<? extends java.util.EventListener> type : List.of(All.class, Late.class, Annotated.class)) {
            // What Jetty makes of web.xml and of annotations.
            org.eclipse.jetty.ee11.servlet.ListenerHolder holder =
                    new org.eclipse.jetty.ee11.servlet.ListenerHolder(new org.eclipse.jetty.ee11.servlet.Source(
                            org.eclipse.jetty.ee11.servlet.Source.Origin.DESCRIPTOR, "web.xml"));
            holder.setClassName(type.getName());
            context.getServletHandler().addListener(holder);
        }
        context.addServletContainerInitializer((found, target) -> deploy(target));
        jetty(context);
        all("All", "Annotated", "Other");
    }

    @Test
    @DisplayName("in a descriptor: Jetty, for Servlet 6.0")
    void olderJetty() throws Exception {
        org.eclipse.jetty.ee10.servlet.ServletContextHandler context =
                new org.eclipse.jetty.ee10.servlet.ServletContextHandler(
                        Container.CONTEXT_PATH, org.eclipse.jetty.ee10.servlet.ServletContextHandler.SESSIONS);
        for (Class<? extends java.util.EventListener> type : List.of(All.class, Late.class, Annotated.class)) {
            org.eclipse.jetty.ee10.servlet.ListenerHolder holder =
                    new org.eclipse.jetty.ee10.servlet.ListenerHolder(new org.eclipse.jetty.ee10.servlet.Source(
                            org.eclipse.jetty.ee10.servlet.Source.Origin.DESCRIPTOR, "web.xml"));
            holder.setClassName(type.getName());
            context.getServletHandler().addListener(holder);
        }
        context.addServletContainerInitializer((found, target) -> deploy(target));
        jetty(context);
        all("All", "Annotated", "Other");
    }

    private static void jetty(org.eclipse.jetty.server.Handler context) throws Exception {
        Server server = new Server();
        ServerConnector connector = new ServerConnector(server);
        server.addConnector(connector);
        server.setHandler(context);
        server.start();
        try {
            use(connector.getLocalPort());
        } finally {
            server.stop();
        }
    }

    @Test
    @DisplayName("in a descriptor: Undertow")
    void undertow() throws Exception {
        ServletContainerInitializer application = (found, target) -> deploy(target);
        DeploymentInfo deployment = Servlets.deployment()
                .setClassLoader(ListenerSourcesTest.class.getClassLoader())
                .setContextPath(Container.CONTEXT_PATH)
                .setDeploymentName("sources")
                // What servers that embed Undertow make of web.xml and of annotations.
                .addListeners(
                        new ListenerInfo(All.class), new ListenerInfo(Late.class), new ListenerInfo(Annotated.class))
                .addServletContainerInitializer(new ServletContainerInitializerInfo(
                        application.getClass(), new ImmediateInstanceFactory<>(application), Set.of()));
        DeploymentManager manager = Servlets.newContainer().addDeployment(deployment);
        manager.deploy();
        Undertow undertow = Undertow.builder()
                .addHttpListener(0, "localhost")
                .setHandler(io.undertow.Handlers.path().addPrefixPath(Container.CONTEXT_PATH, manager.start()))
                .build();
        undertow.start();
        try {
            use(((InetSocketAddress) undertow.getListenerInfo().get(0).getAddress()).getPort());
        } finally {
            undertow.stop();
            manager.stop();
            manager.undeploy();
        }
        all("All", "Annotated", "Other");
    }
}
