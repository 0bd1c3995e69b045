// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.StoreOperation;
import io.github.dynamosession.testkit.EmbeddedDynamoDb;
import io.github.dynamosession.testkit.EmbeddedDynamoDbServer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

@EmbeddedDynamoDb
@DisplayName("What a request costs in DynamoDB")
class CostTest {
    private final List<StoreOperation> operations = new CopyOnWriteArrayList<>();

    private String cost() {
        List<StoreOperation> all = new ArrayList<>(operations);
        operations.clear();
        return all.stream()
                .map(operation -> operation.kind() + " " + operation.readUnits() + "r " + operation.writeUnits()
                        + "w in " + operation.roundTrips())
                .collect(Collectors.joining(", "));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("with the client that blocks and the one that does not")
    void requests(boolean async) {
        SessionObserver observer = new SessionObserver() {
            @Override
            public void operation(StoreOperation operation) {
                operations.add(operation);
            }
        };
        try (DynamoDbClient client = EmbeddedDynamoDbServer.shared().client();
                DynamoDbAsyncClient asyncClient =
                        EmbeddedDynamoDbServer.shared().asyncClient()) {
            DynamoDbSessionStore.Builder builder = DynamoDbSessionStore.builder()
                    .tableName("vertx-cost-" + async)
                    .createTable(true)
                    .observer(observer);
            DynamoDbSessionStore store = (async ? builder.asyncClient(asyncClient) : builder.client(client)).build();
            try (Site site = new Site(
                    store,
                    settings -> settings.executor(java.util.concurrent.ForkJoinPool.commonPool())
                            .observer(observer))) {
                site.router.route().handler(site.sessions);
                site.router.get("/plain").handler(routing -> routing.end("plain"));
                site.router.get("/put").handler(routing -> {
                    routing.session().put("name", "value" + System.nanoTime());
                    routing.end("put");
                });
                site.router
                        .get("/get")
                        .handler(routing -> routing.end(routing.session().<String>get("name")));
                site.router.get("/login").handler(routing -> {
                    routing.session().regenerateId().put("user", "ann");
                    routing.end("in");
                });
                site.router.get("/out").handler(routing -> {
                    routing.session().destroy();
                    routing.end("out");
                });
                site.start();
                site.get("/plain", null);
                site.get("/get", "vertx-web.session=none-of-ours");
                site.get("/nowhere", null);
                assertThat(cost()).isEmpty();
                String cookie = Site.cookie(site.get("/put", null));
                assertThat(cost()).as("first change").endsWith("CREATE 0.0r 1.0w in 1");
                site.get("/get", cookie);
                assertThat(cost()).as("reading").isEqualTo("FIND 1.0r 0.0w in 1");
                site.get("/plain", cookie);
                assertThat(cost()).as("not using").isEqualTo("FIND 1.0r 0.0w in 1");
                site.get("/nowhere", cookie);
                assertThat(cost()).as("404").isEqualTo("FIND 1.0r 0.0w in 1");
                site.get("/put", cookie);
                assertThat(cost()).as("changing").isEqualTo("FIND 1.0r 0.0w in 1, UPDATE 0.0r 1.0w in 1");
                String login = Site.cookie(site.get("/login", cookie));
                assertThat(cost()).as("login").isEqualTo("FIND 1.0r 0.0w in 1, CHANGE_KEY 0.0r 2.0w in 2");
                site.get("/out", login);
                assertThat(cost()).as("logout").isEqualTo("FIND 1.0r 0.0w in 1, DELETE 0.0r 1.0w in 1");
            }
        }
    }
}
