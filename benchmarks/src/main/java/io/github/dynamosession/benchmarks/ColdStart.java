// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.benchmarks;

import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.StartCheckPolicy;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * The first request of a process: from the building of what answers it to its answer, in JVMs of their own, in turn,
 * over a stub on the loopback interface that answers at once.
 */
public final class ColdStart {
    private static final int ROUNDS = 9;

    /** What a JVM does. */
    private enum Way {
        SDK("the SDK alone: GetItem"),
        SESSION("open a session, read one attribute"),
        CHECKED("the same, with check-at-start");

        private final String label;

        Way(String label) {
            this.label = label;
        }
    }

    /** Milliseconds until it was built, and from then to the first and to the second answer. */
    private record Times(double build, double first, double second) {
        static Times parse(String line) {
            String[] parts = line.strip().split(" ", 3);
            return new Times(Double.parseDouble(parts[0]), Double.parseDouble(parts[1]), Double.parseDouble(parts[2]));
        }
    }

    private ColdStart() {}

    /**
     * Measures and prints.
     *
     * @param arguments none; with some it is one of the JVMs that are measured
     * @throws Exception if anything fails
     */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length > 0) {
            child(Way.valueOf(arguments[0]), URI.create(arguments[1]), arguments[2], arguments[3]);
            return;
        }
        Map<Way, List<Times>> measured = new EnumMap<>(Way.class);
        try (SlowDynamoDb database = new SlowDynamoDb()) {
            String cookie = store(database.endpoint());
            for (int round = 0; round < ROUNDS; round++) {
                for (Way way : Way.values()) {
                    measured.computeIfAbsent(way, one -> new ArrayList<>())
                            .add(fork(way, database.endpoint(), cookie, database.lastKey()));
                }
            }
        }
        System.out.printf("%-40s %12s %12s %12s %24s%n", "ms", "built", "first", "second", "sum of the first two");
        measured.forEach((way, times) -> {
            List<Double> sums =
                    times.stream().map(time -> time.build() + time.first()).toList();
            System.out.printf(
                    "%-40s %12.0f %12.0f %12.1f %10.0f (%.0f to %.0f)%n",
                    way.label,
                    median(times.stream().map(Times::build).toList()),
                    median(times.stream().map(Times::first).toList()),
                    median(times.stream().map(Times::second).toList()),
                    median(sums),
                    Collections.min(sums),
                    Collections.max(sums));
        });
    }

    private static String store(URI endpoint) {
        try (SessionManager sessions = sessions(endpoint, StartCheckPolicy.OFF)) {
            Session session = sessions.newSession();
            session.set("name", "somebody");
            sessions.save(session);
            return session.cookieValue();
        }
    }

    private static Times fork(Way way, URI endpoint, String cookie, String key)
            throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-classpath",
                        System.getProperty("java.class.path"),
                        ColdStart.class.getName(),
                        way.name(),
                        endpoint.toString(),
                        cookie,
                        key)
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(way + " failed: " + output);
        }
        return Times.parse(output.lines().reduce("", (before, line) -> line));
    }

    private static void child(Way way, URI endpoint, String cookie, String key) {
        long start = System.nanoTime();
        if (way == Way.SDK) {
            try (DynamoDbClient client = client(endpoint)) {
                report(
                        start,
                        () -> client.getItem(get -> get.tableName("sessions")
                                        .consistentRead(true)
                                        .key(Map.of("id", AttributeValue.fromS(key))))
                                .item()
                                .containsKey("id"));
            }
            return;
        }
        try (SessionManager sessions =
                sessions(endpoint, way == Way.CHECKED ? StartCheckPolicy.WARN : StartCheckPolicy.OFF)) {
            report(start, () -> {
                Session session = sessions.open(cookie).orElseThrow();
                boolean read = session.get("name").isPresent();
                sessions.save(session);
                return read;
            });
        }
    }

    private static void report(long start, BooleanSupplier request) {
        long built = System.nanoTime();
        boolean good = request.getAsBoolean();
        long first = System.nanoTime();
        good &= request.getAsBoolean();
        long second = System.nanoTime();
        if (!good) {
            throw new IllegalStateException("nothing was read");
        }
        System.out.println((built - start) / 1e6 + " " + (first - built) / 1e6 + " " + (second - first) / 1e6);
    }

    private static SessionManager sessions(URI endpoint, StartCheckPolicy check) {
        return SessionManager.builder(DynamoDbSessionStore.builder()
                        .client(client(endpoint))
                        .tableName("sessions")
                        .build())
                .codec(JsonCodec.builder().build())
                .checkAtStart(check)
                .build();
    }

    private static DynamoDbClient client(URI endpoint) {
        return DynamoDbClient.builder()
                .endpointOverride(endpoint)
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("none", "none")))
                .build();
    }

    private static double median(List<Double> values) {
        List<Double> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        return sorted.get(sorted.size() / 2);
    }
}
