// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.dynamodb;

import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.testkit.SessionStoreContract;
import java.net.URI;
import java.time.Clock;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;

@DisplayName("DynamoDbSessionStore with an asynchronous client")
class DynamoDbAsyncContractTest extends SessionStoreContract {
    private static final DynamoDbAsyncClient CLIENT = Stores.async(Stores.endpoint());

    @Override
    protected SessionStore createStore(Clock clock) {
        return DynamoDbSessionStore.builder()
                .tableName(Stores.TABLE)
                .asyncClient(CLIENT)
                .clock(clock)
                .build();
    }

    @Override
    protected Optional<SessionStore> createUnreachableStore(Clock clock) {
        return Optional.of(Stores.Kind.ASYNC.store(URI.create("http://127.0.0.1:1"), clock));
    }
}
