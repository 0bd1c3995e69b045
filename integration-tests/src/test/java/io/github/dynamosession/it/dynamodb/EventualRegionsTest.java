// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.dynamodb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.ChangeIdOutcome;
import io.github.dynamosession.SaveOutcome;
import io.github.dynamosession.Session;
import io.github.dynamosession.it.dynamodb.EventualRegions.Replica;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.UnreadableValueException;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

@DisplayName("On a table with multi-Region eventual consistency")
class EventualRegionsTest {
    private static final String N = "n";

    private final EventualRegions regions = new EventualRegions();
    private final Replica eu = regions.eu;
    private final Replica us = regions.us;

    @AfterEach
    void close() {
        regions.close();
    }

    private static Session saved(Replica region, String user) {
        Session session = region.sessions.newSession();
        session.set(EventualRegions.USER, user);
        session.set(N, 1);
        region.sessions.save(session);
        return session;
    }

    private static Session open(Replica region, Session session) {
        return region.sessions.open(session.cookieValue()).orElseThrow();
    }

    private static void count(Replica region, Session session) {
        Session opened = open(region, session);
        opened.compute(N, Integer.class, n -> n.orElseThrow() + 1);
        assertThat(region.sessions.save(opened)).isEqualTo(SaveOutcome.SAVED);
    }

    private static int n(Replica region, Session session) {
        return open(region, session).get(N, Integer.class).orElseThrow();
    }

    private static byte[] large(int seed) {
        byte[] value = new byte[100_000];
        new Random(seed).nextBytes(value);
        return value;
    }

    @Nested
    @DisplayName("where one region writes a session")
    class OneWriter {
        @Test
        @DisplayName("kept: each save arrives elsewhere whole, with its times")
        void whole() {
            Session session = saved(eu, "alice");
            assertThat(us.sessions.open(session.cookieValue()))
                    .as("not there yet")
                    .isEmpty();
            eu.send();
            Session there = open(us, session);
            assertThat(there.names()).containsExactlyInAnyOrder(EventualRegions.USER, N);
            Session here = open(eu, session);
            here.set(N, 2);
            here.remove(EventualRegions.USER);
            eu.sessions.save(here);
            assertThat(open(us, session).names()).contains(EventualRegions.USER);
            assertThat(n(us, session)).isEqualTo(1);
            eu.send();
            assertThat(open(us, session).names()).containsExactly(N);
            assertThat(n(us, session)).isEqualTo(2);
            regions.clock.advance(Duration.ofMinutes(40));
            assertThat(us.sessions.open(session.cookieValue()))
                    .as("times decide, in each region alike")
                    .isEmpty();
        }

        @Test
        @DisplayName(
                "kept: all rules of one region, there: merging, counting, one winner of an id change, no return after a logout")
        void rulesOfOneRegion() {
            Session session = saved(eu, "alice");
            Session one = open(eu, session);
            Session other = open(eu, session);
            one.set("a", 1);
            other.set("b", 1);
            other.compute(N, Integer.class, n -> n.orElseThrow() + 1);
            eu.sessions.save(one);
            count(eu, session);
            eu.sessions.save(other);
            Session racer = open(eu, session);
            Session winner = open(eu, session);
            assertThat(eu.sessions.changeId(winner)).isEqualTo(ChangeIdOutcome.CHANGED);
            assertThat(eu.sessions.changeId(racer)).isNotEqualTo(ChangeIdOutcome.CHANGED);
            Session late = open(eu, winner);
            late.set("late", 1);
            regions.settle();
            assertThat(n(us, winner)).isEqualTo(3);
            assertThat(open(us, winner).names()).contains("a", "b");
            assertThat(eu.sessions.end(winner)).isEqualTo(DeleteOutcome.DELETED);
            assertThat(eu.sessions.save(late)).isEqualTo(SaveOutcome.GONE);
            regions.settle();
            assertThat(us.sessions.open(winner.cookieValue())).isEmpty();
        }

        @Test
        @DisplayName("kept: a failover goes on with the last save that arrived, whole; those after it are missing")
        void failover() {
            Session session = saved(eu, "alice");
            count(eu, session);
            eu.send();
            count(eu, session);
            count(eu, session);
            assertThat(n(us, session)).isEqualTo(2);
            count(us, session);
            assertThat(n(us, session)).isEqualTo(3);
        }

        @Test
        @DisplayName("lost: what a failed region had not sent on, if the session was written elsewhere meanwhile")
        void failback() {
            Session session = saved(eu, "alice");
            eu.send();
            Session here = open(eu, session);
            here.set("bought", true);
            eu.sessions.save(here);
            count(us, session);
            regions.settle();
            for (Replica region : new Replica[] {eu, us}) {
                assertThat(n(region, session)).isEqualTo(2);
                assertThat(open(region, session).names()).doesNotContain("bought");
            }
        }

        @Test
        @DisplayName(
                "kept: a large value whose part is still on its way is unreadable, not absent, and is there when it arrives")
        void largeValues() {
            Session session = saved(eu, "alice");
            session.set("photo", large(1));
            eu.sessions.save(session);
            eu.send(kind -> kind.equals("session"));
            Session there = open(us, session);
            assertThat(there.names()).contains("photo");
            assertThatThrownBy(() -> there.compute("photo", byte[].class, photo -> large(2)))
                    .isInstanceOf(UnreadableValueException.class);
            eu.send();
            assertThat(open(us, session).get("photo", byte[].class)).contains(large(1));
        }

        @Test
        @DisplayName("kept: a logout, once it has arrived; until then the session is open elsewhere")
        void logout() {
            Session session = saved(eu, "alice");
            eu.send();
            eu.sessions.end(session);
            assertThat(us.sessions.open(session.cookieValue()))
                    .as("within the delay")
                    .isPresent();
            eu.send();
            assertThat(us.sessions.open(session.cookieValue())).isEmpty();
        }

        @Test
        @DisplayName(
                "kept: a login's old id is dead once the redirect has arrived, in whatever order; until then it opens elsewhere")
        void idChange() {
            Session session = saved(eu, "alice");
            eu.send();
            Session before = open(us, session);
            String oldCookie = session.cookieValue();
            assertThat(eu.sessions.changeId(session)).isEqualTo(ChangeIdOutcome.CHANGED);
            assertThat(us.sessions.open(oldCookie)).as("within the delay").isPresent();
            eu.send(kind -> kind.equals("redirect"));
            assertThat(us.sessions.open(session.cookieValue()))
                    .as("logged out for a moment: the copy is on its way")
                    .isEmpty();
            before.set("planted", true);
            assertThat(us.sessions.save(before)).isNotEqualTo(SaveOutcome.SAVED);
            eu.send();
            assertThat(n(us, session)).isEqualTo(1);
            regions.clock.advance(Duration.ofMinutes(1));
            assertThat(us.sessions.open(oldCookie)).isEmpty();
            assertThat(open(us, session).names()).doesNotContain("planted");
        }

        @Test
        @DisplayName("kept: log out everywhere, once its mark has arrived; until then sessions are open elsewhere")
        void logOutEverywhere() {
            Session one = saved(eu, "alice");
            Session two = saved(eu, "alice");
            eu.send();
            assertThat(eu.sessions.endAllBy(EventualRegions.USER, "alice")).isEqualTo(2);
            assertThat(us.sessions.open(one.cookieValue()))
                    .as("within the delay")
                    .isPresent();
            eu.send(kind -> kind.equals("mark"));
            assertThat(us.sessions.open(one.cookieValue()))
                    .as("the mark is enough")
                    .isEmpty();
            assertThat(us.sessions.open(two.cookieValue())).isEmpty();
        }
    }

    @Nested
    @DisplayName("where two regions write a session at once")
    class TwoWriters {
        @Test
        @DisplayName(
                "not kept: both of two changes of different attributes; the later save replaces the earlier one whole")
        void merging() {
            Session session = saved(eu, "alice");
            eu.send();
            Session here = open(eu, session);
            Session there = open(us, session);
            here.set("here", 1);
            there.set("there", 1);
            eu.sessions.save(here);
            us.sessions.save(there);
            regions.settle();
            for (Replica region : new Replica[] {eu, us}) {
                assertThat(open(region, session).names()).contains("there").doesNotContain("here");
            }
        }

        @Test
        @DisplayName("not kept: exact counting")
        void counting() {
            Session session = saved(eu, "alice");
            eu.send();
            count(eu, session);
            count(us, session);
            regions.settle();
            assertThat(n(eu, session)).isEqualTo(2);
            assertThat(n(us, session)).isEqualTo(2);
        }

        @Test
        @DisplayName("not kept: a logout is final; a later save, or a mere touch, elsewhere brings the session back")
        void logout() {
            Session session = saved(eu, "alice");
            eu.send();
            assertThat(eu.sessions.end(session)).isEqualTo(DeleteOutcome.DELETED);
            regions.clock.advance(Duration.ofMinutes(5));
            assertThat(us.sessions.save(open(us, session))).isEqualTo(SaveOutcome.TOUCHED);
            regions.settle();
            assertThat(eu.sessions.open(session.cookieValue())).isPresent();
            assertThat(us.sessions.open(session.cookieValue())).isPresent();
        }

        @Test
        @DisplayName("not kept: one winner of an id change; the session then lives under two ids")
        void idChange() {
            Session session = saved(eu, "alice");
            eu.send();
            Session there = open(us, session);
            assertThat(eu.sessions.changeId(session)).isEqualTo(ChangeIdOutcome.CHANGED);
            assertThat(us.sessions.changeId(there)).isEqualTo(ChangeIdOutcome.CHANGED);
            regions.settle();
            for (Replica region : new Replica[] {eu, us}) {
                assertThat(region.sessions.open(session.cookieValue())).isPresent();
                assertThat(region.sessions.open(there.cookieValue())).isPresent();
            }
        }

        @Test
        @DisplayName(
                "not kept: log out everywhere; a login elsewhere within the delay stays, unless the mark is found there")
        void logOutEverywhere() {
            assertThat(eu.sessions.endAllBy(EventualRegions.USER, "alice")).isZero();
            Session elsewhere = saved(us, "alice");
            assertThat(us.sessions.open(elsewhere.cookieValue())).isPresent();
            regions.settle();
            assertThat(us.sessions.open(elsewhere.cookieValue()))
                    .as("logged in before the mark was there, so below it: ended late")
                    .isEmpty();
            Session after = saved(us, "alice");
            assertThat(eu.sessions.open(after.cookieValue()))
                    .as("not there yet")
                    .isEmpty();
            regions.settle();
            assertThat(eu.sessions.open(after.cookieValue())).isPresent();
        }
    }
}
