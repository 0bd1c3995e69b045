// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.msgpack;

import io.github.dynamosession.codec.json.internal.TypePolicy;
import io.github.dynamosession.codec.json.internal.ValueEngine;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.SessionCodec;
import java.lang.reflect.Type;

/**
 * Session attributes as MessagePack: smaller than JSON and faster, at the price that nobody can read
 * them in the AWS console.
 *
 * <p>Stores the same types by the same rules as the JSON codec, with the same messages when it does not,
 * and needs the same permissions: the JDK's value types and collections need none, and each class of the
 * application in a value must be allowed. The difference is in the
 * bytes: {@code byte[]} and {@link java.time.Instant} are MessagePack's own binary and timestamp.
 *
 * <p>Immutable and safe for any number of threads.
 */
public final class MessagePackCodec implements SessionCodec {
    /** What messages call it. */
    static final String NAME = "MessagePackCodec";

    private final ValueEngine engine;

    MessagePackCodec(TypePolicy policy) {
        this.engine = new ValueEngine(new MessagePackFactory(), policy);
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
        return EncodedValue.MESSAGE_PACK;
    }

    @Override
    public byte[] encode(Object value) {
        return engine.encode(value);
    }

    @Override
    public Object decode(byte[] bytes, Type type) {
        return engine.decode(bytes, type);
    }

    /** Collects what a {@link MessagePackCodec} allows. Not for use by several threads. */
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
        public MessagePackCodec build() {
            return new MessagePackCodec(policy.build());
        }
    }
}
