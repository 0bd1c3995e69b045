// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.web;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One {@code Set-Cookie}, ready to be handed to a framework or, by {@link #header}, to a response.
 *
 * @param name the cookie's name
 * @param value the session's cookie value; empty if the cookie is cleared
 * @param path its Path
 * @param domain its Domain; empty: the host that was asked
 * @param maxAge its Max-Age in seconds, zero if it is cleared; empty: as long as the browser runs
 * @param secure whether it is sent over TLS only
 * @param httpOnly whether scripts cannot read it
 * @param sameSite {@code Strict}, {@code Lax} or {@code None}; empty: not said
 * @param partitioned whether it is kept per top-level site (CHIPS)
 * @param others further attributes; an empty value means the attribute's name alone
 */
public record CookieSpec(
        String name,
        String value,
        String path,
        Optional<String> domain,
        OptionalLong maxAge,
        boolean secure,
        boolean httpOnly,
        Optional<String> sameSite,
        boolean partitioned,
        Map<String, String> others) {
    /**
     * The header's value.
     *
     * @return what follows {@code Set-Cookie:}
     */
    public String header() {
        StringBuilder header = new StringBuilder(name).append('=').append(value);
        append(header, "Path", path);
        domain.ifPresent(said -> append(header, "Domain", said));
        maxAge.ifPresent(seconds -> append(header, "Max-Age", Long.toString(seconds)));
        if (secure) {
            append(header, "Secure", "");
        }
        if (httpOnly) {
            append(header, "HttpOnly", "");
        }
        sameSite.ifPresent(said -> append(header, "SameSite", said));
        if (partitioned) {
            append(header, "Partitioned", "");
        }
        others.forEach((attribute, said) -> append(header, attribute, said));
        return header.toString();
    }

    private static void append(StringBuilder header, String attribute, String value) {
        header.append("; ").append(attribute);
        if (!value.isEmpty()) {
            header.append('=').append(value);
        }
    }

    @Override
    public String toString() {
        return "CookieSpec[" + name + "]";
    }
}
