// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.it.servlet.Browser.Answer;
import io.github.dynamosession.testkit.EmbeddedDynamoDbServer;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletContainerInitializer;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.management.ObjectName;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ContextHandlerCollection;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("An application that is deployed and undeployed ten times leaves nothing behind")
class RedeployTest {
    private static final int ROUNDS = 10;
    private static final String OURS = "io.github.dynamosession.";

    /** What an application would have in its own jars. */
    private static final List<String> OF_THE_APPLICATION =
            List.of(OURS, "software.amazon.", "com.fasterxml.", "org.apache.http.", "org.reactivestreams.");

    /** Held by {@link Pages} of every class loader, so it has to come from the JDK. */
    private static final String HOLD = RedeployTest.class.getName() + ".hold";

    private static String classPath() {
        return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    }

    /** The class loader of one deployment: has its own copy of all that an application brings. */
    private static final class ApplicationLoader extends URLClassLoader {
        ApplicationLoader() throws MalformedURLException {
            super(urls(), RedeployTest.class.getClassLoader());
        }

        private static URL[] urls() throws MalformedURLException {
            List<URL> urls = new ArrayList<>();
            for (String entry : RedeployTest.classPath().split(File.pathSeparator)) {
                urls.add(Path.of(entry).toUri().toURL());
            }
            return urls.toArray(URL[]::new);
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            synchronized (getClassLoadingLock(name)) {
                if (OF_THE_APPLICATION.stream().noneMatch(name::startsWith)) {
                    return super.loadClass(name, resolve);
                }
                Class<?> loaded = findLoadedClass(name);
                return loaded == null ? findClass(name) : loaded;
            }
        }
    }

    /** Counts in the session. */
    public static final class Pages extends HttpServlet {
        private static final long serialVersionUID = 1L;

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response)
                throws ServletException, IOException {
            HttpSession session = request.getSession();
            Object before = session.getAttribute("n");
            session.setAttribute("n", before == null ? 1 : (Integer) before + 1);
            if (request.getServletPath().equals("/slow")) {
                CountDownLatch[] latches =
                        (CountDownLatch[]) System.getProperties().get(HOLD);
                latches[0].countDown();
                try {
                    latches[1].await(1, TimeUnit.MINUTES);
                } catch (InterruptedException e) {
                    throw new ServletException(e);
                }
            }
            response.getWriter()
                    .print(session.getAttribute("n") + " "
                            + getClass().getClassLoader().getClass().getSimpleName());
        }
    }

    /** How the filter gets into the application. */
    enum SetUp {
        ZERO_CODE,
        FILTER_CLASS
    }

    /** What each container needs to deploy and undeploy. */
    private interface Deployer extends AutoCloseable {
        int port();

        Undeploy deploy(ClassLoader loader, ServletContainerInitializer application) throws Exception;
    }

    private interface Undeploy {
        void undeploy() throws Exception;
    }

    private static Deployer tomcat() throws Exception {
        Path base = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "tomcat")
                .toAbsolutePath();
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(base.toString());
        tomcat.setPort(0);
        tomcat.getConnector();
        tomcat.start();
        return new Deployer() {
            @Override
            public int port() {
                return tomcat.getConnector().getLocalPort();
            }

            @Override
            public Undeploy deploy(ClassLoader loader, ServletContainerInitializer application) {
                Context context = new org.apache.catalina.core.StandardContext();
                context.setPath(Container.CONTEXT_PATH);
                context.setDocBase(base.toString());
                context.setParentClassLoader(loader);
                context.addLifecycleListener(new Tomcat.FixContextListener());
                context.addServletContainerInitializer(application, Set.of());
                tomcat.getHost().addChild(context);
                assertThat(context.getState().isAvailable()).isTrue();
                return () -> {
                    context.stop();
                    tomcat.getHost().removeChild(context);
                    context.destroy();
                };
            }

            @Override
            public void close() throws Exception {
                tomcat.stop();
                tomcat.destroy();
            }
        };
    }

    private static Deployer jetty() throws Exception {
        Server server = new Server();
        ServerConnector connector = new ServerConnector(server);
        server.addConnector(connector);
        ContextHandlerCollection contexts = new ContextHandlerCollection();
        server.setHandler(contexts);
        server.start();
        return new Deployer() {
            @Override
            public int port() {
                return connector.getLocalPort();
            }

            @Override
            public Undeploy deploy(ClassLoader loader, ServletContainerInitializer application) throws Exception {
                ServletContextHandler context =
                        new ServletContextHandler(Container.CONTEXT_PATH, ServletContextHandler.SESSIONS);
                context.setClassLoader(loader);
                context.addServletContainerInitializer(application);
                contexts.addHandler(context);
                context.start();
                return () -> {
                    context.stop();
                    contexts.removeHandler(context);
                    context.destroy();
                };
            }

            @Override
            public void close() throws Exception {
                server.stop();
            }
        };
    }

    private static Map<String, String> settings(String store, String endpoint) {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("dynamosession.store", store);
        settings.put("dynamosession.codec", "json");
        if (store.equals("dynamodb")) {
            settings.put("dynamosession.table-name", "redeployed");
            settings.put("dynamosession.create-table", "true");
            settings.put("dynamosession.region", "us-east-1");
            settings.put("dynamosession.endpoint", endpoint);
        }
        return settings;
    }

    private static ServletContainerInitializer application(
            SetUp setUp, Map<String, String> settings, ClassLoader loader) {
        return (classes, context) -> {
            try {
                settings.forEach(context::setInitParameter);
                if (setUp == SetUp.ZERO_CODE) {
                    ((ServletContainerInitializer) loader.loadClass(OURS + "servlet.DynamoSessionInitializer")
                                    .getConstructor()
                                    .newInstance())
                            .onStartup(null, context);
                } else {
                    @SuppressWarnings("unchecked")
                    Class<? extends Filter> type =
                            (Class<? extends Filter>) loader.loadClass(OURS + "servlet.DynamoSessionFilter");
                    var filter = context.addFilter("sessions", type);
                    filter.setAsyncSupported(true);
                    filter.addMappingForUrlPatterns(EnumSet.of(jakarta.servlet.DispatcherType.REQUEST), false, "/*");
                }
                context.addServlet("pages", (HttpServlet) loader.loadClass(Pages.class.getName())
                                .getConstructor()
                                .newInstance())
                        .addMapping("/");
            } catch (ReflectiveOperationException e) {
                throw new ServletException(e);
            }
        };
    }

    private static WeakReference<ClassLoader> round(
            Deployer deployer, SetUp setUp, Map<String, String> settings, boolean inFlight) throws Exception {
        ApplicationLoader loader = new ApplicationLoader();
        Undeploy deployed = deployer.deploy(loader, application(setUp, settings, loader));
        Browser browser = new Browser(deployer.port());
        assertThat(browser.get("/count").body()).isEqualTo("1 ApplicationLoader");
        assertThat(browser.get("/count").body()).startsWith("2");
        CompletableFuture<Answer> slow = null;
        CountDownLatch[] latches = {new CountDownLatch(1), new CountDownLatch(1)};
        if (inFlight) {
            System.getProperties().put(HOLD, latches);
            slow = browser.start("/slow");
            assertThat(latches[0].await(1, TimeUnit.MINUTES)).isTrue();
            Thread releasing = new Thread(() -> {
                // The container waits for the request, or does not: both ways it ends while the filter is stopped.
                try {
                    Awaitility.await()
                            .pollDelay(Duration.ZERO)
                            .atMost(Duration.ofSeconds(2))
                            .ignoreExceptions()
                            .until(() -> !browser.get("/count").body().startsWith("3"));
                } catch (ConditionTimeoutException e) {
                    // It waits.
                } finally {
                    latches[1].countDown();
                }
            });
            releasing.start();
            deployed.undeploy();
            releasing.join();
            slow.handle((answer, failure) -> null).get(1, TimeUnit.MINUTES);
        } else {
            deployed.undeploy();
        }
        loader.close();
        return new WeakReference<>(loader);
    }

    private static Set<ObjectName> beans() throws Exception {
        return ManagementFactory.getPlatformMBeanServer().queryNames(null, null);
    }

    private static Stream<Thread> threadsOf(List<WeakReference<ClassLoader>> loaders) {
        return Thread.getAllStackTraces().keySet().stream().filter(thread -> {
            ClassLoader own = thread.getClass().getClassLoader();
            ClassLoader context = thread.getContextClassLoader();
            return loaders.stream()
                    .map(WeakReference::get)
                    .anyMatch(loader -> loader != null && (loader == own || loader == context));
        });
    }

    /** Runs in a JVM of its own, so that nothing but this is in its memory. */
    public static void main(String[] arguments) {
        try {
            redeploy(arguments);
            System.exit(0);
        } catch (Throwable e) {
            e.printStackTrace(System.out);
            System.exit(1);
        }
    }

    private static void redeploy(String[] arguments) throws Exception {
        SetUp setUp = SetUp.valueOf(arguments[1]);
        Map<String, String> settings = settings(arguments[2], arguments[4]);
        boolean inFlight = Boolean.parseBoolean(arguments[3]);
        List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
        try (Deployer deployer = arguments[0].equals("TOMCAT") ? tomcat() : jetty()) {
            round(deployer, setUp, settings, inFlight);
            Set<ObjectName> before = beans();
            for (int i = 0; i < ROUNDS; i++) {
                loaders.add(round(deployer, setUp, settings, inFlight));
            }
            assertThat(beans()).isEqualTo(before);
            // A container's thread may remember its last request, but not the one before.
            round(deployer, setUp, settings, inFlight);
            Awaitility.await().atMost(Duration.ofMinutes(1)).untilAsserted(() -> {
                System.gc();
                assertThat(threadsOf(loaders).map(Thread::getName).collect(Collectors.toList()))
                        .isEmpty();
                assertThat(loaders.stream()
                                .filter(loader -> loader.get() != null)
                                .count())
                        .isZero();
            });
        }
    }

    @ParameterizedTest(name = "{0}, {1}, {2}, requests in flight: {3}")
    @CsvSource({
        "TOMCAT, ZERO_CODE, memory, false",
        "TOMCAT, FILTER_CLASS, dynamodb, true",
        "JETTY, FILTER_CLASS, memory, true",
        "JETTY, ZERO_CODE, dynamodb, false"
    })
    @DisplayName("no thread, no class loader, no JMX bean")
    void leavesNothing(String container, String setUp, String store, String inFlight, @TempDir Path directory)
            throws Exception {
        Path output = directory.resolve("output");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        // Softly reachable is not leaked, but would take a full memory to see: the SDK's JSON parser
                        // keeps its buffers that way, in the thread that used it.
                        "-XX:SoftRefLRUPolicyMSPerMB=0",
                        "-Xmx256m",
                        "-Daws.accessKeyId=local",
                        "-Daws.secretAccessKey=local",
                        "-cp",
                        classPath(),
                        RedeployTest.class.getName(),
                        container,
                        setUp,
                        store,
                        inFlight,
                        store.equals("dynamodb")
                                ? EmbeddedDynamoDbServer.shared().endpoint().toString()
                                : "none")
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertThat(process.waitFor(4, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).as(() -> read(output)).isZero();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
