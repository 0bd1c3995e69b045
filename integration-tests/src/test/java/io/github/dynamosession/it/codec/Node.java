// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.dynamodb.DynamoDbTables;
import io.github.dynamosession.dynamodb.ItemAttributes;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.StoreOperation;
import io.github.dynamosession.spi.UnreadableValueException;
import io.github.dynamosession.testkit.EmbeddedDynamoDbServer;
import io.github.dynamosession.testkit.MovableClock;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** One server of a fleet: a manager with a configuration of its own, over the table that all share. */
final class Node implements AutoCloseable {
    static final String TABLE = "upgrades";
    static final MovableClock CLOCK = new MovableClock();

    private static final DynamoDbClient CLIENT = EmbeddedDynamoDbServer.shared().client();

    static {
        DynamoDbTables.createTable(CLIENT, TABLE, ItemAttributes.defaults());
    }

    final List<StoreOperation> operations = new CopyOnWriteArrayList<>();
    final List<String> unreadable = new CopyOnWriteArrayList<>();
    private final String name;
    private final SessionManager manager;

    /** A node whose codecs, compression and encryption are what a test configures. */
    Node(String name, String namespace, Consumer<SessionManager.Builder> configuration) {
        this.name = name;
        SessionObserver observer = new SessionObserver() {
            @Override
            public void operation(StoreOperation operation) {
                operations.add(operation);
            }

            @Override
            public void unreadableAttribute(UnreadableValueException reason) {
                unreadable.add(String.valueOf(reason.getMessage()));
            }
        };
        SessionManager.Builder builder = SessionManager.builder(DynamoDbSessionStore.builder()
                        .tableName(TABLE)
                        .client(CLIENT)
                        .clock(CLOCK)
                        .observer(observer)
                        .build())
                .namespace(namespace)
                .clock(CLOCK)
                .observer(observer);
        configuration.accept(builder);
        this.manager = builder.build();
    }

    static String newNamespace() {
        return "n" + UUID.randomUUID();
    }

    SessionManager manager() {
        return manager;
    }

    /** The session of a visitor who must not have been logged out. */
    Session open(String cookie) {
        Session session =
                manager.open(cookie).orElseThrow(() -> new AssertionError("logged out on the node \"" + name + "\""));
        assertThat(session.isDetached()).as("detached on \"%s\"", name).isFalse();
        return session;
    }

    /** Asserts that the requests since {@link #forget} read their sessions, perhaps large values, and wrote nothing. */
    void assertOnlyRead(int requests) {
        assertThat(operations)
                .filteredOn(operation -> operation.kind() != StoreOperation.Kind.GET_PART)
                .hasSize(requests)
                .allSatisfy(operation -> {
                    assertThat(operation.kind()).isEqualTo(StoreOperation.Kind.FIND);
                    assertThat(operation.roundTrips()).isEqualTo(1);
                });
        assertThat(operations)
                .allSatisfy(operation -> assertThat(operation.writeUnits()).isZero());
    }

    void forget() {
        operations.clear();
    }

    @Override
    public void close() {
        manager.close();
    }

    @Override
    public String toString() {
        return name;
    }

    /** The stored attributes of all sessions in a namespace, by row. */
    static Map<String, Map<String, AttributeValue>> stored(String namespace) {
        Map<String, Map<String, AttributeValue>> rows = new HashMap<>();
        CLIENT.scanPaginator(request -> request.tableName(TABLE).consistentRead(true))
                .items()
                .forEach(item -> {
                    String id = item.get("id").s();
                    if (id.startsWith(namespace) && item.get("kind").s().equals("session")) {
                        rows.put(id, item.get("data").m());
                    }
                });
        return rows;
    }

    /** The format ids in use in a namespace. */
    static Set<Integer> formats(String namespace) {
        Set<Integer> formats = new HashSet<>();
        stored(namespace).values().forEach(row -> row.values().forEach(value -> formats.add(format(value))));
        return formats;
    }

    static int format(AttributeValue value) {
        return value.s() != null ? 1 : value.b().asByteArrayUnsafe()[0];
    }
}
