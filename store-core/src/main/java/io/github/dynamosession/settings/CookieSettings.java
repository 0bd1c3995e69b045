// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.settings;

import io.github.dynamosession.Session;
import java.time.Duration;
import java.util.Optional;

/**
 * What settings say of the session cookie. Each part is empty if nothing is said, and the adapter's
 * default applies.
 *
 * @param name the cookie's name
 * @param path its Path
 * @param domain its Domain
 * @param secure whether it is sent over TLS only
 * @param httpOnly whether scripts cannot read it
 * @param sameSite {@code Strict}, {@code Lax} or {@code None}
 * @param partitioned whether it is kept per top-level site (CHIPS)
 * @param maxAge how long the browser keeps it if the session is not used, to which adapters add one
 *     {@linkplain Session#touchInterval() touch interval}; empty: as long as it runs
 * @param prefix how the names of these settings begin in messages, such as {@code dynamosession.}
 */
public record CookieSettings(
        Optional<String> name,
        Optional<String> path,
        Optional<String> domain,
        Optional<Boolean> secure,
        Optional<Boolean> httpOnly,
        Optional<String> sameSite,
        Optional<Boolean> partitioned,
        Optional<Duration> maxAge,
        String prefix) {
    /**
     * Settings whose names begin with {@link SessionSettings#PREFIX}.
     *
     * @param name the cookie's name
     * @param path its Path
     * @param domain its Domain
     * @param secure whether it is sent over TLS only
     * @param httpOnly whether scripts cannot read it
     * @param sameSite {@code Strict}, {@code Lax} or {@code None}
     * @param partitioned whether it is kept per top-level site (CHIPS)
     * @param maxAge how long the browser keeps it; empty: as long as it runs
     */
    public CookieSettings(
            Optional<String> name,
            Optional<String> path,
            Optional<String> domain,
            Optional<Boolean> secure,
            Optional<Boolean> httpOnly,
            Optional<String> sameSite,
            Optional<Boolean> partitioned,
            Optional<Duration> maxAge) {
        this(name, path, domain, secure, httpOnly, sameSite, partitioned, maxAge, SessionSettings.PREFIX);
    }
}
