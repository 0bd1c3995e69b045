// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import io.github.dynamosession.spi.Setting;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * The names that a table uses for the top-level attributes of an item.
 *
 * <p>Immutable. All writers and readers of one table must agree on them: a row whose attributes have
 * other names is taken for somebody else's.
 */
public final class ItemAttributes {
    /** Keys of an item are limited to this by DynamoDB wherever they may become keys of an index. */
    private static final int MAX_NAME_BYTES = 255;

    private static final ItemAttributes DEFAULTS = builder().build();

    private final EnumMap<ItemAttribute, String> names;
    private final Set<String> all;

    private ItemAttributes(EnumMap<ItemAttribute, String> names) {
        this.names = names;
        this.all = Set.copyOf(names.values());
    }

    /**
     * The names of {@link ItemAttribute#defaultName()}.
     *
     * @return the default names
     */
    public static ItemAttributes defaults() {
        return DEFAULTS;
    }

    /**
     * The names that settings {@code attribute-names.*} give.
     *
     * @param text what a setting says; empty: the default
     * @return the names
     * @throws IllegalArgumentException if a name is not valid, or used twice
     */
    public static ItemAttributes of(Function<Setting, Optional<String>> text) {
        Builder names = builder();
        for (ItemAttribute attribute : ItemAttribute.values()) {
            text.apply(attribute.setting()).ifPresent(name -> names.name(attribute, name));
        }
        return names.build();
    }

    /**
     * A builder that starts with the default names.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * What the table calls an attribute.
     *
     * @param attribute which one
     * @return its name in the table
     */
    public String name(ItemAttribute attribute) {
        return Objects.requireNonNull(names.get(attribute));
    }

    /** Whether an attribute of the table is one of these. */
    boolean has(String name) {
        return all.contains(name);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ItemAttributes attributes && attributes.names.equals(names);
    }

    @Override
    public int hashCode() {
        return names.hashCode();
    }

    @Override
    public String toString() {
        return "ItemAttributes" + names;
    }

    /** Collects {@link ItemAttributes}. Not for use by several threads. */
    public static final class Builder {
        private final EnumMap<ItemAttribute, String> names = new EnumMap<>(ItemAttribute.class);

        private Builder() {
            for (ItemAttribute attribute : ItemAttribute.values()) {
                names.put(attribute, attribute.defaultName());
            }
        }

        /**
         * Names an attribute.
         *
         * @param attribute which one
         * @param name its name in the table: not empty, at most 255 bytes, used for no other attribute
         * @return this
         */
        public Builder name(ItemAttribute attribute, String name) {
            names.put(attribute, name);
            return this;
        }

        /**
         * Builds the names.
         *
         * @return the names
         * @throws IllegalArgumentException if a name is empty, too long or used twice; the message lists
         *     all problems
         */
        public ItemAttributes build() {
            List<String> problems = problems();
            if (!problems.isEmpty()) {
                throw new IllegalArgumentException(String.join("; ", problems));
            }
            return new ItemAttributes(new EnumMap<>(names));
        }

        private List<String> problems() {
            List<String> problems = new ArrayList<>();
            for (Map.Entry<ItemAttribute, String> entry : names.entrySet()) {
                String name = entry.getValue();
                if (name.isEmpty()) {
                    problems.add("the name of the attribute " + entry.getKey() + " is empty");
                } else if (name.getBytes(StandardCharsets.UTF_8).length > MAX_NAME_BYTES) {
                    problems.add("the name of the attribute " + entry.getKey() + " is longer than " + MAX_NAME_BYTES
                            + " bytes");
                }
                for (Map.Entry<ItemAttribute, String> earlier : names.entrySet()) {
                    if (earlier.getKey() == entry.getKey()) {
                        break;
                    }
                    if (earlier.getValue().equals(name)) {
                        problems.add("the attributes " + earlier.getKey() + " and " + entry.getKey()
                                + " have the same name, " + name);
                    }
                }
            }
            return problems;
        }
    }
}
