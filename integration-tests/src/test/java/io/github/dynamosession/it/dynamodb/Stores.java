// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.dynamodb;

import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.dynamodb.DynamoDbTables;
import io.github.dynamosession.dynamodb.ItemAttributes;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionDelta.Access;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.Token;
import io.github.dynamosession.testkit.EmbeddedDynamoDbServer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.retry.RetryMode;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** What the tests of this package share: one DynamoDB Local, one table, clients, small sessions. */
final class Stores {
    static final String TABLE = "sessions";
    static final Duration IDLE = Duration.ofMinutes(30);
    static final DynamoDbClient DIRECT = EmbeddedDynamoDbServer.shared().client();

    static final StaticCredentialsProvider CREDENTIALS =
            StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test"));
    private static final Map<URI, DynamoDbClient> BLOCKING_CLIENTS = new ConcurrentHashMap<>();
    private static final Map<URI, DynamoDbAsyncClient> ASYNC_CLIENTS = new ConcurrentHashMap<>();

    static {
        DynamoDbTables.createTable(DIRECT, TABLE, ItemAttributes.defaults());
    }

    /** Which of the SDK's clients a store is given. */
    enum Kind {
        BLOCKING {
            @Override
            DynamoDbSessionStore.Builder builder(URI endpoint) {
                return DynamoDbSessionStore.builder().client(blocking(endpoint));
            }

            @Override
            DynamoDbSessionStore.Builder withoutRetries(URI endpoint) {
                return DynamoDbSessionStore.builder()
                        .client(DynamoDbClient.builder()
                                .endpointOverride(endpoint)
                                .region(Region.US_EAST_1)
                                .credentialsProvider(CREDENTIALS)
                                .overrideConfiguration(
                                        config -> config.retryStrategy(retries -> retries.maxAttempts(1)))
                                .build());
            }
        },
        ASYNC {
            @Override
            DynamoDbSessionStore.Builder builder(URI endpoint) {
                return DynamoDbSessionStore.builder().asyncClient(async(endpoint));
            }

            @Override
            DynamoDbSessionStore.Builder withoutRetries(URI endpoint) {
                return DynamoDbSessionStore.builder()
                        .asyncClient(DynamoDbAsyncClient.builder()
                                .endpointOverride(endpoint)
                                .region(Region.US_EAST_1)
                                .credentialsProvider(CREDENTIALS)
                                .overrideConfiguration(
                                        config -> config.retryStrategy(retries -> retries.maxAttempts(1)))
                                .build());
            }
        };

        abstract DynamoDbSessionStore.Builder builder(URI endpoint);

        /** With a client that asks once, for tests of what repetition does not cure. */
        abstract DynamoDbSessionStore.Builder withoutRetries(URI endpoint);

        SessionStore store(URI endpoint, Clock clock) {
            return builder(endpoint).tableName(TABLE).clock(clock).build();
        }
    }

    private Stores() {}

    /** Puts a row as somebody else would. */
    static void put(SessionKey key, Map<String, AttributeValue> attributes) {
        Map<String, AttributeValue> item = new HashMap<>(attributes);
        item.put("id", AttributeValue.fromS(key.value()));
        DIRECT.putItem(request -> request.tableName(TABLE).item(item));
    }

    static URI endpoint() {
        return EmbeddedDynamoDbServer.shared().endpoint();
    }

    /** Repeats a call twice at most, so that tests of what it cannot repeat away end soon. */
    static DynamoDbClient blocking(URI endpoint) {
        return BLOCKING_CLIENTS.computeIfAbsent(
                endpoint,
                uri -> DynamoDbClient.builder()
                        .endpointOverride(uri)
                        .region(Region.US_EAST_1)
                        .credentialsProvider(CREDENTIALS)
                        .overrideConfiguration(config -> config.retryStrategy(RetryMode.STANDARD))
                        .build());
    }

    static DynamoDbAsyncClient async(URI endpoint) {
        return ASYNC_CLIENTS.computeIfAbsent(
                endpoint,
                uri -> DynamoDbAsyncClient.builder()
                        .endpointOverride(uri)
                        .region(Region.US_EAST_1)
                        .credentialsProvider(CREDENTIALS)
                        .overrideConfiguration(config -> config.retryStrategy(RetryMode.STANDARD))
                        .build());
    }

    static <T> T await(CompletionStage<T> stage) {
        return stage.toCompletableFuture().join();
    }

    /** What a stage failed with; fails the test if it did not. */
    static Throwable failure(CompletionStage<?> stage) {
        try {
            throw new AssertionError(
                    "no failure but " + stage.toCompletableFuture().join());
        } catch (CompletionException e) {
            return e.getCause();
        }
    }

    static SessionKey key() {
        return SessionKey.of("key-" + UUID.randomUUID());
    }

    static EncodedValue json(String json) {
        return EncodedValue.of(EncodedValue.JSON, json.getBytes(StandardCharsets.UTF_8));
    }

    static StoredSession session(Clock clock, Map<String, EncodedValue> attributes) {
        Instant now = clock.instant();
        return StoredSession.builder()
                .uid(Token.random())
                .createdAt(now)
                .accessedAt(now)
                .idleTimeout(IDLE)
                .expiresAt(now.plus(IDLE))
                .attributes(attributes)
                .build();
    }

    static SessionDelta.Builder delta() {
        return SessionDelta.builder(Token.random());
    }

    static Access access(Clock clock) {
        Instant now = clock.instant();
        return new Access(now, Optional.of(IDLE), Optional.of(now.plus(IDLE)));
    }

    static StoredSession found(SessionStore store, SessionKey key) {
        return ((FindOutcome.Found) await(store.find(key))).session();
    }

    /** The item as it is in the table; empty if it is not. */
    static Map<String, AttributeValue> item(SessionKey key) {
        return DIRECT.getItem(request -> request.tableName(TABLE)
                        .consistentRead(true)
                        .key(Map.of("id", AttributeValue.fromS(key.value()))))
                .item();
    }
}
