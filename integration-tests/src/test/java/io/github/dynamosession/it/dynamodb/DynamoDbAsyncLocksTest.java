// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.dynamodb;

import io.github.dynamosession.spi.LockableSessionStore;
import io.github.dynamosession.testkit.LockableSessionStoreContract;
import java.time.Clock;
import org.junit.jupiter.api.DisplayName;

@DisplayName("DynamoDbSessionStore locks, with a client that does not block")
class DynamoDbAsyncLocksTest extends LockableSessionStoreContract {
    @Override
    protected LockableSessionStore createStore(Clock clock) {
        return (LockableSessionStore) Stores.Kind.ASYNC.store(Stores.endpoint(), clock);
    }
}
