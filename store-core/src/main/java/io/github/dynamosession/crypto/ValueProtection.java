// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.crypto;

import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.TamperedValueException;
import io.github.dynamosession.spi.Token;
import io.github.dynamosession.spi.UnreadableValueException;
import io.github.dynamosession.spi.UnstorableValueException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * What lies between a codec and the store, for one session: compression, then encryption. Guarded by its
 * session.
 *
 * <p>Encrypted values are bound to the session's uid and to its <em>origin</em>, which stands for the key
 * that the row had when the first of them was encrypted. A row under that very key needs nothing else;
 * one whose id has changed since has a key binding, which vouches that the origin belongs to the present key.
 * A key binding that does not fit vouches for nothing.
 */
public final class ValueProtection {
    /**
     * The largest value that is compressed, in bytes, and the largest that a compressed one may become
     * again: what claims to be larger is unreadable, and never expanded. A larger one is left to the store
     * as it is.
     */
    public static final int MAX_COMPRESSED_VALUE = 8 * 1024 * 1024;

    /**
     * A value on its way into the store.
     *
     * @param plain what the codec wrote; null if nobody looked
     * @param stored what the store is to hold
     */
    public record ProtectedValue(@Nullable EncodedValue plain, EncodedValue stored) {}

    /** What a row says of its origin. */
    private static final class Binding {
        /** What values are bound to. */
        final byte[] origin;

        /** The id of the key of the key binding; null if none is there that fits. */
        final @Nullable String boundUnder;

        /** False if there is a key binding that this node cannot check. */
        final boolean certain;

        Binding(byte[] origin, @Nullable String boundUnder, boolean certain) {
            this.origin = origin;
            this.boundUnder = boundUnder;
            this.certain = certain;
        }
    }

    /** Compression and encryption as all sessions of a manager use them. */
    public static final class Setup {
        private final Compression compression;
        private final @Nullable Encryption encryption;
        private final boolean required;
        private final SettingNames names;

        Setup(Compression compression, @Nullable Encryption encryption, boolean required, SettingNames names) {
            this.compression = compression;
            this.encryption = encryption;
            this.required = required;
            this.names = names;
        }

        /**
         * A setup.
         *
         * @param compressAbove values of more bytes are compressed; null: none is
         * @param keys null: nothing is encrypted
         * @param required whether values that are not encrypted are unreadable
         * @param names how messages name the settings
         * @return the setup
         */
        public static Setup of(
                @Nullable Integer compressAbove, @Nullable EncryptionKeys keys, boolean required, SettingNames names) {
            return new Setup(
                    new Compression(compressAbove == null ? Integer.MAX_VALUE : compressAbove),
                    keys == null ? null : new Encryption(keys),
                    required,
                    names);
        }
    }

    /**
     * How messages name settings.
     *
     * @param required that encryption is required
     * @param keys the keys
     */
    public record SettingNames(String required, String keys) {}

    private final Setup setup;
    private final Token uid;
    private final SessionKey key;
    private final @Nullable Token keyBinding;
    private final Map<String, SecretKeySpec> secrets = new HashMap<>();
    private @Nullable Binding binding;

    /**
     * The protection of one session's values.
     *
     * @param setup what all sessions share
     * @param uid of the session
     * @param key under which the row lies
     * @param keyBinding as the row has it; null: none
     */
    public ValueProtection(Setup setup, Token uid, SessionKey key, @Nullable Token keyBinding) {
        this.setup = setup;
        this.uid = uid;
        this.key = key;
        this.keyBinding = keyBinding;
    }

    /**
     * Whether values of this format hold a value of another one.
     *
     * @param format the number of a format
     * @return true for compressed and for encrypted values
     */
    public static boolean isWrapping(int format) {
        return format == EncodedValue.COMPRESSED || format == EncodedValue.ENCRYPTED;
    }

    /**
     * The protection of the same session under another key.
     *
     * @param newKey under which the row lies now
     * @param newKeyBinding as the row has it; null: none
     * @return the protection
     */
    public ValueProtection moved(SessionKey newKey, @Nullable Token newKeyBinding) {
        return new ValueProtection(setup, uid, newKey, newKeyBinding);
    }

    /**
     * The protection of another session.
     *
     * @param otherUid of that session
     * @param otherKey under which its row lies
     * @return the protection
     */
    public ValueProtection other(Token otherUid, SessionKey otherKey) {
        return new ValueProtection(setup, otherUid, otherKey, null);
    }

    /**
     * What the codec wrote.
     *
     * @param name of the attribute
     * @param stored as the row has it
     * @return the codec's encoding
     * @throws UnreadableValueException if that cannot be had
     */
    public EncodedValue open(String name, EncodedValue stored) {
        EncodedValue inner = stored;
        if (stored.format() == EncodedValue.ENCRYPTED) {
            inner = decrypt(name, stored);
        } else if (setup.required) {
            throw new UnreadableValueException(
                    "the stored value is not encrypted, and " + setup.names.required() + " is on", null);
        }
        return inner.format() == EncodedValue.COMPRESSED ? Compression.expand(inner) : inner;
    }

    private EncodedValue decrypt(String name, EncodedValue stored) {
        Encryption encryption = setup.encryption;
        if (encryption == null) {
            throw new UnreadableValueException(
                    "the stored value is encrypted, and " + setup.names.keys() + " is not set", null);
        }
        Encryption.Named value = Encryption.parse(stored.bytes());
        if (value == null) {
            throw new UnreadableValueException("the stored value is encrypted in a way that is not known", null);
        }
        EncryptionKey secret = encryption.keys().find(value.keyId()).orElse(null);
        if (secret == null) {
            throw new UnreadableValueException(
                    "the stored value is encrypted under a key that is not known: see " + setup.names.keys(), null);
        }
        Binding bound = binding(encryption);
        Optional<EncodedValue> plain = Encryption.decrypt(value, secret(secret, bound), uid, name);
        if (plain.isEmpty() && bound.boundUnder != null) {
            // Perhaps by a node that cannot check the key binding, and so bound its value to the present key.
            SecretKeySpec own = Encryption.valueKey(secret, uid, Encryption.origin(key));
            plain = Encryption.decrypt(value, own, uid, name);
        }
        if (plain.isPresent()) {
            return plain.get();
        }
        if (bound.certain) {
            throw new TamperedValueException(
                    "an encrypted session attribute does not authenticate: it was changed, or moved here from another"
                            + " attribute or session",
                    null);
        }
        throw new UnreadableValueException(
                "the session has a key binding under a key that is not known: see " + setup.names.keys(), null);
    }

    /**
     * Compresses and encrypts a value; each call gives other bytes.
     *
     * @param name of the attribute
     * @param plain the codec's encoding
     * @return both forms of the value
     */
    public ProtectedValue protect(String name, EncodedValue plain) {
        EncodedValue inner = setup.compression.compress(plain);
        Encryption encryption = setup.encryption;
        EncryptionKey current =
                encryption == null ? null : encryption.keys().current().orElse(null);
        if (encryption == null || current == null) {
            if (setup.required) {
                // There was one at the start; keys may come from elsewhere and go.
                throw new UnstorableValueException(
                        setup.names.required() + " is on, and there is no key that encrypts", null);
            }
            return new ProtectedValue(plain, inner);
        }
        SecretKeySpec secret = secret(current, binding(encryption));
        return new ProtectedValue(plain, encryption.encrypt(current, secret, uid, name, inner));
    }

    /**
     * Whether a stored value means nothing in another session.
     *
     * @param stored as the row has it
     * @return false if it may be copied as it is
     */
    public boolean isBound(EncodedValue stored) {
        return stored.format() == EncodedValue.ENCRYPTED || setup.required;
    }

    /**
     * A new key binding for the present key, to be written with these values.
     *
     * @param values that are written
     * @return null if none is needed
     */
    public @Nullable Token renewedKeyBinding(Collection<EncodedValue> values) {
        Encryption encryption = setup.encryption;
        boolean encrypted = values.stream().anyMatch(value -> value.format() == EncodedValue.ENCRYPTED);
        if (encryption == null || !encrypted) {
            return null;
        }
        // Otherwise a key could not be retired although no value is encrypted under it any more.
        Binding bound = binding(encryption);
        EncryptionKey current = encryption.keys().current().orElse(null);
        return current == null || bound.boundUnder == null || bound.boundUnder.equals(current.id())
                ? null
                : Encryption.bind(current, uid, bound.origin, key);
    }

    /**
     * The key binding to write when the id changes.
     *
     * @param newKey under which the row will lie
     * @return null if none is needed
     */
    public @Nullable Token keyBindingFor(SessionKey newKey) {
        Encryption encryption = setup.encryption;
        if (encryption == null) {
            return null;
        }
        EncryptionKey bindingKey = encryption.keys().bindingKey().orElse(null);
        return bindingKey == null ? null : Encryption.bind(bindingKey, uid, binding(encryption).origin, newKey);
    }

    private SecretKeySpec secret(EncryptionKey of, Binding bound) {
        return secrets.computeIfAbsent(of.id(), id -> Encryption.valueKey(of, uid, bound.origin));
    }

    private Binding binding(Encryption encryption) {
        Binding known = binding;
        if (known == null) {
            known = bind(encryption);
            binding = known;
        }
        return known;
    }

    private Binding bind(Encryption encryption) {
        Encryption.Named named = keyBinding == null ? null : Encryption.parse(keyBinding.bytes());
        if (named == null) {
            return new Binding(Encryption.origin(key), null, true);
        }
        EncryptionKey bindingKey = encryption.keys().find(named.keyId()).orElse(null);
        if (bindingKey == null) {
            return new Binding(Encryption.origin(key), null, false);
        }
        byte[] origin = Encryption.verify(named, bindingKey, uid, key);
        return origin == null
                ? new Binding(Encryption.origin(key), null, true)
                : new Binding(origin, named.keyId(), true);
    }
}
