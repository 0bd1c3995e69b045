// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.oidc;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.github.dynamosession.testkit.EmbeddedDynamoDbServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** DynamoDB Local behind a door that can be shut. */
final class DynamoDb implements AutoCloseable {
    private static final List<String> PASSED_ON =
            List.of("x-amz-target", "content-type", "x-amz-date", "authorization");

    private final EmbeddedDynamoDbServer server = EmbeddedDynamoDbServer.start();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpClient client = HttpClient.newHttpClient();
    private final HttpServer door;
    private final Set<String> clients = ConcurrentHashMap.newKeySet();
    private volatile boolean down;

    DynamoDb() {
        try {
            door = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        door.setExecutor(threads);
        door.createContext("/", this::pass);
        door.start();
    }

    private void pass(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            clients.add(exchange.getRequestHeaders().getFirst("user-agent"));
            if (down) {
                exchange.sendResponseHeaders(503, -1);
                return;
            }
            HttpRequest.Builder request =
                    HttpRequest.newBuilder(server.endpoint()).POST(HttpRequest.BodyPublishers.ofByteArray(body));
            PASSED_ON.forEach(name -> {
                String value = exchange.getRequestHeaders().getFirst(name);
                if (value != null) {
                    request.header(name, value);
                }
            });
            HttpResponse<byte[]> response = client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
            response.headers()
                    .firstValue("x-amz-crc32")
                    .ifPresent(sum -> exchange.getResponseHeaders().set("x-amz-crc32", sum));
            exchange.getResponseHeaders().set("content-type", "application/x-amz-json-1.0");
            exchange.sendResponseHeaders(response.statusCode(), response.body().length);
            exchange.getResponseBody().write(response.body());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    URI endpoint() {
        return URI.create("http://127.0.0.1:" + door.getAddress().getPort());
    }

    /** What those who called said of themselves. */
    Set<String> clients() {
        return clients;
    }

    void down(boolean isDown) {
        down = isDown;
    }

    @Override
    public void close() {
        door.stop(0);
        threads.shutdownNow();
        server.close();
    }
}
