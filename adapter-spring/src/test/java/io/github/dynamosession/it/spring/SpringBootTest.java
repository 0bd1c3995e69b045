// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.spring;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.github.dynamosession.it.spring.Visitor.Answer;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.http.WebSocket;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Each request of a visitor goes to the other node: one is Tomcat, the other one Jetty. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@DisplayName("Spring Boot on two nodes without affinity")
class SpringBootTest {
    private final Database database = new Database();
    private final Map<String, Node> nodes = new HashMap<>();
    private Visitor visitor;

    @BeforeAll
    void start() {
        // Which means nothing before JDK 21.
        nodes.put("tomcat", Node.start(database, "spring.threads.virtual.enabled=true"));
        nodes.put("jetty", Node.jetty(database, "spring.threads.virtual.enabled=true"));
        visitor = new Visitor(nodes.get("tomcat"), nodes.get("jetty"));
    }

    @AfterAll
    void stop() {
        nodes.values().forEach(Node::close);
        database.close();
    }

    static Stream<String> nodes() {
        return Stream.of("tomcat", "jetty");
    }

    @Test
    @DisplayName("runs in both servers")
    void servers() {
        assertThat(nodes.values())
                .extracting(node -> ((org.springframework.boot.web.server.context.WebServerApplicationContext)
                                node.context())
                        .getWebServer()
                        .getClass()
                        .getSimpleName())
                .containsExactlyInAnyOrder("TomcatWebServer", "JettyServletWebServer");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tomcat", "jetty"})
    @DisplayName("finds a session whatever another client of the same connection sent before")
    void sharedConnection(String server) throws IOException {
        Node node = nodes.get(server);
        Visitor own = new Visitor(node);
        own.get("/set?value=mine");
        assertThat(SharedConnection.ask(node.port(), "/seen", Visitor.COOKIE, Objects.requireNonNull(own.session())))
                .endsWith("mine");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tomcat", "jetty"})
    @EnabledForJreRange(min = JRE.JAVA_21)
    @Tag("jdk25")
    @DisplayName("runs on virtual threads, with which all of these hold")
    void virtualThreads(String server) {
        assertThat(new Visitor(nodes.get(server)).get("/thread").body()).startsWith("VirtualThread");
    }

    @ParameterizedTest
    @ValueSource(strings = {"callable", "deferred", "sse", "stream"})
    @Tag("jdk25")
    @DisplayName("saves what an asynchronous controller changes")
    void asynchronous(String kind) {
        for (int i = 0; i < 2; i++) {
            Visitor own = new Visitor(nodes.get("tomcat"), nodes.get("jetty"));
            if (i == 1) {
                own.get("/set?value=before"); // the kind runs on the other server
            }
            assertThat(own.get("/" + kind).status()).isEqualTo(200);
            assertThat(own.get("/seen").body()).isEqualTo(kind);
            assertThat(own.get("/seen").body()).isEqualTo(kind);
        }
    }

    @Test
    @DisplayName("shows the error page the same session, with the login in it, and saves what changed before")
    void errors() {
        visitor.logIn("alice", "tea");
        for (int i = 0; i < 2; i++) {
            Answer failed = visitor.get("/boom", "Accept", "application/json");
            assertThat(failed.status()).isEqualTo(500);
            assertThat(failed.body()).contains("\"user\":\"alice\"", "\"seen\":\"before the failure\"");
            assertThat(failed.cookies()).isEmpty();
        }
        assertThat(visitor.get("/seen").body()).isEqualTo("before the failure");
        assertThat(visitor.get("/nowhere", "Accept", "application/json").body())
                .contains("\"status\":404", "\"user\":\"alice\"");
    }

    @Test
    @DisplayName("keeps @SessionAttributes until the wizard is through")
    void sessionAttributes() {
        Visitor own = new Visitor(nodes.get("tomcat"), nodes.get("jetty"));
        assertThat(own.get("/wizard?step=1").body()).isEqualTo("1");
        assertThat(own.get("/wizard?step=2").body()).isEqualTo("1,2");
        assertThat(own.get("/wizard?step=3").body()).isEqualTo("1,2,3");
        own.get("/wizard/end");
        assertThat(own.get("/wizard?step=9").body()).isEqualTo("9");
    }

    @Test
    @DisplayName("keeps @SessionAttributes of methods that write the body, by a second write, once there is a session")
    void sessionAttributesBehindBody() {
        Visitor own = new Visitor(nodes.get("tomcat"), nodes.get("jetty"));
        own.get("/set?value=x");
        for (String step : List.of("1", "2", "3")) {
            String all = "123".substring(0, Integer.parseInt(step)).replaceAll("(?<=.)(?=.)", ",");
            assertThat(own.get("/wizard/body?step=" + step).body()).isEqualTo(all);
            // The client has the body before the attributes are stored.
            await(() -> database.rows().toString().contains("[\"" + all.replace(",", "\",\"") + "\"]"));
        }
    }

    private static void await(BooleanSupplier condition) {
        for (long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1); !condition.getAsBoolean(); ) {
            assertThat(System.nanoTime()).as("came in time").isLessThan(end);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
    }

    @Test
    @Tag("jdk25")
    @DisplayName("takes uploads")
    void multipart() {
        Visitor own = new Visitor(nodes.get("tomcat"), nodes.get("jetty"));
        for (String file : List.of("one.txt", "two.txt", "three.txt")) {
            assertThat(own.upload("/upload", file, "content of " + file).body()).isEqualTo("content of " + file);
            assertThat(own.get("/seen").body()).isEqualTo(file);
            own.get("/untouched");
        }
    }

    @Test
    @DisplayName("lives with HttpSessionMutexListener: its lock is not stored, and nothing is logged")
    void mutex() {
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.setContext(root.getLoggerContext());
        log.start();
        root.addAppender(log);
        try {
            for (int i = 0; i < 2; i++) {
                Visitor own = new Visitor(nodes.get("tomcat"), nodes.get("jetty"));
                if (i == 1) {
                    own.get("/untouched");
                }
                assertThat(own.get("/mutex").body()).isEqualTo("1");
                assertThat(own.get("/mutex").body()).isEqualTo("11");
                assertThat(own.get("/mutex").body()).isEqualTo("111");
                assertThat(own.get("/end").body()).isEqualTo("ended");
            }
        } finally {
            root.detachAppender(log);
        }
        assertThat(log.list).isEmpty();
        assertThat(database.rows().toString()).doesNotContainIgnoringCase("mutex");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tomcat", "jetty"})
    @Tag("jdk25")
    @DisplayName(
            "goes on with its session in a WebSocket, which learns at its next message that the other node ended it")
    void webSocket(String server) throws Exception {
        Node other = nodes.get(server.equals("tomcat") ? "jetty" : "tomcat");
        Visitor own = new Visitor(nodes.get(server), other);
        own.get("/set?value=before");
        own.get("/seen");
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        WebSocket socket = own.webSocket("/chat", new WebSocket.Listener() {
            @Override
            public CompletionStage<?> onText(WebSocket socket, CharSequence text, boolean last) {
                heard.add(text.toString());
                return WebSocket.Listener.super.onText(socket, text, last);
            }

            @Override
            public CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
                heard.add("closed " + status);
                return WebSocket.Listener.super.onClose(socket, status, reason);
            }
        });
        assertThat(own.get("/seen").body()).isEqualTo("handshake");
        socket.sendText("hello", true).join();
        assertThat(heard.poll(1, TimeUnit.MINUTES)).isEqualTo("stored");
        assertThat(new Visitor(other).session(own.session()).get("/seen").body())
                .isEqualTo("hello");
        assertThat(new Visitor(other).session(own.session()).get("/end").body()).isEqualTo("ended");
        socket.sendText("anybody there?", true).join();
        assertThat(heard.poll(1, TimeUnit.MINUTES)).isEqualTo("closed 1008");
        assertThat(own.get("/seen").body()).isEqualTo("no session");
    }

    @Test
    @DisplayName("keeps beans of the session, changed in place")
    void sessionScope() {
        Visitor own = new Visitor(nodes.get("tomcat"), nodes.get("jetty"));
        assertThat(own.get("/basket?item=a").body()).isEqualTo("a");
        assertThat(own.get("/basket?item=b").body()).isEqualTo("a,b");
        assertThat(own.get("/basket?item=c").body()).isEqualTo("a,b,c");
    }

    @Test
    @DisplayName("fills injected fields of beans of the session again, and stores neither them nor transient ones")
    void injected() {
        Visitor own = new Visitor(nodes.get("tomcat"), nodes.get("jetty"));
        own.get("/basket?item=abc");
        assertThat(own.get("/price").body()).isEqualTo("3 EUR EUR 0true");
        assertThat(own.get("/price").body()).isEqualTo("3 EUR EUR 0true");
        assertThat(database.rows().toString()).contains("abc").doesNotContain("prices", "currency", "asked");
    }

    @Test
    @DisplayName("sees through the proxies of aspects")
    void proxied() {
        Visitor own = new Visitor(nodes.get("tomcat"), nodes.get("jetty"));
        assertThat(own.get("/audited?call=a").body()).isEqualTo("audited:a");
        assertThat(own.get("/audited?call=b").body()).isEqualTo("audited:a,b");
        assertThat(own.get("/audited?call=c").body()).isEqualTo("audited:a,b,c");
    }

    @Test
    @DisplayName("refuses a bean of the session with an injected constructor, and says what to do")
    void needy() {
        assertThat(new Visitor(nodes.get("tomcat")).get("/needy").body())
                .contains("let Spring inject into fields", Probes.Needy.class.getName());
    }

    @Test
    @DisplayName("destroys the beans of a session on the node that ends it, with their fields filled")
    void destroyed() {
        for (String server : new String[] {"tomcat", "jetty"}) {
            Visitor own = new Visitor(nodes.get("tomcat"), nodes.get("jetty"));
            own.get("/basket?item=" + server);
            Visitor ending = new Visitor(nodes.get(server)).session(own.session());
            assertThat(ending.get("/end").body()).isEqualTo("ended");
            assertThat(nodes.get(server).context().getBean(Probes.Prices.class).returned)
                    .as("@PreDestroy, and then close()")
                    .containsSubsequence(server, "closed " + server);
        }
    }

    @Test
    @DisplayName("takes flash attributes over a redirect to the other node, once")
    void flash() {
        for (int i = 0; i < 2; i++) {
            Visitor own = new Visitor(nodes.get("tomcat"), nodes.get("jetty"));
            if (i == 1) {
                own.get("/actuator/health");
            }
            Answer redirect = own.get("/flash");
            assertThat(redirect.status()).isEqualTo(302);
            assertThat(own.get(redirect.location()).body()).isEqualTo("saved");
            assertThat(own.get("/flash/show").body()).isEqualTo("null");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tomcat", "jetty"})
    @DisplayName("reads once from DynamoDB when somebody asks for the health, and not for the probes' groups")
    void health(String server) {
        Visitor probe = new Visitor(nodes.get(server));
        database.operations();
        Answer health = probe.get("/actuator/health");
        assertThat(health.body()).contains("\"status\":\"UP\"", "\"dynamosession\":{\"status\":\"UP\"}");
        assertThat(health.cookies()).isEmpty();
        assertThat(database.operations()).containsExactly("GetItem");
        for (String group : new String[] {"liveness", "readiness"}) {
            assertThat(probe.get("/actuator/health/" + group).body()).isEqualTo("{\"status\":\"UP\"}");
        }
        assertThat(database.operations()).isEmpty();
    }

    @Test
    @DisplayName("counts what the store does in the application's registry")
    void metrics() {
        new Visitor(nodes.get("tomcat")).get("/set?value=counted");
        assertThat(nodes.get("tomcat")
                        .context()
                        .getBean(MeterRegistry.class)
                        .get("dynamosession.operations")
                        .tag("operation", "create")
                        .timer()
                        .count())
                .isPositive();
    }

    private double units(String kind) {
        return nodes.values().stream().mapToDouble(node -> node.units(kind)).sum();
    }

    @Test
    @DisplayName("keeps a session of 5 MB, through a login, and pays one unit where nobody asks for what is large")
    void fiveMegabytes() {
        Visitor own = new Visitor(nodes.get("tomcat"), nodes.get("jetty"));
        double written = units("write");
        long start = System.nanoTime();
        assertThat(own.get("/large/put").status()).isEqualTo(200);
        System.out.println("5 MB, Spring on servlets, put: " + (System.nanoTime() - start) / 1_000_000 + " ms");
        assertThat(units("write") - written).isBetween(5_000.0, 5_300.0);
        double read = units("read");
        written = units("write");
        own.get("/set?value=small");
        assertThat(units("read") - read).isEqualTo(1);
        assertThat(units("write") - written).isEqualTo(1);
        start = System.nanoTime();
        assertThat(own.get("/large").body()).isEqualTo(LargeValue.digest(LargeValue.TEXT));
        System.out.println("5 MB, Spring on servlets, get: " + (System.nanoTime() - start) / 1_000_000 + " ms");
        assertThat(units("read") - read).isBetween(625.0, 665.0);
        own.logIn("alice", "tea");
        assertThat(units("write") - written)
                .as("a login moves the row, not the parts")
                .isLessThan(15);
        assertThat(own.get("/account").body()).startsWith("alice");
        assertThat(own.get("/large").body()).isEqualTo(LargeValue.digest(LargeValue.TEXT));
    }

    @Test
    @DisplayName(
            "costs one read for a page that reads, one read and one write for a change, nothing more for Spring Security")
    void cost() {
        Visitor own = new Visitor(nodes.get("tomcat"), nodes.get("jetty"));
        own.logIn("alice", "tea");
        database.operations();
        for (int i = 0; i < 4; i++) {
            own.get("/account");
            assertThat(database.operations()).containsExactly("GetItem");
            own.get("/set?value=" + i);
            assertThat(database.operations()).containsExactly("GetItem", "UpdateItem");
        }
    }

    @Test
    @DisplayName("answers 503 without touching the cookie while DynamoDB does not answer, and goes on after it")
    void databaseDown() {
        Visitor own = new Visitor(nodes.get("tomcat"), nodes.get("jetty"));
        own.logIn("alice", "tea");
        database.down(true);
        try {
            for (int i = 0; i < 2; i++) {
                Answer down = own.get("/account");
                assertThat(down.status()).isEqualTo(503);
                assertThat(down.cookies()).isEmpty();
            }
            Visitor probe = new Visitor(nodes.get("tomcat"), nodes.get("jetty"));
            for (int i = 0; i < 2; i++) {
                assertThat(probe.get("/actuator/health").body()).contains("\"dynamosession\":{\"status\":\"DOWN\"}");
                assertThat(probe.get("/actuator/health/readiness").status()).isEqualTo(200);
            }
        } finally {
            database.down(false);
        }
        assertThat(own.get("/account").body()).isEqualTo("alice: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {Node.JETTY, Node.TOMCAT})
    @DisplayName("honours server.servlet.session.*, forwarded headers for Secure, and failed-logins=none")
    void properties(String otherServer) {
        try (Node node = Node.start(
                database,
                "spring.autoconfigure.exclude=" + otherServer,
                "server.forward-headers-strategy=framework",
                "server.servlet.session.timeout=2m",
                "server.servlet.session.cookie.name=SHOP",
                "server.servlet.session.cookie.path=/",
                "server.servlet.session.cookie.same-site=strict",
                "server.servlet.session.cookie.max-age=1h",
                "dynamosession.failed-logins=none")) {
            Visitor own = new Visitor(node);
            Answer made = own.get("/set?value=2m");
            assertThat(made.cookies())
                    .singleElement()
                    .asString()
                    .startsWith("SHOP=")
                    .containsIgnoringCase("; SameSite=Strict")
                    .contains("; HttpOnly")
                    .contains("; Max-Age=3612")
                    .doesNotContain("Secure");
            assertThat(own.cookie("SHOP")).isNotNull();
            assertThat(own.get("/seen").body()).isEqualTo("2m");
            assertThat(database.rows())
                    .anyMatch(row -> row.containsKey("idle_timeout")
                            && row.get("idle_timeout").n().equals("120000"));
            assertThat(new Visitor(node)
                            .get("/set?value=tls", "X-Forwarded-Proto", "https")
                            .cookies())
                    .singleElement()
                    .asString()
                    .contains("; Secure");
            assertThat(own.logIn("alice", "a wrong password").location()).isEqualTo("/login?error");
            assertThat(own.get("/failure").body()).isEqualTo("null");
        }
    }
}
