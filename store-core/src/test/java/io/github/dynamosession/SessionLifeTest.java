// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.settings.ConfigurationException;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.SessionStoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A session's life")
class SessionLifeTest {
    private final TestClock clock = new TestClock();
    private final InMemorySessionStore memory = new InMemorySessionStore(clock);

    private SessionManager.Builder manager() {
        return SessionManager.builder(memory).codec(new SerializingCodec()).clock(clock);
    }

    @Test
    @DisplayName("begins when it is stored, however long ago it was made")
    void storedLate() {
        SessionManager sessions =
                manager().absoluteLifetime(Duration.ofHours(1)).build();
        Session session = sessions.newSession();
        clock.advance(Duration.ofHours(2));
        session.set("n", 1);
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
        assertThat(session.lastAccessedAt()).isEqualTo(session.createdAt());
        clock.advance(Duration.ofMinutes(32));
        assertThat(sessions.open(session.cookieValue())).isPresent();
        clock.advance(Duration.ofMinutes(1));
        assertThat(sessions.open(session.cookieValue())).isEmpty();
    }

    @Test
    @DisplayName("begins so after an id change that gave it a row of its own, but for the absolute lifetime")
    void replacedLate() {
        SessionManager sessions =
                manager().absoluteLifetime(Duration.ofHours(3)).build();
        Session given = sessions.newSession();
        given.set("n", 1);
        sessions.save(given);
        Session loser = sessions.open(given.cookieValue()).orElseThrow();
        sessions.changeId(sessions.open(given.cookieValue()).orElseThrow());
        assertThat(sessions.changeId(loser)).isEqualTo(ChangeIdOutcome.REPLACED);
        clock.advance(Duration.ofHours(2));
        assertThat(sessions.save(loser)).isEqualTo(SaveOutcome.SAVED);
        Session open = sessions.open(loser.cookieValue()).orElseThrow();
        open.setIdleTimeout(null);
        sessions.save(open);
        clock.advance(Duration.ofHours(1).minusMillis(1));
        assertThat(sessions.open(loser.cookieValue())).isPresent();
        clock.advance(Duration.ofMillis(1));
        assertThat(sessions.open(loser.cookieValue())).isEmpty();
    }

    @Test
    @DisplayName("is measured in milliseconds, of which one is the least")
    void milliseconds() {
        SessionManager sessions = manager().build();
        Session session = sessions.newSession();
        assertThatThrownBy(() -> session.setIdleTimeout(Duration.ofNanos(999_999)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("millisecond");
        session.setIdleTimeout(Duration.ofNanos(1_999_999));
        assertThat(session.idleTimeout()).contains(Duration.ofMillis(1));
        session.set("n", 1);
        sessions.save(session);
        assertThat(sessions.open(session.cookieValue()).orElseThrow().idleTimeout())
                .contains(Duration.ofMillis(1));
        assertThatThrownBy(() -> manager()
                        .idleTimeout(Duration.ofNanos(1))
                        .absoluteLifetime(Duration.ofNanos(1))
                        .sweepInterval(Duration.ofNanos(1))
                        .build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("dynamosession.idle-timeout must be")
                .hasMessageContaining("dynamosession.absolute-lifetime must be")
                .hasMessageContaining("dynamosession.sweep-interval must be");
    }

    @Test
    @DisplayName("is told to end on one node at most, although another cannot know whether it ended it")
    void endedOnce() {
        List<String> told = new ArrayList<>();
        RecordingStore lossy = new RecordingStore(memory);
        SessionManager here = SessionManager.builder(lossy)
                .codec(new SerializingCodec())
                .clock(clock)
                .listener(listener("here", told))
                .build();
        SessionManager there = manager().listener(listener("there", told)).build();
        Session session = here.newSession();
        session.set("n", 1);
        here.save(session);
        lossy.loseNextCall(new SessionStoreException("no answer", null, true));
        assertThatThrownBy(() -> here.end(session, last -> told.add("last words here")))
                .isInstanceOf(SessionStoreException.class);
        assertThat(there.end(there.open(session.cookieValue()).orElseThrow(), last -> told.add("last words there")))
                .isEqualTo(DeleteOutcome.DELETED);
        assertThat(here.end(session, last -> told.add("last words here"))).isEqualTo(DeleteOutcome.UNCERTAIN);
        assertThat(told).containsExactly("last words there", "there");
        assertThat(session.isEnded()).isTrue();
    }

    private static SessionListener listener(String node, List<String> told) {
        return new SessionListener() {
            @Override
            public void sessionEnded(Session session) {
                told.add(node);
            }
        };
    }
}
