// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.spring;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.github.dynamosession.testkit.EmbeddedDynamoDbServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** A table in the embedded DynamoDB Local, behind a proxy that notes the operations and can be out of order. */
final class Database implements AutoCloseable {
    private static final Set<String> NOT_PASSED_ON =
            Set.of("host", "content-length", "connection", "http2-settings", "upgrade");

    private final EmbeddedDynamoDbServer server = EmbeddedDynamoDbServer.shared();
    private final HttpClient client = HttpClient.newHttpClient();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<String> operations = new CopyOnWriteArrayList<>();
    private final String table = "shop-" + UUID.randomUUID();
    private final HttpServer proxy;
    private volatile boolean down;

    Database() {
        System.setProperty("aws.accessKeyId", "test");
        System.setProperty("aws.secretAccessKey", "test");
        try {
            proxy = HttpServer.create(new InetSocketAddress("localhost", 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        proxy.setExecutor(threads);
        proxy.createContext("/", this::pass);
        proxy.start();
    }

    private void pass(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            if (down) {
                exchange.sendResponseHeaders(503, -1);
                return;
            }
            String target = exchange.getRequestHeaders().getFirst("X-Amz-Target");
            operations.add(target.substring(target.indexOf('.') + 1));
            HttpRequest.Builder request =
                    HttpRequest.newBuilder(server.endpoint()).POST(HttpRequest.BodyPublishers.ofByteArray(body));
            exchange.getRequestHeaders().forEach((name, values) -> {
                if (!NOT_PASSED_ON.contains(name.toLowerCase(java.util.Locale.ROOT))) {
                    values.forEach(value -> request.header(name, value));
                }
            });
            HttpResponse<byte[]> response = client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
            response.headers().map().forEach((name, values) -> {
                if (!NOT_PASSED_ON.contains(name) && !name.equals("transfer-encoding")) {
                    exchange.getResponseHeaders().put(name, values);
                }
            });
            exchange.sendResponseHeaders(response.statusCode(), response.body().length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(response.body());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    URI endpoint() {
        return URI.create("http://localhost:" + proxy.getAddress().getPort());
    }

    String table() {
        return table;
    }

    void down(boolean down) {
        this.down = down;
    }

    /** What was asked since the last call. */
    List<String> operations() {
        List<String> noted = List.copyOf(operations);
        operations.clear();
        return noted;
    }

    /** All rows but the pieces of large values, which nobody can print. */
    List<Map<String, AttributeValue>> rows() {
        try (var dynamoDb = server.client()) {
            return dynamoDb.scanPaginator(scan -> scan.tableName(table).consistentRead(true)).items().stream()
                    .filter(row -> !row.get("kind").s().equals("part"))
                    .toList();
        }
    }

    /** Lets a second more pass than every session has left. */
    void expireAll() {
        try (var dynamoDb = server.client()) {
            for (Map<String, AttributeValue> row : rows()) {
                dynamoDb.updateItem(update -> update.tableName(table)
                        .key(Map.of("id", row.get("id")))
                        .updateExpression("SET expires_at = :past")
                        .expressionAttributeValues(Map.of(
                                ":past", AttributeValue.fromN(Long.toString(System.currentTimeMillis() - 3_600_000)))));
            }
        }
    }

    /** Lets a minute pass since every change of an id. */
    void movedLongAgo() {
        try (var dynamoDb = server.client()) {
            for (Map<String, AttributeValue> row : rows()) {
                AttributeValue movedAt = row.get("moved_at");
                if (movedAt != null) {
                    dynamoDb.updateItem(update -> update.tableName(table)
                            .key(Map.of("id", row.get("id")))
                            .updateExpression("SET moved_at = :past")
                            .expressionAttributeValues(Map.of(
                                    ":past",
                                    AttributeValue.fromN(Long.toString(Long.parseLong(movedAt.n()) - 60_000)))));
                }
            }
        }
    }

    @Override
    public void close() {
        proxy.stop(0);
        threads.shutdownNow();
    }
}
