// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.Token;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ServiceLoader;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.retry.RetryMode;
import software.amazon.awssdk.http.SdkHttpConfigurationOption;
import software.amazon.awssdk.http.SdkHttpService;
import software.amazon.awssdk.http.async.SdkAsyncHttpService;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.utils.AttributeMap;

@DisplayName("Of a write that failed, the store says")
class NotSentTest {
    private static final AwsCredentialsProvider CREDENTIALS =
            StaticCredentialsProvider.create(AwsBasicCredentials.create("none", "none"));

    /** One connection, and no patience: an attempt fails as soon as the connection is in use. */
    private static final AttributeMap ONE_CONNECTION = AttributeMap.builder()
            .put(SdkHttpConfigurationOption.MAX_CONNECTIONS, 1)
            .put(SdkHttpConfigurationOption.CONNECTION_ACQUIRE_TIMEOUT, Duration.ofMillis(20))
            .build();

    private final ExecutorService threads = Executors.newCachedThreadPool();

    enum Kind {
        BLOCKING {
            @Override
            DynamoDbSessionStore store(URI endpoint, AttributeMap http, AwsCredentialsProvider credentials) {
                SdkHttpService service =
                        ServiceLoader.load(SdkHttpService.class).findFirst().orElseThrow();
                return DynamoDbSessionStore.builder()
                        .tableName("sessions")
                        .client(DynamoDbClient.builder()
                                .region(Region.EU_CENTRAL_1)
                                .endpointOverride(endpoint)
                                .credentialsProvider(credentials)
                                .httpClient(service.createHttpClientBuilder().buildWithDefaults(http))
                                .overrideConfiguration(THREE_ATTEMPTS)
                                .build())
                        .build();
            }
        },
        ASYNCHRONOUS {
            @Override
            DynamoDbSessionStore store(URI endpoint, AttributeMap http, AwsCredentialsProvider credentials) {
                SdkAsyncHttpService service = ServiceLoader.load(SdkAsyncHttpService.class)
                        .findFirst()
                        .orElseThrow();
                return DynamoDbSessionStore.builder()
                        .tableName("sessions")
                        .asyncClient(DynamoDbAsyncClient.builder()
                                .region(Region.EU_CENTRAL_1)
                                .endpointOverride(endpoint)
                                .credentialsProvider(credentials)
                                .httpClient(
                                        service.createAsyncHttpClientFactory().buildWithDefaults(http))
                                .overrideConfiguration(THREE_ATTEMPTS)
                                .build())
                        .build();
            }
        };

        private static final ClientOverrideConfiguration THREE_ATTEMPTS = ClientOverrideConfiguration.builder()
                .retryStrategy(RetryMode.STANDARD)
                .build();

        abstract DynamoDbSessionStore store(URI endpoint, AttributeMap http, AwsCredentialsProvider credentials);
    }

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("not applied, if no connection became free in the client's pool")
    void pool(Kind kind) throws Exception {
        CountDownLatch reply = new CountDownLatch(1);
        try (StubDynamoDb stub = new StubDynamoDb((key, exchange) -> {
            reply.await();
            StubDynamoDb.reply(exchange, 200, "{\"Attributes\":{\"version\":{\"N\":\"2\"}}}");
        })) {
            DynamoDbSessionStore store = kind.store(stub.endpoint(), ONE_CONNECTION, CREDENTIALS);
            Future<Throwable> first = threads.submit(() -> failure(store, "first"));
            String arrived = stub.arrived().poll(20, TimeUnit.MILLISECONDS);
            for (int i = 0; i < 3_000 && arrived == null; i++) {
                if (first.isDone()) {
                    // The very first connection takes a client longer than it waits for one.
                    first = threads.submit(() -> failure(store, "first"));
                }
                arrived = stub.arrived().poll(20, TimeUnit.MILLISECONDS);
            }
            assertThat(arrived).isEqualTo("first");

            assertThat(unknown(failure(store, "second"))).isFalse();

            reply.countDown();
            assertThat(first.get(1, TimeUnit.MINUTES)).isNull();
            assertThat(stub.arrived()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("not applied, if the connection was refused")
    void refused(Kind kind) throws Exception {
        URI nobody;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = URI.create("http://127.0.0.1:" + socket.getLocalPort());
        }
        assertThat(unknown(failure(kind.store(nobody, AttributeMap.empty(), CREDENTIALS), "key")))
                .isFalse();
    }

    @Test
    @DisplayName("not applied, if the TLS handshake failed")
    void handshake() throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            threads.submit(() -> {
                while (true) {
                    try (Socket connection = socket.accept()) {
                        connection.getInputStream().read(new byte[5]);
                    }
                }
            });
            URI endpoint = URI.create("https://127.0.0.1:" + socket.getLocalPort());
            assertThat(unknown(failure(Kind.BLOCKING.store(endpoint, AttributeMap.empty(), CREDENTIALS), "key")))
                    .isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("not applied, if there are no credentials")
    void credentials(Kind kind) throws Exception {
        AwsCredentialsProvider none = () -> {
            throw SdkClientException.create("none today");
        };
        try (StubDynamoDb stub = new StubDynamoDb((key, exchange) -> StubDynamoDb.nothing(exchange))) {
            assertThat(unknown(failure(kind.store(stub.endpoint(), AttributeMap.empty(), none), "key")))
                    .isFalse();
            assertThat(stub.arrived()).isEmpty();
        }
    }

    @Test
    @DisplayName("not applied, if the host is unknown, which the SDK wraps once more than other failures")
    void unknownHost() {
        SdkClientException attempts = SdkClientException.builder()
                .message("Unable to execute HTTP request: dynamodb.invalid")
                .cause(new UnknownHostException("dynamodb.invalid"))
                .numAttempts(3)
                .build();
        attempts.addSuppressed(SdkClientException.create("Request attempt 1 failure: Unable to execute HTTP request:"
                + " dynamodb.invalid: Name or service not known"));
        attempts.addSuppressed(SdkClientException.create(
                "Request attempt 2 failure: Unable to execute HTTP request: dynamodb.invalid"));
        SdkClientException wrapped = SdkClientException.create("Received an UnknownHostException", attempts);

        assertThat(Errors.mayHaveBeenApplied(wrapped)).isFalse();
    }

    @Test
    @DisplayName("that its outcome is unknown, if any earlier attempt may have been applied")
    void earlier() {
        SdkClientException attempts = SdkClientException.builder()
                .cause(new UnknownHostException("dynamodb.invalid"))
                .numAttempts(2)
                .build();
        attempts.addSuppressed(
                SdkClientException.create("Request attempt 1 failure: Unable to execute HTTP request: Read timed out"));

        assertThat(Errors.mayHaveBeenApplied(SdkClientException.create("Received …", attempts)))
                .isTrue();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("that its outcome is unknown, if the connection was closed without a reply")
    void lost(Kind kind) {
        try (StubDynamoDb stub = new StubDynamoDb((key, exchange) -> {})) {
            assertThat(unknown(failure(kind.store(stub.endpoint(), AttributeMap.empty(), CREDENTIALS), "key")))
                    .isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("that its outcome is unknown, if the reply cannot be read")
    void unreadable(Kind kind) {
        try (StubDynamoDb stub = new StubDynamoDb((key, exchange) -> StubDynamoDb.reply(exchange, 200, "{\"Attri"))) {
            assertThat(unknown(failure(kind.store(stub.endpoint(), AttributeMap.empty(), CREDENTIALS), "key")))
                    .isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("that its outcome is unknown, if the reply was damaged on the way")
    void damaged(Kind kind) {
        try (StubDynamoDb stub = new StubDynamoDb((key, exchange) -> {
            exchange.getResponseHeaders().set("x-amz-crc32", "1");
            StubDynamoDb.nothing(exchange);
        })) {
            assertThat(unknown(failure(kind.store(stub.endpoint(), AttributeMap.empty(), CREDENTIALS), "key")))
                    .isTrue();
        }
    }

    private static boolean unknown(Throwable failure) {
        assertThat(failure).isInstanceOf(SessionStoreException.class);
        return ((SessionStoreException) failure).outcomeUnknown();
    }

    private static Throwable failure(DynamoDbSessionStore store, String key) {
        SessionDelta delta = SessionDelta.builder(Token.random())
                .set("user", EncodedValue.of(EncodedValue.JSON, "1".getBytes(StandardCharsets.UTF_8)))
                .build();
        try {
            store.update(SessionKey.of(key), delta).toCompletableFuture().join();
            return null;
        } catch (CompletionException e) {
            return e.getCause();
        }
    }
}
