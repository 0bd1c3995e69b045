// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.settings.ConfigurationException;
import io.github.dynamosession.spi.SelectiveCodec;
import io.github.dynamosession.spi.UnstorableValueException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A selective codec, in front of the application's")
class SelectiveCodecTest {
    private static final int FRONT = 71;
    private static final int FALLBACK = 72;

    /** An object of the framework. */
    static final class Context implements Serializable {
        private static final long serialVersionUID = 1L;
        final List<String> users = new ArrayList<>();
        boolean refused;
    }

    private static final class FrontCodec extends SerializingCodec implements SelectiveCodec {
        FrontCodec() {
            super(FRONT);
        }

        @Override
        public boolean isFor(Object value) {
            return value instanceof Context;
        }

        @Override
        public byte[] encode(Object value) {
            if (value instanceof Context context && context.refused) {
                throw new UnstorableValueException("the front refuses", null);
            }
            return super.encode(value);
        }
    }

    private final RecordingStore store = new RecordingStore(new InMemorySessionStore());
    private final FrontCodec front = new FrontCodec();
    private final SerializingCodec applications = new SerializingCodec();
    private final SessionManager sessions = builder().build();

    private SessionManager.Builder builder() {
        return SessionManager.builder(store).codec(applications).selectiveCodec(front);
    }

    private static Context context(String user) {
        Context context = new Context();
        context.users.add(user);
        return context;
    }

    private int written(String name) {
        return store.deltas.get(store.deltas.size() - 1).set().get(name).format();
    }

    private String stored(SessionManager manager, Object value) {
        Session session = manager.newSession();
        session.set("other", 1);
        manager.save(session);
        session.set("a", value);
        manager.save(session);
        return session.cookieValue();
    }

    @Test
    @DisplayName("stores the values that it is for, and no others")
    void routes() {
        String cookie = stored(sessions, context("alice"));
        assertThat(written("a")).isEqualTo(FRONT);
        stored(sessions, new ArrayList<>(List.of("x")));
        assertThat(written("a")).isEqualTo(applications.format());

        Session read = sessions.open(cookie).orElseThrow();
        assertThat(read.get("a", Context.class))
                .get()
                .extracting(found -> found.users.get(0))
                .isEqualTo("alice");
    }

    @Test
    @DisplayName("is not asked to encode a value that a request has only read")
    void reading() {
        String cookie = stored(sessions, context("alice"));
        int encoded = front.encoded.get();

        Session read = sessions.open(cookie).orElseThrow();
        read.get("a").orElseThrow();
        assertThat(sessions.save(read)).isEqualTo(SaveOutcome.UNCHANGED);
        assertThat(front.encoded).hasValue(encoded);

        Session other = sessions.open(cookie).orElseThrow();
        other.get("a").orElseThrow();
        other.set("b", 2);
        assertThat(sessions.save(other)).isEqualTo(SaveOutcome.SAVED);
        assertThat(front.encoded).hasValue(encoded);
        assertThat(store.deltas.get(store.deltas.size() - 1).set()).containsOnlyKeys("b");
    }

    @Test
    @DisplayName("writes a value that was set again, changed or not in between")
    void setAgain() {
        String cookie = stored(sessions, context("alice"));
        Session session = sessions.open(cookie).orElseThrow();
        Context context = session.get("a", Context.class).orElseThrow();
        context.users.add("bob");
        session.set("a", context);
        assertThat(sessions.save(session)).isEqualTo(SaveOutcome.SAVED);
        assertThat(sessions.open(cookie).orElseThrow().get("a", Context.class).orElseThrow().users)
                .containsExactly("alice", "bob");
    }

    @Test
    @DisplayName("leaves what it refuses to the fallback codec, never to the application's codec")
    void refusal() {
        Context refused = context("alice");
        refused.refused = true;
        Session session = sessions.newSession();
        assertThatThrownBy(() -> session.set("a", refused))
                .isInstanceOf(UnstorableValueException.class)
                .hasMessageContaining("the front refuses");
        assertThat(applications.encoded).hasValue(0);

        stored(builder().fallbackCodec(new SerializingCodec(FALLBACK)).build(), refused);
        assertThat(written("a")).isEqualTo(FALLBACK);
    }

    @Test
    @DisplayName("has a format of its own")
    void format() {
        assertThatThrownBy(() -> builder().codec(new SerializingCodec(FRONT)).build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("the selective codec must have a format of its own");
    }
}
