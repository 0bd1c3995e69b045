// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.json.internal;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Compares a value with what came back of it, field by field: the {@code equals} of a class may look
 * at less, and often there is none.
 */
final class Comparison {
    private final ValueEngine engine;
    /** Pairs under way: back references make circles that are written as trees. */
    private final IdentityHashMap<Object, Object> open = new IdentityHashMap<>();

    private @Nullable Field difference;
    private @Nullable Object holder;

    Comparison(ValueEngine engine) {
        this.engine = engine;
    }

    /** Whether the two are the same as far as a codec is concerned. */
    boolean same(@Nullable Object value, @Nullable Object copy) {
        if (value == copy) {
            return true;
        }
        if (value == null || copy == null) {
            return false;
        }
        TypeHandler handler = engine.handlerOf(value.getClass()).variant(value);
        if (handler != engine.handlerOf(copy.getClass()).variant(copy)) {
            return false;
        }
        Object known = open.putIfAbsent(value, copy);
        if (known != null) {
            return known == copy;
        }
        try {
            return sameContent(handler, value, copy);
        } finally {
            open.remove(value);
        }
    }

    /** The innermost field that differs; null if none does, or if the difference is not in a field. */
    @Nullable
    Field difference() {
        return difference;
    }

    /** The class of the object whose field differs. */
    Class<?> holder() {
        return Objects.requireNonNull(holder).getClass();
    }

    private boolean sameContent(TypeHandler handler, Object value, Object copy) {
        if (handler instanceof BeanHandler bean) {
            return bean.isAnsweredFor() ? value.equals(copy) : sameFields(bean, value, copy);
        } else if (value.getClass().isArray()) {
            return sameArray(value, copy);
        } else if (value instanceof Map<?, ?> map) {
            return sameMap(map, (Map<?, ?>) copy);
        } else if (value instanceof Set<?> set && !(value instanceof SortedSet)) {
            return sameSet(set, (Set<?>) copy);
        } else if (value instanceof Collection<?> collection) {
            return inOrder(collection, (Collection<?>) copy);
        } else if (value instanceof Optional<?> optional) {
            return same(optional.orElse(null), ((Optional<?>) copy).orElse(null));
        } else if (value instanceof AtomicBoolean
                || handler.type.getName().startsWith("java.util.concurrent.atomic.")) {
            return value.toString().equals(copy.toString());
        }
        return value.equals(copy);
    }

    private boolean sameFields(BeanHandler bean, Object value, Object copy) {
        for (Field field : bean.state()) {
            try {
                if (!same(field.get(value), field.get(copy))) {
                    if (difference == null) {
                        difference = field;
                        holder = value;
                    }
                    return false;
                }
            } catch (IllegalAccessException e) {
                throw new IllegalStateException(e);
            }
        }
        return true;
    }

    private boolean sameArray(Object value, Object copy) {
        int length = Array.getLength(value);
        if (length != Array.getLength(copy)) {
            return false;
        }
        if (!(value instanceof Object[] objects)) {
            return Objects.deepEquals(value, copy);
        }
        Object[] copies = (Object[]) copy;
        for (int i = 0; i < length; i++) {
            if (!same(objects[i], copies[i])) {
                return false;
            }
        }
        return true;
    }

    private boolean inOrder(Collection<?> values, Collection<?> copies) {
        if (values.size() != copies.size()) {
            return false;
        }
        Iterator<?> copy = copies.iterator();
        for (Object value : values) {
            if (!copy.hasNext() || !same(value, copy.next())) {
                return false;
            }
        }
        return true;
    }

    private boolean sameSet(Set<?> values, Set<?> copies) {
        Map<Object, Object> byEquality = new HashMap<>();
        copies.forEach(copy -> byEquality.put(copy, copy));
        List<Object> others = new ArrayList<>();
        for (Object value : values) {
            if (byEquality.containsKey(value)) {
                if (!same(value, byEquality.remove(value))) {
                    return false;
                }
            } else {
                others.add(value);
            }
        }
        // Elements without an equals of their own are found by what they hold.
        return inAnyOrder(others, new ArrayList<>(byEquality.values()));
    }

    private boolean sameMap(Map<?, ?> values, Map<?, ?> copies) {
        if (values.size() != copies.size()) {
            return false;
        }
        if (values instanceof SortedMap) {
            return inOrder(values.keySet(), copies.keySet()) && inOrder(values.values(), copies.values());
        }
        Map<Object, Map.Entry<?, ?>> byEquality = new HashMap<>();
        copies.entrySet().forEach(entry -> byEquality.put(entry.getKey(), entry));
        List<Object> others = new ArrayList<>();
        for (Map.Entry<?, ?> entry : values.entrySet()) {
            Map.Entry<?, ?> copy = byEquality.remove(entry.getKey());
            if (copy == null) {
                others.add(List.of(Optional.ofNullable(entry.getKey()), Optional.ofNullable(entry.getValue())));
            } else if (!same(entry.getKey(), copy.getKey()) || !same(entry.getValue(), copy.getValue())) {
                return false;
            }
        }
        List<Object> otherCopies = new ArrayList<>();
        byEquality
                .values()
                .forEach(copy -> otherCopies.add(
                        List.of(Optional.ofNullable(copy.getKey()), Optional.ofNullable(copy.getValue()))));
        return inAnyOrder(others, otherCopies);
    }

    private boolean inAnyOrder(List<Object> values, List<Object> copies) {
        if (values.size() != copies.size()) {
            return false;
        }
        for (Object value : values) {
            boolean found = false;
            for (Iterator<Object> copy = copies.iterator(); copy.hasNext() && !found; ) {
                if (same(value, copy.next())) {
                    copy.remove();
                    found = true;
                }
            }
            if (!found) {
                return false;
            }
        }
        return true;
    }
}
