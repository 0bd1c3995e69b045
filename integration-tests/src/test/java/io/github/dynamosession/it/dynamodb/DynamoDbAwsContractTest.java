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

/** Uses the region and the credentials that the SDK finds, and leaves its table behind: delete it afterwards. */
@Tag("aws")
@DisplayName("DynamoDbSessionStore with DynamoDB itself")
class DynamoDbAwsContractTest extends SessionStoreContract {
    private static final String TABLE = "dynamosession-contract-test";

    @Override
    protected SessionStore createStore(Clock clock) {
        return DynamoDbSessionStore.builder()
                .tableName(TABLE)
                .createTable(true)
                .clock(clock)
                .build();
    }

    @Override
    protected Optional<SessionStore> createUnreachableStore(Clock clock) {
        return Optional.of(Stores.Kind.BLOCKING.store(URI.create("http://127.0.0.1:1"), clock));
    }
}
