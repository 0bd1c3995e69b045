// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.json.internal;

import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.BeanPropertyDefinition;
import io.github.dynamosession.codec.internal.JavaPlatform;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;

/** The application's classes that the properties of a class declare, at any depth, for a message. */
final class DeclaredClasses {
    private final ObjectMapper mapper;
    private final Set<JavaType> seen = new HashSet<>();
    private final Set<Class<?>> found = new LinkedHashSet<>();

    private DeclaredClasses(ObjectMapper mapper) {
        this.mapper = mapper;
    }

    static Set<Class<?>> of(Class<?> root, ObjectMapper mapper) {
        DeclaredClasses classes = new DeclaredClasses(mapper);
        classes.add(mapper.constructType(root));
        return classes.found;
    }

    private void add(JavaType type) {
        if (!seen.add(type)) {
            return;
        }
        if (type.getContentType() != null) {
            add(type.getContentType());
        }
        type.getBindings().getTypeParameters().forEach(this::add);
        Class<?> raw = type.getRawClass();
        if (raw.isArray() || raw.isPrimitive() || JavaPlatform.has(raw) || Beans.isOpen(raw)) {
            return;
        }
        found.add(raw);
        if (!raw.isEnum()) {
            for (BeanPropertyDefinition property :
                    mapper.getSerializationConfig().introspect(type).findProperties()) {
                add(property.getPrimaryType());
            }
        }
    }
}
