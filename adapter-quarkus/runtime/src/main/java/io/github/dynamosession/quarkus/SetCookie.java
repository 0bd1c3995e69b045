// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus;

import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * A header that sets a cookie: Quarkus REST writes cookies into headers, past the cookies of Vert.x.
 *
 * @param name the cookie's
 * @param value the cookie's, without quotes
 * @param isOver whether the client is to forget it at once
 */
record SetCookie(String name, String value, boolean isOver) {
    static SetCookie parse(String header, Clock clock) {
        String[] parts = header.split(";", -1);
        int equals = parts[0].indexOf('=');
        String name = (equals < 0 ? "" : parts[0].substring(0, equals)).trim();
        String value = parts[0].substring(equals + 1).trim();
        if (value.length() > 1 && value.startsWith("\"") && value.endsWith("\"")) {
            value = value.substring(1, value.length() - 1);
        }
        String maxAge = null;
        String expires = null;
        for (int i = 1; i < parts.length; i++) {
            int separator = parts[i].indexOf('=');
            if (separator < 0) {
                continue;
            }
            String attribute = parts[i].substring(0, separator).trim().toLowerCase(Locale.ROOT);
            String text = parts[i].substring(separator + 1).trim();
            if (attribute.equals("max-age")) {
                maxAge = text;
            } else if (attribute.equals("expires")) {
                expires = text;
            }
        }
        // As in RFC 6265: an age wins over a date.
        boolean over = maxAge != null
                ? maxAge.equals("0") || maxAge.startsWith("-")
                : expires != null && isPast(expires, clock.instant());
        return new SetCookie(name, value, over);
    }

    private static boolean isPast(String date, Instant now) {
        try {
            // Older writers separate by dashes.
            return DateTimeFormatter.RFC_1123_DATE_TIME
                    .parse(date.replace('-', ' '), Instant::from)
                    .isBefore(now);
        } catch (DateTimeException e) {
            return false;
        }
    }
}
