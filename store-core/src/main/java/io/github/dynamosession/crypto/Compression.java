// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.crypto;

import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.UnreadableValueException;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * Compressed values: the format id of what was compressed, its length as a varint, a zlib stream
 * (RFC 1950, whose checksum finds damage).
 */
final class Compression {
    /** Bytes in the varint of a length. */
    private static final int LONGEST_VARINT = 5;

    /** Room for the result at first: never more than in proportion to what was read. */
    private static final int EXPECTED_RATIO = 4;

    private static final int SMALLEST_ROOM = 512;

    private final int above;

    /** Compresses values of more than so many bytes; {@code Integer.MAX_VALUE}: none. */
    Compression(int above) {
        this.above = above;
    }

    /** The value, compressed if that is smaller. */
    EncodedValue compress(EncodedValue plain) {
        byte[] bytes = plain.bytes();
        if (bytes.length <= above
                || bytes.length > ValueProtection.MAX_COMPRESSED_VALUE
                || ValueProtection.isWrapping(plain.format())) {
            return plain;
        }
        // As stored, a compressed value has a byte of its own for the format, and JSON has none.
        byte[] room = new byte[Math.max(0, bytes.length - (plain.format() == EncodedValue.JSON ? 2 : 1))];
        if (room.length <= 1 + LONGEST_VARINT) {
            return plain;
        }
        room[0] = (byte) plain.format();
        int start = 1;
        int length = bytes.length;
        while (length > 0x7f) {
            room[start++] = (byte) (length | 0x80);
            length >>>= 7;
        }
        room[start++] = (byte) length;
        Deflater deflater = new Deflater();
        try {
            deflater.setInput(bytes);
            deflater.finish();
            int end = start + deflater.deflate(room, start, room.length - start);
            return deflater.finished() ? EncodedValue.of(EncodedValue.COMPRESSED, Arrays.copyOf(room, end)) : plain;
        } finally {
            deflater.end();
        }
    }

    /** What was compressed. */
    static EncodedValue expand(EncodedValue compressed) {
        byte[] body = compressed.bytes();
        int at = 1;
        long length = 0;
        boolean more = true;
        while (more) {
            if (at >= body.length || at > LONGEST_VARINT) {
                throw broken("has no length");
            }
            length |= (body[at] & 0x7fL) << 7 * (at - 1);
            more = body[at++] < 0;
        }
        if (length > ValueProtection.MAX_COMPRESSED_VALUE) {
            throw broken("says that it is larger than " + ValueProtection.MAX_COMPRESSED_VALUE + " bytes");
        }
        if (body[0] < 1) {
            throw broken("has no format");
        }
        byte[] bytes = inflate(body, at, (int) length);
        EncodedValue plain = EncodedValue.of(body[0], bytes);
        if (ValueProtection.isWrapping(plain.format())) {
            throw broken("holds another compressed or encrypted one");
        }
        return plain;
    }

    private static byte[] inflate(byte[] body, int start, int length) {
        // One byte more than there may be, so that the end of the stream is seen.
        int most = length + 1;
        byte[] room = new byte[Math.min(most, Math.max(SMALLEST_ROOM, EXPECTED_RATIO * (body.length - start)))];
        int filled = 0;
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(body, start, body.length - start);
            while (!inflater.finished()) {
                if (filled > length) {
                    throw broken("is longer than it says");
                }
                if (filled == room.length) {
                    room = Arrays.copyOf(room, Math.min(most, 2 * room.length));
                }
                int got = inflater.inflate(room, filled, room.length - filled);
                filled += got;
                if (got == 0 && !inflater.finished() && (inflater.needsInput() || inflater.needsDictionary())) {
                    throw broken("ends too early");
                }
            }
            if (filled != length || inflater.getRemaining() != 0) {
                throw broken("has another length than it says");
            }
            return Arrays.copyOf(room, length);
        } catch (DataFormatException e) {
            throw broken("is no zlib stream");
        } finally {
            inflater.end();
        }
    }

    private static UnreadableValueException broken(String what) {
        return new UnreadableValueException("the stored value is compressed and broken: it " + what, null);
    }
}
