// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.json.internal;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.SerializerProvider;
import io.github.dynamosession.codec.internal.JavaPlatform;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** An enum's constants, by name. */
final class EnumHandler extends TypeHandler {
    private final ValueEngine engine;
    private final Map<String, Enum<?>> constants = new LinkedHashMap<>();
    private final boolean ofJdk;
    private final boolean storable;
    private final boolean readable;

    EnumHandler(ValueEngine engine, Class<?> type) {
        super(type);
        this.engine = engine;
        this.ofJdk = JavaPlatform.has(type);
        this.storable = ofJdk || engine.policy().allows(type);
        this.readable = storable || engine.policy().reads(type);
        for (Object constant : type.getEnumConstants()) {
            constants.put(((Enum<?>) constant).name(), (Enum<?>) constant);
        }
    }

    @Override
    String id() {
        if (JdkHandlers.ENUMS.get(type.getSimpleName()) == type) {
            return type.getSimpleName();
        }
        if (ofJdk) {
            throw engine.policy().notStorable(type, "it is stored only where a property declares it");
        }
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

    @Override
    void write(Object value, DeclaredType declaredType, JsonGenerator out, SerializerProvider provider)
            throws IOException {
        out.writeString(((Enum<?>) value).name());
    }

    @Override
    Object read(JsonParser in, DeserializationContext context, DeclaredType declaredType, boolean dynamic)
            throws IOException {
        JdkHandlers.expect(in, JsonToken.VALUE_STRING);
        return constant(in.getText());
    }

    Enum<?> constant(String name) {
        requireReadable();
        Enum<?> constant = constants.get(name);
        if (constant == null) {
            throw ValueEngine.unreadable("not a constant of " + type.getName());
        }
        return constant;
    }
}
