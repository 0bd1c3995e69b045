// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.testkit;

import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.PartStore;
import java.time.Clock;
import org.junit.jupiter.api.DisplayName;

@DisplayName("The in-memory store keeps parts")
class InMemoryPartsTest extends PartStoreContract {
    @Override
    protected PartStore createStore(Clock clock) {
        return new InMemorySessionStore(clock);
    }
}
