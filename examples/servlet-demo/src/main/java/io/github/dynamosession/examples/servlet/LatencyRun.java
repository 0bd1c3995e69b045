// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.servlet;

import java.io.PrintStream;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Lets many clients at once use a node whose database takes its time, and says how long requests of each kind wait. */
final class LatencyRun {
    private static final int CLIENTS = 16;

    /** Kinds in turn: what the machine does besides meets all of them. */
    private static final int WARM_UP = 3;

    private static final int ROUNDS = 5;

    private enum Kind {
        NONE("does not use the session", "/none"),
        READ("reads an attribute", "/read?k=note"),
        CHANGE("changes an attribute", "/change?k=note&v="),
        LOG_IN("logs in", "/login?user=");

        private final String text;
        private final String path;

        Kind(String text, String path) {
            this.text = text;
            this.path = path;
        }
    }

    /** One request. */
    private record Wait(double milliseconds, int calls) {}

    private final String node;
    private final Duration turn;
    private final PrintStream out;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final List<CookieClient> clients = new ArrayList<>();

    /**
     * Not started yet.
     *
     * @param node its address
     * @param turn how long requests of one kind are sent
     */
    LatencyRun(String node, Duration turn, PrintStream out) {
        this.node = node;
        this.turn = turn;
        this.out = out;
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(new CookieClient(http, ""));
        }
    }

    void run() throws InterruptedException {
        for (CookieClient client : clients) {
            require(client.get(node + "/change?k=note&v=first"));
        }
        Map<Kind, List<Wait>> waits = new EnumMap<>(Kind.class);
        ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);
        try {
            for (int round = -WARM_UP; round < ROUNDS; round++) {
                for (Kind kind : Kind.values()) {
                    List<Wait> met = all(threads, kind);
                    if (round >= 0) {
                        waits.computeIfAbsent(kind, first -> new ArrayList<>()).addAll(met);
                    }
                }
            }
        } finally {
            threads.shutdownNow();
        }
        out.print(table(waits));
    }

    private List<Wait> all(ExecutorService threads, Kind kind) throws InterruptedException {
        long end = System.nanoTime() + turn.toNanos();
        List<Future<List<Wait>>> running = new ArrayList<>();
        for (CookieClient client : clients) {
            running.add(threads.submit(() -> one(client, kind, end)));
        }
        List<Wait> waits = new ArrayList<>();
        for (Future<List<Wait>> one : running) {
            try {
                waits.addAll(one.get());
            } catch (ExecutionException e) {
                throw new IllegalStateException(e.getCause());
            }
        }
        return waits;
    }

    private List<Wait> one(CookieClient client, Kind kind, long end) throws InterruptedException {
        List<Wait> waits = new ArrayList<>();
        long begin = System.nanoTime();
        while (begin < end) {
            String value = kind == Kind.NONE || kind == Kind.READ ? "" : "v" + waits.size();
            CookieClient.Answer answer = client.get(node + kind.path + value);
            long now = System.nanoTime();
            require(answer);
            waits.add(new Wait((now - begin) / 1e6, answer.calls()));
            begin = System.nanoTime();
        }
        return waits;
    }

    private static void require(CookieClient.Answer answer) {
        if (!answer.isOk()) {
            throw new IllegalStateException("a request was answered " + answer);
        }
    }

    private static String table(Map<Kind, List<Wait>> waits) {
        StringBuilder text = new StringBuilder();
        text.append(String.format(Locale.ROOT, "%n| request | requests | calls | median | 99th percentile |%n"));
        text.append("|---|---|---|---|---|\n");
        waits.forEach((kind, all) -> {
            List<Double> times =
                    new ArrayList<>(all.stream().map(Wait::milliseconds).toList());
            Collections.sort(times);
            text.append(String.format(
                    Locale.ROOT,
                    "| %s | %d | %.2f | %.1f ms | %.1f ms |%n",
                    kind.text,
                    all.size(),
                    all.stream().mapToInt(Wait::calls).average().orElse(0),
                    times.get(times.size() / 2),
                    times.get(times.size() * 99 / 100)));
        });
        return text.toString();
    }
}
