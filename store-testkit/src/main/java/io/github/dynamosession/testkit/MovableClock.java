// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.testkit;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Objects;

/**
 * A clock that stands still until a test moves it. Safe for any number of threads.
 */
public final class MovableClock extends Clock {
    /**
     * Where a clock starts unless told otherwise. It lies far ahead, so that a database that cleans up by
     * its own clock finds nothing expired in the middle of a test.
     */
    public static final Instant START = Instant.parse("2100-01-01T00:00:00Z");

    private final Hands hands;
    private final ZoneId zone;

    /** A clock at {@link #START}, in UTC. */
    public MovableClock() {
        this(START);
    }

    /**
     * A clock in UTC.
     *
     * @param start the time it shows until it is moved
     */
    public MovableClock(Instant start) {
        this(new Hands(Objects.requireNonNull(start, "start")), ZoneOffset.UTC);
    }

    private MovableClock(Hands hands, ZoneId zone) {
        this.hands = hands;
        this.zone = zone;
    }

    /**
     * Moves the clock.
     *
     * @param step how far; a negative one moves it back
     */
    public void advance(Duration step) {
        synchronized (hands) {
            hands.now = hands.now.plus(step);
        }
    }

    /**
     * Sets the clock.
     *
     * @param instant the time it shows until it is moved again
     */
    public void set(Instant instant) {
        synchronized (hands) {
            hands.now = Objects.requireNonNull(instant, "instant");
        }
    }

    @Override
    public Instant instant() {
        synchronized (hands) {
            return hands.now;
        }
    }

    @Override
    public ZoneId getZone() {
        return zone;
    }

    /**
     * The same clock in another zone: moving one moves both.
     *
     * @param zone the zone
     * @return a view of this clock
     */
    @Override
    public Clock withZone(ZoneId zone) {
        return new MovableClock(hands, Objects.requireNonNull(zone, "zone"));
    }

    /** Shared by the views of one clock. */
    private static final class Hands {
        Instant now;

        Hands(Instant now) {
            this.now = now;
        }
    }
}
