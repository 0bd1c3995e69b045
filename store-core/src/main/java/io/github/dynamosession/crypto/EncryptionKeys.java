// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.crypto;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where the keys come from that values are encrypted with; {@link KeyRing} keeps them in memory.
 *
 * <p>An application backs it with a key management service by unwrapping its data keys when it starts,
 * and again from a thread of its own: the methods are called in the request's thread, for every value
 * that is read or written, so they answer from memory, do no I/O and do not block. They are called by
 * any number of threads at once, and throw nothing.
 *
 * <p>A key that is current anywhere must be found everywhere, before. Otherwise a node cannot read what
 * another one wrote.
 */
public interface EncryptionKeys {
    /**
     * The key that values are encrypted under from now on.
     *
     * @return empty: this node writes no encrypted values, and only reads them
     */
    Optional<EncryptionKey> current();

    /**
     * The key that vouches for the place of a session when its id changes. A node that only reads
     * encrypted values needs one, too: it changes ids of sessions that others have encrypted values in.
     *
     * @return the current key unless overridden; empty only if no node has a current key yet
     */
    default Optional<EncryptionKey> bindingKey() {
        return current();
    }

    /**
     * All keys under which some node may have hashed an indexed value: sessions are looked for under each of them.
     *
     * @return without duplicates, in any order; the current key and the {@linkplain #bindingKey() binding key} unless
     *     overridden. Where keys are rotated, a former one belongs to it as long as sessions from its time may live
     */
    default List<EncryptionKey> all() {
        Map<String, EncryptionKey> keys = new LinkedHashMap<>();
        current().ifPresent(key -> keys.put(key.id(), key));
        bindingKey().ifPresent(key -> keys.put(key.id(), key));
        return List.copyOf(keys.values());
    }

    /**
     * The key of this name.
     *
     * @param id as in a stored value, so perhaps somebody else's invention: 1 to 32 letters, digits,
     *     {@code . _ -}
     * @return empty if it is not known: what is encrypted under it is unreadable; for the id of the
     *     current key that key
     */
    Optional<EncryptionKey> find(String id);
}
