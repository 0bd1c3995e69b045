// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.testkit;

import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.SessionStore;
import java.time.Clock;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;

@Tag("jdk25")
@DisplayName("The in-memory store keeps the contract")
class InMemoryContractTest extends SessionStoreContract {
    @Override
    protected SessionStore createStore(Clock clock) {
        return new InMemorySessionStore(clock);
    }
}
