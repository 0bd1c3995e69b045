// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.servlet;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One address for all nodes: each request goes to the next node in turn, nothing is sticky. Below
 * {@code /demo/} it answers itself: which nodes there are, and to lose one and bring it back.
 *
 * <p>A request is given to another node only if no connection could be made: what was sent once may
 * have happened.
 */
final class FrontDoor {
    private static final int CONNECT_MILLIS = 1_000;
    private static final int ANSWER_MILLIS = 90_000;
    private static final int MAX_BODY = 1 << 20;

    /** Between two hops only, or made anew here. */
    private static final Set<String> NOT_PASSED = Set.of(
            "connection",
            "keep-alive",
            "proxy-connection",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "expect",
            "content-length");

    private final HttpServer server;
    private final ExecutorService threads;
    private final List<? extends Backend> nodes;
    private final Consumer<Backend> starter;
    private final AtomicInteger turn = new AtomicInteger();

    FrontDoor(InetSocketAddress address, List<? extends Backend> nodes, Consumer<Backend> starter) throws IOException {
        this.nodes = nodes;
        this.starter = starter;
        // Read when the server's classes are loaded. Without it, small answers wait 40 ms for an
        // acknowledgement.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        try {
            server = HttpServer.create(address, 0);
        } catch (IOException e) {
            throw new IOException("port " + address.getPort() + " is taken; choose another with --port", e);
        }
        threads = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "front-door");
            thread.setDaemon(true);
            return thread;
        });
        server.setExecutor(threads);
        server.createContext("/", this::handle);
    }

    int port() {
        return server.getAddress().getPort();
    }

    void open() {
        server.start();
    }

    void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (exchange.getRequestURI().getPath().startsWith("/demo/")) {
                control(exchange);
            } else {
                pass(exchange);
            }
        }
    }

    // The demo's own controls.

    private void control(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        boolean post = exchange.getRequestMethod().equals("POST");
        if (path.equals("/demo/nodes") && !post) {
            String json = nodes.stream().map(FrontDoor::json).collect(Collectors.joining(",", "[", "]"));
            answer(exchange, 200, "application/json", json);
            return;
        }
        String[] parts = path.split("/", -1);
        Backend node = parts.length == 5 && parts[2].equals("nodes") ? node(parts[3]) : null;
        if (node == null || !(parts[4].equals("kill") || parts[4].equals("start"))) {
            answer(exchange, 404, "text/plain", "no such control");
        } else if (!post) {
            answer(exchange, 405, "text/plain", "only POST");
        } else if (foreign(exchange.getRequestHeaders())) {
            answer(exchange, 403, "text/plain", "not from another site");
        } else {
            if (parts[4].equals("kill")) {
                node.kill();
            } else {
                starter.accept(node);
            }
            if (String.valueOf(exchange.getRequestHeaders().getFirst("Accept")).startsWith("text/html")) {
                // From the form on the page that is shown when no node is left.
                exchange.getResponseHeaders().set("Location", "/");
                answer(exchange, 303, "text/plain", "");
            } else {
                answer(exchange, 200, "application/json", json(node));
            }
        }
    }

    /** A page of another site can send a POST to us, too. */
    private static boolean foreign(Headers headers) {
        String site = headers.getFirst("Sec-Fetch-Site");
        String origin = headers.getFirst("Origin");
        return (site != null && !site.equals("same-origin"))
                || (origin != null && !origin.equals("http://" + headers.getFirst("Host")));
    }

    private @Nullable Backend node(String name) {
        return nodes.stream()
                .filter(node -> letter(node).equals(name))
                .findFirst()
                .orElse(null);
    }

    private static String letter(Backend node) {
        return node.name().substring(node.name().length() - 1);
    }

    private static String json(Backend node) {
        return String.format(
                "{\"name\":\"%s\",\"port\":%d,\"pid\":%d,\"state\":\"%s\"}",
                letter(node),
                node.port(),
                node.pid().orElse(0L),
                node.state().name().toLowerCase(Locale.ROOT));
    }

    // The nodes' answers.

    private void pass(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readNBytes(MAX_BODY + 1);
        if (body.length > MAX_BODY) {
            answer(exchange, 413, "text/plain", "the body is too large");
            return;
        }
        byte[] head = head(exchange, body.length);
        int first = turn.getAndIncrement();
        for (int i = 0; i < nodes.size(); i++) {
            Backend node = nodes.get(Math.floorMod(first + i, nodes.size()));
            Socket socket = connect(node);
            if (socket != null) {
                Answer answer;
                try (socket) {
                    answer = ask(socket, head, body, exchange.getRequestMethod());
                } catch (IOException e) {
                    answer(exchange, 502, "text/plain", node.name() + " was lost during this request");
                    return;
                }
                answer.headers.forEach(header -> exchange.getResponseHeaders().add(header.getKey(), header.getValue()));
                send(exchange, answer.status, answer.body);
                return;
            }
        }
        noNodes(exchange);
    }

    private @Nullable Socket connect(Backend node) {
        if (node.state() != Backend.State.RUNNING) {
            return null;
        }
        Socket socket = new Socket();
        try {
            socket.connect(new InetSocketAddress(server.getAddress().getAddress(), node.port()), CONNECT_MILLIS);
            socket.setSoTimeout(ANSWER_MILLIS);
            socket.setTcpNoDelay(true);
            return socket;
        } catch (IOException e) {
            // Nothing was sent: another node may have it.
            try {
                socket.close();
            } catch (IOException closing) {
                e.addSuppressed(closing);
            }
            return null;
        }
    }

    /** HTTP/1.0: one request per connection, and never an answer in chunks. */
    private static byte[] head(HttpExchange exchange, int length) {
        StringBuilder head = new StringBuilder();
        head.append(exchange.getRequestMethod()).append(' ').append(exchange.getRequestURI());
        head.append(" HTTP/1.0\r\n");
        exchange.getRequestHeaders().forEach((name, values) -> {
            if (!NOT_PASSED.contains(name.toLowerCase(Locale.ROOT))) {
                values.forEach(
                        value -> head.append(name).append(": ").append(value).append("\r\n"));
            }
        });
        if (length > 0 || exchange.getRequestMethod().equals("POST")) {
            head.append("Content-Length: ").append(length).append("\r\n");
        }
        head.append("\r\n");
        return head.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private static Answer ask(Socket socket, byte[] head, byte[] body, String method) throws IOException {
        byte[] message = new byte[head.length + body.length];
        System.arraycopy(head, 0, message, 0, head.length);
        System.arraycopy(body, 0, message, head.length, body.length);
        socket.getOutputStream().write(message);
        byte[] all = socket.getInputStream().readAllBytes();
        int blank = blankLine(all);
        String[] lines = new String(all, 0, blank, StandardCharsets.ISO_8859_1).split("\r\n", -1);
        String[] status = lines[0].split(" ", 3);
        int code = Integer.parseInt(status[1]);
        int length = -1;
        List<Map.Entry<String, String>> headers = new ArrayList<>();
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            String name = lines[i].substring(0, colon);
            String value = lines[i].substring(colon + 1).strip();
            if (name.equalsIgnoreCase("content-length")) {
                length = Integer.parseInt(value);
            }
            if (!NOT_PASSED.contains(name.toLowerCase(Locale.ROOT))) {
                headers.add(Map.entry(name, value));
            }
        }
        byte[] content = Arrays.copyOfRange(all, blank + 4, all.length);
        boolean empty = method.equals("HEAD") || code == 204 || code == 304;
        if (!empty && length != content.length) {
            throw new IOException("the answer is incomplete");
        }
        return new Answer(code, headers, content);
    }

    private static int blankLine(byte[] bytes) throws IOException {
        for (int i = 0; i + 3 < bytes.length; i++) {
            if (bytes[i] == '\r' && bytes[i + 1] == '\n' && bytes[i + 2] == '\r' && bytes[i + 3] == '\n') {
                return i;
            }
        }
        throw new IOException("no answer");
    }

    private static final class Answer {
        private final int status;
        private final List<Map.Entry<String, String>> headers;
        private final byte[] body;

        Answer(int status, List<Map.Entry<String, String>> headers, byte[] body) {
            this.status = status;
            this.headers = headers;
            this.body = body;
        }
    }

    private static void noNodes(HttpExchange exchange) throws IOException {
        answer(exchange, 503, "text/html", """
                <!doctype html><html lang="en"><meta charset="utf-8"><title>No node answers</title>
                <body style="font: 1.1rem/1.6 system-ui; max-width: 34rem; margin: 15vh auto; padding: 0 1rem">
                <h1>No node answers</h1>
                <p>Both are gone, the sessions are not: they are in the table. Bring a node back and reload.</p>
                <form method="post" action="/demo/nodes/A/start"><button>Bring node A back</button></form>
                """);
    }

    private static void answer(HttpExchange exchange, int status, String type, String text) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type + ";charset=utf-8");
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        send(exchange, status, text.getBytes(StandardCharsets.UTF_8));
    }

    private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        if (body.length > 0) {
            exchange.getResponseBody().write(body);
        }
    }
}
