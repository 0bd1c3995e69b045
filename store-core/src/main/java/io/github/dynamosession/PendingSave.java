// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.StoredSession;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What one save is about to write: a snapshot of a session, taken under its lock.
 *
 * @param key where
 * @param create the whole session, if it is not stored yet; otherwise null
 * @param delta what changed; also given for a new session, where it names every attribute
 * @param plain what the codec wrote of the values that the delta sets, as far as it is known
 * @param expected the stored encodings that computed values came from, by name
 * @param computations the functions that stand behind each computed value of this snapshot
 */
record PendingSave(
        SessionKey key,
        @Nullable StoredSession create,
        SessionDelta delta,
        Map<String, EncodedValue> plain,
        Map<String, Optional<EncodedValue>> expected,
        Map<String, List<Function<Optional<Object>, @Nullable Object>>> computations) {
    /** Whether this is that write once more. */
    boolean repeats(@Nullable PendingSave other) {
        return other != null && delta.write().equals(other.delta().write());
    }
}
