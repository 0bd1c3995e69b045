// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.StoreOperation;
import io.github.dynamosession.testkit.EmbeddedDynamoDbServer;
import io.github.dynamosession.testkit.MovableClock;
import io.micronaut.context.ApplicationContext;
import io.micronaut.runtime.server.EmbeddedServer;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/** A Micronaut application on a port of its own, over a table of DynamoDB Local. */
final class App implements AutoCloseable {
    private final EmbeddedServer server;
    private final Runnable closeClient;
    private final Operations operations;

    private App(EmbeddedServer server, Runnable closeClient, Operations operations) {
        this.server = server;
        this.closeClient = closeClient;
        this.operations = operations;
    }

    /** What the store did, with its price. */
    static final class Operations implements SessionObserver {
        private final List<StoreOperation> all = new CopyOnWriteArrayList<>();

        @Override
        public void operation(StoreOperation operation) {
            all.add(operation);
        }
    }

    static String newTable() {
        return "sessions-" + UUID.randomUUID();
    }

    /** Properties of an application that uses {@code table}, which it creates if it is missing. */
    static Map<String, Object> properties(String table, Object... more) {
        Map<String, Object> properties = new HashMap<>(Map.of(
                "micronaut.server.port",
                -1,
                "micronaut.session.http.dynamodb.enabled",
                true,
                "micronaut.session.http.dynamodb.table-name",
                table,
                "micronaut.session.http.dynamodb.create-table",
                true,
                "micronaut.session.http.dynamodb.allowed-types",
                Cart.class.getName(),
                "micronaut.security.enabled",
                false));
        for (int i = 0; i < more.length; i += 2) {
            properties.put((String) more[i], more[i + 1]);
        }
        return properties;
    }

    static App start(Map<String, Object> properties, Object... beans) {
        DynamoDbClient client = EmbeddedDynamoDbServer.shared().client();
        Operations operations = new Operations();
        ApplicationContext context = ApplicationContext.builder(properties)
                .singletons(client, operations)
                .singletons(beans)
                .start();
        return new App(context.getBean(EmbeddedServer.class).start(), client::close, operations);
    }

    /** With a client that does not block, and no other one. */
    static App startAsync(Map<String, Object> properties, DynamoDbAsyncClient client) {
        Operations operations = new Operations();
        ApplicationContext context = ApplicationContext.builder(properties)
                .singletons(client, operations)
                .start();
        return new App(context.getBean(EmbeddedServer.class).start(), client::close, operations);
    }

    static App start(String table, Object... more) {
        return start(properties(table, more));
    }

    static App start(MovableClock clock, String table, Object... more) {
        return start(properties(table, more), clock);
    }

    ApplicationContext context() {
        return server.getApplicationContext();
    }

    URI uri() {
        return server.getURI();
    }

    Visitor visitor() {
        return new Visitor(uri());
    }

    /** From now on every call fails, as if DynamoDB were away. */
    void failNow() {
        closeClient.run();
    }

    /** The operations since the last call. */
    List<StoreOperation> operations() {
        List<StoreOperation> done = List.copyOf(operations.all);
        operations.all.clear();
        return done;
    }

    @Override
    public void close() {
        server.stop();
        server.getApplicationContext().close();
        closeClient.run();
    }
}
