// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The latency run")
class LatencyRunTest {
    private static final Map<String, Integer> CALLS = Map.of("/none", 0, "/read", 1, "/change", 2, "/login", 3);

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final Set<String> cookies = ConcurrentHashMap.newKeySet();
    private final ExecutorService threads = Executors.newFixedThreadPool(16);
    private volatile String refused = "";
    private HttpServer node;

    @BeforeEach
    void start() throws IOException {
        node = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        node.createContext("/", this::answer);
        node.setExecutor(threads);
        node.start();
    }

    @AfterEach
    void stop() {
        node.stop(0);
        threads.shutdownNow();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            String cookie = exchange.getRequestHeaders().getFirst("Cookie");
            if (cookie == null || path.equals("/login")) {
                exchange.getResponseHeaders().add("Set-Cookie", "JSESSIONID=" + System.nanoTime() + "; Path=/");
            }
            if (cookie != null) {
                cookies.add(cookie);
            }
            exchange.getResponseHeaders().add("X-Demo-Calls", "" + CALLS.get(path));
            exchange.sendResponseHeaders(path.equals(refused) ? 503 : 200, -1);
        }
    }

    private void run() throws InterruptedException {
        String address = "http://127.0.0.1:" + node.getAddress().getPort();
        new LatencyRun(address, Duration.ofMillis(50), new PrintStream(out, true, StandardCharsets.UTF_8)).run();
    }

    @Test
    @DisplayName("says of each kind of request how often it called the database, and how long it waited")
    void table() throws Exception {
        run();

        assertThat(out.toString(StandardCharsets.UTF_8))
                .containsPattern("\\| does not use the session \\| [0-9]+ \\| 0.00 \\| [0-9.]+ ms \\| [0-9.]+ ms \\|")
                .containsPattern("\\| reads an attribute \\| [0-9]+ \\| 1.00 \\|")
                .containsPattern("\\| changes an attribute \\| [0-9]+ \\| 2.00 \\|")
                .containsPattern("\\| logs in \\| [0-9]+ \\| 3.00 \\|");
        // Each client has a session of its own, and a new id after each login.
        assertThat(cookies).hasSizeGreaterThan(16);
    }

    @Test
    @DisplayName("fails if a request was refused: it would be the fastest of all")
    void refused() {
        refused = "/change";

        assertThatThrownBy(this::run).hasMessageContaining("503");
    }
}
