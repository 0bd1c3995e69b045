// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import io.github.dynamosession.spi.SessionStoreException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.CreateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.CreateTableResponse;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemRequest;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemResponse;
import software.amazon.awssdk.services.dynamodb.model.DescribeTableRequest;
import software.amazon.awssdk.services.dynamodb.model.DescribeTableResponse;
import software.amazon.awssdk.services.dynamodb.model.DescribeTimeToLiveRequest;
import software.amazon.awssdk.services.dynamodb.model.DescribeTimeToLiveResponse;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbRequest;
import software.amazon.awssdk.services.dynamodb.model.GetItemRequest;
import software.amazon.awssdk.services.dynamodb.model.GetItemResponse;
import software.amazon.awssdk.services.dynamodb.model.PutItemRequest;
import software.amazon.awssdk.services.dynamodb.model.PutItemResponse;
import software.amazon.awssdk.services.dynamodb.model.ScanRequest;
import software.amazon.awssdk.services.dynamodb.model.ScanResponse;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemResponse;
import software.amazon.awssdk.services.dynamodb.model.UpdateTimeToLiveRequest;
import software.amazon.awssdk.services.dynamodb.model.UpdateTimeToLiveResponse;

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
    public CompletionStage<GetItemResponse> getItem(GetItemRequest request) {
        return call(client::getItem, request);
    }

    @Override
    public CompletionStage<PutItemResponse> putItem(PutItemRequest request) {
        return call(client::putItem, request);
    }

    @Override
    public CompletionStage<UpdateItemResponse> updateItem(UpdateItemRequest request) {
        return call(client::updateItem, request);
    }

    @Override
    public CompletionStage<DeleteItemResponse> deleteItem(DeleteItemRequest request) {
        return call(client::deleteItem, request);
    }

    @Override
    public CompletionStage<ScanResponse> scan(ScanRequest request) {
        return call(client::scan, request);
    }

    @Override
    public CompletionStage<CreateTableResponse> createTable(CreateTableRequest request) {
        return call(client::createTable, request);
    }

    @Override
    public CompletionStage<DescribeTableResponse> describeTable(DescribeTableRequest request) {
        return call(client::describeTable, request);
    }

    @Override
    public CompletionStage<DescribeTimeToLiveResponse> describeTimeToLive(DescribeTimeToLiveRequest request) {
        return call(client::describeTimeToLive, request);
    }

    @Override
    public CompletionStage<UpdateTimeToLiveResponse> updateTimeToLive(UpdateTimeToLiveRequest request) {
        return call(client::updateTimeToLive, request);
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

    private <Q extends DynamoDbRequest, R> CompletionStage<R> call(Function<Q, R> operation, Q request) {
        try {
            return CompletableFuture.completedFuture(
                    limit == null ? operation.apply(request) : limit.call(operation, request));
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }
}
