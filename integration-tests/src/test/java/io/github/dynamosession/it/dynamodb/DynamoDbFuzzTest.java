// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.dynamodb;

import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.testkit.SessionStoreFuzz;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;

@DisplayName("Several nodes with DynamoDbSessionStore, every other one with an asynchronous client")
class DynamoDbFuzzTest extends SessionStoreFuzz {
    @Override
    protected SessionStore createStore(Clock clock) {
        return Stores.Kind.BLOCKING.store(Stores.endpoint(), clock);
    }

    @Override
    protected List<SessionStore> createNodes(int count, Clock clock) {
        List<SessionStore> nodes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Stores.Kind[] kinds = Stores.Kind.values();
            nodes.add(kinds[i % kinds.length].store(Stores.endpoint(), clock));
        }
        return nodes;
    }

    /** The in-memory store plays many more. */
    @Override
    protected int rounds() {
        return 6;
    }
}
