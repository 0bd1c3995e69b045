// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.codec.msgpack.MessagePackCodec;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.UnstorableValueException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import kotlin.collections.CollectionsKt;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("Kotlin, as documented:")
class KotlinTest {
    static Stream<SessionCodec> codecs() {
        return Stream.of(
                JsonCodec.builder().allow(KotlinShop.class).build(),
                MessagePackCodec.builder().allow(KotlinShop.class).build());
    }

    private static Object roundTrip(SessionCodec codec, Object value) {
        return codec.decode(codec.encode(value), Object.class);
    }

    @ParameterizedTest
    @MethodSource("codecs")
    @DisplayName("a data class whose parameters all have default values needs nothing")
    void defaults(SessionCodec codec) {
        for (KotlinShop.Cart cart : List.of(
                new KotlinShop.Cart(),
                new KotlinShop.Cart(List.of("a"), "c", Map.of("a", 1L)),
                new KotlinShop.Cart(CollectionsKt.listOf("a", "b"), null, Map.of()))) {
            assertThat(roundTrip(codec, cart)).isEqualTo(cart);
        }
    }

    @ParameterizedTest
    @MethodSource("codecs")
    @DisplayName("another one needs an annotated constructor")
    void annotated(SessionCodec codec) {
        KotlinShop.Order order = new KotlinShop.Order(List.of("a"), null);
        assertThat(roundTrip(codec, order)).isEqualTo(order);
        assertThatThrownBy(() -> codec.encode(new KotlinShop.Unannotated(List.of("a"), null)))
                .isInstanceOf(UnstorableValueException.class)
                .hasMessageContaining("@JsonCreator");
    }

    @ParameterizedTest
    @MethodSource("codecs")
    @DisplayName("a lazy property is refused")
    void lazy(SessionCodec codec) {
        assertThatThrownBy(() -> codec.encode(new KotlinShop.Lazy())).isInstanceOf(UnstorableValueException.class);
    }

    @ParameterizedTest
    @MethodSource("codecs")
    @DisplayName("collections come back equal, whichever function made them")
    void collections(SessionCodec codec) {
        KotlinShop.collections()
                .forEach((function, made) ->
                        assertThat(roundTrip(codec, made)).as(function).isEqualTo(made));
    }
}
