// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.dynamodb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.spi.CustomValue;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.Token;
import io.github.dynamosession.testkit.Interleavings;
import io.github.dynamosession.testkit.MovableClock;
import io.github.dynamosession.testkit.ScheduledCalls;
import io.github.dynamosession.testkit.ScheduledOperation;
import io.github.dynamosession.testkit.ScheduledOperation.Kind;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;

/** The real store and DynamoDB Local: each request waits for its turn in the schedule. */
@DisplayName("DynamoDbSessionStore, in every order of its requests")
class DynamoDbInterleavingsTest {
    private static final String TABLE = "interleavings-" + UUID.randomUUID();
    private static final SessionKey KEY = SessionKey.of("key");
    private static final Instant NOW = MovableClock.START;
    private static final StoredSession LIVE = session(NOW.minusSeconds(100), Stores.IDLE);
    private static final StoredSession ENDLESS = session(NOW.minusSeconds(100), null);
    private static final StoredSession EXPIRED = session(NOW.minus(Duration.ofHours(1)), Stores.IDLE);

    /** Makes the client that a store is given. */
    private interface Clients {
        DynamoDbAsyncClient over(ScheduledCalls calls);
    }

    private static final Clients WHOLE = calls -> new ScheduledClient(Stores.DIRECT, calls);

    @BeforeAll
    static void createTable() {
        // Without TTL: time stands still.
        Stores.DIRECT.createTable(request -> request.tableName(TABLE)
                .billingMode(BillingMode.PAY_PER_REQUEST)
                .attributeDefinitions(attribute -> attribute.attributeName("id").attributeType(ScalarAttributeType.S))
                .keySchema(key -> key.attributeName("id").keyType(KeyType.HASH)));
    }

    @AfterAll
    static void deleteTable() {
        Stores.DIRECT.deleteTable(request -> request.tableName(TABLE));
    }

    @Test
    @DisplayName("any two operations answer and store what the clauses say")
    void pairs() {
        assertThat(allPairs(LIVE)).as("schedules").isGreaterThan(90);
    }

    @Test
    @DisplayName("any two operations on a session that has expired, or that has no end")
    void otherPairs() {
        assertThat(allPairs(EXPIRED) + allPairs(ENDLESS)).as("schedules").isGreaterThan(140);
    }

    @Test
    @DisplayName("an id change with a fault at every request: alone, repeated, before a logout, beside a save")
    void withFaults() {
        long count = lateCopies(WHOLE).explore();
        for (StoredSession session : List.of(LIVE, ENDLESS)) {
            for (Kind kind : List.of(Kind.LOGIN, Kind.ROTATION)) {
                ScheduledOperation change = kind.of(0, KEY, session);
                count += interleavings(WHOLE, session, 1).client(change, change).explore();
            }
        }
        assertThat(count).as("schedules").isGreaterThan(50);
    }

    /** A login, repeated, and the logout that follows: a put that arrives late must not bring the session back. */
    private static Interleavings lateCopies(Clients clients) {
        ScheduledOperation login = Kind.LOGIN.of(0, KEY, LIVE);
        return interleavings(clients, LIVE, 1)
                .client(login, login, ScheduledOperation.delete(SessionKey.of("login 0")));
    }

    /** A login beside a save, repeated, and a save that follows: a copy that is rewritten late must not undo it. */
    private static Interleavings lateRewrites(Clients clients) {
        ScheduledOperation login = Kind.LOGIN.of(0, KEY, LIVE);
        return interleavings(clients, LIVE, 1)
                .client(login, login, Kind.UPDATE.of(2, SessionKey.of("login 0"), LIVE))
                .client(Kind.UPDATE.of(1, KEY, LIVE));
    }

    @Test
    @DisplayName("an id change, repeated, beside a save, and a save that follows, with a fault at every request")
    @Tag("full")
    @EnabledIfSystemProperty(named = "tests", matches = "full", disabledReason = "runs with -Dtests=full")
    void saves() {
        assertThat(lateRewrites(WHOLE).explore()).as("schedules").isPositive();
    }

    @Test
    @DisplayName("any three operations that write")
    @Tag("full")
    @EnabledIfSystemProperty(named = "tests", matches = "full", disabledReason = "runs with -Dtests=full")
    void triples() {
        List<Kind> writers = Stream.of(Kind.values())
                .filter(kind -> kind != Kind.FIND && kind != Kind.CREATE)
                .toList();
        long count = 0;
        for (int i = 0; i < writers.size(); i++) {
            for (int j = i; j < writers.size(); j++) {
                for (int k = j; k < writers.size(); k++) {
                    StoredSession session = writers.get(k) == Kind.SWEEP ? EXPIRED : LIVE;
                    count += interleavings(WHOLE, session, 0)
                            .client(writers.get(i).of(0, KEY, session))
                            .client(writers.get(j).of(1, KEY, session))
                            .client(writers.get(k).of(2, KEY, session))
                            .explore();
                }
            }
        }
        assertThat(count).as("schedules").isGreaterThan(600);
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource
    @DisplayName("a protocol that is broken is found out:")
    void broken(BrokenRequests.Fault fault) {
        Clients broken = calls -> new BrokenRequests(fault, Stores.DIRECT, calls);
        assertThatThrownBy(() -> {
                    switch (fault) {
                        case COPY_OVERWRITES, COPY_WITHOUT_ORIGIN, END_FREES_KEY ->
                            lateCopies(broken).explore();
                        case COPY_OF_ANY_VERSION -> lateRewrites(broken).explore();
                        default -> {
                            for (Kind first : List.of(Kind.LOGIN, Kind.ROTATION)) {
                                for (Kind second : List.of(Kind.DELETE, Kind.UPDATE, Kind.TOUCH, Kind.LOGIN)) {
                                    interleavings(broken, LIVE, 0)
                                            .client(first.of(0, KEY, LIVE))
                                            .client(second.of(1, KEY, LIVE))
                                            .explore();
                                }
                            }
                        }
                    }
                })
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("schedule: ");
    }

    private static long allPairs(StoredSession session) {
        // A key that a sweep has freed is free for a creation that comes late; as keys are random, there is none.
        List<Kind> kinds = Stream.of(Kind.values())
                .filter(kind -> session != EXPIRED || kind != Kind.CREATE)
                .toList();
        long count = 0;
        for (int i = 0; i < kinds.size(); i++) {
            for (int j = i; j < kinds.size(); j++) {
                count += interleavings(WHOLE, session, 0)
                        .client(kinds.get(i).of(0, KEY, session))
                        .client(kinds.get(j).of(1, KEY, session))
                        .explore();
            }
        }
        return count;
    }

    private static Interleavings interleavings(Clients clients, StoredSession session, int faults) {
        return new Interleavings(
                        (calls, clock) -> store(clients.over(calls), clock),
                        () -> ApiCallTimeoutException.builder()
                                .message("injected")
                                .build())
                .given(KEY, session)
                .faults(faults);
    }

    private static SessionStore store(DynamoDbAsyncClient client, Clock clock) {
        for (Map<String, AttributeValue> item :
                Stores.DIRECT.scan(scan -> scan.tableName(TABLE)).items()) {
            Stores.DIRECT.deleteItem(request -> request.tableName(TABLE).key(Map.of("id", item.get("id"))));
        }
        return DynamoDbSessionStore.builder()
                .tableName(TABLE)
                .asyncClient(client)
                .clock(clock)
                .build();
    }

    private static StoredSession session(Instant accessedAt, Duration idleTimeout) {
        return StoredSession.builder()
                .uid(Token.random())
                .createdAt(accessedAt)
                .accessedAt(accessedAt)
                .idleTimeout(idleTimeout)
                .expiresAt(idleTimeout == null ? null : accessedAt.plus(idleTimeout))
                .attributes(Map.of("a", Stores.json("1")))
                .custom(Map.of("user", CustomValue.of("alice")))
                .build();
    }
}
