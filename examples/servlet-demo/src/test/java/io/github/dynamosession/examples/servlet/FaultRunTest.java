// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("The judge of the fault run")
class FaultRunTest {
    static {
        // Or small answers wait 40 ms for an acknowledgement.
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    /** What the shop below does wrong. */
    private enum Fault {
        NONE,
        FORGETS_WHAT_IT_ANSWERED,
        COUNTS_TWICE,
        APPLIES_WHAT_IT_REFUSED,
        SAYS_NOTHING_OF_A_REFUSAL,
        REFUSES_WITH_ANOTHER_STATUS,
        CLEARS_THE_COOKIE_OF_A_REFUSAL,
        TELLS_ANOTHER_STATE,
        KEEPS_THE_FORMER_ID,
        LOSES_A_LOGIN,
        SHARES_A_SESSION
    }

    private static final class Session {
        private String user = "";
        private int items;
        private String note = "";
    }

    /** The demo's requests, over a map. Every third change is refused: applied and unknown, or neither. */
    private static final class Shop {
        private final Fault fault;
        private final Map<String, Session> sessions = new HashMap<>();
        private int changes;
        private FaultRun log;

        Shop(Fault fault) {
            this.fault = fault;
        }

        synchronized void handle(HttpExchange exchange) throws IOException {
            try (exchange) {
                String path = exchange.getRequestURI().getPath();
                String cookie = String.valueOf(exchange.getRequestHeaders().getFirst("Cookie"));
                String id = cookie.replace("JSESSIONID=", "");
                String text = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
                String value = (exchange.getRequestURI().getQuery() + text).replaceFirst(".*=", "");
                boolean reads = path.equals("/api/state") || path.equals("/read");
                if (!reads && ++changes % 3 == 0 && sessions.containsKey(id)) {
                    refuse(exchange, path, id, value);
                    return;
                }
                String now = reads || (fault == Fault.FORGETS_WHAT_IT_ANSWERED && changes % 7 == 0)
                        ? id
                        : change(path, id, value);
                if (!now.equals(id)) {
                    String header = now.isEmpty() ? "JSESSIONID=; Max-Age=0" : "JSESSIONID=" + now;
                    exchange.getResponseHeaders().add("Set-Cookie", header);
                }
                Session session = sessions.getOrDefault(now, new Session());
                boolean lies = fault == Fault.TELLS_ANOTHER_STATE && !reads;
                answer(exchange, 200, path.equals("/read") ? session.note : state(session, lies ? 1 : 0));
            }
        }

        private void refuse(HttpExchange exchange, String path, String id, String value) throws IOException {
            // A login or logout of unknown outcome would end, or move, what the cookie names.
            boolean unknown = path.equals("/api/cart") && changes % 2 == 0;
            if (unknown || (fault == Fault.APPLIES_WHAT_IT_REFUSED && path.equals("/api/cart"))) {
                change(path, id, value);
            }
            if (fault != Fault.SAYS_NOTHING_OF_A_REFUSAL) {
                log.said(unknown ? "refused; outcome unknown" : "refused");
            }
            if (fault == Fault.CLEARS_THE_COOKIE_OF_A_REFUSAL) {
                exchange.getResponseHeaders().add("Set-Cookie", "JSESSIONID=; Max-Age=0");
            }
            answer(exchange, fault == Fault.REFUSES_WITH_ANOTHER_STATUS ? 500 : 503, "");
        }

        /** Tells the id, which is empty if there is no session. */
        private String change(String path, String id, String value) {
            if (path.equals("/api/logout")) {
                sessions.remove(id);
                return "";
            }
            boolean login = path.equals("/api/login");
            String now =
                    sessions.containsKey(id) && !login ? id : UUID.randomUUID().toString();
            if (fault == Fault.SHARES_A_SESSION) {
                now = "all";
            }
            Session before = fault == Fault.KEEPS_THE_FORMER_ID ? sessions.get(id) : sessions.remove(id);
            Session session = before == null ? new Session() : before;
            sessions.put(now, session);
            if (login) {
                session.user = fault == Fault.LOSES_A_LOGIN && changes % 5 == 0 ? "" : value;
            } else if (path.equals("/api/cart")) {
                session.items += fault == Fault.COUNTS_TWICE && changes % 5 == 0 ? 2 : 1;
            } else {
                session.note = value;
            }
            return now;
        }

        private static String state(Session session, int more) {
            String user = session.user.isEmpty() ? "" : "\"user\":\"" + session.user + "\",";
            return "{" + user + "\"items\":" + (session.items + more) + "}";
        }

        private static void answer(HttpExchange exchange, int status, String body) throws IOException {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(Fault.class)
    @DisplayName("approves of a shop that keeps its word, and of no other")
    void judges(Fault fault) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        Shop shop = new Shop(fault);
        server.createContext("/", shop::handle);
        server.start();
        String node = "http://127.0.0.1:" + server.getAddress().getPort();
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        try (FaultProxy unused = new FaultProxy(URI.create(node))) {
            shop.log = new FaultRun(unused, List.of(node, node), 1, Duration.ofMillis(50), nowhere);
            assertThat(shop.log.run(60)).isEqualTo(fault == Fault.NONE);
        } finally {
            server.stop(0);
        }
    }
}
