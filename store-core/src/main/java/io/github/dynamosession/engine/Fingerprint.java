// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.engine;

import io.github.dynamosession.spi.Token;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A session's name in logs: from what stays with it whatever its id, by a function of its own. */
final class Fingerprint {
    /** Of 64 bits: two of a million sessions share one with a probability of 1 in 37 million. */
    private static final int BYTES = 8;

    private static final byte[] PURPOSE = "dynamosession fingerprint 1".getBytes(StandardCharsets.US_ASCII);

    private Fingerprint() {}

    static String of(Token uid) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(PURPOSE);
            digest.update(uid.bytes());
            return HexFormat.of().formatHex(digest.digest(), 0, BYTES);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
