// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.GetItemResponse;

/**
 * What a second read wins that is sent when the first has taken longer than 95 of 100 do, and what it costs: over a stub
 * whose slow answers are each request's own bad luck, and over one that is slow as a whole for moments, as a busy
 * partition is.
 */
public final class HedgedRead {
    private static final int CALLERS = 16;
    private static final int REQUESTS = 1_000;
    private static final int SEED = 1;

    private HedgedRead() {}

    /**
     * Measures and prints.
     *
     * @param arguments none
     * @throws Exception if anything fails
     */
    public static void main(String[] arguments) throws Exception {
        System.out.printf(
                "%-36s %10s %10s %10s %10s %16s%n", "ms", "median", "95 %", "99 %", "99.9 %", "reads a request");
        ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
        try (SlowDynamoDb database = new SlowDynamoDb();
                DynamoDbAsyncClient client = database.asyncClient().build()) {
            client.putItem(put -> put.tableName("sessions").item(Map.of("id", AttributeValue.fromS("key"))))
                    .join();
            run(client, callers, Long.MAX_VALUE);
            measure("one request of 100 takes 100 ms", eachForItself(), database, client, callers);
            measure("all take 100 ms, 1 % of the time", allForMoments(), database, client, callers);
        } finally {
            callers.shutdownNow();
        }
    }

    /** 4 ms, 10 ms for 6 of 100, 100 ms for one. */
    private static LongSupplier eachForItself() {
        Random random = new Random(SEED);
        return () -> {
            int luck;
            synchronized (random) {
                luck = random.nextInt(100);
            }
            return TimeUnit.MILLISECONDS.toNanos(luck == 0 ? 100 : luck < 7 ? 10 : 4);
        };
    }

    /** The same, but for the slowest: in 20 of 2,000 milliseconds every request takes 100. */
    private static LongSupplier allForMoments() {
        Random random = new Random(SEED);
        return () -> {
            if (System.nanoTime() / 1_000_000 % 2_000 < 20) {
                return TimeUnit.MILLISECONDS.toNanos(100);
            }
            synchronized (random) {
                return TimeUnit.MILLISECONDS.toNanos(random.nextInt(100) < 6 ? 10 : 4);
            }
        };
    }

    private static void measure(
            String label,
            LongSupplier latency,
            SlowDynamoDb database,
            DynamoDbAsyncClient client,
            ExecutorService callers)
            throws Exception {
        database.latency(latency);
        Sample plain = run(client, callers, Long.MAX_VALUE);
        plain.print(label);
        run(client, callers, plain.at(0.95)).print("  and a second read after the 95th");
    }

    private static Sample run(DynamoDbAsyncClient client, ExecutorService callers, long hedgeNanos) throws Exception {
        AtomicInteger reads = new AtomicInteger();
        List<Future<long[]>> running = new ArrayList<>();
        for (int caller = 0; caller < CALLERS; caller++) {
            running.add(callers.submit(() -> {
                long[] nanos = new long[REQUESTS];
                for (int i = 0; i < REQUESTS; i++) {
                    long start = System.nanoTime();
                    read(client, hedgeNanos, reads).join();
                    nanos[i] = System.nanoTime() - start;
                }
                return nanos;
            }));
        }
        List<long[]> all = new ArrayList<>();
        for (Future<long[]> one : running) {
            all.add(one.get());
        }
        long[] sorted = all.stream().flatMapToLong(Arrays::stream).sorted().toArray();
        return new Sample(sorted, (double) reads.get() / sorted.length);
    }

    private static CompletableFuture<?> read(DynamoDbAsyncClient client, long hedgeNanos, AtomicInteger reads) {
        CompletableFuture<GetItemResponse> first = get(client, reads);
        if (hedgeNanos == Long.MAX_VALUE) {
            return first;
        }
        CompletableFuture<GetItemResponse> answer = new CompletableFuture<>();
        whenDone(first, answer);
        CompletableFuture.delayedExecutor(hedgeNanos, TimeUnit.NANOSECONDS).execute(() -> {
            if (!answer.isDone()) {
                whenDone(get(client, reads), answer);
            }
        });
        return answer;
    }

    private static void whenDone(CompletableFuture<GetItemResponse> read, CompletableFuture<GetItemResponse> answer) {
        CompletableFuture<?> unused = read.whenComplete((response, failure) -> {
            if (failure == null) {
                answer.complete(response);
            } else {
                answer.completeExceptionally(failure);
            }
        });
    }

    private static CompletableFuture<GetItemResponse> get(DynamoDbAsyncClient client, AtomicInteger reads) {
        reads.incrementAndGet();
        return client.getItem(
                get -> get.tableName("sessions").consistentRead(true).key(Map.of("id", AttributeValue.fromS("key"))));
    }

    /** Times, the shortest first, and how many reads a request sent. */
    @SuppressWarnings("ArrayRecordComponent") // compared with nothing
    private record Sample(long[] sorted, double reads) {
        long at(double share) {
            return sorted[(int) (share * (sorted.length - 1))];
        }

        void print(String label) {
            System.out.printf(
                    "%-36s %10.1f %10.1f %10.1f %10.1f %16.2f%n",
                    label, at(0.5) / 1e6, at(0.95) / 1e6, at(0.99) / 1e6, at(0.999) / 1e6, reads);
        }
    }
}
