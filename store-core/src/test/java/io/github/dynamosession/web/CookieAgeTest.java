// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.SaveOutcome;
import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.spi.KeyChangeReason;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The age of the session cookie")
class CookieAgeTest {
    private static final Duration IDLE = Node.IDLE;
    private static final CookieAge AGE = CookieAge.of(Optional.of(IDLE));

    private final Node node = new Node();
    private final Node.MovableClock clock = node.clock;
    private final SessionManager sessions = node.sessions;

    private Session stored() {
        Session session = sessions.newSession();
        session.set("a", "1");
        sessions.save(session);
        return opened(session.cookieValue());
    }

    private Session opened(String cookie) {
        return sessions.open(cookie).orElseThrow();
    }

    @Test
    @DisplayName("is the setting plus the touch interval: the cookie does not end before the session")
    void includesTheTouchInterval() {
        Session session = stored();
        assertThat(session.touchInterval()).isEqualTo(Duration.ofMinutes(3));
        assertThat(AGE.seconds(session)).hasValue(33 * 60);
        // Used just within the interval, so not recorded; the session lives for the idle timeout from here.
        clock.advance(Duration.ofMinutes(3).minusMillis(1));
        Session used = opened(session.cookieValue());
        assertThat(sessions.save(used)).isEqualTo(SaveOutcome.UNCHANGED);
        clock.advance(IDLE);
        assertThat(sessions.open(session.cookieValue())).isPresent();
        clock.advance(Duration.ofMillis(1));
        assertThat(sessions.open(session.cookieValue())).isEmpty();
    }

    @Test
    @DisplayName("follows the interval of a session with an idle timeout of its own")
    void followsTheSession() {
        Session session = stored();
        session.setIdleTimeout(Duration.ofMinutes(10));
        assertThat(AGE.seconds(session)).hasValue(31 * 60);
        session.setIdleTimeout(null);
        assertThat(AGE.seconds(session)).hasValue(35 * 60);
    }

    @Test
    @DisplayName("is rounded up to seconds and never overflows")
    void isAnInteger() {
        Session session = stored();
        session.setIdleTimeout(Duration.ofMillis(10));
        assertThat(CookieAge.of(Optional.of(Duration.ofSeconds(2))).seconds(session))
                .hasValue(3);
        assertThat(CookieAge.of(Optional.of(Duration.ofSeconds(Long.MAX_VALUE))).seconds(session))
                .hasValue(Integer.MAX_VALUE);
    }

    @ParameterizedTest(name = "{0}")
    @DisplayName("is as long as the browser runs where the setting is zero or negative, which says \"not set\"")
    @ValueSource(strings = {"PT0S", "PT-1S"})
    void notSet(String said) {
        CookieAge age = CookieAge.of(Optional.of(Duration.parse(said)));
        assertThat(age.isLasting()).isFalse();
        assertThat(age.seconds(stored())).isEqualTo(OptionalLong.empty());
    }

    @Test
    @DisplayName("is renewed by a save that recorded the access, and by no other")
    void isRenewedWithTheAccess() {
        Session unchanged = stored();
        assertThat(AGE.isRenewed(sessions.save(unchanged), unchanged)).isFalse();

        Session changed = opened(unchanged.cookieValue());
        changed.set("a", "2");
        SaveOutcome saved = sessions.save(changed);
        assertThat(saved).isEqualTo(SaveOutcome.SAVED);
        assertThat(AGE.isRenewed(saved, changed)).isFalse();

        clock.advance(Duration.ofMinutes(3));
        Session touched = opened(unchanged.cookieValue());
        SaveOutcome outcome = sessions.save(touched);
        assertThat(outcome).isEqualTo(SaveOutcome.TOUCHED);
        assertThat(AGE.isRenewed(outcome, touched)).isTrue();
        assertThat(CookieAge.OF_BROWSER.isRenewed(outcome, touched)).isFalse();
    }

    @Test
    @DisplayName("is not renewed under an id that the session no longer has")
    void isNotRenewedUnderAFormerId() {
        Session late = stored();
        Session login = opened(late.cookieValue());
        sessions.changeId(login);
        clock.advance(Duration.ofMinutes(3));
        late.set("a", "2");
        SaveOutcome outcome = sessions.save(late);
        assertThat(outcome).isEqualTo(SaveOutcome.MOVED);
        assertThat(AGE.isRenewed(outcome, late)).isFalse();
    }

    @Test
    @DisplayName("is not renewed under an id that others have rotated, although the change and the access are stored")
    void isNotRenewedUnderARotatedId() {
        Session first = stored();
        clock.advance(Duration.ofMinutes(3));
        Session changing = opened(first.cookieValue());
        Session touching = opened(first.cookieValue());
        Session rotating = opened(first.cookieValue());
        sessions.changeId(rotating, KeyChangeReason.ROTATION);
        changing.set("a", "2");
        assertNotRenewed(SaveOutcome.SAVED, changing);
        assertNotRenewed(SaveOutcome.TOUCHED, touching);
        assertThat(opened(rotating.cookieValue()).get("a")).contains("2");
    }

    private void assertNotRenewed(SaveOutcome expected, Session session) {
        SaveOutcome outcome = sessions.save(session);
        assertThat(outcome).isEqualTo(expected);
        assertThat(AGE.isRenewed(outcome, session)).isFalse();
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.UNCHANGED);
    }
}
