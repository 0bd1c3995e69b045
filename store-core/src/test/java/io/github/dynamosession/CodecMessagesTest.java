// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.engine.Codecs;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.UnreadableValueException;
import io.github.dynamosession.spi.UnstorableValueException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What is said of values that are not stored or not read")
class CodecMessagesTest {
    record Cart(String sku) implements Serializable {}

    /** Stores nothing, and says which setting would change that. */
    private static final class Strict extends SerializingCodec {
        @Override
        public byte[] encode(Object value) {
            throw new UnstorableValueException("allow it by dynamosession.allowed-types", null);
        }
    }

    @Test
    @DisplayName("of two codecs that refuse a value both settings are named, by the innermost cause, too")
    void bothRefuse() {
        SessionManager sessions = SessionManager.builder(new InMemorySessionStore())
                .codec(new Strict())
                .fallbackCodec(new ListedCodec())
                .build();
        assertThatThrownBy(() -> sessions.newSession().set("cart", new Cart("secret-4711")))
                .isInstanceOf(UnstorableValueException.class)
                .hasNoCause()
                .hasMessageContaining("dynamosession.allowed-types")
                .hasMessageContaining("dynamosession.listed.allowed-types=" + Cart.class.getName())
                .hasMessageNotContaining("4711");
    }

    @Test
    @DisplayName("a save that fails for a changed value names the attribute, on one line, and not the value")
    void changedValue() {
        SessionManager sessions = SessionManager.builder(new InMemorySessionStore())
                .codec(new ListedCodec())
                .build();
        Session session = sessions.newSession();
        session.set("other", "x");
        List<Object> list = new ArrayList<>(List.of("a"));
        session.set("my\ncart", list);
        sessions.save(session);
        for (Session each :
                List.of(session, sessions.open(session.cookieValue()).orElseThrow())) {
            List<Object> present = each.<List<Object>>get("my\ncart", new TypeRef<List<Object>>() {})
                    .orElseThrow();
            present.add(new Cart("secret-4711"));
            assertThatThrownBy(() -> sessions.save(each))
                    .isInstanceOf(UnstorableValueException.class)
                    .hasMessageStartingWith("the attribute \"my?cart\" was changed after it was set or read")
                    .hasMessageContaining("listed.allowed-types=" + Cart.class.getName())
                    .hasMessageNotContaining("4711");
        }
    }

    @Test
    @DisplayName("a warning names the class that is stored and the one that was asked for, and the name if that is on")
    void warning() {
        UnreadableValueException reason = null;
        ListedCodec writer = new ListedCodec(Cart.class);
        try {
            new ListedCodec().decode(writer.encode(new Cart("secret-4711")), Object.class);
        } catch (UnreadableValueException e) {
            reason = e;
        }
        assertThat(reason).isNotNull().hasMessageContaining("of " + Cart.class.getName());
        for (boolean names : new boolean[] {true, false}) {
            Codecs codecs = new Codecs(
                    writer, null, null, List.of(), UnreadablePolicy.HIDE, Set.of(), new SessionObserver() {}, names);
            String warning = codecs.warning("name-0815", Cart.class, reason);
            assertThat(warning)
                    .contains(" as " + Cart.class.getName())
                    .contains("of " + Cart.class.getName())
                    .doesNotContain("4711");
            assertThat(warning.contains("\"name-0815\"")).isEqualTo(names);
        }
    }
}
