// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.UnreadableValueException;
import io.github.dynamosession.spi.UnstorableValueException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.concurrent.atomic.AtomicInteger;

/** A codec for tests that counts its calls. Anything serializable; no format to be proud of. */
public class SerializingCodec implements SessionCodec {
    public final AtomicInteger encoded = new AtomicInteger();
    public final AtomicInteger decoded = new AtomicInteger();
    private final int format;

    public SerializingCodec() {
        this(EncodedValue.FIRST_CUSTOM);
    }

    public SerializingCodec(int format) {
        this.format = format;
    }

    @Override
    public int format() {
        return format;
    }

    @Override
    public byte[] encode(Object value) {
        encoded.incrementAndGet();
        try (ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(value);
            out.flush();
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UnstorableValueException(value.getClass().getName() + " is not serializable", null);
        }
    }

    @Override
    public Object decode(byte[] bytes, Type type) {
        decoded.incrementAndGet();
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
            Object value = in.readObject();
            Type raw = type instanceof ParameterizedType generic ? generic.getRawType() : type;
            if (raw instanceof Class<?> wanted && !wanted.isInstance(value)) {
                throw new UnreadableValueException("not a " + type.getTypeName(), null);
            }
            return value;
        } catch (IOException | ClassNotFoundException e) {
            throw new UnreadableValueException("damaged", null);
        }
    }
}
