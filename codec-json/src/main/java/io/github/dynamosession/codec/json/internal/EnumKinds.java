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
final class EnumKinds {
    private EnumKinds() {}

    /** The enum's type id, constants' names. */
    static final class OfSet extends Kind {
        OfSet() {
            super(EnumSet.class);
        }

        @Override
        String id() {
            return "EnumSet";
        }

        @Override
        @SuppressWarnings({"unchecked", "rawtypes"})
        void write(Object value, Position position, JsonGenerator out, SerializerProvider provider) throws IOException {
            EnumSet<?> set = (EnumSet<?>) value;
            EnumSet<?> all = set.isEmpty() ? EnumSet.complementOf((EnumSet) set) : set;
            if (all.isEmpty()) {
                throw JdkKinds.refused(value.getClass(), "its enum has no constants");
            }
            Class<?> type = all.iterator().next().getDeclaringClass();
            out.writeStartArray();
            writeType(type, position.element(), position.engine, out);
            for (Enum<?> constant : set) {
                out.writeString(constant.name());
            }
            out.writeEndArray();
        }

        @Override
        @SuppressWarnings({"unchecked", "rawtypes"})
        Object read(JsonParser in, DeserializationContext context, Position position, boolean dynamic)
                throws IOException {
            EnumKind kind = readType(in, position.element(), position.engine);
            EnumSet set = EnumSet.noneOf((Class) kind.type);
            while (in.nextToken() != JsonToken.END_ARRAY) {
                JdkKinds.expect(in, JsonToken.VALUE_STRING);
                set.add(kind.constant(in.getText()));
            }
            return set;
        }
    }

    /** The enum's type id, an object of values by constant's name. */
    static final class OfMap extends Kind {
        OfMap() {
            super(EnumMap.class);
        }

        @Override
        String id() {
            return "EnumMap";
        }

        @Override
        void write(Object value, Position position, JsonGenerator out, SerializerProvider provider) throws IOException {
            EnumMap<?, ?> map = (EnumMap<?, ?>) value;
            out.writeStartArray();
            writeType(keyType(map), position.key(), position.engine, out);
            out.writeStartObject();
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                out.writeFieldName(((Enum<?>) entry.getKey()).name());
                position.engine.write(entry.getValue(), position.value(), out, provider);
            }
            out.writeEndObject();
            out.writeEndArray();
        }

        @Override
        @SuppressWarnings({"unchecked", "rawtypes"})
        Object read(JsonParser in, DeserializationContext context, Position position, boolean dynamic)
                throws IOException {
            EnumKind kind = readType(in, position.key(), position.engine);
            EnumMap<?, @Nullable Object> map = new EnumMap(kind.type);
            in.nextToken();
            JdkKinds.expect(in, JsonToken.START_OBJECT);
            while (in.nextToken() == JsonToken.FIELD_NAME) {
                Enum<?> key = kind.constant(in.currentName());
                in.nextToken();
                ((Map) map).put(key, position.engine.read(in, context, position.value(), dynamic));
            }
            JdkKinds.expect(in, JsonToken.END_OBJECT);
            in.nextToken();
            JdkKinds.expect(in, JsonToken.END_ARRAY);
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
                throw JdkKinds.refused(EnumMap.class, "it is empty and does not tell its key type");
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

    private static void writeType(Class<?> type, Position declared, ValueEngine engine, JsonGenerator out)
            throws IOException {
        Kind kind = engine.kindOf(type);
        kind.requireStorable();
        if (declared.kind == kind) {
            out.writeNull();
        } else {
            out.writeString(kind.id());
        }
    }

    private static EnumKind readType(JsonParser in, Position declared, ValueEngine engine) throws IOException {
        JdkKinds.expect(in, JsonToken.START_ARRAY);
        Kind kind;
        if (in.nextToken() == JsonToken.VALUE_NULL) {
            kind = declared.kind;
        } else {
            JdkKinds.expect(in, JsonToken.VALUE_STRING);
            kind = engine.kindFor(in.getText());
        }
        if (!(kind instanceof EnumKind constants)) {
            throw ValueEngine.unreadable("an enum that is not allowed");
        }
        constants.requireReadable();
        return constants;
    }
}
