// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;

/**
 * A generic type that outlives erasure: {@code session.get("lines", new TypeRef<List<Line>>() {})}.
 *
 * @param <T> the type
 */
public abstract class TypeRef<T> {
    private final Type type;

    /** For an anonymous subclass that names {@code T}. */
    protected TypeRef() {
        if (!(getClass().getGenericSuperclass() instanceof ParameterizedType parameterized)
                || parameterized.getRawType() != TypeRef.class) {
            throw new IllegalStateException("create a TypeRef as new TypeRef<List<String>>() {}");
        }
        this.type = parameterized.getActualTypeArguments()[0];
    }

    private TypeRef(Type type) {
        this.type = type;
    }

    /**
     * A type that is known only when the program runs, such as that of a framework's argument.
     *
     * @param type a class or a parameterized type
     * @return a reference to it
     */
    public static TypeRef<?> of(Type type) {
        return new TypeRef<Object>(type) {};
    }

    /**
     * The type.
     *
     * @return what stands between the angle brackets
     */
    public final Type type() {
        return type;
    }
}
