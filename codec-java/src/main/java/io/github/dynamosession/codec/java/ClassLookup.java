// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.java;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Finds classes by name, without initializing them, where the application's are. Caches nothing. */
final class ClassLookup {
    private static final Map<String, Class<?>> PRIMITIVES = Map.of(
            "boolean", boolean.class,
            "byte", byte.class,
            "char", char.class,
            "short", short.class,
            "int", int.class,
            "long", long.class,
            "float", float.class,
            "double", double.class,
            "void", void.class);

    private final @Nullable ClassLoader application;

    ClassLookup(@Nullable ClassLoader application) {
        this.application = application;
    }

    Class<?> find(String name) throws ClassNotFoundException {
        for (ClassLoader loader : loaders()) {
            try {
                return Class.forName(name, false, loader);
            } catch (ClassNotFoundException e) {
                // The next one may have it.
            }
        }
        Class<?> primitive = PRIMITIVES.get(name);
        if (primitive != null) {
            return primitive;
        }
        throw new ClassNotFoundException(name);
    }

    /** Whether a class that was written will be found under its name. */
    boolean finds(Class<?> type) {
        if (type.getClassLoader() == null) {
            return true;
        }
        try {
            return find(type.getName()) == type;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }

    /** Of the interfaces of a proxy, all from one class loader. */
    List<Class<?>> findAll(String[] names) throws ClassNotFoundException {
        for (ClassLoader loader : loaders()) {
            try {
                List<Class<?>> found = new ArrayList<>();
                for (String name : names) {
                    found.add(Class.forName(name, false, loader));
                }
                return found;
            } catch (ClassNotFoundException e) {
                // The next one may have them.
            }
        }
        throw new ClassNotFoundException(String.join(", ", names));
    }

    private List<ClassLoader> loaders() {
        return Stream.of(
                        Thread.currentThread().getContextClassLoader(),
                        application,
                        getClass().getClassLoader())
                .filter(Objects::nonNull)
                .distinct()
                .toList();
    }
}
