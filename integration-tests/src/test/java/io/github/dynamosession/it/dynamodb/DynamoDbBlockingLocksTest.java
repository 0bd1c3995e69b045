// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.dynamodb;

import io.github.dynamosession.spi.LockableSessionStore;
import io.github.dynamosession.testkit.LockableSessionStoreContract;
import java.time.Clock;
import org.junit.jupiter.api.DisplayName;

@DisplayName("DynamoDbSessionStore locks, with a client that blocks")
class DynamoDbBlockingLocksTest extends LockableSessionStoreContract {
    @Override
    protected LockableSessionStore createStore(Clock clock) {
        return (LockableSessionStore) Stores.Kind.BLOCKING.store(Stores.endpoint(), clock);
    }
}
