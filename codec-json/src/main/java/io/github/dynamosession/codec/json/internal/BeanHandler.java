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
import java.lang.reflect.Field;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An application's class or record: Jackson writes and reads its properties. */
final class BeanHandler extends TypeHandler {
    /** The attribute of a serializer provider that says: read what was written, and compare. */
    private static final Object VERIFY = new Object();

    private final ValueEngine engine;
    private final boolean storable;
    private final boolean readable;
    private volatile Beans.@Nullable Traits traits;
    private volatile @Nullable List<Field> state;

    BeanHandler(ValueEngine engine, Class<?> type) {
        super(type);
        this.engine = engine;
        this.storable = engine.policy().allows(type);
        this.readable = storable || engine.policy().reads(type);
    }

    @Override
    String id() {
        return engine.policy().idOf(type);
    }

    @Override
    void requireStorable() {
        if (!storable) {
            engine.policy().missing(type);
        }
    }

    @Override
    void requireReadable() {
        if (!readable) {
            throw engine.notReadable(type);
        }
    }

    /** Takes note that only reading tells whether what is written comes back. */
    static void verify(SerializerProvider provider) {
        provider.setAttribute(VERIFY, true);
    }

    /** Whether an object was written of which only reading tells whether it comes back. */
    static boolean isToBeVerified(SerializerProvider provider) {
        return provider.getAttribute(VERIFY) != null;
    }

    /** Whether its author names a serializer and a deserializer, and says when two of its objects are equal. */
    boolean isAnsweredFor() {
        Beans.Traits known = traits;
        return known != null && known.answeredFor();
    }

    /** The fields that have to come back. */
    List<Field> state() {
        List<Field> fields = state;
        if (fields == null) {
            fields = State.of(engine.mapper().constructType(type), engine.mapper());
            state = fields;
        }
        return fields;
    }

    boolean needsMark(DeclaredType declaredType, SerializerProvider provider) throws IOException {
        serializer(declaredType, provider);
        return declaredType.hasTagLikeNames;
    }

    @Override
    void write(Object value, DeclaredType declaredType, JsonGenerator out, SerializerProvider provider)
            throws IOException {
        JsonSerializer<Object> serializer = serializer(declaredType, provider);
        Beans.Traits known = traits;
        if (known != null && known.verified()) {
            verify(provider);
        }
        serializer.serialize(value, out, provider);
    }

    private JsonSerializer<Object> serializer(DeclaredType declaredType, SerializerProvider provider)
            throws IOException {
        JsonSerializer<Object> serializer = declaredType.beanSerializer;
        if (serializer == null) {
            try {
                Beans.checkClass(type, engine.policy());
                serializer = provider.findValueSerializer(declaredType.type, null);
                Beans.Traits found = Beans.traits(declaredType.type, serializer, engine);
                declaredType.hasTagLikeNames = found.tagLikeNames();
                traits = found;
            } catch (JsonMappingException e) {
                // No value was looked at yet, so the message holds none.
                throw engine.policy().notStorable(type, "Jackson says: " + e.getOriginalMessage());
            } catch (IllegalArgumentException e) {
                throw engine.policy().notStorable(type, "Jackson says: " + e.getMessage());
            }
            declaredType.beanSerializer = serializer;
        }
        return serializer;
    }

    @Override
    Object read(JsonParser in, DeserializationContext context, DeclaredType declaredType, boolean dynamic)
            throws IOException {
        requireReadable();
        JsonDeserializer<Object> deserializer = declaredType.beanDeserializer;
        if (deserializer == null) {
            deserializer = Beans.plain(context.findContextualValueDeserializer(declaredType.type, null));
            declaredType.beanDeserializer = deserializer;
        }
        Object value = deserializer.deserialize(in, context);
        if (value == null) {
            throw ValueEngine.unreadable("nothing in place of " + type.getName());
        }
        return value;
    }
}
