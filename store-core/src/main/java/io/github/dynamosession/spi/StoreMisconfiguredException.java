// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import org.jspecify.annotations.Nullable;

/** The store cannot work as it is set up: a missing table, a key of another type, a missing permission. */
public final class StoreMisconfiguredException extends SessionStoreException {
    private static final long serialVersionUID = 1L;

    /**
     * A failure that an operator must cure.
     *
     * @param message what is wrong, and the setting or permission to change
     * @param cause the store's own exception; null if none
     */
    public StoreMisconfiguredException(String message, @Nullable Throwable cause) {
        super(message, cause, false);
    }
}
