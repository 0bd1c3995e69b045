// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.internal;

import java.lang.module.ModuleFinder;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Tells the JDK's classes and packages from an application's, by modules and class loaders: packages
 * such as {@code com.sun.faces} and {@code javax.servlet} look like the JDK's, and are not.
 */
public final class JavaPlatform {
    private static final class Packages {
        /** Of the modules of this JDK, whether they were resolved or not. Empty in a native image. */
        static final TreeSet<String> ALL = ModuleFinder.ofSystem().findAll().stream()
                .flatMap(module -> module.descriptor().packages().stream())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static final Set<String> ALWAYS = Set.of("java", "jdk", "sun");

    private JavaPlatform() {}

    /**
     * Whether the JDK has this class.
     *
     * @param type any class
     * @return true for the JDK's, for primitives, and for arrays of both
     */
    public static boolean has(Class<?> type) {
        ClassLoader loader = type.getClassLoader();
        return loader == null
                || loader == ClassLoader.getPlatformClassLoader()
                // Some of its modules, such as the compiler's, are loaded by the application's loader.
                || (type.getModule().isNamed() && Packages.ALL.contains(type.getPackageName()));
    }

    /**
     * Whether a package is the JDK's.
     *
     * @param name a package, such as {@code java.util}
     * @return true if it is
     */
    public static boolean hasPackage(String name) {
        int dot = name.indexOf('.');
        return ALWAYS.contains(dot < 0 ? name : name.substring(0, dot)) || Packages.ALL.contains(name);
    }

    /**
     * Whether a package or one of its subpackages is the JDK's.
     *
     * @param name a package, such as {@code com.sun}
     * @return true if it is
     */
    public static boolean hasPackageWithin(String name) {
        String below = Packages.ALL.ceiling(name + ".");
        return hasPackage(name) || (below != null && below.startsWith(name + "."));
    }
}
