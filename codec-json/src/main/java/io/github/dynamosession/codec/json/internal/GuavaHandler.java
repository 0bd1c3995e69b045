// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.json.internal;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.Module;
import com.fasterxml.jackson.databind.SerializerProvider;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A collection at a place that declares it as Guava's: Jackson's module for Guava makes it. */
final class GuavaHandler extends TypeHandler {
    private static final String MODULE = "com.fasterxml.jackson.datatype.guava.GuavaModule";

    private final TypeHandler content;

    GuavaHandler(Class<?> type, TypeHandler content) {
        super(type);
        this.content = content;
    }

    /** The module; null if the application does not have it. */
    static @Nullable Module module(ClassLoader loader) {
        try {
            return Class.forName(MODULE, true, loader)
                    .asSubclass(Module.class)
                    .getDeclaredConstructor()
                    .newInstance();
        } catch (ReflectiveOperationException | LinkageError | ClassCastException e) {
            return null;
        }
    }

    @Override
    String id() {
        return content.id();
    }

    @Override
    void write(Object value, DeclaredType declaredType, JsonGenerator out, SerializerProvider provider)
            throws IOException {
        // Of the order of sorted ones, and of keys, the module knows less than this engine.
        BeanHandler.verify(provider);
        content.write(value, declaredType, out, provider);
    }

    @Override
    Object read(JsonParser in, DeserializationContext context, DeclaredType declaredType, boolean dynamic)
            throws IOException {
        return context.findContextualValueDeserializer(declaredType.type, null).deserialize(in, context);
    }
}
