// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import io.github.dynamosession.spi.SessionException;

/**
 * A session could not be ended, because its id has changed since this request came and the end does not follow:
 * at a login the session became somebody's, and whoever still holds the former id may be an attacker. Nothing is
 * ended. A repetition with the cookie that the browser has by now may be successful.
 */
public final class SessionMovedException extends SessionException {
    private static final long serialVersionUID = 1L;

    /**
     * An exception.
     */
    public SessionMovedException() {
        super("the session has another id by now and is not ended: repeat the request with the present cookie", null);
    }
}
