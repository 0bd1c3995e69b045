// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClientBuilder;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClientBuilder;

/**
 * Stands in for DynamoDB on the loopback interface and answers each request after a given time, however many
 * there are: what is measured is the caller. It keeps items, and believes every condition to hold.
 */
final class SlowDynamoDb implements AutoCloseable {
    private static final int CONNECTIONS = 10_000;
    private static final String WRITTEN = "{\"Attributes\":{\"version\":{\"N\":\"2\"}}}";

    static {
        System.setProperty("sun.net.httpserver.nodelay", "true");
        // Or it closes connections that have no request at the moment, which looks like a fault of the caller.
        System.setProperty("sun.net.httpserver.maxIdleConnections", Integer.toString(CONNECTIONS));
    }

    private final ObjectMapper json = new ObjectMapper();
    private final Map<String, String> items = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newFixedThreadPool(4);
    private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(2);
    private final HttpServer server;
    private volatile LongSupplier latencyNanos = () -> 0;
    private volatile String lastKey = "";

    SlowDynamoDb() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), CONNECTIONS);
        server.createContext("/", this::handle);
        server.setExecutor(threads);
        server.start();
    }

    URI endpoint() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** A client of this database, with nothing else set. */
    DynamoDbClientBuilder client() {
        return set(DynamoDbClient.builder());
    }

    /** As {@link #client}. */
    DynamoDbAsyncClientBuilder asyncClient() {
        return set(DynamoDbAsyncClient.builder());
    }

    private <B extends AwsClientBuilder<B, ?>> B set(B client) {
        return client.endpointOverride(endpoint())
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("none", "none")));
    }

    void latency(Duration time) {
        latency(time::toNanos);
    }

    /** Asked for each request. */
    void latency(LongSupplier nanos) {
        latencyNanos = nanos;
    }

    /** Of the item that was put last. */
    String lastKey() {
        return lastKey;
    }

    @Override
    public void close() {
        server.stop(0);
        timer.shutdownNow();
        threads.shutdownNow();
    }

    private void handle(HttpExchange exchange) throws IOException {
        String target = exchange.getRequestHeaders().getFirst("X-Amz-Target");
        JsonNode request = json.readTree(exchange.getRequestBody().readAllBytes());
        byte[] reply = reply(target.substring(target.indexOf('.') + 1), request).getBytes(StandardCharsets.UTF_8);
        Future<?> unused = timer.schedule(() -> send(exchange, reply), latencyNanos.getAsLong(), TimeUnit.NANOSECONDS);
    }

    private String reply(String operation, JsonNode request) {
        return switch (operation) {
            case "PutItem" -> {
                lastKey = request.at("/Item/id/S").asText();
                items.put(lastKey, request.get("Item").toString());
                yield "{}";
            }
            case "GetItem" -> {
                String item = items.get(request.at("/Key/id/S").asText());
                yield item == null ? "{}" : "{\"Item\":" + item + "}";
            }
            case "UpdateItem" -> WRITTEN;
            default -> "{}";
        };
    }

    private static void send(HttpExchange exchange, byte[] reply) {
        try (exchange) {
            exchange.getResponseHeaders().set("Content-Type", "application/x-amz-json-1.0");
            exchange.sendResponseHeaders(200, reply.length);
            exchange.getResponseBody().write(reply);
        } catch (IOException e) {
            // Whoever asked has given up: that is counted there.
        }
    }
}
