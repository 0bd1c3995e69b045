// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

/**
 * How {@code find} reads, and so what a request may miss of those before it. Writes are never affected:
 * their conditions are checked against what is stored.
 */
public enum ReadConsistency {
    /**
     * Every read sees every earlier write. The default; one read unit per 4 KB.
     */
    STRONG,

    /**
     * A read may miss writes of the last moments: usually of less than a second, without a bound. Half
     * the price. A session that was just created may be "absent", so that its user starts over; a value
     * that was just saved may be read as it was before; a session that was just deleted may still be
     * found, though nothing can be saved to it.
     */
    EVENTUAL,

    /**
     * As {@link #EVENTUAL}, but "absent" is said only after a strongly consistent read: a session that
     * was just created is always found. Values may still be those of a moment ago. Half the price where
     * the session exists, one and a half where it does not.
     */
    EVENTUAL_STRONG_ON_MISS
}
