// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The value of a custom attribute: what a database keeps beside a session's data, readable by whoever reads the row.
 *
 * <p>Made from plain Java values: a text, a number, bytes, a truth value, a list or a map with texts as keys of such
 * values and nulls, a set of texts, of numbers or of bytes. Immutable; two are equal if their contents are, numbers by
 * their numerical value.
 */
public final class CustomValue {
    /** DynamoDB's limits for a number, which this library takes for those of any store. */
    private static final int MAX_DIGITS = 38;

    private static final int MAX_EXPONENT = 125;
    private static final int MIN_EXPONENT = -130;

    private static final int MAX_KEY_BYTES = 65_535;

    /** DynamoDB's limit for nested lists and maps. */
    private static final int MAX_DEPTH = 32;

    private final Object value;

    private CustomValue(Object value) {
        this.value = value;
    }

    /**
     * A value.
     *
     * @param value a {@link CharSequence}, a {@link Number} of the Java platform, {@code byte[]}, {@link ByteBuffer},
     *     {@link Boolean}, a {@link Set} that is not empty, of texts, numbers or bytes alone, any other {@link
     *     Collection}, or a {@link Map} with texts as keys; copied
     * @return the value
     * @throws IllegalArgumentException if it is, or holds, something else: another class, a number that is not finite or
     *     has more than 38 digits, text with a lone surrogate; the message names the class and no value
     */
    public static CustomValue of(Object value) {
        return new CustomValue(copy(value, 0));
    }

    /**
     * The value as a plain Java value.
     *
     * @return unmodifiable: a {@link String}, {@link BigDecimal}, read-only {@link ByteBuffer}, {@link Boolean}, {@link
     *     List}, {@link Map} or {@link Set}
     */
    public Object value() {
        return value instanceof ByteBuffer bytes ? bytes.duplicate() : value;
    }

    /**
     * Whether it is a text.
     *
     * @return true also for the empty one
     */
    public boolean isText() {
        return value instanceof String;
    }

    /**
     * Whether it is a number.
     *
     * @return false for a text of digits
     */
    public boolean isNumber() {
        return value instanceof BigDecimal;
    }

    /**
     * A text as it is, or a number in one form for all equal numbers: for databases whose indexes hold texts.
     *
     * @return the text
     * @throws IllegalStateException if it is neither
     */
    public String text() {
        if (value instanceof String text) {
            return text;
        }
        if (value instanceof BigDecimal number) {
            return number.toPlainString();
        }
        throw new IllegalStateException("a value that is neither a text nor a number has no text");
    }

    boolean fitsIndex() {
        int length = value instanceof String text ? text.getBytes(StandardCharsets.UTF_8).length : 0;
        return length > 0 && length <= IndexedSessionStore.MAX_VALUE_BYTES;
    }

    private static Object copy(@Nullable Object value, int depth) {
        if (depth > MAX_DEPTH) {
            throw new IllegalArgumentException("it is nested more than " + MAX_DEPTH + " deep");
        }
        if (value instanceof CharSequence text) {
            return text(text.toString());
        }
        if (value instanceof Number number) {
            return number(number);
        }
        if (value instanceof byte[] bytes) {
            return ByteBuffer.wrap(bytes.clone()).asReadOnlyBuffer();
        }
        if (value instanceof ByteBuffer bytes) {
            byte[] copy = new byte[bytes.remaining()];
            bytes.duplicate().get(copy);
            return ByteBuffer.wrap(copy).asReadOnlyBuffer();
        }
        if (value instanceof Boolean) {
            return value;
        }
        if (value instanceof Set<?> set) {
            return set(set, depth);
        }
        if (value instanceof Collection<?> list) {
            List<@Nullable Object> copy = new ArrayList<>(list.size());
            list.forEach(element -> copy.add(element == null ? null : copy(element, depth + 1)));
            return Collections.unmodifiableList(copy);
        }
        if (value instanceof Map<?, ?> map) {
            return map(map, depth);
        }
        throw new IllegalArgumentException(
                "a " + (value == null ? "null" : value.getClass().getName())
                        + " is no value of a custom attribute: give a text, a number, bytes, a truth value, a list, a set or a map");
    }

    private static Map<String, @Nullable Object> map(Map<?, ?> map, int depth) {
        Map<String, @Nullable Object> copy = new LinkedHashMap<>();
        map.forEach((key, element) -> {
            if (!(key instanceof CharSequence name)) {
                throw new IllegalArgumentException("a map whose keys are not texts is no value of a custom attribute");
            }
            copy.put(key(name.toString()), element == null ? null : copy(element, depth + 1));
        });
        return Collections.unmodifiableMap(copy);
    }

    private static String key(String key) {
        if (key.isEmpty() || key.getBytes(StandardCharsets.UTF_8).length > MAX_KEY_BYTES) {
            throw new IllegalArgumentException("a map with a key that is empty, or of more than " + MAX_KEY_BYTES
                    + " bytes, is no value of a custom attribute");
        }
        return text(key);
    }

    private static Set<Object> set(Set<?> set, int depth) {
        Set<Object> copy = new HashSet<>();
        Set<Class<?>> kinds = new HashSet<>();
        for (Object element : set) {
            Object one = copy(element, depth + 1);
            kinds.add(one instanceof ByteBuffer ? ByteBuffer.class : one.getClass());
            copy.add(one);
        }
        boolean sound = kinds.size() == 1
                && (kinds.contains(String.class)
                        || kinds.contains(BigDecimal.class)
                        || kinds.contains(ByteBuffer.class));
        if (!sound) {
            throw new IllegalArgumentException(
                    "a set that is empty, or holds anything but texts alone, numbers alone or bytes alone, is no value of"
                            + " a custom attribute: give a list");
        }
        return Collections.unmodifiableSet(copy);
    }

    private static String text(String text) {
        try {
            StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("a text with a lone surrogate is no value of a custom attribute");
        }
        return text;
    }

    private static BigDecimal number(Number number) {
        BigDecimal exact;
        if (number instanceof BigDecimal decimal) {
            exact = decimal;
        } else if (number instanceof BigInteger integer) {
            exact = new BigDecimal(integer);
        } else {
            try {
                // As it is written: the digits that a double is read from, not those that it stands for.
                exact = new BigDecimal(number.toString());
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("a " + number.getClass().getName()
                        + " that is not a finite number is no value of a custom" + " attribute");
            }
        }
        BigDecimal canonical = exact.signum() == 0 ? BigDecimal.ZERO : exact.stripTrailingZeros();
        int exponent = canonical.precision() - canonical.scale() - 1;
        if (canonical.precision() > MAX_DIGITS || exponent > MAX_EXPONENT || exponent < MIN_EXPONENT) {
            throw new IllegalArgumentException("a number of more than " + MAX_DIGITS
                    + " digits, or beyond 1E-130 to 1E126, is no value of a custom attribute");
        }
        return canonical;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof CustomValue custom && custom.value.equals(value);
    }

    @Override
    public int hashCode() {
        return value.hashCode();
    }

    /** Shows the kind alone. */
    @Override
    public String toString() {
        return "CustomValue[" + value.getClass().getSimpleName() + "]";
    }
}
