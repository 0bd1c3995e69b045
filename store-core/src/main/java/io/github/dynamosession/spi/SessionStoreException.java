// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import org.jspecify.annotations.Nullable;

/**
 * A store did not answer, or refused.
 *
 * <p>This class itself: the store is not available now (unreachable, throttled, timed out), and the
 * same call may succeed later. Subclasses are for what a repetition will not cure.
 */
public class SessionStoreException extends SessionException {
    private static final long serialVersionUID = 1L;

    /** Whether a write may have happened nevertheless. */
    private final boolean outcomeUnknown;

    /**
     * A failure of the store.
     *
     * @param message the operation and what to do
     * @param cause the store's own exception; null if none
     * @param outcomeUnknown whether a write may have happened
     */
    public SessionStoreException(String message, @Nullable Throwable cause, boolean outcomeUnknown) {
        super(message, cause);
        this.outcomeUnknown = outcomeUnknown;
    }

    /**
     * Whether the write that failed may nevertheless have been applied.
     *
     * @return false if it certainly was not, and for reads
     */
    public boolean outcomeUnknown() {
        return outcomeUnknown;
    }
}
