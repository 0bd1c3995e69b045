// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.dynamodb;

import static io.github.dynamosession.it.dynamodb.Stores.DIRECT;
import static io.github.dynamosession.it.dynamodb.Stores.await;
import static io.github.dynamosession.it.dynamodb.Stores.delta;
import static io.github.dynamosession.it.dynamodb.Stores.failure;
import static io.github.dynamosession.it.dynamodb.Stores.found;
import static io.github.dynamosession.it.dynamodb.Stores.json;
import static io.github.dynamosession.it.dynamodb.Stores.key;
import static io.github.dynamosession.it.dynamodb.Stores.session;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.dynamodb.DynamoDbTables;
import io.github.dynamosession.dynamodb.ItemAttribute;
import io.github.dynamosession.dynamodb.ItemAttributes;
import io.github.dynamosession.spi.ChangeKeyOutcome;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.StoreMisconfiguredException;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.UpdateOutcome;
import io.github.dynamosession.testkit.MovableClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;
import software.amazon.awssdk.services.dynamodb.model.TimeToLiveDescription;
import software.amazon.awssdk.services.dynamodb.model.TimeToLiveStatus;

/** Tables: made, found as they should be, and found otherwise. */
class TablesTest {
    private final MovableClock clock = new MovableClock();
    private final String table = "table-" + UUID.randomUUID();

    @ParameterizedTest
    @EnumSource
    @DisplayName("create-table makes a table with TTL, on demand, and does nothing where there is one")
    void create(Stores.Kind kind) {
        for (int i = 0; i < 2; i++) {
            SessionStore store = kind.builder(Stores.endpoint())
                    .tableName(table)
                    .clock(clock)
                    .createTable(true)
                    .build();
            SessionKey key = key();
            await(store.create(key, session(clock, Map.of())));
            assertThat(await(store.delete(key))).isEqualTo(DeleteOutcome.DELETED);
        }
        TimeToLiveDescription ttl =
                DIRECT.describeTimeToLive(request -> request.tableName(table)).timeToLiveDescription();
        assertThat(ttl.timeToLiveStatus()).isIn(TimeToLiveStatus.ENABLED, TimeToLiveStatus.ENABLING);
        assertThat(ttl.attributeName()).isEqualTo("ttl");
        assertThat(DIRECT.describeTable(request -> request.tableName(table))
                        .table()
                        .billingModeSummary()
                        .billingMode())
                .isEqualTo(BillingMode.PAY_PER_REQUEST);
    }

    @ParameterizedTest
    @ValueSource(strings = {"CreateTable", "DescribeTable", "DescribeTimeToLive", "UpdateTimeToLive"})
    @DisplayName("create-table waits for its answers longer than a session would")
    void createSlowly(String operation) {
        Duration callTimeout = Duration.ofMillis(50);
        try (FaultyProxy proxy = new FaultyProxy(Stores.endpoint());
                DynamoDbClient client = DynamoDbClient.builder()
                        .endpointOverride(proxy.endpoint())
                        .region(Region.EU_CENTRAL_1)
                        .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("a", "b")))
                        .overrideConfiguration(
                                config -> config.apiCallTimeout(callTimeout).apiCallAttemptTimeout(callTimeout))
                        .build()) {
            CountDownLatch reply = proxy.holdReplyTo(operation);
            CompletableFuture.delayedExecutor(10 * callTimeout.toMillis(), TimeUnit.MILLISECONDS)
                    .execute(reply::countDown);

            DynamoDbTables.createTable(client, table, ItemAttributes.defaults());

            assertThat(proxy.operations()).containsOnlyOnce("CreateTable", "UpdateTimeToLive");
        }
    }

    @Test
    @DisplayName("an endpoint without TTL is good enough for development")
    void withoutTimeToLive() {
        try (FaultyProxy proxy = new FaultyProxy(Stores.endpoint())) {
            String unknown = "{\"__type\":\"com.amazon.coral.service#UnknownOperationException\"}";
            proxy.answer("DescribeTimeToLive", 1, 400, unknown);
            proxy.answer("UpdateTimeToLive", 1, 400, unknown);
            DynamoDbTables.createTable(Stores.blocking(proxy.endpoint()), table, ItemAttributes.defaults());
            assertThat(proxy.operations()).contains("CreateTable", "DescribeTimeToLive");
        }
    }

    @Test
    @DisplayName("a missing table is said to be missing, by every operation and for either reason of a request")
    void missing() {
        SessionStore store = store(ItemAttributes.defaults());
        assertAllMisconfigured(store, "the table " + table + " does not exist", "create-table");
    }

    @Test
    @DisplayName("a key of another type is said to be of another type")
    void wrongType() {
        make("id", ScalarAttributeType.B, false);
        assertAllMisconfigured(store(ItemAttributes.defaults()), "named id, of type String");
        assertThatThrownBy(() -> DynamoDbTables.createTable(DIRECT, table, ItemAttributes.defaults()))
                .isInstanceOf(StoreMisconfiguredException.class)
                .hasMessageContaining("has the type B");
    }

    @Test
    @DisplayName("a RANGE key is said to be one too many")
    void rangeKey() {
        make("id", ScalarAttributeType.S, true);
        assertAllMisconfigured(store(ItemAttributes.defaults()), "no RANGE key");
        assertThatThrownBy(() -> DynamoDbTables.createTable(DIRECT, table, ItemAttributes.defaults()))
                .isInstanceOf(StoreMisconfiguredException.class)
                .hasMessageContaining("RANGE key");
    }

    @Test
    @DisplayName("a key of another name is said to have another name, and which setting names it")
    void otherName() {
        make("pk", ScalarAttributeType.S, false);
        assertAllMisconfigured(store(ItemAttributes.defaults()), "attribute-names.id");
        assertThatThrownBy(() -> DynamoDbTables.createTable(DIRECT, table, ItemAttributes.defaults()))
                .isInstanceOf(StoreMisconfiguredException.class)
                .hasMessageContaining("named pk, not id")
                .hasMessageContaining("attribute-names.id=pk");
    }

    @Test
    @DisplayName("every attribute's name can be another, reserved words and dots included")
    void renamed() {
        ItemAttributes.Builder builder = ItemAttributes.builder();
        for (ItemAttribute attribute : ItemAttribute.values()) {
            builder.name(attribute, "value." + attribute.defaultName());
        }
        ItemAttributes names = builder.name(ItemAttribute.ID, "key")
                .name(ItemAttribute.TTL, "lock")
                .build();
        DynamoDbTables.createTable(DIRECT, table, names);
        SessionStore store = store(names);
        SessionKey key = key();
        SessionKey to = key();
        await(store.create(key, session(clock, Map.of("a", json("1")))));
        SessionDelta change =
                delta().set("b", json("1")).access(Stores.access(clock)).build();
        assertThat(await(store.update(key, change))).isEqualTo(new UpdateOutcome.Written(2));
        StoredSession seen = found(store, key);
        assertThat(await(store.changeKey(key, to, seen, delta().build(), KeyChangeReason.ROTATION)))
                .isInstanceOf(ChangeKeyOutcome.Changed.class);
        assertThat(await(store.update(key, delta().set("c", json("1")).build())))
                .isEqualTo(new UpdateOutcome.Written(3, true));
        assertThat(found(store, to).attributes()).containsOnlyKeys("a", "b", "c");
        assertThat(await(store.delete(key))).isEqualTo(DeleteOutcome.DELETED);
        assertThat(DIRECT.describeTimeToLive(request -> request.tableName(table))
                        .timeToLiveDescription()
                        .attributeName())
                .isEqualTo("lock");
    }

    private SessionStore store(ItemAttributes names) {
        return DynamoDbSessionStore.builder()
                .tableName(table)
                .client(DIRECT)
                .clock(clock)
                .itemAttributes(names)
                .build();
    }

    private void assertAllMisconfigured(SessionStore store, String... messages) {
        StoredSession session = session(clock, Map.of());
        SessionDelta change = delta().set("a", json("1")).build();
        List<Throwable> failures = List.of(
                failure(store.find(key())),
                failure(store.create(key(), session)),
                failure(store.update(key(), change)),
                failure(store.changeKey(key(), key(), session, change, KeyChangeReason.ROTATION)),
                failure(store.delete(key())));
        for (Throwable failure : failures) {
            assertThat(failure).isInstanceOf(StoreMisconfiguredException.class);
            assertThat(failure.getMessage()).contains(messages);
        }
    }

    private void make(String key, ScalarAttributeType type, boolean range) {
        List<KeySchemaElement> keys = new ArrayList<>();
        List<AttributeDefinition> definitions = new ArrayList<>();
        keys.add(KeySchemaElement.builder()
                .attributeName(key)
                .keyType(KeyType.HASH)
                .build());
        definitions.add(AttributeDefinition.builder()
                .attributeName(key)
                .attributeType(type)
                .build());
        if (range) {
            keys.add(KeySchemaElement.builder()
                    .attributeName("sk")
                    .keyType(KeyType.RANGE)
                    .build());
            definitions.add(AttributeDefinition.builder()
                    .attributeName("sk")
                    .attributeType(ScalarAttributeType.S)
                    .build());
        }
        DIRECT.createTable(request -> request.tableName(table)
                .billingMode(BillingMode.PAY_PER_REQUEST)
                .keySchema(keys)
                .attributeDefinitions(definitions));
    }
}
