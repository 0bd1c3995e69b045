// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
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

/**
 * A client of either kind. With a blocking one each stage is complete when it is returned, so that what
 * is chained to it runs in the calling thread.
 */
interface DynamoCalls extends AutoCloseable {
    boolean isBlocking();

    CompletionStage<GetItemResponse> getItem(GetItemRequest request);

    CompletionStage<PutItemResponse> putItem(PutItemRequest request);

    CompletionStage<UpdateItemResponse> updateItem(UpdateItemRequest request);

    CompletionStage<DeleteItemResponse> deleteItem(DeleteItemRequest request);

    CompletionStage<ScanResponse> scan(ScanRequest request);

    CompletionStage<CreateTableResponse> createTable(CreateTableRequest request);

    CompletionStage<DescribeTableResponse> describeTable(DescribeTableRequest request);

    CompletionStage<DescribeTimeToLiveResponse> describeTimeToLive(DescribeTimeToLiveRequest request);

    CompletionStage<UpdateTimeToLiveResponse> updateTimeToLive(UpdateTimeToLiveRequest request);

    /** Ends after the given time. */
    CompletionStage<Void> pause(Duration time);

    /** Closes the client if the store made it. */
    @Override
    void close();
}
