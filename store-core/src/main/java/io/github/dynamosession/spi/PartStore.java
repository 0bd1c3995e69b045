// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * A store that keeps large values outside of the session's row, as <em>parts</em>, so that a session may be of any size,
 * a small change or a touch does not pay for what it does not name, and what a request does not read is not fetched.
 *
 * <p>The engine writes a part first, under a key that nobody used before, and then sets an attribute to its
 * {@linkplain PartPointer pointer}. A crash in between leaves the old value, and a part that nobody knows. To everything
 * else in {@link SessionStore} a pointer is a value like any other: conditions compare pointers, an id change moves them.
 *
 * <p>C1 to C5 of {@link SessionStore} hold for both operations, and these:
 * <ul>
 *   <li><b>C90</b> What {@code putPart} stored, {@code getPart} gives, exactly. A repetition does no harm. If it fails,
 *       nothing has happened that anybody sees, whatever the failure.
 *   <li><b>C91</b> {@code getPart} finds every part whose {@code putPart} ended before it began. It gives nothing for a
 *       key that is not there, that belongs to a session with another {@code uid}, or of which something is missing: all
 *       of it or nothing.
 *   <li><b>C92</b> A part stays at least until its {@link PartPointer#until()}; and as long as a session that was
 *       written after it points to it, at least until that session's {@link StoredSession#expiresAt() end}, however far
 *       touches, saves and id changes move that. A write that moves the end beyond what the parts are kept for makes
 *       them be kept longer first; it may take several requests then.
 *   <li><b>C93</b> An id change copies no part and moves none: the pointer is good under the new key.
 *   <li><b>C94</b> A part that no session points to any more is removed some time after it is no longer needed, unless
 *       it was kept for ever; it is in nobody's way until then, and {@code find} and sweeps never see it.
 * </ul>
 */
public interface PartStore extends SessionStore {
    /**
     * How much of a value one row of this store holds: goes into the {@linkplain PartPointer#bytesPerRow() pointer}.
     *
     * @return at least 1
     */
    int bytesPerRow();

    /**
     * Stores a part, before any row points to it (C90).
     *
     * @param uid of the session
     * @param pointer where to store it, and until when to keep it at least
     * @param content as a row would have held it; {@link PartPointer#length()} is its number of bytes and one
     * @return ends when it is stored
     */
    CompletionStage<Void> putPart(Token uid, PartPointer pointer, EncodedValue content);

    /**
     * Reads a part (C91).
     *
     * @param uid of the session
     * @param pointer as the session's row has it
     * @return what was stored; empty if it is not there, or not all of it
     */
    CompletionStage<Optional<EncodedValue>> getPart(Token uid, PartPointer pointer);
}
