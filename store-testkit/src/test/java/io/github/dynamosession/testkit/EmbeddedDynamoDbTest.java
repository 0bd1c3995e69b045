// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

@DisplayName("@EmbeddedDynamoDb")
@EmbeddedDynamoDb
class EmbeddedDynamoDbTest {

    private static final String TABLE = "EmbeddedDynamoDbTest";

    private static DynamoDbClient fromBeforeAll;

    private final EmbeddedDynamoDbServer server;

    EmbeddedDynamoDbTest(EmbeddedDynamoDbServer server) {
        this.server = server;
    }

    @BeforeAll
    static void createTable(DynamoDbClient client) {
        EmbeddedDynamoDbServerTest.createTable(client, TABLE);
        fromBeforeAll = client;
    }

    @BeforeEach
    void put(DynamoDbClient client) {
        EmbeddedDynamoDbServerTest.put(client, TABLE, "a");
    }

    @Test
    @DisplayName("injects the shared server and one client of each kind per class")
    void injects(EmbeddedDynamoDbServer server, DynamoDbClient client, DynamoDbAsyncClient async) throws Exception {
        assertSame(this.server, server);
        assertSame(fromBeforeAll, client);
        assertTrue(EmbeddedDynamoDbServerTest.has(client, TABLE, "a"));
        assertTrue(async.listTables().get(1, TimeUnit.MINUTES).tableNames().contains(TABLE));
    }

    @Nested
    @DisplayName("in a nested class")
    class InNestedClass {

        @Test
        @DisplayName("injects the client of the outer class")
        void same(DynamoDbClient client) {
            assertSame(fromBeforeAll, client);
            assertTrue(EmbeddedDynamoDbServerTest.has(client, TABLE, "a"));
        }
    }

    /** Run by the test below, not by itself: its constructor is called before any callback. */
    @EmbeddedDynamoDb
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    static class PerClassCase {

        private static DynamoDbClient seen;

        PerClassCase(DynamoDbClient client) {
            seen = client;
        }

        @Test
        void usable() {
            seen.listTables();
        }
    }

    @Test
    @DisplayName("serves constructors of per-class instances, and closes the clients afterwards")
    void closes() {
        SummaryGeneratingListener listener = new SummaryGeneratingListener();
        LauncherFactory.create()
                .execute(
                        LauncherDiscoveryRequestBuilder.request()
                                .selectors(DiscoverySelectors.selectClass(PerClassCase.class))
                                .build(),
                        listener);
        assertEquals(1, listener.getSummary().getTestsSucceededCount());
        IllegalStateException e = assertThrows(IllegalStateException.class, () -> PerClassCase.seen.listTables());
        assertTrue(e.getMessage().toLowerCase(Locale.ROOT).contains("shut down"), e.getMessage());
    }
}
