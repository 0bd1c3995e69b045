// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.java.JavaCodec;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.servlet.DynamoSessionFilter;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.UnstorableValueException;
import io.github.dynamosession.testkit.EmbeddedDynamoDb;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContainerInitializer;
import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.apache.catalina.core.StandardContext;
import org.apache.catalina.startup.Tomcat;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/**
 * Each framework and its application, in {@code src/test/frameworks}, have class loaders of their own on each node:
 * they are not on the class path of the other tests.
 */
@Tag("full")
@EnabledIfSystemProperty(named = "tests", matches = "full", disabledReason = "runs with -Dtests=full")
@EmbeddedDynamoDb
@DisplayName("A page of a component framework, stored with the list in docs/codec-java.md, comes back on another node:")
class FrameworksTest {
    private static final Path LIBRARIES = Path.of(System.getProperty("frameworks.folder", "target/frameworks"));

    /** Held, or it would be collected with its level: Tomcat tells of each start. */
    private static final Logger TOMCAT_LOG = Logger.getLogger("org.apache");

    static {
        TOMCAT_LOG.setLevel(Level.SEVERE);
    }

    @TempDir
    private Path folder;

    private final DynamoDbClient dynamoDb;
    private final String table = "frameworks-" + UUID.randomUUID();

    FrameworksTest(DynamoDbClient dynamoDb) {
        this.dynamoDb = dynamoDb;
    }

    /** What is documented for a framework, in the version that is tested. */
    private static List<String> documented(String label, String framework) throws IOException {
        String text = Files.readString(Path.of("..", "docs", "codec-java.md"));
        Matcher row =
                Pattern.compile("(?m)^\\| " + label + " (\\S+) \\| (`.*`) \\|$").matcher(text);
        assertThat(row.find()).isTrue();
        assertThat(libraries(framework)).anyMatch(library -> library.toString().endsWith("-" + row.group(1) + ".jar"));
        return List.of(row.group(2).replace("`", "").split(" "));
    }

    private static List<Path> libraries(String framework) throws IOException {
        try (Stream<Path> files = Files.list(LIBRARIES.resolve(framework))) {
            return files.toList();
        }
    }

    /** Framework and application, and of the tests' libraries what they do not have. */
    private static final class OwnFirst extends URLClassLoader {
        OwnFirst(URL[] urls) {
            super(urls, OwnFirst.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                if (loaded == null && !name.startsWith("java.")) {
                    try {
                        loaded = findClass(name);
                    } catch (ClassNotFoundException e) {
                        // One of the tests' libraries.
                    }
                }
                return loaded == null ? super.loadClass(name, resolve) : loaded;
            }
        }
    }

    /** One node. */
    private record Node(Tomcat tomcat, SessionManager sessions, ClassLoader loader) implements AutoCloseable {
        String url() {
            return "http://localhost:" + tomcat.getConnector().getLocalPort() + "/app";
        }

        @Override
        public void close() throws Exception {
            tomcat.stop();
            tomcat.destroy();
            sessions.close();
        }
    }

    private Path compiled(String application, List<Path> libraries) throws IOException {
        Path sources = Path.of("src/test/frameworks", application);
        Path classes = folder.resolve(application);
        if (Files.exists(classes)) {
            return classes;
        }
        Files.createDirectories(classes);
        List<String> options = new ArrayList<>(List.of(
                "-proc:none",
                "-Xlint:none",
                "-cp",
                Stream.concat(libraries.stream(), Stream.of(System.getProperty("java.class.path")))
                        .map(Object::toString)
                        .collect(Collectors.joining(System.getProperty("path.separator"))),
                "-d",
                classes.toString()));
        try (Stream<Path> files = Files.walk(sources)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (file.toString().endsWith(".java")) {
                    options.add(file.toString());
                } else {
                    Path copy = classes.resolve(sources.relativize(file).toString());
                    Files.createDirectories(copy.getParent());
                    Files.copy(file, copy);
                }
            }
        }
        assertThat(ToolProvider.getSystemJavaCompiler().run(null, null, null, options.toArray(String[]::new)))
                .isZero();
        return classes;
    }

    private Node start(String application, String framework, List<String> allowed) throws Exception {
        List<Path> libraries = libraries(framework);
        Path classes = compiled(application, libraries);
        List<URL> urls = new ArrayList<>(List.of(classes.toUri().toURL()));
        for (Path library : libraries) {
            urls.add(library.toUri().toURL());
        }
        ClassLoader loader = new OwnFirst(urls.toArray(URL[]::new));
        ServletContainerInitializer setUp = (ServletContainerInitializer)
                loader.loadClass("com.shop.Setup").getConstructor().newInstance();
        SessionStore store = DynamoDbSessionStore.builder()
                .client(dynamoDb)
                .tableName(table)
                .createTable(true)
                .build();
        SessionManager sessions = SessionManager.builder(store)
                .codec(JsonCodec.builder().build())
                .fallbackCodec(codec(loader, allowed))
                .build();
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(Files.createTempDirectory(folder, "tomcat").toString());
        tomcat.setPort(0);
        tomcat.getConnector();
        StandardContext context = (StandardContext)
                tomcat.addContext("/app", classes.toAbsolutePath().toString());
        context.setParentClassLoader(loader);
        context.addServletContainerInitializer(
                (types, target) -> {
                    FilterRegistration.Dynamic filter = target.addFilter(
                            "sessions", DynamoSessionFilter.builder(sessions).build());
                    filter.setAsyncSupported(true);
                    filter.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/*");
                    // Without a servlet no filter is asked.
                    target.addServlet("nothing", new HttpServlet() {}).addMapping("/");
                    setUp.onStartup(types, target);
                },
                null);
        tomcat.start();
        assertThat(context.getState().isAvailable()).isTrue();
        return new Node(tomcat, sessions, loader);
    }

    private static JavaCodec codec(ClassLoader loader, List<String> allowed) {
        return JavaCodec.builder()
                .classLoader(loader)
                .allow(allowed.toArray(String[]::new))
                .build();
    }

    /** Those without which something in the visitor's session could not be stored. */
    private static Set<String> needed(List<String> allowed, Node node, Visitor visitor) {
        Set<String> needed = new TreeSet<>();
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        // As in a request.
        thread.setContextClassLoader(node.loader);
        try {
            Session session = node.sessions
                    .open(visitor.cookie.substring(visitor.cookie.indexOf('=') + 1))
                    .orElseThrow();
            for (String left : allowed) {
                List<String> others = new ArrayList<>(allowed);
                others.remove(left);
                JavaCodec codec = codec(node.loader, others);
                for (String name : session.names()) {
                    try {
                        codec.encode(session.get(name).orElseThrow());
                    } catch (UnstorableValueException e) {
                        needed.add(left);
                    }
                }
            }
        } finally {
            thread.setContextClassLoader(before);
        }
        return needed;
    }

    /** A browser that goes from node to node. */
    private static final class Visitor {
        private static final HttpClient CLIENT = HttpClient.newHttpClient();
        private String cookie = "";

        String get(Node node, String path) throws Exception {
            return send(node, path, HttpRequest.newBuilder());
        }

        String post(Node node, String path, Map<String, String> form) throws Exception {
            String body = form.entrySet().stream()
                    .map(field -> URLEncoder.encode(field.getKey(), StandardCharsets.UTF_8) + "="
                            + URLEncoder.encode(field.getValue(), StandardCharsets.UTF_8))
                    .collect(Collectors.joining("&"));
            return send(
                    node,
                    path,
                    HttpRequest.newBuilder()
                            .header("Content-Type", "application/x-www-form-urlencoded")
                            .POST(HttpRequest.BodyPublishers.ofString(body)));
        }

        /** For Vaadin. */
        String post(Node node, String rpc) throws Exception {
            return send(
                    node,
                    "/?v-r=uidl&v-uiId=0",
                    HttpRequest.newBuilder()
                            .header("Content-Type", "application/json; charset=UTF-8")
                            .POST(HttpRequest.BodyPublishers.ofString(rpc)));
        }

        private String send(Node node, String path, HttpRequest.Builder request) throws Exception {
            URI uri = URI.create(node.url() + path);
            HttpResponse<String> answer = CLIENT.send(
                    request.uri(uri).header("Cookie", cookie).build(), HttpResponse.BodyHandlers.ofString());
            answer.headers().allValues("Set-Cookie").stream()
                    .filter(set -> set.startsWith("JSESSIONID="))
                    .forEach(set -> cookie = set.split(";")[0]);
            if (answer.statusCode() == 302) {
                String next = answer.headers().firstValue("Location").orElseThrow();
                return get(
                        node, uri.resolve(next).toString().substring(node.url().length()));
            }
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            return answer.body();
        }
    }

    private static String match(String text, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        assertThat(matcher.find()).as(text).isTrue();
        return matcher.group(1).replace("&amp;", "&");
    }

    @Test
    @DisplayName("Wicket")
    void wicket() throws Exception {
        List<String> allowed = documented("Wicket", "wicket");
        try (Node one = start("wicket", "wicket", allowed);
                Node two = start("wicket", "wicket", allowed)) {
            Visitor visitor = new Visitor();
            String page = visitor.get(one, "/");
            for (int i = 1; i <= 4; i++) {
                page = visitor.get(i % 2 == 0 ? one : two, match(page, "href=\"\\.(/\\?[^\"]*more[^\"]*)\""));
                assertThat(page).contains("clicks: <span>" + i, "sku-" + i);
            }
            page = visitor.post(
                    two, match(page, "action=\"\\.(/\\?[^\"]*order[^\"]*)\""), Map.of("p::name", "", "size", "1"));
            assertThat(page).contains("is required", "clicks: <span>4");
            page = visitor.get(one, match(page, "href=\"\\.(/\\?[^\"]*more[^\"]*)\""));
            assertThat(page).contains("clicks: <span>5");
            assertThat(needed(allowed, two, visitor)).containsExactlyInAnyOrderElementsOf(allowed);
        }
    }

    @Test
    @DisplayName("Faces, as Mojarra has it")
    void mojarra() throws Exception {
        List<String> allowed = documented("Mojarra", "mojarra");
        Set<String> needed = new TreeSet<>();
        try (Node one = start("faces", "mojarra", allowed);
                Node two = start("faces", "mojarra", allowed)) {
            Visitor visitor = new Visitor();
            String page = visitor.get(one, "/cart.xhtml");
            for (int i = 1; i <= 4; i++) {
                String state = match(page, "name=\"jakarta.faces.ViewState\"[^>]*value=\"([^\"]*)\"");
                page = visitor.post(
                        i % 2 == 0 ? one : two,
                        "/cart.xhtml",
                        Map.of(
                                "form", "form",
                                "form:name", "Ada",
                                "form:size", "L",
                                "form:more", "more",
                                "jakarta.faces.ViewState", state));
                assertThat(page).contains("clicks:" + i, "sku-" + i);
                needed.addAll(needed(allowed, one, visitor));
            }
            assertThat(needed).containsExactlyInAnyOrderElementsOf(allowed);
        }
    }

    @Test
    @DisplayName("Vaadin")
    void vaadin() throws Exception {
        List<String> allowed = documented("Vaadin Flow", "vaadin");
        Set<String> needed = new TreeSet<>();
        try (Node one = start("vaadin", "vaadin", allowed);
                Node two = start("vaadin", "vaadin", allowed)) {
            Visitor visitor = new Visitor();
            String page = visitor.get(one, "/?v-r=init&location=&query=");
            String key = match(page, "\"Vaadin-Security-Key\":\"([^\"]*)\"");
            page = visitor.post(
                    two,
                    rpc(
                            key,
                            0,
                            "1",
                            "ui-navigate",
                            "{\"route\":\"\",\"query\":\"\",\"appShellTitle\":\"\",\"historyState\":{\"idx\":0},\"trigger\":\"\"}"));
            String button =
                    match(page, "\"node\":(\\d+),\"type\":\"put\",\"key\":\"tag\",\"feat\":0,\"value\":\"button\"");
            for (int i = 1; i <= 4; i++) {
                page = visitor.post(i % 2 == 0 ? two : one, rpc(key, i, button, "click", "{}"));
                assertThat(page).contains("cart: ", "sku-" + i);
                needed.addAll(needed(allowed, one, visitor));
            }
            assertThat(needed).containsExactlyInAnyOrderElementsOf(allowed);
        }
    }

    /** What Vaadin's script in the browser sends. */
    private static String rpc(String key, int number, String node, String event, String data) {
        return "{\"csrfToken\":\"" + key + "\",\"rpc\":[{\"type\":\"event\",\"node\":" + node + ",\"event\":\"" + event
                + "\",\"data\":" + data + "}],\"syncId\":" + number + ",\"clientId\":" + number + "}";
    }
}
