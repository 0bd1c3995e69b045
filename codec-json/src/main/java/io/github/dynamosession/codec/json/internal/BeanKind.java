// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.json.internal;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.SerializerProvider;
import java.io.IOException;

/** An application's class or record: Jackson writes and reads its properties. */
final class BeanKind extends Kind {
    private final ValueEngine engine;

    BeanKind(ValueEngine engine, Class<?> type) {
        super(type);
        this.engine = engine;
    }

    @Override
    String id() {
        String id = engine.policy().idOf(type);
        if (id == null) {
            throw engine.policy().notAllowed(type);
        }
        return id;
    }

    boolean needsMark(Position position, SerializerProvider provider) throws IOException {
        serializer(position, provider);
        return position.hasTagLikeNames;
    }

    @Override
    void write(Object value, Position position, JsonGenerator out, SerializerProvider provider) throws IOException {
        serializer(position, provider).serialize(value, out, provider);
    }

    private JsonSerializer<Object> serializer(Position position, SerializerProvider provider) throws IOException {
        JsonSerializer<Object> serializer = position.beanSerializer;
        if (serializer == null) {
            try {
                Beans.checkClass(type, engine.policy());
                serializer = provider.findValueSerializer(position.type, null);
                position.hasTagLikeNames = Beans.hasTagLikeNames(position.type, serializer, engine);
            } catch (JsonMappingException e) {
                // No value was looked at yet, so the message holds none.
                throw engine.policy().notStorable(type, "Jackson says: " + e.getOriginalMessage());
            } catch (IllegalArgumentException e) {
                throw engine.policy().notStorable(type, "Jackson says: " + e.getMessage());
            }
            position.beanSerializer = serializer;
        }
        return serializer;
    }

    @Override
    Object read(JsonParser in, DeserializationContext context, Position position, boolean dynamic) throws IOException {
        JsonDeserializer<Object> deserializer = position.beanDeserializer;
        if (deserializer == null) {
            deserializer = Beans.plain(context.findContextualValueDeserializer(position.type, null));
            position.beanDeserializer = deserializer;
        }
        Object value = deserializer.deserialize(in, context);
        if (value == null) {
            throw ValueEngine.unreadable("nothing in place of " + type.getName());
        }
        return value;
    }
}
