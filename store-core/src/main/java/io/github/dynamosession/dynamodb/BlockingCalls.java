// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import io.github.dynamosession.spi.SessionStoreException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.AwsServiceClientConfiguration;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbRequest;

/** Calls in the calling thread: no executor, no hop. */
final class BlockingCalls implements DynamoCalls {
    private final DynamoDbClient client;
    private final boolean owned;
    private final @Nullable ConnectionLimit limit;

    /**
     * Calls of a client.
     *
     * @param client the client
     * @param owned whether it is closed with the calls
     * @param limit who waits for a connection waits here; null: in the client
     */
    BlockingCalls(DynamoDbClient client, boolean owned, @Nullable ConnectionLimit limit) {
        this.client = client;
        this.owned = owned;
        this.limit = limit;
    }

    @Override
    public boolean isBlocking() {
        return true;
    }

    @Override
    public @Nullable AwsServiceClientConfiguration client() {
        return DynamoCalls.told(client::serviceClientConfiguration);
    }

    @Override
    public <Q extends DynamoDbRequest, R> CompletionStage<R> call(DynamoOperation<Q, R> operation, Q request) {
        try {
            Function<Q, R> send = sent -> operation.blocking().apply(client, sent);
            return CompletableFuture.completedFuture(limit == null ? send.apply(request) : limit.call(send, request));
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    @Override
    public CompletionStage<Void> pause(Duration time) {
        try {
            Thread.sleep(time.toMillis());
            return CompletableFuture.completedFuture(null);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            // Only ever between two attempts, of which the first is known to have changed nothing.
            return CompletableFuture.failedFuture(
                    new SessionStoreException("interrupted while waiting to repeat a call", e, false));
        }
    }

    @Override
    public void close() {
        if (owned) {
            client.close();
        }
    }
}
