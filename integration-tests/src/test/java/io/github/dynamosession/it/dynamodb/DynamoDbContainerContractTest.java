// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.dynamodb;

import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.dynamodb.DynamoDbTables;
import io.github.dynamosession.dynamodb.ItemAttributes;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.testkit.SessionStoreContract;
import java.net.URI;
import java.time.Clock;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.utility.DockerImageName;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

@Tag("docker")
@DisplayName("DynamoDbSessionStore with DynamoDB Local in a container")
class DynamoDbContainerContractTest extends SessionStoreContract {
    private static final int PORT = 8000;

    private static GenericContainer<?> container;
    private static DynamoDbClient client;

    @BeforeAll
    static void start() {
        container = new GenericContainer<>(DockerImageName.parse("amazon/dynamodb-local:2.6.1")).withExposedPorts(PORT);
        container.start();
        client = Stores.blocking(URI.create("http://" + container.getHost() + ":" + container.getMappedPort(PORT)));
        DynamoDbTables.createTable(client, Stores.TABLE, ItemAttributes.defaults());
    }

    @AfterAll
    static void stop() {
        container.stop();
    }

    @Override
    protected SessionStore createStore(Clock clock) {
        return DynamoDbSessionStore.builder()
                .tableName(Stores.TABLE)
                .client(client)
                .clock(clock)
                .build();
    }

    @Override
    protected Optional<SessionStore> createUnreachableStore(Clock clock) {
        return Optional.of(Stores.Kind.BLOCKING.store(URI.create("http://127.0.0.1:1"), clock));
    }
}
