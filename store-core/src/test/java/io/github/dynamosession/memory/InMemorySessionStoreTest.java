// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.SessionStoreProvider;
import io.github.dynamosession.spi.StoreOperation;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.Token;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What is particular to the in-memory store; the contract itself is run by the test kit's own tests. */
@DisplayName("The in-memory store")
class InMemorySessionStoreTest {
    private Instant now = Instant.parse("2100-01-01T00:00:00Z");
    private final Clock clock = new Clock() {
        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Instant instant() {
            return now;
        }
    };
    private final List<StoreOperation> operations = new ArrayList<>();
    private final InMemorySessionStore store = new InMemorySessionStore(clock, new SessionObserver() {
        @Override
        public void operation(StoreOperation operation) {
            operations.add(operation);
        }
    });

    @Test
    @DisplayName("counts live sessions, not expired or moved ones")
    void size() {
        store.create(SessionKey.of("a"), session(Duration.ofMinutes(1)));
        StoredSession moving = session(Duration.ofMinutes(9));
        store.create(SessionKey.of("b"), moving);
        store.changeKey(SessionKey.of("b"), SessionKey.of("c"), moving, delta(), KeyChangeReason.ROTATION);
        assertThat(store.size()).isEqualTo(2);
        now = now.plus(Duration.ofMinutes(1));
        assertThat(store.size()).isOne();
    }

    @Test
    @DisplayName("holds no more than it needs, whatever was created and moved before")
    void purgesInPassing() throws ReflectiveOperationException {
        int most = 0;
        for (int i = 0; i < 20_000; i++) {
            StoredSession session = session(Duration.ofMinutes(10));
            store.create(SessionKey.of("a" + i), session);
            store.changeKey(
                    SessionKey.of("a" + i), SessionKey.of("b" + i), session, delta(), KeyChangeReason.PRIVILEGE_CHANGE);
            now = now.plus(Duration.ofSeconds(1));
            most = Math.max(most, rows());
        }
        // 10 + 60 minutes of sessions and 5 of traces are needed: 4,500 rows.
        assertThat(most).isLessThan(2 * 4_500);
    }

    private int rows() throws ReflectiveOperationException {
        var rows = InMemorySessionStore.class.getDeclaredField("rows");
        rows.setAccessible(true);
        return ((Map<?, ?>) rows.get(store)).size();
    }

    @Test
    @DisplayName("tells its observer each operation, at no price")
    void observed() {
        SessionKey key = SessionKey.of("a");
        store.find(key);
        store.create(key, session(Duration.ofMinutes(1)));
        store.create(key, session(Duration.ofMinutes(1)));
        store.update(key, delta());
        store.delete(key);
        assertThat(operations)
                .extracting(StoreOperation::kind, StoreOperation::result)
                .extracting(Object::toString)
                .containsExactly(
                        "(FIND, ABSENT)",
                        "(CREATE, WRITTEN)",
                        "(CREATE, EXISTS)",
                        "(TOUCH, WRITTEN)",
                        "(DELETE, DELETED)");
        assertThat(operations).allMatch(o -> o.roundTrips() == 0 && o.readUnits() == 0 && o.writeUnits() == 0);
    }

    @Test
    @DisplayName("survives an observer that throws")
    void throwingObserver() {
        SessionStore store = new InMemorySessionStore(clock, new SessionObserver() {
            @Override
            public void operation(StoreOperation operation) {
                throw new IllegalStateException();
            }
        });
        assertThat(store.find(SessionKey.of("a"))).isCompletedWithValueMatching(FindOutcome.Absent.class::isInstance);
    }

    @Test
    @DisplayName("is found as the store named memory")
    void provider() {
        assertThat(ServiceLoader.load(SessionStoreProvider.class))
                .anyMatch(p -> p.name().equals("memory") && p.settings().isEmpty());
    }

    private StoredSession session(Duration idle) {
        return StoredSession.builder()
                .uid(Token.random())
                .createdAt(now)
                .accessedAt(now)
                .idleTimeout(idle)
                .expiresAt(now.plus(idle))
                .build();
    }

    private static SessionDelta delta() {
        return SessionDelta.builder(Token.random()).build();
    }
}
