// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.dynamodb;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Stands between a client and DynamoDB Local, on the loopback interface: records each request, and loses
 * replies, holds them back, or answers in DynamoDB's place, as a test asks.
 */
final class FaultyProxy implements AutoCloseable {
    /**
     * What a client sent.
     *
     * @param repeatable whether the SDK would send it again by itself
     */
    record Sent(String operation, String body, boolean repeatable) {
        static Sent of(String operation, String body, String attempts) {
            Matcher counts = ATTEMPTS.matcher(attempts == null ? "" : attempts);
            boolean repeatable = counts.find() && !counts.group(1).equals(counts.group(2));
            return new Sent(operation, body, repeatable);
        }
    }

    /** What is answered. */
    record Answer(int status, String body) {}

    /** How an endpoint differs from DynamoDB Local, in requests that no fault is meant for. */
    interface Behaviour {
        /** What is answered without asking DynamoDB Local; null: it is asked. */
        default Answer instead(Sent request) {
            return null;
        }

        /** What is answered once DynamoDB Local has. */
        default Answer afterwards(Sent request, Answer answer) {
            return answer;
        }
    }

    private enum Kind {
        LOSE_REPLY,
        LOSE_REQUEST,
        HOLD_REPLY,
        DELAY,
        ANSWER
    }

    private record Fault(
            Kind kind, String operation, int times, int status, String error, Runnable then, CountDownLatch latch) {}

    /** The SDK's header {@code amz-sdk-request}. */
    private static final Pattern ATTEMPTS = Pattern.compile("attempt=(\\d+); max=(\\d+)");

    private static final String SERVER_ERROR =
            "{\"__type\":\"com.amazonaws.dynamodb.v20120810#InternalServerError\",\"message\":\"internal\"}";

    static {
        // Or each reply waits 40 ms for an acknowledgement.
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    private final URI upstream;
    private final Behaviour behaviour;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpClient client = HttpClient.newHttpClient();
    private final List<Sent> sent = new CopyOnWriteArrayList<>();
    private final List<Fault> faults = new ArrayList<>();
    private volatile boolean leavesItemsOut;

    FaultyProxy(URI upstream) {
        this(upstream, new Behaviour() {});
    }

    FaultyProxy(URI upstream, Behaviour behaviour) {
        this.upstream = upstream;
        this.behaviour = behaviour;
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/", this::handle);
        server.setExecutor(threads);
        server.start();
    }

    URI endpoint() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** The next reply to this operation is lost, after DynamoDB applied the request. */
    void loseReplyTo(String operation) {
        loseReplyTo(operation, () -> {});
    }

    /** The same, and something else happens before the client notices. */
    void loseReplyTo(String operation, Runnable then) {
        add(new Fault(Kind.LOSE_REPLY, operation, 1, 0, "", then, new CountDownLatch(0)));
    }

    /** All replies to this operation are lost. */
    void loseRepliesTo(String operation) {
        add(new Fault(Kind.LOSE_REPLY, operation, Integer.MAX_VALUE, 0, "", () -> {}, new CountDownLatch(0)));
    }

    /** The next request never reaches DynamoDB. */
    void loseRequest(String operation) {
        add(new Fault(Kind.LOSE_REQUEST, operation, 1, 0, "", () -> {}, new CountDownLatch(0)));
    }

    /** The next reply to this operation waits for the latch. */
    CountDownLatch holdReplyTo(String operation) {
        CountDownLatch latch = new CountDownLatch(1);
        add(new Fault(Kind.HOLD_REPLY, operation, 1, 0, "", () -> {}, latch));
        return latch;
    }

    /** The next so many requests are answered with an error, and never reach DynamoDB. */
    void answer(String operation, int times, int status, String error) {
        add(new Fault(Kind.ANSWER, operation, times, status, error, () -> {}, new CountDownLatch(0)));
    }

    /** From now on failed conditions are answered without the item, as by endpoints that do not know the option. */
    void leaveItemsOut() {
        leavesItemsOut = true;
    }

    /** The next request is answered with an error, never reaches DynamoDB, and something else happens meanwhile. */
    void answerAnd(String operation, int status, Runnable then) {
        answerAnd(operation, status, SERVER_ERROR, then);
    }

    /** The same with another error. */
    void answerAnd(String operation, int status, String error, Runnable then) {
        add(new Fault(Kind.ANSWER, operation, 1, status, error, then, new CountDownLatch(0)));
    }

    /** The next request never reaches DynamoDB, and something else happens before the client notices. */
    void loseRequestAnd(String operation, Runnable then) {
        add(new Fault(Kind.LOSE_REQUEST, operation, 1, 0, "", then, new CountDownLatch(0)));
    }

    /** Something else happens before the next request reaches DynamoDB. */
    void before(String operation, Runnable first) {
        add(new Fault(Kind.DELAY, operation, 1, 0, "", first, new CountDownLatch(0)));
    }

    /** Sends a request again, as it was recorded, and tells the status: one that arrives late. */
    int resend(Sent request) {
        try {
            HttpRequest late = HttpRequest.newBuilder(upstream)
                    .header("X-Amz-Target", "DynamoDB_20120810." + request.operation())
                    .header("X-Amz-Date", "20260101T000000Z")
                    .header(
                            "Authorization",
                            "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request,"
                                    + " SignedHeaders=host, Signature=0")
                    .header("Content-Type", "application/x-amz-json-1.0")
                    .POST(HttpRequest.BodyPublishers.ofString(request.body()))
                    .build();
            return client.send(late, HttpResponse.BodyHandlers.discarding()).statusCode();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    List<Sent> sent() {
        return sent;
    }

    List<String> operations() {
        return sent.stream().map(Sent::operation).toList();
    }

    void forget() {
        sent.clear();
        synchronized (faults) {
            faults.clear();
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private void add(Fault fault) {
        synchronized (faults) {
            faults.add(fault);
        }
    }

    private Fault next(String operation) {
        synchronized (faults) {
            for (Iterator<Fault> i = faults.iterator(); i.hasNext(); ) {
                Fault fault = i.next();
                if (fault.operation().equals(operation)) {
                    i.remove();
                    if (fault.times() > 1) {
                        faults.add(
                                0,
                                new Fault(
                                        fault.kind(),
                                        operation,
                                        fault.times() - 1,
                                        fault.status(),
                                        fault.error(),
                                        fault.then(),
                                        fault.latch()));
                    }
                    return fault;
                }
            }
            return null;
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        try {
            String target = exchange.getRequestHeaders().getFirst("X-Amz-Target");
            String operation = target.substring(target.indexOf('.') + 1);
            byte[] body = exchange.getRequestBody().readAllBytes();
            Sent request = Sent.of(
                    operation,
                    new String(body, StandardCharsets.UTF_8),
                    exchange.getRequestHeaders().getFirst("amz-sdk-request"));
            sent.add(request);
            Fault fault = next(operation);
            Answer instead = fault == null ? behaviour.instead(request) : null;
            if (instead != null) {
                reply(exchange, instead.status(), instead.body().getBytes(StandardCharsets.UTF_8));
                return;
            }
            if (fault != null && fault.kind() == Kind.LOSE_REQUEST) {
                fault.then().run();
                return;
            }
            if (fault != null && fault.kind() == Kind.ANSWER) {
                fault.then().run();
                reply(exchange, fault.status(), fault.error().getBytes(StandardCharsets.UTF_8));
                return;
            }
            if (fault != null && fault.kind() == Kind.DELAY) {
                fault.then().run();
            }
            if (leavesItemsOut) {
                body = new String(body, StandardCharsets.UTF_8)
                        .replace(",\"ReturnValuesOnConditionCheckFailure\":\"ALL_OLD\"", "")
                        .getBytes(StandardCharsets.UTF_8);
            }
            HttpRequest.Builder forwarded =
                    HttpRequest.newBuilder(upstream).POST(HttpRequest.BodyPublishers.ofByteArray(body));
            for (String header : List.of("X-Amz-Target", "X-Amz-Date", "Authorization", "Content-Type")) {
                forwarded.header(header, exchange.getRequestHeaders().getFirst(header));
            }
            HttpResponse<byte[]> response = client.send(forwarded.build(), HttpResponse.BodyHandlers.ofByteArray());
            if (fault != null && fault.kind() == Kind.LOSE_REPLY) {
                fault.then().run();
                return;
            }
            if (fault != null) {
                fault.latch().await();
                reply(exchange, response.statusCode(), response.body());
                return;
            }
            Answer answer = behaviour.afterwards(
                    request, new Answer(response.statusCode(), new String(response.body(), StandardCharsets.UTF_8)));
            reply(exchange, answer.status(), answer.body().getBytes(StandardCharsets.UTF_8));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            // Before the headers are sent this closes the connection: the reply is lost.
            exchange.close();
        }
    }

    private static void reply(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "application/x-amz-json-1.0");
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }
}
