// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.engine;

import io.github.dynamosession.ChangeIdOutcome;

/** What an id change does next. */
sealed interface IdChangeStep {
    /** There is nothing to change. */
    record Done(ChangeIdOutcome outcome) implements IdChangeStep {}

    /**
     * The session gets its id without the store.
     *
     * @param perhapsStored whether a first save that nobody answered may have stored it, where somebody else might
     *     find it: that is deleted before
     */
    record Renew(boolean perhapsStored) implements IdChangeStep {}

    /** A write whose outcome is unknown comes first. */
    record Repeat(SaveSnapshot save) implements IdChangeStep {}

    /**
     * This is to be sent.
     *
     * @param more whether it is an earlier, weaker change, after which the one that is wanted comes
     */
    record Change(PendingIdChange change, boolean more) implements IdChangeStep {}
}
