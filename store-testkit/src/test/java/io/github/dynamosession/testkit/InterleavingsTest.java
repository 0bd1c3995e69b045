// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.testkit;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.dynamosession.spi.CustomValue;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.Token;
import io.github.dynamosession.support.RowSessionStore;
import io.github.dynamosession.support.ScannableRows;
import io.github.dynamosession.testkit.ScheduledOperation.Kind;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("A store over rows, in every order of its calls of the database")
class InterleavingsTest {
    private static final SessionKey KEY = SessionKey.of("key");
    private static final Instant NOW = MovableClock.START;
    private static final Duration IDLE = Duration.ofMinutes(30);
    private static final StoredSession LIVE = session(NOW.minusSeconds(100), IDLE);
    private static final StoredSession ENDLESS = session(NOW.minusSeconds(100), null);
    private static final StoredSession EXPIRED = session(NOW.minus(Duration.ofHours(1)), IDLE);

    @Test
    @DisplayName("any two operations, with a fault at every call, answer and store what the clauses say")
    void pairs() {
        assertTrue(allPairs(LIVE, rows -> rows, 1) > 2_500, "schedules");
    }

    @Test
    @DisplayName("any two operations on a session that has expired, with a fault at every call")
    void expiredPairs() {
        assertTrue(allPairs(EXPIRED, rows -> rows, 1) > 500, "schedules");
    }

    @Test
    @DisplayName("any two operations on a session without an end, with a fault at every call")
    void endlessPairs() {
        assertTrue(allPairs(ENDLESS, rows -> rows, 1) > 3_500, "schedules");
    }

    @Test
    @DisplayName("an operation that is repeated beside another one, with a fault at every call")
    void repetitions() {
        long count = 0;
        for (Kind repeated : Kind.values()) {
            for (Kind other : Kind.values()) {
                ScheduledOperation operation = repeated.of(0, KEY, LIVE);
                count += interleavings(LIVE, rows -> rows, 1)
                        .client(operation, operation)
                        .client(other.of(1, KEY, LIVE))
                        .explore();
            }
        }
        assertTrue(count > 4_000, "schedules");
    }

    @Test
    @DisplayName("any three of those that write, without faults")
    void triples() {
        assertTrue(allTriples(LIVE, 0) > 1_000, "schedules");
        assertTrue(allTriples(EXPIRED, 0) > 200, "schedules");
    }

    @Test
    @DisplayName("any three of those that write, with a fault at every call")
    @Tag("full")
    @EnabledIfSystemProperty(named = "tests", matches = "full", disabledReason = "runs with -Dtests=full")
    void triplesWithFaults() {
        assertTrue(allTriples(LIVE, 1) > 50_000, "schedules");
        assertTrue(allTriples(EXPIRED, 1) > 3_000, "schedules");
    }

    private static long allTriples(StoredSession session, int faults) {
        List<Kind> writers = Stream.of(Kind.values())
                .filter(kind -> kind != Kind.FIND && kind != Kind.CREATE)
                // Of a session that has not expired it is one read.
                .filter(kind -> kind != Kind.SWEEP || session == EXPIRED)
                .toList();
        long count = 0;
        for (int i = 0; i < writers.size(); i++) {
            for (int j = i; j < writers.size(); j++) {
                for (int k = j; k < writers.size(); k++) {
                    count += interleavings(session, rows -> rows, faults)
                            .client(writers.get(i).of(0, KEY, session))
                            .client(writers.get(j).of(1, KEY, session))
                            .client(writers.get(k).of(2, KEY, session))
                            .explore();
                }
            }
        }
        return count;
    }

    @Test
    @DisplayName(
            "histories of twelve operations of three clients, with up to three faults, drawn at random from a seed")
    void longHistories() {
        Random random = new Random(7);
        for (int i = 0; i < 2_000; i++) {
            Interleavings history = interleavings(LIVE, rows -> rows, 3);
            for (int client = 0; client < 3; client++) {
                ScheduledOperation[] program = new ScheduledOperation[4];
                for (int n = 0; n < program.length; n++) {
                    Kind[] kinds = Kind.values();
                    program[n] = n > 0 && random.nextInt(4) == 0
                            ? program[n - 1]
                            : kinds[random.nextInt(kinds.length)].of(4 * client + n, KEY, LIVE);
                }
                history.client(program);
            }
            history.sample(i, 1);
        }
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource
    @DisplayName("a protocol that is broken is found out:")
    void broken(BrokenRows.Fault fault) {
        UnaryOperator<ScannableRows> broken = rows -> BrokenRows.with(fault, rows);
        AssertionError found = assertThrows(AssertionError.class, () -> {
            allPairs(LIVE, broken, 1);
            Kind[] kinds = Kind.values();
            for (Kind repeated : kinds) {
                for (Kind other : kinds) {
                    ScheduledOperation operation = repeated.of(0, KEY, LIVE);
                    interleavings(LIVE, broken, 1)
                            .client(operation, operation)
                            .client(other.of(1, KEY, LIVE))
                            .explore();
                }
            }
        });
        assertTrue(found.getMessage().contains("schedule: "), found::getMessage);
    }

    private static long allPairs(StoredSession session, UnaryOperator<ScannableRows> rows, int faults) {
        // A key that a sweep has freed is free for a creation that comes late; as keys are random, there is none.
        List<Kind> kinds = Stream.of(Kind.values())
                .filter(kind -> session != EXPIRED || kind != Kind.CREATE)
                .toList();
        long count = 0;
        for (int i = 0; i < kinds.size(); i++) {
            for (int j = i; j < kinds.size(); j++) {
                count += interleavings(session, rows, faults)
                        .client(kinds.get(i).of(0, KEY, session))
                        .client(kinds.get(j).of(1, KEY, session))
                        .explore();
            }
        }
        return count;
    }

    private static Interleavings interleavings(StoredSession session, UnaryOperator<ScannableRows> rows, int faults) {
        return new Interleavings(
                        (scheduled, clock) -> RowSessionStore.over(rows.apply(scheduled), clock, SessionObserver.NONE))
                .given(KEY, session)
                .faults(faults);
    }

    private static StoredSession session(Instant accessedAt, Duration idleTimeout) {
        return StoredSession.builder()
                .uid(Token.random())
                .createdAt(accessedAt)
                .accessedAt(accessedAt)
                .idleTimeout(idleTimeout)
                .expiresAt(idleTimeout == null ? null : accessedAt.plus(idleTimeout))
                .attributes(Map.of("a", json("1")))
                .custom(Map.of("user", CustomValue.of("alice")))
                .build();
    }

    private static EncodedValue json(String text) {
        return EncodedValue.of(EncodedValue.JSON, text.getBytes(StandardCharsets.UTF_8));
    }
}
