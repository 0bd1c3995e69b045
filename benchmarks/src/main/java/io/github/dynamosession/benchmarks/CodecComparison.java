// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.benchmarks;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Runs both codec benchmarks and prints what {@code docs/codecs.md} shows: sizes, medians, and ratios to
 * plain JSON. The median of many samples forgives a machine that does other work as well.
 */
public final class CodecComparison {
    private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    private static final double MEDIAN = 50;

    private CodecComparison() {}

    /**
     * Measures and prints.
     *
     * @param arguments of JMH, such as {@code -p workload=SESSION_2_KB}
     * @throws RunnerException if a benchmark fails
     * @throws CommandLineOptionException if the arguments are not understood
     */
    public static void main(String[] arguments) throws RunnerException, CommandLineOptionException {
        Collection<RunResult> results = new Runner(new OptionsBuilder()
                        .parent(new CommandLineOptions(arguments))
                        .include("\\." + CodecBenchmark.class.getSimpleName() + "\\.")
                        .include("\\." + SessionBenchmark.class.getSimpleName() + "\\.")
                        .shouldFailOnError(true)
                        .build())
                .run();
        Map<String, Double> medians = new HashMap<>();
        for (RunResult result : results) {
            String method = result.getParams().getBenchmark();
            medians.put(
                    key(
                            method.substring(method.lastIndexOf('.') + 1),
                            result.getParams().getParam("workload"),
                            result.getParams().getParam("format"),
                            result.getParams().getParam("wrapping")),
                    result.getPrimaryResult().getStatistics().getPercentile(MEDIAN));
        }
        for (Workload workload : Workload.values()) {
            if (medians.containsKey(key("encode", workload.name(), Format.JSON.name(), null))) {
                print(workload, medians);
            }
        }
    }

    private static String key(String method, String workload, String format, @Nullable String wrapping) {
        return String.join(" ", method, workload, format, Objects.requireNonNullElse(wrapping, ""));
    }

    private static void print(Workload workload, Map<String, Double> medians) {
        OUT.printf("%n%s: the codec alone%n%n| | bytes | encode | decode |%n|---|---|---|---|%n", workload);
        for (Format format : Format.values()) {
            OUT.printf(
                    "| %s | %s | %s | %s |%n",
                    format,
                    size(workload, format, Wrapping.PLAIN),
                    time(medians, "encode", workload, format, null),
                    time(medians, "decode", workload, format, null));
        }
        OUT.printf("%n%s: a request%n%n| | stored bytes | writes all | reads all |%n|---|---|---|---|%n", workload);
        for (Format format : Format.values()) {
            for (Wrapping wrapping : Wrapping.values()) {
                OUT.printf(
                        "| %s, %s | %s | %s | %s |%n",
                        format,
                        wrapping.name().toLowerCase(Locale.ROOT),
                        size(workload, format, wrapping),
                        time(medians, "write", workload, format, wrapping),
                        time(medians, "read", workload, format, wrapping));
            }
        }
    }

    private static String size(Workload workload, Format format, Wrapping wrapping) {
        long bytes = stored(workload, format, wrapping);
        return String.format(
                Locale.ROOT, "%,d (%.2f)", bytes, (double) bytes / stored(workload, Format.JSON, Wrapping.PLAIN));
    }

    private static long stored(Workload workload, Format format, Wrapping wrapping) {
        SessionBenchmark one = new SessionBenchmark();
        one.workload = workload;
        one.format = format;
        one.wrapping = wrapping;
        return one.storedBytes();
    }

    private static String time(
            Map<String, Double> medians, String method, Workload workload, Format format, @Nullable Wrapping wrapping) {
        String base = wrapping == null ? null : Wrapping.PLAIN.name();
        double micros =
                median(medians, key(method, workload.name(), format.name(), wrapping == null ? null : wrapping.name()));
        double json = median(medians, key(method, workload.name(), Format.JSON.name(), base));
        return String.format(Locale.ROOT, "%,.1f us (%.2f)", micros, micros / json);
    }

    private static double median(Map<String, Double> medians, String key) {
        return medians.getOrDefault(key, Double.NaN);
    }
}
