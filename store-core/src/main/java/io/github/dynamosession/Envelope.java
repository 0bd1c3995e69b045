// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import io.github.dynamosession.spi.EncodedValue;
import org.jspecify.annotations.Nullable;

/**
 * What lies between a codec and the store, for one session: compression and encryption. Guarded by its
 * session.
 */
final class Envelope {
    /**
     * A value on its way into the store.
     *
     * @param plain what the codec wrote; null if nobody looked
     * @param stored what the store is to hold
     */
    record Sealed(@Nullable EncodedValue plain, EncodedValue stored) {}

    /**
     * What the codec wrote.
     *
     * @throws io.github.dynamosession.spi.UnreadableValueException if that cannot be had
     */
    EncodedValue open(String name, EncodedValue stored) {
        return stored;
    }

    /** What the store is to hold of a value; another result each time. */
    Sealed seal(String name, EncodedValue plain) {
        return new Sealed(plain, plain);
    }

    /** Whether a stored value means nothing in another session. */
    boolean isBound(EncodedValue stored) {
        return false;
    }
}
