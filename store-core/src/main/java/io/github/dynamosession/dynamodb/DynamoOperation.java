// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
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
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;
import software.amazon.awssdk.services.dynamodb.model.QueryResponse;
import software.amazon.awssdk.services.dynamodb.model.ScanRequest;
import software.amazon.awssdk.services.dynamodb.model.ScanResponse;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemResponse;
import software.amazon.awssdk.services.dynamodb.model.UpdateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.UpdateTableResponse;
import software.amazon.awssdk.services.dynamodb.model.UpdateTimeToLiveRequest;
import software.amazon.awssdk.services.dynamodb.model.UpdateTimeToLiveResponse;

/**
 * An operation of DynamoDB that this store needs, as both kinds of client have it.
 *
 * @param blocking the blocking client's method
 * @param async the other client's
 */
record DynamoOperation<Q extends DynamoDbRequest, R>(
        BiFunction<DynamoDbClient, Q, R> blocking, BiFunction<DynamoDbAsyncClient, Q, CompletableFuture<R>> async) {
    static final DynamoOperation<GetItemRequest, GetItemResponse> GET_ITEM =
            new DynamoOperation<>(DynamoDbClient::getItem, DynamoDbAsyncClient::getItem);

    static final DynamoOperation<PutItemRequest, PutItemResponse> PUT_ITEM =
            new DynamoOperation<>(DynamoDbClient::putItem, DynamoDbAsyncClient::putItem);

    static final DynamoOperation<UpdateItemRequest, UpdateItemResponse> UPDATE_ITEM =
            new DynamoOperation<>(DynamoDbClient::updateItem, DynamoDbAsyncClient::updateItem);

    static final DynamoOperation<DeleteItemRequest, DeleteItemResponse> DELETE_ITEM =
            new DynamoOperation<>(DynamoDbClient::deleteItem, DynamoDbAsyncClient::deleteItem);

    static final DynamoOperation<ScanRequest, ScanResponse> SCAN =
            new DynamoOperation<>(DynamoDbClient::scan, DynamoDbAsyncClient::scan);

    static final DynamoOperation<QueryRequest, QueryResponse> QUERY =
            new DynamoOperation<>(DynamoDbClient::query, DynamoDbAsyncClient::query);

    static final DynamoOperation<UpdateTableRequest, UpdateTableResponse> UPDATE_TABLE =
            new DynamoOperation<>(DynamoDbClient::updateTable, DynamoDbAsyncClient::updateTable);

    static final DynamoOperation<CreateTableRequest, CreateTableResponse> CREATE_TABLE =
            new DynamoOperation<>(DynamoDbClient::createTable, DynamoDbAsyncClient::createTable);

    static final DynamoOperation<DescribeTableRequest, DescribeTableResponse> DESCRIBE_TABLE =
            new DynamoOperation<>(DynamoDbClient::describeTable, DynamoDbAsyncClient::describeTable);

    static final DynamoOperation<DescribeTimeToLiveRequest, DescribeTimeToLiveResponse> DESCRIBE_TIME_TO_LIVE =
            new DynamoOperation<>(DynamoDbClient::describeTimeToLive, DynamoDbAsyncClient::describeTimeToLive);

    static final DynamoOperation<UpdateTimeToLiveRequest, UpdateTimeToLiveResponse> UPDATE_TIME_TO_LIVE =
            new DynamoOperation<>(DynamoDbClient::updateTimeToLive, DynamoDbAsyncClient::updateTimeToLive);
}
