// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.engine;

import io.github.dynamosession.crypto.SigningKeys;
import io.github.dynamosession.spi.SessionKey;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
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
    private final @Nullable Instant unsignedUntil;
    private final InstantSource clock;
    private final String namespace;
    private final String keyPrefix;

    public SessionIds(@Nullable SigningKeys signingKeys, String namespace) {
        this(signingKeys, null, InstantSource.system(), namespace);
    }

    /**
     * Ids of an application.
     *
     * @param signingKeys null: not signed
     * @param unsignedUntil until when those that are not signed count in spite of a key that signs; null: never
     */
    public SessionIds(
            @Nullable SigningKeys signingKeys, @Nullable Instant unsignedUntil, InstantSource clock, String namespace) {
        this.signingKeys = signingKeys;
        this.unsignedUntil = unsignedUntil;
        this.clock = clock;
        this.namespace = namespace;
        this.keyPrefix = namespace.isEmpty() ? "" : namespace + ":";
    }

    String newId() {
        byte[] random = new byte[RANDOM_BYTES];
        Randomness.SOURCE.nextBytes(random);
        return base64(random);
    }

    String cookieValue(String id) {
        return signingKeys == null || !signingKeys.isSigning()
                ? id
                : id + SEPARATOR + base64(signingKeys.sign(ascii(id)));
    }

    /** The id in a cookie's value, if it has the form that this application hands out and is signed by it. */
    public Optional<String> parse(@Nullable String cookieValue) {
        if (cookieValue == null) {
            return Optional.empty();
        }
        if (signingKeys == null || cookieValue.length() == ID_LENGTH) {
            return isId(cookieValue) && countsUnsigned() ? Optional.of(cookieValue) : Optional.empty();
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

    private boolean countsUnsigned() {
        return signingKeys == null
                || !signingKeys.isSigning()
                || (unsignedUntil != null && clock.instant().isBefore(unsignedUntil));
    }

    /** Whether a cookie's value carries a signature. */
    public static boolean isSigned(String cookieValue) {
        return cookieValue.length() > ID_LENGTH;
    }

    /** A key in this application's namespace that no session has. */
    public SessionKey probe() {
        return key("no session's id");
    }

    public SessionKey key(String id) {
        return SessionKey.ofId(namespace, id);
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

    /** Whether a row of any kind is in this application's namespace: those of parts have a number behind their key. */
    boolean isOwnRow(SessionKey key) {
        int number = key.value().lastIndexOf('.');
        return isOwn(key) || (number > 0 && isOwn(SessionKey.of(key.value().substring(0, number))));
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
