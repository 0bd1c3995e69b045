// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.dynamodb;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.java.JavaCodec;
import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.dynamodb.DynamoDbTables;
import io.github.dynamosession.dynamodb.ItemAttributes;
import io.github.dynamosession.spi.IndexType;
import io.github.dynamosession.testkit.MovableClock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;
import software.amazon.awssdk.core.SdkRequest;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemRequest;
import software.amazon.awssdk.services.dynamodb.model.PutItemRequest;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;

/**
 * Two regions of a global table with multi-Region eventual consistency (MREC), by its documentation: each is a table of
 * DynamoDB Local with conditions of its own; what one writes arrives in the other, item by item, when the test says so;
 * and of two writes of one item the later one wins, whole.
 */
final class EventualRegions implements AutoCloseable {
    static final String USER = "user";

    final MovableClock clock = new MovableClock();
    final Replica eu = new Replica("eu");
    final Replica us = new Replica("us");

    /** What DynamoDB orders writes by: no two are equal. */
    private long time;

    /** An item as it was after a write; null: it was deleted. */
    private record Change(String key, Map<String, AttributeValue> item, long time) {
        String kind() {
            return item == null ? "deleted" : item.get("kind").s();
        }
    }

    /** One region: its table, its nodes. */
    final class Replica {
        private final String table;
        private final DynamoDbClient client;
        private final List<Change> pending = new ArrayList<>();
        private final Map<String, Long> written = new HashMap<>();

        /** A node there. */
        final SessionManager sessions;

        private Replica(String region) {
            table = "mrec-" + region + "-" + UUID.randomUUID();
            DynamoDbTables.createTable(Stores.DIRECT, table, ItemAttributes.defaults(), Map.of(USER, IndexType.TEXT));
            client = DynamoDbClient.builder()
                    .endpointOverride(Stores.endpoint())
                    .region(Region.US_EAST_1)
                    .credentialsProvider(Stores.CREDENTIALS)
                    .overrideConfiguration(config -> config.addExecutionInterceptor(new ExecutionInterceptor() {
                        @Override
                        public void afterExecution(Context.AfterExecution context, ExecutionAttributes attributes) {
                            note(context.request());
                        }
                    }))
                    .build();
            sessions = SessionManager.builder(DynamoDbSessionStore.builder()
                            .tableName(table)
                            .client(client)
                            .clock(clock)
                            .index(USER, IndexType.TEXT)
                            .build())
                    .codec(JavaCodec.builder().build())
                    .clock(clock)
                    .customAttribute(USER, session -> session.get(USER, String.class))
                    .indexMarks(true)
                    .build();
        }

        private void note(SdkRequest request) {
            String key = null;
            if (request instanceof PutItemRequest put) {
                key = put.item().get("id").s();
            } else if (request instanceof UpdateItemRequest update) {
                key = update.key().get("id").s();
            } else if (request instanceof DeleteItemRequest delete) {
                key = delete.key().get("id").s();
            }
            if (key != null) {
                time++;
                written.put(key, time);
                pending.add(new Change(key, item(key), time));
            }
        }

        private Map<String, AttributeValue> item(String key) {
            Map<String, AttributeValue> item = Stores.DIRECT
                    .getItem(request -> request.tableName(table)
                            .key(Map.of("id", AttributeValue.fromS(key)))
                            .consistentRead(true))
                    .item();
            return item.isEmpty() ? null : item;
        }

        private void receive(Change change) {
            if (written.getOrDefault(change.key(), 0L) > change.time()) {
                return;
            }
            written.put(change.key(), change.time());
            if (change.item() == null) {
                Stores.DIRECT.deleteItem(
                        request -> request.tableName(table).key(Map.of("id", AttributeValue.fromS(change.key()))));
            } else {
                Stores.DIRECT.putItem(request -> request.tableName(table).item(change.item()));
            }
        }

        /** The items of a kind. */
        List<Map<String, AttributeValue>> rows(String kind) {
            return Stores.DIRECT
                    .scanPaginator(request -> request.tableName(table).consistentRead(true))
                    .items()
                    .stream()
                    .filter(item -> item.get("kind").s().equals(kind))
                    .toList();
        }

        /** The region is lost: nobody works there any more, and what it has not sent on stays there. */
        private Replica other() {
            return this == eu ? us : eu;
        }

        /** What was written here arrives in the other region. */
        void send() {
            send(kind -> true);
        }

        /** Of what was written here the items of some kinds arrive: items overtake each other. */
        void send(Predicate<String> kinds) {
            List<Change> sent =
                    pending.stream().filter(change -> kinds.test(change.kind())).toList();
            pending.removeAll(sent);
            sent.forEach(other()::receive);
        }
    }

    /** Everything arrives everywhere. */
    void settle() {
        eu.send();
        us.send();
    }

    @Override
    public void close() {
        for (Replica region : List.of(eu, us)) {
            region.client.close();
            Stores.DIRECT.deleteTable(request -> request.tableName(region.table));
        }
    }
}
