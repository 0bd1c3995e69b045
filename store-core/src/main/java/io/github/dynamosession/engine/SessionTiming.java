// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.engine;

import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.StoredSession;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * When a session ends and how often its use is recorded.
 *
 * <p>A recorded access is good for the idle timeout plus one touch interval, because uses within an
 * interval need not be recorded: so a session never ends early, and may end one interval late.
 */
public final class SessionTiming {
    private static final Duration LONGEST_DEFAULT_TOUCH_INTERVAL = Duration.ofMinutes(5);
    private static final int DEFAULT_TOUCHES_PER_IDLE_TIMEOUT = 10;
    private static final Duration LONGEST_WITH_SHORTER_TOUCH_INTERVAL =
            LONGEST_DEFAULT_TOUCH_INTERVAL.multipliedBy(DEFAULT_TOUCHES_PER_IDLE_TIMEOUT);

    private static final int STEPS_PER_TOUCH_INTERVAL = 10;

    /** What is longer means "for ever", and would overflow the milliseconds of a store. */
    private static final Duration LONGEST = Duration.ofDays(365_000);

    private static final Duration SHORTEST = Duration.ofMillis(1);

    private final @Nullable Duration absoluteLifetime;
    private final @Nullable Duration configuredTouchInterval;

    public SessionTiming(@Nullable Duration absoluteLifetime, @Nullable Duration configuredTouchInterval) {
        this.absoluteLifetime = finite(absoluteLifetime);
        this.configuredTouchInterval = configuredTouchInterval;
    }

    /** The duration, in the milliseconds of a store; null if it is longer than any calendar needs. */
    public static @Nullable Duration finite(@Nullable Duration duration) {
        return duration == null || duration.compareTo(LONGEST) > 0 ? null : duration.truncatedTo(ChronoUnit.MILLIS);
    }

    /** Whether a store would take the duration for none. */
    public static boolean isTooShort(Duration duration) {
        return duration.compareTo(SHORTEST) < 0;
    }

    @Nullable
    Instant absoluteExpiry(Instant createdAt) {
        return absoluteLifetime == null ? null : createdAt.plus(absoluteLifetime);
    }

    SessionDelta.Access access(Instant at, @Nullable Duration idleTimeout, @Nullable Instant absoluteExpiry) {
        return new SessionDelta.Access(
                at, Optional.ofNullable(idleTimeout), Optional.ofNullable(expiresAt(at, idleTimeout, absoluteExpiry)));
    }

    /**
     * Whether an access has to be recorded: an interval has passed, or the stored end is too near, because
     * a node with a shorter interval wrote it.
     */
    boolean isTouchDue(StoredSession stored, Instant at, @Nullable Duration idleTimeout) {
        if (Duration.between(stored.accessedAt(), at).compareTo(touchInterval(idleTimeout)) >= 0) {
            return true;
        }
        Instant end = stored.expiresAt().orElse(Instant.MAX);
        boolean movable = end.isBefore(stored.absoluteExpiry().orElse(Instant.MAX));
        return movable && idleTimeout != null && end.isBefore(at.plus(idleTimeout));
    }

    /**
     * A use that a write which is sent anyway records for nothing, so that no touch need follow soon; null: none. In steps of a
     * tenth of the touch interval, so that requests of one moment record the same: an earlier use than the stored one is
     * refused, and costs a write.
     */
    @Nullable
    Instant useOnTheWay(StoredSession stored, Instant at, @Nullable Duration idleTimeout) {
        long step = touchInterval(idleTimeout).toMillis() / STEPS_PER_TOUCH_INTERVAL;
        if (step == 0) {
            return null;
        }
        long use = at.toEpochMilli() / step * step;
        return use > stored.accessedAt().toEpochMilli() ? Instant.ofEpochMilli(use) : null;
    }

    private @Nullable Instant expiresAt(
            Instant access, @Nullable Duration idleTimeout, @Nullable Instant absoluteExpiry) {
        if (idleTimeout == null) {
            return absoluteExpiry;
        }
        Instant idleEnd = access.plus(idleTimeout).plus(touchInterval(idleTimeout));
        return absoluteExpiry != null && absoluteExpiry.isBefore(idleEnd) ? absoluteExpiry : idleEnd;
    }

    Duration touchInterval(@Nullable Duration idleTimeout) {
        if (configuredTouchInterval != null) {
            // A session with a short timeout of its own must not outlive it many times over.
            return idleTimeout == null ? configuredTouchInterval : shorter(configuredTouchInterval, idleTimeout);
        }
        return idleTimeout == null || idleTimeout.compareTo(LONGEST_WITH_SHORTER_TOUCH_INTERVAL) >= 0
                ? LONGEST_DEFAULT_TOUCH_INTERVAL
                // Not dividedBy, which makes a BigDecimal of it.
                : Duration.ofNanos(idleTimeout.toNanos() / DEFAULT_TOUCHES_PER_IDLE_TIMEOUT);
    }

    private static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) <= 0 ? a : b;
    }
}
