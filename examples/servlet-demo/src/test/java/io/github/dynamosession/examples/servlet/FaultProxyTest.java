// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.github.dynamosession.examples.servlet.FaultProxy.Extent;
import io.github.dynamosession.examples.servlet.FaultProxy.Fault;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("The proxy of the fault run")
class FaultProxyTest {
    static {
        // Or small answers wait 40 ms for an acknowledgement.
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    private final AtomicInteger applied = new AtomicInteger();
    private final HttpClient client = HttpClient.newHttpClient();
    private HttpServer database;
    private FaultProxy proxy;

    @BeforeEach
    void start() throws IOException {
        database = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        database.createContext("/", exchange -> {
            applied.incrementAndGet();
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        database.start();
        proxy = new FaultProxy(
                URI.create("http://127.0.0.1:" + database.getAddress().getPort()));
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        database.stop(0);
    }

    private int send(String call, Duration timeout) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(proxy.endpoint())
                .timeout(timeout)
                .header("amz-sdk-invocation-id", call)
                .header("X-Amz-Target", "DynamoDB_20120810.PutItem")
                .POST(HttpRequest.BodyPublishers.ofString("{}"))
                .build();
        return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    }

    private int send(String call) throws IOException, InterruptedException {
        return send(call, Duration.ofMinutes(1));
    }

    private int send() throws IOException, InterruptedException {
        return send("one");
    }

    @Test
    @DisplayName("answers no sooner than it was told to")
    void delay() throws Exception {
        proxy.delay(Duration.ofMillis(30));

        long begin = System.nanoTime();
        assertThat(send()).isEqualTo(200);

        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThanOrEqualTo(Duration.ofMillis(30));
    }

    @ParameterizedTest(name = "{0}: {1}, applied {2} times")
    @CsvSource({"NONE, 200, 1", "ERROR_AFTER, 500, 1", "ERROR_BEFORE, 500, 0", "THROTTLED, 400, 0"})
    @DisplayName("answers")
    void answers(Fault fault, int status, int times) throws Exception {
        proxy.inject(fault, 0, Extent.ALL);
        assertThat(send()).isEqualTo(status);
        assertThat(applied).hasValue(times);
        assertThat(proxy.heal()).isEqualTo(fault != Fault.NONE);
        assertThat(send()).isEqualTo(200);
    }

    @ParameterizedTest(name = "{0}: applied {1} times")
    @CsvSource({"REPLY_LOST, 1", "RESET, 0", "OUTAGE, 0"})
    @DisplayName("answers nothing")
    void silent(Fault fault, int times) throws Exception {
        assertThat(send()).isEqualTo(200);
        proxy.inject(fault, 0, Extent.ALL);
        assertThatThrownBy(this::send).isInstanceOf(IOException.class);
        assertThat(applied).hasValue(1 + times);
        assertThat(proxy.heal()).isTrue();
        assertThat(send()).isEqualTo(200);
    }

    @Test
    @DisplayName("holds requests back until it is told to let them go")
    void late() throws Exception {
        proxy.inject(Fault.LATE, 0, Extent.ATTEMPT);
        assertThatThrownBy(() -> send("one", Duration.ofMillis(100))).isInstanceOf(HttpTimeoutException.class);
        assertThat(send()).isEqualTo(200);
        assertThat(proxy.heal()).isTrue();
        assertThat(applied).hasValue(1);
        proxy.release();
        assertThat(applied).hasValue(2);
        proxy.release();
        assertThat(applied).hasValue(2);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"ATTEMPT, 200 500 200 200", "CALL, 200 500 500 200", "ALL, 200 500 500 500"})
    @DisplayName("lets one call pass, and then fail")
    void extent(Extent extent, String expected) throws Exception {
        proxy.inject(Fault.ERROR_BEFORE, 1, extent);
        assertThat(send("a") + " " + send("b") + " " + send("b") + " " + send("c"))
                .isEqualTo(expected);
    }
}
