// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.dynamodb;

import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.testkit.SessionStoreFuzz;
import java.time.Clock;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;

@Tag("node")
@DisplayName("Several nodes with DynamoDbSessionStore and dynalite")
class DynaliteFuzzTest extends SessionStoreFuzz {
    private static Dynalite dynalite;

    @BeforeAll
    static void start() {
        dynalite = Dynalite.start();
    }

    @AfterAll
    static void stop() {
        if (dynalite != null) {
            dynalite.close();
        }
    }

    @Override
    protected SessionStore createStore(Clock clock) {
        return dynalite.store(clock);
    }

    /** The in-memory store plays many more. */
    @Override
    protected int rounds() {
        return 6;
    }
}
