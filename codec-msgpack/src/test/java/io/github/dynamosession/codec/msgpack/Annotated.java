// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.msgpack;

import com.fasterxml.jackson.annotation.*;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.EnumNamingStrategy;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.annotation.*;
import com.fasterxml.jackson.databind.deser.ValueInstantiator;
import com.fasterxml.jackson.databind.jsontype.impl.ClassNameIdResolver;
import com.fasterxml.jackson.databind.jsontype.impl.StdTypeResolverBuilder;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import com.fasterxml.jackson.databind.util.StdConverter;
import java.io.IOException;
import java.lang.annotation.Annotation;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Classes and records for each of Jackson's annotations, with values that the annotation makes a difference for. */
@SuppressWarnings({"unused", "UnusedVariable", "UnusedMethod", "ClassCanBeRecord", "NullAway"})
final class Annotated {
    /** A value, and what becomes of it. */
    record Case(String name, Object value, Verdict verdict) {}

    enum Verdict {
        EQUAL,
        REFUSED
    }

    /** By annotation; the annotations of Jackson that are not here make the test fail. */
    static final Map<Class<? extends Annotation>, List<Case>> CASES =
            new TreeMap<>((a, b) -> a.getName().compareTo(b.getName()));

    private Annotated() {}

    private static void equal(Class<? extends Annotation> annotation, Object... values) {
        add(annotation, Verdict.EQUAL, values);
    }

    private static void refused(Class<? extends Annotation> annotation, Object... values) {
        add(annotation, Verdict.REFUSED, values);
    }

    private static void add(Class<? extends Annotation> annotation, Verdict verdict, Object... values) {
        for (Object value : values) {
            CASES.computeIfAbsent(annotation, a -> new ArrayList<>())
                    .add(new Case(
                            annotation.getSimpleName() + " on "
                                    + value.getClass().getSimpleName(),
                            value,
                            verdict));
        }
    }

    // Each class has a field of each kind of place that its annotation may stand at.

    @Retention(RetentionPolicy.RUNTIME)
    @JacksonAnnotationsInside
    @JsonProperty(access = JsonProperty.Access.WRITE_ONLY)
    @interface Secret {}

    static class Composed {
        @Secret
        String password = "p";
    }

    record ComposedRecord(@Secret String password, int size) {}

    static class Inject {
        @JacksonInject
        String service = "s";
    }

    static class InjectCreator {
        final String service;

        @JsonCreator
        InjectCreator(@JacksonInject("x") @JsonProperty("service") String service) {
            this.service = service;
        }
    }

    record InjectRecord(@JacksonInject("x") String service, int size) {}

    static class Alias {
        @JsonAlias({"old", "older"})
        int size = 5;
    }

    record AliasRecord(@JsonAlias("old") int size) {}

    static class AnyGetter {
        private final Map<String, Object> all = new LinkedHashMap<>(Map.of("a", 1));

        @JsonAnyGetter
        Map<String, Object> all() {
            return all;
        }

        @JsonAnySetter
        void set(String name, Object value) {
            all.put(name, value);
        }
    }

    record AnyGetterRecord(@JsonAnyGetter Map<String, Object> all) {}

    static class AnySetterField {
        @JsonAnySetter
        Map<String, Object> all = new LinkedHashMap<>(Map.of("a", 1));
    }

    record AnySetterRecord(int size, @JsonAnySetter Map<String, Object> all) {}

    @JsonAutoDetect(fieldVisibility = JsonAutoDetect.Visibility.NONE)
    static class NotDetected {
        int size = 5;
        String name = "n";
    }

    @JsonAutoDetect(
            fieldVisibility = JsonAutoDetect.Visibility.NONE,
            getterVisibility = JsonAutoDetect.Visibility.ANY,
            setterVisibility = JsonAutoDetect.Visibility.ANY)
    static class ByAccessors {
        private int size = 5;

        int getSize() {
            return size;
        }

        void setSize(int size) {
            this.size = size;
        }
    }

    @JsonAutoDetect(getterVisibility = JsonAutoDetect.Visibility.ANY, fieldVisibility = JsonAutoDetect.Visibility.NONE)
    record NotDetectedRecord(int size) {}

    static class Parent {
        @JsonManagedReference
        List<Child> children = new ArrayList<>();

        Parent with(Child child) {
            child.parent = this;
            children.add(child);
            return this;
        }
    }

    static class Child {
        @JsonBackReference
        @Nullable
        Parent parent;

        int size = 5;
    }

    static Child childAlone() {
        Child child = new Child();
        new Parent().with(child);
        return child;
    }

    @JsonClassDescription("described")
    static class Described {
        @JsonPropertyDescription("the size")
        int size = 5;
    }

    @JsonClassDescription("described")
    record DescribedRecord(
            @JsonPropertyDescription("the size") int size) {}

    static class Created {
        private final int size;
        private final String name;

        @JsonCreator
        Created(@JsonProperty("size") int size, @JsonProperty("name") String name) {
            this.size = size;
            this.name = name;
        }
    }

    static class CreatedOtherwise {
        private final int size;

        @JsonCreator
        CreatedOtherwise(@JsonProperty("size") int size) {
            this.size = size + 1;
        }
    }

    static class CreatedByFactory {
        private int size = 5;

        @JsonCreator
        static CreatedByFactory of(@JsonProperty("size") int size) {
            CreatedByFactory created = new CreatedByFactory();
            created.size = size;
            return created;
        }
    }

    static class CreatedBySwappedFactory {
        private int a = 1;
        private int b = 2;

        @JsonCreator
        static CreatedBySwappedFactory of(@JsonProperty("b") int a, @JsonProperty("a") int b) {
            CreatedBySwappedFactory created = new CreatedBySwappedFactory();
            created.a = a;
            created.b = b;
            return created;
        }
    }

    static class Delegating {
        private final String text;

        @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
        Delegating(String text) {
            this.text = text;
        }
    }

    record CreatedRecord(int size) {
        @JsonCreator
        static CreatedRecord half(@JsonProperty("size") int size) {
            return new CreatedRecord(size / 2);
        }
    }

    static class CamelCase implements EnumNamingStrategy {
        @Override
        public String convertEnumToExternalName(String name) {
            return name.toLowerCase(java.util.Locale.ROOT).replace("_", "");
        }
    }

    enum Level {
        @JsonEnumDefaultValue
        LOW,
        @JsonProperty("high-level")
        HIGH
    }

    @EnumNaming(CamelCase.class)
    enum NamedLevel {
        VERY_LOW
    }

    static class Levels {
        Level level = Level.HIGH;
        NamedLevel named = NamedLevel.VERY_LOW;
        Map<Level, Integer> byLevel = new EnumMap<>(Map.of(Level.HIGH, 1));
    }

    record LevelsRecord(Level level, NamedLevel named) {}

    @JsonFilter("f")
    static class Filtered {
        int size = 5;
    }

    @JsonFilter("f")
    record FilteredRecord(int size) {}

    static class NumberAsText {
        @JsonFormat(shape = JsonFormat.Shape.STRING)
        int size = 5;
    }

    static class BooleanAsText {
        @JsonFormat(shape = JsonFormat.Shape.STRING)
        boolean on = true;
    }

    static class BooleanAsNumber {
        @JsonFormat(shape = JsonFormat.Shape.NUMBER)
        boolean on = true;
    }

    static class DateByPattern {
        @JsonFormat(pattern = "yyyy-MM")
        LocalDate day = LocalDate.of(2024, 2, 29);
    }

    @JsonFormat(shape = JsonFormat.Shape.ARRAY)
    static class AsArray {
        int size = 5;
        String name = "n";
    }

    static class FormattedEnum {
        @JsonFormat(shape = JsonFormat.Shape.NUMBER)
        Level level = Level.HIGH;
    }

    record NumberAsTextRecord(
            @JsonFormat(shape = JsonFormat.Shape.STRING) int size,

            @JsonFormat(shape = JsonFormat.Shape.STRING) @Nullable
            Long boxed) {}

    static class Getter {
        private int size = 5;

        @JsonGetter("size")
        int size() {
            return size;
        }
    }

    static class GetterThatChanges {
        private int size = 5;

        @JsonGetter("size")
        int size() {
            return size + 1;
        }
    }

    @JsonIdentityInfo(generator = ObjectIdGenerators.IntSequenceGenerator.class)
    static class Identified {
        int size = 5;

        @JsonIdentityReference(alwaysAsId = true)
        @Nullable
        Identified other;

        static Identified pair() {
            Identified first = new Identified();
            first.other = new Identified();
            return first;
        }
    }

    @JsonIdentityInfo(generator = ObjectIdGenerators.PropertyGenerator.class, property = "size")
    record IdentifiedRecord(int size) {}

    static class Ignoring {
        int size = 5;

        @JsonIgnore
        int cache = 7;
    }

    static class IgnoredGetterOnly {
        private int size = 5;

        @JsonIgnore
        int getSize() {
            return size;
        }

        @JsonProperty("size")
        void setSize(int size) {
            this.size = size;
        }
    }

    record IgnoringRecord(int size, @JsonIgnore int cache) {}

    @JsonIgnoreProperties("cache")
    static class IgnoringByName {
        int size = 5;
        int cache = 1;
    }

    @JsonIgnoreProperties(value = "password", allowSetters = true)
    static class AllowSetters {
        String user = "u";
        String password = "p";
    }

    @JsonIgnoreProperties(value = "password", allowGetters = true)
    static class AllowGetters {
        String user = "u";
        String password = "p";
    }

    @JsonIgnoreProperties(value = "password", allowSetters = true)
    record AllowSettersRecord(String user, String password) {}

    static class IgnoringInProperty {
        @JsonIgnoreProperties("name")
        AsPlain plain = new AsPlain();
    }

    static class AsPlain {
        int size = 5;
        String name = "n";
    }

    @JsonIgnoreType
    static class IgnoredType {
        int size = 5;
    }

    static class WithIgnoredType {
        int size = 5;

        @Nullable
        IgnoredType ignored = new IgnoredType();
    }

    record WithIgnoredTypeRecord(int size, IgnoredType ignored) {}

    static class NotNull {
        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Nullable
        String name = "initial";

        static NotNull empty() {
            NotNull empty = new NotNull();
            empty.name = null;
            return empty;
        }
    }

    static class NotEmpty {
        @JsonInclude(JsonInclude.Include.NON_EMPTY)
        @Nullable
        List<String> names;

        static NotEmpty empty() {
            NotEmpty empty = new NotEmpty();
            empty.names = new ArrayList<>();
            return empty;
        }
    }

    @JsonInclude(JsonInclude.Include.NON_DEFAULT)
    static class NotDefault {
        int size = 5;

        static NotDefault zero() {
            NotDefault zero = new NotDefault();
            zero.size = 0;
            return zero;
        }
    }

    static class ContentNotNull {
        @JsonInclude(content = JsonInclude.Include.NON_NULL)
        Map<String, @Nullable Integer> map = new LinkedHashMap<>();

        ContentNotNull() {
            map.put("a", null);
        }
    }

    @JsonInclude(JsonInclude.Include.NON_NULL)
    record NotNullRecord(@Nullable String name, int size) {
        NotNullRecord {
            name = name == null ? "none" : name;
        }
    }

    @JsonInclude(JsonInclude.Include.NON_NULL)
    record NotNullPlainRecord(@Nullable String name, int size) {}

    @JsonIncludeProperties("size")
    static class Including {
        int size = 5;
        String name = "n";

        static Including other() {
            Including other = new Including();
            other.name = "changed";
            return other;
        }
    }

    @JsonIncludeProperties("size")
    record IncludingRecord(int size, String name) {}

    static class KeyOf {
        @JsonKey
        String key = "k";

        int size = 5;

        @Override
        public boolean equals(@Nullable Object o) {
            return o instanceof KeyOf other && other.key.equals(key) && other.size == size;
        }

        @Override
        public int hashCode() {
            return size;
        }
    }

    static class ByKey {
        Map<KeyOf, Integer> map = new LinkedHashMap<>();

        ByKey() {
            map.put(new KeyOf(), 1);
        }
    }

    record KeyRecord(@JsonKey String key, int size) {}

    record ByKeyRecord(Map<KeyRecord, Integer> map) {}

    static class Merged {
        @JsonMerge
        List<String> names = new ArrayList<>(List.of("initial"));

        @JsonMerge
        AsPlain plain = new AsPlain();
    }

    record MergedRecord(@JsonMerge Map<String, Integer> map) {}

    static class Renamed {
        @JsonProperty("@id")
        int id = 5;

        @JsonProperty(value = "n", required = true, defaultValue = "x", index = 1)
        @Nullable
        String name = "n";
    }

    static class WriteOnly {
        @JsonProperty(access = JsonProperty.Access.WRITE_ONLY)
        @Nullable
        String password = "p";
    }

    static class ReadOnly {
        @JsonProperty(access = JsonProperty.Access.READ_ONLY)
        String password = "p";
    }

    static class ReadWrite {
        @JsonProperty(access = JsonProperty.Access.READ_WRITE)
        String password = "p";
    }

    record WriteOnlyRecord(
            @JsonProperty(access = JsonProperty.Access.WRITE_ONLY)
            String password,

            int size) {}

    record ReadOnlyRecord(
            @JsonProperty(access = JsonProperty.Access.READ_ONLY)
            String password,

            int size) {}

    record RenamedRecord(@JsonProperty("@id") int id) {}

    @JsonPropertyOrder({"b", "a"})
    static class Ordered {
        int a = 1;
        int b = 2;
    }

    @JsonPropertyOrder({"b", "a"})
    record OrderedRecord(int a, int b) {}

    static class Raw {
        @JsonRawValue
        String text = "not JSON";
    }

    static class RawJson {
        @JsonRawValue
        String text = "{\"a\":1}";
    }

    record RawRecord(@JsonRawValue String text) {}

    @JsonRootName("root")
    static class Rooted {
        int size = 5;
    }

    @JsonRootName("root")
    record RootedRecord(int size) {}

    static class SkippingNulls {
        @JsonSetter(nulls = Nulls.SKIP)
        @Nullable
        String name = "initial";

        static SkippingNulls empty() {
            SkippingNulls empty = new SkippingNulls();
            empty.name = null;
            return empty;
        }
    }

    static class EmptyForNulls {
        @JsonSetter(nulls = Nulls.AS_EMPTY, contentNulls = Nulls.SKIP)
        @Nullable
        String name;

        @JsonSetter(contentNulls = Nulls.SKIP)
        List<@Nullable String> names = new ArrayList<>();

        EmptyForNulls() {
            names.add(null);
        }
    }

    static class SetterThatChanges {
        private int size = 5;

        @JsonSetter("size")
        void size(int newSize) {
            size = newSize + 1;
        }
    }

    record SkippingRecord(
            @JsonSetter(nulls = Nulls.AS_EMPTY) @Nullable String name) {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.CLASS)
    @JsonSubTypes(@JsonSubTypes.Type(value = SubTyped.class, name = "sub"))
    abstract static class Typed {
        int size = 5;
    }

    @JsonTypeName("sub")
    static class SubTyped extends Typed {
        @JsonTypeId
        String id = "i";

        @JsonTypeInfo(use = JsonTypeInfo.Id.NAME)
        Object any = new AsPlain();
    }

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, include = JsonTypeInfo.As.EXISTING_PROPERTY, property = "type")
    @JsonTypeName("typed")
    record TypedRecord(String type, int size) {}

    @JsonTypeIdResolver(ClassNameIdResolver.class)
    @JsonTypeResolver(StdTypeResolverBuilder.class)
    static class Resolved {
        int size = 5;
    }

    static class Unwrapping {
        @JsonUnwrapped
        @Nullable
        AsPlain plain = new AsPlain();

        int other = 1;

        static Unwrapping empty() {
            Unwrapping empty = new Unwrapping();
            empty.plain = null;
            return empty;
        }
    }

    static class UnwrappingWithPrefix {
        @JsonUnwrapped(prefix = "a.")
        AsPlain first = new AsPlain();

        @JsonUnwrapped(prefix = "b.")
        AsPlain second = new AsPlain();
    }

    record UnwrappingRecord(@JsonUnwrapped AsPlain plain, int other) {}

    static class ValueField {
        @JsonValue
        private final String text;

        @JsonCreator
        ValueField(String text) {
            this.text = text;
        }
    }

    static class ValueBesideFields {
        @JsonValue
        private final String text;

        private int size = 0;

        @JsonCreator
        ValueBesideFields(String text) {
            this.text = text;
        }

        static ValueBesideFields of(int size) {
            ValueBesideFields value = new ValueBesideFields("t");
            value.size = size;
            return value;
        }
    }

    static class ValueGetter {
        private final int a;
        private final int b;

        ValueGetter(int a, int b) {
            this.a = a;
            this.b = b;
        }

        @JsonCreator
        static ValueGetter parse(String text) {
            int colon = text.indexOf(':');
            return new ValueGetter(
                    Integer.parseInt(text.substring(0, colon)), Integer.parseInt(text.substring(colon + 1)));
        }

        @JsonValue
        String text() {
            return a + ":" + b;
        }
    }

    record ValueRecord(String text, int lost) {
        @JsonCreator
        ValueRecord(String text) {
            this(text, 0);
        }

        @Override
        @JsonValue
        public String text() {
            return text;
        }
    }

    interface Views {
        interface Public {}
    }

    static class Viewed {
        @JsonView(Views.Public.class)
        int size = 5;
    }

    @JsonView(Views.Public.class)
    record ViewedRecord(@JsonView(Views.Public.class) int size) {}

    @JsonAppend(attrs = @JsonAppend.Attr(value = "a", required = true), prepend = true)
    static class Appended {
        int size = 5;
    }

    static class TwiceSerializer extends JsonSerializer<Integer> {
        @Override
        public void serialize(Integer value, JsonGenerator out, SerializerProvider provider) throws IOException {
            out.writeNumber(2 * value);
        }
    }

    static class HalfDeserializer extends JsonDeserializer<Integer> {
        @Override
        public Integer deserialize(JsonParser in, DeserializationContext context) throws IOException {
            return in.getIntValue() / 2;
        }
    }

    static class Half extends StdConverter<Integer, Integer> {
        @Override
        public Integer convert(Integer value) {
            return value / 2;
        }
    }

    static class OnlyDeserialize {
        @JsonDeserialize(using = HalfDeserializer.class)
        int size = 5;
    }

    static class BothSides {
        @JsonSerialize(using = TwiceSerializer.class)
        @JsonDeserialize(using = HalfDeserializer.class)
        int size = 5;
    }

    record BothSidesRecord(
            @JsonSerialize(using = TwiceSerializer.class) @JsonDeserialize(using = HalfDeserializer.class)
            int size) {}

    static class DeserializeConverter {
        @JsonDeserialize(converter = Half.class)
        int size = 5;
    }

    static class ContentDeserialize {
        @JsonDeserialize(contentUsing = HalfDeserializer.class)
        List<Integer> sizes = new ArrayList<>(List.of(4));
    }

    static class OnlySerialize {
        @JsonSerialize(using = TwiceSerializer.class)
        int size = 5;
    }

    static class AsText {
        @JsonSerialize(using = ToStringSerializer.class)
        int size = 5;
    }

    record AsTextRecord(
            @JsonSerialize(using = ToStringSerializer.class) int size) {}

    @JsonSerialize(using = ToStringSerializer.class)
    static class ClassAsText {
        int size = 5;
    }

    static class SerializeConverter {
        @JsonSerialize(converter = Half.class)
        int size = 5;
    }

    static class Animal {
        String name = "n";
    }

    static class Dog extends Animal {
        int chip = 5;
    }

    static class SerializeAs {
        @JsonSerialize(as = Animal.class)
        Animal animal = new Dog();
    }

    static class ContentSerialize {
        @JsonSerialize(contentUsing = TwiceSerializer.class)
        List<Integer> sizes = new ArrayList<>(List.of(4));
    }

    static class NullsUsing {
        @JsonSerialize(nullsUsing = ToStringNull.class)
        @Nullable
        String name;
    }

    static class ToStringNull extends JsonSerializer<Object> {
        @Override
        public void serialize(Object value, JsonGenerator out, SerializerProvider provider) throws IOException {
            out.writeString("nothing");
        }
    }

    @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
    static class Snake {
        int shoeSize = 5;
    }

    @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
    record SnakeRecord(int shoeSize) {}

    /** As Lombok's {@code @Jacksonized @Builder} has it. */
    @JsonDeserialize(builder = Built.Builder.class)
    static class Built {
        private final int size;
        private final List<String> names;

        Built(int size, List<String> names) {
            this.size = size;
            this.names = names;
        }

        @JsonPOJOBuilder(withPrefix = "", buildMethodName = "build")
        static class Builder {
            private int size;
            private List<String> names = new ArrayList<>();

            Builder size(int newSize) {
                this.size = newSize;
                return this;
            }

            Builder names(List<String> newNames) {
                this.names = newNames;
                return this;
            }

            Built build() {
                return new Built(size, names);
            }
        }
    }

    /** As Lombok's {@code @Singular} has it: the builder's field is of another type than the property. */
    @JsonDeserialize(builder = Singular.Builder.class)
    static class Singular {
        private final List<String> tags;

        Singular(List<String> tags) {
            this.tags = tags;
        }

        @JsonPOJOBuilder(withPrefix = "", buildMethodName = "build")
        static class Builder {
            private @Nullable ArrayList<String> tags;

            Builder tag(String tag) {
                if (tags == null) {
                    tags = new ArrayList<>();
                }
                tags.add(tag);
                return this;
            }

            Builder tags(java.util.Collection<? extends String> all) {
                tags = new ArrayList<>(all);
                return this;
            }

            Singular build() {
                return new Singular(tags == null ? List.of() : java.util.Collections.unmodifiableList(tags));
            }
        }
    }

    @JsonDeserialize(builder = BuiltOtherwise.Builder.class)
    static class BuiltOtherwise {
        private final int size;

        BuiltOtherwise(int size) {
            this.size = size;
        }

        @JsonPOJOBuilder(withPrefix = "", buildMethodName = "make")
        static class Builder {
            private int size;

            BuiltOtherwise make() {
                return new BuiltOtherwise(size + 1);
            }
        }
    }

    @JsonValueInstantiator(Instantiator.class)
    static class Instantiated {
        int size = 5;
        String name = "n";

        static Instantiated other() {
            Instantiated other = new Instantiated();
            other.size = 6;
            return other;
        }
    }

    static class Instantiator extends ValueInstantiator {
        @Override
        public Class<?> getValueClass() {
            return Instantiated.class;
        }

        @Override
        public boolean canCreateUsingDefault() {
            return true;
        }

        @Override
        public Object createUsingDefault(DeserializationContext context) {
            return new Instantiated();
        }
    }

    static {
        refused(JacksonAnnotationsInside.class, new Composed(), new ComposedRecord("p", 1));
        refused(JacksonInject.class, new Inject(), new InjectCreator("s"), new InjectRecord("s", 1));
        equal(JsonAlias.class, new Alias(), new AliasRecord(5));
        refused(JsonAnyGetter.class, new AnyGetter(), new AnyGetterRecord(Map.of("a", 1)));
        equal(JsonAnySetter.class, new AnySetterField());
        refused(JsonAnySetter.class, new AnySetterRecord(1, Map.of("a", 1)));
        refused(JsonAutoDetect.class, changed(new NotDetected(), "size", 6));
        equal(JsonAutoDetect.class, new NotDetected(), new ByAccessors(), new NotDetectedRecord(5));
        refused(JsonManagedReference.class, new Parent().with(new Child()));
        refused(JsonBackReference.class, new Child(), childAlone());
        equal(JsonClassDescription.class, new Described(), new DescribedRecord(5));
        equal(JsonPropertyDescription.class, new Described(), new DescribedRecord(5));
        equal(JsonCreator.class, new Created(5, "n"), new CreatedByFactory(), new CreatedRecord(0));
        refused(
                JsonCreator.class,
                new CreatedOtherwise(5),
                new CreatedBySwappedFactory(),
                new Delegating("t"),
                new CreatedRecord(5));
        equal(JsonEnumDefaultValue.class, Level.LOW, new Levels(), new LevelsRecord(Level.HIGH, NamedLevel.VERY_LOW));
        equal(EnumNaming.class, NamedLevel.VERY_LOW, new Levels(), new LevelsRecord(Level.LOW, NamedLevel.VERY_LOW));
        refused(JsonFilter.class, new Filtered(), new FilteredRecord(5));
        refused(JsonFormat.class, new NumberAsText(), new BooleanAsText(), new NumberAsTextRecord(5, 5L));
        refused(JsonFormat.class, new BooleanAsNumber());
        equal(JsonFormat.class, new DateByPattern(), new AsArray(), new FormattedEnum());
        equal(JsonGetter.class, new Getter());
        refused(JsonGetter.class, new GetterThatChanges());
        equal(JsonIdentityInfo.class, Identified.pair(), new IdentifiedRecord(5));
        equal(JsonIdentityReference.class, Identified.pair());
        equal(JsonIgnore.class, new Ignoring(), changed(new IgnoredGetterOnly(), "size", 6));
        refused(JsonIgnore.class, new IgnoringRecord(5, 7));
        equal(JsonIgnoreProperties.class, new IgnoringByName(), new IgnoringInProperty());
        refused(JsonIgnoreProperties.class, new AllowSetters(), new AllowGetters(), new AllowSettersRecord("u", "p"));
        equal(JsonIgnoreType.class, new WithIgnoredType());
        refused(JsonIgnoreType.class, new WithIgnoredTypeRecord(5, new IgnoredType()));
        refused(JsonInclude.class, NotNull.empty());
        equal(JsonInclude.class, NotEmpty.empty());
        equal(JsonInclude.class, new NotNull(), new NotEmpty(), new NotDefault(), NotDefault.zero());
        equal(JsonInclude.class, new ContentNotNull());
        equal(JsonInclude.class, new NotNullRecord(null, 5), new NotNullPlainRecord(null, 5));
        equal(JsonIncludeProperties.class, new Including());
        refused(JsonIncludeProperties.class, Including.other(), new IncludingRecord(5, "n"));
        equal(JsonKey.class, new ByKey(), new ByKeyRecord(new LinkedHashMap<>(Map.of(new KeyRecord("k", 5), 1))));
        equal(JsonMerge.class, new MergedRecord(new LinkedHashMap<>(Map.of("a", 1))), new Merged());
        equal(JsonProperty.class, new Renamed(), new RenamedRecord(5), new ReadWrite());
        refused(
                JsonProperty.class,
                new WriteOnly(),
                new ReadOnly(),
                new WriteOnlyRecord("p", 1),
                new ReadOnlyRecord("p", 1));
        equal(JsonPropertyOrder.class, new Ordered(), new OrderedRecord(1, 2));
        refused(JsonRawValue.class, new Raw(), new RawJson(), new RawRecord("x"));
        equal(JsonRootName.class, new Rooted(), new RootedRecord(5));
        refused(JsonSetter.class, SkippingNulls.empty(), new SetterThatChanges());
        equal(JsonSetter.class, new SkippingNulls());
        refused(JsonSetter.class, new SkippingRecord(null), new EmptyForNulls());
        equal(JsonTypeInfo.class, new SubTyped(), new TypedRecord("typed", 5));
        equal(JsonSubTypes.class, new SubTyped());
        equal(JsonTypeName.class, new SubTyped(), new TypedRecord("typed", 5));
        equal(JsonTypeId.class, new SubTyped());
        equal(JsonTypeIdResolver.class, new Resolved());
        equal(JsonTypeResolver.class, new Resolved());
        equal(JsonUnwrapped.class, new Unwrapping(), new UnwrappingWithPrefix());
        refused(JsonUnwrapped.class, Unwrapping.empty());
        equal(JsonUnwrapped.class, new UnwrappingRecord(new AsPlain(), 1));
        equal(JsonValue.class, new ValueField("t"), new ValueGetter(1, 2), ValueBesideFields.of(0));
        refused(JsonValue.class, ValueBesideFields.of(5), new ValueRecord("t", 5));
        equal(JsonValue.class, new ValueRecord("t", 0));
        equal(JsonView.class, new Viewed(), new ViewedRecord(5));
        equal(JsonAppend.class, new Appended());
        equal(JsonDeserialize.class, new BothSides(), new BothSidesRecord(5), new Built(5, new ArrayList<>()));
        refused(JsonDeserialize.class, new OnlyDeserialize(), new DeserializeConverter());
        refused(JsonDeserialize.class, new BuiltOtherwise(5));
        equal(JsonDeserialize.class, new ContentDeserialize());
        equal(JsonPOJOBuilder.class, new Built(5, new ArrayList<>(List.of("a"))));
        equal(JsonPOJOBuilder.class, new Singular.Builder().tag("a").tag("b").build());
        refused(JsonPOJOBuilder.class, new BuiltOtherwise(5));
        equal(JsonSerialize.class, new BothSides(), new BothSidesRecord(5));
        refused(
                JsonSerialize.class,
                new OnlySerialize(),
                new AsText(),
                new AsTextRecord(5),
                new ClassAsText(),
                new SerializeConverter(),
                new NullsUsing());
        equal(JsonSerialize.class, new SerializeAs(), new ContentSerialize());
        equal(JsonNaming.class, new Snake(), new SnakeRecord(5));
        equal(JsonValueInstantiator.class, new Instantiated(), Instantiated.other());
        CASES.putAll(LaterAnnotated.cases());
    }

    private static <T> T changed(T object, String field, Object value) {
        try {
            java.lang.reflect.Field found = object.getClass().getDeclaredField(field);
            found.setAccessible(true);
            found.set(object, value);
            return object;
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }
}
