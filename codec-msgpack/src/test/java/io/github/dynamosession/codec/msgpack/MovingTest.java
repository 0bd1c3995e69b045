// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.msgpack;

import static io.github.dynamosession.codec.msgpack.Samples.list;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.SaveOutcome;
import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.codec.msgpack.Shop.Cart;
import io.github.dynamosession.codec.msgpack.Shop.Item;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.settings.ConfigurationException;
import io.github.dynamosession.settings.SessionSettings;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.UnstorableValueException;
import io.github.dynamosession.testkit.MovableClock;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A fleet moves from JSON to MessagePack")
class MovingTest {
    private final MovableClock clock = new MovableClock();
    private final InMemorySessionStore store = new InMemorySessionStore(clock);
    private final SessionCodec json =
            JsonCodec.builder().allow(Cart.class, Item.class).build();
    private final SessionCodec messagePack =
            MessagePackCodec.builder().allow(Cart.class, Item.class).build();

    private SessionManager manager(SessionCodec writes, SessionCodec reads) {
        return SessionManager.builder(store)
                .clock(clock)
                .codec(writes)
                .readableCodec(reads)
                .build();
    }

    @Test
    @DisplayName("with old and new nodes serving the same session in turn; reading writes nothing")
    void alternating() {
        try (SessionManager old = manager(json, messagePack);
                SessionManager next = manager(messagePack, json)) {
            Session session = old.newSession();
            session.set("cart", Cart.of(2));
            session.set("seen", Instant.EPOCH);
            session.set("turns", list());
            assertThat(old.save(session)).isEqualTo(SaveOutcome.SAVED);
            String cookie = session.cookieValue();

            for (int turn = 0; turn < 6; turn++) {
                SessionManager node = turn % 2 == 0 ? next : old;
                Session reader = node.open(cookie).orElseThrow();
                assertThat(reader.get("cart", Cart.class)).contains(Cart.of(2));
                assertThat(reader.get("seen")).contains(Instant.EPOCH.plusSeconds(turn));
                assertThat(reader.get("turns")).contains(list((Object[]) turns(turn)));
                assertThat(node.save(reader)).isEqualTo(SaveOutcome.UNCHANGED);

                Session writer = node.open(cookie).orElseThrow();
                writer.set("seen", Instant.EPOCH.plusSeconds(turn + 1));
                add(writer, turn);
                assertThat(node.save(writer)).isEqualTo(SaveOutcome.SAVED);
            }
        }
    }

    @SuppressWarnings("unchecked")
    private static void add(Session session, int turn) {
        ((List<Object>) session.get("turns").orElseThrow()).add(turn);
    }

    private static Integer[] turns(int count) {
        Integer[] turns = new Integer[count];
        for (int i = 0; i < count; i++) {
            turns[i] = i;
        }
        return turns;
    }

    @Test
    @DisplayName("by the setting codec, which has to be named, because both are on the class path")
    void settings() {
        try (SessionManager manager =
                SessionManager.builder(settings("msgpack")).build()) {
            Session session = manager.newSession();
            session.set("cart", Cart.of(1));
            assertThatThrownBy(() -> session.set("color", Shop.Color.RED))
                    .isInstanceOf(UnstorableValueException.class)
                    .hasMessageContaining("MessagePackCodec.builder().allow(Shop.Color.class)");
            assertThat(manager.save(session)).isEqualTo(SaveOutcome.SAVED);
            assertThat(manager.open(session.cookieValue()).orElseThrow().get("cart"))
                    .contains(Cart.of(1));
        }
        assertThatThrownBy(() -> SessionManager.builder(settings("")).build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("msgpack");
        SessionSettings wrong = SessionSettings.builder()
                .set("store", "memory")
                .set("codec", "msgpack")
                .set("allowed-types", "com.shop.Gone,java.lang.*")
                .build();
        assertThatThrownBy(() -> SessionManager.builder(wrong).build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("com.shop.Gone")
                .hasMessageContaining("java.lang");
    }

    private static SessionSettings settings(String codec) {
        SessionSettings.Builder builder = SessionSettings.builder()
                .set("store", "memory")
                .set("allowed-types", Cart.class.getName() + "," + Item.class.getName());
        return (codec.isEmpty() ? builder : builder.set("codec", codec)).build();
    }
}
