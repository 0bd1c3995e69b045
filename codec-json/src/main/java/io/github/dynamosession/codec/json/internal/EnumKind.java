// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.json.internal;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.SerializerProvider;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** An enum's constants, by name. */
final class EnumKind extends Kind {
    private final ValueEngine engine;
    private final Map<String, Enum<?>> constants = new LinkedHashMap<>();

    EnumKind(ValueEngine engine, Class<?> type) {
        super(type);
        this.engine = engine;
        for (Object constant : type.getEnumConstants()) {
            constants.put(((Enum<?>) constant).name(), (Enum<?>) constant);
        }
    }

    @Override
    String id() {
        String id = JdkKinds.ENUMS.get(type.getSimpleName()) == type
                ? type.getSimpleName()
                : engine.policy().idOf(type);
        if (id == null) {
            throw JdkKinds.isJdk(type.getName())
                    ? engine.policy().notStorable(type, "it is stored only where a property declares it")
                    : engine.policy().notAllowed(type);
        }
        return id;
    }

    @Override
    void write(Object value, Position position, JsonGenerator out, SerializerProvider provider) throws IOException {
        out.writeString(((Enum<?>) value).name());
    }

    @Override
    Object read(JsonParser in, DeserializationContext context, Position position, boolean dynamic) throws IOException {
        JdkKinds.expect(in, JsonToken.VALUE_STRING);
        return constant(in.getText());
    }

    Enum<?> constant(String name) {
        Enum<?> constant = constants.get(name);
        if (constant == null) {
            throw ValueEngine.unreadable("not a constant of " + type.getName());
        }
        return constant;
    }
}
