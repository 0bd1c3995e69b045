// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.quarkus;

import io.quarkus.test.common.http.TestHTTPResource;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * Requests per second of the stock handler over its local store, and of the extension, in turn. What
 * counts are the ratios within a round. Not run with the tests: docs/quarkus.md has the command.
 */
abstract class Throughput {
    private static final int CONNECTIONS = 16;
    private static final int ROUNDS = 9;
    private static final long WARM_UP_MILLIS = 6_000;
    private static final long ROUND_MILLIS = 1_500;

    @TestHTTPResource("/")
    URI base;

    @Test
    void measure() throws Exception {
        // A session for each connection: the stock handler drops the changes of requests that share one.
        List<String> stockCookies = login(LoadRoutes.STOCK);
        List<String> ourCookies = login(LoadRoutes.OURS);
        ExecutorService clients = Executors.newFixedThreadPool(CONNECTIONS);
        try {
            for (String path : List.of("/read", "/change")) {
                run(clients, LoadRoutes.STOCK + path, stockCookies, WARM_UP_MILLIS);
                run(clients, LoadRoutes.OURS + path, ourCookies, WARM_UP_MILLIS);
                double[] stock = new double[ROUNDS];
                double[] ratios = new double[ROUNDS];
                for (int round = 0; round < ROUNDS; round++) {
                    stock[round] = run(clients, LoadRoutes.STOCK + path, stockCookies, ROUND_MILLIS);
                    double ours = run(clients, LoadRoutes.OURS + path, ourCookies, ROUND_MILLIS);
                    ratios[round] = ours / stock[round];
                }
                Arrays.sort(stock);
                Arrays.sort(ratios);
                System.out.printf(
                        Locale.ROOT,
                        "%s %s: stock %.0f requests/s; extension/stock %.2f (%.2f to %.2f)%n",
                        getClass().getSimpleName(),
                        path,
                        stock[ROUNDS / 2],
                        ratios[ROUNDS / 2],
                        ratios[0],
                        ratios[ROUNDS - 1]);
            }
        } finally {
            clients.shutdownNow();
        }
    }

    private List<String> login(String prefix) throws IOException {
        List<String> cookies = new ArrayList<>();
        for (int client = 0; client < CONNECTIONS; client++) {
            cookies.add(exchange(prefix + "/login", "").getOrDefault("set-cookie", ""));
        }
        return cookies;
    }

    private double run(ExecutorService clients, String path, List<String> cookies, long millis) throws Exception {
        long start = System.nanoTime();
        long end = start + TimeUnit.MILLISECONDS.toNanos(millis);
        List<Future<Long>> counts = new ArrayList<>();
        for (String cookie : cookies) {
            counts.add(clients.submit(() -> until(end, path, cookie)));
        }
        long total = 0;
        for (Future<Long> count : counts) {
            total += count.get();
        }
        return total * 1e9 / (System.nanoTime() - start);
    }

    // A client that costs next to nothing: a general one would be most of what is measured.

    private long until(long endNanos, String path, String cookie) throws IOException {
        long count = 0;
        try (Socket socket = connect()) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            byte[] request = request(path, cookie);
            while (System.nanoTime() < endNanos) {
                socket.getOutputStream().write(request);
                answer(in, path);
                count++;
            }
        }
        return count;
    }

    private Map<String, String> exchange(String path, String cookie) throws IOException {
        try (Socket socket = connect()) {
            socket.getOutputStream().write(request(path, cookie));
            return answer(new BufferedInputStream(socket.getInputStream()), path);
        }
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getByName(base.getHost()), base.getPort());
        socket.setTcpNoDelay(true);
        return socket;
    }

    private static byte[] request(String path, String cookie) {
        String text = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nCookie: " + cookie + "\r\n\r\n";
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Its headers, of the cookie only name and value. */
    private static Map<String, String> answer(InputStream in, String path) throws IOException {
        String status = line(in);
        if (!status.contains(" 200 ")) {
            throw new IOException(path + " answered " + status);
        }
        Map<String, String> headers = new LinkedHashMap<>();
        for (String header = line(in); !header.isEmpty(); header = line(in)) {
            int colon = header.indexOf(':');
            headers.put(
                    header.substring(0, colon).toLowerCase(Locale.ROOT),
                    header.substring(colon + 1).strip().split(";", 2)[0]);
        }
        in.skipNBytes(Long.parseLong(headers.getOrDefault("content-length", "0")));
        return headers;
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
