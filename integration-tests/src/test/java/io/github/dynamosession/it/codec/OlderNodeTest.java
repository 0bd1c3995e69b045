// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.ChangeIdOutcome;
import io.github.dynamosession.SaveOutcome;
import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.codec.msgpack.MessagePackCodec;
import io.github.dynamosession.crypto.EncryptionKey;
import io.github.dynamosession.crypto.KeyRing;
import io.github.dynamosession.it.codec.Releases.First;
import io.github.dynamosession.it.codec.Releases.Second;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.SessionCodec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

@DisplayName("What a newer node wrote, on one that does not know it")
class OlderNodeTest {
    private static final SessionCodec OLD_JSON =
            JsonCodec.builder().allow("cart", First.Cart.class).build();
    private static final SessionCodec NEW_JSON =
            JsonCodec.builder().allow("cart", Second.Cart.class).build();
    private static final SessionCodec OLD_MESSAGE_PACK =
            MessagePackCodec.builder().allow("cart", First.Cart.class).build();
    private static final SessionCodec NEW_MESSAGE_PACK =
            MessagePackCodec.builder().allow("cart", Second.Cart.class).build();
    private static final EncryptionKey KEY_1 = EncryptionKey.of("k1", new byte[EncryptionKey.LENGTH]);
    private static final EncryptionKey KEY_2 =
            EncryptionKey.of("k2", "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII));

    /**
     * Two configurations, of which the older cannot read all that the newer writes, or not in full.
     *
     * @param older of the node that knows less
     * @param newer of the one that knows more
     */
    private record Pair(String name, Consumer<SessionManager.Builder> older, Consumer<SessionManager.Builder> newer) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Pair> unreadable() {
        return Stream.of(
                new Pair(
                        "a codec that is not registered",
                        node -> node.codec(OLD_JSON),
                        node -> node.codec(NEW_MESSAGE_PACK).readableCodec(NEW_JSON)),
                new Pair(
                        "a class that is not allowed",
                        node -> node.codec(JsonCodec.builder().build()),
                        node -> node.codec(NEW_JSON)),
                new Pair(
                        "encryption that is not set up",
                        node -> node.codec(OLD_JSON),
                        node -> node.codec(NEW_JSON).encryption(KeyRing.of(KEY_1))),
                new Pair(
                        "a key that is not known",
                        node -> node.codec(OLD_JSON).encryption(KeyRing.of(KEY_1)),
                        node -> node.codec(NEW_JSON).encryption(KeyRing.of(KEY_2, KEY_1))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    @DisplayName("an attribute that it cannot read is hidden, and keeps its bytes whatever else that node writes")
    void unreadable(Pair pair) {
        String namespace = Node.newNamespace();
        try (Node older = new Node("older", namespace, pair.older);
                Node newer = new Node("newer", namespace, pair.newer)) {
            String cookie = created(older);
            write(newer, cookie, session -> session.set("cart", SECOND.cart(List.of("a", "b"))));
            AttributeValue bytes = stored(namespace).get("cart");

            Session reader = older.open(cookie);
            assertThat(reader.names()).contains("cart");
            assertThat(reader.get("cart")).isEmpty();
            assertThat(older.unreadable).isNotEmpty();
            assertThat(older.manager().save(reader)).isEqualTo(SaveOutcome.UNCHANGED);
            assertThat(stored(namespace).get("cart")).isEqualTo(bytes);

            write(older, cookie, session -> session.set("a", "changed"));
            write(older, cookie, session -> session.compute("n", Integer.class, n -> n.orElse(0) + 1));
            write(older, cookie, session -> session.remove("a"));
            // Beyond what one expression holds: all of the attributes are replaced.
            write(older, cookie, session -> {
                for (int i = 0; i < 500; i++) {
                    session.set("many " + i, i);
                }
            });
            assertThat(stored(namespace)).hasSize(502).containsEntry("cart", bytes);

            Node.CLOCK.advance(Duration.ofMinutes(5));
            Session touched = older.open(cookie);
            assertThat(older.manager().save(touched)).isEqualTo(SaveOutcome.TOUCHED);
            assertThat(stored(namespace)).containsEntry("cart", bytes);

            // Read by the newer node before the older one changes the id: it may know nothing of key bindings.
            assertThat(SECOND.skus(
                            newer.open(cookie).get("cart", Second.Cart.class).orElseThrow()))
                    .containsExactly("a", "b");
            for (KeyChangeReason reason : KeyChangeReason.values()) {
                Session moving = older.open(cookie);
                moving.get("cart");
                moving.set("n", 7);
                assertThat(older.manager().changeId(moving, reason)).isEqualTo(ChangeIdOutcome.CHANGED);
                cookie = moving.cookieValue();
                assertThat(stored(namespace)).containsEntry("cart", bytes);
            }
        }
    }

    static Stream<Pair> fields() {
        return Stream.of(
                new Pair("JSON", node -> node.codec(OLD_JSON), node -> node.codec(NEW_JSON)),
                new Pair("MessagePack", node -> node.codec(OLD_MESSAGE_PACK), node -> node.codec(NEW_MESSAGE_PACK)),
                new Pair(
                        "MessagePack, which the older one reads and does not write",
                        node -> node.codec(OLD_JSON).readableCodec(OLD_MESSAGE_PACK),
                        node -> node.codec(NEW_MESSAGE_PACK)),
                new Pair(
                        "compressed JSON",
                        node -> node.codec(OLD_JSON).compressAbove(0),
                        node -> node.codec(NEW_JSON).compressAbove(0)),
                new Pair(
                        "encrypted JSON, which the older one reads and does not write",
                        node -> node.codec(OLD_JSON).encryption(KeyRing.readOnly(List.of(KEY_1))),
                        node -> node.codec(NEW_JSON).encryption(KeyRing.of(KEY_1))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    @DisplayName("a value with a field that it does not know is read without a write, and the field survives")
    void fields(Pair pair) {
        String namespace = Node.newNamespace();
        try (Node older = new Node("older", namespace, pair.older);
                Node newer = new Node("newer", namespace, pair.newer)) {
            String cookie = created(newer);
            write(newer, cookie, session -> session.set("cart", SECOND.cart(List.of("a", "b"))));
            Map<String, AttributeValue> before = stored(namespace);
            older.forget();
            for (int i = 0; i < 100; i++) {
                Session reader = older.open(cookie);
                assertThat(reader.get("cart", First.Cart.class).orElseThrow().skus)
                        .containsExactly("a", "b");
                assertThat(older.manager().save(reader)).isEqualTo(SaveOutcome.UNCHANGED);
            }
            older.assertOnlyRead(100);
            assertThat(stored(namespace)).isEqualTo(before);
            // Nor is it lost when another attribute is written.
            write(older, cookie, session -> {
                session.get("cart");
                session.set("other", 1);
            });
            assertThat(stored(namespace)).containsEntry("cart", before.get("cart"));
            assertThat(newer.open(cookie).get("cart", Second.Cart.class).orElseThrow().coupon)
                    .isEqualTo("SPRING");
            assertThat(older.unreadable).isEmpty();
        }
    }

    private static final Second SECOND = new Second();

    private static String created(Node node) {
        Session session = node.manager().newSession();
        session.set("a", "b");
        session.set("n", 1);
        assertThat(node.manager().save(session)).isEqualTo(SaveOutcome.SAVED);
        return session.cookieValue();
    }

    private static void write(Node node, String cookie, Consumer<Session> change) {
        Session session = node.open(cookie);
        change.accept(session);
        assertThat(node.manager().save(session)).isEqualTo(SaveOutcome.SAVED);
    }

    /** The attributes of the one session in the namespace. */
    private static Map<String, AttributeValue> stored(String namespace) {
        Map<String, Map<String, AttributeValue>> rows = Node.stored(namespace);
        assertThat(rows).hasSize(1);
        return new HashMap<>(rows.values().iterator().next());
    }
}
