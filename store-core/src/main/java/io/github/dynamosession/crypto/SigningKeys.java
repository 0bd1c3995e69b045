// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.crypto;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The key ring that signs session ids: the first key signs, all of them verify. A new key comes in three steps, each on
 * every node before the next: last in the list, so that all verify it; then first, so that all sign with it; then the
 * old one is taken out. {@linkplain #verifyOnly Verifying only} is the first step where ids were not signed before.
 *
 * <p>HMAC-SHA256 (RFC 2104); verification compares in constant time. Safe for any number of threads.
 */
public final class SigningKeys {
    /** The shortest key accepted, in bytes: the length of the hash (RFC 2104, section 3). */
    public static final int SHORTEST_KEY = 32;

    private static final String ALGORITHM = "HmacSHA256";

    private final List<SecretKeySpec> keys;
    private final boolean signing;

    private SigningKeys(List<SecretKeySpec> keys, boolean signing) {
        this.keys = keys;
        this.signing = signing;
    }

    /**
     * A key ring.
     *
     * @param keys secret keys of at least {@value #SHORTEST_KEY} bytes, the one that signs first; copied
     * @return the key ring
     * @throws IllegalArgumentException if there is no key or one is too short
     */
    public static SigningKeys of(List<byte[]> keys) {
        return of(keys, true);
    }

    /**
     * A key ring that signs nothing yet: ids are handed out as they are, and come back signed or not. The first step of
     * turning signing on, so that no node refuses what another one signs.
     *
     * @param keys secret keys of at least {@value #SHORTEST_KEY} bytes; copied
     * @return the key ring
     * @throws IllegalArgumentException if there is no key or one is too short
     */
    public static SigningKeys verifyOnly(List<byte[]> keys) {
        return of(keys, false);
    }

    /**
     * Whether ids that are handed out are signed.
     *
     * @return false for a ring that {@linkplain #verifyOnly only verifies}
     */
    public boolean isSigning() {
        return signing;
    }

    private static SigningKeys of(List<byte[]> keys, boolean signing) {
        if (keys.isEmpty()) {
            throw new IllegalArgumentException("signing needs at least one key");
        }
        List<SecretKeySpec> specs = new ArrayList<>();
        for (byte[] key : keys) {
            if (key.length < SHORTEST_KEY) {
                throw new IllegalArgumentException("signing key " + (specs.size() + 1) + " has " + key.length
                        + " bytes; at least " + SHORTEST_KEY + " are needed");
            }
            specs.add(new SecretKeySpec(key, ALGORITHM));
        }
        return new SigningKeys(List.copyOf(specs), signing);
    }

    /**
     * The signature under the first key.
     *
     * @param message to sign
     * @return 32 bytes
     */
    public byte[] sign(byte[] message) {
        return mac(keys.get(0), message);
    }

    /**
     * Whether one of the keys made this signature; takes the same time whatever the answer.
     *
     * @param message that was signed
     * @param signature to check
     * @return false also for one of another length
     */
    public boolean verify(byte[] message, byte[] signature) {
        boolean valid = false;
        for (SecretKeySpec key : keys) {
            valid |= MessageDigest.isEqual(mac(key, message), signature);
        }
        return valid;
    }

    private static byte[] mac(SecretKeySpec key, byte[] message) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return mac.doFinal(message);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }
}
