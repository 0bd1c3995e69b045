// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.crypto;

import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.Token;
import io.github.dynamosession.spi.UnreadableValueException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Supplier;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Encrypted values and key bindings, byte for byte; {@code docs/storage-format.md} is the specification. AES-256-GCM
 * with random nonces, under keys derived for each session: the number of values that one key may encrypt
 * (2^32, NIST SP 800-38D) is counted for a session, not for a fleet.
 */
final class Encryption {
    static final int ORIGIN_LENGTH = 16;

    private static final byte LAYOUT = 1;
    private static final int NONCE_LENGTH = 12;
    private static final int TAG_LENGTH = 16;
    private static final int MAC_LENGTH = 16;
    private static final byte[] ENCRYPTED = {EncodedValue.ENCRYPTED};

    private final EncryptionKeys keys;
    private final Supplier<byte[]> nonces;

    Encryption(EncryptionKeys keys) {
        this(keys, Encryption::randomNonce);
    }

    /** With nonces of a test's choice; each must be used once. */
    Encryption(EncryptionKeys keys, Supplier<byte[]> nonces) {
        this.keys = keys;
        this.nonces = nonces;
    }

    EncryptionKeys keys() {
        return keys;
    }

    /** An encrypted value before decryption, or a key binding before verification. */
    record Named(String keyId, ByteBuffer rest) {}

    /** What a stored value or key binding says of itself; null if it is none. */
    static @Nullable Named parse(byte[] body) {
        if (body.length < 2 || body[0] != LAYOUT || body[1] < 1 || body.length < 2 + body[1]) {
            return null;
        }
        int end = 2 + body[1];
        String keyId = new String(body, 2, body[1], StandardCharsets.US_ASCII);
        return EncryptionKey.isId(keyId) ? new Named(keyId, ByteBuffer.wrap(body, end, body.length - end)) : null;
    }

    EncodedValue encrypt(EncryptionKey key, SecretKeySpec secret, Token uid, String name, EncodedValue inner) {
        byte[] id = key.id().getBytes(StandardCharsets.US_ASCII);
        byte[] nonce = nonces.get();
        int plainLength = 1 + inner.bytes().length;
        ByteBuffer body = ByteBuffer.allocate(2 + id.length + NONCE_LENGTH + plainLength + TAG_LENGTH);
        body.put(LAYOUT).put((byte) id.length).put(id).put(nonce);
        try {
            Cipher cipher = cipher(Cipher.ENCRYPT_MODE, secret, nonce);
            cipher.updateAAD(context("dynamosession value 1", uid.bytes(), bytes(name), id, ENCRYPTED));
            ByteBuffer plain = ByteBuffer.allocate(plainLength)
                    .put((byte) inner.format())
                    .put(inner.bytes())
                    .flip();
            cipher.doFinal(plain, body);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has AES/GCM", e);
        }
        return EncodedValue.of(EncodedValue.ENCRYPTED, body.array());
    }

    /** What was encrypted; empty if it does not authenticate. */
    static Optional<EncodedValue> decrypt(Named value, SecretKeySpec secret, Token uid, String name) {
        ByteBuffer rest = value.rest().duplicate();
        if (rest.remaining() < NONCE_LENGTH + 1 + TAG_LENGTH) {
            return Optional.empty();
        }
        byte[] nonce = new byte[NONCE_LENGTH];
        rest.get(nonce);
        byte[] plain = new byte[rest.remaining() - TAG_LENGTH];
        try {
            Cipher cipher = cipher(Cipher.DECRYPT_MODE, secret, nonce);
            cipher.updateAAD(context(
                    "dynamosession value 1",
                    uid.bytes(),
                    bytes(name),
                    value.keyId().getBytes(StandardCharsets.US_ASCII),
                    ENCRYPTED));
            cipher.doFinal(rest, ByteBuffer.wrap(plain));
        } catch (AEADBadTagException e) {
            return Optional.empty();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has AES/GCM", e);
        }
        if (plain[0] < 1 || plain[0] == EncodedValue.ENCRYPTED) {
            throw new UnreadableValueException("an encrypted value holds none that this release knows", null);
        }
        return Optional.of(EncodedValue.of(plain[0], Arrays.copyOfRange(plain, 1, plain.length)));
    }

    private static Cipher cipher(int mode, SecretKeySpec secret, byte[] nonce) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, secret, new GCMParameterSpec(8 * TAG_LENGTH, nonce));
        return cipher;
    }

    /** The key of a session's values: HKDF-Expand (RFC 5869) of one block. */
    static SecretKeySpec valueKey(EncryptionKey key, Token uid, byte[] origin) {
        return new SecretKeySpec(key.derive(block("dynamosession value key 1", uid.bytes(), origin)), "AES");
    }

    /** What the values of a session are bound to that had this key when the first of them was encrypted. */
    static byte[] origin(SessionKey key) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256")
                    .digest(context("dynamosession origin 1", key.value().getBytes(StandardCharsets.UTF_8)));
            return Arrays.copyOf(hash, ORIGIN_LENGTH);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Says that values of this origin belong under this key. */
    static Token bind(EncryptionKey key, Token uid, byte[] origin, SessionKey row) {
        byte[] id = key.id().getBytes(StandardCharsets.US_ASCII);
        return Token.of(ByteBuffer.allocate(2 + id.length + ORIGIN_LENGTH + MAC_LENGTH)
                .put(LAYOUT)
                .put((byte) id.length)
                .put(id)
                .put(origin)
                .put(mac(key, uid, origin, row))
                .array());
    }

    /** The origin that a key binding vouches for; null if it does not fit. */
    static byte @Nullable [] verify(Named keyBinding, EncryptionKey key, Token uid, SessionKey row) {
        ByteBuffer rest = keyBinding.rest();
        if (rest.remaining() != ORIGIN_LENGTH + MAC_LENGTH) {
            return null;
        }
        byte[] origin = new byte[ORIGIN_LENGTH];
        byte[] mac = new byte[MAC_LENGTH];
        rest.duplicate().get(origin).get(mac);
        return MessageDigest.isEqual(mac, mac(key, uid, origin, row)) ? origin : null;
    }

    private static byte[] mac(EncryptionKey key, Token uid, byte[] origin, SessionKey row) {
        byte[] info = block(
                "dynamosession key binding 1", uid.bytes(), origin, row.value().getBytes(StandardCharsets.UTF_8));
        return Arrays.copyOf(key.derive(info), MAC_LENGTH);
    }

    static byte[] block(String label, byte[]... parts) {
        byte[] info = context(label, parts);
        byte[] block = Arrays.copyOf(info, info.length + 1);
        block[info.length] = 1;
        return block;
    }

    /** No two lists of parts give the same bytes. */
    private static byte[] context(String label, byte[]... parts) {
        ByteArrayOutputStream context = new ByteArrayOutputStream();
        context.writeBytes(label.getBytes(StandardCharsets.US_ASCII));
        for (byte[] part : parts) {
            context.writeBytes(
                    ByteBuffer.allocate(Integer.BYTES).putInt(part.length).array());
            context.writeBytes(part);
        }
        return context.toByteArray();
    }

    /** All of the name: a charset would make all lone surrogates the same. */
    private static byte[] bytes(String name) {
        ByteBuffer bytes = ByteBuffer.allocate(Character.BYTES * name.length());
        bytes.asCharBuffer().put(name);
        return bytes.array();
    }

    private static byte[] randomNonce() {
        byte[] nonce = new byte[NONCE_LENGTH];
        Randomness.SOURCE.nextBytes(nonce);
        return nonce;
    }

    /** Seeded at first use, not when this class is loaded: a process may be restored from a snapshot. */
    private static final class Randomness {
        static final SecureRandom SOURCE = new SecureRandom();
    }
}
