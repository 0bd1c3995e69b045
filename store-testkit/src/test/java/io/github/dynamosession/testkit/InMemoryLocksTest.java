// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.testkit;

import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.LockableSessionStore;
import java.time.Clock;
import org.junit.jupiter.api.DisplayName;

@DisplayName("The in-memory store locks")
class InMemoryLocksTest extends LockableSessionStoreContract {
    @Override
    protected LockableSessionStore createStore(Clock clock) {
        return new InMemorySessionStore(clock);
    }
}
