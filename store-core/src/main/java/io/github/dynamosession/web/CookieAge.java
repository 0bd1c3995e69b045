// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.web;

import io.github.dynamosession.SaveOutcome;
import io.github.dynamosession.Session;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How long a browser keeps the session cookie, and which responses tell it anew. Immutable.
 *
 * <p>A session ends up to one touch interval after its idle timeout, because uses within an interval need not
 * be recorded. A cookie that a browser kept for the configured time only would be gone before the session is:
 * so its {@code Max-Age} is the configured time plus the interval, counted like the session's end from each
 * recorded access.
 */
public final class CookieAge {
    /** The browser keeps the cookie as long as it runs: no {@code Max-Age}, nothing to renew. */
    public static final CookieAge OF_BROWSER = new CookieAge(Optional.empty());

    private final Optional<Duration> configured;

    private CookieAge(Optional<Duration> configured) {
        this.configured = configured;
    }

    /**
     * The age that the setting {@code cookie.max-age} or a framework's counterpart of it asks for.
     *
     * @param configured how long the browser keeps the cookie of a session that is not used; empty, or not
     *     positive, which frameworks use for "not set": as long as the browser runs
     * @return the age
     */
    public static CookieAge of(Optional<Duration> configured) {
        Optional<Duration> positive = configured.filter(age -> !age.isZero() && !age.isNegative());
        return positive.isEmpty() ? OF_BROWSER : new CookieAge(positive);
    }

    /**
     * Whether the browser keeps the cookie after its end.
     *
     * @return false if the cookie has no {@code Max-Age}
     */
    public boolean isLasting() {
        return configured.isPresent();
    }

    /**
     * The {@code Max-Age} of a cookie that is sent now.
     *
     * @param session whose cookie it is
     * @return seconds, rounded up, at most {@link Integer#MAX_VALUE}; empty: the cookie has no {@code Max-Age}
     */
    public OptionalLong seconds(Session session) {
        return configured.isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(seconds(configured.get(), session.touchInterval()));
    }

    /** In seconds, because a sum of any two durations may overflow. */
    private static long seconds(Duration age, Duration interval) {
        long longest = Integer.MAX_VALUE;
        if (age.toSeconds() >= longest || interval.toSeconds() >= longest) {
            return longest;
        }
        return Math.min(longest, age.plus(interval).plusNanos(999_999_999).toSeconds());
    }

    /**
     * Whether the cookie is sent again after a save, with a new {@link #seconds Max-Age}: only after one that
     * the store accepted under the session's present id, and only if this request's access is recorded. Ask
     * right after the save and send at once, once per response: a cookie that goes out later than the answer to
     * an id change would bring the former id back.
     *
     * @param outcome what the save did
     * @param session that was saved
     * @return false if the browser's cookie is to be left alone
     */
    public boolean isRenewed(SaveOutcome outcome, Session session) {
        return isLasting() && isRecorded(outcome, session);
    }

    /** Whether this request's use of the session is in the store, so that the session is surely this one. */
    static boolean isRecorded(SaveOutcome outcome, Session session) {
        return (outcome == SaveOutcome.SAVED || outcome == SaveOutcome.TOUCHED) && session.isAccessRecorded();
    }
}
