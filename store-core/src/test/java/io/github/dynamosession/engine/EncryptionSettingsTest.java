// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.Concurrency;
import io.github.dynamosession.SerializingCodec;
import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.crypto.EncryptionKey;
import io.github.dynamosession.crypto.KeyRing;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.settings.ConfigurationException;
import io.github.dynamosession.settings.SessionSettings;
import io.github.dynamosession.spi.EncodedValue;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("The settings of compression and encryption")
class EncryptionSettingsTest {
    private static final String A = base64(1, 32);
    private static final String B = base64(2, 32);

    private static String base64(int seed, int length) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) (0xf0 + seed));
        return Base64.getEncoder().encodeToString(bytes);
    }

    private static SessionManager build(Map<String, String> settings) {
        SessionSettings.Builder builder =
                SessionSettings.builder().systemProperties(new Properties()).environment(Map.of());
        builder.set("store", "memory");
        settings.forEach(builder::set);
        return SessionManager.builder(builder.build()).build();
    }

    /** The format that a value of that length is stored in. */
    private static int format(Map<String, String> settings, int length) {
        try (SessionManager sessions = build(settings)) {
            Session session = sessions.newSession();
            session.set("a", "x".repeat(length));
            SaveStep save = EngineSession.of(session).nextSave(Concurrency.MERGE, false, session.createdAt());
            return ((SaveStep.Write) save).save().delta().set().get("a").format();
        }
    }

    private static void assertProblem(Map<String, String> settings, String... parts) {
        assertThatThrownBy(() -> build(settings))
                .isInstanceOfSatisfying(
                        ConfigurationException.class,
                        e -> assertThat(e.problems()).singleElement().asString().contains(parts))
                .hasMessageNotContaining(A.substring(0, 8))
                .hasMessageNotContaining(B.substring(0, 8))
                .hasNoCause();
    }

    @Test
    @DisplayName("lay values outside of the row above 16 KB as they are stored, above another size, or never")
    void parts() {
        Map<String, String> off = Map.of("compress-above", "off");
        assertThat(format(off, 16_000)).isEqualTo(EncodedValue.FIRST_CUSTOM);
        assertThat(format(off, 17_000)).isEqualTo(EncodedValue.OUTSIDE);
        assertThat(format(Map.of(), 17_000)).isEqualTo(EncodedValue.COMPRESSED);
        assertThat(format(Map.of("compress-above", "off", "parts-above", "100"), 200))
                .isEqualTo(EncodedValue.OUTSIDE);
        assertThat(format(Map.of("compress-above", "off", "parts-above", "off"), 500_000))
                .isEqualTo(EncodedValue.FIRST_CUSTOM);
        assertProblem(Map.of("parts-above", "16 KB"), "dynamosession.parts-above must be a number of bytes, or off");
        assertProblem(Map.of("parts-above", "0"), "dynamosession.parts-above must be positive, or off");
        assertProblem(Map.of("largest-value", "many"), "dynamosession.largest-value must be a number of bytes");
        assertProblem(Map.of("largest-value", "0"), "dynamosession.largest-value must be positive");
    }

    @Test
    @DisplayName("compress above 2 KB, above another size, or never")
    void threshold() {
        assertThat(format(Map.of(), 1900)).isEqualTo(EncodedValue.FIRST_CUSTOM);
        assertThat(format(Map.of(), 2100)).isEqualTo(EncodedValue.COMPRESSED);
        assertThat(format(Map.of("compress-above", "100"), 200)).isEqualTo(EncodedValue.COMPRESSED);
        assertThat(format(Map.of("compress-above", "0"), 200)).isEqualTo(EncodedValue.COMPRESSED);
        assertThat(format(Map.of("compress-above", "OFF"), 16_000)).isEqualTo(EncodedValue.FIRST_CUSTOM);
        assertProblem(
                Map.of("compress-above", "2 KB"), "dynamosession.compress-above must be a number of bytes, or off");
        assertProblem(Map.of("compress-above", "-1"), "compress-above");
        assertThatThrownBy(() -> SessionManager.builder(new InMemorySessionStore())
                        .codec(new SerializingCodec())
                        .compressAbove(-1)
                        .build())
                .hasMessageContaining("dynamosession.compress-above must not be negative");
    }

    @Test
    @DisplayName("take keys inline or from a file, the first of which encrypts")
    void keys(@TempDir Path dir) throws Exception {
        assertThat(format(Map.of("encryption-keys", "k1:" + A), 10)).isEqualTo(EncodedValue.ENCRYPTED);
        assertThat(format(Map.of("encryption-keys", " k2 : " + B + " , k1:" + A, "require-encryption", "true"), 10))
                .isEqualTo(EncodedValue.ENCRYPTED);
        assertThat(format(Map.of("encryption-keys", "k1:" + A, "encryption", "read-only"), 10))
                .isEqualTo(EncodedValue.FIRST_CUSTOM);
        Path file = Files.writeString(dir.resolve("keys"), "k2:" + B.replace('/', '_') + "\n\nk1:" + A + "\n");
        assertThat(format(Map.of("encryption-keys-file", file.toString(), "encryption", "read-write"), 10))
                .isEqualTo(EncodedValue.ENCRYPTED);
    }

    @Test
    @DisplayName("say what is wrong with keys, and never what they are")
    void wrongKeys(@TempDir Path dir) throws Exception {
        String[] wrong = {
            A,
            ":" + A,
            "k1:",
            "k1:!" + A,
            "k 1:" + A,
            "k1:" + base64(3, 31),
            "k1:" + base64(3, 33),
            "k1:" + base64(3, 16),
            "k1:" + A + ",k1:" + B,
            "x".repeat(33) + ":" + A,
            "k1:" + A + "," + B
        };
        for (String keys : wrong) {
            assertProblem(
                    Map.of("encryption-keys", keys),
                    "dynamosession.encryption-keys must hold keys written id:base64",
                    "exactly 32 bytes",
                    "openssl rand -base64 32");
        }
        Path file = Files.writeString(dir.resolve("keys"), A);
        assertProblem(Map.of("encryption-keys-file", file.toString()), "dynamosession.encryption-keys-file must hold");
        assertProblem(
                Map.of("encryption-keys-file", dir.resolve("absent").toString()),
                "dynamosession.encryption-keys-file names a file that cannot be read");
        assertProblem(
                Map.of("encryption-keys-file", Files.writeString(file, "\n").toString()),
                "encryption-keys-file names a file without keys: one id:base64 a line, the one that encrypts first");
        assertProblem(
                Map.of(
                        "encryption-keys",
                        "k1:" + A,
                        "encryption-keys-file",
                        Files.writeString(file, "k1:" + A).toString()),
                "encryption-keys and dynamosession.encryption-keys-file are both set");
    }

    @Test
    @DisplayName("ask for a key where encryption is asked for")
    void noKey() {
        assertProblem(
                Map.of("encryption", "read-only"), "dynamosession.encryption needs dynamosession.encryption-keys");
        assertProblem(
                Map.of("encryption", "off", "encryption-keys", "k1:" + A),
                "dynamosession.encryption must be one of read-write, read-only");
        assertProblem(
                Map.of("require-encryption", "true"), "dynamosession.require-encryption needs a key that encrypts");
        assertProblem(
                Map.of("require-encryption", "true", "encryption", "read-only", "encryption-keys", "k1:" + A),
                "dynamosession.require-encryption needs a key that encrypts");
        assertProblem(Map.of("encryption-key", A), "did you mean dynamosession.encryption-keys?");
        assertProblem(Map.of("compress-over", "1"), "did you mean dynamosession.compress-above?");
    }

    @Test
    @DisplayName("leave the formats of compressed and encrypted values to them")
    void formats() {
        for (int format : new int[] {EncodedValue.COMPRESSED, EncodedValue.ENCRYPTED}) {
            SessionManager.Builder builder =
                    SessionManager.builder(new InMemorySessionStore()).codec(new SerializingCodec());
            assertThatThrownBy(() ->
                            builder.readableCodec(new SerializingCodec(format)).build())
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("a codec has format " + format);
        }
    }

    @Test
    @DisplayName("are shown without secrets")
    void toStrings() {
        EncryptionKey key = EncryptionKey.of("k1", Base64.getDecoder().decode(A));
        assertThat(key).hasToString("EncryptionKey[k1]");
        assertThat(KeyRing.of(key)).hasToString("KeyRing[first k1 of 1]");
        assertThat(KeyRing.readOnly(List.of(key))).hasToString("KeyRing[read-only, first k1 of 1]");
        assertThatThrownBy(() -> KeyRing.of(key, key)).hasMessage("two encryption keys have the same id: k1");
        assertThatThrownBy(() -> KeyRing.of()).hasMessage("encryption needs at least one key");
        assertThatThrownBy(() -> KeyRing.readOnly(List.of())).hasMessage("encryption needs at least one key");
        assertThatThrownBy(() -> EncryptionKey.of("k1", new byte[31])).hasMessageContaining("exactly 32 bytes");
        assertThatThrownBy(() -> EncryptionKey.of("", new byte[32])).hasMessageContaining("1 to 32 letters");
    }
}
