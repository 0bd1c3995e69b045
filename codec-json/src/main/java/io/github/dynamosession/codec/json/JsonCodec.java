// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import io.github.dynamosession.codec.json.internal.TypePolicy;
import io.github.dynamosession.codec.json.internal.ValueEngine;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.SessionCodec;
import java.lang.reflect.Type;

/**
 * Session attributes as JSON that an operator can read.
 *
 * <p>The JDK's value types and collections need no permission. Each class of the application must be
 * allowed, wherever it stands in a value, also as the declared type of a property: one that is not on the
 * list can neither be stored nor be made of stored bytes. A class on the list allows its nested classes
 * and, if it is sealed, its permitted subclasses. The message of a refusal names all that are missing.
 *
 * <p>Fields are stored, of any visibility and inherited ones too, except static and transient ones;
 * records by their components. A class needs a constructor without parameters (of any visibility), or
 * one marked with Jackson's {@code @JsonCreator}; Jackson's annotations for properties apply, those for
 * type ids and object ids do not. A value comes back equal or is refused: one of an annotated class, or of
 * one with a constructor that takes its properties, is decoded when it is encoded, and compared. Properties that are unknown on reading are ignored, missing ones keep
 * their initial value. An object that is referred to twice comes back as two equal ones; one that refers
 * to itself is refused.
 *
 * <p>Immutable and safe for any number of threads.
 */
public final class JsonCodec implements SessionCodec {
    /** What messages call it. */
    static final String NAME = "JsonCodec";

    private final ValueEngine engine;

    JsonCodec(TypePolicy policy) {
        this.engine = new ValueEngine(
                new JsonText((JsonFactoryBuilder) JsonFactory.builder()
                        .streamReadConstraints(ValueEngine.READ_CONSTRAINTS)
                        .streamWriteConstraints(ValueEngine.WRITE_CONSTRAINTS)
                        // Buffers in thread locals would outlive an application that is undeployed.
                        .recyclerPool(JsonRecyclerPools.newConcurrentDequePool())
                        .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                        // Keys of maps are names, too: past some thousand of them the table costs more than it saves.
                        .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                        // Exact for lone surrogates too: the feature that writes pairs as four bytes corrupts them.
                        .disable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)),
                policy);
    }

    /**
     * A builder.
     *
     * @return a builder that allows the JDK's types only
     */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public int format() {
        return EncodedValue.JSON;
    }

    @Override
    public byte[] encode(Object value) {
        return engine.encode(value);
    }

    @Override
    public Object decode(byte[] bytes, Type type) {
        return engine.decode(bytes, type);
    }

    /** Collects what a {@link JsonCodec} allows. Not for use by several threads. */
    public static final class Builder {
        private final TypePolicy.Builder policy = TypePolicy.builder(NAME);

        private Builder() {}

        /**
         * Allows classes, written under their names, with their nested classes, and with the permitted
         * subclasses of a sealed one. Another subclass is not allowed with its superclass.
         *
         * @param types classes, records or enums
         * @return this
         */
        public Builder allow(Class<?>... types) {
            for (Class<?> type : types) {
                policy.allow(type);
            }
            return this;
        }

        /**
         * Allows a class, written under a short id, so that renaming the class loses nothing. What was
         * written under its name before stays readable.
         *
         * @param id up to 128 characters, not starting with {@code @}; the JDK types' ids are taken
         * @param type a class, a record or an enum
         * @return this
         */
        public Builder allow(String id, Class<?> type) {
            policy.allow(id, type);
            return this;
        }

        /**
         * Reads what was stored under another name as a class, for a class that was moved or whose id
         * changed. Does not allow the class to be stored.
         *
         * @param id the former class name or id
         * @param type what to read it as
         * @return this
         */
        public Builder alias(String id, Class<?> type) {
            policy.alias(id, type);
            return this;
        }

        /**
         * Allows every class of a package, without its subpackages, written under their names. Wider than
         * a list of classes: whoever can write the table can create any of them.
         *
         * @param name the package, such as {@code com.shop.model}
         * @return this
         */
        public Builder allowPackage(String name) {
            policy.allowPackage(name);
            return this;
        }

        /**
         * Where classes of allowed packages are looked up.
         *
         * @param loader the class loader; unless set, that of the thread that made the builder
         * @return this
         */
        public Builder classLoader(ClassLoader loader) {
            policy.classLoader(loader);
            return this;
        }

        /**
         * Builds the codec.
         *
         * @return the codec
         * @throws IllegalArgumentException if something cannot be allowed, naming all problems
         */
        public JsonCodec build() {
            return new JsonCodec(policy.build());
        }
    }
}
