// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.benchmarks;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import software.amazon.awssdk.http.SdkHttpService;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * What a {@code GetItem} costs with each HTTP client of the SDK that is on the class path: CPU time and garbage of the
 * calling thread, CPU time of the whole process (the stub's is the same for each), and the time to an answer with
 * several callers. In turn, over a stub on the loopback interface that answers at once.
 */
public final class HttpClientCost {
    private static final int WARM_UP = 3;
    private static final int ROUNDS = 9;
    private static final int REQUESTS = 1_000;
    private static final int CALLERS = 16;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final com.sun.management.OperatingSystemMXBean PROCESS =
            (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    /** Of one request, on average of a round; the last two of requests by several callers at once. */
    private record Cost(double micros, double kilobytes, double processMicros, double medianMicros) {}

    private HttpClientCost() {}

    /**
     * Measures and prints.
     *
     * @param arguments none
     * @throws Exception if anything fails
     */
    public static void main(String[] arguments) throws Exception {
        ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
        try (SlowDynamoDb database = new SlowDynamoDb()) {
            Map<String, DynamoDbClient> clients = new TreeMap<>();
            for (SdkHttpService service : ServiceLoader.load(SdkHttpService.class)) {
                clients.put(
                        service.getClass().getSimpleName().replace("SdkHttpService", ""),
                        database.client()
                                .httpClientBuilder(service.createHttpClientBuilder())
                                .overrideConfiguration(config -> config.apiCallTimeout(Duration.ofMinutes(1)))
                                .build());
            }
            Map<String, AttributeValue> item =
                    Map.of("id", AttributeValue.fromS("key"), "data", AttributeValue.fromS("x".repeat(1024)));
            clients.values()
                    .iterator()
                    .next()
                    .putItem(put -> put.tableName("sessions").item(item));

            Map<String, List<Cost>> measured = new LinkedHashMap<>();
            for (int round = -WARM_UP; round < ROUNDS; round++) {
                for (Map.Entry<String, DynamoDbClient> client : clients.entrySet()) {
                    Cost cost = measure(client.getValue(), callers);
                    if (round >= 0) {
                        measured.computeIfAbsent(client.getKey(), one -> new ArrayList<>())
                                .add(cost);
                    }
                }
            }
            System.out.printf(
                    "%-16s %12s %12s %24s %20s%n",
                    "GetItem, 1 KB", "thread us", "KB", "process us, " + CALLERS + " callers", "median us to answer");
            measured.forEach((name, costs) -> System.out.printf(
                    "%-16s %12.0f %12.1f %24.0f %20.0f%n",
                    name,
                    median(costs.stream().mapToDouble(Cost::micros).toArray()),
                    median(costs.stream().mapToDouble(Cost::kilobytes).toArray()),
                    median(costs.stream().mapToDouble(Cost::processMicros).toArray()),
                    median(costs.stream().mapToDouble(Cost::medianMicros).toArray())));
            clients.values().forEach(DynamoDbClient::close);
        } finally {
            callers.shutdownNow();
        }
    }

    private static Cost measure(DynamoDbClient client, ExecutorService callers) throws Exception {
        long cpu = THREADS.getCurrentThreadCpuTime();
        long bytes = THREADS.getCurrentThreadAllocatedBytes();
        times(client, REQUESTS);
        double micros = (THREADS.getCurrentThreadCpuTime() - cpu) / 1e3 / REQUESTS;
        double kilobytes = (THREADS.getCurrentThreadAllocatedBytes() - bytes) / 1024.0 / REQUESTS;

        long process = PROCESS.getProcessCpuTime();
        List<Future<double[]>> running = new ArrayList<>();
        for (int caller = 0; caller < CALLERS; caller++) {
            running.add(callers.submit(() -> times(client, REQUESTS / CALLERS)));
        }
        List<double[]> answered = new ArrayList<>();
        for (Future<double[]> one : running) {
            answered.add(one.get());
        }
        double[] all = answered.stream().flatMapToDouble(Arrays::stream).toArray();
        return new Cost(micros, kilobytes, (PROCESS.getProcessCpuTime() - process) / 1e3 / all.length, median(all));
    }

    private static double[] times(DynamoDbClient client, int requests) {
        double[] micros = new double[requests];
        for (int i = 0; i < requests; i++) {
            long start = System.nanoTime();
            if (!client.getItem(get -> get.tableName("sessions")
                            .consistentRead(true)
                            .key(Map.of("id", AttributeValue.fromS("key"))))
                    .hasItem()) {
                throw new IllegalStateException("nothing was read");
            }
            micros[i] = (System.nanoTime() - start) / 1e3;
        }
        return micros;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
