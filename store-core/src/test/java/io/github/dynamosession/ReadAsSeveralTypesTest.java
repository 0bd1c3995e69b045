// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.engine.EngineSession;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.SessionCodec;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("An attribute that is read as one type and then as another")
class ReadAsSeveralTypesTest {
    private final TestClock clock = new TestClock();
    private final SessionManager sessions = SessionManager.builder(new InMemorySessionStore(clock))
            .codec(new UserCodec())
            .clock(clock)
            .build();

    private String given() {
        Session session = sessions.newSession();
        User user = new User();
        user.name = "ann";
        user.mail = "ann@example.org";
        session.set("user", user);
        sessions.save(session);
        return session.cookieValue();
    }

    @Test
    @DisplayName("shows and keeps what the first type does not know")
    void readingOnly() {
        String cookie = given();
        Session session = sessions.open(cookie).orElseThrow();
        assertThat(session.get("user", Named.class).orElseThrow().name).isEqualTo("ann");
        assertThat(session.get("user", User.class).orElseThrow().mail).isEqualTo("ann@example.org");
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.UNCHANGED);
    }

    @Test
    @DisplayName("keeps what was changed in place under the first type")
    void changedInPlace() {
        String cookie = given();
        Session session = sessions.open(cookie).orElseThrow();
        session.get("user", User.class).orElseThrow().name = "bob";
        assertThat(session.get("user", Named.class).orElseThrow().name).isEqualTo("bob");
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
        assertThat(sessions.open(cookie).orElseThrow().get("user", Named.class).orElseThrow().name)
                .isEqualTo("bob");
    }

    @Test
    @DisplayName("keeps a change that happens to be what an adapter had prepared under the first type")
    void changedToWhatWasPrepared() {
        String cookie = given();
        Session session = sessions.open(cookie).orElseThrow();
        session.get("user", Named.class);
        EngineSession.of(session).prepare("user", value -> ((Named) value).name = "bob\nbob@example.org");
        User user = session.get("user", User.class).orElseThrow();
        assertThat(user.name).isEqualTo("ann");
        user.name = "bob";
        user.mail = "bob@example.org";
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
        assertThat(sessions.open(cookie).orElseThrow().get("user", User.class).orElseThrow().name)
                .isEqualTo("bob");
    }

    @Test
    @DisplayName("keeps what was changed in place under the first type after it was read as the second one")
    void changedLaterUnderTheFirst() {
        String cookie = given();
        Session session = sessions.open(cookie).orElseThrow();
        User user = session.get("user", User.class).orElseThrow();
        assertThat(session.get("user", Named.class).orElseThrow().name).isEqualTo("ann");
        user.mail = "bob@example.org";
        assertThat(session.get("user", User.class)).containsSame(user);
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.UNCHANGED);
        assertThat(sessions.open(cookie).orElseThrow().get("user", User.class).orElseThrow().mail)
                .isEqualTo("bob@example.org");
    }

    @Test
    @DisplayName("keeps what was changed in place under each of them in turn, save by save")
    void changedInTurn() {
        SessionManager plain = SessionManager.builder(new InMemorySessionStore())
                .codec(new SerializingCodec())
                .build();
        Session given = plain.newSession();
        given.set("v", new ArrayList<>(List.of(1L)));
        plain.save(given);
        Session session = plain.open(given.cookieValue()).orElseThrow();
        @SuppressWarnings("unchecked")
        List<Long> raw = session.get("v", List.class).orElseThrow();
        List<Long> typed = session.get("v", new TypeRef<List<Long>>() {}).orElseThrow();
        assertThat(typed).isNotSameAs(raw);
        raw.add(2L);
        assertThat(plain.save(session)).isEqualTo(SaveOutcome.SAVED);
        assertThat(plain.open(given.cookieValue()).orElseThrow().get("v")).contains(List.of(1L, 2L));
        typed.add(3L);
        assertThat(plain.save(session)).isEqualTo(SaveOutcome.SAVED);
        assertThat(plain.open(given.cookieValue()).orElseThrow().get("v")).contains(List.of(1L, 3L));
        assertThat(plain.save(session)).isEqualTo(SaveOutcome.UNCHANGED);
    }

    @Test
    @DisplayName(
            "keeps what was changed last in the value that was given last, and nothing after the value is replaced")
    void changedUnderBoth() {
        String cookie = given();
        Session session = sessions.open(cookie).orElseThrow();
        User user = session.get("user", User.class).orElseThrow();
        Named named = session.get("user", Named.class).orElseThrow();
        user.name = "first";
        named.name = "second";
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
        assertThat(sessions.open(cookie).orElseThrow().get("user", Named.class).orElseThrow().name)
                .isEqualTo("second");
        User other = new User();
        other.name = "other";
        session.set("user", other);
        user.name = "no longer looked at";
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
        assertThat(sessions.open(cookie).orElseThrow().get("user", Named.class).orElseThrow().name)
                .isEqualTo("other");
    }

    /** What another part of the application knows of a user. */
    private static class Named {
        String name = "";
    }

    private static final class User {
        String name = "";
        String mail = "";
    }

    /** A line for each field; unknown lines are ignored, as other codecs ignore unknown fields. */
    private static final class UserCodec implements SessionCodec {
        @Override
        public int format() {
            return EncodedValue.FIRST_CUSTOM;
        }

        @Override
        public byte[] encode(Object value) {
            String text = value instanceof User user ? user.name + "\n" + user.mail : ((Named) value).name;
            return text.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public Object decode(byte[] bytes, Type type) {
            String[] lines = new String(bytes, StandardCharsets.UTF_8).split("\n", -1);
            if (type == Named.class) {
                Named named = new Named();
                named.name = lines[0];
                return named;
            }
            User user = new User();
            user.name = lines[0];
            user.mail = lines.length > 1 ? lines[1] : "";
            return user;
        }
    }
}
