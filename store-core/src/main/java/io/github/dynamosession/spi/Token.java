// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import java.security.SecureRandom;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An opaque, immutable sequence of bytes that identifies a session ({@link StoredSession#uid()}) or
 * one write ({@link SessionDelta#write()}), or key bindings a session ({@link StoredSession#keyBinding()}). Two tokens are equal if their bytes are.
 */
public final class Token {
    private static final int RANDOM_BYTES = 16;

    private final byte[] bytes;

    private Token(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * A token of 128 random bits: no two calls give the same one.
     *
     * @return a new token
     */
    public static Token random() {
        byte[] bytes = new byte[RANDOM_BYTES];
        Randomness.SOURCE.nextBytes(bytes);
        return new Token(bytes);
    }

    /**
     * The token with these bytes, as a store reads it back.
     *
     * @param bytes copied; not empty
     * @return the token
     * @throws IllegalArgumentException if {@code bytes} is empty
     */
    public static Token of(byte[] bytes) {
        if (bytes.length == 0) {
            throw new IllegalArgumentException("a token is not empty");
        }
        return new Token(bytes.clone());
    }

    /**
     * The token's bytes.
     *
     * @return a copy
     */
    public byte[] bytes() {
        return bytes.clone();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Token token && Arrays.equals(token.bytes, bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return "Token[" + bytes.length + " bytes]";
    }

    /** Seeded at first use, not when this class is loaded: a process may be restored from a snapshot. */
    private static final class Randomness {
        static final SecureRandom SOURCE = new SecureRandom();
    }
}
