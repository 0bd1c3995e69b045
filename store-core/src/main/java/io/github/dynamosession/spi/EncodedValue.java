// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One attribute value as a codec wrote it: a format id and the bytes.
 *
 * <p>Immutable by agreement: the bytes are not copied on the way in or out, and nobody changes them.
 * Two values are equal if their formats and bytes are.
 */
public final class EncodedValue {
    /** JSON text in UTF-8. The one format that stores keep as text, so that an operator can read it. */
    public static final int JSON = 1;

    /** MessagePack. */
    public static final int MESSAGE_PACK = 2;

    /** Java serialization. */
    public static final int JAVA = 3;

    /** A compressed value of another format. */
    public static final int COMPRESSED = 4;

    /** An encrypted value of another format. */
    public static final int ENCRYPTED = 5;

    /** Objects of Spring Security and Spring MVC. */
    public static final int SPRING = 6;

    /** No value, but a {@link PartPointer} to one that lies outside of the session's row. */
    public static final int OUTSIDE = 7;

    /** The first format id free for codecs of applications; the last one is {@link #LAST_CUSTOM}. */
    public static final int FIRST_CUSTOM = 64;

    /** The last format id free for codecs of applications. */
    public static final int LAST_CUSTOM = 127;

    private final int format;
    private final byte[] bytes;

    private EncodedValue(int format, byte[] bytes) {
        this.format = format;
        this.bytes = bytes;
    }

    /**
     * A value in the given format.
     *
     * @param format 1 to 127, see the constants of this class
     * @param bytes the encoded value, possibly empty; not copied, not to be changed afterwards
     * @return the value
     * @throws IllegalArgumentException if {@code format} is outside 1 to 127
     */
    public static EncodedValue of(int format, byte[] bytes) {
        if (format < 1 || format > LAST_CUSTOM) {
            throw new IllegalArgumentException("a format id is between 1 and 127, not " + format);
        }
        return new EncodedValue(format, bytes);
    }

    /**
     * The id of the format that the bytes are in.
     *
     * @return 1 to 127
     */
    public int format() {
        return format;
    }

    /**
     * The encoded value.
     *
     * @return the bytes themselves, not a copy: do not change them
     */
    public byte[] bytes() {
        return bytes;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof EncodedValue value && value.format == format && Arrays.equals(value.bytes, bytes);
    }

    @Override
    public int hashCode() {
        return 31 * format + Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return "EncodedValue[format " + format + ", " + bytes.length + " bytes]";
    }
}
