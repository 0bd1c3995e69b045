// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.testkit.EmbeddedDynamoDb;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Base64;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

@EmbeddedDynamoDb
@DisplayName("A session of 5 MB")
class LargeValuesTest {
    private static final String LARGE = large();

    private static String large() {
        byte[] random = new byte[5 * 1024 * 1024];
        new Random(1).nextBytes(random);
        return Base64.getEncoder().encodeToString(random);
    }

    private static String digest(String text) {
        return text.length() + " " + text.hashCode();
    }

    private static Site site(DynamoDbSessionStore store, Vertx vertx, String... prefetched) {
        Site site = new Site(
                store, builder -> DynamoSessionHandler.prepare(builder, vertx).prefetch(prefetched));
        site.router.route().handler(site.sessions);
        site.router.get("/put").handler(routing -> {
            routing.session().put("large", LARGE);
            routing.end();
        });
        site.router
                .get("/get")
                .handler(routing -> routing.end(digest(routing.session().<String>get("large"))));
        site.router
                .get("/later")
                .handler(routing -> Future.fromCompletionStage(
                                DynamoSessionHandler.session(routing).getAsync("large", String.class))
                        .onSuccess(value -> routing.end(digest(value.orElseThrow())))
                        .onFailure(routing::fail));
        site.router
                .get("/worker")
                .blockingHandler(routing -> routing.end(digest(routing.session().<String>get("large"))));
        site.router.errorHandler(
                500, routing -> routing.response().setStatusCode(500).end(String.valueOf(routing.failure())));
        return site.start();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("is fetched by getAsync, on a worker, or ahead; on an event loop get says so instead of blocking it")
    void fetched(boolean blocking, DynamoDbClient client, DynamoDbAsyncClient async) {
        DynamoDbSessionStore.Builder builder = DynamoDbSessionStore.builder()
                .tableName("large-" + UUID.randomUUID())
                .createTable(true);
        DynamoDbSessionStore store = (blocking ? builder.client(client) : builder.asyncClient(async)).build();
        Vertx vertx = Vertx.vertx();
        try (Site site = site(store, vertx);
                Site eager = site(store, vertx, "large")) {
            long start = System.nanoTime();
            String cookie = Site.cookie(site.get("/put", null));
            long put = System.nanoTime();
            assertThat(site.get("/later", cookie).body()).isEqualTo(digest(LARGE));
            System.out.println("5 MB, Vert.x, " + (blocking ? "" : "asynchronous client, ") + "put: "
                    + (put - start) / 1_000_000 + " ms, get: " + (System.nanoTime() - put) / 1_000_000 + " ms");
            assertThat(site.get("/worker", cookie).body()).isEqualTo(digest(LARGE));
            assertThat(site.get("/get", cookie).body()).contains("getAsync").contains("dynamosession.prefetch");
            assertThat(eager.get("/get", cookie).body()).isEqualTo(digest(LARGE));
        } finally {
            Site.await(vertx.close().toCompletionStage().toCompletableFuture());
        }
    }
}
