// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.dynamodb;

import static io.github.dynamosession.it.dynamodb.Stores.DIRECT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.Session;
import io.github.dynamosession.SessionListener;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.dynamodb.TimeToLiveRemovals;
import io.github.dynamosession.integration.Full;
import io.github.dynamosession.spi.StoreMisconfiguredException;
import io.github.dynamosession.testkit.MovableClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.OperationType;
import software.amazon.awssdk.services.dynamodb.model.Record;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;
import software.amazon.awssdk.services.dynamodb.model.Shard;
import software.amazon.awssdk.services.dynamodb.model.ShardIteratorType;
import software.amazon.awssdk.services.dynamodb.model.StreamViewType;
import software.amazon.awssdk.services.dynamodb.streams.DynamoDbStreamsClient;

/**
 * On the streams of DynamoDB Local. A record of TTL is waited for in the full build only, for it takes minutes; otherwise
 * rows are deleted by the test, and their records given the identity that DynamoDB gives those of TTL.
 */
@DisplayName("The stream of a table")
class TimeToLiveRemovalsTest {
    private final String table = "stream-" + UUID.randomUUID();
    private final MovableClock clock = new MovableClock();
    private final List<String> told = new ArrayList<>();
    private final DynamoDbSessionStore store = DynamoDbSessionStore.builder()
            .client(DIRECT)
            .tableName(table)
            .clock(clock)
            .build();
    private final SessionManager sessions = manager("shop");
    private final TimeToLiveRemovals removals = new TimeToLiveRemovals(store, sessions::notifyExpired);
    private final DynamoDbStreamsClient streams = DynamoDbStreamsClient.builder()
            .endpointOverride(Stores.endpoint())
            .region(Region.US_EAST_1)
            .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
            .build();

    private SessionManager manager(String namespace) {
        return SessionManager.builder(store)
                .codec(JsonCodec.builder().build())
                .namespace(namespace)
                .clock(clock)
                .listener(new SessionListener() {
                    @Override
                    public void sessionExpired(Session session) {
                        told.add(session.get("user", String.class).orElseThrow());
                    }
                })
                .build();
    }

    @BeforeEach
    void create() {
        // Without TTL, which would be as fast as the test where its clock is in the past.
        DIRECT.createTable(request -> request.tableName(table)
                .billingMode(BillingMode.PAY_PER_REQUEST)
                .attributeDefinitions(attribute -> attribute.attributeName("id").attributeType(ScalarAttributeType.S))
                .keySchema(key -> key.attributeName("id").keyType(KeyType.HASH))
                .streamSpecification(
                        stream -> stream.streamEnabled(true).streamViewType(StreamViewType.NEW_AND_OLD_IMAGES)));
    }

    @AfterEach
    void close() {
        streams.close();
        DIRECT.deleteTable(request -> request.tableName(table));
    }

    private Session stored(SessionManager manager, String user) {
        Session session = manager.newSession();
        session.set("user", user);
        manager.save(session);
        return session;
    }

    private void deleteAllRows() {
        DIRECT.scan(request -> request.tableName(table))
                .items()
                .forEach(row ->
                        DIRECT.deleteItem(request -> request.tableName(table).key(Map.of("id", row.get("id")))));
    }

    private List<Record> records() {
        String arn = DIRECT.describeTable(request -> request.tableName(table))
                .table()
                .latestStreamArn();
        List<Record> records = new ArrayList<>();
        for (Shard shard : streams.describeStream(request -> request.streamArn(arn))
                .streamDescription()
                .shards()) {
            String iterator = streams.getShardIterator(request -> request.streamArn(arn)
                            .shardId(shard.shardId())
                            .shardIteratorType(ShardIteratorType.TRIM_HORIZON))
                    .shardIterator();
            String from = iterator;
            records.addAll(
                    streams.getRecords(request -> request.shardIterator(from)).records());
        }
        return records;
    }

    private static Record byTimeToLive(Record record) {
        return record.toBuilder()
                .userIdentity(who -> who.type("Service").principalId("dynamodb.amazonaws.com"))
                .build();
    }

    private List<Record> removed() {
        return records().stream()
                .filter(record -> record.eventName() == OperationType.REMOVE)
                .map(TimeToLiveRemovalsTest::byTimeToLive)
                .toList();
    }

    @Test
    @DisplayName("tells listeners of a session that TTL removed, with its attributes, and of nothing else")
    void removal() {
        stored(sessions, "anna");
        stored(manager("another"), "berta");
        clock.advance(Duration.ofDays(1));
        deleteAllRows();

        assertThat(records()).hasSize(4).noneMatch(removals::handle);
        assertThat(records().stream()
                        .filter(record -> record.eventName() == OperationType.INSERT)
                        .map(TimeToLiveRemovalsTest::byTimeToLive))
                .hasSize(2)
                .noneMatch(removals::handle);
        assertThat(told).as("deleted by somebody, or not removed at all").isEmpty();

        assertThat(removed().stream().filter(removals::handle)).hasSize(1);
        assertThat(told).containsExactly("anna");
    }

    @Test
    @DisplayName("tells nobody of redirects, traces of logouts, parts, live sessions, and rows of newer releases")
    void noSessions() {
        Session moved = stored(sessions, "moved");
        sessions.changeId(moved);
        byte[] photo = new byte[30_000];
        new Random(1).nextBytes(photo);
        moved.set("photo", Base64.getEncoder().encodeToString(photo));
        sessions.save(moved);
        sessions.end(stored(sessions, "ended"));
        stored(sessions, "newer");
        DIRECT.scan(request -> request.tableName(table)).items().stream()
                .filter(row -> row.containsKey("data")
                        && row.get("data").m().get("user").s().contains("newer"))
                .forEach(row -> {
                    Map<String, AttributeValue> changed = new HashMap<>(row);
                    changed.put("fmt", AttributeValue.fromN("99"));
                    DIRECT.putItem(request -> request.tableName(table).item(changed));
                });
        deleteAllRows();
        List<Record> rows = removed();
        assertThat(rows)
                .extracting(record -> record.dynamodb().oldImage().get("kind").s())
                .contains("session", "redirect", "ended", "part");
        assertThat(rows).noneMatch(removals::handle);
        clock.advance(Duration.ofDays(1));
        rows.forEach(removals::handle);
        assertThat(told).as("once it has expired").containsExactly("moved");
    }

    @Test
    @DisplayName("tells of a session whose id changed only if the redirect says that it did")
    void copies() {
        sessions.changeId(stored(sessions, "anna"));
        clock.advance(Duration.ofHours(1));
        Map<String, AttributeValue> redirect = new HashMap<>();
        DIRECT.scan(request -> request.tableName(table)).items().forEach(row -> {
            if ("redirect".equals(row.get("kind").s())) {
                redirect.putAll(row);
            } else {
                DIRECT.deleteItem(request -> request.tableName(table).key(Map.of("id", row.get("id"))));
            }
        });
        Record copy = removed().get(0);
        assertThat(copy.dynamodb().oldImage()).containsKey("moved_from");
        assertThat(removals.handle(copy)).isTrue();
        DIRECT.deleteItem(request -> request.tableName(table).key(Map.of("id", redirect.get("id"))));
        assertThat(removals.handle(copy)).isFalse();
        assertThat(told).containsExactly("anna");
    }

    @Test
    @DisplayName("without old images is a misconfiguration that says so")
    void withoutImages() {
        stored(sessions, "anna");
        deleteAllRows();
        Record record = removed().get(0);
        Record keys = record.toBuilder()
                .dynamodb(record.dynamodb().toBuilder().oldImage(null).build())
                .build();
        assertThatThrownBy(() -> removals.handle(keys))
                .isInstanceOf(StoreMisconfiguredException.class)
                .hasMessageContaining("OLD_IMAGE");
    }

    @Test
    @Tag(Full.TAG)
    @EnabledIfSystemProperty(named = "tests", matches = "full", disabledReason = "runs with -Dtests=full")
    @DisplayName("has a record of TTL's removal with the service's identity")
    void timeToLive() {
        clock.set(Instant.now().minus(Duration.ofDays(1)));
        stored(sessions, "anna");
        clock.set(Instant.now());
        DIRECT.updateTimeToLive(request -> request.tableName(table)
                .timeToLiveSpecification(ttl -> ttl.enabled(true).attributeName("ttl")));
        Awaitility.await()
                .atMost(Duration.ofMinutes(10))
                .pollInterval(Duration.ofSeconds(5))
                .until(() -> records().stream().anyMatch(removals::handle));
        assertThat(told).containsExactly("anna");
    }
}
