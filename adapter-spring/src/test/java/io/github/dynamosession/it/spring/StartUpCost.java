// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.spring;

import com.sun.management.OperatingSystemMXBean;
import io.github.dynamosession.testkit.EmbeddedDynamoDbServer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.springframework.boot.SpringApplication;

/**
 * What the auto-configuration adds to the start of the tests' shop (servlets, Spring Security, OAuth 2 client, Actuator):
 * each start is a process of its own, with and without it in turn. docs/benchmarks.md has the command.
 */
final class StartUpCost {
    private static final int WARM_UP = 1;
    private static final int ROUNDS = 5;
    private static final String READY = "ready ";

    private StartUpCost() {}

    /** How it is started. */
    private record Way(String label, String... settings) {}

    /** From the start of the JVM until the application is ready. */
    private record Start(double millis, double cpuMillis) {}

    public static void main(String[] arguments) throws Exception {
        if (arguments.length > 0) {
            SpringApplication.run(ShopApplication.class, arguments);
            var machine = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
            System.out.println(READY
                    + (System.currentTimeMillis()
                            - ManagementFactory.getRuntimeMXBean().getStartTime())
                    + " " + machine.getProcessCpuTime() / 1_000_000);
            System.exit(0);
        }
        List<Way> ways = List.of(
                new Way("without", "--dynamosession.enabled=false"),
                new Way("store=memory", "--dynamosession.store=memory"),
                new Way(
                        "DynamoDB",
                        "--dynamosession.table-name=start-up",
                        "--dynamosession.create-table=true",
                        "--dynamosession.region=eu-central-1",
                        "--dynamosession.endpoint="
                                + EmbeddedDynamoDbServer.shared().endpoint()));
        List<List<Start>> starts = new ArrayList<>();
        ways.forEach(way -> starts.add(new ArrayList<>()));
        for (int round = -WARM_UP; round < ROUNDS; round++) {
            for (int i = 0; i < ways.size(); i++) {
                Start start = start(ways.get(i));
                System.out.println(round + " " + ways.get(i).label() + ": " + start);
                if (round >= 0) {
                    starts.get(i).add(start);
                }
            }
        }
        System.out.printf("%n%-14s %10s %10s %32s %32s%n", "", "ms", "ms CPU", "more ms", "more ms CPU");
        for (int i = 0; i < ways.size(); i++) {
            List<Double> more = new ArrayList<>();
            List<Double> moreCpu = new ArrayList<>();
            for (int round = 0; round < ROUNDS; round++) {
                Start without = starts.get(0).get(round);
                more.add(starts.get(i).get(round).millis() - without.millis());
                moreCpu.add(starts.get(i).get(round).cpuMillis() - without.cpuMillis());
            }
            System.out.printf(
                    "%-14s %10.0f %10.0f %32s %32s%n",
                    ways.get(i).label(),
                    median(starts.get(i).stream().map(Start::millis).toList()),
                    median(starts.get(i).stream().map(Start::cpuMillis).toList()),
                    i == 0 ? "" : spread(more),
                    i == 0 ? "" : spread(moreCpu));
        }
    }

    private static Start start(Way way) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(Stream.concat(
                        Stream.of(
                                Path.of(System.getProperty("java.home"), "bin", "java")
                                        .toString(),
                                // As Spring Boot's own Maven plugin starts it: compiling more than that is no part of
                                // it.
                                "-XX:TieredStopAtLevel=1",
                                "-Daws.accessKeyId=test",
                                "-Daws.secretAccessKey=test",
                                "-classpath",
                                System.getProperty("java.class.path"),
                                StartUpCost.class.getName(),
                                "--server.port=0",
                                "--logging.level.root=error",
                                "--spring.autoconfigure.exclude=" + Node.JETTY),
                        Stream.of(way.settings()))
                .toList());
        Process process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        String[] figures = said.lines()
                .filter(line -> line.startsWith(READY))
                .findAny()
                .orElseThrow(() -> new IllegalStateException("it did not start: " + said))
                .split(" ");
        return new Start(Double.parseDouble(figures[1]), Double.parseDouble(figures[2]));
    }

    private static String spread(List<Double> values) {
        return "%.0f (%.0f to %.0f)".formatted(median(values), Collections.min(values), Collections.max(values));
    }

    private static double median(List<Double> values) {
        List<Double> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        return sorted.get(sorted.size() / 2);
    }
}
