// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.dynamodb;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.SaveOutcome;
import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.dynamodb.DynamoDbTables;
import io.github.dynamosession.dynamodb.ItemAttributes;
import io.github.dynamosession.it.dynamodb.FaultyProxy.Answer;
import io.github.dynamosession.it.dynamodb.FaultyProxy.Sent;
import io.github.dynamosession.spi.IndexType;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.testkit.MovableClock;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("With an index and marks, any one request may fail, applied or not:")
class IndexFaultsTest {
    private static final String TABLE = "index-faults";
    private static final String USER = "user";

    static {
        DynamoDbTables.createTable(Stores.DIRECT, TABLE, ItemAttributes.defaults(), Map.of(USER, IndexType.TEXT));
    }

    private static final Answer FAILED = new Answer(
            500, "{\"__type\":\"com.amazonaws.dynamodb.v20120810#InternalServerError\",\"message\":\"internal\"}");

    /** Fails one request, the nth after it is armed. */
    private static final class OneFault implements FaultyProxy.Behaviour {
        private int left = -1;
        private boolean applied;
        private boolean happens;

        synchronized void arm(int requestsBefore, boolean afterApplication) {
            left = requestsBefore;
            applied = afterApplication;
            happens = false;
        }

        /** Whether there was such a request. */
        synchronized boolean disarm() {
            boolean happened = left < 0;
            left = -1;
            happens = false;
            return happened;
        }

        @Override
        public synchronized Answer instead(Sent request) {
            if (left == 0) {
                happens = true;
            }
            if (left >= 0) {
                left--;
            }
            if (happens && !applied) {
                happens = false;
                return FAILED;
            }
            return null;
        }

        @Override
        public synchronized Answer afterwards(Sent request, Answer answer) {
            if (!happens) {
                return answer;
            }
            happens = false;
            return FAILED;
        }
    }

    private final MovableClock clock = new MovableClock();
    private final OneFault fault = new OneFault();
    private final FaultyProxy proxy = new FaultyProxy(Stores.endpoint(), fault);
    private final SessionManager direct = manager(Stores.Kind.BLOCKING.builder(Stores.endpoint()));

    @AfterEach
    void close() {
        proxy.close();
        direct.close();
    }

    private SessionManager manager(DynamoDbSessionStore.Builder store) {
        return SessionManager.builder(store.tableName(TABLE)
                        .index(USER, IndexType.TEXT)
                        .clock(clock)
                        .build())
                .codec(JsonCodec.builder().build())
                .clock(clock)
                .customAttribute(USER, session -> session.get("name", String.class))
                .indexMarks(true)
                .build();
    }

    private Session loggedIn(String user) {
        Session session = direct.newSession();
        session.set("name", user);
        direct.save(session);
        return session;
    }

    private boolean isOpen(Session session) {
        return direct.open(session.cookieValue()).isPresent();
    }

    /** What is tried, and what must hold. */
    private interface Trial {
        /** Prepares, and answers what is tried; it may be tried again. */
        Attempt prepare(String user);
    }

    /**
     * What is tried.
     *
     * @param call throws what the store threw
     * @param failed what must hold after it failed
     * @param done what must hold after it was done
     */
    private record Attempt(Runnable call, Runnable failed, Runnable done) {}

    private void everyRequest(int atLeast, Trial trial) {
        for (boolean applied : new boolean[] {false, true}) {
            int requests = 0;
            while (true) {
                Attempt attempt = trial.prepare(UUID.randomUUID().toString());
                fault.arm(requests, applied);
                try {
                    attempt.call().run();
                } catch (SessionStoreException e) {
                    attempt.failed().run();
                    fault.disarm();
                    attempt.call().run();
                }
                boolean happened = fault.disarm();
                attempt.done().run();
                if (!happened) {
                    break;
                }
                requests++;
            }
            assertThat(requests).isGreaterThanOrEqualTo(atLeast);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("ended everywhere, once it was answered, means everywhere; the spared session stays in any case")
    void ends(Stores.Kind kind) {
        try (SessionManager faulty = manager(kind.withoutRetries(proxy.endpoint()))) {
            // The mark is read and raised, the index is asked, two sessions are ended.
            everyRequest(5, user -> {
                Session spared = loggedIn(user);
                Session one = loggedIn(user);
                Session two = loggedIn(user);
                Session other = loggedIn("not " + user);
                return new Attempt(
                        () -> faulty.endAllBy(USER, user, spared),
                        () -> {
                            assertThat(isOpen(spared)).isTrue();
                            assertThat(isOpen(other)).isTrue();
                        },
                        () -> {
                            assertThat(isOpen(spared)).isTrue();
                            assertThat(isOpen(one)).isFalse();
                            assertThat(isOpen(two)).isFalse();
                            assertThat(isOpen(other)).isTrue();
                            assertThat(direct.findBy(USER, user).sessions()).hasSize(1);
                            assertThat(isOpen(loggedIn(user))).isTrue();
                        });
            });
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a list is whole, or an error")
    void finds(Stores.Kind kind) {
        try (SessionManager faulty = manager(kind.withoutRetries(proxy.endpoint()))) {
            everyRequest(3, user -> {
                loggedIn(user);
                loggedIn(user);
                return new Attempt(
                        () -> assertThat(faulty.findBy(USER, user).sessions()).hasSize(2),
                        () -> {},
                        () -> assertThat(direct.findBy(USER, user).sessions()).hasSize(2));
            });
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a login is stored with the mark that it saw, opened, found, and ended later")
    void logins(Stores.Kind kind) {
        try (SessionManager faulty = manager(kind.withoutRetries(proxy.endpoint()))) {
            // The mark is read, the session written.
            everyRequest(2, user -> {
                direct.endAllBy(USER, user);
                clock.advance(Duration.ofSeconds(1));
                Session session = direct.newSession();
                session.set("cart", "tea");
                direct.save(session);
                Session login = faulty.open(session.cookieValue()).orElseThrow();
                login.set("name", user);
                return new Attempt(
                        () -> assertThat(faulty.save(login)).isIn(SaveOutcome.SAVED, SaveOutcome.UNCHANGED),
                        () -> assertThat(isOpen(session)).isTrue(),
                        () -> {
                            assertThat(isOpen(session)).isTrue();
                            assertThat(direct.findBy(USER, user).sessions()).hasSize(1);
                            assertThat(direct.endAllBy(USER, user)).isEqualTo(1);
                            assertThat(isOpen(session)).isFalse();
                        });
            });
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("an opening whose mark cannot be read fails; it neither opens what was ended nor loses what is alive")
    void opens(Stores.Kind kind) {
        try (SessionManager faulty = manager(kind.withoutRetries(proxy.endpoint()))) {
            everyRequest(2, user -> {
                Session session = loggedIn(user);
                return new Attempt(
                        () -> assertThat(faulty.open(session.cookieValue())).isPresent(), () -> {}, () -> {
                            assertThat(direct.endAllBy(USER, user)).isEqualTo(1);
                            assertThat(faulty.open(session.cookieValue())).isEmpty();
                        });
            });
        }
    }
}
