// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.json.internal;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.SerializerProvider;
import io.github.dynamosession.codec.internal.JavaPlatform;
import java.io.IOException;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Arrays, of objects and of primitives, as JSON arrays; the elements' class is declared by the array's. */
final class ArrayHandler extends TypeHandler {
    static final int MAX_DIMENSIONS = 16;

    private final ValueEngine engine;

    ArrayHandler(ValueEngine engine, Class<?> type) {
        super(type);
        this.engine = engine;
    }

    @Override
    String id() {
        Class<?> component = type;
        int dimensions = 0;
        while (component.isArray()) {
            component = component.getComponentType();
            dimensions++;
        }
        if (dimensions > MAX_DIMENSIONS) {
            throw engine.policy().notStorable(type, "it has more than " + MAX_DIMENSIONS + " dimensions");
        }
        String base;
        if (JdkHandlers.COMPONENTS.get(component.getSimpleName()) == component) {
            base = component.getSimpleName();
        } else if (JavaPlatform.has(component)) {
            throw engine.policy().notStorable(type, "arrays of that class are not supported");
        } else {
            if (!engine.policy().allows(component)) {
                engine.policy().missing(component);
            }
            base = engine.policy().idOf(component);
        }
        return base + "[]".repeat(dimensions);
    }

    /** The id of an array whose component is written by its class name. */
    static String nameOf(Class<?> array) {
        return array.isArray() ? nameOf(array.getComponentType()) + "[]" : array.getName();
    }

    @Override
    void write(Object value, DeclaredType declaredType, JsonGenerator out, SerializerProvider provider)
            throws IOException {
        DeclaredType element = elements(declaredType);
        int length = Array.getLength(value);
        out.writeStartArray();
        if (value instanceof Object[] objects) {
            for (Object object : objects) {
                engine.write(object, element, out, provider);
            }
        } else if (value instanceof int[] numbers) {
            for (int number : numbers) {
                out.writeNumber(number);
            }
        } else if (value instanceof long[] numbers) {
            for (long number : numbers) {
                out.writeNumber(number);
            }
        } else {
            for (int i = 0; i < length; i++) {
                engine.write(Array.get(value, i), element, out, provider);
            }
        }
        out.writeEndArray();
    }

    @Override
    Object read(JsonParser in, DeserializationContext context, DeclaredType declaredType, boolean dynamic)
            throws IOException {
        JdkHandlers.expect(in, JsonToken.START_ARRAY);
        DeclaredType element = elements(declaredType);
        List<@Nullable Object> values = new ArrayList<>();
        while (in.nextToken() != JsonToken.END_ARRAY) {
            values.add(engine.read(in, context, element, false));
        }
        Object array = Array.newInstance(type.getComponentType(), values.size());
        for (int i = 0; i < values.size(); i++) {
            Array.set(array, i, values.get(i));
        }
        return array;
    }

    /** By the declared type if it is this array's, so that a generic component keeps its parameters. */
    private DeclaredType elements(DeclaredType declaredType) {
        return declaredType.raw == type ? declaredType.element() : engine.declaredType(type.getComponentType());
    }
}
