// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.json.internal;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.SerializerProvider;
import java.io.IOException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How the values of one class, or of a family of private JDK classes, are written and read.
 *
 * <p>Two values of one type handler look alike; a value whose type handler its {@link DeclaredType} does not imply is
 * written as {@code {"@id": …}}.
 */
abstract class TypeHandler {
    /** What a read value is an instance of. */
    final Class<?> type;

    private @Nullable Function<Object, TypeHandler> chooser;

    TypeHandler(Class<?> type) {
        this.type = type;
    }

    /** The type id; throws the refusal if the class has none. */
    abstract String id();

    /** Refuses a class of the application that is not on the list; the JDK's need not be. */
    void requireStorable() {}

    /** Refuses to make objects of a class of the application that is not on the list. */
    void requireReadable() {}

    /** Writes the value without its type id. */
    abstract void write(Object value, DeclaredType declaredType, JsonGenerator out, SerializerProvider provider)
            throws IOException;

    /**
     * Reads what {@link #write} wrote, from the parser's current token (or from the first field of an
     * object whose start was consumed) to its last.
     *
     * @param dynamic whether elements were written without regard to the declared type
     */
    abstract Object read(JsonParser in, DeserializationContext context, DeclaredType declaredType, boolean dynamic)
            throws IOException;

    /** Whether plain JSON stands for this value where the declared type says nothing. */
    boolean isUntagged(Object value) {
        return false;
    }

    /** The type handler of this very value, for classes whose instances differ by more than their content. */
    TypeHandler variant(Object value) {
        Function<Object, TypeHandler> function = chooser;
        return function == null ? this : function.apply(value);
    }

    /** Sets what {@link #variant} asks; once, before this type handler is shared. */
    void choose(Function<Object, TypeHandler> function) {
        this.chooser = function;
    }
}
