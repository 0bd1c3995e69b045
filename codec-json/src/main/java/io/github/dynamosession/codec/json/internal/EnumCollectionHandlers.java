// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.json.internal;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.SerializerProvider;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@link EnumSet} and {@link EnumMap}, whose element type is part of the value: an array that starts
 * with the enum's type id, or with null where the declared type names it.
 */
final class EnumCollectionHandlers {
    private EnumCollectionHandlers() {}

    /** The enum's type id, constants' names. */
    static final class OfSet extends TypeHandler {
        OfSet() {
            super(EnumSet.class);
        }

        @Override
        String id() {
            return "EnumSet";
        }

        @Override
        @SuppressWarnings({"unchecked", "rawtypes"})
        void write(Object value, DeclaredType declaredType, JsonGenerator out, SerializerProvider provider)
                throws IOException {
            EnumSet<?> set = (EnumSet<?>) value;
            EnumSet<?> all = set.isEmpty() ? EnumSet.complementOf((EnumSet) set) : set;
            if (all.isEmpty()) {
                throw JdkHandlers.refused(value.getClass(), "its enum has no constants");
            }
            Class<?> type = all.iterator().next().getDeclaringClass();
            out.writeStartArray();
            writeType(type, declaredType.element(), declaredType.engine, out);
            for (Enum<?> constant : set) {
                out.writeString(constant.name());
            }
            out.writeEndArray();
        }

        @Override
        @SuppressWarnings({"unchecked", "rawtypes"})
        Object read(JsonParser in, DeserializationContext context, DeclaredType declaredType, boolean dynamic)
                throws IOException {
            EnumHandler handler = readType(in, declaredType.element(), declaredType.engine);
            EnumSet set = EnumSet.noneOf((Class) handler.type);
            while (in.nextToken() != JsonToken.END_ARRAY) {
                JdkHandlers.expect(in, JsonToken.VALUE_STRING);
                set.add(handler.constant(in.getText()));
            }
            return set;
        }
    }

    /** The enum's type id, an object of values by constant's name. */
    static final class OfMap extends TypeHandler {
        OfMap() {
            super(EnumMap.class);
        }

        @Override
        String id() {
            return "EnumMap";
        }

        @Override
        void write(Object value, DeclaredType declaredType, JsonGenerator out, SerializerProvider provider)
                throws IOException {
            EnumMap<?, ?> map = (EnumMap<?, ?>) value;
            out.writeStartArray();
            writeType(keyType(map), declaredType.key(), declaredType.engine, out);
            out.writeStartObject();
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                out.writeFieldName(((Enum<?>) entry.getKey()).name());
                declaredType.engine.write(entry.getValue(), declaredType.value(), out, provider);
            }
            out.writeEndObject();
            out.writeEndArray();
        }

        @Override
        @SuppressWarnings({"unchecked", "rawtypes"})
        Object read(JsonParser in, DeserializationContext context, DeclaredType declaredType, boolean dynamic)
                throws IOException {
            EnumHandler handler = readType(in, declaredType.key(), declaredType.engine);
            EnumMap<?, @Nullable Object> map = new EnumMap(handler.type);
            in.nextToken();
            JdkHandlers.expect(in, JsonToken.START_OBJECT);
            while (in.nextToken() == JsonToken.FIELD_NAME) {
                Enum<?> key = handler.constant(in.currentName());
                in.nextToken();
                ((Map) map).put(key, declaredType.engine.read(in, context, declaredType.value(), dynamic));
            }
            JdkHandlers.expect(in, JsonToken.END_OBJECT);
            in.nextToken();
            JdkHandlers.expect(in, JsonToken.END_ARRAY);
            return map;
        }

        private static Class<?> keyType(EnumMap<?, ?> map) throws IOException {
            if (!map.isEmpty()) {
                return map.keySet().iterator().next().getDeclaringClass();
            }
            // An empty map shows its key type to nobody but serialization.
            KeyTypeFinder finder = new KeyTypeFinder();
            finder.writeObject(map);
            if (finder.found == null) {
                throw JdkHandlers.refused(EnumMap.class, "it is empty and does not tell its key type");
            }
            return finder.found;
        }
    }

    /** Serializes to nowhere and notes the one enum class that comes by. */
    private static final class KeyTypeFinder extends ObjectOutputStream {
        @Nullable
        Class<?> found;

        KeyTypeFinder() throws IOException {
            super(OutputStream.nullOutputStream());
        }

        @Override
        protected void annotateClass(Class<?> type) {
            if (type.isEnum()) {
                found = type;
            }
        }
    }

    private static void writeType(Class<?> type, DeclaredType declared, ValueEngine engine, JsonGenerator out)
            throws IOException {
        TypeHandler handler = engine.handlerOf(type);
        handler.requireStorable();
        if (declared.handler == handler) {
            out.writeNull();
        } else {
            out.writeString(handler.id());
        }
    }

    private static EnumHandler readType(JsonParser in, DeclaredType declared, ValueEngine engine) throws IOException {
        JdkHandlers.expect(in, JsonToken.START_ARRAY);
        TypeHandler handler;
        if (in.nextToken() == JsonToken.VALUE_NULL) {
            handler = declared.handler;
        } else {
            JdkHandlers.expect(in, JsonToken.VALUE_STRING);
            handler = engine.handlerFor(in.getText());
        }
        if (!(handler instanceof EnumHandler constants)) {
            throw ValueEngine.unreadable("an enum that is not allowed");
        }
        constants.requireReadable();
        return constants;
    }
}
