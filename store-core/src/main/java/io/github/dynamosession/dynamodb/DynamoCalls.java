// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.AwsServiceClientConfiguration;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbRequest;

/**
 * A client of either kind. With a blocking one each stage is complete when it is returned, so that what
 * is chained to it runs in the calling thread.
 */
interface DynamoCalls extends AutoCloseable {
    boolean isBlocking();

    /** What the client tells of itself; null: nothing. */
    @Nullable
    AwsServiceClientConfiguration client();

    /** What a client tells of itself; null if it is one of the application's that is not the SDK's. */
    static @Nullable AwsServiceClientConfiguration told(
            Supplier<? extends AwsServiceClientConfiguration> configuration) {
        try {
            return configuration.get();
        } catch (RuntimeException e) {
            return null;
        }
    }

    /** Sends one request; what goes wrong is in the stage. */
    <Q extends DynamoDbRequest, R> CompletionStage<R> call(DynamoOperation<Q, R> operation, Q request);

    /** Ends after the given time. */
    CompletionStage<Void> pause(Duration time);

    /** Closes the client if the store made it. */
    @Override
    void close();
}
