// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.web;

import java.util.OptionalLong;

/**
 * The session cookie that a response must have by now. An adapter makes the response's own {@code Set-Cookie}
 * agree with it whenever it changes and, at the latest, before the head is sent.
 */
public sealed interface CookieState {
    /**
     * The response says nothing of the session cookie: the browser keeps the cookie that it has, which may be newer
     * than this request knows. An adapter that has written the cookie already withdraws it.
     */
    record None() implements CookieState {}

    /**
     * The response sets the cookie.
     *
     * @param value the session's {@link io.github.dynamosession.Session#cookieValue cookie value}
     * @param maxAge seconds for {@code Max-Age}; empty: the browser keeps the cookie as long as it runs
     */
    record Set(String value, OptionalLong maxAge) implements CookieState {
        @Override
        public String toString() {
            return "Set[maxAge=" + maxAge + "]";
        }
    }

    /** The response clears the cookie, because this request ended the session that the browser knows. */
    record Clear() implements CookieState {}
}
