// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The servers of all rules, each started at its first use, and the count of what came out: at the end of
 * the test run a table is printed and written to {@code target/servlet-rules.md}.
 */
final class RuleServers implements BeforeAllCallback, AutoCloseable {
    private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace.create(RuleServers.class);
    private static final Map<String, RuleServer> SERVERS = new ConcurrentHashMap<>();
    private static final Map<String, int[]> COUNTS = new ConcurrentHashMap<>();
    private static final Map<String, Rule> RULES = new LinkedHashMap<>();
    private static final Path TABLE = Path.of("target", "servlet-rules.md");

    @Override
    public void beforeAll(ExtensionContext context) {
        context.getRoot().getStore(NAMESPACE).computeIfAbsent(RuleServers.class, unknown -> this, RuleServers.class);
    }

    static RuleServer server(Container container, Way way) {
        return SERVERS.computeIfAbsent(container + " " + way, unknown -> {
            try {
                return new RuleServer(container, way);
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
    }

    static void know(Rule rule) {
        synchronized (RULES) {
            RULES.put(rule.section + ": " + rule.text, rule);
        }
    }

    /** Counts: passed, passed as marked, failed. */
    static void count(Container container, Way way, int column) {
        int[] counts = COUNTS.computeIfAbsent(container + " " + way, unknown -> new int[3]);
        synchronized (counts) {
            counts[column]++;
        }
    }

    @Override
    public void close() throws Exception {
        for (RuleServer server : SERVERS.values()) {
            server.close();
        }
        SERVERS.clear();
        report();
    }

    private static void report() throws IOException {
        List<String> lines = new ArrayList<>();
        lines.add("| " + RULES.size() + " rules | container's sessions | filter, memory | filter, DynamoDB |");
        lines.add("|---|---|---|---|");
        for (Container container : Container.values()) {
            StringBuilder line = new StringBuilder("| " + container + " |");
            for (Way way : Way.values()) {
                int[] counts = COUNTS.getOrDefault(container + " " + way, new int[3]);
                line.append(' ')
                        .append(counts[0])
                        .append(" kept, ")
                        .append(counts[1])
                        .append(" marked")
                        .append(counts[2] == 0 ? "" : ", " + counts[2] + " FAILED")
                        .append(" |");
            }
            lines.add(line.toString());
        }
        lines.forEach(System.out::println);
        lines.add("");
        lines.add("| rule | where | kind | reason |");
        lines.add("|---|---|---|---|");
        RULES.forEach((name, rule) -> rule.marks.forEach(mark -> lines.add("| " + name + " | " + mark.containers() + " "
                + mark.ways() + " | " + mark.kind() + " | " + mark.reason() + " |")));
        Files.createDirectories(TABLE.getParent());
        Files.write(TABLE, lines);
    }
}
