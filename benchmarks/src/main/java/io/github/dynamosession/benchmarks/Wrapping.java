// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.benchmarks;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.crypto.EncryptionKey;
import io.github.dynamosession.crypto.KeyRing;

/** What lies between the codec and the store. */
public enum Wrapping {
    /** Nothing. */
    PLAIN(false, false),

    /** Compression of values above the size that is set by default. */
    COMPRESSED(true, false),

    /** Encryption. */
    ENCRYPTED(false, true),

    /** Both. */
    BOTH(true, true);

    private final boolean compressed;
    private final boolean encrypted;

    Wrapping(boolean compressed, boolean encrypted) {
        this.compressed = compressed;
        this.encrypted = encrypted;
    }

    SessionManager.Builder applyTo(SessionManager.Builder manager) {
        if (encrypted) {
            manager.encryption(KeyRing.of(EncryptionKey.of("k1", new byte[EncryptionKey.LENGTH])));
        }
        return compressed ? manager : manager.compressAbove(null);
    }
}
