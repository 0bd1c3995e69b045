// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.codec;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.crypto.EncryptionKey;
import io.github.dynamosession.crypto.KeyRing;
import io.github.dynamosession.spi.SessionCodec;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * One way to store values.
 *
 * @param subject the codec
 * @param wrapping what lies between it and the store
 */
record Way(Subject subject, Wrapping wrapping) {
    private static final KeyRing KEYS = KeyRing.of(EncryptionKey.of("k1", new byte[EncryptionKey.LENGTH]));

    enum Wrapping {
        PLAIN(node -> node.compressAbove(null)),
        COMPRESSED(node -> node.compressAbove(0)),
        ENCRYPTED(node -> node.compressAbove(null).encryption(KEYS)),
        COMPRESSED_AND_ENCRYPTED(node -> node.compressAbove(0).encryption(KEYS).requireEncryption(true));

        private final Consumer<SessionManager.Builder> configuration;

        Wrapping(Consumer<SessionManager.Builder> configuration) {
            this.configuration = configuration;
        }
    }

    static List<Way> all() {
        return Arrays.stream(Subject.values())
                .flatMap(subject -> Arrays.stream(Wrapping.values()).map(wrapping -> new Way(subject, wrapping)))
                .toList();
    }

    void configure(SessionManager.Builder node) {
        configure(node, UnaryOperator.identity());
    }

    void configure(SessionManager.Builder node, UnaryOperator<SessionCodec> replacement) {
        subject.configure(node, replacement);
        wrapping.configuration.accept(node);
    }

    /** Whether nothing but what is encrypted is readable. */
    boolean isEncrypted() {
        return wrapping == Wrapping.COMPRESSED_AND_ENCRYPTED;
    }

    @Override
    public String toString() {
        return subject + ", " + wrapping;
    }
}
