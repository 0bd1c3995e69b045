// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.datatype.guava.GuavaModule;
import com.google.common.collect.ArrayListMultimap;
import com.google.common.collect.HashMultiset;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.collect.Lists;
import io.github.dynamosession.spi.UnstorableValueException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import kotlin.Pair;
import kotlin.collections.CollectionsKt;
import kotlin.collections.MapsKt;
import kotlin.collections.SetsKt;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("Immutable collections of Kotlin and Guava come back as the JDK's unmodifiable ones")
class OtherCollectionsTest {
    record Line(String sku) {}

    /** As {@code data class Cart(val items: List<String> = emptyList(), …)} compiles. */
    record Cart(List<String> items, Set<Line> lines, Map<String, Line> byName, Collection<Integer> numbers) {}

    record GuavaCart(ImmutableList<Line> lines, ImmutableMap<String, Integer> amounts, ImmutableSet<String> tags) {}

    record Sorted(ImmutableSortedSet<String> names) {}

    private static final JsonCodec CODEC = JsonCodec.builder()
            .allow(Cart.class, Line.class, GuavaCart.class, Sorted.class)
            .build();

    static Stream<Object> collections() {
        List<String> built = CollectionsKt.createListBuilder();
        built.add("a");
        Set<String> builtSet = SetsKt.createSetBuilder();
        builtSet.add("a");
        Map<String, Integer> builtMap = MapsKt.createMapBuilder();
        builtMap.put("a", 1);
        return Stream.of(
                CollectionsKt.emptyList(),
                SetsKt.emptySet(),
                MapsKt.emptyMap(),
                CollectionsKt.build(built),
                SetsKt.build(builtSet),
                MapsKt.build(builtMap),
                CollectionsKt.build(CollectionsKt.createListBuilder()),
                CollectionsKt.asReversed(List.of("a", "b")),
                ImmutableList.of(),
                ImmutableList.of("a"),
                ImmutableList.of("a", "b", "c").subList(1, 3),
                ImmutableList.of("a", "b").reverse(),
                ImmutableSet.of(),
                ImmutableSet.of("a"),
                ImmutableSet.of("b", "a", "c"),
                ImmutableMap.of(),
                ImmutableMap.of("a", 1),
                ImmutableMap.of("b", new Line("x"), "a", new Line("y")),
                ImmutableMap.of("a", 1L).keySet(),
                ImmutableMap.of(1, "a"));
    }

    @ParameterizedTest
    @MethodSource("collections")
    @DisplayName("equal, in order, and unmodifiable; what they say of null, they say")
    void unmodifiable(Object value) {
        Object copy = CODEC.decode(CODEC.encode(value), Object.class);
        assertThat(copy).isEqualTo(value);
        assertThat(copy.getClass().getName()).startsWith("java.util.Collections$Unmodifiable");
        if (copy instanceof Collection<?> collection) {
            assertThat(collection.toArray()).isEqualTo(((Collection<?>) value).toArray());
            assertThat(collection.contains(null)).isFalse();
            assertThatThrownBy(collection::clear).isInstanceOf(UnsupportedOperationException.class);
        } else {
            assertThat(((Map<?, ?>) copy).containsKey(null)).isFalse();
        }
    }

    @Test
    @DisplayName("as properties that are declared as interfaces, empty and not, with the same content each time")
    void declared() {
        for (Cart cart : List.of(
                new Cart(CollectionsKt.emptyList(), SetsKt.emptySet(), MapsKt.emptyMap(), CollectionsKt.emptyList()),
                new Cart(
                        CollectionsKt.listOf("a"),
                        SetsKt.setOf(new Line("x"), new Line("y")),
                        MapsKt.mapOf(new Pair<>("a", new Line("x"))),
                        ImmutableList.of(1, 2)),
                new Cart(
                        ImmutableList.of("a"),
                        ImmutableSet.of(new Line("x")),
                        ImmutableMap.of("a", new Line("x")),
                        ImmutableSet.of(1)))) {
            byte[] bytes = CODEC.encode(cart);
            Cart copy = (Cart) CODEC.decode(bytes, Object.class);
            assertThat(copy.items()).isEqualTo(cart.items());
            assertThat(copy.lines()).isEqualTo(cart.lines());
            assertThat(copy.byName()).isEqualTo(cart.byName());
            assertThat(copy.numbers().toArray()).isEqualTo(cart.numbers().toArray());
            assertThat(CODEC.encode(copy)).isEqualTo(bytes);
        }
    }

    @Test
    @DisplayName("sorted ones in natural and reverse order")
    void sorted() {
        ImmutableSortedSet<String> natural = ImmutableSortedSet.of("b", "a");
        assertThat(CODEC.decode(CODEC.encode(natural), Object.class)).isEqualTo(new TreeSet<>(natural));
        ImmutableSortedMap<String, Integer> reverse = ImmutableSortedMap.<String, Integer>reverseOrder()
                .put("a", 1)
                .put("b", 2)
                .build();
        Map<?, ?> copy = (Map<?, ?>) CODEC.decode(CODEC.encode(reverse), Object.class);
        assertThat(copy).isEqualTo(new TreeMap<>(reverse));
        assertThat(new ArrayList<>(copy.keySet())).isEqualTo(List.of("b", "a"));
    }

    @Test
    @DisplayName("where Guava's are declared, Jackson's module makes them; without it the message names it")
    void declaredAsGuavas() {
        GuavaCart cart = new GuavaCart(
                ImmutableList.of(new Line("a"), new Line("b")), ImmutableMap.of("a", 1), ImmutableSet.of("t"));
        assertThat(CODEC.decode(CODEC.encode(cart), Object.class)).isEqualTo(cart);
        assertThat(CODEC.decode(CODEC.encode(new Sorted(ImmutableSortedSet.of("b", "a"))), Object.class))
                .isEqualTo(new Sorted(ImmutableSortedSet.of("a", "b")));
        Sorted reverse = new Sorted(
                ImmutableSortedSet.<String>reverseOrder().add("a", "b").build());
        assertThatThrownBy(() -> CODEC.encode(reverse)).isInstanceOf(UnstorableValueException.class);
        assertThat(new GuavaModule().getModuleName()).isNotEmpty();
        JsonCodec without = JsonCodec.builder()
                .allow(GuavaCart.class, Line.class)
                .classLoader(ClassLoader.getPlatformClassLoader())
                .build();
        assertThatThrownBy(() -> without.encode(cart))
                .isInstanceOf(UnstorableValueException.class)
                .hasMessageStartingWith(GuavaCart.class.getName() + ".lines: ")
                .hasMessageContaining("com.fasterxml.jackson.datatype:jackson-datatype-guava");
        @Nullable GuavaCart nothing = new GuavaCart(null, null, null);
        assertThatCode(() -> without.encode(nothing)).doesNotThrowAnyException();
    }

    @Test
    @DisplayName("mutable ones and views are refused")
    void mutable() {
        List<Object> values = new ArrayList<>(List.of(
                new kotlin.collections.ArrayDeque<>(List.of("a")),
                HashMultiset.create(List.of("a")),
                Lists.transform(List.of("a"), text -> text + text),
                ArrayListMultimap.create()));
        Collections.addAll(
                values, Lists.partition(List.of("a", "b"), 1), new HashSet<>(List.of(HashMultiset.create())));
        for (Object value : values) {
            assertThatThrownBy(() -> CODEC.encode(value))
                    .as(value.getClass().getName())
                    .isInstanceOf(UnstorableValueException.class);
        }
    }
}
