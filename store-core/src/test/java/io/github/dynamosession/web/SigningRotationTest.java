// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.crypto.SigningKeys;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.web.Node.MovableClock;
import io.github.dynamosession.web.Node.TextCodec;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Signing keys change, one node after the other, and nobody is logged out")
class SigningRotationTest {
    private static final byte[] OLD = key(1);
    private static final byte[] NEW = key(2);

    private final MovableClock clock = new MovableClock();
    private final SessionStore store = new InMemorySessionStore(clock);
    private SessionManager one = node(null, null);
    private SessionManager two = node(null, null);
    private String cookie = "";

    private static byte[] key(int seed) {
        byte[] key = new byte[SigningKeys.SHORTEST_KEY];
        Arrays.fill(key, (byte) seed);
        return key;
    }

    private SessionManager node(@Nullable SigningKeys keys, @Nullable Instant unsignedUntil) {
        return SessionManager.builder(store)
                .codec(new TextCodec())
                .clock(clock)
                .signingKeys(keys)
                .acceptUnsignedUntil(unsignedUntil)
                .build();
    }

    /** Each step reaches one node first; the browser goes to and fro between both, and keeps what it is given. */
    private void step(@Nullable SigningKeys keys, @Nullable Instant unsignedUntil) {
        one = node(keys, unsignedUntil);
        visitBoth();
        two = node(keys, unsignedUntil);
        visitBoth();
    }

    private void visitBoth() {
        for (SessionManager node : List.of(one, two, one, two)) {
            clock.advance(Duration.ofMinutes(6));
            SessionExchange exchange = SessionExchange.deferred(
                    node, CookieAge.OF_BROWSER, node.arrival(null), SessionExchange.Hooks.NONE);
            Optional<Session> found = exchange.blocking().open(List.of(cookie), List.of());
            assertThat(found).as("the session of %s", cookie).isPresent();
            assertThat(exchange.isByCookie()).isTrue();
            exchange.used();
            exchange.blocking().commit();
            if (exchange.cookie() instanceof CookieState.Set set) {
                cookie = set.value();
            }
        }
    }

    private void login() {
        Session session = one.newSession();
        session.set("user", "anna");
        one.save(session);
        cookie = session.cookieValue();
    }

    @Test
    @DisplayName("in three steps: verify the new one, sign with it, drop the old one")
    void rotation() {
        one = node(SigningKeys.of(List.of(OLD)), null);
        two = node(SigningKeys.of(List.of(OLD)), null);
        login();
        String first = cookie;

        step(SigningKeys.of(List.of(OLD, NEW)), null);
        assertThat(cookie).isEqualTo(first);
        step(SigningKeys.of(List.of(NEW, OLD)), null);
        assertThat(cookie).isNotEqualTo(first);
        step(SigningKeys.of(List.of(NEW)), null);
        assertThat(one.open(first)).as("the old key counts no longer").isEmpty();
    }

    @Test
    @DisplayName("also the very first one: verify only, sign while ids that are not signed count, sign")
    void turnedOn() {
        login();
        String unsigned = cookie;

        step(SigningKeys.verifyOnly(List.of(NEW)), null);
        assertThat(cookie).isEqualTo(unsigned);
        step(SigningKeys.of(List.of(NEW)), clock.instant().plus(Duration.ofDays(1)));
        step(SigningKeys.of(List.of(NEW)), null);
        assertThat(one.open(unsigned)).isEmpty();
    }

    @Test
    @DisplayName("and an id that is not signed counts until the time that was set, and not after")
    void unsignedUntil() {
        login();
        SessionManager signing =
                node(SigningKeys.of(List.of(NEW)), clock.instant().plus(Duration.ofMinutes(10)));
        assertThat(signing.open(cookie)).isPresent();
        clock.advance(Duration.ofMinutes(10));
        assertThat(signing.open(cookie)).isEmpty();
        assertThat(two.open(cookie)).as("it is there all the same").isPresent();
    }

    @Test
    @DisplayName("a logout clears a cookie that has the signature of an older key")
    void logout() {
        one = node(SigningKeys.of(List.of(OLD)), null);
        login();
        SessionManager rotated = node(SigningKeys.of(List.of(NEW, OLD)), null);
        SessionExchange exchange = SessionExchange.deferred(
                rotated, CookieAge.OF_BROWSER, rotated.arrival(null), SessionExchange.Hooks.NONE);
        exchange.blocking().open(List.of(cookie), List.of());
        exchange.wantEnd();
        exchange.blocking().commit();
        assertThat(exchange.cookie()).isEqualTo(new CookieState.Clear());
    }
}
