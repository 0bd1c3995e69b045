// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.crypto;

import java.security.GeneralSecurityException;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * One secret key with a name. The name is stored beside each value that was encrypted under the key,
 * where anybody can read it who can read the table; the key itself is never given out, only what is
 * derived from it.
 *
 * <p>Immutable, safe for any number of threads.
 */
public final class EncryptionKey {
    /** How long a key is, in bytes: 256 bits. */
    public static final int LENGTH = 32;

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9._-]{1,32}");
    private static final String ALGORITHM = "HmacSHA256";

    private final String id;
    private final SecretKeySpec secret;

    private EncryptionKey(String id, SecretKeySpec secret) {
        this.id = id;
        this.secret = secret;
    }

    /**
     * A key.
     *
     * @param id 1 to 32 letters, digits, {@code . _ -}; never used again for another key
     * @param secret exactly {@value #LENGTH} random bytes, as from {@code openssl rand 32}; copied
     * @return the key
     * @throws IllegalArgumentException if the id or the length is another; the message holds neither
     */
    public static EncryptionKey of(String id, byte[] secret) {
        if (!isId(id)) {
            throw new IllegalArgumentException("the id of an encryption key has 1 to 32 letters, digits, . _ -");
        }
        if (secret.length != LENGTH) {
            throw new IllegalArgumentException("an encryption key has exactly " + LENGTH + " bytes");
        }
        return new EncryptionKey(id, new SecretKeySpec(secret, ALGORITHM));
    }

    /**
     * Whether a key may have this name.
     *
     * @param id any string
     * @return true for 1 to 32 letters, digits, {@code . _ -}
     */
    public static boolean isId(String id) {
        return ID.matcher(id).matches();
    }

    /**
     * The name of the key.
     *
     * @return 1 to 32 letters, digits, {@code . _ -}
     */
    public String id() {
        return id;
    }

    /**
     * Derives from this key: HMAC-SHA-256 (RFC 2104), a pseudorandom function.
     *
     * @param info what it is for
     * @return 32 bytes that tell nothing of the key
     */
    public byte[] derive(byte[] info) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(secret);
            return mac.doFinal(info);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }

    /** Shows the name only. */
    @Override
    public String toString() {
        return "EncryptionKey[" + id + "]";
    }
}
