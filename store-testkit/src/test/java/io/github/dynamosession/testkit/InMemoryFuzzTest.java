// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.testkit;

import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.SessionStore;
import java.time.Clock;
import org.junit.jupiter.api.DisplayName;

@DisplayName("The in-memory store, used by several nodes at once")
class InMemoryFuzzTest extends SessionStoreFuzz {
    @Override
    protected SessionStore createStore(Clock clock) {
        return new InMemorySessionStore(clock);
    }

    @Override
    protected int rounds() {
        return 60;
    }
}
