// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.dynamodb;

import io.github.dynamosession.dynamodb.DynamoDbTables;
import io.github.dynamosession.dynamodb.ItemAttributes;
import io.github.dynamosession.spi.IndexType;
import io.github.dynamosession.spi.IndexedSessionStore;
import io.github.dynamosession.testkit.IndexedSessionStoreContract;
import java.time.Clock;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;

@DisplayName("The index of DynamoDbSessionStore")
class DynamoDbIndexContractTest {
    private static final String TABLE = "indexed-contract";

    static {
        DynamoDbTables.createTable(Stores.DIRECT, TABLE, ItemAttributes.defaults(), Map.of("user", IndexType.TEXT));
    }

    private abstract static class Contract extends IndexedSessionStoreContract {
        private final Stores.Kind kind;

        Contract(Stores.Kind kind) {
            this.kind = kind;
        }

        @Override
        protected IndexedSessionStore createStore(Clock clock) {
            return kind.builder(Stores.endpoint())
                    .tableName(TABLE)
                    .index("user", IndexType.TEXT)
                    .clock(clock)
                    .build();
        }
    }

    @Nested
    @DisplayName("with a blocking client")
    class Blocking extends Contract {
        Blocking() {
            super(Stores.Kind.BLOCKING);
        }
    }

    @Nested
    @DisplayName("with an asynchronous client")
    class Async extends Contract {
        Async() {
            super(Stores.Kind.ASYNC);
        }
    }
}
