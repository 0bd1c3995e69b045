// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.engine;

import io.github.dynamosession.Session;
import io.github.dynamosession.crypto.IndexProtection;
import io.github.dynamosession.spi.CustomValue;
import io.github.dynamosession.spi.IndexType;
import io.github.dynamosession.spi.IndexedSessionStore;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionObserver;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The custom attributes of a manager: functions of the session, evaluated with each save that changes data, creates the
 * session or changes its id. Nothing here fails a save.
 */
public final class CustomAttributes {
    private static final Logger LOG = LoggerFactory.getLogger(CustomAttributes.class);

    /**
     * One attribute.
     *
     * @param name its name in the store
     * @param function null or an empty {@link Optional}: the session has none
     * @param index what its index takes; null: it has none
     * @param asked what sessions are asked for by, made into what the function gives
     */
    public record Definition(
            String name,
            Function<? super Session, ? extends @Nullable Object> function,
            @Nullable IndexType index,
            UnaryOperator<Object> asked) {}

    private final List<Definition> definitions;
    private final IndexProtection protection;
    private final boolean marks;
    private final SessionObserver observer;
    private final String indexesSetting;
    private final Set<String> warned = ConcurrentHashMap.newKeySet();

    /**
     * Custom attributes.
     *
     * @param marks whether indexed values have marks that are looked at whenever a session is opened
     */
    public CustomAttributes(
            List<Definition> definitions,
            IndexProtection protection,
            boolean marks,
            SessionObserver observer,
            String indexesSetting) {
        this.indexesSetting = indexesSetting;
        this.definitions = List.copyOf(definitions);
        this.protection = protection;
        this.marks = marks;
        this.observer = observer;
    }

    /** The attribute that holds the generation of an indexed attribute's mark, as it was when the value was set. */
    public static String generation(String attribute) {
        return attribute + "_generation";
    }

    /** The values that a new session has of those that a delta names. */
    static Map<String, CustomValue> present(SessionDelta delta) {
        Map<String, CustomValue> present = new HashMap<>();
        delta.custom().forEach((name, value) -> value.ifPresent(given -> present.put(name, given)));
        return present;
    }

    /** The names of indexed attributes whose marks decide whether a session is opened. */
    List<String> marked() {
        return marks
                ? definitions.stream()
                        .filter(definition -> definition.index() != null)
                        .map(Definition::name)
                        .toList()
                : List.of();
    }

    boolean hasMarks() {
        return marks;
    }

    /**
     * The indexed attribute of this name.
     *
     * @throws IllegalArgumentException if there is none
     */
    public Definition indexed(String attribute) {
        return definitions.stream()
                .filter(definition -> definition.name().equals(attribute) && definition.index() != null)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "there is no indexed custom attribute of that name: set SessionManager.Builder.customAttribute"
                                + " and, for DynamoDB, " + indexesSetting));
    }

    /**
     * What an indexed value may be stored as; empty if no session can have it.
     *
     * @throws IllegalArgumentException if there is no such indexed attribute
     */
    public List<CustomValue> forms(String attribute, Object value) {
        Definition definition = indexed(attribute);
        IndexType index = definition.index();
        try {
            CustomValue asked = CustomValue.of(definition.asked().apply(value));
            return index != null && isFound(asked) && index.takes(asked)
                    ? protection.forms(attribute, asked)
                    : List.of();
        } catch (IllegalArgumentException never) {
            return List.of();
        }
    }

    /** Whether what is stored under a name is for everybody to see: neither hashed nor for the engine alone. */
    public boolean isReadable(String name) {
        for (Definition definition : definitions) {
            boolean hashed = definition.name().equals(name) && definition.index() != null && protection.mayHash();
            if (hashed || (definition.index() != null && name.equals(generation(definition.name())))) {
                return false;
            }
        }
        return true;
    }

    boolean isEmpty() {
        return definitions.isEmpty();
    }

    /** What a save adds to its delta; answers the forms of newly indexed values whose marks it has to read before. */
    Map<String, List<CustomValue>> evaluate(
            EngineSession session, Map<String, CustomValue> stored, SessionDelta.Builder delta) {
        Map<String, List<CustomValue>> unmarked = new HashMap<>();
        for (Definition definition : definitions) {
            String name = definition.name();
            Object value;
            // What the application asked for before does not count.
            session.forgetUnreadable();
            try {
                value = definition.function().apply(session);
            } catch (RuntimeException | LinkageError | StackOverflowError e) {
                leftOut(name, "its function failed with " + e.getClass().getName());
                continue;
            }
            if (session.metUnreadable()) {
                // Of what cannot be read here nothing follows: a session must not leave an index by that.
                continue;
            }
            List<CustomValue> forms = forms(definition, value);
            CustomValue former = stored.get(name);
            if (forms.isEmpty()) {
                if (former != null) {
                    delta.custom(name, Optional.empty());
                }
                if (definition.index() != null && stored.containsKey(generation(name))) {
                    delta.custom(generation(name), Optional.empty());
                }
                continue;
            }
            boolean same = former != null && forms.contains(former);
            if (former == null || !same || (forms.size() > 1 && protection.isOutdated(former, forms))) {
                delta.custom(name, Optional.of(forms.get(0)));
            }
            if (!same && marks && definition.index() != null && isFound(forms.get(0))) {
                unmarked.put(name, forms);
            }
        }
        return unmarked;
    }

    private List<CustomValue> forms(Definition definition, @Nullable Object value) {
        Object given = value instanceof Optional<?> optional ? optional.orElse(null) : value;
        if (given == null) {
            return List.of();
        }
        CustomValue custom;
        try {
            custom = CustomValue.of(given);
        } catch (IllegalArgumentException e) {
            leftOut(definition.name(), String.valueOf(e.getMessage()));
            return List.of();
        }
        if (definition.index() == null) {
            return List.of(custom);
        }
        if (!definition.index().takes(custom)) {
            leftOut(
                    definition.name(),
                    "its index takes a " + definition.index().name().toLowerCase(Locale.ROOT)
                            + ", not empty and not of more than "
                            + IndexedSessionStore.MAX_VALUE_BYTES + " bytes");
            return List.of();
        }
        return isFound(custom) ? protection.forms(definition.name(), custom) : List.of(custom);
    }

    private static boolean isFound(CustomValue value) {
        return value.isText() || value.isNumber();
    }

    private void leftOut(String name, String why) {
        if (warned.add(name)) {
            LOG.warn(
                    "A value of the custom attribute {} is left out: {}. Further ones are counted and not logged",
                    name,
                    why);
        }
        Observers.notify(observer::customAttributeLeftOut);
    }
}
