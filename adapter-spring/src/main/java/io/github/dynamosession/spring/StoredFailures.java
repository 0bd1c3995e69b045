// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spring;

import java.lang.reflect.Constructor;
import org.jspecify.annotations.Nullable;
import org.springframework.util.ClassUtils;

/**
 * A failed login, which Spring Security keeps for the page that tells of it: the class and the message of one of
 * Spring Security's own exceptions. Of others, and of those that are made of more than a message, nothing is stored.
 */
final class StoredFailures {
    private static final String EXCEPTION = "org.springframework.security.core.AuthenticationException";
    private static final String OWN = "org.springframework.security.";

    private final ClassLoader loader;

    /**
     * How a failure is stored.
     *
     * @param type the exception's class
     * @param message its message
     */
    record Failure(String type, @Nullable String message) {}

    StoredFailures(ClassLoader loader) {
        this.loader = loader;
    }

    /** Whether a value is a failed login. */
    static boolean isFailure(Object value) {
        return value instanceof RuntimeException && isFailure(value.getClass());
    }

    /** Whether a value is a failed login of which nothing can be stored. */
    static boolean isUnstorable(Object value) {
        return isFailure(value) && !hasMixin(value) && constructor(value.getClass()) == null;
    }

    /** OAuth 2's are stored with their error. */
    private static boolean hasMixin(Object failure) {
        return failure.getClass()
                .getName()
                .equals("org.springframework.security.oauth2.core.OAuth2AuthenticationException");
    }

    private static boolean isFailure(Class<?> type) {
        for (Class<?> current = type; current != null; current = current.getSuperclass()) {
            if (current.getName().equals(EXCEPTION)) {
                return true;
            }
        }
        return false;
    }

    private static @Nullable Constructor<?> constructor(Class<?> type) {
        return type.getName().startsWith(OWN) ? ClassUtils.getConstructorIfAvailable(type, String.class) : null;
    }

    Object toStored(Object value) {
        return value instanceof RuntimeException exception
                        && isFailure(value)
                        && !hasMixin(value)
                        && constructor(exception.getClass()) != null
                ? new Failure(exception.getClass().getName(), exception.getMessage())
                : value;
    }

    Object fromStored(Object stored) {
        if (!(stored instanceof Failure failure)) {
            return stored;
        }
        if (failure.type() != null && failure.type().startsWith(OWN)) {
            try {
                Class<?> type = Class.forName(failure.type(), false, loader);
                Constructor<?> constructor = isFailure(type) ? constructor(type) : null;
                if (constructor != null) {
                    return constructor.newInstance(failure.message());
                }
            } catch (ReflectiveOperationException | LinkageError e) {
                throw new IllegalArgumentException("a failure that is not known here", e);
            }
        }
        throw new IllegalArgumentException("no failure of a login");
    }
}
