// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ServerSocket;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;

@DisplayName("The embedded DynamoDB server")
class EmbeddedDynamoDbServerTest {

    static void createTable(DynamoDbClient client, String table) {
        client.createTable(t -> t.tableName(table)
                .keySchema(KeySchemaElement.builder()
                        .attributeName("id")
                        .keyType(KeyType.HASH)
                        .build())
                .attributeDefinitions(AttributeDefinition.builder()
                        .attributeName("id")
                        .attributeType(ScalarAttributeType.S)
                        .build())
                .billingMode(BillingMode.PAY_PER_REQUEST));
    }

    static void put(DynamoDbClient client, String table, String id) {
        client.putItem(p -> p.tableName(table).item(Map.of("id", AttributeValue.fromS(id))));
    }

    static boolean has(DynamoDbClient client, String table, String id) {
        return client.getItem(g -> g.tableName(table).key(Map.of("id", AttributeValue.fromS(id))))
                .hasItem();
    }

    private static List<Thread> threadsOf(EmbeddedDynamoDbServer server) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(t -> !t.isDaemon()
                        && t.getThreadGroup() != null
                        && t.getThreadGroup().getName().equals("embedded-dynamodb-" + server.port()))
                .toList();
    }

    @Test
    @DisplayName("keeps what was put, and leaves no thread behind when closed")
    void putsAndGets() throws Exception {
        long before = System.nanoTime();
        EmbeddedDynamoDbServer server = EmbeddedDynamoDbServer.start();
        System.out.printf("start: %d ms%n", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - before));
        assertFalse(threadsOf(server).isEmpty());
        try (DynamoDbClient client = server.client();
                DynamoDbAsyncClient async = server.asyncClient()) {
            createTable(client, "items");
            put(client, "items", "a");
            assertTrue(has(client, "items", "a"));
            assertFalse(has(client, "items", "b"));
            assertEquals(
                    List.of("items"),
                    async.listTables().get(1, TimeUnit.MINUTES).tableNames());
        }
        // Closed after its clients, and timed without them: the asynchronous one takes two seconds.
        long closing = System.nanoTime();
        server.close();
        System.out.printf("close: %d ms%n", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - closing));
        assertEquals(List.of(), threadsOf(server));
        assertTrue(server.toString().endsWith("closed]"));
    }

    @Test
    @DisplayName("stands beside another one, and outlives it")
    @SuppressWarnings("try") // one of them is closed early
    void twoServers() {
        try (EmbeddedDynamoDbServer one = EmbeddedDynamoDbServer.start();
                EmbeddedDynamoDbServer two = EmbeddedDynamoDbServer.start();
                DynamoDbClient clientOfOne = one.client();
                DynamoDbClient clientOfTwo = two.client()) {
            assertNotEquals(one.port(), two.port());
            createTable(clientOfOne, "first");
            createTable(clientOfTwo, "second");
            assertEquals(List.of("first"), clientOfOne.listTables().tableNames());
            one.close();
            put(clientOfTwo, "second", "a");
            assertTrue(has(clientOfTwo, "second", "a"));
        }
    }

    @Test
    @DisplayName("may be closed twice, and frees its port")
    void closeTwice() {
        EmbeddedDynamoDbServer server = EmbeddedDynamoDbServer.start();
        server.close();
        server.close();
        try (EmbeddedDynamoDbServer again = EmbeddedDynamoDbServer.start(server.port())) {
            assertEquals(server.port(), again.port());
            assertEquals("http://localhost:" + server.port(), again.endpoint().toString());
        }
    }

    @Test
    @DisplayName("says so when its port is taken")
    void portTaken() throws IOException {
        try (ServerSocket taken = new ServerSocket(0)) {
            IllegalStateException e =
                    assertThrows(IllegalStateException.class, () -> EmbeddedDynamoDbServer.start(taken.getLocalPort()));
            assertTrue(e.getMessage().contains("port " + taken.getLocalPort() + " is taken"), e.getMessage());
        }
    }

    @Test
    @DisplayName("is shared by all who ask for the shared one, and replaced once closed")
    void shared() {
        EmbeddedDynamoDbServer first = EmbeddedDynamoDbServer.shared();
        assertSame(first, EmbeddedDynamoDbServer.shared());
        first.close();
        assertNotSame(first, EmbeddedDynamoDbServer.shared());
    }
}
