// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.crypto;

import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.Token;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;

/** What the golden files say of encrypted and compressed values, for tests in other packages. */
public final class EncryptedSample {
    private EncryptedSample() {}

    /** Key {@code 2026-01} with the bytes 0 to 31; the first nonce is twelve bytes of 1, the next of 2. */
    private static ValueProtection.Setup setup() {
        byte[] secret = new byte[EncryptionKey.LENGTH];
        for (int i = 0; i < secret.length; i++) {
            secret[i] = (byte) i;
        }
        AtomicInteger count = new AtomicInteger();
        Encryption encryption = new Encryption(KeyRing.of(EncryptionKey.of("2026-01", secret)), () -> {
            byte[] nonce = new byte[12];
            Arrays.fill(nonce, (byte) count.incrementAndGet());
            return nonce;
        });
        return new ValueProtection.Setup(
                new Compression(Integer.MAX_VALUE),
                encryption,
                false,
                new ValueProtection.SettingNames("required", "keys"));
    }

    /** The values encrypted in the order of their names while the session was under one key, which then changed. */
    public static StoredSession encrypted(StoredSession plain, SessionKey first, SessionKey now) {
        ValueProtection protection = new ValueProtection(setup(), plain.uid(), first, null);
        Map<String, EncodedValue> values = new HashMap<>();
        new TreeMap<>(plain.attributes())
                .forEach((name, value) ->
                        values.put(name, protection.protect(name, value).stored()));
        Token keyBinding = protection.keyBindingFor(now);
        return plain.toBuilder().attributes(values).keyBinding(keyBinding).build();
    }

    /** A value of a session, encrypted once more. */
    public static EncodedValue nested(StoredSession stored, String name, EncryptionKey key, SessionKey row) {
        return new Encryption(KeyRing.of(key))
                .encrypt(
                        key,
                        Encryption.valueKey(key, stored.uid(), Encryption.origin(row)),
                        stored.uid(),
                        name,
                        stored.attributes().get(name));
    }

    /** The values as codecs wrote them. */
    public static Map<String, EncodedValue> opened(StoredSession stored, SessionKey now) {
        ValueProtection protection = new ValueProtection(
                setup(), stored.uid(), now, stored.keyBinding().orElse(null));
        Map<String, EncodedValue> values = new HashMap<>();
        stored.attributes().forEach((name, value) -> values.put(name, protection.open(name, value)));
        return values;
    }
}
