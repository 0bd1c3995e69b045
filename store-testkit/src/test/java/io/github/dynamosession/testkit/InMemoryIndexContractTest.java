// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.testkit;

import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.IndexedSessionStore;
import java.time.Clock;
import org.junit.jupiter.api.DisplayName;

@DisplayName("The in-memory store keeps the contract of indexes")
class InMemoryIndexContractTest extends IndexedSessionStoreContract {
    @Override
    protected IndexedSessionStore createStore(Clock clock) {
        return new InMemorySessionStore(clock);
    }
}
