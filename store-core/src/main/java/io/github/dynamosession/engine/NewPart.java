// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.engine;

import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.PartPointer;

/** A value that a save keeps outside of the row: it is written before the row points to it, and once. */
final class NewPart {
    private final PartPointer pointer;
    private final EncodedValue stored;
    private final EncodedValue content;
    private volatile boolean written;

    NewPart(PartPointer pointer, EncodedValue content) {
        this.pointer = pointer;
        this.stored = pointer.toValue();
        this.content = content;
    }

    PartPointer pointer() {
        return pointer;
    }

    /** The pointer as the row is to hold it. */
    EncodedValue stored() {
        return stored;
    }

    EncodedValue content() {
        return content;
    }

    boolean isWritten() {
        return written;
    }

    void written() {
        written = true;
    }
}
