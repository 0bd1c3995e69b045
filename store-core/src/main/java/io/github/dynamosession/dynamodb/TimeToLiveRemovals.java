// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import io.github.dynamosession.spi.ExpiredSession;
import io.github.dynamosession.spi.SessionException;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.StoreMisconfiguredException;
import java.util.concurrent.CompletionException;
import java.util.function.Predicate;
import software.amazon.awssdk.services.dynamodb.model.Record;

/**
 * Notifies of the sessions that DynamoDB's TTL removed, by the records of the table's stream: instead of a sweep, or beside
 * one, whose own deletions it passes over.
 *
 * <pre>{@code
 * var removals = new TimeToLiveRemovals(store, sessions::notifyExpired);
 * records.forEach(removals::handle);                    // in a Lambda function, or from DynamoDbStreamsClient
 * }</pre>
 *
 * <p>The stream's view type is {@code OLD_IMAGE} or {@code NEW_AND_OLD_IMAGES}. TTL is hours to days late, and so is this. A stream
 * delivers a record at least once: what is handled twice notifies twice. The type is the SDK's; the events of
 * {@code aws-lambda-java-events} become it by AWS' {@code aws-lambda-java-events-sdk-transformer}.
 *
 * <p>Safe for any number of threads.
 */
public final class TimeToLiveRemovals {
    private final DynamoDbSessionStore store;
    private final Predicate<ExpiredSession> notified;

    /**
     * A handler.
     *
     * @param store the store of the table whose stream it is; not closed
     * @param notified tells listeners, and answers whether it did: {@code SessionManager.notifyExpired}
     */
    public TimeToLiveRemovals(DynamoDbSessionStore store, Predicate<ExpiredSession> notified) {
        this.store = store;
        this.notified = notified;
    }

    /**
     * Notifies in this thread, if TTL removed an expired session. All other records mean nothing here: changes,
     * deletions by anybody else, rows that are no sessions. One strong read if the session's id was changed and nothing
     * written since, otherwise no I/O.
     *
     * @param record of the table's stream
     * @return whether listeners were notified
     * @throws StoreMisconfiguredException if the stream has no old images
     * @throws SessionStoreException if the read failed; handle the record again
     */
    public boolean handle(Record record) {
        try {
            return store.removed(record)
                    .toCompletableFuture()
                    .join()
                    .filter(notified)
                    .isPresent();
        } catch (CompletionException e) {
            if (e.getCause() instanceof SessionException known) {
                throw known;
            }
            throw e;
        }
    }
}
