// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An endpoint on the loopback interface that knows no session, and answers when a test lets it. */
final class StubDynamoDb implements AutoCloseable {
    /** Answers a request, or waits before it does. */
    interface Answer {
        /**
         * Answers.
         *
         * @param key the key that the request names
         * @param exchange to answer, or to close without an answer
         */
        void to(String key, HttpExchange exchange) throws IOException, InterruptedException;
    }

    private static final Pattern KEY = Pattern.compile("\"id\":\\{\"S\":\"([^\"]*)\"}");

    /** More than any test opens at once. */
    private static final int BACKLOG = 1000;

    static {
        // Or it closes what has no request at the moment, which a client notices too late.
        System.setProperty("sun.net.httpserver.maxIdleConnections", Integer.toString(BACKLOG));
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final BlockingQueue<String> arrived = new LinkedBlockingQueue<>();

    StubDynamoDb(Answer answer) {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), BACKLOG);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/", exchange -> {
            try (exchange) {
                String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
                Matcher key = KEY.matcher(body);
                String found = key.find() ? key.group(1) : "";
                arrived.add(found);
                answer.to(found, exchange);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        server.setExecutor(threads);
        server.start();
    }

    /** Answers as DynamoDB does where there is no item. */
    static void nothing(HttpExchange exchange) throws IOException {
        reply(exchange, 200, "{}");
    }

    static void reply(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/x-amz-json-1.0");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    URI endpoint() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** The keys of the requests that arrived and were not taken from here yet. */
    BlockingQueue<String> arrived() {
        return arrived;
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
