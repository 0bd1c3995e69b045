// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.codec;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.UnreadableValueException;
import io.github.dynamosession.spi.UnstorableValueException;
import java.lang.reflect.Type;
import java.util.HashMap;
import java.util.Map;

/** The schema-first codec of {@code docs/custom-codecs.md}. */
final class ProtobufCodec implements SessionCodec {
    private final Map<String, Message> allowed = new HashMap<>();

    ProtobufCodec(Message... defaultInstances) {
        for (Message message : defaultInstances) {
            allowed.put(message.getDescriptorForType().getFullName(), message);
        }
    }

    public int format() {
        return 65;
    }

    public byte[] encode(Object value) {
        if (!(value instanceof Message message)
                || !allowed.containsKey(message.getDescriptorForType().getFullName())) {
            throw new UnstorableValueException(
                    "not a message that may be stored: " + value.getClass().getName(), null);
        }
        byte[] bytes = Any.pack(message).toByteArray();
        if (!decode(bytes, Object.class).equals(message)) { // half a surrogate pair is written as "?"
            throw new UnstorableValueException("a message with text that is not valid Unicode", null);
        }
        return bytes;
    }

    public Object decode(byte[] bytes, Type type) {
        try {
            Any any = Any.parseFrom(bytes);
            Message known =
                    allowed.get(any.getTypeUrl().substring(any.getTypeUrl().lastIndexOf('/') + 1));
            if (known == null || !(type instanceof Class<?> wanted && wanted.isInstance(known))) {
                throw new UnreadableValueException("not a message that may be read as " + type.getTypeName(), null);
            }
            return known.getParserForType().parseFrom(any.getValue());
        } catch (InvalidProtocolBufferException e) {
            throw new UnreadableValueException("not a message", null);
        }
    }
}
