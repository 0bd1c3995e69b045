// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.java;

import io.github.dynamosession.codec.internal.GeneratedClasses;
import java.io.Externalizable;
import java.io.IOException;
import java.io.InvalidClassException;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.lang.reflect.Constructor;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Refuses each class that the reading side would refuse. One that is not on the list does not end the writing,
 * so that one message names all of them. Only reading shows how deep a value nests: the codec reads those that
 * have enough objects to nest too deeply, and no others, because reading costs more than writing.
 */
final class CheckedOutput extends ObjectOutputStream {
    /** Whether objects of a class can be made again; the JDK finds out only when it reads. */
    private static final ClassValue<Boolean> CONSTRUCTIBLE = new ClassValue<>() {
        @Override
        protected Boolean computeValue(Class<?> type) {
            return isConstructible(type);
        }
    };

    /** Most of the objects in values, and nothing nests in them. */
    private static final Set<Class<?>> LEAVES =
            Set.of(String.class, Integer.class, Long.class, Double.class, Boolean.class);

    /** More of them are a sign that a value refers to what is no data. */
    private static final int MOST_MISSING = 20;

    private final AllowedClasses allowed;
    private final ClassLookup lookup;
    private Object last = "";
    private Object beforeLast = "";
    private @Nullable String refusal;
    private int levels;
    private final Set<String> missing = new LinkedHashSet<>();

    CheckedOutput(OutputStream out, AllowedClasses allowed, ClassLookup lookup) throws IOException {
        super(out);
        this.allowed = allowed;
        this.lookup = lookup;
        enableReplaceObject(true);
    }

    /**
     * Why a class was refused, or several; null if none was. Kept here, because the code of a class may hide the
     * exception.
     */
    @Nullable
    String refusal() {
        if (missing.isEmpty()) {
            return refusal;
        }
        String list = allowed.refusal(missing);
        return refusal == null ? list : list + "; and " + refusal;
    }

    /** The object that was to be written last: the one to blame. */
    Object last() {
        return last;
    }

    /** What to say of a failure; nothing of its message, which may hold a value. */
    static String reason(Throwable failure, Object blamed) {
        String type = blamed.getClass().getTypeName();
        return failure instanceof NotSerializableException
                ? type + " in it is not Serializable"
                : "writing " + type + " in it failed with " + failure.getClass().getName();
    }

    @Override
    protected Object replaceObject(Object object) {
        beforeLast = last;
        last = object;
        if (!LEAVES.contains(object.getClass())) {
            levels++;
        }
        return object;
    }

    /** Whether a value could exceed a bound of {@link CheckedInput}: the others have too few objects, or bytes. */
    boolean mayExceedBounds(int bytes) {
        return levels >= CheckedInput.MAX_DEPTH || bytes > CheckedInput.MAX_OBJECTS;
    }

    @Override
    protected void annotateClass(Class<?> type) throws IOException {
        levels++;
        String advice = Proxy.isProxyClass(type) ? null : GeneratedClasses.advice(type);
        if (advice != null && !allowed.names(type.getName())) {
            throw refuse(type.getName() + " in it cannot be stored: " + advice);
        }
        if (!allowed.allows(type.getName())) {
            if (last instanceof IOException || missing.size() >= MOST_MISSING) {
                throw refuse(allowed.refusal(type.getName()));
            }
            missing.add(type.getName());
            return;
        }
        if (!lookup.finds(type)) {
            throw refuse(type.getName() + " is not what the application's class loader finds under that name: see"
                    + " JavaCodec.Builder.classLoader");
        }
        if (!CONSTRUCTIBLE.get(type)) {
            throw refuse(type.getName() + " could not be made again: its superclass that is not Serializable, or an"
                    + " Externalizable class itself, needs a constructor without parameters");
        }
    }

    @Override
    protected void annotateProxyClass(Class<?> type) throws IOException {
        if (GeneratedClasses.isSpringProxy(type)) {
            throw refuse(type.getName() + " in it cannot be stored: " + GeneratedClasses.advice(type));
        }
        if (!allowed.allowsProxies()) {
            throw refuse(allowed.refusal("java.lang.reflect.Proxy"));
        }
        for (Class<?> each : type.getInterfaces()) {
            annotateClass(each);
        }
    }

    private InvalidClassException refuse(String why) {
        if (refusal == null) {
            // A failure to write is itself written at the end: then it is to be told, not its class.
            refusal = last instanceof IOException failure ? reason(failure, beforeLast) : why;
        }
        return new InvalidClassException("refused");
    }

    private static boolean isConstructible(Class<?> type) {
        if (!Serializable.class.isAssignableFrom(type)
                || type.isInterface()
                || type.isArray()
                || type.isEnum()
                || type.isRecord()
                || Enum.class.isAssignableFrom(type)
                || Modifier.isAbstract(type.getModifiers())) {
            return true;
        }
        try {
            if (Externalizable.class.isAssignableFrom(type)) {
                return Modifier.isPublic(type.getDeclaredConstructor().getModifiers());
            }
            Class<?> ancestor = type;
            while (Serializable.class.isAssignableFrom(ancestor)) {
                ancestor = ancestor.getSuperclass();
            }
            Constructor<?> constructor = ancestor.getDeclaredConstructor();
            int modifiers = constructor.getModifiers();
            return Modifier.isPublic(modifiers)
                    || Modifier.isProtected(modifiers)
                    || (!Modifier.isPrivate(modifiers)
                            && ancestor.getClassLoader() == type.getClassLoader()
                            && ancestor.getPackageName().equals(type.getPackageName()));
        } catch (NoSuchMethodException e) {
            return false;
        }
    }
}
