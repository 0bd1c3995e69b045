// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStoreException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.RequestOverrideConfiguration;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.GetItemRequest;
import software.amazon.awssdk.services.dynamodb.model.GetItemResponse;

@DisplayName("A store over a blocking client")
class ConnectionsTest {
    /** So long that no attempt ends before a test lets it. */
    private static final Duration LONG = Duration.ofMinutes(30);

    private static final StaticCredentialsProvider CREDENTIALS =
            StaticCredentialsProvider.create(AwsBasicCredentials.create("none", "none"));

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    @Test
    @DisplayName("has 200 calls under way at once")
    void all() throws Exception {
        int callers = DynamoDbSessionStore.DEFAULT_MAX_CONNECTIONS;
        Set<String> keys = ConcurrentHashMap.newKeySet();
        CountDownLatch all = new CountDownLatch(1);
        try (StubDynamoDb stub = new StubDynamoDb((key, exchange) -> {
                    keys.add(key);
                    if (keys.size() == callers) {
                        all.countDown();
                    }
                    all.await();
                    StubDynamoDb.nothing(exchange);
                });
                DynamoDbSessionStore store = DynamoDbSessionStore.builder()
                        .tableName("sessions")
                        .region("eu-central-1")
                        .endpoint(stub.endpoint())
                        .credentials(CREDENTIALS)
                        .callTimeout(LONG)
                        .build()) {
            List<Future<FindOutcome>> found = new ArrayList<>();
            for (int i = 0; i < callers; i++) {
                SessionKey key = SessionKey.of("key-" + i);
                found.add(threads.submit(
                        () -> store.find(key).toCompletableFuture().join()));
            }
            for (Future<FindOutcome> outcome : found) {
                assertThat(outcome.get(2, TimeUnit.MINUTES)).isEqualTo(new FindOutcome.Absent());
            }
        }
    }

    @Test
    @DisplayName("lets calls beyond its connections wait in the order in which they came, and refuses none")
    void inOrder() throws Exception {
        int connections = 100;
        int callers = 300;
        Semaphore replies = new Semaphore(0);
        ConnectionLimit limit = new ConnectionLimit(connections, LONG, true, "dynamosession.max-connections");
        try (StubDynamoDb stub = new StubDynamoDb((key, exchange) -> {
                    replies.acquire();
                    StubDynamoDb.nothing(exchange);
                });
                DynamoDbClient client =
                        OwnClient.make("eu-central-1", stub.endpoint(), CREDENTIALS, LONG, connections)) {
            List<Future<GetItemResponse>> calls = new ArrayList<>();
            for (int i = 0; i < callers; i++) {
                GetItemRequest request = request("key-" + i);
                calls.add(threads.submit(() -> limit.call(client::getItem, request)));
                // One after the other, so that the order is known.
                int waiting = i - connections + 1;
                while (waiting > 0 && limit.waiting() < waiting) {
                    Thread.onSpinWait();
                }
                if (waiting <= 0) {
                    assertThat(stub.arrived().poll(1, TimeUnit.MINUTES)).isEqualTo("key-" + i);
                }
            }
            for (int i = connections; i < callers; i++) {
                replies.release();
                assertThat(stub.arrived().poll(1, TimeUnit.MINUTES)).isEqualTo("key-" + i);
            }
            replies.release(connections);
            for (Future<GetItemResponse> call : calls) {
                assertThat(call.get(1, TimeUnit.MINUTES).hasItem()).isFalse();
            }
        }
    }

    @Test
    @DisplayName("says that a call was not applied that got no connection within its time")
    void noneFree() throws Exception {
        ConnectionLimit limit = new ConnectionLimit(1, Duration.ofMillis(20), true, "dynamosession.max-connections");
        List<String> sent = new ArrayList<>();
        whileOneIsUnderWay(
                limit,
                () -> assertThatThrownBy(() -> limit.call(
                                request -> {
                                    sent.add("second");
                                    return "";
                                },
                                request("second")))
                        .isInstanceOfSatisfying(
                                SessionStoreException.class,
                                e -> assertThat(e.outcomeUnknown()).isFalse())
                        .hasMessageContaining("all 1 connections")
                        .hasMessageContaining("dynamosession.max-connections"));
        assertThat(sent).isEmpty();
        // Whoever gave up does not keep a connection.
        String third = limit.call(request -> "third", request("third"));
        assertThat(third).isEqualTo("third");
    }

    @Test
    @DisplayName("says that a call was not applied that was interrupted while it waited, and keeps the interrupt")
    void interrupted() throws Exception {
        ConnectionLimit limit = new ConnectionLimit(1, LONG, true, "dynamosession.max-connections");
        whileOneIsUnderWay(limit, () -> {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> limit.call(request -> "", request("second")))
                    .isInstanceOfSatisfying(
                            SessionStoreException.class,
                            e -> assertThat(e.outcomeUnknown()).isFalse());
            assertThat(Thread.interrupted()).isTrue();
        });
    }

    @Test
    @DisplayName(
            "takes the time that a call waited off what is left for it; a client of the application decides itself")
    void shortened() throws Exception {
        assertThat(timeoutAfterWaiting(true)).isPositive().isLessThan(LONG);
        assertThat(timeoutAfterWaiting(false)).isNull();
    }

    private Duration timeoutAfterWaiting(boolean shortens) throws Exception {
        ConnectionLimit limit = new ConnectionLimit(1, LONG, shortens, "dynamosession.max-connections");
        AtomicReference<Future<Duration>> second = new AtomicReference<>();
        whileOneIsUnderWay(limit, () -> {
            second.set(threads.submit(() -> limit.call(ConnectionsTest::timeout, request("second"))));
            while (limit.waiting() == 0) {
                Thread.onSpinWait();
            }
        });
        Duration waited = second.get().get(1, TimeUnit.MINUTES);
        Duration unhindered = limit.call(ConnectionsTest::timeout, request("third"));
        assertThat(unhindered).isNull();
        return waited;
    }

    private static Duration timeout(GetItemRequest request) {
        return request.overrideConfiguration()
                .flatMap(RequestOverrideConfiguration::apiCallTimeout)
                .orElse(null);
    }

    @Test
    @DisplayName("makes no more calls at once of an application's client than it is told, and none fewer otherwise")
    void applicationsClient() throws Exception {
        assertThat(underWay(DynamoDbSessionStore.builder().maxConnections(2), 2))
                .isEqualTo(2);
        assertThat(underWay(DynamoDbSessionStore.builder(), 3)).isEqualTo(3);
    }

    /** How many of three calls reach the client at once, of which so many are waited for. */
    private int underWay(DynamoDbSessionStore.Builder builder, int expected) throws Exception {
        Semaphore entered = new Semaphore(0);
        CountDownLatch leave = new CountDownLatch(1);
        DynamoDbClient client = new HoldingClient(entered, leave);
        DynamoDbSessionStore store =
                builder.tableName("sessions").client(client).build();
        List<Future<FindOutcome>> calls = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            SessionKey key = SessionKey.of("key-" + i);
            calls.add(threads.submit(() -> store.find(key).toCompletableFuture().join()));
        }
        assertThat(entered.tryAcquire(expected, 1, TimeUnit.MINUTES)).isTrue();
        int more = entered.drainPermits();
        leave.countDown();
        for (Future<FindOutcome> call : calls) {
            call.get(1, TimeUnit.MINUTES);
        }
        store.close();
        return expected + more;
    }

    @Test
    @DisplayName("has a number of connections that is positive, and none beside an asynchronous client")
    void wrong() {
        assertThatThrownBy(() -> DynamoDbSessionStore.builder()
                        .tableName("sessions")
                        .maxConnections(0)
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the number of connections is not positive");
    }

    /** Runs something while the only connection is in use. */
    private void whileOneIsUnderWay(ConnectionLimit limit, Runnable action) throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        Future<String> first = threads.submit(() -> limit.call(
                request -> {
                    entered.countDown();
                    await(leave);
                    return "first";
                },
                request("first")));
        assertThat(entered.await(1, TimeUnit.MINUTES)).isTrue();
        try {
            action.run();
        } finally {
            leave.countDown();
        }
        assertThat(first.get(1, TimeUnit.MINUTES)).isEqualTo("first");
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CompletionException(e);
        }
    }

    private static GetItemRequest request(String key) {
        return GetItemRequest.builder()
                .tableName("sessions")
                .key(Map.of("id", AttributeValue.fromS(key)))
                .build();
    }

    /** Answers no call before it is let. */
    private record HoldingClient(Semaphore entered, CountDownLatch leave) implements DynamoDbClient {
        @Override
        public GetItemResponse getItem(GetItemRequest request) {
            entered.release();
            await(leave);
            return GetItemResponse.builder().build();
        }

        @Override
        public String serviceName() {
            return SERVICE_NAME;
        }

        @Override
        public void close() {}
    }

    @Test
    @DisplayName("of its own gives up at an endpoint that takes calls and never answers, and says so")
    void neverAnswers() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                DynamoDbSessionStore store = DynamoDbSessionStore.builder()
                        .tableName("sessions")
                        .region("eu-central-1")
                        .endpoint(URI.create("http://127.0.0.1:" + silent.getLocalPort()))
                        .credentials(CREDENTIALS)
                        .callTimeout(Duration.ofMillis(1500))
                        .build()) {
            assertThatThrownBy(() ->
                            store.find(SessionKey.of("k")).toCompletableFuture().join())
                    .hasCauseInstanceOf(SessionStoreException.class)
                    .hasMessageContaining("the find of a session timed out");
        }
    }
}
