// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.integration;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.dynamosession.settings.SessionSettings;
import io.github.dynamosession.spi.Setting;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiPredicate;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/** What documentation says that a program can check: links, settings, artifacts, messages, code. */
@DisplayName("The documentation")
class DocumentationTest {
    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

    private static final Pattern BLOCK = Pattern.compile("(?ms)^( *)```([\\w-]*)\\n(.*?)^ *```");
    private static final Pattern LINK = Pattern.compile("\\[[^\\]\\[]*\\]\\(([^)\\s]+)\\)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ +(.*?)\\s*$");
    private static final Pattern KEY =
            Pattern.compile("(?<![\\w./-])dynamosession\\.([a-z][a-z0-9-]*(?:\\.[a-z0-9-]+)*)");
    private static final Pattern VARIABLE = Pattern.compile("DYNAMOSESSION_([A-Z_]+[A-Z])");
    private static final Pattern MICRONAUT = Pattern.compile("micronaut\\.session\\.http\\.dynamodb\\.([a-z.-]+[a-z])");
    private static final Pattern SETTING = Pattern.compile("(?:new Setting|own)\\(\\s*\"([a-z.-]+)\"");

    /** Code in pages about frameworks that are not on this module's class path; the adapters' tests have the like. */
    private static final Set<String> OF_OTHER_MODULES = Set.of(
            "docs/micronaut.md",
            "docs/quarkus.md",
            "docs/quarkus-development.md",
            "docs/quarkus-oidc.md",
            "docs/spring.md",
            "docs/spring-boot-3.md",
            "docs/vertx.md",
            "docs/metrics.md");

    /** What code in the documentation takes for given. */
    private static final String GIVEN = """
            import static jakarta.servlet.DispatcherType.*;
            import io.github.dynamosession.*;
            import io.github.dynamosession.codec.java.*;
            import io.github.dynamosession.codec.json.*;
            import io.github.dynamosession.codec.msgpack.*;
            import io.github.dynamosession.crypto.*;
            import io.github.dynamosession.dynamodb.*;
            import io.github.dynamosession.memory.*;
            import io.github.dynamosession.servlet.*;
            import io.github.dynamosession.settings.*;
            import io.github.dynamosession.spi.*;
            import io.github.dynamosession.support.*;
            import io.github.dynamosession.support.Row;
            import io.github.dynamosession.testkit.*;
            import io.github.dynamosession.web.*;
            import jakarta.servlet.*;
            import jakarta.servlet.http.*;
            import java.io.*;
            import java.lang.reflect.Type;
            import java.net.URI;
            import java.sql.SQLException;
            import java.time.*;
            import java.util.*;
            import java.util.concurrent.*;
            import java.util.function.*;
            import java.util.stream.*;
            import software.amazon.awssdk.http.apache5.*;
            import software.amazon.awssdk.http.nio.netty.*;
            import software.amazon.awssdk.services.dynamodb.*;

            """;

    private static final String GIVEN_TYPES = """
            record Item(String sku, int quantity) {}
            class Cart {
                Cart() {}
                Cart(String sku) {}
                Cart(List<Item> items) {}
                void add(String sku) {}
                int size() { return 0; }
                List<Item> items() { return List.of(); }
            }
            record User(String name) {}
            class JdbcSessionStore implements SessionStore {
                JdbcSessionStore(Object dataSource, Clock clock) {}
                public boolean isBlocking() { return true; }
                public CompletionStage<FindOutcome> find(SessionKey key) { return null; }
                public CompletionStage<CreateOutcome> create(SessionKey key, StoredSession session) { return null; }
                public CompletionStage<UpdateOutcome> update(SessionKey key, SessionDelta delta) { return null; }
                public CompletionStage<ChangeKeyOutcome> changeKey(SessionKey from, SessionKey to, StoredSession seen,
                        SessionDelta delta, KeyChangeReason reason) { return null; }
                public CompletionStage<DeleteOutcome> delete(SessionKey key) { return null; }
                public void close() {}
            }
            class CborCodec implements SessionCodec {
                CborCodec(Set<Class<?>> types) {}
                public int format() { return 64; }
                public byte[] encode(Object value) { return null; }
                public Object decode(byte[] bytes, Type type) { return null; }
            }
            record MyAdapter(SessionManager manager) {}
            class MyServer {
                interface Handler { String on(MyRequest request) throws Exception; }
                MyServer(MyAdapter adapter, Handler handler) {}
                int port() { return 0; }
                void stop() {}
            }
            interface MyRequest { String path(); }
            record MyVisit(MyRequest request) implements AdapterContract.Visit {
                public boolean hasSession() { return false; }
                public String get(String name) { return null; }
                public void set(String name, String value) {}
                public void remove(String name) {}
                public void changeId() {}
                public void end() {}
            }
            record WrappedKey(String id, byte[] blob) {}
            interface Kms { byte[] decrypt(byte[] blob); }
            class CartCodec extends CborCodec { CartCodec() { super(Set.of()); } }
            class ProtobufCodec extends CborCodec { ProtobufCodec(Object... messages) { super(Set.of()); } }
            interface ShopProtos {
                interface Cart { static Object getDefaultInstance() { return ""; } }
                interface User { static Object getDefaultInstance() { return ""; } }
            }
            class JdbcRows extends BlockingRows {
                JdbcRows(Object database) {}
                protected Optional<Row> read(SessionKey key) { return Optional.empty(); }
                protected boolean insert(Row row) { return false; }
                protected boolean update(Row seen, Row next) { return false; }
                protected boolean delete(Row seen) { return false; }
                public void close() {}
            }
            """;

    private static final String GIVEN_FIELDS = """
            DynamoDbSessionStore store; SessionManager sessions; Session session; SessionSettings settings; String cookieValue;
            DynamoDbClient client; ServletContext context; HttpServletRequest request;
            SessionManager manager; CookiePolicy cookie; SessionExchange.Hooks hooks; boolean isTls;
            String header(String name) { return ""; }
            List<String> headers(String name) { return List.of(); }
            void setHeader(String name, String value) {}
            static Object dataSource, database; Collection<software.amazon.awssdk.services.dynamodb.model.Record> records; static Type LIST_OF_CARTS; String reference; static Kms kms;
            static byte[] goldenFile(String name) { return null; }
            static List<WrappedKey> wrapped() { return List.of(); }
            """;

    private record Block(String page, int line, String language, String text) {
        @Override
        public String toString() {
            return page + ":" + line;
        }
    }

    private static Map<String, String> pages() {
        Map<String, String> pages = new TreeMap<>();
        try (Stream<Path> files = Files.walk(ROOT)) {
            files.filter(file -> file.toString().endsWith(".md"))
                    .map(ROOT::relativize)
                    .filter(file -> !file.toString().contains("target/")
                            && !file.toString().startsWith("."))
                    .filter(file -> !file.toString().contains("node_modules"))
                    .forEach(file -> pages.put(file.toString().replace('\\', '/'), read(file)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        assertThat(pages).hasSizeGreaterThan(50);
        return pages;
    }

    private static String read(Path file) {
        try {
            return Files.readString(ROOT.resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Block> blocks(String... languages) {
        List<Block> blocks = new ArrayList<>();
        pages().forEach((page, text) -> BLOCK.matcher(text).results().forEach(block -> {
            if (List.of(languages).contains(block.group(2)) && !page.startsWith("docs/adr/")) {
                int line = (int) text.substring(0, block.start()).lines().count() + 1;
                blocks.add(new Block(page, line, block.group(2), block.group(3)));
            }
        }));
        assertThat(blocks).as("blocks of %s", List.of(languages)).hasSizeGreaterThan(2);
        return blocks;
    }

    @Test
    @DisplayName("has links that lead somewhere, to the heading that they name")
    void links() {
        Map<String, String> pages = pages();
        List<String> broken = new ArrayList<>();
        pages.forEach((page, text) -> LINK.matcher(BLOCK.matcher(text).replaceAll(""))
                .results()
                .map(link -> link.group(1))
                .filter(target -> !target.matches("[a-z]+:.*"))
                .filter(target -> !leads(page, target, pages))
                .forEach(target -> broken.add(page + " -> " + target)));
        assertThat(broken).isEmpty();
    }

    private static boolean leads(String page, String target, Map<String, String> pages) {
        int hash = target.indexOf('#');
        String file = hash < 0 ? target : target.substring(0, hash);
        Path to = file.isEmpty()
                ? Path.of(page)
                : Path.of("/" + page).resolveSibling(file).normalize();
        String relative = to.toString().replaceFirst("^/", "");
        if (!Files.exists(ROOT.resolve(relative))) {
            return false;
        }
        String text = pages.get(relative);
        return hash < 0 || (text != null && anchors(text).contains(target.substring(hash + 1)));
    }

    /** As GitHub makes them of headings. */
    private static Set<String> anchors(String page) {
        Set<String> anchors = new HashSet<>();
        HEADING.matcher(BLOCK.matcher(page).replaceAll("")).results().forEach(heading -> {
            String text = heading.group(1).replaceAll("\\[([^\\]]*)\\]\\([^)]*\\)", "$1");
            String anchor = text.toLowerCase(Locale.ROOT)
                    .replaceAll("[^\\p{L}\\p{N} _-]", "")
                    .replace(' ', '-');
            for (int again = 1; !anchors.add(anchor); again++) {
                anchor = anchor.replaceAll("-\\d+$", "") + "-" + again;
            }
        });
        return anchors;
    }

    private static final Map<String, String> SOURCES = new ConcurrentHashMap<>();

    private static String sources(String part) {
        return SOURCES.computeIfAbsent(part, DocumentationTest::readSources);
    }

    private static String readSources(String part) {
        try (Stream<Path> files = Files.walk(ROOT)) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file ->
                            file.toString().contains(part) && !file.toString().contains("/target/"))
                    .filter(Files::isRegularFile)
                    .map(DocumentationTest::read)
                    .collect(Collectors.joining("\n"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Set<String> settings() {
        Set<String> keys =
                SessionSettings.builder()
                        .systemProperties(new Properties())
                        .environment(Map.of())
                        .build()
                        .settings()
                        .stream()
                        .map(Setting::key)
                        .collect(Collectors.toCollection(TreeSet::new));
        // Those of the adapters.
        SETTING.matcher(sources("src/main/java")).results().forEach(setting -> keys.add(setting.group(1)));
        assertThat(keys).contains("table-name", "url-tracking", "failed-logins");
        return keys;
    }

    @Test
    @DisplayName("names no setting that does not exist, and no variable of the environment")
    void existingSettings() {
        Set<String> known = settings();
        known.addAll(
                List.of("properties", "version", "bom.version", "profile", "settings", "attribute-names", "cookie"));
        known.addAll(List.of("java", "yml"));
        String code = sources("src/main/java");
        // Meters, health; properties of tests in the pages about tests.
        String withTests = code + sources("src/test/java");
        BiPredicate<String, MatchResult> isLiteral =
                (page, found) -> (page.matches("docs/(building|testkit|operations|troubleshooting).md")
                                ? withTests
                                : code)
                        .contains("\"" + found.group() + "\"");
        Set<String> variables = known.stream()
                .map(key -> key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_'))
                .collect(Collectors.toSet());
        List<String> wrong = new ArrayList<>();
        pages().forEach((page, text) -> {
            if (page.startsWith("docs/adr/")) {
                return;
            }
            KEY.matcher(text)
                    .results()
                    .filter(found -> !known.contains(found.group(1)) && !isLiteral.test(page, found))
                    .forEach(found -> wrong.add(page + ": " + found.group()));
            VARIABLE.matcher(text)
                    .results()
                    .filter(found -> !variables.contains(found.group(1)) && !isLiteral.test(page, found))
                    .forEach(found -> wrong.add(page + ": " + found.group()));
            MICRONAUT
                    .matcher(text)
                    .results()
                    .filter(found -> !known.contains(found.group(1)))
                    .forEach(found -> wrong.add(page + ": " + found.group()));
        });
        assertThat(wrong).isEmpty();
    }

    @Test
    @DisplayName("has samples of properties and YAML with settings that exist")
    void properties() throws IOException {
        Set<String> known = settings();
        List<String> wrong = new ArrayList<>();
        for (Block block : blocks("properties")) {
            Properties properties = new Properties();
            properties.load(new StringReader(block.text()));
            assertThat(properties).as("%s", block).isNotEmpty();
            for (String key : properties.stringPropertyNames()) {
                boolean ours = key.startsWith("dynamosession.");
                if (ours ? !known.contains(key.substring(14)) : !key.matches("(quarkus|spring|server)\\..*")) {
                    wrong.add(block + " " + key);
                }
            }
        }
        for (Block block : blocks("yaml")) {
            for (String key : keys(block.text())) {
                if (key.startsWith("micronaut.session.http.dynamodb.") && !known.contains(key.substring(32))) {
                    wrong.add(block + " " + key);
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    /** The keys of a YAML document of plain mappings, in two spaces each. */
    private static List<String> keys(String yaml) {
        List<String> keys = new ArrayList<>();
        List<String> path = new ArrayList<>();
        for (String line : yaml.split("\n")) {
            Matcher entry = Pattern.compile("( *)([\\w.-]+):.*").matcher(line);
            if (entry.matches()) {
                int depth = entry.group(1).length() / 2;
                while (path.size() > depth) {
                    path.remove(path.size() - 1);
                }
                path.add(entry.group(2));
                keys.add(String.join(".", path));
            }
        }
        return keys;
    }

    @Test
    @DisplayName("has samples of JSON and XML that parse, with artifacts that there are")
    void markup() throws Exception {
        for (Block block : blocks("json")) {
            try {
                new ObjectMapper().readTree(block.text());
            } catch (JsonProcessingException e) {
                throw new AssertionError(block.toString(), e);
            }
        }
        Set<String> artifacts = artifacts();
        for (Block block : blocks("xml")) {
            NodeList names = DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(new InputSource(new StringReader("<fragment>" + block.text() + "</fragment>")))
                    .getElementsByTagName("artifactId");
            for (int i = 0; i < names.getLength(); i++) {
                String name = names.item(i).getTextContent();
                assertThat(!name.startsWith("dynamosession-") || artifacts.contains(name))
                        .as("%s %s", block, name)
                        .isTrue();
            }
        }
        String code = sources("src/main/java");
        List<String> unknown = new ArrayList<>();
        pages().forEach((page, text) -> Pattern.compile(
                        "`(?:io\\.github\\.dynamosession:)?(dynamosession-[a-z-]+[a-z])`")
                .matcher(text)
                .results()
                .filter(name -> !artifacts.contains(name.group(1)) && !code.contains("\"" + name.group(1) + "\""))
                .forEach(name -> unknown.add(page + ": " + name.group(1))));
        assertThat(unknown).isEmpty();
    }

    private static Set<String> artifacts() throws IOException {
        try (Stream<Path> poms = Files.walk(ROOT, 4)) {
            return poms.filter(
                            file -> file.endsWith("pom.xml") && !file.toString().contains("target"))
                    .flatMap(pom -> Pattern.compile("<artifactId>(dynamosession-[a-z-]+)</artifactId>")
                            .matcher(read(pom))
                            .results())
                    .map(name -> name.group(1))
                    .collect(Collectors.toSet());
        }
    }

    @Test
    @DisplayName("explains messages that the code has")
    void messages() {
        String page = pages().get("docs/troubleshooting.md");
        String table = page.substring(page.indexOf("## Other messages"));
        // Texts in several pieces, and what stands between them.
        String code = sources("src/main/java")
                .replaceAll("\"\\s*\\+\\s*(?:[\\w.()]+\\s*\\+\\s*)?\"", "…")
                .replace("\\\"", "\"");
        String whole = code.replace("…", "");
        List<String> unknown = new ArrayList<>();
        Matcher rows = Pattern.compile("(?m)^\\| (`.*?`) \\|").matcher(table);
        int messages = 0;
        while (rows.find()) {
            for (String message : rows.group(1).split("`, `|`")) {
                messages += message.isBlank() ? 0 : 1;
                for (String piece : message.split("…")) {
                    String text = piece.strip();
                    boolean ofTheJdk = text.equals("Connection refused");
                    if (text.length() > 3 && !ofTheJdk && !whole.contains(text) && !code.contains(text)) {
                        unknown.add(text);
                    }
                }
            }
        }
        assertThat(messages).isGreaterThan(6);
        assertThat(unknown).isEmpty();
    }

    @Test
    @DisplayName("has Java code that compiles, or is in a source file as it stands")
    void code() {
        List<JavaFileObject> sources = new ArrayList<>();
        Map<String, Block> blocks = new TreeMap<>();
        String compiled = words(sources("src/"));
        for (Block block : blocks("java")) {
            if (!OF_OTHER_MODULES.contains(block.page()) && !compiled.contains(words(block.text()))) {
                String name = "Code" + blocks.size();
                blocks.put(name, block);
                sources.add(new Source(name, source(name, block.text())));
            }
        }
        assertThat(blocks).hasSizeGreaterThan(20);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        DiagnosticCollector<JavaFileObject> problems = new DiagnosticCollector<>();
        compiler.getTask(
                        null,
                        null,
                        problems,
                        List.of("-proc:none", "-Xlint:none", "-implicit:none", "-d", target().toString()),
                        null,
                        sources)
                .call();
        assertThat(problems.getDiagnostics().stream()
                        .filter(problem -> problem.getKind() == Diagnostic.Kind.ERROR)
                        .map(problem -> problem.getSource() == null
                                ? problem.toString()
                                : blocks.get(problem.getSource().getName().replaceAll("\\W|java$", ""))
                                        + " "
                                        + problem.getMessage(Locale.ROOT)))
                .isEmpty();
    }

    private static String words(String code) {
        return code.replaceAll("\\s+", " ").strip();
    }

    private static Path target() {
        try {
            return Files.createDirectories(Path.of("target", "documented-code"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A compilation unit in a package of its own: declarations as members, statements as those of a method. */
    private static String source(String name, String text) {
        String code = text.replace("…", "{}");
        if (code.startsWith(".")) {
            code = "SessionManager.builder(store)" + code;
        }
        StringBuilder unit = new StringBuilder("package documented." + name.toLowerCase(Locale.ROOT) + ";\n")
                .append(GIVEN)
                .append("abstract class " + name + " {\n")
                .append(GIVEN_FIELDS);
        boolean declares = Pattern.compile(
                        "(?m)^(?:@\\w+.*\\n)*(?:public |abstract )*(?:static |final )*(?:class|record|interface) ")
                .matcher(code)
                .lookingAt();
        String trimmed = code.replaceAll("//.*", "").strip();
        boolean ends = trimmed.endsWith(";") || trimmed.endsWith("}");
        if (declares) {
            unit.append(code);
        } else {
            unit.append("void statements() throws Exception {\n")
                    .append(code)
                    .append(ends ? "" : ";")
                    .append("}\n");
        }
        return unit.append("}\n").append(GIVEN_TYPES).toString();
    }

    private static final class Source extends SimpleJavaFileObject {
        private final String text;

        Source(String name, String text) {
            super(URI.create("string:///" + name + ".java"), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }
}
