// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.codec;

import io.github.dynamosession.spi.EncodedValue;
import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.DayOfWeek;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Values whose encodings differ from one JVM to the next, and how another JVM encodes them: sets and maps
 * made by {@code Set.of} and {@code Map.of} have an order of each process, enums in a {@code HashSet} the
 * order of their identities.
 */
final class HashOrders {
    /** A mutable class of an application, with more of them inside. */
    static final class Basket implements Serializable {
        private static final long serialVersionUID = 1L;

        final List<Line> lines = new ArrayList<>();
        final Map<String, Set<String>> tags = new HashMap<>(1_024);
        final Set<DayOfWeek> days = new HashSet<>(List.of(DayOfWeek.values()));
    }

    /** Part of a {@link Basket}. */
    static final class Line implements Serializable {
        private static final long serialVersionUID = 1L;

        String sku = "";
        int quantity;
        Map<String, Object> options = new HashMap<>();
    }

    private HashOrders() {}

    /** By name; made anew at each call. */
    static Map<String, Object> values() {
        Map<String, Object> values = new TreeMap<>();
        Set<String> names = new LinkedHashSet<>();
        for (int i = 0; i < 12; i++) {
            names.add("name " + i * i);
        }
        Map<String, Object> numbers = new LinkedHashMap<>();
        names.forEach(name -> numbers.put(name, (long) name.length()));
        values.put("set", roomy(names));
        values.put("map", new HashMap<>(numbers));
        values.put("set of", Set.copyOf(names));
        values.put("map of", Map.copyOf(numbers));
        values.put("enums", new HashSet<>(List.of(DayOfWeek.values())));
        values.put("unmodifiable", Collections.unmodifiableSet(roomy(names)));
        values.put("concurrent", new ConcurrentHashMap<>(numbers));
        values.put("sets of sets", new HashSet<>(List.of(Set.copyOf(names), Set.of("a", "b", "c"), Set.of(1, 2, 3))));
        values.put("ordered", new LinkedHashMap<>(numbers));
        values.put("text", "text");
        Basket basket = new Basket();
        for (int i = 0; i < 2; i++) {
            Line line = new Line();
            line.sku = "sku-" + i;
            line.quantity = i;
            line.options.putAll(Map.of("sizes", Set.copyOf(names), "gift", i % 2 == 0));
            basket.lines.add(line);
            basket.tags.put("tag " + i, roomy(names));
        }
        values.put("basket", basket);
        return values;
    }

    /** In a table larger than another one will have that reads it. */
    private static HashSet<String> roomy(Set<String> names) {
        HashSet<String> set = new HashSet<>(4_096);
        set.addAll(names);
        return set;
    }

    /** What another JVM makes of {@link #values()}: by codec, by name. */
    static Map<Subject, Map<String, EncodedValue>> encodedElsewhere() throws IOException, InterruptedException {
        // Surefire's manifest-only jar hides the class path; it keeps the real one here.
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-classpath",
                        classPath,
                        HashOrders.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IllegalStateException("the other JVM failed");
        }
        Map<Subject, Map<String, EncodedValue>> encoded = new EnumMap<>(Subject.class);
        printed.lines()
                .map(line -> line.split("\t"))
                .forEach(fields -> encoded.computeIfAbsent(Subject.valueOf(fields[0]), subject -> new HashMap<>())
                        .put(
                                fields[1],
                                EncodedValue.of(
                                        Integer.parseInt(fields[2]),
                                        Base64.getDecoder().decode(fields[3]))));
        return encoded;
    }

    /** Prints them. */
    public static void main(String[] arguments) {
        for (Subject subject : Subject.values()) {
            values().forEach((name, value) -> {
                EncodedValue encoded = subject.encode(value);
                String bytes = Base64.getEncoder().encodeToString(encoded.bytes());
                System.out.println(subject.name() + "\t" + name + "\t" + encoded.format() + "\t" + bytes);
            });
        }
    }
}
