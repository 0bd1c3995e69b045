// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Attributes after a delta, over those before: the others are neither copied nor, in a view, made. Immutable. */
final class ChangedAttributes extends AbstractMap<String, EncodedValue> {
    private final Map<String, EncodedValue> former;
    private final Map<String, EncodedValue> set;
    private final Set<String> removed;

    /** Neither of them is to be changed afterwards. */
    ChangedAttributes(Map<String, EncodedValue> former, SessionDelta delta) {
        this.former = former;
        this.set = delta.set();
        this.removed = delta.removed();
    }

    private boolean stays(@Nullable Object name) {
        return !set.containsKey(name) && !removed.contains(name);
    }

    private Stream<String> names() {
        return Stream.concat(set.keySet().stream(), former.keySet().stream().filter(this::stays));
    }

    @Override
    public @Nullable EncodedValue get(@Nullable Object name) {
        return stays(name) ? former.get(name) : set.get(name);
    }

    @Override
    public boolean containsKey(@Nullable Object name) {
        return stays(name) ? former.containsKey(name) : set.containsKey(name);
    }

    @Override
    public int size() {
        return (int) names().count();
    }

    @Override
    public Set<String> keySet() {
        return new View<>(name -> name);
    }

    @Override
    public Set<Entry<String, EncodedValue>> entrySet() {
        return new View<>(name -> Map.entry(name, Objects.requireNonNull(get(name))));
    }

    private final class View<T> extends AbstractSet<T> {
        private final Function<String, T> ofName;

        View(Function<String, T> ofName) {
            this.ofName = ofName;
        }

        @Override
        public Iterator<T> iterator() {
            return names().map(ofName).iterator();
        }

        @Override
        public int size() {
            return ChangedAttributes.this.size();
        }
    }
}
