// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import java.time.Duration;
import java.util.concurrent.CompletionStage;

/**
 * A store that locks sessions, so that requests of one session can run one after the other. A lock is a <em>lease</em>: it
 * has an owner, and ends by itself when nobody releases it.
 *
 * <p>A lock keeps out those who ask for it, and nobody else: {@code find}, {@code delete}, sweeps, ends by index, and
 * writes whose delta names no {@linkplain SessionDelta#lockOwner() lock owner} take no notice of it.
 *
 * <p>C1 to C5 of {@link SessionStore} hold for both operations, and these:
 * <ul>
 *   <li><b>C100</b> {@code lock} gives the session as it is stored at the instant at which the lock is taken, and changes
 *       neither its data nor its version, access or end. Where {@code find} answers {@code Absent} or {@code Moved}, it
 *       answers the same, and nothing is locked.
 *   <li><b>C101</b> Of any number of owners one has the lock; the others are told {@code Held}, and change nothing.
 *   <li><b>C102</b> A repetition is known by the owner: who has the lock already is told {@code Locked}, with a lease that
 *       begins anew.
 *   <li><b>C103</b> When a lease is over, by the store's clock, the next who asks gets the lock. Until somebody
 *       does it stays its owner's, however late.
 *   <li><b>C104</b> {@code unlock} releases the lock of that owner and nobody else's; without one it does nothing. May be
 *       repeated.
 *   <li><b>C105</b> A delta that names a lock owner is applied only while that owner has the lock, and releases it in the
 *       same instant, whether its access is recorded or not (C36). Otherwise {@code LockLost}, and nothing is changed. A
 *       repetition is recognised before (C32).
 *   <li><b>C106</b> An id change likewise: under the new key nothing is locked, whoever had a lock.
 * </ul>
 */
public interface LockableSessionStore extends SessionStore {
    /**
     * Takes the lock of a session, if it is free, and reads the session (C100 to C103). If that fails with an unknown
     * outcome, the lock may be taken: {@link #unlock} releases it.
     *
     * @param key which session
     * @param owner whose the lock is to be; not to be used again once it was released
     * @param lease how long the lock lasts unless it is released; positive
     * @param waited whether it was found to be held a moment ago: where a refused write costs more than a read, a store
     *     looks first
     * @return whether it is locked
     */
    CompletionStage<LockOutcome> lock(SessionKey key, Token owner, Duration lease, boolean waited);

    /**
     * Releases a lock without changing the session (C104).
     *
     * @param key which session
     * @param owner who has the lock
     * @return ends when this owner does not have the lock
     */
    CompletionStage<Void> unlock(SessionKey key, Token owner);
}
