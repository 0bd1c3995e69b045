// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.json.internal;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * Kotlin's and Guava's immutable collections, known by their names, so that neither library is needed. They
 * come back as the JDK's unmodifiable ones, which answer questions about null as they do.
 */
final class JsonImmutables {
    private static final String GUAVA = "com.google.common.collect.Immutable";
    private static final String KOTLIN = "kotlin.collections.";
    /** What {@code buildList}, {@code buildSet} and {@code buildMap} answer with. */
    private static final String BUILT = "kotlin.collections.builders.";

    private JsonImmutables() {}

    /** The id of the type handler that stands for such a collection; null for any other class. */
    static @Nullable String handlerOf(Class<?> type) {
        boolean collection = Collection.class.isAssignableFrom(type);
        if ((!collection && !Map.class.isAssignableFrom(type)) || !isImmutable(type)) {
            return null;
        }
        if (SortedSet.class.isAssignableFrom(type)) {
            return "unmodifiableSortedSet";
        } else if (Set.class.isAssignableFrom(type)) {
            return "unmodifiableSet";
        } else if (List.class.isAssignableFrom(type)) {
            return "unmodifiableList";
        } else if (collection) {
            return null;
        }
        return SortedMap.class.isAssignableFrom(type) ? "unmodifiableSortedMap" : "unmodifiableMap";
    }

    private static boolean isImmutable(Class<?> type) {
        if (type.getName().startsWith(KOTLIN)) {
            return type.getName().startsWith(BUILT) || !isMutableInKotlin(type);
        }
        for (Class<?> c = type; c != null; c = c.getSuperclass()) {
            if (c.getName().startsWith(GUAVA)) {
                return true;
            }
        }
        return false;
    }

    /** Kotlin marks the classes whose interface may change them, since for Java all are the same. */
    private static boolean isMutableInKotlin(@Nullable Class<?> type) {
        if (type == null) {
            return false;
        }
        for (Class<?> implemented : type.getInterfaces()) {
            if (implemented.getName().startsWith("kotlin.jvm.internal.markers.KMutable")
                    || isMutableInKotlin(implemented)) {
                return true;
            }
        }
        return isMutableInKotlin(type.getSuperclass());
    }

    /** Why no collection that is read can stand where a type is declared; null if one can. */
    static @Nullable String whyNotDeclared(Class<?> declared) {
        if (declared.getName().startsWith("com.google.common.collect.")) {
            return "it is declared as " + declared.getName()
                    + ": declare an interface of java.util, or add"
                    + " com.fasterxml.jackson.datatype:jackson-datatype-guava";
        }
        return declared.getName().startsWith(KOTLIN)
                ? "it is declared as " + declared.getName() + ": declare kotlin.collections.List, Set or Map"
                : null;
    }

    /** Natural and reverse order of Guava are the JDK's by another name. */
    static @Nullable String orderOf(Object comparator) {
        return switch (comparator.getClass().getName()) {
            case "com.google.common.collect.NaturalOrdering" -> "natural";
            case "com.google.common.collect.ReverseNaturalOrdering" -> "reverse";
            default -> null;
        };
    }
}
