// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The key under which a session is stored: derived from the session id by a one-way function, so
 * that whoever reads the store cannot take over a session.
 *
 * <p>Immutable. {@link #toString()} shows only the first characters, enough to correlate two log
 * lines.
 */
public final class SessionKey {
    private final String value;

    private SessionKey(String value) {
        this.value = value;
    }

    /**
     * A key with this text.
     *
     * @param value the key as the store writes it, not empty
     * @return the key
     * @throws IllegalArgumentException if {@code value} is empty
     */
    public static SessionKey of(String value) {
        if (value.isEmpty()) {
            throw new IllegalArgumentException("a session key is not empty");
        }
        return new SessionKey(value);
    }

    /**
     * The key of a session, as {@code docs/storage-format.md} specifies it.
     *
     * @param namespace of the application; empty: none
     * @param id the session id, without a signature
     * @return the key
     */
    public static SessionKey ofId(String namespace, String id) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(id.getBytes(StandardCharsets.US_ASCII));
            String text = Base64.getUrlEncoder().withoutPadding().encodeToString(hash);
            return of(namespace.isEmpty() ? text : namespace + ":" + text);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /**
     * The whole key as the store writes it.
     *
     * @return the text given to {@link #of}
     */
    public String value() {
        return value;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof SessionKey key && key.value.equals(value);
    }

    @Override
    public int hashCode() {
        return Objects.hashCode(value);
    }

    @Override
    public String toString() {
        return "SessionKey[" + value.substring(0, Math.min(6, value.length())) + "…]";
    }
}
