// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.CreateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.CreateTableResponse;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemRequest;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemResponse;
import software.amazon.awssdk.services.dynamodb.model.DescribeTableRequest;
import software.amazon.awssdk.services.dynamodb.model.DescribeTableResponse;
import software.amazon.awssdk.services.dynamodb.model.DescribeTimeToLiveRequest;
import software.amazon.awssdk.services.dynamodb.model.DescribeTimeToLiveResponse;
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
        return CompletableFuture.runAsync(
                () -> {}, CompletableFuture.delayedExecutor(time.toMillis(), TimeUnit.MILLISECONDS));
    }

    /** The client is the application's. */
    @Override
    public void close() {}

    private static <Q, R> CompletionStage<R> call(Function<Q, CompletableFuture<R>> operation, Q request) {
        try {
            return operation.apply(request);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }
}
