// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.json.internal;

import io.github.dynamosession.codec.internal.GeneratedClasses;
import io.github.dynamosession.codec.internal.JavaPlatform;
import io.github.dynamosession.codec.internal.ListedClasses;
import io.github.dynamosession.spi.InjectedFields;
import io.github.dynamosession.spi.UnstorableValueException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The allow-list: which classes of the application are stored and made of stored bytes, wherever they
 * stand in a value, and by which ids they are named.
 *
 * <p>A class on the list allows its nested classes and, if it is sealed, its permitted subclasses, too. An
 * id that is not registered is never resolved. A class name inside an allowed package is the
 * one text from stored bytes that reaches a class loader, and only without initialization.
 * Thread-safe.
 */
public final class TypePolicy {
    private static final Pattern CLASS_NAME =
            Pattern.compile("[\\p{L}_$][\\p{L}\\p{N}_$]*(\\.[\\p{L}_$][\\p{L}\\p{N}_$]*)*");
    private static final int MAX_ID_LENGTH = 512;
    /** More of them in one value are a sign that it refers to what is no data. */
    private static final int MAX_CLASSES_IN_MESSAGE = 20;

    private final String codec;
    private final String setting;
    private final Map<Class<?>, String> ids;
    private final Map<String, Class<?>> classes;
    private final Set<String> packages;
    private final ClassLoader loader;
    private final InjectedFields injected;
    private final Map<String, Class<?>> found = new ConcurrentHashMap<>();
    /** What an alias makes readable beside the classes that are stored. */
    private final Set<Class<?>> readable = new HashSet<>();
    /** Takes the classes that are missing in the list; null: they are refused. */
    private final @Nullable Set<Class<?>> missing;

    private TypePolicy(Builder builder) {
        this.codec = builder.codec;
        this.setting = builder.setting;
        this.ids = new HashMap<>(builder.ids);
        this.classes = new HashMap<>(builder.classes);
        this.packages = new LinkedHashSet<>(builder.packages);
        this.loader = builder.loader;
        this.injected = builder.injected;
        this.missing = null;
        for (Class<?> listed : builder.ids.keySet()) {
            for (Class<?> type : ListedClasses.with(listed)) {
                ids.putIfAbsent(type, type.getName());
                classes.putIfAbsent(type.getName(), type);
            }
        }
        builder.classes.values().forEach(listed -> readable.addAll(ListedClasses.with(listed)));
    }

    private TypePolicy(TypePolicy original, Set<Class<?>> missing) {
        this.codec = original.codec;
        this.setting = original.setting;
        this.ids = original.ids;
        this.classes = original.classes;
        this.packages = original.packages;
        this.loader = original.loader;
        this.injected = original.injected;
        this.missing = missing;
    }

    /** A policy that refuses no class, but takes note of those that this one does not allow. */
    TypePolicy collecting(Set<Class<?>> missingClasses) {
        return new TypePolicy(this, missingClasses);
    }

    /**
     * A builder.
     *
     * @param codec the simple name of the codec's class, for messages
     * @return a builder that allows nothing
     */
    public static Builder builder(String codec) {
        return new Builder(codec);
    }

    /**
     * The id to write for a class.
     *
     * @param type a class of the application
     * @return its name if it has no other; whether the class is allowed is another question
     */
    String idOf(Class<?> type) {
        String id = ids.get(type);
        return id == null ? type.getName() : id;
    }

    /**
     * Whether objects of a class are stored.
     *
     * @param type a class of the application
     * @return false for those that are not on the list
     */
    boolean allows(Class<?> type) {
        // The package of a class is also that of the proxies that frameworks make of it.
        return ids.containsKey(type) || (inAllowedPackage(type.getName()) && GeneratedClasses.advice(type) == null);
    }

    /** Whether objects of a class are made of stored bytes. */
    boolean reads(Class<?> type) {
        return readable.contains(type) || allows(type);
    }

    /**
     * Takes note that a class would have to be on the list.
     *
     * @param type a class that is not
     */
    void missing(Class<?> type) {
        if (missing == null) {
            throw new NotAllowed(type);
        }
        missing.add(type);
    }

    ClassLoader loader() {
        return loader;
    }

    InjectedFields injected() {
        return injected;
    }

    /** An object of this class is in the value; never leaves the engine. */
    static final class NotAllowed extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final transient Class<?> type;

        NotAllowed(Class<?> type) {
            super(type.getName(), null, false, false);
            this.type = type;
        }

        Class<?> type() {
            return type;
        }
    }

    /**
     * The class behind a stored id.
     *
     * @param id any text
     * @return null if the id is unknown or its class is gone
     */
    @Nullable
    Class<?> classFor(String id) {
        Class<?> type = classes.get(id);
        if (type == null) {
            type = found.get(id);
        }
        if (type == null && isClassName(id) && inAllowedPackage(id)) {
            try {
                type = Class.forName(id, false, loader);
                found.put(id, type);
            } catch (ClassNotFoundException | LinkageError e) {
                return null;
            }
        }
        return type;
    }

    /**
     * The refusal of a value with classes in it that are storable but not allowed.
     *
     * @param where what stands before a message about the first of them
     * @param first the class that was met first
     * @param types all of them
     * @return the exception to throw
     */
    UnstorableValueException notAllowed(String where, Class<?> first, Set<Class<?>> types) {
        String advice = GeneratedClasses.advice(first);
        if (advice != null) {
            return new UnstorableValueException(
                    where + first.getName() + " cannot be stored in a session: " + advice, null);
        }
        Set<Class<?>> listed = ListedClasses.entriesFor(types);
        List<Class<?>> entries = listed.stream()
                .filter(type -> GeneratedClasses.advice(type) == null)
                .limit(MAX_CLASSES_IN_MESSAGE)
                .toList();
        int more = listed.size() - entries.size();
        String names = entries.stream().map(Class::getName).collect(Collectors.joining(","));
        String literals =
                entries.stream().map(type -> inSource(type) + ".class").collect(Collectors.joining(", "));
        boolean one = entries.size() == 1 && more == 0;
        return new UnstorableValueException(
                where + (one ? names : names.replace(",", ", ")) + (more > 0 ? " and " + more + " more" : "")
                        + " may not be stored in a session: allow " + (one ? "it" : "them") + " with " + codec
                        + ".builder().allow(" + literals + ") or the setting " + setting + "=" + names
                        + (where.isEmpty()
                                ? ""
                                : "; a field that is no data, such as an injected service, does not"
                                        + " belong into a session: hand the service to the methods that need it"),
                null);
    }

    /** How messages name the setting that allows a class. */
    String setting() {
        return setting;
    }

    private static String inSource(Class<?> type) {
        String name = type.getCanonicalName() == null ? type.getName() : type.getCanonicalName();
        return name.substring(
                type.getPackageName().isEmpty() ? 0 : type.getPackageName().length() + 1);
    }

    /**
     * The refusal of a value that no setting makes storable.
     *
     * @param type its class
     * @param reason a clause
     * @return the exception to throw
     */
    UnstorableValueException notStorable(Class<?> type, String reason) {
        return new UnstorableValueException(
                type.getTypeName() + " cannot be stored in a session by " + codec + ": " + reason, null);
    }

    private boolean inAllowedPackage(String className) {
        int dot = className.lastIndexOf('.');
        return dot > 0 && packages.contains(className.substring(0, dot));
    }

    /** Whether the text could be a class name, so that a message may repeat it. */
    static boolean isClassName(String id) {
        return id.length() <= MAX_ID_LENGTH && CLASS_NAME.matcher(id).matches();
    }

    /** Collects the allow-list; problems are thrown together by {@link #build()}. Not for several threads. */
    public static final class Builder {
        private final String codec;
        private final Map<Class<?>, String> ids = new HashMap<>();
        private final Map<String, Class<?>> classes = new HashMap<>();
        private final Set<String> packages = new LinkedHashSet<>();
        private final List<String> problems = new ArrayList<>();
        private ClassLoader loader = defaultLoader();
        private InjectedFields injected = InjectedFields.NONE;
        private String setting = "dynamosession." + AllowedTypes.SETTING.key();

        private Builder(String codec) {
            this.codec = codec;
        }

        /**
         * How messages name the setting that allows a class.
         *
         * @param name the key with its prefix
         */
        public void setting(String name) {
            setting = name;
        }

        /**
         * Allows a class under its name.
         *
         * @param type the class
         */
        public void allow(Class<?> type) {
            register(type.getName(), type, true);
        }

        /**
         * Allows a class under an id.
         *
         * @param id what to write instead of the class name
         * @param type the class
         */
        public void allow(String id, Class<?> type) {
            register(id, type, true);
            // What was written under the class name before the id was introduced stays readable.
            classes.putIfAbsent(type.getName(), type);
        }

        /**
         * Reads an id as a class, without writing it.
         *
         * @param id a former id or class name
         * @param type the class
         */
        public void alias(String id, Class<?> type) {
            register(id, type, false);
        }

        /**
         * Allows every class of a package, without its subpackages.
         *
         * @param name the package
         */
        public void allowPackage(String name) {
            if (!isClassName(name) || JavaPlatform.hasPackage(name)) {
                problems.add("\"" + name + "\" is not a package that can be allowed");
            } else {
                packages.add(name);
            }
        }

        /**
         * Where classes of allowed packages are looked up.
         *
         * @param loader the application's class loader
         */
        public void classLoader(ClassLoader loader) {
            this.loader = loader;
        }

        /**
         * Leaves out the fields that a container fills.
         *
         * @param fields which they are
         */
        public void injected(InjectedFields fields) {
            this.injected = fields;
        }

        /**
         * Builds the policy.
         *
         * @return the policy
         * @throws IllegalArgumentException naming all problems
         */
        public TypePolicy build() {
            if (!problems.isEmpty()) {
                throw new IllegalArgumentException(String.join("; ", problems));
            }
            return new TypePolicy(this);
        }

        private void register(String id, Class<?> type, boolean written) {
            if (type.isPrimitive() || type.isArray() || type.isAnnotation() || JavaPlatform.has(type)) {
                problems.add(type.getTypeName() + " need not and cannot be allowed: list classes of the application");
                return;
            }
            if (id.isEmpty()
                    || id.startsWith("@")
                    || id.endsWith("[]")
                    || id.length() > 128
                    || JdkHandlers.isReserved(id)) {
                problems.add("\"" + id + "\" cannot be the id of " + type.getName()
                        + ": it is empty, reserved, too long, or looks like an array");
                return;
            }
            Class<?> other = classes.putIfAbsent(id, type);
            if (other != null && other != type) {
                problems.add("\"" + id + "\" is the id of both " + other.getName() + " and " + type.getName());
            }
            if (written) {
                String former = ids.putIfAbsent(type, id);
                if (former != null && !former.equals(id)) {
                    problems.add(type.getName() + " has two ids, \"" + former + "\" and \"" + id + "\"");
                }
            }
        }

        private static ClassLoader defaultLoader() {
            ClassLoader context = Thread.currentThread().getContextClassLoader();
            return context != null ? context : ClassLoader.getSystemClassLoader();
        }
    }
}
