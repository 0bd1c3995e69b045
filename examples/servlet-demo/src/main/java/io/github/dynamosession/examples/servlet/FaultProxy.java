// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.servlet;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Stands between the nodes and DynamoDB Local, and lets requests fail as they are told to. */
final class FaultProxy implements AutoCloseable {
    /** What becomes of a request. */
    enum Fault {
        NONE("none"),
        REPLY_LOST("applied, the connection ends without a reply"),
        ERROR_AFTER("applied, answered 500"),
        ERROR_BEFORE("not applied, answered 500"),
        THROTTLED("not applied, throttled"),
        RESET("not applied, the connection is reset"),
        LATE("no reply, applied after the page was answered"),
        OUTAGE("nobody listens");

        final String text;

        Fault(String text) {
            this.text = text;
        }
    }

    /** How much fails. */
    enum Extent {
        /** Once: the client's repetition is served. */
        ATTEMPT,
        /** One call with all its repetitions. */
        CALL,
        /** This call and all that follow. */
        ALL
    }

    private static final String INTERNAL = "InternalServerError";

    private record Call(Map<String, String> headers, String body) {}

    private final URI upstream;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "fault-proxy");
        thread.setDaemon(true);
        return thread;
    });

    private ServerSocket server;

    /** Done when the port is free again after the socket was closed. */
    private CompletableFuture<Void> accepting = CompletableFuture.completedFuture(null);

    private Fault fault = Fault.NONE;
    private int skip;
    private Extent extent = Extent.ALL;
    private final List<String> calls = new ArrayList<>();
    private boolean met;
    private List<Call> held = new ArrayList<>();
    private int underWay;
    private volatile Duration latency = Duration.ZERO;

    FaultProxy(URI upstream) throws IOException {
        this.upstream = upstream;
        this.server = listen(0);
    }

    private ServerSocket listen(int port) throws IOException {
        ServerSocket listening = new ServerSocket();
        listening.setReuseAddress(true);
        listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        accepting = CompletableFuture.runAsync(() -> accept(listening), threads);
        return listening;
    }

    synchronized URI endpoint() {
        return URI.create("http://127.0.0.1:" + server.getLocalPort());
    }

    /** From now on a call is answered no sooner than this after it came. */
    void delay(Duration time) {
        latency = time;
    }

    /** From now on calls fail, after so many that do not. */
    synchronized void inject(Fault next, int after, Extent howMuch) throws IOException {
        fault = next;
        skip = after;
        extent = howMuch;
        calls.clear();
        met = false;
        if (next == Fault.OUTAGE) {
            server.close();
            accepting.join();
            for (Socket connection : connections) {
                connection.close();
            }
        }
    }

    /**
     * No request fails any more, and none is under way; what was held back stays so. Tells whether one has failed.
     */
    synchronized boolean heal() throws IOException, InterruptedException {
        if (fault == Fault.OUTAGE) {
            server = listen(server.getLocalPort());
            met = true;
        }
        fault = Fault.NONE;
        while (underWay > 0) {
            wait();
        }
        return met;
    }

    /** The requests that were held back arrive. */
    void release() throws IOException, InterruptedException {
        List<Call> late;
        synchronized (this) {
            late = held;
            held = new ArrayList<>();
        }
        for (Call call : late) {
            forward(call);
        }
    }

    @Override
    public void close() throws IOException {
        synchronized (this) {
            server.close();
        }
        threads.shutdownNow();
        for (Socket connection : connections) {
            connection.close();
        }
    }

    private synchronized Fault next(Call call) {
        if (fault == Fault.NONE) {
            return Fault.NONE;
        }
        // The same in all attempts of a call.
        String id = call.headers().getOrDefault("amz-sdk-invocation-id", "");
        int known = calls.indexOf(id);
        int index = known < 0 ? calls.size() : known;
        if (known < 0) {
            calls.add(id);
        }
        boolean fails = switch (extent) {
            case ATTEMPT -> index == skip && known < 0;
            case CALL -> index == skip;
            case ALL -> index >= skip;
        };
        if (!fails) {
            return Fault.NONE;
        }
        met = true;
        if (fault == Fault.LATE) {
            held.add(call);
        }
        return fault;
    }

    private void accept(ServerSocket listening) {
        while (true) {
            try {
                Socket connection = listening.accept();
                connections.add(connection);
                threads.execute(() -> serve(connection));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            connection.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(connection.getInputStream());
            Call call = read(in);
            while (call != null && answer(connection, in, call)) {
                call = read(in);
            }
        } catch (IOException e) {
            // The client has gone, or an outage has begun.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            connections.remove(connection);
        }
    }

    /** False: the connection is to end. */
    private boolean answer(Socket connection, InputStream in, Call call) throws IOException, InterruptedException {
        switch (next(call)) {
            case NONE -> {
                long end = System.nanoTime() + latency.toNanos();
                HttpResponse<byte[]> response = forward(call);
                TimeUnit.NANOSECONDS.sleep(end - System.nanoTime());
                reply(connection, response);
            }
            case REPLY_LOST -> {
                forward(call);
                return false;
            }
            case ERROR_AFTER -> {
                forward(call);
                refuse(connection, 500, INTERNAL);
            }
            case ERROR_BEFORE -> refuse(connection, 500, INTERNAL);
            case THROTTLED -> refuse(connection, 400, "ThrottlingException");
            case LATE -> {
                // Until the client gives up.
                return in.read() >= 0;
            }
            case RESET, OUTAGE -> {
                connection.setSoLinger(true, 0);
                return false;
            }
        }
        return true;
    }

    private static @Nullable Call read(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n", head.length() - 4) < 0) {
            int next = in.read();
            if (next < 0) {
                return null;
            }
            head.append((char) next);
        }
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (String line : head.toString().split("\r\n", -1)) {
            int colon = line.indexOf(": ");
            if (colon > 0) {
                headers.put(line.substring(0, colon), line.substring(colon + 2));
            }
        }
        int length = Integer.parseInt(headers.getOrDefault("Content-Length", "0"));
        byte[] body = in.readNBytes(length);
        return body.length < length ? null : new Call(headers, new String(body, StandardCharsets.UTF_8));
    }

    private HttpResponse<byte[]> forward(Call call) throws IOException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(upstream).POST(HttpRequest.BodyPublishers.ofString(call.body()));
        for (String header : List.of("X-Amz-Target", "X-Amz-Date", "Authorization", "Content-Type")) {
            request.header(header, call.headers().getOrDefault(header, ""));
        }
        count(1);
        try {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        } finally {
            count(-1);
        }
    }

    private synchronized void count(int change) {
        underWay += change;
        notifyAll();
    }

    private static void reply(Socket connection, HttpResponse<byte[]> response) throws IOException {
        write(connection, response.statusCode(), response.body());
    }

    private static void refuse(Socket connection, int status, String type) throws IOException {
        String body = "{\"__type\":\"com.amazonaws.dynamodb.v20120810#" + type + "\",\"message\":\"injected\"}";
        write(connection, status, body.getBytes(StandardCharsets.UTF_8));
    }

    private static void write(Socket connection, int status, byte[] body) throws IOException {
        String head = String.format(
                Locale.ROOT,
                "HTTP/1.1 %d x\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: %d\r\n\r\n",
                status,
                body.length);
        byte[] headBytes = head.getBytes(StandardCharsets.ISO_8859_1);
        byte[] message = new byte[headBytes.length + body.length];
        System.arraycopy(headBytes, 0, message, 0, headBytes.length);
        System.arraycopy(body, 0, message, headBytes.length, body.length);
        connection.getOutputStream().write(message);
    }
}
