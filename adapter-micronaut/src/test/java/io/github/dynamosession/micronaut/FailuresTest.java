// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.testkit.EmbeddedDynamoDbServer;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

@DisplayName("What goes wrong")
class FailuresTest {
    @Test
    @DisplayName("in the store is answered with 503, and continues without a session where that is the policy")
    void unavailable() {
        String table = App.newTable();
        try (App app = App.start(table);
                App brave = App.start(table, "micronaut.session.http.dynamodb.store-unavailable", "continue")) {
            Visitor visitor = app.visitor();
            visitor.text("/shop/put/name/Ada");
            Visitor other = visitor.at(brave);
            app.failNow();
            brave.failNow();

            Visitor.Reply reply = visitor.get("/shop/get/name");
            assertThat(reply.status()).isEqualTo(503);
            assertThat(reply.response().headers().firstValue("Retry-After")).isPresent();
            assertThat(visitor.get("/shop/nothing").status()).isEqualTo(503);
            assertThat(app.visitor().get("/shop/put/name/Ada").status()).isEqualTo(503);
            assertThat(app.visitor().text("/shop/nothing")).isEqualTo("nothing");

            Visitor.Reply without = other.get("/shop/get/name");
            assertThat(without.body()).isEqualTo("none");
            assertThat(without.setCookie()).isNull();
            assertThat(brave.visitor().get("/shop/put/name/Ada").setCookie()).isNull();
        }
    }

    @Test
    @DisplayName("with an attribute hides it, and with a row of a newer release starts anew: nobody is locked out")
    void unreadable() {
        String table = App.newTable();
        try (App app = App.start(table);
                DynamoDbClient client = EmbeddedDynamoDbServer.shared().client()) {
            Visitor visitor = app.visitor();
            visitor.text("/shop/put/name/Ada");
            visitor.text("/shop/put/other/Bob");

            change(client, table, "SET #d.#a = :v", AttributeValue.fromS("{\"@com.shop.Unknown\":1}"));
            assertThat(visitor.text("/shop/get/name")).isEqualTo("none");
            assertThat(visitor.text("/shop/value")).isEqualTo("none");
            assertThat(visitor.text("/shop/get/other")).isEqualTo("Bob");
            visitor.text("/shop/put/name/Cleo");
            assertThat(visitor.text("/shop/get/name")).isEqualTo("Cleo");

            change(client, table, "SET fmt = :v", AttributeValue.fromN("9"));
            assertThat(visitor.text("/shop/get/name")).isEqualTo("none");
            String former = visitor.cookie();
            visitor.text("/shop/put/name/Dora");
            assertThat(visitor.cookie()).isNotEqualTo(former);
            assertThat(visitor.text("/shop/get/name")).isEqualTo("Dora");
        }
    }

    /** Changes the one session of the table. */
    private static void change(DynamoDbClient client, String table, String expression, AttributeValue value) {
        AttributeValue id =
                client.scan(scan -> scan.tableName(table)).items().get(0).get("id");
        client.updateItem(update -> update.tableName(table)
                .key(Map.of("id", id))
                .updateExpression(expression)
                .expressionAttributeNames(expression.contains("#d") ? Map.of("#d", "data", "#a", "name") : null)
                .expressionAttributeValues(Map.of(":v", value)));
    }

    @Test
    @DisplayName("with compare-and-set is a conflict, answered with 409")
    void conflict() throws InterruptedException {
        try (App app = App.start(App.newTable(), "micronaut.session.http.dynamodb.concurrency", "compare-and-set")) {
            Visitor visitor = app.visitor();
            visitor.text("/shop/put/name/Ada");
            CompletableFuture<Visitor.Reply> slow = ManyRequestsTest.begin(visitor, "conflict", "name", "1");
            visitor.at(app).text("/shop/put/other/2");

            assertThat(ManyRequestsTest.end(slow, "conflict").status()).isEqualTo(409);
        }
    }
}
