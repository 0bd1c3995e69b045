// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.engine;

import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.time.ZoneId;
import java.time.temporal.Temporal;
import java.time.temporal.TemporalAmount;
import java.util.Currency;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;

/** Tells which values cannot change after they were read, so that nobody has to look whether they did. */
final class Immutables {
    private static final Set<Class<?>> KNOWN = Set.of(
            String.class,
            Boolean.class,
            Byte.class,
            Short.class,
            Integer.class,
            Long.class,
            Float.class,
            Double.class,
            Character.class,
            BigDecimal.class,
            BigInteger.class,
            UUID.class,
            URI.class,
            Locale.class,
            Currency.class);

    private static final ClassValue<Boolean> CACHE = new ClassValue<>() {
        @Override
        protected Boolean computeValue(Class<?> type) {
            return isImmutable(type, 0);
        }
    };

    /** Records may contain each other; what is nested deeper is not worth looking at. */
    private static final int DEEPEST_RECORD = 5;

    private Immutables() {}

    static boolean isImmutable(Object value) {
        return CACHE.get(value.getClass());
    }

    private static boolean isImmutable(Class<?> type, int depth) {
        return type.isPrimitive()
                || KNOWN.contains(type)
                || isJavaTime(type)
                || type.isEnum() // stored by its name, which no assignment to a field changes
                || (type.isRecord() && depth < DEEPEST_RECORD && onlyImmutableComponents(type, depth + 1));
    }

    private static boolean isJavaTime(Class<?> type) {
        return type.getName().startsWith("java.time.")
                && (Temporal.class.isAssignableFrom(type)
                        || TemporalAmount.class.isAssignableFrom(type)
                        || ZoneId.class.isAssignableFrom(type)
                        || type.isEnum());
    }

    private static boolean onlyImmutableComponents(Class<?> type, int depth) {
        for (RecordComponent component : type.getRecordComponents()) {
            Class<?> declared = component.getType();
            // A component of a type that can be extended may hold something mutable.
            boolean exact = declared.isPrimitive() || Modifier.isFinal(declared.getModifiers()) || declared.isEnum();
            if (!exact || !isImmutable(declared, depth)) {
                return false;
            }
        }
        return true;
    }
}
