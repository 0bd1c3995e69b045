// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.engine;

import io.github.dynamosession.crypto.ValueProtection;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.UnreadableValueException;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of an open session. Most requests use few of them: those that nobody has asked for stay as the store gave
 * them, and cost nothing. Guarded by its session.
 */
final class Attributes {
    /** What the store held when the session was opened. */
    private final Map<String, EncodedValue> opened;

    /** Those that were asked for, removed ones among them; they hide what is in {@link #opened}. */
    private final Map<String, Attribute> used = new LinkedHashMap<>();

    /** What was fetched of values outside of the row. */
    private final Contents contents = new Contents();

    private ValueProtection protection;

    Attributes(Map<String, EncodedValue> opened, ValueProtection protection) {
        this.opened = opened;
        this.protection = protection;
    }

    Contents contents() {
        return contents;
    }

    /** How values of the session are opened and protected, as it is now. */
    ValueProtection protection() {
        return protection;
    }

    /** Null: the session has none of this name, and nobody has set one. */
    @Nullable
    Attribute get(String name) {
        Attribute attribute = used.get(name);
        if (attribute == null) {
            EncodedValue stored = opened.get(name);
            return stored == null ? null : use(name, stored);
        }
        return attribute;
    }

    /** The attribute of this name, without a value if there was none. */
    Attribute getOrAdd(String name) {
        Attribute attribute = get(name);
        return attribute == null ? use(name, null) : attribute;
    }

    private Attribute use(String name, @Nullable EncodedValue stored) {
        Attribute attribute = new Attribute(name, stored, protection, contents);
        used.put(name, attribute);
        return attribute;
    }

    /** Those that were asked for so far, by name: nothing else can have changed. A codec at work may ask for more. */
    Map<String, Attribute> used() {
        return new LinkedHashMap<>(used);
    }

    /** Whether surely nothing is to be written, as far as can be told without a codec. */
    boolean areSurelyUnchanged(Codecs codecs) {
        for (Attribute attribute : used.values()) {
            if (!attribute.isSurelyUnchanged(codecs)) {
                return false;
            }
        }
        return true;
    }

    /** Whether a value depends on what is stored when the session is saved. */
    boolean areComputed() {
        for (Attribute attribute : used.values()) {
            if (attribute.isComputed()) {
                return true;
            }
        }
        return false;
    }

    /** The names of those that have a value. */
    Set<String> names() {
        Set<String> names = new LinkedHashSet<>(opened.keySet());
        used.forEach((name, attribute) -> {
            if (attribute.isPresent()) {
                names.add(name);
            } else {
                names.remove(name);
            }
        });
        return names;
    }

    /** Whether none has a value. */
    boolean isEmpty() {
        for (Attribute attribute : used.values()) {
            if (attribute.isPresent()) {
                return false;
            }
        }
        return used.keySet().containsAll(opened.keySet());
    }

    /** How many bytes the store holds of those that stay there, but for these. */
    long storedBytes(Set<String> but) {
        long bytes = 0;
        for (Map.Entry<String, EncodedValue> stored : opened.entrySet()) {
            if (!used.containsKey(stored.getKey())) {
                bytes += stored.getValue().length();
            }
        }
        for (Map.Entry<String, Attribute> attribute : used.entrySet()) {
            EncodedValue stored = attribute.getValue().stored();
            if (stored != null && !attribute.getValue().isRemoved() && !but.contains(attribute.getKey())) {
                bytes += stored.length();
            }
        }
        return bytes;
    }

    /** The pointer to what has to be fetched before an attribute can be read; null: nothing. */
    @Nullable
    EncodedValue lacking(String name) {
        Attribute attribute = get(name);
        return attribute == null ? null : attribute.lacking();
    }

    /** The same session goes on with another key binding, or under another key. */
    void rebind(ValueProtection next) {
        protection = next;
        used.values().forEach(attribute -> attribute.rebind(next));
    }

    /**
     * Moves all attributes into a new session, where nothing is stored yet.
     *
     * @param lost told the names of those that cannot come along, and why
     */
    void adopt(ValueProtection next, BiConsumer<String, UnreadableValueException> lost) {
        // With the former protection, which reads them.
        opened.keySet().forEach(this::get);
        protection = next;
        used.forEach((name, attribute) -> {
            UnreadableValueException reason = attribute.adopt(next);
            if (reason != null) {
                lost.accept(name, reason);
            }
        });
    }
}
