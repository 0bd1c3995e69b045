// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.engine;

import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.PartPointer;
import io.github.dynamosession.spi.UnreadableValueException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** What one session has fetched of the values that lie outside of its row, by pointer. Safe without the session's lock. */
final class Contents {
    private final Map<EncodedValue, Optional<EncodedValue>> fetched = new ConcurrentHashMap<>();

    /** Whether a stored value lies outside and was not asked for yet. */
    boolean lack(EncodedValue stored) {
        return PartPointer.is(stored) && !fetched.containsKey(stored);
    }

    /** Takes note of what was fetched; empty: it is missing. */
    void hold(EncodedValue pointer, Optional<EncodedValue> content) {
        fetched.put(pointer, content);
    }

    /** It has been opened: two copies of a large value are one too many. */
    void opened(EncodedValue pointer) {
        if (PartPointer.is(pointer)) {
            fetched.remove(pointer);
        }
    }

    /**
     * The value itself, wherever it lies.
     *
     * @throws UnreadableValueException if it lies outside and is not here
     */
    EncodedValue of(EncodedValue stored) {
        if (!PartPointer.is(stored)) {
            return stored;
        }
        Optional<EncodedValue> content = fetched.get(stored);
        if (content == null) {
            throw new UnreadableValueException("the value lies outside of the session's row and was not fetched", null);
        }
        return content.orElseThrow(() -> new UnreadableValueException(
                "the value lies outside of the session's row, and is missing there, or a piece of it", null));
    }
}
