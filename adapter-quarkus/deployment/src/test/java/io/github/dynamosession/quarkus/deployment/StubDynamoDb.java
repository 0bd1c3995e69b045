// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * An endpoint that finds no session and accepts every write, and notes who called: one for all class
 * loaders of the process, because Quarkus loads a test class in several.
 */
final class StubDynamoDb {
    private static final String CALLS = StubDynamoDb.class.getName() + ".calls";
    private static final String BROKEN = StubDynamoDb.class.getName() + ".broken";
    private static final String ENDPOINT = StubDynamoDb.class.getName() + ".endpoint";

    private StubDynamoDb() {}

    static synchronized String endpoint() {
        String endpoint = System.getProperty(ENDPOINT);
        if (endpoint != null) {
            return endpoint;
        }
        List<String> calls = new CopyOnWriteArrayList<>();
        AtomicBoolean broken = new AtomicBoolean();
        HttpServer server;
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/", exchange -> answer(exchange, calls, broken.get()));
        server.start();
        System.getProperties().put(CALLS, calls);
        System.getProperties().put(BROKEN, broken);
        System.setProperty("aws.accessKeyId", "nobody");
        System.setProperty("aws.secretAccessKey", "nothing");
        endpoint = "http://localhost:" + server.getAddress().getPort();
        System.setProperty(ENDPOINT, endpoint);
        return endpoint;
    }

    /** Operation, region and body of each call, separated by blanks. */
    @SuppressWarnings("unchecked")
    static List<String> calls() {
        return (List<String>) System.getProperties().get(CALLS);
    }

    /** Whether the table is gone. */
    static void broken(boolean broken) {
        ((AtomicBoolean) System.getProperties().get(BROKEN)).set(broken);
    }

    private static void answer(HttpExchange exchange, List<String> calls, boolean broken) throws IOException {
        String request = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        String operation = exchange.getRequestHeaders().getFirst("X-Amz-Target").replaceAll(".*\\.", "");
        String region = exchange.getRequestHeaders()
                .getFirst("Authorization")
                .replaceAll(".*Credential=\\w+/\\d+/([^/]+)/.*", "$1");
        calls.add(operation + " " + region + " " + request);
        byte[] body = (broken
                        ? "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException\",\"message\":\"no table\"}"
                        : "{}")
                .getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/x-amz-json-1.0");
        exchange.sendResponseHeaders(broken ? 400 : 200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }
}
