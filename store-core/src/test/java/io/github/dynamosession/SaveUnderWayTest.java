// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.memory.InMemorySessionStore;
import java.time.Duration;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("While a save is under way, what the application does to the session")
class SaveUnderWayTest {
    private final TestClock clock = new TestClock();
    private final InMemorySessionStore memory = new InMemorySessionStore(clock);
    private final RecordingStore store = new RecordingStore(memory);
    private final SessionManager sessions = SessionManager.builder(store)
            .codec(new SerializingCodec())
            .clock(clock)
            .build();
    private final SessionManager others = SessionManager.builder(memory)
            .codec(new SerializingCodec())
            .clock(clock)
            .build();

    private String given() {
        Session session = sessions.newSession();
        session.set("n", 5);
        sessions.save(session);
        return session.cookieValue();
    }

    private Session open(String cookie) {
        return sessions.open(cookie).orElseThrow();
    }

    private void elsewhere(String cookie, Consumer<Session> change) {
        Session theirs = others.open(cookie).orElseThrow();
        change.accept(theirs);
        others.save(theirs);
    }

    @Test
    @DisplayName("is not undone by computing another attribute value again")
    void setDuringConflict() {
        String cookie = given();
        Session session = open(cookie);
        session.compute("n", Integer.class, n -> n.orElse(0) + 1);
        store.beforeNextWrite(() -> {
            elsewhere(cookie, theirs -> theirs.set("n", 70));
            session.set("n", 1000);
        });
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
        assertThat(session.get("n")).contains(1000);
        assertThat(open(cookie).get("n")).contains(1000);
    }

    @Test
    @DisplayName("is not undone if it was the removal of a computed attribute")
    void removalDuringConflict() {
        String cookie = given();
        Session session = open(cookie);
        session.compute("n", Integer.class, n -> n.orElse(0) + 1);
        store.beforeNextWrite(() -> {
            elsewhere(cookie, theirs -> theirs.set("n", 70));
            session.remove("n");
        });
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
        assertThat(open(cookie).get("n")).isEmpty();
    }

    @Test
    @DisplayName("is stored by the next save if it was a new idle timeout, also when others wrote in between")
    void idleTimeout() {
        String cookie = given();
        Session session = open(cookie);
        session.set("a", 1);
        store.beforeNextWrite(() -> {
            elsewhere(cookie, theirs -> theirs.set("b", 1));
            session.setIdleTimeout(Duration.ofHours(2));
        });
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
        assertThat(open(cookie).idleTimeout()).contains(Duration.ofHours(2));
    }

    @Test
    @DisplayName("is stored by the next save if it was a second new idle timeout")
    void secondIdleTimeout() {
        String cookie = given();
        Session session = open(cookie);
        session.setIdleTimeout(Duration.ofHours(1));
        store.beforeNextWrite(() -> {
            elsewhere(cookie, theirs -> theirs.set("b", 1));
            session.setIdleTimeout(Duration.ofHours(2));
        });
        sessions.save(session);
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
        assertThat(open(cookie).idleTimeout()).contains(Duration.ofHours(2));
    }

    @Test
    @DisplayName("and others' idle timeout survive an id change that did not touch it")
    void idleTimeoutOfOthersAtIdChange() {
        String cookie = given();
        Session session = open(cookie);
        elsewhere(cookie, theirs -> theirs.setIdleTimeout(Duration.ofHours(2)));
        assertThat(sessions.changeId(session)).isEqualTo(ChangeIdOutcome.CHANGED);
        session.set("a", 1);
        sessions.save(session);
        assertThat(session.idleTimeout()).contains(Duration.ofHours(2));
        assertThat(open(session.cookieValue()).idleTimeout()).contains(Duration.ofHours(2));
    }

    @Test
    @DisplayName("is stored by the next save if it was a new idle timeout during an id change")
    void idleTimeoutDuringIdChange() {
        String cookie = given();
        Session session = open(cookie);
        store.beforeNextWrite(() -> session.setIdleTimeout(Duration.ofHours(2)));
        sessions.changeId(session);
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
        assertThat(open(session.cookieValue()).idleTimeout()).contains(Duration.ofHours(2));
    }

    @Test
    @DisplayName("fails with compare-and-set if others changed it before an id change that changed no data")
    void compareAndSetAfterIdChange() {
        String cookie = given();
        SessionManager strict = SessionManager.builder(store)
                .codec(new SerializingCodec())
                .clock(clock)
                .concurrency(Concurrency.COMPARE_AND_SET)
                .build();
        Session session = strict.open(cookie).orElseThrow();
        int seen = (Integer) session.get("n").orElseThrow();
        elsewhere(cookie, theirs -> theirs.set("n", 70));
        assertThat(strict.changeId(session)).isEqualTo(ChangeIdOutcome.CHANGED);
        session.set("n", seen + 1);
        assertThat(strict.save(session)).isEqualTo(SaveOutcome.CONFLICT);
        assertThat(open(session.cookieValue()).get("n")).contains(70);
    }
}
