// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spring;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * What it costs to store and to read Spring Security's objects, beside Java serialization as Spring Session does it:
 * bytes, CPU time and allocated bytes of the thread. Each way in turn in each round, so that a ratio is one of
 * neighbours. docs/benchmarks.md has the command.
 */
final class SecurityContextCost {
    private static final int WARM_UP = 5;
    private static final int ROUNDS = 21;
    private static final int TIMES = 2_000;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private static int sink;

    private SecurityContextCost() {}

    private interface Work {
        int run() throws Exception;
    }

    /** Of one time, on average of a round. */
    private record Cost(double micros, double kilobytes) {}

    public static void main(String[] arguments) throws Exception {
        SpringCodec codec = SpringCodecTest.codec();
        System.out.printf("%n%-44s %14s %14s %26s%n", "", "us CPU, median", "KB allocated", "CPU ratio, least to most");
        for (String name : List.of("form login", "OIDC login", "OAuth 2 clients")) {
            Object value = SpringCodecTest.corpus().get(name);
            byte[] json = codec.encode(value);
            byte[] java = serialized(value);
            System.out.printf("%s: %,d bytes, by Java serialization %,d%n", name, json.length, java.length);
            compare(
                    "read",
                    () -> codec.decode(json, Object.class).hashCode(),
                    () -> new ObjectInputStream(new ByteArrayInputStream(java))
                            .readObject()
                            .hashCode());
            compare(
                    "stored, and checked to come back equal",
                    () -> codec.encode(value).length,
                    () -> serialized(value).length);
        }
        if (sink == 0) {
            throw new IllegalStateException("nothing was done");
        }
    }

    private static byte[] serialized(Object value) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(value);
        }
        return bytes.toByteArray();
    }

    private static void compare(String label, Work ours, Work java) throws Exception {
        List<Cost> of = new ArrayList<>();
        List<Cost> floor = new ArrayList<>();
        for (int round = -WARM_UP; round < ROUNDS; round++) {
            Cost one = measure(ours);
            Cost other = measure(java);
            if (round >= 0) {
                of.add(one);
                floor.add(other);
            }
        }
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < ROUNDS; i++) {
            ratios.add(of.get(i).micros() / floor.get(i).micros());
        }
        for (Map.Entry<String, List<Cost>> row :
                List.of(Map.entry("  " + label, of), Map.entry("    by Java serialization", floor))) {
            System.out.printf(
                    "%-44s %14.1f %14.1f",
                    row.getKey(),
                    median(row.getValue().stream().map(Cost::micros).toList()),
                    median(row.getValue().stream().map(Cost::kilobytes).toList()));
            if (row.getValue() == of) {
                System.out.printf(
                        "     %.2f (%.2f to %.2f)", median(ratios), Collections.min(ratios), Collections.max(ratios));
            }
            System.out.println();
        }
    }

    private static Cost measure(Work work) throws Exception {
        long cpu = THREADS.getCurrentThreadCpuTime();
        long bytes = THREADS.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < TIMES; i++) {
            sink += work.run();
        }
        return new Cost(
                (THREADS.getCurrentThreadCpuTime() - cpu) / 1e3 / TIMES,
                (THREADS.getCurrentThreadAllocatedBytes() - bytes) / 1024.0 / TIMES);
    }

    private static double median(List<Double> values) {
        List<Double> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        return sorted.get(sorted.size() / 2);
    }
}
