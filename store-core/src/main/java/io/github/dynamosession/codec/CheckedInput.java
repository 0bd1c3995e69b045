// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InvalidClassException;
import java.io.ObjectInputFilter;
import java.io.ObjectInputStream;
import java.io.ObjectStreamClass;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@link SerializedGraph} has let pass, and trusts it in nothing: names are checked again before
 * classes are loaded, and a filter checks the nesting, and every array that a class of the JDK's allocates
 * because the bytes name a size. The filter does not check classes: it is asked about those that {@code
 * readResolve} answers with, too, and what an allowed class makes of itself is its business.
 */
final class CheckedInput extends ObjectInputStream {
    /** More than the graph may have: the JDK counts classes and their superclasses as levels, too. */
    private static final int DEEPEST = SerializedGraph.MAX_DEPTH + 100;

    /** Array elements per byte, all arrays together; a sparse hash table needs four. */
    private static final int ELEMENTS_PER_BYTE = 8;

    private static final int FREE_ELEMENTS = 256;

    private final AllowedClasses allowed;
    private final ClassLookup lookup;
    private long elementsLeft;
    private long referencesLeft = FREE_ELEMENTS + SerializedGraph.MAX_REFERENCES;

    CheckedInput(byte[] bytes, AllowedClasses allowed, ClassLookup lookup) throws IOException {
        super(new ByteArrayInputStream(bytes));
        this.allowed = allowed;
        this.lookup = lookup;
        this.elementsLeft = FREE_ELEMENTS + (long) ELEMENTS_PER_BYTE * bytes.length;
        ObjectInputFilter ofTheJvm = ObjectInputFilter.Config.getSerialFilter();
        setObjectInputFilter(ofTheJvm == null ? this::check : ObjectInputFilter.merge(this::check, ofTheJvm));
        // A filter factory of the JVM may have made another filter of it.
        ObjectInputFilter active = getObjectInputFilter();
        if (active == null || active.checkInput(new TooDeep()) != ObjectInputFilter.Status.REJECTED) {
            throw new FilterReplacedException();
        }
    }

    private ObjectInputFilter.Status check(ObjectInputFilter.FilterInfo info) {
        if (info.arrayLength() > 0) {
            elementsLeft -= info.arrayLength();
            Class<?> array = info.serialClass();
            if (array == null || !array.getComponentType().isPrimitive()) {
                referencesLeft -= info.arrayLength();
            }
        }
        return info.depth() <= DEEPEST && elementsLeft >= 0 && referencesLeft >= 0
                ? ObjectInputFilter.Status.ALLOWED
                : ObjectInputFilter.Status.REJECTED;
    }

    @Override
    protected Class<?> resolveClass(ObjectStreamClass description) throws IOException, ClassNotFoundException {
        requireAllowed(description.getName());
        return lookup.find(description.getName());
    }

    @Override
    @SuppressWarnings("deprecation") // the one way to name a proxy's class without an instance
    protected Class<?> resolveProxyClass(String[] names) throws IOException, ClassNotFoundException {
        if (!allowed.allowsProxies()) {
            throw new InvalidClassException("refused");
        }
        for (String name : names) {
            requireAllowed(name);
        }
        List<Class<?>> interfaces = lookup.findAll(names);
        ClassLoader loader = null;
        for (Class<?> each : interfaces) {
            if (loader == null || !Modifier.isPublic(each.getModifiers())) {
                loader = each.getClassLoader();
            }
        }
        try {
            return Proxy.getProxyClass(loader, interfaces.toArray(Class<?>[]::new));
        } catch (IllegalArgumentException e) {
            throw new InvalidClassException("refused");
        }
    }

    private void requireAllowed(String name) throws InvalidClassException {
        if (!allowed.allows(name)) {
            throw new InvalidClassException("refused");
        }
    }

    static final class FilterReplacedException extends IOException {
        private static final long serialVersionUID = 1L;
    }

    /** What the codec's filter refuses whatever else there is. */
    private static final class TooDeep implements ObjectInputFilter.FilterInfo {
        @Override
        public @Nullable Class<?> serialClass() {
            return null;
        }

        @Override
        public long arrayLength() {
            return -1;
        }

        @Override
        public long depth() {
            return Long.MAX_VALUE;
        }

        @Override
        public long references() {
            return 1;
        }

        @Override
        public long streamBytes() {
            return 1;
        }
    }
}
