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
final class DeclaredType {
    final JavaType type;
    /** The declared class, boxed. */
    final Class<?> raw;
    /** What an untagged value is here; null where the declared type leaves it open. */
    final @Nullable TypeHandler handler;

    private final @Nullable String refusal;
    final ValueEngine engine;
    private volatile @Nullable DeclaredType element;
    private volatile @Nullable DeclaredType key;
    private volatile @Nullable DeclaredType value;
    volatile @Nullable JsonSerializer<Object> beanSerializer;
    volatile @Nullable JsonDeserializer<Object> beanDeserializer;
    /** Whether a property's name looks like a type id, so that an untagged object would be ambiguous. */
    volatile boolean hasTagLikeNames;

    DeclaredType(ValueEngine engine, JavaType type, @Nullable TypeHandler handler) {
        this.engine = engine;
        this.type = type;
        this.raw = type.isPrimitive() ? ClassUtil.wrapperType(type.getRawClass()) : type.getRawClass();
        this.handler = handler;
        this.refusal = handler == null ? JsonImmutables.whyNotDeclared(raw) : null;
    }

    /** Why nothing that is read can stand here; null if something can. */
    @Nullable
    String refusal() {
        return refusal;
    }

    DeclaredType element() {
        DeclaredType declaredType = element;
        if (declaredType == null) {
            JavaType content = type.isArrayType() ? type.getContentType() : null;
            declaredType = content != null
                    ? engine.declaredType(content)
                    : Optional.class == raw ? parameter(Optional.class, 0) : parameter(Iterable.class, 0);
            element = declaredType;
        }
        return declaredType;
    }

    DeclaredType key() {
        DeclaredType declaredType = key;
        if (declaredType == null) {
            declaredType = parameter(Map.class, 0);
            key = declaredType;
        }
        return declaredType;
    }

    DeclaredType value() {
        DeclaredType declaredType = value;
        if (declaredType == null) {
            declaredType = parameter(Map.class, 1);
            value = declaredType;
        }
        return declaredType;
    }

    private DeclaredType parameter(Class<?> generic, int index) {
        JavaType[] parameters = generic.isAssignableFrom(raw) ? type.findTypeParameters(generic) : new JavaType[0];
        return parameters != null && index < parameters.length
                ? engine.declaredType(parameters[index])
                : engine.anything();
    }
}
