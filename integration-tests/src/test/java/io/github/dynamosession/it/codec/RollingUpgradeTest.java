// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.java.JavaCodec;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.codec.msgpack.MessagePackCodec;
import io.github.dynamosession.crypto.EncryptionKey;
import io.github.dynamosession.crypto.KeyRing;
import io.github.dynamosession.integration.Full;
import io.github.dynamosession.it.codec.Releases.First;
import io.github.dynamosession.it.codec.Releases.Release;
import io.github.dynamosession.it.codec.Releases.Second;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.SessionCodec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Each test takes a fleet through the steps that the documentation asks for. At each step nodes of the old
 * and of the new configuration serve the same sessions in turn, at random.
 */
@DisplayName("In a rolling upgrade nobody is logged out, no value is lost, and reading writes nothing")
@Tag(Full.TAG)
class RollingUpgradeTest {
    /** How many requests each pair of configurations serves. */
    private static final int REQUESTS =
            Integer.getInteger("dynamosession.upgrade.requests", Full.IS_ASKED_FOR ? 150 : 50);

    /** How often the table is looked at meanwhile. */
    private static final int LOOKS = 5;

    /** Always the same requests: what a random seed finds one day, nobody can repair the day before. */
    private static final long SEED = Long.getLong("dynamosession.upgrade.seed", 1);

    private static final First FIRST = new First();
    private static final Second SECOND = new Second();
    private static final SessionCodec JSON = json(FIRST);
    private static final SessionCodec MESSAGE_PACK =
            MessagePackCodec.builder().allow(First.Cart.class).build();
    private static final EncryptionKey KEY_1 = EncryptionKey.of("k1", secret(1));
    private static final EncryptionKey KEY_2 = EncryptionKey.of("k2", secret(2));

    private final String namespace = Node.newNamespace();
    private final List<Step> steps = new ArrayList<>();

    /**
     * One configuration of the fleet.
     *
     * @param written the formats that it writes, all of which must be seen
     * @param anew whether the sessions of the steps before must have ended
     */
    private record Step(
            String name,
            Release release,
            Set<Integer> written,
            boolean anew,
            Consumer<SessionManager.Builder> configuration) {}

    private static JsonCodec json(Release release) {
        return JsonCodec.builder().allow("cart", release.type()).build();
    }

    private static byte[] secret(int fill) {
        byte[] secret = new byte[EncryptionKey.LENGTH];
        Arrays.fill(secret, (byte) fill);
        return secret;
    }

    private RollingUpgradeTest step(String name, Set<Integer> written, Consumer<SessionManager.Builder> configuration) {
        return step(name, FIRST, written, configuration);
    }

    private RollingUpgradeTest step(
            String name, Release release, Set<Integer> written, Consumer<SessionManager.Builder> configuration) {
        steps.add(new Step(name, release, written, false, configuration));
        return this;
    }

    private RollingUpgradeTest afterAllSessionsEnded(
            String name, Set<Integer> written, Consumer<SessionManager.Builder> configuration) {
        steps.add(new Step(name, FIRST, written, true, configuration));
        return this;
    }

    private Node node(Step step) {
        return new Node(step.name, namespace, step.configuration);
    }

    private void roll() {
        Traffic traffic = new Traffic(SEED);
        try {
            Step last = steps.get(0);
            try (Node node = node(last)) {
                traffic.comeAnew(node, last.release);
                traffic.run(node, last.release, node, last.release, REQUESTS);
            }
            for (Step next : steps.subList(1, steps.size())) {
                try (Node old = node(last);
                        Node upgraded = node(next)) {
                    if (next.anew) {
                        traffic.comeAnew(old, last.release);
                    }
                    Set<Integer> seen = new HashSet<>();
                    for (int look = 0; look < LOOKS; look++) {
                        traffic.run(old, last.release, upgraded, next.release, REQUESTS / LOOKS);
                        seen.addAll(Node.formats(namespace));
                    }
                    assertThat(seen).as("formats").containsAll(last.written).containsAll(next.written);
                }
                last = next;
            }
        } catch (AssertionError | RuntimeException failure) {
            throw new AssertionError("-Ddynamosession.upgrade.seed=" + SEED + " after " + traffic.summary(), failure);
        }
    }

    @Test
    @DisplayName("from JSON to MessagePack: readable everywhere before it is written anywhere")
    void codec() {
        step("JSON", Set.of(EncodedValue.JSON), node -> node.compressAbove(null).codec(JSON))
                .step(
                        "JSON, MessagePack readable",
                        Set.of(EncodedValue.JSON),
                        node -> node.compressAbove(null).codec(JSON).readableCodec(MESSAGE_PACK))
                .step(
                        "MessagePack, JSON readable",
                        Set.of(EncodedValue.MESSAGE_PACK),
                        node -> node.compressAbove(null).codec(MESSAGE_PACK).readableCodec(JSON))
                .afterAllSessionsEnded(
                        "MessagePack",
                        Set.of(EncodedValue.MESSAGE_PACK),
                        node -> node.compressAbove(null).codec(MESSAGE_PACK))
                .roll();
    }

    @Test
    @DisplayName("from Java serialization to JSON, which leaves to it what it does not take")
    void javaSerialization() {
        SessionCodec java = JavaCodec.builder().allow(First.Cart.class).build();
        SessionCodec withoutCart = JsonCodec.builder().build();
        step("Java", Set.of(EncodedValue.JAVA), node -> node.compressAbove(null).codec(java))
                .step(
                        "Java, JSON readable",
                        Set.of(EncodedValue.JAVA),
                        node -> node.compressAbove(null).codec(java).readableCodec(withoutCart))
                .step(
                        "JSON, Java as a fallback",
                        Set.of(EncodedValue.JSON, EncodedValue.JAVA),
                        node -> node.compressAbove(null).codec(withoutCart).fallbackCodec(java))
                .roll();
    }

    @Test
    @DisplayName("from plain values to compressed and then encrypted ones, until only encrypted ones are accepted")
    void encryption() {
        KeyRing readable = KeyRing.readOnly(List.of(KEY_1));
        KeyRing written = KeyRing.of(KEY_1);
        step(
                        "plain",
                        Set.of(EncodedValue.JSON),
                        node -> node.compressAbove(null).codec(JSON))
                .step("compressed", Set.of(EncodedValue.JSON, EncodedValue.COMPRESSED), node -> node.codec(JSON))
                .step(
                        "compressed, encryption readable",
                        Set.of(EncodedValue.JSON),
                        node -> node.codec(JSON).encryption(readable))
                .step(
                        "encrypted",
                        Set.of(EncodedValue.ENCRYPTED),
                        node -> node.codec(JSON).encryption(written))
                .step(
                        "encrypted, all nodes",
                        Set.of(EncodedValue.ENCRYPTED),
                        node -> node.codec(JSON).encryption(written))
                .afterAllSessionsEnded(
                        "encryption required",
                        Set.of(EncodedValue.ENCRYPTED),
                        node -> node.codec(JSON).encryption(written).requireEncryption(true))
                .roll();
    }

    @Test
    @DisplayName("from one key to the next")
    void key() {
        Set<Integer> written = Set.of(EncodedValue.ENCRYPTED);
        step("key 1", written, node -> node.codec(JSON).encryption(KeyRing.of(KEY_1)))
                .step("key 1, key 2 readable", written, node -> node.codec(JSON).encryption(KeyRing.of(KEY_1, KEY_2)))
                .step("key 2, key 1 readable", written, node -> node.codec(JSON).encryption(KeyRing.of(KEY_2, KEY_1)))
                .afterAllSessionsEnded(
                        "key 2", written, node -> node.codec(JSON).encryption(KeyRing.of(KEY_2)))
                .roll();
    }

    @Test
    @DisplayName("from JSON to compressed and encrypted MessagePack in two steps")
    void allAtOnce() {
        step("JSON", Set.of(EncodedValue.JSON), node -> node.codec(JSON))
                .step(
                        "JSON, all else readable",
                        Set.of(EncodedValue.JSON),
                        node -> node.codec(JSON)
                                .readableCodec(MESSAGE_PACK)
                                .encryption(KeyRing.readOnly(List.of(KEY_1))))
                .step(
                        "MessagePack, encrypted",
                        Set.of(EncodedValue.ENCRYPTED),
                        node -> node.codec(MESSAGE_PACK).readableCodec(JSON).encryption(KeyRing.of(KEY_1)))
                .roll();
    }

    @Test
    @DisplayName("from a class to the same one under another name, stored under an id")
    void classMovedWithId() {
        step("old class", FIRST, Set.of(EncodedValue.JSON), node -> node.codec(json(FIRST)))
                .step("new class", SECOND, Set.of(EncodedValue.JSON), node -> node.codec(json(SECOND)))
                .roll();
    }

    @Test
    @DisplayName("from a class to the same one under another name, stored under its first name, then under an id")
    void classMovedWithoutId() {
        String formerly = First.Cart.class.getName();
        Set<Integer> written = Set.of(EncodedValue.JSON);
        step(
                        "old class",
                        FIRST,
                        written,
                        node -> node.codec(
                                JsonCodec.builder().allow(First.Cart.class).build()))
                .step(
                        "new class under the old name",
                        SECOND,
                        written,
                        node -> node.codec(JsonCodec.builder()
                                .allow(formerly, Second.Cart.class)
                                .build()))
                .step(
                        "id readable",
                        SECOND,
                        written,
                        node -> node.codec(JsonCodec.builder()
                                .allow(formerly, Second.Cart.class)
                                .alias("cart", Second.Cart.class)
                                .build()))
                .step(
                        "id written",
                        SECOND,
                        written,
                        node -> node.codec(JsonCodec.builder()
                                .allow("cart", Second.Cart.class)
                                .alias(formerly, Second.Cart.class)
                                .build()))
                .roll();
    }
}
