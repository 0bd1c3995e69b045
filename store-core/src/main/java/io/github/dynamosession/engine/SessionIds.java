// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.engine;

import io.github.dynamosession.crypto.SigningKeys;
import io.github.dynamosession.spi.SessionKey;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Makes session ids, checks what comes back in a cookie before any I/O, and derives storage keys.
 *
 * <p>An id is 256 random bits in base64url without padding. A cookie holds the id, or with signing the
 * id, a dot and the signature.
 */
public final class SessionIds {
    private static final int RANDOM_BYTES = 32;
    private static final int ID_LENGTH = 43;
    private static final char SEPARATOR = '.';

    /** 256 bits leave two bits of the last character unused; a canonical id has them zero. */
    private static final String LAST_CHARACTERS = "AEIMQUYcgkosw048";

    private final @Nullable SigningKeys signingKeys;
    private final String keyPrefix;

    public SessionIds(@Nullable SigningKeys signingKeys, String namespace) {
        this.signingKeys = signingKeys;
        this.keyPrefix = namespace.isEmpty() ? "" : namespace + ":";
    }

    String newId() {
        byte[] random = new byte[RANDOM_BYTES];
        Randomness.SOURCE.nextBytes(random);
        return base64(random);
    }

    String cookieValue(String id) {
        return signingKeys == null ? id : id + SEPARATOR + base64(signingKeys.sign(ascii(id)));
    }

    /** The id in a cookie's value, if it has the form that this application hands out and is signed by it. */
    public Optional<String> parse(@Nullable String cookieValue) {
        if (cookieValue == null) {
            return Optional.empty();
        }
        if (signingKeys == null) {
            return isId(cookieValue) ? Optional.of(cookieValue) : Optional.empty();
        }
        // Signature and id have the same length and alphabet.
        if (cookieValue.length() != 2 * ID_LENGTH + 1 || cookieValue.charAt(ID_LENGTH) != SEPARATOR) {
            return Optional.empty();
        }
        String id = cookieValue.substring(0, ID_LENGTH);
        String signature = cookieValue.substring(ID_LENGTH + 1);
        if (!isId(id) || !isId(signature)) {
            return Optional.empty();
        }
        return signingKeys.verify(ascii(id), Base64.getUrlDecoder().decode(signature))
                ? Optional.of(id)
                : Optional.empty();
    }

    public SessionKey key(String id) {
        return SessionKey.of(keyPrefix + base64(sha256(ascii(id))));
    }

    /** The key of something that is no session, in this application's namespace: longer than that of any session. */
    SessionKey named(String prefix, String name) {
        return SessionKey.of(keyPrefix + prefix + base64(sha256(name.getBytes(StandardCharsets.UTF_8))));
    }

    /** Whether a key is in this application's namespace; others may use the same table. */
    boolean isOwn(SessionKey key) {
        String text = key.value();
        return text.length() == keyPrefix.length() + ID_LENGTH && text.startsWith(keyPrefix);
    }

    private static boolean isId(String text) {
        if (text.length() != ID_LENGTH || LAST_CHARACTERS.indexOf(text.charAt(ID_LENGTH - 1)) < 0) {
            return false;
        }
        for (int i = 0; i < ID_LENGTH; i++) {
            char c = text.charAt(i);
            boolean base64url =
                    (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
            if (!base64url) {
                return false;
            }
        }
        return true;
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** Seeded at first use, not when the application starts: it may be restored from a snapshot. */
    private static final class Randomness {
        static final SecureRandom SOURCE = new SecureRandom();
    }
}
