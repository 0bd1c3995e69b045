// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.java;

import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.UnreadableValueException;
import io.github.dynamosession.spi.UnstorableValueException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InvalidClassException;
import java.io.ObjectInputFilter;
import java.io.ObjectStreamConstants;
import java.io.Serializable;
import java.lang.invoke.MethodType;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.WildcardType;
import org.jspecify.annotations.Nullable;

/**
 * Session attributes by Java serialization, for applications whose frameworks put {@code Serializable}
 * objects into the session. Prefer another codec where there is a choice: what deserialization runs is
 * the code of the classes that are allowed.
 *
 * <p>The JDK's value types and collections need no permission (the list is in the project's
 * documentation of this codec); every other class must be named, subclasses, superclasses that are
 * serializable and the classes of fields too, but for nested classes of one that is named. A class that is not allowed is not even loaded. {@code
 * encode} refuses what {@code decode} would refuse. Dynamic proxies are refused unless {@code
 * java.lang.reflect.Proxy} is named, and each of their interfaces; serializable lambdas unless {@code
 * java.lang.invoke.SerializedLambda} is, and the class that holds them.
 *
 * <p>Bounded while reading: nesting, the number of objects, and the lengths that are claimed; not the time that
 * hash tables take whose elements an attacker has made to collide. A filter of the whole JVM ({@code
 * jdk.serialFilter}) applies as well: what either refuses is refused.
 *
 * <p>What serialization is remains: transient fields are not stored, {@code readResolve} and {@code
 * writeReplace} apply, and a class without a {@code serialVersionUID} is another class after each change.
 *
 * <p>Classes are looked up in the thread's context class loader, then in {@link Builder#classLoader},
 * then in this library's. Immutable and safe for any number of threads.
 */
public final class JavaCodec implements SessionCodec {
    /** The value of the setting that chooses this codec. */
    static final String NAME = "java";

    private final AllowedClasses allowed;
    private final ClassLookup lookup;

    private JavaCodec(AllowedClasses allowed, ClassLookup lookup) {
        this.allowed = allowed;
        this.lookup = lookup;
    }

    /**
     * A builder.
     *
     * @return a builder that allows the JDK's value types and collections only
     */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public int format() {
        return EncodedValue.JAVA;
    }

    @Override
    public byte[] encode(Object value) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        CheckedOutput out = null;
        try {
            out = new CheckedOutput(bytes, allowed, lookup);
            out.writeObject(value);
            out.flush();
            if (out.refusal() != null) {
                throw new CheckedInput.RefusedException(out.refusal());
            }
            byte[] encoded = bytes.toByteArray();
            // A filter of the JVM, too, may look at sizes and depths.
            if (out.mayExceedBounds(encoded.length) || ObjectInputFilter.Config.getSerialFilter() != null) {
                CheckedInput.read(encoded, allowed, lookup);
            }
            return encoded;
        } catch (CheckedInput.RefusedException e) {
            throw new UnstorableValueException(
                    "JavaCodec cannot store this " + name(value) + ": " + e.getMessage(), null);
        } catch (Exception | StackOverflowError | LinkageError | AssertionError e) {
            String why = out == null ? null : out.refusal();
            if (why != null) {
                throw new UnstorableValueException("JavaCodec cannot store this " + name(value) + ": " + why, null);
            }
            throw new UnstorableValueException(
                    "JavaCodec cannot store this " + name(value) + ": " + reason(e, out == null ? value : out.last()),
                    new WithoutMessage(e));
        }
    }

    private static String reason(Throwable failure, Object last) {
        if (failure instanceof StackOverflowError) {
            return "it is nested too deeply";
        }
        return CheckedOutput.reason(failure, last);
    }

    private static String name(Object value) {
        return value.getClass().getTypeName();
    }

    @Override
    public Object decode(byte[] bytes, Type type) {
        @Nullable Object value;
        try {
            value = CheckedInput.read(bytes, allowed, lookup);
        } catch (CheckedInput.RefusedException e) {
            throw new UnreadableValueException(
                    "the stored value" + of(bytes) + " is not read by JavaCodec: " + e.getMessage(), null);
        } catch (Exception | StackOverflowError | LinkageError | AssertionError e) {
            throw new UnreadableValueException(
                    "the stored value" + of(bytes) + " cannot be decoded by JavaCodec: " + reason(e),
                    new WithoutMessage(e));
        }
        Class<?> wanted = MethodType.methodType(rawClass(type)).wrap().returnType();
        if (value == null || !wanted.isInstance(value)) {
            throw new UnreadableValueException(
                    "the stored value is "
                            + (value == null ? "null" : "of " + value.getClass().getTypeName()) + ", not of "
                            + wanted.getTypeName(),
                    null);
        }
        return value;
    }

    /** The class that stored bytes begin with; empty if they begin with none. */
    private static String of(byte[] bytes) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            in.readInt();
            byte content = in.readByte();
            if ((content != ObjectStreamConstants.TC_OBJECT && content != ObjectStreamConstants.TC_ENUM)
                    || in.readByte() != ObjectStreamConstants.TC_CLASSDESC) {
                return "";
            }
            return " of " + AllowedClasses.printable(in.readUTF());
        } catch (IOException e) {
            return "";
        }
    }

    private static String reason(Throwable failure) {
        if (failure instanceof CheckedInput.FilterReplacedException) {
            return "the JVM's filter factory (jdk.serialFilterFactory) replaces the codec's filter instead of adding"
                    + " to it";
        }
        if (failure instanceof ClassNotFoundException) {
            return "a class that is allowed was not found by the application's class loader";
        }
        // Nothing of its message: it may have been written by anybody.
        return failure instanceof InvalidClassException
                ? "InvalidClassException: a class has changed since (see serialVersionUID), or a filter of the JVM"
                        + " refuses it"
                : failure.getClass().getName();
    }

    private static Class<?> rawClass(Type type) {
        if (type instanceof Class<?> plain) {
            return plain;
        }
        if (type instanceof ParameterizedType generic) {
            return rawClass(generic.getRawType());
        }
        if (type instanceof GenericArrayType array) {
            return rawClass(array.getGenericComponentType()).arrayType();
        }
        return type instanceof WildcardType wildcard ? rawClass(wildcard.getUpperBounds()[0]) : Object.class;
    }

    /** Where an exception came from, without the message, which may hold a value. */
    private static final class WithoutMessage extends Exception {
        private static final long serialVersionUID = 1L;

        WithoutMessage(Throwable original) {
            super(original.getClass().getName(), null, false, true);
            setStackTrace(original.getStackTrace());
        }
    }

    /** Collects what a {@link JavaCodec} allows. Not for use by several threads. */
    public static final class Builder {
        private final AllowedClasses.Builder allowed = new AllowedClasses.Builder();
        private @Nullable ClassLoader classLoader = Thread.currentThread().getContextClassLoader();

        private Builder() {}

        /**
         * Allows classes, with their nested classes, and with the permitted subclasses of a sealed one. Neither
         * other subclasses, nor their superclasses, nor the classes of their fields are allowed with them.
         *
         * @param types serializable classes, records or enums, or interfaces of dynamic proxies
         * @return this
         * @throws IllegalArgumentException if one is neither serializable nor abstract
         */
        public Builder allow(Class<?>... types) {
            for (Class<?> type : types) {
                if (!Serializable.class.isAssignableFrom(type) && !Modifier.isAbstract(type.getModifiers())) {
                    throw new IllegalArgumentException(type.getName() + " is not Serializable");
                }
                allowed.type(type);
            }
            return this;
        }

        /**
         * Allows classes by name, whether they exist or not: a class ({@code com.shop.Cart$Line}) with its
         * nested classes, the classes of a package ({@code com.shop.*}), or those of its subpackages too ({@code
         * com.shop.**}). Prefer lists: whoever can write the table can create any class that is allowed,
         * which runs its {@code readObject}. Packages of libraries hold classes that were made into
         * weapons.
         *
         * @param patterns names or packages; the JDK's classes only by name
         * @return this
         * @throws IllegalArgumentException if one is malformed, or a package of the JDK
         */
        public Builder allow(String... patterns) {
            for (String pattern : patterns) {
                allowed.pattern(pattern);
            }
            return this;
        }

        /** How messages name the setting. */
        Builder settingName(String name) {
            allowed.setting(name);
            return this;
        }

        /**
         * Where classes are looked up that the thread's context class loader does not find.
         *
         * @param loader the application's class loader; unless set, the context class loader of the thread
         *     that made the builder. The codec keeps it from being collected: keep a codec no longer than
         *     the application
         * @return this
         */
        public Builder classLoader(ClassLoader loader) {
            this.classLoader = loader;
            return this;
        }

        /**
         * Builds the codec.
         *
         * @return the codec
         */
        public JavaCodec build() {
            return new JavaCodec(allowed.build(), new ClassLookup(classLoader));
        }
    }
}
