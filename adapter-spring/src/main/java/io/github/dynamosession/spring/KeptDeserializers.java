// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spring;

import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.BeanProperty;
import tools.jackson.databind.DeserializationConfig;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.JacksonModule.SetupContext;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.deser.Deserializers;
import tools.jackson.databind.deser.ValueDeserializerModifier;
import tools.jackson.databind.deser.std.StdConvertingDeserializer;
import tools.jackson.databind.jsontype.TypeDeserializer;
import tools.jackson.databind.type.CollectionType;
import tools.jackson.databind.type.TypeFactory;
import tools.jackson.databind.util.Converter;
import tools.jackson.databind.util.StdConverter;

/**
 * Deserializers of collections that Jackson keeps. Otherwise it makes that of a collection whose elements name their classes
 * anew for each one which is no property: Spring Security reads a user's authorities so, twice in each login, and that
 * was three quarters of the work. Which classes are meant depends on the settings of the mapper alone, so that one for
 * each type will do.
 */
final class KeptDeserializers {
    /** The collections in which Spring Security has authorities, and how they come from others. */
    private static final Map<String, Unmodifiable> UNMODIFIABLE = Map.of(
            "java.util.Collections$UnmodifiableSet",
            new Unmodifiable(Set.class, read -> Collections.unmodifiableSet((Set<?>) read)),
            "java.util.Collections$UnmodifiableRandomAccessList",
            new Unmodifiable(List.class, read -> Collections.unmodifiableList((List<?>) read)));

    private KeptDeserializers() {}

    static void add(SetupContext context) {
        context.addDeserializerModifier(new Keeping());
        context.addDeserializers(new OfUnmodifiable());
    }

    private record Unmodifiable(
            @SuppressWarnings("rawtypes") Class<? extends Collection> read, Function<Object, Object> wrap) {}

    private static final class Keeping extends ValueDeserializerModifier {
        private static final long serialVersionUID = 1L;

        @Override
        public ValueDeserializer<?> modifyCollectionDeserializer(
                DeserializationConfig config,
                CollectionType type,
                BeanDescription.Supplier description,
                ValueDeserializer<?> deserializer) {
            return new Kept(deserializer);
        }
    }

    /** What Jackson keeps; it uses what {@link #createContextual} makes of it for a place. */
    private static final class Kept extends ValueDeserializer<Object> {
        private final ValueDeserializer<?> kept;

        Kept(ValueDeserializer<?> kept) {
            this.kept = kept;
        }

        @Override
        public boolean isCachable() {
            return true;
        }

        @Override
        public void resolve(DeserializationContext context) {
            kept.resolve(context);
        }

        @Override
        public ValueDeserializer<?> createContextual(DeserializationContext context, @Nullable BeanProperty property) {
            return kept.createContextual(context, property);
        }

        @Override
        public Object deserialize(JsonParser parser, DeserializationContext context) {
            return kept.deserialize(parser, context);
        }
    }

    private static final class OfUnmodifiable extends Deserializers.Base {
        @Override
        public @Nullable ValueDeserializer<?> findCollectionDeserializer(
                CollectionType type,
                DeserializationConfig config,
                BeanDescription.Supplier description,
                @Nullable TypeDeserializer elementTypes,
                @Nullable ValueDeserializer<?> elements) {
            Unmodifiable unmodifiable = UNMODIFIABLE.get(type.getRawClass().getName());
            return unmodifiable == null
                    ? null
                    : new Kept(new StdConvertingDeserializer<>(conversion(type, unmodifiable)));
        }

        @Override
        public boolean hasDeserializerFor(DeserializationConfig config, Class<?> type) {
            return UNMODIFIABLE.containsKey(type.getName());
        }

        private static Converter<Object, Object> conversion(CollectionType type, Unmodifiable unmodifiable) {
            return new StdConverter<>() {
                @Override
                public Object convert(Object read) {
                    return unmodifiable.wrap().apply(read);
                }

                @Override
                public JavaType getInputType(TypeFactory types) {
                    return types.constructCollectionType(unmodifiable.read(), type.getContentType());
                }

                @Override
                public JavaType getOutputType(TypeFactory types) {
                    return type;
                }
            };
        }
    }
}
