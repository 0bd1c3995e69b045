// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.engine.SessionEngine;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.SessionStore;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Behind an id that has changed")
class BehindMovedIdTest {
    private static final Duration MILLI = Duration.ofMillis(1);

    private final TestClock clock = new TestClock();
    private final InMemorySessionStore memory = new InMemorySessionStore(clock);
    private final RecordingStore store = new RecordingStore(memory);
    private final SessionManager sessions = SessionManager.builder(store)
            .codec(new SerializingCodec())
            .clock(clock)
            .build();

    private String former;

    /** A session whose id has changed; gives it under its new one. */
    private Session moved(KeyChangeReason reason) {
        Session session = sessions.newSession();
        session.set("a", 1);
        sessions.save(session);
        former = session.cookieValue();
        Session moved = sessions.open(former).orElseThrow();
        assertThat(sessions.changeId(moved, reason)).isEqualTo(ChangeIdOutcome.CHANGED);
        store.calls.clear();
        return moved;
    }

    private Optional<Session> late(Arrival arrival) {
        return sessions.openAny(List.of(former), arrival);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a request that arrived within five seconds gets a detached session, a later one nothing")
    void window(KeyChangeReason reason) {
        moved(reason);
        clock.advance(SessionEngine.LATE_REQUEST.minus(MILLI));
        assertThat(late(sessions.arrival("cors"))).get().satisfies(session -> {
            assertThat(session.isDetached()).isTrue();
            assertThat(session.isNew()).isFalse();
            assertThat(session.id()).isEqualTo(former);
            assertThat(session.names()).isEmpty();
        });
        clock.advance(MILLI);
        assertThat(late(sessions.arrival("cors"))).isEmpty();
        assertThat(late(sessions.arrival(null))).isEmpty();
    }

    @Test
    @DisplayName("a navigation gets one for a second")
    void navigation() {
        moved(KeyChangeReason.PRIVILEGE_CHANGE);
        clock.advance(SessionEngine.LATE_NAVIGATION.minus(MILLI));
        assertThat(late(sessions.arrival("navigate"))).isPresent();
        clock.advance(MILLI);
        assertThat(late(sessions.arrival("navigate"))).isEmpty();
        assertThat(late(sessions.arrival("same-origin"))).isPresent();
    }

    @Test
    @DisplayName("what counts is when the request arrived, not when it asks for its session")
    void slowUpload() {
        Arrival upload = sessions.arrival(null);
        moved(KeyChangeReason.PRIVILEGE_CHANGE);
        clock.advance(SessionStore.FOLLOW_WINDOW.plusMinutes(1));
        assertThat(late(upload)).get().matches(Session::isDetached);
    }

    @Test
    @DisplayName("a move in the future, by another node's clock, counts as just done")
    void future() {
        moved(KeyChangeReason.PRIVILEGE_CHANGE);
        clock.advance(Duration.ofMinutes(-2));
        assertThat(late(sessions.arrival("navigate"))).get().matches(Session::isDetached);
    }

    @Test
    @DisplayName("a detached session is never saved")
    void neverSaved() {
        moved(KeyChangeReason.PRIVILEGE_CHANGE);
        Session late = late(sessions.arrival(null)).orElseThrow();
        late.set("user", "victim");
        store.calls.clear();
        assertThat(sessions.save(late)).isEqualTo(SaveOutcome.DISCARDED);
        assertThat(store.calls).isEmpty();
        assertThat(memory.size()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(names = {"PRIVILEGE_CHANGE", "STEP_UP"})
    @DisplayName("a login makes a session of its own, which the next request finds, and leaves the other one alone")
    void login(KeyChangeReason reason) {
        Session other = moved(KeyChangeReason.PRIVILEGE_CHANGE);
        Session late = late(sessions.arrival("navigate")).orElseThrow();
        late.set("user", "ada");
        assertThat(sessions.changeId(late, reason)).isEqualTo(ChangeIdOutcome.REPLACED);
        assertThat(late.isDetached()).isFalse();
        assertThat(sessions.save(late)).isEqualTo(SaveOutcome.SAVED);
        assertThat(late.cookieValue()).isNotEqualTo(former).isNotEqualTo(other.cookieValue());
        assertThat(sessions.open(late.cookieValue()).orElseThrow().get("user")).contains("ada");
        assertThat(sessions.open(other.cookieValue()).orElseThrow().names()).containsExactly("a");
    }

    @ParameterizedTest
    @EnumSource(names = {"STEP_UP", "ROTATION"})
    @DisplayName("a logout follows where the session's user did not change")
    void logoutFollows(KeyChangeReason reason) {
        Session moved = moved(reason);
        assertThat(sessions.end(late(sessions.arrival(null)).orElseThrow())).isEqualTo(DeleteOutcome.DELETED);
        assertThat(sessions.open(moved.cookieValue())).isEmpty();
    }

    @Test
    @DisplayName("a logout behind a login is an error: it neither ends the session nor pretends to")
    void logoutBehindLogin() {
        Session moved = moved(KeyChangeReason.PRIVILEGE_CHANGE);
        Session late = late(sessions.arrival(null)).orElseThrow();
        assertThatThrownBy(() -> sessions.end(late))
                .isInstanceOf(SessionMovedException.class)
                .hasMessageNotContaining(former);
        assertThat(late.isEnded()).isFalse();
        assertThat(sessions.open(moved.cookieValue())).isPresent();
    }

    @Test
    @DisplayName("a logout of a request that opened the session before the login is an error, too")
    void logoutOvertakenByLogin() {
        Session session = sessions.newSession();
        session.set("a", 1);
        sessions.save(session);
        Session early = sessions.open(session.cookieValue()).orElseThrow();
        Session login = sessions.open(session.cookieValue()).orElseThrow();
        sessions.changeId(login);
        assertThatThrownBy(() -> sessions.end(early)).isInstanceOf(SessionMovedException.class);
        assertThat(early.isDetached()).isTrue();
        assertThat(sessions.save(early)).isEqualTo(SaveOutcome.DISCARDED);
        assertThat(sessions.open(login.cookieValue())).isPresent();
    }

    @Test
    @DisplayName("a logout through many rotations ends the session, and a late save finds it")
    void chain() {
        Session session = sessions.newSession();
        session.set("a", 1);
        sessions.save(session);
        Session saving = sessions.open(session.cookieValue()).orElseThrow();
        Session ending = sessions.open(session.cookieValue()).orElseThrow();
        for (int i = 0; i < 12; i++) {
            assertThat(sessions.changeId(session, KeyChangeReason.ROTATION)).isEqualTo(ChangeIdOutcome.CHANGED);
        }
        saving.set("b", 2);
        assertThat(sessions.save(saving)).isEqualTo(SaveOutcome.SAVED);
        assertThat(sessions.open(session.cookieValue()).orElseThrow().get("b")).contains(2);
        assertThat(sessions.end(ending)).isEqualTo(DeleteOutcome.DELETED);
        assertThat(sessions.open(session.cookieValue())).isEmpty();
    }

    @Test
    @DisplayName("of several cookies the one whose session is there wins")
    void severalCookies() {
        Session moved = moved(KeyChangeReason.PRIVILEGE_CHANGE);
        assertThat(sessions.openAny(List.of(former, moved.cookieValue()), sessions.arrival(null)))
                .get()
                .matches(session -> !session.isDetached());
    }
}
