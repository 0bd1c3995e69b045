// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One attribute value as a codec wrote it: a format id and the bytes.
 *
 * <p>Immutable by agreement: the bytes are not copied on the way in or out, and nobody changes them.
 * Two values are equal if their formats and bytes are. Safe for any number of threads.
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

    /** Null: the value came as text, and nobody has asked for its bytes. */
    private volatile byte @Nullable [] bytes;

    /** Null: the value came as bytes. */
    private final @Nullable String text;

    private EncodedValue(int format, byte @Nullable [] bytes, @Nullable String text) {
        this.format = format;
        this.bytes = bytes;
        this.text = text;
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
        return new EncodedValue(format, bytes, null);
    }

    /**
     * A value in {@link #JSON}, as a store has it that keeps text. It becomes bytes when they are asked for: most
     * attributes of a session are not read by most requests.
     *
     * @param text the JSON text
     * @return the value
     */
    public static EncodedValue ofJson(String text) {
        return new EncodedValue(JSON, null, Objects.requireNonNull(text, "text"));
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
        byte[] present = bytes;
        if (present == null) {
            present = Objects.requireNonNull(text).getBytes(StandardCharsets.UTF_8);
            bytes = present;
        }
        return present;
    }

    /**
     * How many bytes the encoded value has, without making them.
     *
     * @return 0 or more
     */
    public int length() {
        byte[] present = bytes;
        return present != null ? present.length : utf8Length(Objects.requireNonNull(text));
    }

    private static int utf8Length(String text) {
        int length = text.length();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                // Half of a surrogate pair is two of its four bytes; a lone one becomes a question mark.
                length += c < 0x800 || isPaired(text, i) ? 1 : Character.isSurrogate(c) ? 0 : 2;
            }
        }
        return length;
    }

    private static boolean isPaired(String text, int i) {
        char c = text.charAt(i);
        return Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))
                || Character.isLowSurrogate(c) && i > 0 && Character.isHighSurrogate(text.charAt(i - 1));
    }

    @Override
    public boolean equals(@Nullable Object other) {
        if (!(other instanceof EncodedValue value) || value.format != format) {
            return false;
        }
        return text != null && value.text != null
                ? text.equals(value.text)
                // Most that differ do so in length, which needs no bytes.
                : value.length() == length() && Arrays.equals(value.bytes(), bytes());
    }

    @Override
    public int hashCode() {
        return 31 * format + Arrays.hashCode(bytes());
    }

    @Override
    public String toString() {
        return "EncodedValue[format " + format + ", " + length() + " bytes]";
    }
}
