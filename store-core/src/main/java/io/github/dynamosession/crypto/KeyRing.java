// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.crypto;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Keys held in memory: one that encrypts, or none, and others that only decrypt.
 *
 * <p>Immutable, safe for any number of threads.
 */
public final class KeyRing implements EncryptionKeys {
    private final EncryptionKey first;
    private final boolean encrypts;
    private final Map<String, EncryptionKey> keys = new HashMap<>();

    private KeyRing(List<EncryptionKey> all, boolean encrypts) {
        if (all.isEmpty()) {
            throw new IllegalArgumentException("encryption needs at least one key");
        }
        this.first = all.get(0);
        this.encrypts = encrypts;
        for (EncryptionKey key : all) {
            if (keys.put(key.id(), key) != null) {
                throw new IllegalArgumentException("two encryption keys have the same id: " + key.id());
            }
        }
    }

    /**
     * A key ring that encrypts.
     *
     * @param keys the first encrypts, all of them decrypt; copied
     * @return the key ring
     * @throws IllegalArgumentException if there is no key, or two have the same id
     */
    public static KeyRing of(List<EncryptionKey> keys) {
        return new KeyRing(keys, true);
    }

    /**
     * A key ring that encrypts.
     *
     * @param keys the first encrypts, all of them decrypt
     * @return the key ring
     * @throws IllegalArgumentException if there is no key, or two have the same id
     */
    public static KeyRing of(EncryptionKey... keys) {
        return of(List.of(keys));
    }

    /**
     * A key ring that only decrypts: for the first step of a rollout, in which every node learns to read
     * what none of them writes yet.
     *
     * @param keys all of them decrypt, the first vouches for sessions whose id changes; copied
     * @return the key ring
     * @throws IllegalArgumentException if there is no key, or two have the same id
     */
    public static KeyRing readOnly(List<EncryptionKey> keys) {
        return new KeyRing(keys, false);
    }

    @Override
    public Optional<EncryptionKey> current() {
        return encrypts ? Optional.of(first) : Optional.empty();
    }

    @Override
    public Optional<EncryptionKey> bindingKey() {
        return Optional.of(first);
    }

    @Override
    public List<EncryptionKey> all() {
        return List.copyOf(keys.values());
    }

    @Override
    public Optional<EncryptionKey> find(String id) {
        return Optional.ofNullable(keys.get(id));
    }

    /** Shows the names only. */
    @Override
    public String toString() {
        return "KeyRing[" + (encrypts ? "" : "read-only, ") + "first " + first.id() + " of " + keys.size() + "]";
    }
}
