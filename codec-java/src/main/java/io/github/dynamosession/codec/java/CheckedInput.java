// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.java;

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
 * Reads a stored value. Names are checked before classes are loaded; a filter of the JDK's ({@link
 * ObjectInputFilter}) bounds nesting, the number of objects, and every array that is allocated because the bytes
 * name a size, those of collections included. The filter does not check classes: the JDK also asks it about what
 * {@code readResolve} answers, which is the business of the allowed class.
 */
final class CheckedInput extends ObjectInputStream {
    /** The deepest nesting, superclasses included. There the JDK's reader is far from the end of a small stack. */
    static final int MAX_DEPTH = 200;

    /** Objects, nulls and references of one value: in memory they are larger than their bytes. */
    static final int MAX_OBJECTS = 250_000;

    /** Elements of all arrays of references together; a sparse hash table has up to eight for each entry. */
    static final int MAX_REFERENCES = 8 * MAX_OBJECTS;

    /** Array elements per byte, all arrays together; a sparse hash table needs four. */
    private static final int ELEMENTS_PER_BYTE = 8;

    private static final int FREE_ELEMENTS = 256;

    private final AllowedClasses allowed;
    private final ClassLookup lookup;
    private long elementsLeft;
    private long referencesLeft = FREE_ELEMENTS + MAX_REFERENCES;
    private @Nullable String refusal;

    private CheckedInput(byte[] bytes, AllowedClasses allowed, ClassLookup lookup) throws IOException {
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
        refusal = null;
    }

    /**
     * Reads a value.
     *
     * @return null only if that is what was written
     * @throws RefusedException if a class is not allowed, or a bound is exceeded
     */
    static @Nullable Object read(byte[] bytes, AllowedClasses allowed, ClassLookup lookup)
            throws IOException, ClassNotFoundException {
        try (CheckedInput in = new CheckedInput(bytes, allowed, lookup)) {
            try {
                Object value = in.readObject();
                in.requireNothingRefused();
                return value;
            } catch (Exception | StackOverflowError | LinkageError | AssertionError e) {
                // The code of a class may have hidden why.
                in.requireNothingRefused();
                throw e;
            }
        }
    }

    private void requireNothingRefused() throws RefusedException {
        if (refusal != null) {
            throw new RefusedException(refusal);
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
        if (info.depth() > MAX_DEPTH) {
            refuse("it is nested deeper than " + MAX_DEPTH + " levels");
        } else if (info.references() > MAX_OBJECTS) {
            refuse("it consists of more than " + MAX_OBJECTS + " objects and references");
        } else if (elementsLeft < 0 || referencesLeft < 0) {
            refuse("its arrays and collections claim more elements than " + ELEMENTS_PER_BYTE
                    + " for each byte, or than " + MAX_REFERENCES);
        }
        return refusal == null ? ObjectInputFilter.Status.ALLOWED : ObjectInputFilter.Status.REJECTED;
    }

    private void refuse(String why) {
        if (refusal == null) {
            refusal = why;
        }
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
            throw refused(Proxy.class.getName());
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
            throw refused(name);
        }
    }

    private InvalidClassException refused(String name) {
        refuse(allowed.refusal(name));
        return new InvalidClassException("refused");
    }

    /** Why a value is not read; the message holds no value. */
    static final class RefusedException extends IOException {
        private static final long serialVersionUID = 1L;

        RefusedException(String message) {
            super(message);
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
