// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.engine;

import io.github.dynamosession.SaveOutcome;

/** What a save does next. */
sealed interface SaveStep {
    /** There is nothing to write. */
    record Done(SaveOutcome outcome) implements SaveStep {}

    /** Nothing may be written. */
    record Refused(RuntimeException why) implements SaveStep {}

    /**
     * This is to be written.
     *
     * @param more whether what has changed since is still to be written after it
     */
    record Write(SaveSnapshot save, boolean more) implements SaveStep {}
}
