// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.dynamodb;

import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.testkit.ScheduledCalls;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemRequest;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemResponse;
import software.amazon.awssdk.services.dynamodb.model.GetItemRequest;
import software.amazon.awssdk.services.dynamodb.model.GetItemResponse;
import software.amazon.awssdk.services.dynamodb.model.PutItemRequest;
import software.amazon.awssdk.services.dynamodb.model.PutItemResponse;
import software.amazon.awssdk.services.dynamodb.model.ScanRequest;
import software.amazon.awssdk.services.dynamodb.model.ScanResponse;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemResponse;

/** A real client whose requests are sent when a schedule says so. */
class ScheduledClient implements DynamoDbAsyncClient {
    private final DynamoDbClient client;
    private final ScheduledCalls calls;

    ScheduledClient(DynamoDbClient client, ScheduledCalls calls) {
        this.client = client;
        this.calls = calls;
    }

    @Override
    public CompletableFuture<GetItemResponse> getItem(GetItemRequest request) {
        return calls.read(key(request.key()), () -> client.getItem(request)).toCompletableFuture();
    }

    @Override
    public CompletableFuture<PutItemResponse> putItem(PutItemRequest request) {
        return write(request.item(), client::putItem, request);
    }

    @Override
    public CompletableFuture<UpdateItemResponse> updateItem(UpdateItemRequest request) {
        return write(request.key(), client::updateItem, request);
    }

    @Override
    public CompletableFuture<DeleteItemResponse> deleteItem(DeleteItemRequest request) {
        return write(request.key(), client::deleteItem, request);
    }

    @Override
    public CompletableFuture<ScanResponse> scan(ScanRequest request) {
        return calls.read(null, () -> client.scan(request)).toCompletableFuture();
    }

    private <Q, R> CompletableFuture<R> write(Map<String, AttributeValue> item, Function<Q, R> send, Q request) {
        return calls.write(key(item), () -> send.apply(request)).toCompletableFuture();
    }

    private static SessionKey key(Map<String, AttributeValue> item) {
        return SessionKey.of(item.get("id").s());
    }

    @Override
    public String serviceName() {
        return "dynamodb";
    }

    @Override
    public void close() {}
}
