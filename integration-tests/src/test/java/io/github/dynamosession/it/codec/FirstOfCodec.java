// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.codec;

import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.UnreadableValueException;
import io.github.dynamosession.spi.UnstorableValueException;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.StringJoiner;

/** The composing codec of {@code docs/custom-codecs.md}. */
final class FirstOfCodec implements SessionCodec {
    private final SessionCodec[] codecs;

    FirstOfCodec(SessionCodec... codecs) {
        this.codecs = codecs;
    }

    public int format() {
        return 66;
    }

    public byte[] encode(Object value) {
        StringJoiner refusals = new StringJoiner("; ");
        for (SessionCodec codec : codecs) {
            try {
                byte[] inner = codec.encode(value);
                byte[] bytes = new byte[inner.length + 1];
                bytes[0] = (byte) codec.format();
                System.arraycopy(inner, 0, bytes, 1, inner.length);
                return bytes;
            } catch (UnstorableValueException refusal) {
                refusals.add(refusal.getMessage());
            }
        }
        throw new UnstorableValueException(refusals.toString(), null);
    }

    public Object decode(byte[] bytes, Type type) {
        for (SessionCodec codec : codecs) {
            if (bytes.length > 0 && bytes[0] == codec.format()) {
                return codec.decode(Arrays.copyOfRange(bytes, 1, bytes.length), type);
            }
        }
        throw new UnreadableValueException("a value of none of these codecs", null);
    }
}
