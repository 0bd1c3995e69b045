// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.internal;

import java.util.LinkedHashSet;
import java.util.Set;

/** What the entry of a class in an allow-list stands for. */
public final class ListedClasses {
    private ListedClasses() {}

    /**
     * A class with all that are allowed with it: its nested classes, and the permitted subclasses of a
     * sealed one, each with theirs.
     *
     * @param listed a class on the list
     * @return {@code listed} and the others, without those that cannot be loaded
     */
    public static Set<Class<?>> with(Class<?> listed) {
        Set<Class<?>> all = new LinkedHashSet<>();
        add(listed, all);
        return all;
    }

    private static void add(Class<?> type, Set<Class<?>> all) {
        if (!all.add(type)) {
            return;
        }
        try {
            for (Class<?> nested : type.getDeclaredClasses()) {
                add(nested, all);
            }
            if (type.isSealed()) {
                for (Class<?> permitted : type.getPermittedSubclasses()) {
                    add(permitted, all);
                }
            }
        } catch (LinkageError e) {
            // One that refers to what is not on the class path cannot be in a session.
        }
    }

    /**
     * The entries that a list needs so that all of these classes are on it.
     *
     * @param missing classes
     * @return those of them that are not allowed with another one, in their order
     */
    public static Set<Class<?>> entriesFor(Set<Class<?>> missing) {
        Set<Class<?>> entries = new LinkedHashSet<>(missing);
        for (Class<?> type : missing) {
            if (entries.contains(type)) {
                Set<Class<?>> covered = with(type);
                covered.remove(type);
                entries.removeAll(covered);
            }
        }
        return entries;
    }
}
