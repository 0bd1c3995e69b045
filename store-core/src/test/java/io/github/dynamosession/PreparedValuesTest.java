// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.engine.EngineSession;
import io.github.dynamosession.memory.InMemorySessionStore;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A value that an adapter prepares in place")
class PreparedValuesTest {
    private final SessionManager sessions = SessionManager.builder(new InMemorySessionStore())
            .codec(new SerializingCodec())
            .build();

    private String given() {
        Session session = sessions.newSession();
        session.set("list", new ArrayList<>(List.of("stored")));
        sessions.save(session);
        return session.cookieValue();
    }

    private Session prepared(String cookie) {
        Session session = sessions.open(cookie).orElseThrow();
        list(session);
        EngineSession.of(session).prepare("list", value -> ((List<?>) value).remove("stored"));
        return session;
    }

    @SuppressWarnings("unchecked")
    private static List<Object> list(Session session) {
        return (List<Object>) session.get("list").orElseThrow();
    }

    private List<Object> stored(String cookie) {
        return list(sessions.open(cookie).orElseThrow());
    }

    @Test
    @DisplayName("is not stored, however often the session is saved")
    void notStored() {
        String cookie = given();
        Session session = prepared(cookie);
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.UNCHANGED);
        session.set("other", 1);
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.UNCHANGED);
        assertThat(stored(cookie)).containsExactly("stored");
    }

    @Test
    @DisplayName("is stored with what the application changes in it then, or before, and can be prepared again")
    void changed() {
        String cookie = given();
        Session session = prepared(cookie);
        list(session).add("changed");
        EngineSession.of(session).prepare("list", same -> list(session).add("prepared"));
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
        assertThat(stored(cookie)).containsExactly("changed", "prepared");
        EngineSession.of(session).prepare("list", value -> ((List<?>) value).clear());
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.UNCHANGED);
        list(session).add("again");
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
        assertThat(stored(cookie)).containsExactly("again");
    }

    @Test
    @DisplayName("is stored if the application sets it")
    void set() {
        String cookie = given();
        Session session = prepared(cookie);
        session.set("list", list(session));
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
        assertThat(stored(cookie)).isEmpty();
    }

    @Test
    @DisplayName("goes into a session of its own as it was stored, and is not stored by the save after that")
    void replaced() {
        String cookie = given();
        Session loser = prepared(cookie);
        sessions.changeId(sessions.open(cookie).orElseThrow());
        assertThat(sessions.changeId(loser)).isEqualTo(ChangeIdOutcome.REPLACED);
        assertThat(sessions.save(loser)).isEqualTo(SaveOutcome.SAVED);
        assertThat(sessions.save(loser)).isEqualTo(SaveOutcome.UNCHANGED);
        assertThat(stored(loser.cookieValue())).containsExactly("stored");
    }
}
