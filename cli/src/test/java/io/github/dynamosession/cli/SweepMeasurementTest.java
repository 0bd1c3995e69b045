// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.Session;
import io.github.dynamosession.SessionListener;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.StoreOperation;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.Token;
import io.github.dynamosession.testkit.EmbeddedDynamoDbServer;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Type;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;
import software.amazon.awssdk.services.dynamodb.model.WriteRequest;

/**
 * Measures sweeps of many expired sessions, by hand: {@code docs/operations.md} has the figures. DynamoDB Local runs in a
 * process of its own, so that this one's memory is the sweepers'.
 */
@DisplayName("A sweep of many sessions")
@EnabledIfSystemProperty(
        named = "dynamosession.sweep.sessions",
        matches = "\\d+",
        disabledReason = "measures with -Ddynamosession.sweep.sessions=100000")
class SweepMeasurementTest {
    private static final String TABLE = "sessions";
    private final int count = Integer.getInteger("dynamosession.sweep.sessions", 0);

    private final DoubleAdder readUnits = new DoubleAdder();
    private final DoubleAdder writeUnits = new DoubleAdder();
    private final Map<String, Integer> told = new ConcurrentHashMap<>();
    private final LongAccumulator heap = new LongAccumulator(Math::max, 0);

    @Test
    @DisplayName("tells each end exactly once: one sweeper, two at once, and the command")
    void measure() throws Exception {
        Process server = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        EmbeddedDynamoDbServer.class.getName())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(server.getInputStream(), StandardCharsets.UTF_8))) {
            Matcher endpoint;
            do {
                endpoint = Pattern.compile("http://\\S+").matcher(String.valueOf(out.readLine()));
            } while (!endpoint.find());
            URI uri = URI.create(endpoint.group());
            try (DynamoDbClient client = DynamoDbClient.builder()
                    .endpointOverride(uri)
                    .region(Region.US_EAST_1)
                    .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("a", "a")))
                    .build()) {
                sweep(client, 2);
                sweep(client, 1);
                command(client, uri);
            }
        } finally {
            server.getOutputStream().close();
            server.waitFor();
        }
    }

    private void sweep(DynamoDbClient client, int sweepers) throws Exception {
        fill(client);
        readUnits.reset();
        writeUnits.reset();
        told.clear();
        heap.reset();
        long before = usedHeap();
        long start = System.nanoTime();
        ExecutorService threads = Executors.newFixedThreadPool(sweepers);
        List<Future<Integer>> sums = new ArrayList<>();
        for (int i = 0; i < sweepers; i++) {
            SessionManager manager = manager(client);
            sums.add(threads.submit(manager::sweep));
        }
        int sum = 0;
        for (Future<Integer> one : sums) {
            sum += one.get();
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        threads.shutdown();
        assertThat(sum).isEqualTo(count);
        assertThat(told).hasSize(count);
        assertThat(told.values()).containsOnly(1);
        System.out.printf(
                "%d sweeper(s): %d sessions, %.0f s, %.0f read and %.0f write units, live heap at most %d MB (%d MB before)%n",
                sweepers, count, seconds, readUnits.sum(), writeUnits.sum(), heap.get() >> 20, before >> 20);
    }

    private void command(DynamoDbClient client, URI endpoint) {
        fill(client);
        StringWriter out = new StringWriter();
        long start = System.nanoTime();
        int code = Main.commandLine()
                .setOut(new PrintWriter(out))
                .execute("sweep", "--expired", "-t", TABLE, "--endpoint", endpoint.toString());
        System.out.printf(
                "the command: %.0f s, %s%n",
                (System.nanoTime() - start) / 1e9, out.toString().strip());
        assertThat(code).isZero();
        assertThat(out.toString()).contains(count + " deleted");
    }

    private SessionManager manager(DynamoDbClient client) {
        DynamoDbSessionStore store = DynamoDbSessionStore.builder()
                .client(client)
                .tableName(TABLE)
                .observer(new SessionObserver() {
                    @Override
                    public void operation(StoreOperation operation) {
                        readUnits.add(operation.readUnits());
                        writeUnits.add(operation.writeUnits());
                    }
                })
                .build();
        return SessionManager.builder(store)
                .codec(new Texts())
                .listener(new SessionListener() {
                    @Override
                    public void sessionExpired(Session session) {
                        session.get("cart", String.class).ifPresent(cart -> told.merge(session.id(), 1, Integer::sum));
                        if (told.size() % 20_000 == 0) {
                            heap.accumulate(usedHeap());
                        }
                    }
                })
                .build();
    }

    private static long usedHeap() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    /** Sessions of about 1 KB that expired an hour ago, in a table without TTL. */
    private void fill(DynamoDbClient client) {
        if (client.listTables().tableNames().contains(TABLE)) {
            client.deleteTable(request -> request.tableName(TABLE));
        }
        client.createTable(request -> request.tableName(TABLE)
                .billingMode(BillingMode.PAY_PER_REQUEST)
                .attributeDefinitions(attribute -> attribute.attributeName("id").attributeType(ScalarAttributeType.S))
                .keySchema(key -> key.attributeName("id").keyType(KeyType.HASH)));
        Instant end = Instant.now().minus(Duration.ofHours(1));
        SessionKey first = SessionKey.of("first");
        DynamoDbSessionStore.builder()
                .client(client)
                .tableName(TABLE)
                .build()
                .create(
                        first,
                        StoredSession.builder()
                                .uid(Token.random())
                                .createdAt(end.minus(Duration.ofHours(1)))
                                .accessedAt(end.minus(Duration.ofHours(1)))
                                .idleTimeout(Duration.ofHours(1))
                                .expiresAt(end)
                                .attributes(Map.of(
                                        "cart",
                                        EncodedValue.of(
                                                EncodedValue.FIRST_CUSTOM,
                                                "x".repeat(700).getBytes(StandardCharsets.UTF_8))))
                                .build())
                .toCompletableFuture()
                .join();
        Map<String, AttributeValue> row = client.getItem(
                        request -> request.tableName(TABLE).key(Map.of("id", AttributeValue.fromS("first"))))
                .item();
        client.deleteItem(request -> request.tableName(TABLE).key(Map.of("id", AttributeValue.fromS("first"))));
        Random random = new Random(1);
        byte[] key = new byte[32];
        for (int i = 0; i < count; ) {
            List<WriteRequest> batch = new ArrayList<>();
            for (; batch.size() < 25 && i < count; i++) {
                random.nextBytes(key);
                Map<String, AttributeValue> item = new HashMap<>(row);
                item.put(
                        "id",
                        AttributeValue.fromS(
                                Base64.getUrlEncoder().withoutPadding().encodeToString(key)));
                batch.add(
                        WriteRequest.builder().putRequest(put -> put.item(item)).build());
            }
            client.batchWriteItem(request -> request.requestItems(Map.of(TABLE, batch)));
        }
    }

    private static final class Texts implements SessionCodec {
        @Override
        public int format() {
            return EncodedValue.FIRST_CUSTOM;
        }

        @Override
        public byte[] encode(Object value) {
            return ((String) value).getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public Object decode(byte[] bytes, Type type) {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }
}
