// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import io.github.dynamosession.spi.EncodedValue;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One attribute of an open session: what the store is known to hold, what the application sees, and
 * whether the two differ. Guarded by its session.
 */
final class Attribute {
    /** What the store held when this request last learned of it; null: nothing. The baseline of changes. */
    private @Nullable EncodedValue stored;

    /** What the application sees; null: not read yet, or removed. */
    private @Nullable Object value;

    /** What {@link #value} was decoded as; {@code Object.class} for one that the application set. */
    private Type type = Object.class;

    private boolean removed;

    /** The encoding of {@link #value} when it was set or computed; null for one that was decoded. */
    private @Nullable EncodedValue encoded;

    /** The functions behind {@link #value}, to be run again if the store holds another value at the save. */
    private List<Function<Optional<Object>, @Nullable Object>> computations = List.of();

    private Type computedAs = Object.class;

    Attribute(@Nullable EncodedValue stored) {
        this.stored = stored;
    }

    @Nullable
    EncodedValue stored() {
        return stored;
    }

    boolean isPresent() {
        return !removed && (value != null || stored != null);
    }

    /** The value as the given type; empty if there is none. */
    Optional<Object> read(Type wanted, Codecs codecs) {
        if (!isPresent()) {
            return Optional.empty();
        }
        if (value != null && fits(wanted)) {
            return Optional.of(value);
        }
        // A changed value goes through its encoding, so that what was changed in place is kept. An unchanged one
        // is decoded from what is stored: the first type may not have known all that the second one does.
        EncodedValue source = Objects.requireNonNull(fullEncoding(codecs));
        Optional<Object> decoded = codecs.read(source, wanted);
        if (decoded.isPresent()) {
            value = decoded.get();
            type = wanted;
        }
        return decoded;
    }

    private boolean fits(Type wanted) {
        if (wanted == Object.class || wanted.equals(type)) {
            return true;
        }
        boolean setByApplication = encoded != null;
        return (wanted instanceof Class<?> || setByApplication)
                && rawClass(wanted).isInstance(value);
    }

    void set(Object newValue, Codecs codecs) {
        encoded = codecs.encode(newValue);
        value = newValue;
        type = Object.class;
        removed = false;
        computations = List.of();
    }

    void remove() {
        value = null;
        encoded = null;
        removed = true;
        computations = List.of();
    }

    void compute(Type wanted, Function<Optional<Object>, @Nullable Object> function, Codecs codecs) {
        boolean changedInPlace = isComputed() && isChangedInPlace(codecs);
        Optional<Object> before = read(wanted, codecs);
        boolean exact = !computations.isEmpty() || !isChanged(codecs);
        @Nullable Object after = function.apply(before);
        List<Function<Optional<Object>, @Nullable Object>> all = new ArrayList<>(computations);
        if (changedInPlace) {
            all.add(result -> {
                throw changedInPlace();
            });
        }
        all.add(function);
        become(after, codecs);
        if (exact) {
            // Otherwise the application has set the value in this request, and the last writer wins.
            computations = all;
            computedAs = wanted;
        }
    }

    private void become(@Nullable Object newValue, Codecs codecs) {
        if (newValue == null) {
            remove();
        } else {
            set(newValue, codecs);
        }
    }

    /** Runs the functions again on what the store holds now. */
    void recompute(@Nullable EncodedValue current, Codecs codecs) {
        if (computations.isEmpty()) {
            // Set or removed by the application while the save was under way: the last writer wins.
            stored = current;
            return;
        }
        if (isChangedInPlace(codecs)) {
            throw changedInPlace();
        }
        List<Function<Optional<Object>, @Nullable Object>> functions = computations;
        Optional<Object> result = Optional.ofNullable(current).flatMap(bytes -> codecs.read(bytes, computedAs));
        for (Function<Optional<Object>, @Nullable Object> function : functions) {
            result = Optional.ofNullable(function.apply(result));
        }
        stored = current;
        become(result.orElse(null), codecs);
        computations = functions;
    }

    /** Whether the value was changed after it was set or computed. */
    private boolean isChangedInPlace(Codecs codecs) {
        return encoded != null && value != null && !encoding(codecs).equals(encoded);
    }

    private static ComputeConflictException changedInPlace() {
        return new ComputeConflictException("a computed attribute was changed in place after session.compute, and"
                + " another request changed it too: make the whole change inside the function");
    }

    boolean isComputed() {
        return !computations.isEmpty();
    }

    /** Whether the store does not hold what the application sees. */
    boolean isChanged(Codecs codecs) {
        return removed ? stored != null : changedEncoding(codecs) != null;
    }

    boolean isRemoved() {
        return removed;
    }

    /** The value's encoding if the store does not hold it; null if it does, or if nobody looked. */
    @Nullable
    EncodedValue changedEncoding(Codecs codecs) {
        if (removed || value == null) {
            return null;
        }
        if (encoded == null && Immutables.isImmutable(value)) {
            return null;
        }
        EncodedValue now = encoding(codecs);
        if (stored == null) {
            return now;
        }
        return now.equals(stored) || codecs.sameValue(stored, now, type) ? null : now;
    }

    /** The encoding to store the attribute with, changed or not; null if it has no value. */
    @Nullable
    EncodedValue fullEncoding(Codecs codecs) {
        if (removed) {
            return null;
        }
        if (value == null) {
            return stored;
        }
        EncodedValue changed = changedEncoding(codecs);
        return changed == null ? stored : changed;
    }

    private EncodedValue encoding(Codecs codecs) {
        Object present = Objects.requireNonNull(value);
        return encoded != null && Immutables.isImmutable(present) ? encoded : codecs.encode(present);
    }

    /** Takes note of what the store holds after a save. */
    void saved(@Nullable EncodedValue nowStored, int computationsDone) {
        stored = nowStored;
        computations = computations.size() <= computationsDone
                ? List.of()
                : List.copyOf(computations.subList(computationsDone, computations.size()));
    }

    int computationCount() {
        return computations.size();
    }

    static Class<?> rawClass(Type type) {
        if (type instanceof Class<?> plain) {
            return plain;
        }
        return type instanceof ParameterizedType generic ? rawClass(generic.getRawType()) : Object.class;
    }
}
