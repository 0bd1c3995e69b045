// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.benchmarks;

import com.sun.management.ThreadMXBean;
import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import java.lang.management.ManagementFactory;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;

/**
 * What a request's session costs its thread, beside the same calls of the SDK without us: CPU time and allocated bytes,
 * over a stub on the loopback interface that answers at once. One thread, a session of twenty attributes, and each
 * way in turn in each round, so that a ratio is one of neighbours.
 */
public final class RequestCost {
    private static final int ATTRIBUTES = 20;
    private static final int WARM_UP = 4;
    private static final int ROUNDS = 15;
    private static final int REQUESTS = 1_000;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** What is done to the session, and how much of the SDK's work it needs. */
    private enum Request {
        GET_ITEM("GetItem, bare", null),
        READ_ONE("open, read one attribute", GET_ITEM),
        READ_ALL("open, read all twenty", GET_ITEM),
        GET_AND_UPDATE("GetItem and UpdateItem, bare", null),
        CHANGE_ONE("open, change one attribute, save", GET_AND_UPDATE),
        GET_AND_SAME_UPDATE("GetItem and the save's UpdateItem, bare", null),
        CHANGE_ONE_AGAIN("open, change one attribute, save", GET_AND_SAME_UPDATE);

        private final String label;
        /** Null: this is one. */
        private final @Nullable Request floor;

        Request(String label, @Nullable Request floor) {
            this.label = label;
            this.floor = floor;
        }
    }

    /** Of one request, on average of a round. */
    private record Cost(double micros, double kilobytes) {}

    private final DynamoDbClient client;
    private final SessionManager sessions;
    private final String cookie;
    private final Map<String, AttributeValue> key;
    private final UpdateItemRequest update;
    private int changes;
    private int sink;

    private RequestCost(SlowDynamoDb database, int bytes) {
        client = database.client().build();
        sessions = sessions(client);
        Session session = sessions.newSession();
        for (int i = 0; i < ATTRIBUTES; i++) {
            session.set("attribute" + i, "x".repeat(bytes / ATTRIBUTES));
        }
        sessions.save(session);
        cookie = session.cookieValue();
        key = Map.of("id", AttributeValue.fromS(database.lastKey()));
        update = updateOfSave(database);
    }

    private static SessionManager sessions(DynamoDbClient client) {
        return SessionManager.builder(DynamoDbSessionStore.builder()
                        .client(client)
                        .tableName("sessions")
                        .build())
                .codec(JsonCodec.builder().build())
                // The stub takes no note of a touch: one that is due stays due.
                .clock(Clock.fixed(Instant.now(), ZoneOffset.UTC))
                .compressAbove(null)
                .partsAbove(null)
                .build();
    }

    /** The request that a save of one changed attribute sends. */
    private UpdateItemRequest updateOfSave(SlowDynamoDb database) {
        AtomicReference<UpdateItemRequest> seen = new AtomicReference<>();
        ExecutionInterceptor interceptor = new ExecutionInterceptor() {
            @Override
            public void beforeExecution(Context.BeforeExecution context, ExecutionAttributes attributes) {
                if (context.request() instanceof UpdateItemRequest request) {
                    seen.set(request);
                }
            }
        };
        try (DynamoDbClient watched = database.client()
                .overrideConfiguration(configuration -> configuration.addExecutionInterceptor(interceptor))
                .build()) {
            SessionManager manager = sessions(watched);
            Session session = manager.open(cookie).orElseThrow();
            session.set("attribute7", "a new value");
            manager.save(session);
        }
        return Objects.requireNonNull(seen.get(), "the save sent no UpdateItem");
    }

    /**
     * Measures and prints.
     *
     * @param arguments none
     * @throws Exception if anything fails
     */
    public static void main(String[] arguments) throws Exception {
        try (SlowDynamoDb database = new SlowDynamoDb()) {
            for (int kilobytes : new int[] {1, 20}) {
                RequestCost cost = new RequestCost(database, kilobytes * 1024);
                cost.print(kilobytes);
            }
        }
    }

    private void print(int kilobytes) {
        Map<Request, List<Cost>> measured = new EnumMap<>(Request.class);
        for (int round = -WARM_UP; round < ROUNDS; round++) {
            for (Request request : Request.values()) {
                Cost cost = measure(request);
                if (round >= 0) {
                    measured.computeIfAbsent(request, one -> new ArrayList<>()).add(cost);
                }
            }
        }
        System.out.printf(
                "%n%d KB%n%-36s %10s %10s %24s %12s%n",
                kilobytes, "", "us CPU", "KB", "ratio, least to most", "more KB");
        measured.forEach((request, costs) -> {
            System.out.printf(
                    "%-36s %10.1f %10.1f",
                    request.label,
                    median(costs.stream().map(Cost::micros).toList()),
                    median(costs.stream().map(Cost::kilobytes).toList()));
            List<Cost> floor = request.floor == null ? null : measured.get(request.floor);
            if (floor != null) {
                List<Double> ratios = new ArrayList<>();
                List<Double> more = new ArrayList<>();
                for (int i = 0; i < costs.size(); i++) {
                    ratios.add(costs.get(i).micros() / floor.get(i).micros());
                    more.add(costs.get(i).kilobytes() - floor.get(i).kilobytes());
                }
                System.out.printf(
                        "   %.2f (%.2f to %.2f) %13.1f",
                        median(ratios), Collections.min(ratios), Collections.max(ratios), median(more));
            }
            System.out.println();
        });
        if (sink == 0) {
            throw new IllegalStateException("nothing was read");
        }
    }

    private Cost measure(Request request) {
        long cpu = THREADS.getCurrentThreadCpuTime();
        long bytes = THREADS.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < REQUESTS; i++) {
            run(request);
        }
        return new Cost(
                (THREADS.getCurrentThreadCpuTime() - cpu) / 1e3 / REQUESTS,
                (THREADS.getCurrentThreadAllocatedBytes() - bytes) / 1024.0 / REQUESTS);
    }

    private void run(Request request) {
        switch (request) {
            case GET_ITEM -> sink += bareGet();
            case READ_ONE -> {
                Session session = open();
                sink += session.get("attribute7").isPresent() ? 1 : 0;
                sessions.save(session);
            }
            case READ_ALL -> {
                Session session = open();
                for (int i = 0; i < ATTRIBUTES; i++) {
                    sink += session.get("attribute" + i).isPresent() ? 1 : 0;
                }
                sessions.save(session);
            }
            case GET_AND_UPDATE -> {
                sink += bareGet();
                bareUpdate();
            }
            case GET_AND_SAME_UPDATE -> {
                sink += bareGet();
                sameUpdate();
            }
            case CHANGE_ONE, CHANGE_ONE_AGAIN -> {
                Session session = open();
                session.set("attribute7", "a new value " + changes++);
                sessions.save(session);
            }
        }
    }

    private Session open() {
        return sessions.open(cookie).orElseThrow();
    }

    private int bareGet() {
        return client.getItem(
                        get -> get.tableName("sessions").consistentRead(true).key(key))
                .item()
                .size();
    }

    /** The least that counts versions: one attribute, the access, the version and a condition. */
    private void bareUpdate() {
        client.updateItem(update -> update.tableName("sessions")
                .key(key)
                .updateExpression("SET #d.#a = :a, accessed_at = :t, version = version + :one, write_token = :w")
                .conditionExpression("attribute_exists(id) AND expires_at > :t")
                .expressionAttributeNames(Map.of("#d", "data", "#a", "attribute7"))
                .expressionAttributeValues(Map.of(
                        ":a", AttributeValue.fromS("\"a new value " + changes++ + "\""),
                        ":t", AttributeValue.fromN("4102444800000"),
                        ":one", AttributeValue.fromN("1"),
                        ":w", AttributeValue.fromS("0123456789abcdef0123")))
                .returnValues("UPDATED_NEW"));
    }

    /** What a save sends, with other values. */
    private void sameUpdate() {
        Map<String, AttributeValue> values = new HashMap<>(update.expressionAttributeValues());
        values.put(":0", AttributeValue.fromS("\"a new value " + changes++ + "\""));
        client.updateItem(update.toBuilder().expressionAttributeValues(values).build());
    }

    private static double median(List<Double> values) {
        List<Double> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        return sorted.get(sorted.size() / 2);
    }
}
