// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.servlet;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/**
 * Sends requests to routes of servers in this process, in turn, and says what a request of each costs: docs/benchmarks.md.
 * The client is part of what is measured, the same for all routes; so what counts is how routes differ.
 */
public final class RouteLoad {
    private static final int CONNECTIONS = 16;
    private static final int WARM_UP = 4;
    private static final int ROUNDS = 9;
    private static final Duration TURN = Duration.ofMillis(1_500);
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final OperatingSystemMXBean PROCESS =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    /**
     * A route.
     *
     * @param name in the table
     * @param port of its server on the loopback interface
     * @param path what is got
     * @param login what is got once for each connection, for its cookies
     */
    public record Route(String name, int port, String path, String login) {}

    /** Of one request, on average of a turn. */
    private record Cost(double perSecond, double micros, double kilobytes) {}

    private RouteLoad() {}

    /**
     * Measures and prints.
     *
     * @param routes the first is what the others are compared with
     * @throws Exception if a request is not answered with 200
     */
    public static void compare(List<Route> routes) throws Exception {
        Map<Route, List<String>> cookies = new LinkedHashMap<>();
        for (Route route : routes) {
            List<String> ofRoute = new ArrayList<>();
            for (int i = 0; i < CONNECTIONS; i++) {
                ofRoute.add(cookie(route));
            }
            cookies.put(route, ofRoute);
        }
        Map<Route, List<Cost>> costs = new LinkedHashMap<>();
        routes.forEach(route -> costs.put(route, new ArrayList<>()));
        ExecutorService clients = Executors.newFixedThreadPool(CONNECTIONS);
        try {
            for (int round = -WARM_UP; round < ROUNDS; round++) {
                for (Map.Entry<Route, List<Cost>> route : costs.entrySet()) {
                    Cost cost = run(clients, route.getKey(), cookies.getOrDefault(route.getKey(), List.of()));
                    if (round >= 0) {
                        route.getValue().add(cost);
                    }
                }
            }
        } finally {
            clients.shutdownNow();
        }
        System.out.println();
        System.out.println("| route | requests/s | CPU time | garbage | more CPU time than the first | more garbage |");
        System.out.println("|---|---|---|---|---|---|");
        List<Cost> first = costs.getOrDefault(routes.get(0), List.of());
        costs.forEach((route, all) -> System.out.printf(
                Locale.ROOT,
                "| %s | %.0f | %.1f us | %.1f KB | %s us | %s KB |%n",
                route.name(),
                median(all.stream().map(Cost::perSecond).toList()),
                median(all.stream().map(Cost::micros).toList()),
                median(all.stream().map(Cost::kilobytes).toList()),
                more(all, first, Cost::micros),
                more(all, first, Cost::kilobytes)));
    }

    /** Median, least and most of the differences within the rounds. */
    private static String more(List<Cost> costs, List<Cost> first, Function<Cost, Double> figure) {
        List<Double> more = new ArrayList<>();
        for (int i = 0; i < costs.size(); i++) {
            more.add(figure.apply(costs.get(i)) - figure.apply(first.get(i)));
        }
        List<Double> sorted = more.stream().sorted().toList();
        return String.format(
                Locale.ROOT, "%.1f (%.1f to %.1f)", median(more), sorted.get(0), sorted.get(sorted.size() - 1));
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }

    private static Cost run(ExecutorService clients, Route route, List<String> cookies) throws Exception {
        long begin = System.nanoTime();
        long end = begin + TURN.toNanos();
        long cpu = PROCESS.getProcessCpuTime();
        long bytes = allocated();
        List<Future<Long>> counts = new ArrayList<>();
        for (String cookie : cookies) {
            counts.add(clients.submit(() -> until(end, route, cookie)));
        }
        double total = 0;
        for (Future<Long> count : counts) {
            total += count.get();
        }
        return new Cost(
                total * 1e9 / (System.nanoTime() - begin),
                (PROCESS.getProcessCpuTime() - cpu) / 1e3 / total,
                (allocated() - bytes) / 1024.0 / total);
    }

    /** By all threads that are there; none of those that serve ends. */
    private static long allocated() {
        long bytes = 0;
        for (long one : THREADS.getThreadAllocatedBytes(THREADS.getAllThreadIds())) {
            bytes += Math.max(0, one);
        }
        return bytes;
    }

    // A client that costs next to nothing: a general one would be most of what is measured.

    private static long until(long endNanos, Route route, String cookie) throws IOException {
        long count = 0;
        try (Socket socket = connect(route)) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            byte[] request = request(route.path(), cookie);
            while (System.nanoTime() < endNanos) {
                socket.getOutputStream().write(request);
                answer(in, route.path());
                count++;
            }
        }
        return count;
    }

    private static String cookie(Route route) throws IOException {
        try (Socket socket = connect(route)) {
            socket.getOutputStream().write(request(route.login(), ""));
            return answer(new BufferedInputStream(socket.getInputStream()), route.login());
        }
    }

    private static Socket connect(Route route) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), route.port());
        socket.setTcpNoDelay(true);
        return socket;
    }

    private static byte[] request(String path, String cookie) {
        String text = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n"
                + (cookie.isEmpty() ? "" : "Cookie: " + cookie + "\r\n") + "\r\n";
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Reads to the end; the name and the value of the cookie that is set, empty if none is. */
    private static String answer(InputStream in, String path) throws IOException {
        String status = line(in);
        if (!status.contains(" 200 ")) {
            throw new IOException(path + " was answered " + status);
        }
        long length = 0;
        String cookie = "";
        for (String header = line(in); !header.isEmpty(); header = line(in)) {
            if (isHeader(header, "content-length:")) {
                length = Long.parseLong(
                        header.substring("content-length:".length()).strip());
            } else if (isHeader(header, "set-cookie:")) {
                cookie = header.substring("set-cookie:".length()).strip().split(";", 2)[0];
            }
        }
        in.skipNBytes(length);
        return cookie;
    }

    private static boolean isHeader(String line, String name) {
        return line.regionMatches(true, 0, name, 0, name.length());
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder(64);
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("the server closed the connection");
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }
}
