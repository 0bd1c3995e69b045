// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import io.github.dynamosession.spi.SessionTooLargeException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Names of session attributes as keys of the map {@code data}: any string, escaped only where DynamoDB
 * refuses it.
 *
 * <p>{@code \} becomes {@code \\}, a lone surrogate {@code \} followed by {@code u}
 * and its four hexadecimal digits, and the empty name {@code \e}. All
 * else stays as it is, so that an operator finds it.
 */
final class Names {
    /** DynamoDB's limit for a key of a map. */
    static final int MAX_BYTES = 65_535;

    private static final String EMPTY = "\\e";
    private static final int MAX_UTF8_BYTES_PER_CHAR = 3;
    private static final int UNICODE_ESCAPE = 6;
    private static final int HEX = 16;

    private Names() {}

    /** The name as it is stored; the same string if nothing needs escaping. */
    static String escape(String name) {
        if (name.isEmpty()) {
            return EMPTY;
        }
        String stored = needsEscaping(name) ? escaped(name) : name;
        if (stored.length() * MAX_UTF8_BYTES_PER_CHAR > MAX_BYTES
                && stored.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
            throw new SessionTooLargeException(
                    "the name of a session attribute is longer than " + MAX_BYTES + " bytes, DynamoDB's limit", null);
        }
        return stored;
    }

    /** The name that {@link #escape} was given. What no escape of ours could have made stays as it is. */
    static String unescape(String stored) {
        if (!isEscaped(stored)) {
            return stored;
        }
        if (stored.equals(EMPTY)) {
            return "";
        }
        StringBuilder name = new StringBuilder(stored.length());
        int at = 0;
        while (at < stored.length()) {
            char c = stored.charAt(at);
            if (c == '\\' && stored.startsWith("\\", at + 1)) {
                name.append('\\');
                at += 2;
            } else if (c == '\\' && isEscapedSurrogate(stored, at)) {
                name.append((char) Integer.parseInt(stored.substring(at + 2, at + UNICODE_ESCAPE), HEX));
                at += UNICODE_ESCAPE;
            } else {
                name.append(c);
                at++;
            }
        }
        return name.toString();
    }

    /** Whether a stored name is perhaps not the name that {@link #escape} was given. */
    static boolean isEscaped(String stored) {
        return stored.indexOf('\\') >= 0;
    }

    private static boolean needsEscaping(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c == '\\' || isLoneSurrogate(name, i)) {
                return true;
            }
        }
        return false;
    }

    private static String escaped(String name) {
        StringBuilder stored = new StringBuilder(name.length() + UNICODE_ESCAPE);
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c == '\\') {
                stored.append("\\\\");
            } else if (isLoneSurrogate(name, i)) {
                stored.append("\\u").append(Integer.toHexString(c).toUpperCase(Locale.ROOT));
            } else {
                stored.append(c);
            }
        }
        return stored.toString();
    }

    private static boolean isLoneSurrogate(String name, int at) {
        char c = name.charAt(at);
        if (Character.isHighSurrogate(c)) {
            return at + 1 == name.length() || !Character.isLowSurrogate(name.charAt(at + 1));
        }
        return Character.isLowSurrogate(c) && (at == 0 || !Character.isHighSurrogate(name.charAt(at - 1)));
    }

    /** Of the form that {@link #escaped} writes: surrogates are D800 to DFFF. */
    private static boolean isEscapedSurrogate(String stored, int at) {
        if (at + UNICODE_ESCAPE > stored.length() || stored.charAt(at + 1) != 'u' || stored.charAt(at + 2) != 'D') {
            return false;
        }
        char second = stored.charAt(at + 3);
        return (second == '8' || second == '9' || (second >= 'A' && second <= 'F'))
                && isHexDigit(stored.charAt(at + 4))
                && isHexDigit(stored.charAt(at + 5));
    }

    private static boolean isHexDigit(char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F');
    }
}
