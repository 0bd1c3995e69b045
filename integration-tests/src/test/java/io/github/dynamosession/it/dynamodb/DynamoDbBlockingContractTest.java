// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.dynamodb;

import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.testkit.SessionStoreContract;
import java.net.URI;
import java.time.Clock;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

@Tag("jdk25")
@DisplayName("DynamoDbSessionStore with a blocking client")
class DynamoDbBlockingContractTest extends SessionStoreContract {
    private static final DynamoDbClient CLIENT = Stores.blocking(Stores.endpoint());

    @Override
    protected SessionStore createStore(Clock clock) {
        return DynamoDbSessionStore.builder()
                .tableName(Stores.TABLE)
                .client(CLIENT)
                .clock(clock)
                .build();
    }

    @Override
    protected Optional<SessionStore> createUnreachableStore(Clock clock) {
        return Optional.of(Stores.Kind.BLOCKING.store(URI.create("http://127.0.0.1:1"), clock));
    }
}
