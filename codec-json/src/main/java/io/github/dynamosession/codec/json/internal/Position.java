// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.json.internal;

import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.util.ClassUtil;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A place where a value stands, by its declared type: a property, an element, a map key. Lazily
 * filled, safely published, one per type and engine.
 */
final class Position {
    final JavaType type;
    /** The declared class, boxed. */
    final Class<?> raw;
    /** What an untagged value is here; null where the declared type leaves it open. */
    final @Nullable Kind kind;

    private final @Nullable String refusal;
    final ValueEngine engine;
    private volatile @Nullable Position element;
    private volatile @Nullable Position key;
    private volatile @Nullable Position value;
    volatile @Nullable JsonSerializer<Object> beanSerializer;
    volatile @Nullable JsonDeserializer<Object> beanDeserializer;
    /** Whether a property's name looks like a type id, so that an untagged object would be ambiguous. */
    volatile boolean hasTagLikeNames;

    Position(ValueEngine engine, JavaType type, @Nullable Kind kind) {
        this.engine = engine;
        this.type = type;
        this.raw = type.isPrimitive() ? ClassUtil.wrapperType(type.getRawClass()) : type.getRawClass();
        this.kind = kind;
        this.refusal = kind == null ? Immutables.whyNotDeclared(raw) : null;
    }

    /** Why nothing that is read can stand here; null if something can. */
    @Nullable
    String refusal() {
        return refusal;
    }

    Position element() {
        Position position = element;
        if (position == null) {
            JavaType content = type.isArrayType() ? type.getContentType() : null;
            position = content != null
                    ? engine.position(content)
                    : Optional.class == raw ? parameter(Optional.class, 0) : parameter(Iterable.class, 0);
            element = position;
        }
        return position;
    }

    Position key() {
        Position position = key;
        if (position == null) {
            position = parameter(Map.class, 0);
            key = position;
        }
        return position;
    }

    Position value() {
        Position position = value;
        if (position == null) {
            position = parameter(Map.class, 1);
            value = position;
        }
        return position;
    }

    private Position parameter(Class<?> generic, int index) {
        JavaType[] parameters = generic.isAssignableFrom(raw) ? type.findTypeParameters(generic) : new JavaType[0];
        return parameters != null && index < parameters.length ? engine.position(parameters[index]) : engine.anything();
    }
}
