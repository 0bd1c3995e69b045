// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.crypto;

import io.github.dynamosession.spi.CustomValue;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The forms that an indexed value may have in a table: with encryption a keyed hash (HMAC-SHA-256), which finds what it
 * was made from and does not show it. {@code docs/storage-format.md} is the specification.
 */
public final class IndexProtection {
    private static final String LABEL = "dynamosession index value 1";

    private final @Nullable EncryptionKeys keys;
    private final boolean requireEncryption;

    /**
     * Protection of indexed values.
     *
     * @param keys null: values are indexed as they are
     * @param requireEncryption whether nobody writes values as they are any more
     */
    public IndexProtection(@Nullable EncryptionKeys keys, boolean requireEncryption) {
        this.keys = keys;
        this.requireEncryption = requireEncryption;
    }

    /**
     * Whether some node may write hashes.
     *
     * @return false without keys
     */
    public boolean mayHash() {
        return keys != null;
    }

    /**
     * Whether a stored form gives way to the one that this node writes: a value that was indexed as it is before this
     * node had a key. A hash under a former key stays.
     *
     * @param stored one of the forms
     * @param forms what {@link #forms} answered
     * @return false where this node does not hash
     */
    public boolean isOutdated(CustomValue stored, List<CustomValue> forms) {
        return keys != null && keys.current().isPresent() && !requireEncryption && stored.equals(forms.get(1));
    }

    /**
     * All forms that some node may have written of a value: under each key of the ring, and as it is unless that is
     * ruled out.
     *
     * @param attribute the custom attribute
     * @param value a text or a number
     * @return the form that this node writes first; without duplicates
     */
    public List<CustomValue> forms(String attribute, CustomValue value) {
        if (keys == null) {
            return List.of(value);
        }
        List<CustomValue> forms = new ArrayList<>();
        EncryptionKey current = keys.current().orElse(null);
        if (current != null) {
            forms.add(hash(current, attribute, value));
        }
        if (!requireEncryption) {
            forms.add(value);
        }
        for (EncryptionKey key : keys.all()) {
            if (current == null || !key.id().equals(current.id())) {
                forms.add(hash(key, attribute, value));
            }
        }
        return List.copyOf(forms);
    }

    private static CustomValue hash(EncryptionKey key, String attribute, CustomValue value) {
        byte[] type = {(byte) (value.isText() ? 'S' : 'N')};
        byte[] hash = key.derive(Encryption.block(
                LABEL,
                attribute.getBytes(StandardCharsets.UTF_8),
                type,
                value.text().getBytes(StandardCharsets.UTF_8)));
        return CustomValue.of(Base64.getUrlEncoder().withoutPadding().encodeToString(hash));
    }
}
