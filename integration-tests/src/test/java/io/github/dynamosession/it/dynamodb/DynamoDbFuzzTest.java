// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.dynamodb;

import io.github.dynamosession.dynamodb.DynamoDbTables;
import io.github.dynamosession.dynamodb.ItemAttributes;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.testkit.SessionStoreFuzz;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;

@DisplayName("Several nodes with DynamoDbSessionStore, every other one with an asynchronous client")
class DynamoDbFuzzTest extends SessionStoreFuzz {
    /** Of its own: a sweep reads everything, and the other tests leave large rows behind. */
    private static final String TABLE = "fuzzed-sessions";

    static {
        DynamoDbTables.createTable(Stores.DIRECT, TABLE, ItemAttributes.defaults());
    }

    private static SessionStore store(Stores.Kind kind, Clock clock) {
        return kind.builder(Stores.endpoint()).tableName(TABLE).clock(clock).build();
    }

    @Override
    protected SessionStore createStore(Clock clock) {
        return store(Stores.Kind.BLOCKING, clock);
    }

    @Override
    protected List<SessionStore> createNodes(int count, Clock clock) {
        List<SessionStore> nodes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Stores.Kind[] kinds = Stores.Kind.values();
            nodes.add(store(kinds[i % kinds.length], clock));
        }
        return nodes;
    }

    /** The in-memory store plays many more. */
    @Override
    protected int rounds() {
        return 6;
    }
}
