// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.memory.InMemorySessionStore;
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
}
