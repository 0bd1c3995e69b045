// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.AwsServiceClientConfiguration;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbRequest;

/** Calls that return before their I/O has ended. Never blocks. */
final class AsyncCalls implements DynamoCalls {
    private final DynamoDbAsyncClient client;

    AsyncCalls(DynamoDbAsyncClient client) {
        this.client = client;
    }

    @Override
    public boolean isBlocking() {
        return false;
    }

    @Override
    public @Nullable AwsServiceClientConfiguration client() {
        return DynamoCalls.told(client::serviceClientConfiguration);
    }

    @Override
    public <Q extends DynamoDbRequest, R> CompletionStage<R> call(DynamoOperation<Q, R> operation, Q request) {
        try {
            return operation.async().apply(client, request);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    @Override
    public CompletionStage<Void> pause(Duration time) {
        return CompletableFuture.runAsync(
                () -> {}, CompletableFuture.delayedExecutor(time.toMillis(), TimeUnit.MILLISECONDS));
    }

    /** The client is the application's. */
    @Override
    public void close() {}
}
