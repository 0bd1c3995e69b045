// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;

/**
 * What a session's row holds in the place of a value that lies outside: where its rows are, how long it is, and until
 * when it is kept. {@code docs/storage-format.md} specifies the bytes.
 *
 * <p>A part is written once, under a key that nobody used before, and never changed: two pointers that are equal stand
 * for the same value.
 *
 * @param key of the part; its rows lie under {@link #rowKey}. Not a secret, but nothing to be guessed
 * @param length of the value in bytes, its format byte included; at least 1
 * @param bytesPerRow how many of them each row holds, the last one excepted; at least 1
 * @param until the end that the part was written with, in milliseconds: it is kept at least as long. Empty: for ever
 */
public record PartPointer(SessionKey key, int length, int bytesPerRow, Optional<Instant> until) {
    private static final byte LAYOUT = 1;
    private static final long FOR_EVER = Long.MAX_VALUE;
    private static final int HEADER = 1 + 4 + 4 + 8;

    /**
     * A pointer.
     *
     * @param key of the part
     * @param length at least 1
     * @param bytesPerRow at least 1
     * @param until empty: for ever
     * @throws IllegalArgumentException if a number is less than 1
     */
    public PartPointer {
        if (length < 1 || bytesPerRow < 1) {
            throw new IllegalArgumentException("a part has a byte at least, and a row of it, too");
        }
    }

    /**
     * Whether a stored value is a pointer, sound or not.
     *
     * @param stored as the row has it
     * @return true if the value lies outside
     */
    public static boolean is(EncodedValue stored) {
        return stored.format() == EncodedValue.OUTSIDE;
    }

    /**
     * Reads a pointer.
     *
     * @param stored as the row has it
     * @return empty if it is none, or one in a layout that this release does not know
     */
    public static Optional<PartPointer> of(EncodedValue stored) {
        if (!is(stored)) {
            return Optional.empty();
        }
        ByteBuffer bytes = ByteBuffer.wrap(stored.bytes());
        try {
            if (bytes.get() != LAYOUT) {
                return Optional.empty();
            }
            int length = bytes.getInt();
            int bytesPerRow = bytes.getInt();
            long until = bytes.getLong();
            byte[] key = new byte[bytes.remaining()];
            bytes.get(key);
            return Optional.of(new PartPointer(
                    SessionKey.of(new String(key, StandardCharsets.UTF_8)),
                    length,
                    bytesPerRow,
                    until == FOR_EVER ? Optional.empty() : Optional.of(Instant.ofEpochMilli(until))));
        } catch (BufferUnderflowException | IllegalArgumentException broken) {
            return Optional.empty();
        }
    }

    /**
     * The pointer as a session's row holds it.
     *
     * @return a value of format {@link EncodedValue#OUTSIDE}
     */
    public EncodedValue toValue() {
        byte[] text = key.value().getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(HEADER + text.length)
                .put(LAYOUT)
                .putInt(length)
                .putInt(bytesPerRow)
                .putLong(until.map(Instant::toEpochMilli).orElse(FOR_EVER))
                .put(text);
        return EncodedValue.of(EncodedValue.OUTSIDE, bytes.array());
    }

    /**
     * The number of rows.
     *
     * @return 1 or more
     */
    public int rows() {
        return (int) (((long) length + bytesPerRow - 1) / bytesPerRow);
    }

    /**
     * The key of a row: no session has one like it.
     *
     * @param row from 0 to {@link #rows()} - 1
     * @return the key of the part, a dot and the number
     */
    public SessionKey rowKey(int row) {
        return SessionKey.of(key.value() + '.' + row);
    }

    /** Shows no key. */
    @Override
    public String toString() {
        return "PartPointer[" + length + " bytes]";
    }
}
