// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.json.internal;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamWriteConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.Module;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.DefaultDeserializationContext;
import com.fasterxml.jackson.databind.util.ClassUtil;
import io.github.dynamosession.spi.UnreadableValueException;
import io.github.dynamosession.spi.UnstorableValueException;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.Field;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Turns values into a Jackson token stream and back, by the rules of a {@link TypePolicy}.
 *
 * <p>The shape: a value whose class its place already says is plain; any other is an object with one
 * field, {@code {"@id": value}}. A string key of a map that starts with {@code @} is written with one
 * more, and {@code {"@": {…}}} is a bean whose own properties look like ids. Nothing else is
 * reserved.
 *
 * <p>Thread-safe. Caches belong to the instance and grow with the number of classes, not of values.
 */
public final class ValueEngine {
    /** Deep enough for any document, shallow enough for any stack; what is written can be read. */
    public static final int MAX_DEPTH = 200;

    /** Digits of one number: parsing takes quadratic time. */
    static final int MAX_DIGITS = 10_000;

    /**
     * Tokens of one value: brackets, names of properties, and values. An object in memory is larger than its
     * bytes, and compressed bytes are fewer still: 8 KB can stand for millions of empty maps.
     */
    public static final int MAX_TOKENS = 500_000;

    /** Longer map keys are written as values, so that a parser's table of names stays small. */
    static final int MAX_KEY_LENGTH = 256;

    /** The bounds for what is read; factories are to be made with them. */
    public static final StreamReadConstraints READ_CONSTRAINTS = StreamReadConstraints.builder()
            .maxNestingDepth(MAX_DEPTH)
            .maxTokenCount(MAX_TOKENS)
            .maxNumberLength(MAX_DIGITS)
            .maxNameLength(16 * MAX_KEY_LENGTH)
            // Bounded by the input, which is in memory already.
            .maxStringLength(Integer.MAX_VALUE)
            .build();

    /** The bounds for what is written; factories are to be made with them. */
    public static final StreamWriteConstraints WRITE_CONSTRAINTS =
            StreamWriteConstraints.builder().maxNestingDepth(MAX_DEPTH).build();

    private final TypePolicy policy;
    private final ObjectMapper mapper;
    /** Whether Jackson's module for Guava is there. */
    private final boolean guava;
    /** Whether the format has bytes and timestamps of its own, so that they need no type id. */
    private final boolean binary;

    /** Writes a value again that was refused, to find all its classes that are not allowed; made when needed. */
    private @Nullable ValueEngine collector;

    private final Set<Class<?>> collected = new LinkedHashSet<>();
    private final Map<JavaType, DeclaredType> positions = new ConcurrentHashMap<>();
    private final Map<Class<?>, TypeHandler> handlers = new ConcurrentHashMap<>();
    private final DeclaredType anything;

    /**
     * An engine.
     *
     * @param factory makes parsers and generators, with the constraints of this class
     * @param policy what may be named
     */
    public ValueEngine(JsonFactory factory, TypePolicy policy) {
        this.policy = policy;
        this.binary = factory.canHandleBinaryNatively();
        Module guavaModule = GuavaHandler.module(policy.loader());
        this.guava = guavaModule != null;
        this.mapper = Beans.mapper(factory, this, guavaModule);
        handlers.putAll(JdkHandlers.BY_CLASS);
        this.anything = declaredType(mapper.constructType(Object.class));
    }

    /**
     * Encodes one attribute value.
     *
     * @param value the value
     * @return the bytes
     * @throws UnstorableValueException if it is not stored
     */
    public byte[] encode(Object value) {
        Objects.requireNonNull(value, "value");
        try (ByteArrayBuilder bytes = new ByteArrayBuilder(256)) {
            SerializerProvider provider = mapper.getSerializerProviderInstance();
            try (JsonGenerator out = mapper.getFactory().createGenerator((OutputStream) bytes)) {
                out.disable(JsonGenerator.Feature.AUTO_CLOSE_JSON_CONTENT);
                write(value, anything, out, provider);
            }
            byte[] encoded = bytes.toByteArray();
            if (encoded.length > MAX_TOKENS) {
                requireFewTokens(value, encoded);
            }
            if (BeanHandler.isToBeVerified(provider)) {
                verify(value, encoded);
            }
            return encoded;
        } catch (IOException | RuntimeException | StackOverflowError e) {
            throw refusal(value, e);
        }
    }

    /** Refuses what reading would refuse as too much; a token has a byte at least. */
    private void requireFewTokens(Object value, byte[] encoded) throws IOException {
        try (JsonParser in = mapper.getFactory().createParser(encoded)) {
            while (in.nextToken() != null) {
                // They are counted, nothing else.
            }
        } catch (StreamConstraintsException e) {
            throw policy.notStorable(
                    value.getClass(), "it consists of more than " + MAX_TOKENS + " objects, properties and elements");
        }
    }

    /** Refuses what would not come back as it is. */
    private void verify(Object value, byte[] encoded) {
        Object copy;
        try {
            copy = read(encoded, Object.class);
        } catch (IOException | RuntimeException | StackOverflowError e) {
            throw new UnstorableValueException(
                    placeOf(e)
                            + policy.notStorable(
                                            value.getClass(),
                                            "what is written of it cannot be read again: see the annotations of Jackson"
                                                    + " in it")
                                    .getMessage(),
                    null);
        }
        Comparison comparison = new Comparison(this);
        if (!comparison.same(value, copy)) {
            Field field = comparison.difference();
            throw field == null
                    ? policy.notStorable(value.getClass(), "it would come back as something else")
                    : policy.notStorable(
                            comparison.holder(),
                            "its field " + field.getName()
                                    + " would come back as something else: see the annotations of"
                                    + " Jackson and the constructors of that class, and make a field transient that is"
                                    + " not to be stored");
        }
    }

    /** The classes in a value that are not allowed, and those that its properties declare. */
    private synchronized Set<Class<?>> missingIn(Object value, Class<?> first) {
        ValueEngine all = collector;
        if (all == null) {
            all = new ValueEngine(mapper.getFactory(), policy.collecting(collected));
            collector = all;
        }
        collected.clear();
        collected.add(first);
        try (JsonGenerator out = all.mapper.getFactory().createGenerator(OutputStream.nullOutputStream())) {
            out.disable(JsonGenerator.Feature.AUTO_CLOSE_JSON_CONTENT);
            all.write(value, all.anything, out, all.mapper.getSerializerProviderInstance());
        } catch (IOException | RuntimeException | StackOverflowError e) {
            // Something else is wrong with it, too, and is told when these are allowed.
        }
        DeclaredClasses.of(value.getClass(), all.mapper).forEach(type -> {
            if (!policy.allows(type)) {
                collected.add(type);
            }
        });
        return new LinkedHashSet<>(collected);
    }

    /**
     * Decodes one attribute value.
     *
     * @param bytes what was stored
     * @param type what is wanted
     * @return the value
     * @throws UnreadableValueException if the bytes are not such a value
     */
    public Object decode(byte[] bytes, Type type) {
        Objects.requireNonNull(bytes, "bytes");
        Objects.requireNonNull(type, "type");
        try {
            return read(bytes, type);
        } catch (IOException | RuntimeException | StackOverflowError e) {
            String reason = "not readable as " + type.getTypeName();
            for (Throwable t = e; t != null; t = t.getCause()) {
                if (t instanceof Unreadable known) {
                    reason = known.getMessage();
                }
            }
            throw new UnreadableValueException(
                    "the stored value" + storedClass(bytes) + " cannot be decoded: " + reason, null);
        }
    }

    /** The class that the stored value itself names; empty if it names none that is allowed. */
    private String storedClass(byte[] bytes) {
        try (JsonParser in = mapper.getFactory().createParser(bytes)) {
            String name = in.nextToken() == JsonToken.START_OBJECT ? in.nextFieldName() : null;
            TypeHandler handler = name != null && isTag(name) ? handlerFor(name.substring(1)) : null;
            return handler == null ? "" : ", a " + handler.type.getTypeName() + ",";
        } catch (IOException | RuntimeException e) {
            return "";
        }
    }

    private Object read(byte[] bytes, Type type) throws IOException {
        try (JsonParser in = mapper.getFactory().createParser(bytes)) {
            DefaultDeserializationContext blueprint =
                    (DefaultDeserializationContext) mapper.getDeserializationContext();
            DeserializationContext context = blueprint.createInstance(mapper.getDeserializationConfig(), in, null);
            DeclaredType declaredType = type == Object.class ? anything : declaredType(mapper.constructType(type));
            in.nextToken();
            Object value = read(in, context, declaredType, true);
            if (value == null || in.nextToken() != null) {
                throw unreadable("not one value");
            }
            return value;
        }
    }

    TypePolicy policy() {
        return policy;
    }

    ObjectMapper mapper() {
        return mapper;
    }

    DeclaredType anything() {
        return anything;
    }

    DeclaredType declaredType(JavaType type) {
        DeclaredType declaredType = positions.get(type);
        if (declaredType == null) {
            Class<?> raw = type.getRawClass();
            declaredType =
                    new DeclaredType(this, type, impliedHandler(raw.isPrimitive() ? ClassUtil.wrapperType(raw) : raw));
            DeclaredType other = positions.putIfAbsent(type, declaredType);
            declaredType = other == null ? declaredType : other;
        }
        return declaredType;
    }

    DeclaredType declaredType(Class<?> type) {
        return declaredType(mapper.constructType(type));
    }

    /** What an untagged value is at a place declared so; null if that is left open. */
    private @Nullable TypeHandler impliedHandler(Class<?> declared) {
        if (JsonImmutables.whyNotDeclared(declared) != null) {
            TypeHandler content = JdkHandlers.family(declared);
            return guava && content != null ? new GuavaHandler(declared, content) : null;
        }
        TypeHandler handler = JdkHandlers.DEFAULTS.get(declared);
        if (handler == null) {
            handler = handlers.get(declared);
        }
        return handler != null || Beans.isOpen(declared) ? handler : handlerOf(declared);
    }

    /** The type handler of a class; throws the refusal if there is none. */
    TypeHandler handlerOf(Class<?> type) {
        TypeHandler handler = handlers.get(type);
        if (handler == null) {
            handler = make(type);
            TypeHandler other = handlers.putIfAbsent(type, handler);
            handler = other == null ? handler : other;
        }
        return handler;
    }

    private TypeHandler make(Class<?> type) {
        if (type.isArray()) {
            return new ArrayHandler(this, type);
        }
        if (Enum.class.isAssignableFrom(type) && type != Enum.class) {
            return type.isEnum() ? new EnumHandler(this, type) : handlerOf(type.getSuperclass());
        }
        TypeHandler family = JdkHandlers.family(type);
        if (family != null) {
            return family;
        }
        String reason = Beans.whyNotBean(type);
        if (reason != null) {
            throw policy.notStorable(type, reason);
        }
        return new BeanHandler(this, type);
    }

    void write(@Nullable Object value, DeclaredType declaredType, JsonGenerator out, SerializerProvider provider)
            throws IOException {
        if (value == null) {
            out.writeNull();
            return;
        }
        TypeHandler handler = handlerOf(value.getClass()).variant(value);
        handler.requireStorable();
        TypeHandler implied = declaredType.handler;
        String notDeclared = implied == null ? declaredType.refusal() : null;
        if (notDeclared != null) {
            throw policy.notStorable(value.getClass(), notDeclared);
        }
        if (implied instanceof GuavaHandler && implied.type.isInstance(value)) {
            implied.write(value, declaredType, out, provider);
        } else if (handler == implied) {
            if (handler instanceof BeanHandler bean && bean.needsMark(declaredType, provider)) {
                out.writeStartObject();
                out.writeFieldName("@");
                handler.write(value, declaredType, out, provider);
                out.writeEndObject();
            } else {
                handler.write(value, declaredType, out, provider);
            }
        } else if (implied == null && (handler.isUntagged(value) || (binary && JdkHandlers.isBinary(handler)))) {
            handler.write(value, declaredType, out, provider);
        } else {
            String id = handler.id();
            out.writeStartObject();
            out.writeFieldName("@" + id);
            handler.write(
                    value, handler instanceof BeanHandler ? declaredType(handler.type) : declaredType, out, provider);
            out.writeEndObject();
        }
    }

    /**
     * Reads a value from the current token to its last.
     *
     * @param dynamic whether it was written without regard to the declared type, which then only
     *     says what the caller expects
     */
    @Nullable
    Object read(JsonParser in, DeserializationContext context, DeclaredType declaredType, boolean dynamic)
            throws IOException {
        JsonToken token = in.currentToken();
        if (token == null || token == JsonToken.VALUE_NULL) {
            return null;
        }
        if (token == JsonToken.START_OBJECT) {
            String name = in.nextFieldName();
            if (name != null && isTag(name)) {
                return readTagged(name, in, context, declaredType, dynamic);
            }
        }
        TypeHandler implied = declaredType.handler;
        Object value;
        if (implied != null && (!dynamic || (implied instanceof BeanHandler && insideObject(in)))) {
            value = implied.read(in, context, declaredType, dynamic);
        } else {
            value = untagged(in, context, declaredType, dynamic);
        }
        return as(declaredType, value);
    }

    private static boolean insideObject(JsonParser in) {
        return in.hasToken(JsonToken.FIELD_NAME) || in.hasToken(JsonToken.END_OBJECT);
    }

    static boolean isTag(String name) {
        return name.startsWith("@") && !name.startsWith("@@");
    }

    /** Reads {@code {"@id": value}} from the field's name to the end of the object. */
    @Nullable
    Object readTagged(
            String name, JsonParser in, DeserializationContext context, DeclaredType declaredType, boolean dynamic)
            throws IOException {
        String id = name.substring(1);
        TypeHandler handler = id.isEmpty() ? declaredType.handler : handlerFor(id);
        if (handler == null || (id.isEmpty() && !(handler instanceof BeanHandler))) {
            // The id is repeated only if it can be nothing but a class name.
            boolean printable = id.indexOf('.') > 0 && TypePolicy.isClassName(id);
            throw unreadable("a type id that is not allowed" + (printable ? ": " + id : ""));
        }
        Class<?> raw = declaredType.raw;
        if (!raw.isAssignableFrom(handler.type)
                // Private JDK classes implement more than the interface that stands for them: checked afterwards.
                && !handler.type.isInterface()
                && !handler.type.isAssignableFrom(raw)
                && !(Number.class.isAssignableFrom(raw) && Number.class.isAssignableFrom(handler.type))) {
            throw unreadable("a value of " + handler.type.getTypeName() + ", not of " + raw.getTypeName());
        }
        if (in.nextToken() == JsonToken.VALUE_NULL) {
            throw unreadable("a type id without a value");
        }
        DeclaredType inner =
                handler instanceof BeanHandler && !id.isEmpty() ? declaredType(handler.type) : declaredType;
        Object value = handler.read(in, context, inner, dynamic);
        if (in.nextToken() != JsonToken.END_OBJECT) {
            throw unreadable("a type id beside other fields");
        }
        return as(declaredType, value);
    }

    @Nullable
    TypeHandler handlerFor(String id) {
        TypeHandler handler = JdkHandlers.BY_ID.get(id);
        if (handler != null) {
            return handler;
        }
        if (id.endsWith("[]")) {
            Class<?> array = arrayFor(id);
            return array == null ? null : handlerOf(array);
        }
        Class<?> type = JdkHandlers.ENUMS.get(id);
        if (type == null) {
            type = policy.classFor(id);
        }
        return type == null || Beans.isOpen(type) ? null : handlerOf(type);
    }

    private @Nullable Class<?> arrayFor(String id) {
        int dimensions = 0;
        String base = id;
        while (base.endsWith("[]") && dimensions <= ArrayHandler.MAX_DIMENSIONS) {
            base = base.substring(0, base.length() - 2);
            dimensions++;
        }
        Class<?> component = JdkHandlers.COMPONENTS.get(base);
        if (component == null) {
            component = policy.classFor(base);
        }
        if (component == null || dimensions > ArrayHandler.MAX_DIMENSIONS) {
            return null;
        }
        Class<?> array = component;
        for (int i = 0; i < dimensions; i++) {
            array = array.arrayType();
        }
        return array;
    }

    /** What plain JSON is where nothing is declared. */
    private Object untagged(JsonParser in, DeserializationContext context, DeclaredType declaredType, boolean dynamic)
            throws IOException {
        switch (in.currentToken()) {
            case VALUE_STRING:
                return in.getText();
            case VALUE_TRUE:
                return true;
            case VALUE_FALSE:
                return false;
            case VALUE_NUMBER_INT:
                switch (in.getNumberType()) {
                    case INT:
                        return in.getIntValue();
                    case LONG:
                        return in.getLongValue();
                    default:
                        throw unreadable("an integer of more than 64 bits without a type id");
                }
            case VALUE_NUMBER_FLOAT:
                double value = in.getDoubleValue();
                if (Double.isInfinite(value)) {
                    throw unreadable("a number that is too large");
                }
                return value;
            case VALUE_EMBEDDED_OBJECT:
                return in.getEmbeddedObject();
            case START_ARRAY:
                return JdkHandlers.ARRAY_LIST.read(in, context, declaredType, dynamic);
            case FIELD_NAME:
            case END_OBJECT:
                return JdkHandlers.LINKED_HASH_MAP.read(in, context, declaredType, dynamic);
            default:
                throw unreadable("not a value");
        }
    }

    /** The value as an instance of the declared type's class; numbers are converted if nothing is lost. */
    private static Object as(DeclaredType declaredType, Object value) {
        Class<?> raw = declaredType.raw;
        if (raw.isInstance(value)) {
            return value;
        }
        Object converted = value instanceof Number number ? exactly(number, raw) : null;
        if (converted == null) {
            throw unreadable("a value of " + value.getClass().getTypeName() + ", not of " + raw.getTypeName());
        }
        return converted;
    }

    private static @Nullable Object exactly(Number number, Class<?> target) {
        BigDecimal exact;
        if (number instanceof BigDecimal decimal) {
            exact = decimal;
        } else if (number instanceof BigInteger integer) {
            exact = new BigDecimal(integer);
        } else if (number instanceof Double || number instanceof Float) {
            double value = number.doubleValue();
            if (target == Double.class) {
                return value;
            }
            float narrow = (float) value;
            return target == Float.class && Double.compare(narrow, value) == 0 ? narrow : null;
        } else if (List.of(Byte.class, Short.class, Integer.class, Long.class).contains(number.getClass())) {
            exact = BigDecimal.valueOf(number.longValue());
        } else {
            return null;
        }
        try {
            if (target == BigDecimal.class) {
                return exact;
            } else if (target == BigInteger.class) {
                return exact.toBigIntegerExact();
            } else if (target == Long.class) {
                return exact.longValueExact();
            } else if (target == Integer.class) {
                return exact.intValueExact();
            } else if (target == Short.class) {
                return exact.shortValueExact();
            } else if (target == Byte.class) {
                return exact.byteValueExact();
            } else if (target == Double.class) {
                double value = exact.doubleValue();
                return !Double.isInfinite(value) && new BigDecimal(value).compareTo(exact) == 0 ? value : null;
            } else if (target == Float.class) {
                float value = exact.floatValue();
                return !Float.isInfinite(value) && new BigDecimal(value).compareTo(exact) == 0 ? value : null;
            }
            return null;
        } catch (ArithmeticException e) {
            return null;
        }
    }

    Unreadable notReadable(Class<?> type) {
        return unreadable("a value of " + type.getName() + ", which is not allowed: see " + policy.setting());
    }

    static Unreadable unreadable(String what) {
        return new Unreadable(what);
    }

    /** Why stored bytes are not read, in the middle of them; never leaves the engine. */
    static final class Unreadable extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Unreadable(String reason) {
            super(reason, null, false, false);
        }

        @Override
        public String getMessage() {
            return Objects.requireNonNull(super.getMessage());
        }
    }

    /** Translates what went wrong while writing; Jackson's messages may hold values and are dropped. */
    private UnstorableValueException refusal(Object value, Throwable thrown) {
        String where = placeOf(thrown);
        String message = null;
        for (Throwable t = thrown; t != null; t = t.getCause()) {
            if (t instanceof TypePolicy.NotAllowed refused) {
                return policy.notAllowed(where, refused.type(), missingIn(value, refused.type()));
            }
            if (t instanceof UnstorableValueException refused) {
                if (where.isEmpty()) {
                    return refused;
                }
                message = refused.getMessage();
            } else if (t instanceof StreamConstraintsException || t instanceof StackOverflowError) {
                return policy.notStorable(
                        value.getClass(), "it refers to itself, or is nested deeper than " + MAX_DEPTH + " levels");
            }
        }
        if (message == null) {
            message = policy.notStorable(
                            value.getClass(),
                            "it failed while it was read ("
                                    + rootOf(thrown).getClass().getName() + ")")
                    .getMessage();
        }
        return new UnstorableValueException(where + message, null);
    }

    /** The property in which it happened, for the beginning of a message; empty if that is not known. */
    private static String placeOf(Throwable thrown) {
        String where = "";
        for (Throwable t = thrown; t != null; t = t.getCause()) {
            if (t instanceof JsonMappingException mapping && !mapping.getPath().isEmpty()) {
                List<JsonMappingException.Reference> path = mapping.getPath();
                JsonMappingException.Reference last = path.get(path.size() - 1);
                Object from = last.getFrom();
                if (from != null && last.getFieldName() != null) {
                    where = (from instanceof Class<?> c ? c : from.getClass()).getName() + "." + last.getFieldName()
                            + ": ";
                }
            }
        }
        return where;
    }

    private static Throwable rootOf(Throwable thrown) {
        Throwable root = thrown;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }
}
