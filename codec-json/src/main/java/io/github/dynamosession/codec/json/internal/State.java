// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.json.internal;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.AnnotationIntrospector;
import com.fasterxml.jackson.databind.BeanDescription;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.MapperConfig;
import com.fasterxml.jackson.databind.introspect.AnnotatedField;
import com.fasterxml.jackson.databind.introspect.BeanPropertyDefinition;
import io.github.dynamosession.codec.internal.JavaPlatform;
import java.io.Externalizable;
import java.io.ObjectOutputStream;
import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a class consists of, as far as it has to come back: its fields and those of its superclasses,
 * without static and transient ones, and without those that Jackson is told to ignore both ways.
 */
final class State {
    private State() {}

    /** The fields of a bean that have to come back; made accessible. */
    static List<Field> of(JavaType type, ObjectMapper mapper) {
        BeanDescription written = mapper.getSerializationConfig().introspect(type);
        BeanDescription read = mapper.getDeserializationConfig().introspect(type);
        Set<String> ignored = new HashSet<>();
        if (read.getIgnoredPropertyNames() != null) {
            ignored.addAll(read.getIgnoredPropertyNames());
        }
        AnnotationIntrospector annotations = mapper.getSerializationConfig().getAnnotationIntrospector();
        JsonIgnoreProperties.Value ofClass =
                annotations.findPropertyIgnoralByName(mapper.getSerializationConfig(), written.getClassInfo());
        Set<String> leftOut = new HashSet<>(ofClass.findIgnoredForSerialization());
        leftOut.retainAll(ofClass.findIgnoredForDeserialization());
        for (BeanPropertyDefinition property : written.findProperties()) {
            AnnotatedField field = property.getField();
            if (field != null && leftOut.contains(property.getName())) {
                ignored.add(field.getName());
            } else if (field != null) {
                // It is written all the same: only reading ignores it.
                ignored.remove(field.getName());
            }
        }
        List<Field> state = new ArrayList<>();
        for (Class<?> c = type.getRawClass(); c != null && !JavaPlatform.has(c); c = c.getSuperclass()) {
            for (Field field : c.getDeclaredFields()) {
                if (isState(field) && !ignored.contains(field.getName()) && !isIgnorable(field, annotations, mapper)) {
                    field.setAccessible(true);
                    state.add(field);
                }
            }
        }
        return state;
    }

    /**
     * A transient field of a class that serializes itself: its state may be there, and does not come back here.
     *
     * @return null if there is none
     */
    static @Nullable Field serializedByHand(Class<?> type) {
        boolean whole = Externalizable.class.isAssignableFrom(type) || declares(type, "writeReplace");
        for (Class<?> c = type; c != null && !JavaPlatform.has(c); c = c.getSuperclass()) {
            if (whole || declares(c, "writeObject", ObjectOutputStream.class)) {
                for (Field field : c.getDeclaredFields()) {
                    if (Modifier.isTransient(field.getModifiers()) && !Modifier.isStatic(field.getModifiers())) {
                        return field;
                    }
                }
            }
        }
        return null;
    }

    private static boolean declares(Class<?> type, String method, Class<?>... parameters) {
        return Arrays.stream(type.getDeclaredMethods())
                .anyMatch(own -> own.getName().equals(method) && Arrays.equals(own.getParameterTypes(), parameters));
    }

    static boolean isState(Field field) {
        return !Modifier.isStatic(field.getModifiers()) && !Modifier.isTransient(field.getModifiers());
    }

    private static boolean isIgnorable(Field field, AnnotationIntrospector annotations, ObjectMapper mapper) {
        MapperConfig<?> config = mapper.getSerializationConfig();
        return Boolean.TRUE.equals(annotations.isIgnorableType(
                config.introspectClassAnnotations(field.getType()).getClassInfo()));
    }

    /** Whether Jackson is told anything at all of a class: then only reading shows what comes back. */
    static boolean isAnnotated(Class<?> type) {
        return isAnnotated(type, new HashSet<>());
    }

    private static boolean isAnnotated(@Nullable Class<?> type, Set<Class<?>> seen) {
        if (type == null || JavaPlatform.has(type) || !seen.add(type)) {
            return false;
        }
        for (Class<?> implemented : type.getInterfaces()) {
            if (isAnnotated(implemented, seen)) {
                return true;
            }
        }
        return hasAny(type)
                || hasAny(type.getDeclaredFields())
                || hasAny(type.getDeclaredMethods())
                || hasAny(type.getDeclaredConstructors())
                || isAnnotated(type.getSuperclass(), seen);
    }

    private static boolean hasAny(AnnotatedElement... elements) {
        for (AnnotatedElement element : elements) {
            for (Annotation annotation : element.getDeclaredAnnotations()) {
                if (isOfJackson(annotation.annotationType())) {
                    return true;
                }
            }
            if (element instanceof Executable executable && hasAny(executable.getParameters())) {
                return true;
            }
        }
        return false;
    }

    /** Jackson's own annotations, those that stand for some of them, and the JDK's that it understands. */
    private static boolean isOfJackson(Class<? extends Annotation> annotation) {
        if (annotation.getPackageName().startsWith("com.fasterxml.jackson.")
                || annotation.getPackageName().equals("java.beans")) {
            return true;
        }
        for (Annotation meta : annotation.getDeclaredAnnotations()) {
            if (meta.annotationType().getPackageName().startsWith("com.fasterxml.jackson.")) {
                return true;
            }
        }
        return false;
    }
}
