// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

/** Whether requests of one session wait for each other. */
public enum Locking {
    /** They run side by side, and {@link Concurrency} says what becomes of their changes. */
    NONE,

    /**
     * One after the other: a session is locked from {@link SessionManager#open} until it is saved, its id changes, it
     * ends, or the lock is {@linkplain SessionManager#unlock given up}; others wait. The lock is a lease: when the process
     * of its owner is gone, it ends by itself. An owner that was too slow is told so by {@link SessionLockLostException}
     * before anything is overwritten.
     *
     * <p>What is saved after the first save is not locked any more: the client may have the answer by then, and its next
     * request must not wait.
     */
    SESSION
}
