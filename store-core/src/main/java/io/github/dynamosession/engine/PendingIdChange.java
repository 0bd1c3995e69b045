// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.engine;

import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.SessionKey;

/**
 * An id change as it is sent: whole, so that one whose outcome is not known is repeated with the same target
 * and the same token, by which the store recognises it.
 *
 * @param newId the new id
 * @param newKey the new id's key
 * @param reason as it was asked for
 * @param save the unsaved changes that are stored on the way
 */
record PendingIdChange(String newId, SessionKey newKey, KeyChangeReason reason, SaveSnapshot save) {
    /** The same change with another snapshot of what is to be stored. */
    PendingIdChange with(SaveSnapshot other) {
        return new PendingIdChange(newId, newKey, reason, other);
    }
}
