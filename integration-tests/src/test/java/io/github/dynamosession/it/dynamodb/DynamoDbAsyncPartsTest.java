// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.dynamodb;

import io.github.dynamosession.spi.PartStore;
import io.github.dynamosession.testkit.PartStoreContract;
import java.time.Clock;
import org.junit.jupiter.api.DisplayName;

@DisplayName("DynamoDbSessionStore keeps parts, with a client that does not block")
class DynamoDbAsyncPartsTest extends PartStoreContract {
    @Override
    protected PartStore createStore(Clock clock) {
        return (PartStore) Stores.Kind.ASYNC.store(Stores.endpoint(), clock);
    }
}
