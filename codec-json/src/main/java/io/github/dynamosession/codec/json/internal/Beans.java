// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.json.internal;

import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.AnnotationIntrospector;
import com.fasterxml.jackson.databind.BeanDescription;
import com.fasterxml.jackson.databind.BeanProperty;
import com.fasterxml.jackson.databind.DeserializationConfig;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.Module;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationConfig;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.annotation.JsonPOJOBuilder;
import com.fasterxml.jackson.databind.cfg.MapperConfig;
import com.fasterxml.jackson.databind.deser.BeanDeserializerBase;
import com.fasterxml.jackson.databind.deser.BeanDeserializerModifier;
import com.fasterxml.jackson.databind.deser.DefaultDeserializationContext;
import com.fasterxml.jackson.databind.deser.Deserializers;
import com.fasterxml.jackson.databind.deser.SettableBeanProperty;
import com.fasterxml.jackson.databind.deser.ValueInstantiator;
import com.fasterxml.jackson.databind.deser.std.DelegatingDeserializer;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.AnnotatedClass;
import com.fasterxml.jackson.databind.introspect.AnnotatedField;
import com.fasterxml.jackson.databind.introspect.AnnotatedMember;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.introspect.ObjectIdInfo;
import com.fasterxml.jackson.databind.introspect.VisibilityChecker;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.jsontype.TypeDeserializer;
import com.fasterxml.jackson.databind.jsontype.TypeResolverBuilder;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.BeanPropertyWriter;
import com.fasterxml.jackson.databind.ser.BeanSerializerModifier;
import com.fasterxml.jackson.databind.ser.PropertyWriter;
import com.fasterxml.jackson.databind.ser.Serializers;
import com.fasterxml.jackson.databind.ser.std.BeanSerializerBase;
import com.fasterxml.jackson.databind.type.ArrayType;
import com.fasterxml.jackson.databind.type.TypeFactory;
import com.fasterxml.jackson.databind.util.LRUMap;
import io.github.dynamosession.codec.internal.GeneratedClasses;
import io.github.dynamosession.codec.internal.JavaPlatform;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The part that Jackson's databinding does: the properties of the application's classes, by their
 * fields or record components and by Jackson's annotations. Every value that is not such a class is
 * handed back to the {@link ValueEngine}. Jackson's own type ids and object ids are switched off.
 */
final class Beans {
    /** Where these are declared, Jackson's own handling is exact, and the fastest. */
    private static final Set<Class<?>> NATIVE = Set.of(
            boolean.class,
            byte.class,
            short.class,
            int.class,
            long.class,
            float.class,
            double.class,
            Boolean.class,
            Byte.class,
            Short.class,
            Integer.class,
            Long.class,
            Float.class,
            Double.class,
            String.class);

    private Beans() {}

    static ObjectMapper mapper(JsonFactory factory, ValueEngine engine, @Nullable Module guava) {
        SimpleModule module = new SimpleModule("dynamosession") {
            private static final long serialVersionUID = 1L;

            @Override
            public void setupModule(SetupContext context) {
                context.addSerializers(new ArraySerializers(engine));
                context.addDeserializers(new ArrayDeserializers(engine));
                context.addBeanSerializerModifier(new PropertyModifier(engine));
                context.addBeanDeserializerModifier(new TagModifier(engine));
            }
        };
        JsonMapper.Builder builder = JsonMapper.builder(factory);
        if (guava != null) {
            builder.addModule(guava);
        }
        return builder.annotationIntrospector(new Annotations(engine))
                // The default type factory is shared by the whole process and would hold classes of this application.
                .typeFactory(TypeFactory.defaultInstance().withCache(new LRUMap<>(16, 256)))
                .addModule(module)
                .visibility(PropertyAccessor.ALL, Visibility.NONE)
                .visibility(PropertyAccessor.FIELD, Visibility.ANY)
                .disable(MapperFeature.USE_GETTERS_AS_SETTERS, MapperFeature.ALLOW_COERCION_OF_SCALARS)
                .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS, SerializationFeature.FAIL_ON_SELF_REFERENCES)
                .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                .build();
    }

    /** Whether a place of this declared type may hold values of many classes, or none. */
    static boolean isOpen(Class<?> declared) {
        if (declared.isArray() || declared.isEnum()) {
            return false;
        }
        return Modifier.isAbstract(declared.getModifiers()) || whyNotBean(declared) != null;
    }

    /** Why a class that has no type handler of its own is not a bean; null if it may be one. */
    static @Nullable String whyNotBean(Class<?> type) {
        if (Collection.class.isAssignableFrom(type)
                || Map.class.isAssignableFrom(type)
                || Map.Entry.class.isAssignableFrom(type)
                || Iterator.class.isAssignableFrom(type)) {
            return "copy it into one of the collections of java.util, or into a class of your own that holds one";
        }
        if (type.isPrimitive() || type.isAnnotation() || JavaPlatform.has(type)) {
            return "it is not one of the JDK's value types";
        }
        if (Proxy.isProxyClass(type) || type.isHidden() || type.isSynthetic()) {
            return GeneratedClasses.advice(type);
        }
        return null;
    }

    /** Refuses a class that would not come back as it was, by what reflection says of it. */
    static void checkClass(Class<?> raw, TypePolicy policy) {
        if (raw.isAnonymousClass() || (raw.isLocalClass() && !raw.isRecord())) {
            throw policy.notStorable(raw, "it is a local or anonymous class");
        }
        if (raw.isMemberClass() && !Modifier.isStatic(raw.getModifiers())) {
            throw policy.notStorable(raw, "it is an inner class that is not static");
        }
        Set<String> names = new HashSet<>();
        for (Class<?> c = raw; c != null && c != Object.class && c != Record.class; c = c.getSuperclass()) {
            if (JavaPlatform.has(c)) {
                throw policy.notStorable(raw, "it extends " + c.getName());
            }
            for (Field field : c.getDeclaredFields()) {
                int modifiers = field.getModifiers();
                if (!Modifier.isStatic(modifiers) && !Modifier.isTransient(modifiers) && !names.add(field.getName())) {
                    throw policy.notStorable(raw, "it and its superclasses have two fields " + field.getName());
                }
            }
        }
    }

    /**
     * What Jackson made of a class.
     *
     * @param tagLikeNames whether one of its properties' names looks like a type id
     * @param verified whether only reading what was written tells whether an object comes back: Jackson was
     *     told something of the class, or a constructor takes its properties, which may do with them what it
     *     likes (those of records may not)
     * @param answeredFor whether serializer, deserializer and {@code equals} are its author's
     */
    record Traits(boolean tagLikeNames, boolean verified, boolean answeredFor) {}

    /** Refuses a class whose objects would never come back as they were, by what Jackson made of it. */
    static Traits traits(JavaType type, JsonSerializer<?> serializer, ValueEngine engine) throws JsonMappingException {
        Class<?> raw = type.getRawClass();
        TypePolicy policy = engine.policy();
        ObjectMapper mapper = engine.mapper();
        BeanDescription description = mapper.getSerializationConfig().introspect(type);
        if (description.findAnyGetter() != null) {
            throw policy.notStorable(raw, "@JsonAnyGetter is not supported");
        }
        boolean annotated = State.isAnnotated(raw);
        AnnotationIntrospector annotations = mapper.getSerializationConfig().getAnnotationIntrospector();
        if (annotations.findSerializer(description.getClassInfo()) != null) {
            boolean both = annotations.findDeserializer(description.getClassInfo()) != null;
            return new Traits(false, true, both && hasEquals(raw));
        }
        DeserializationContext context = ((DefaultDeserializationContext) mapper.getDeserializationContext())
                .createDummyInstance(mapper.getDeserializationConfig());
        JsonDeserializer<?> deserializer = plain(context.findContextualValueDeserializer(type, null));
        if (!(deserializer instanceof BeanDeserializerBase bean)) {
            return new Traits(false, true, false);
        }
        ValueInstantiator instantiator = bean.getValueInstantiator();
        if (serializer instanceof ValueSerializer) {
            if (!instantiator.canCreateUsingDelegate()
                    && !instantiator.canCreateFromString()
                    && !instantiator.canCreateFromInt()
                    && !instantiator.canCreateFromLong()
                    && !instantiator.canCreateFromDouble()
                    && !instantiator.canCreateFromBoolean()) {
                throw policy.notStorable(
                        raw, "it has @JsonValue, but no constructor or factory method marked @JsonCreator takes that");
            }
            return new Traits(false, true, false);
        }
        Field kept = State.serializedByHand(raw);
        if (kept != null) {
            throw policy.notStorable(
                    raw,
                    "its own serialization may store what is in "
                            + kept.getDeclaringClass().getSimpleName() + "."
                            + kept.getName() + ", which is transient and would be lost here: copy what is needed into a"
                            + " class of yours, or give it @JsonSerialize and @JsonDeserialize");
        }
        if (!instantiator.canCreateUsingDefault() && !instantiator.canCreateFromObjectWith()) {
            throw policy.notStorable(
                    raw,
                    "it has no constructor without parameters, and none marked @JsonCreator that takes properties");
        }
        boolean tagLike = false;
        Set<String> written = new HashSet<>();
        Iterator<PropertyWriter> properties = serializer.properties();
        while (properties.hasNext()) {
            PropertyWriter property = properties.next();
            written.add(property.getName());
            tagLike |= property.getName().startsWith("@");
            boolean unwrapping = property instanceof BeanPropertyWriter writer && writer.isUnwrapping();
            if (unwrapping) {
                // Jackson writes its properties among the others without asking the engine.
                engine.handlerOf(property.getType().getRawClass()).requireStorable();
            } else if (property.getMember() instanceof AnnotatedField
                    && bean.findProperty(property.getName()) == null) {
                throw policy.notStorable(
                        raw, "nothing sets its field " + property.getMember().getName());
            }
        }
        boolean created = false;
        Iterator<SettableBeanProperty> parameters = bean.creatorProperties();
        while (parameters.hasNext()) {
            SettableBeanProperty parameter = parameters.next();
            created = true;
            if (parameter.getInjectableValueId() != null) {
                // Some versions of Jackson take what is stored where nothing is injected, others refuse to read it.
                throw policy.notStorable(
                        raw, "a parameter of its constructor has @JacksonInject, and what is injected is not stored");
            }
            if (!written.contains(parameter.getName())) {
                throw policy.notStorable(
                        raw, "its constructor's parameter " + parameter.getName() + " is not among its properties");
            }
        }
        Iterator<SettableBeanProperty> read = bean.properties();
        while (read.hasNext()) {
            SettableBeanProperty property = read.next();
            if (property.getMember() instanceof AnnotatedField field && !written.contains(property.getName())) {
                throw policy.notStorable(
                        raw, "its field " + field.getName() + " is read, but never written: see its annotations");
            }
        }
        return new Traits(tagLike, annotated || (created && !raw.isRecord()), false);
    }

    private static boolean hasEquals(Class<?> type) {
        try {
            return type.getMethod("equals", Object.class).getDeclaringClass() != Object.class;
        } catch (NoSuchMethodException e) {
            return false;
        }
    }

    /** The deserializer that does not look for a type id first. */
    @SuppressWarnings("unchecked")
    static JsonDeserializer<Object> plain(JsonDeserializer<?> deserializer) {
        return (JsonDeserializer<Object>)
                (deserializer instanceof TaggedBean tagged ? tagged.getDelegatee() : deserializer);
    }

    /**
     * Jackson's annotations without those that would open the type system or tie values together. Of types that are
     * not the application's own classes it says that the engine writes and reads them.
     */
    private static final class Annotations extends JacksonAnnotationIntrospector {
        private static final long serialVersionUID = 1L;
        private final transient ValueEngine engine;

        Annotations(ValueEngine engine) {
            this.engine = engine;
        }

        @Override
        public @Nullable Object findSerializer(Annotated annotated) {
            Object own = super.findSerializer(annotated);
            JavaType type = own == null ? ofTheEngine(annotated) : null;
            return type == null || findSerializationConverter(annotated) != null
                    ? own
                    : new PlaceSerializer(engine, type);
        }

        @Override
        public @Nullable Object findDeserializer(Annotated annotated) {
            Object own = super.findDeserializer(annotated);
            JavaType type = own == null ? ofTheEngine(annotated) : null;
            return type == null || isGuavas(type) || findDeserializationConverter(annotated) != null
                    ? own
                    : new PlaceDeserializer(engine, type);
        }

        /** The type, if it is one and the engine's; null otherwise, for arrays too. */
        private static @Nullable JavaType ofTheEngine(Annotated annotated) {
            if (!(annotated instanceof AnnotatedClass) || annotated.getRawType().isArray()) {
                return null;
            }
            JavaType said = annotated.getType();
            // Jackson leaves the types of some classes of the JDK's and its own unsaid.
            JavaType type = said == null ? TypeFactory.defaultInstance().constructType(annotated.getRawType()) : said;
            return isBeanOrNative(type) ? null : type;
        }

        @Override
        public boolean hasIgnoreMarker(AnnotatedMember member) {
            return (member instanceof AnnotatedField field
                            && engine.policy().injected().contains(field.getAnnotated()))
                    || super.hasIgnoreMarker(member);
        }

        /** A builder's methods know what may be given to it; its fields may be of another type. */
        @Override
        public VisibilityChecker<?> findAutoDetectVisibility(AnnotatedClass annotated, VisibilityChecker<?> checker) {
            VisibilityChecker<?> own = super.findAutoDetectVisibility(annotated, checker);
            return annotated.hasAnnotation(JsonPOJOBuilder.class) ? own.withSetterVisibility(Visibility.ANY) : own;
        }

        @Override
        public @Nullable TypeResolverBuilder<?> findTypeResolver(
                MapperConfig<?> config, AnnotatedClass annotated, JavaType type) {
            return null;
        }

        @Override
        public @Nullable TypeResolverBuilder<?> findPropertyTypeResolver(
                MapperConfig<?> config, AnnotatedMember member, JavaType type) {
            return null;
        }

        @Override
        public @Nullable TypeResolverBuilder<?> findPropertyContentTypeResolver(
                MapperConfig<?> config, AnnotatedMember member, JavaType type) {
            return null;
        }

        @Override
        public @Nullable Boolean isTypeId(AnnotatedMember member) {
            return null;
        }

        @Override
        public @Nullable ObjectIdInfo findObjectIdInfo(Annotated annotated) {
            return null;
        }
    }

    /** Hands a value at a declared place to the engine. */
    private static final class PlaceSerializer extends JsonSerializer<Object> {
        private final ValueEngine engine;
        private final JavaType type;
        private @Nullable DeclaredType declaredType;

        PlaceSerializer(ValueEngine engine, JavaType type) {
            this.engine = engine;
            this.type = type;
        }

        @Override
        public void serialize(Object value, JsonGenerator out, SerializerProvider provider) throws IOException {
            DeclaredType place = declaredType;
            if (place == null) {
                place = engine.declaredType(type);
                declaredType = place;
            }
            engine.write(value, place, out, provider);
        }
    }

    /** Reads a value at a declared place through the engine. */
    private static final class PlaceDeserializer extends JsonDeserializer<Object> {
        private final ValueEngine engine;
        private final JavaType type;
        private @Nullable DeclaredType declaredType;

        PlaceDeserializer(ValueEngine engine, JavaType type) {
            this.engine = engine;
            this.type = type;
        }

        @Override
        public @Nullable Object deserialize(JsonParser in, DeserializationContext context) throws IOException {
            DeclaredType place = declaredType;
            if (place == null) {
                place = engine.declaredType(type);
                declaredType = place;
            }
            return engine.read(in, context, place, false);
        }

        @Override
        public @Nullable Object getAbsentValue(DeserializationContext context) {
            return type.hasRawClass(char.class) ? (Object) '\0' : null;
        }

        @Override
        public boolean isCachable() {
            return true;
        }
    }

    /** Jackson does not ask {@link Annotations} about arrays. */
    private static final class ArraySerializers extends Serializers.Base {
        private final ValueEngine engine;

        ArraySerializers(ValueEngine engine) {
            this.engine = engine;
        }

        @Override
        public JsonSerializer<?> findArraySerializer(
                SerializationConfig config,
                ArrayType type,
                BeanDescription description,
                com.fasterxml.jackson.databind.jsontype.TypeSerializer typeSerializer,
                JsonSerializer<Object> content) {
            return new PlaceSerializer(engine, type);
        }
    }

    /** The counterpart of {@link ArraySerializers}. */
    private static final class ArrayDeserializers extends Deserializers.Base {
        private final ValueEngine engine;

        ArrayDeserializers(ValueEngine engine) {
            this.engine = engine;
        }

        @Override
        public JsonDeserializer<?> findArrayDeserializer(
                ArrayType type,
                DeserializationConfig config,
                BeanDescription description,
                TypeDeserializer typeDeserializer,
                JsonDeserializer<?> content) {
            return new PlaceDeserializer(engine, type);
        }
    }

    private static boolean isBeanOrNative(JavaType type) {
        Class<?> raw = type.getRawClass();
        return NATIVE.contains(raw)
                || (!raw.isArray()
                        && !Enum.class.isAssignableFrom(raw)
                        && !JdkHandlers.BY_CLASS.containsKey(raw)
                        && JdkHandlers.family(raw) == null
                        && !isOpen(raw));
    }

    /** Whether Jackson's module for Guava reads it, if it is there. */
    private static boolean isGuavas(JavaType type) {
        return JsonImmutables.whyNotDeclared(type.getRawClass()) != null
                && JsonImmutables.handlerOf(type.getRawClass()) != null;
    }

    /** Binds each property to its declared type, where Jackson would look at the value's class. */
    private static final class PropertyModifier extends BeanSerializerModifier {
        private static final long serialVersionUID = 1L;
        private final transient ValueEngine engine;

        PropertyModifier(ValueEngine engine) {
            this.engine = engine;
        }

        @Override
        public List<BeanPropertyWriter> changeProperties(
                SerializationConfig config, BeanDescription description, List<BeanPropertyWriter> properties) {
            for (BeanPropertyWriter property : properties) {
                if (!property.hasSerializer()
                        && !property.isUnwrapping()
                        && !NATIVE.contains(property.getType().getRawClass())) {
                    property.assignSerializer(new PlaceSerializer(engine, property.getType()));
                }
            }
            return properties;
        }

        @Override
        public JsonSerializer<?> modifySerializer(
                SerializationConfig config, BeanDescription description, JsonSerializer<?> serializer) {
            AnnotatedMember accessor = description.findJsonValueAccessor();
            return accessor == null || serializer instanceof BeanSerializerBase
                    ? serializer
                    : new ValueSerializer(accessor, new PlaceSerializer(engine, accessor.getType()));
        }
    }

    /** {@code @JsonValue}, bound to the declared type. */
    private static final class ValueSerializer extends JsonSerializer<Object> {
        private final AnnotatedMember accessor;
        private final JsonSerializer<Object> content;

        ValueSerializer(AnnotatedMember accessor, JsonSerializer<Object> content) {
            this.accessor = accessor;
            accessor.fixAccess(true);
            this.content = content;
        }

        @Override
        public void serialize(Object bean, JsonGenerator out, SerializerProvider provider) throws IOException {
            Object value = accessor.getValue(bean);
            if (value == null) {
                throw JdkHandlers.refused(bean.getClass(), "its @JsonValue is null");
            }
            content.serialize(value, out, provider);
        }
    }

    /** Lets a type id stand in place of a bean. */
    private static final class TagModifier extends BeanDeserializerModifier {
        private static final long serialVersionUID = 1L;
        private final transient ValueEngine engine;

        TagModifier(ValueEngine engine) {
            this.engine = engine;
        }

        @Override
        public JsonDeserializer<?> modifyDeserializer(
                DeserializationConfig config, BeanDescription description, JsonDeserializer<?> deserializer) {
            return deserializer instanceof BeanDeserializerBase
                    ? new TaggedBean(engine, description.getType(), deserializer)
                    : deserializer;
        }
    }

    /** A bean of the declared class, or another one behind its type id. */
    private static final class TaggedBean extends DelegatingDeserializer {
        private static final long serialVersionUID = 1L;
        private final transient ValueEngine engine;
        private final JavaType type;

        TaggedBean(ValueEngine engine, JavaType type, JsonDeserializer<?> bean) {
            super(bean);
            this.engine = engine;
            this.type = type;
        }

        @Override
        protected JsonDeserializer<?> newDelegatingInstance(JsonDeserializer<?> bean) {
            return new TaggedBean(engine, type, bean);
        }

        @Override
        public JsonDeserializer<?> createContextual(DeserializationContext context, @Nullable BeanProperty property)
                throws JsonMappingException {
            JsonDeserializer<?> bean = context.handleSecondaryContextualization(_delegatee, property, type);
            return bean == _delegatee ? this : new TaggedBean(engine, type, bean);
        }

        @Override
        public @Nullable Object deserialize(JsonParser in, DeserializationContext context) throws IOException {
            if (in.hasToken(JsonToken.START_OBJECT)) {
                String name = in.nextFieldName();
                if (name != null && ValueEngine.isTag(name)) {
                    return engine.readTagged(name, in, context, engine.declaredType(type), false);
                }
            }
            engine.handlerOf(type.getRawClass()).requireReadable();
            return _delegatee.deserialize(in, context);
        }
    }
}
