// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.vertx;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The attributes of a session as a map that writes through. */
final class SessionData extends AbstractMap<String, Object> {
    private final VertxSession session;

    SessionData(VertxSession session) {
        this.session = session;
    }

    @Override
    public @Nullable Object get(@Nullable Object key) {
        return key instanceof String name ? session.value(name) : null;
    }

    @Override
    public boolean containsKey(@Nullable Object key) {
        return get(key) != null;
    }

    @Override
    public @Nullable Object put(String key, Object value) {
        Object former = session.value(key);
        session.put(key, value);
        return former;
    }

    @Override
    public @Nullable Object remove(@Nullable Object key) {
        return key instanceof String name ? session.removed(name) : null;
    }

    @Override
    public Set<Map.Entry<String, Object>> entrySet() {
        return new Entries();
    }

    private final class Entries extends AbstractSet<Map.Entry<String, Object>> {
        @Override
        public int size() {
            return session.names().size();
        }

        @Override
        public Iterator<Map.Entry<String, Object>> iterator() {
            // What cannot be read is left out of what is iterated over, though not of the size.
            Iterator<String> names = session.names().stream()
                    .filter(name -> session.value(name) != null)
                    .iterator();
            return new Iterator<>() {
                private @Nullable String last;

                @Override
                public boolean hasNext() {
                    return names.hasNext();
                }

                @Override
                @SuppressWarnings("NullAway") // read a moment ago, and only this request removes it
                public Map.Entry<String, Object> next() {
                    String name = names.next();
                    last = name;
                    return new SimpleEntry<>(name, session.value(name)) {
                        private static final long serialVersionUID = 1L;

                        @Override
                        public Object setValue(Object value) {
                            session.put(getKey(), value);
                            return super.setValue(value);
                        }
                    };
                }

                @Override
                public void remove() {
                    if (last == null) {
                        throw new IllegalStateException("there is no entry to remove");
                    }
                    session.removed(last);
                    last = null;
                }
            };
        }
    }
}
