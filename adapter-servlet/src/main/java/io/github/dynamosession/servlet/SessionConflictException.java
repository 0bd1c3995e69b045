// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import io.github.dynamosession.spi.SessionException;

/**
 * Another request changed the session since this one read it, and the policy is
 * {@link io.github.dynamosession.Concurrency#COMPARE_AND_SET}: nothing of this request is stored. The
 * filter answers 409 if the application does not handle it and the response is not committed.
 */
public final class SessionConflictException extends SessionException {
    private static final long serialVersionUID = 1L;

    SessionConflictException() {
        super("the session was changed by another request since this one read it; nothing is stored", null);
    }
}
