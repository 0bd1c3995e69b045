// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import io.github.dynamosession.spi.SessionException;

/**
 * A computed attribute could not be stored: others changed it each time in between, or it cannot be
 * computed again. Nothing of the save is stored, and what was computed is dropped; the request may be repeated.
 */
public final class ComputeConflictException extends SessionException {
    private static final long serialVersionUID = 1L;

    /**
     * An exception.
     *
     * @param message what was refused
     */
    public ComputeConflictException(String message) {
        super(message, null);
    }
}
