// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.benchmarks;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.servlet.DynamoSessionFilter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.catalina.Context;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/**
 * What clients of a server see when DynamoDB is slow: how many requests are refused, and how long the others
 * take. Each row is {@code clients:milliseconds:connections}, or with {@code :virtual} behind it on virtual
 * threads (JDK 21 or later): so many clients, each with a session of its own of 1 KB, nine requests of ten
 * reading, over a stub that answers after so many milliseconds. The connections are those of the store's own
 * client, or {@code sdk} for a client with the same timeouts and the SDK's own number of connections.
 */
public final class CongestionLoad {
    private static final List<String> ROWS =
            List.of("100:900:sdk", "100:900:200", "200:200:sdk", "200:200:200", "400:50:sdk", "400:50:200");
    private static final Duration WARM_UP = Duration.ofSeconds(3);
    private static final Duration MEASURED = Duration.ofSeconds(6);
    private static final int OK = 200;

    /** Tomcat's, kept here because a logger that nobody holds is forgotten with its level. */
    private static final Logger QUIET = Logger.getLogger("org.apache");

    private CongestionLoad() {}

    /**
     * Measures and prints.
     *
     * @param arguments rows; none: the usual ones
     * @throws Exception if anything fails
     */
    public static void main(String[] arguments) throws Exception {
        QUIET.setLevel(Level.OFF);
        // Read by the SDK's default chain, and by nobody else.
        System.setProperty("aws.accessKeyId", "none");
        System.setProperty("aws.secretAccessKey", "none");
        System.out.printf(
                "%8s %8s %12s %10s %12s %12s %12s%n",
                "clients", "store ms", "connections", "refused", "answers/s", "median ms", "99 % ms");
        for (String row : arguments.length == 0 ? ROWS : List.of(arguments)) {
            List<String> parts = List.of(row.split(":", -1));
            measure(
                    Integer.parseInt(parts.get(0)),
                    Duration.ofMillis(Long.parseLong(parts.get(1))),
                    parts.get(2),
                    parts.size() > 3 && parts.get(3).equals("virtual"));
        }
    }

    private static void measure(int clients, Duration latency, String connections, boolean virtual) throws Exception {
        Path base = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "load-")
                .toAbsolutePath();
        Tomcat tomcat = new Tomcat();
        ExecutorService threads = Executors.newFixedThreadPool(clients);
        try (SlowDynamoDb dynamo = new SlowDynamoDb();
                DynamoDbClient client = sdkClient(dynamo);
                SessionManager sessions = SessionManager.builder(store(dynamo, client, connections))
                        .codec(JsonCodec.builder().build())
                        .storeEmptySessions(true)
                        .build()) {
            start(tomcat, base, sessions, virtual);
            int port = tomcat.getConnector().getLocalPort();
            List<String> cookies = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                cookies.add(HttpLoad.cookie(port, "/login"));
            }
            dynamo.latency(latency);
            run(port, cookies, threads, WARM_UP);
            long start = System.nanoTime();
            Sample sample = run(port, cookies, threads, MEASURED);
            sample.print(clients, latency, connections + (virtual ? " virtual" : ""), System.nanoTime() - start);
        } finally {
            threads.shutdownNow();
            tomcat.stop();
            tomcat.destroy();
        }
    }

    private static DynamoDbClient sdkClient(SlowDynamoDb dynamo) {
        return dynamo.client()
                .overrideConfiguration(config -> config.apiCallTimeout(DynamoDbSessionStore.DEFAULT_CALL_TIMEOUT)
                        .apiCallAttemptTimeout(Duration.ofSeconds(1)))
                .build();
    }

    private static DynamoDbSessionStore store(SlowDynamoDb dynamo, DynamoDbClient client, String connections) {
        DynamoDbSessionStore.Builder store = DynamoDbSessionStore.builder().tableName("sessions");
        if (connections.equals("sdk")) {
            return store.client(client).build();
        }
        return store.region("eu-central-1")
                .endpoint(dynamo.endpoint())
                .maxConnections(Integer.parseInt(connections))
                .build();
    }

    private static void start(Tomcat tomcat, Path base, SessionManager sessions, boolean virtual) throws Exception {
        tomcat.setBaseDir(base.toString());
        tomcat.setPort(0);
        tomcat.setSilent(true);
        Connector connector = tomcat.getConnector();
        connector.setProperty("maxKeepAliveRequests", "-1");
        connector.setProperty("acceptCount", "10000");
        if (virtual) {
            connector.setProperty("useVirtualThreads", "true");
        }
        Context context = tomcat.addContext("", null);
        Tomcat.addServlet(context, "servlet", new FilterLoad.SessionServlet());
        context.addServletMappingDecoded("/*", "servlet");
        FilterDef definition = new FilterDef();
        definition.setFilterName("sessions");
        definition.setFilter(DynamoSessionFilter.builder(sessions).build());
        context.addFilterDef(definition);
        FilterMap map = new FilterMap();
        map.setFilterName("sessions");
        map.addURLPattern("/*");
        context.addFilterMap(map);
        tomcat.start();
    }

    private static Sample run(int port, List<String> cookies, ExecutorService threads, Duration length)
            throws Exception {
        long end = System.nanoTime() + length.toNanos();
        List<Future<Sample>> samples = new ArrayList<>();
        for (String cookie : cookies) {
            samples.add(threads.submit(() -> client(port, cookie, end)));
        }
        Sample all = new Sample();
        for (Future<Sample> sample : samples) {
            all.add(sample.get());
        }
        return all;
    }

    private static Sample client(int port, String cookie, long end) throws IOException {
        Sample sample = new Sample();
        HttpLoad reading = new HttpLoad(port, "/read", cookie);
        HttpLoad changing = new HttpLoad(port, "/change", cookie);
        try (HttpLoad.Connection connection = new HttpLoad.Connection(port)) {
            for (int i = 0; System.nanoTime() < end; i++) {
                long start = System.nanoTime();
                int status = connection.send(i % 10 == 9 ? changing : reading);
                sample.add(status, System.nanoTime() - start);
            }
        }
        return sample;
    }

    /** What one client saw, or all of them. */
    private static final class Sample {
        private final List<Long> answered = new ArrayList<>();
        private long refused;

        void add(int status, long nanos) {
            if (status == OK) {
                answered.add(nanos);
            } else {
                refused++;
            }
        }

        void add(Sample other) {
            answered.addAll(other.answered);
            refused += other.refused;
        }

        void print(int clients, Duration latency, String connections, long nanos) {
            long[] times = answered.stream().mapToLong(Long::longValue).toArray();
            Arrays.sort(times);
            System.out.printf(
                    "%8d %8d %12s %8.1f %% %12.0f %12.0f %12.0f%n",
                    clients,
                    latency.toMillis(),
                    connections,
                    100.0 * refused / Math.max(1, refused + times.length),
                    times.length * 1e9 / nanos,
                    at(times, 0.5),
                    at(times, 0.99));
        }

        private static double at(long[] times, double share) {
            return times.length == 0 ? Double.NaN : times[(int) (share * (times.length - 1))] / 1e6;
        }
    }
}
