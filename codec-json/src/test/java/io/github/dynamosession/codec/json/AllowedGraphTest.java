// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.sun.faces.ViewState;
import io.github.dynamosession.codec.java.JavaCodec;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.UnreadableValueException;
import io.github.dynamosession.spi.UnstorableValueException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.web.context.request.DestructionCallbackBindingListener;

@DisplayName("Every class of the application in a value has to be allowed, wherever it stands")
class AllowedGraphTest {
    /** As a session-scoped bean with a collaborator that was injected. */
    static class CartBean {
        List<Line> lines = new ArrayList<>();

        @Nullable
        PriceService prices;

        @Nullable
        Object anything;

        static class Line {
            String sku = "";
            Size size = Size.SMALL;

            enum Size {
                SMALL,
                LARGE
            }
        }
    }

    static class PriceService {
        String password = "secret-4711";
        Endpoint endpoint = new Endpoint();
    }

    static class Endpoint {
        String host = "h";
    }

    record Other(int size) {}

    enum Color {
        RED
    }

    record Palette(Color color) {}

    sealed interface Shape permits Circle, Polygon {}

    record Circle(int radius) implements Shape {}

    abstract static sealed class Polygon implements Shape permits Square {}

    static final class Square extends Polygon {
        int side = 1;

        @Override
        public boolean equals(@Nullable Object o) {
            return o instanceof Square square && square.side == side;
        }

        @Override
        public int hashCode() {
            return side;
        }
    }

    record Drawing(List<Shape> shapes) {}

    static class Unwrapping {
        @JsonUnwrapped
        Other other = new Other(1);
    }

    /** As Spring makes them of a bean with aspects. */
    static class CartBean$$SpringCGLIB$$0 extends CartBean {}

    private static CartBean cart() {
        CartBean cart = new CartBean();
        cart.lines.add(new CartBean.Line());
        return cart;
    }

    private static String name(Class<?> type) {
        return type.getName();
    }

    @Test
    @DisplayName("a collaborator with a password is refused, and the message names all that is missing, to be pasted")
    void collaborator() {
        JsonCodec codec = JsonCodec.builder().allow(CartBean.class).build();
        CartBean cart = cart();
        cart.prices = new PriceService();
        cart.anything = List.of(new Other(1));
        assertThatThrownBy(() -> codec.encode(cart))
                .isInstanceOf(UnstorableValueException.class)
                .hasMessageStartingWith(name(CartBean.class) + ".prices: ")
                .hasMessageContaining("JsonCodec.builder().allow(AllowedGraphTest.PriceService.class,"
                        + " AllowedGraphTest.Endpoint.class, AllowedGraphTest.Other.class)")
                .hasMessageContaining("dynamosession.allowed-types=" + name(PriceService.class) + ","
                        + name(Endpoint.class) + "," + name(Other.class) + ";")
                .hasMessageNotContaining("4711")
                .hasNoCause();
        assertThatCode(() -> JsonCodec.builder()
                        .allow(CartBean.class, PriceService.class, Endpoint.class, Other.class)
                        .build()
                        .encode(cart))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> codec.encode(cart)).hasMessageContaining(name(Endpoint.class));
    }

    @Test
    @DisplayName("nested classes count as listed, their own nested ones too, and are read by name")
    void nested() {
        JsonCodec codec = JsonCodec.builder().allow("cart", CartBean.class).build();
        CartBean cart = cart();
        cart.anything = new CartBean.Line();
        CartBean copy = (CartBean) codec.decode(codec.encode(cart), Object.class);
        assertThat(copy).usingRecursiveComparison().isEqualTo(cart);
        assertThat(codec.decode(codec.encode(CartBean.Line.Size.LARGE), Object.class))
                .isEqualTo(CartBean.Line.Size.LARGE);
    }

    @Test
    @DisplayName("permitted subclasses of a sealed class count as listed")
    void permitted() {
        JsonCodec codec = JsonCodec.builder().allow(Drawing.class, Shape.class).build();
        Drawing drawing = new Drawing(new ArrayList<>(List.of(new Circle(1), new Square())));
        assertThat(codec.decode(codec.encode(drawing), Object.class)).isEqualTo(drawing);
        JsonCodec without = JsonCodec.builder().allow(Drawing.class).build();
        assertThatThrownBy(() -> without.encode(drawing)).hasMessageContaining(name(Circle.class));
    }

    @Test
    @DisplayName("the enclosing class and its other nested classes are not allowed with a nested one")
    void upwards() {
        JsonCodec codec = JsonCodec.builder().allow(CartBean.Line.class).build();
        assertThatThrownBy(() -> codec.encode(new CartBean())).isInstanceOf(UnstorableValueException.class);
    }

    @Test
    @DisplayName("enums, unwrapped properties, elements of arrays, optionals and enum collections are asked for, too")
    void everyPlace() {
        JsonCodec codec =
                JsonCodec.builder().allow(Palette.class, Unwrapping.class).build();
        for (Object value : List.of(
                new Palette(Color.RED),
                new Unwrapping(),
                new Other[0],
                new Object[] {new Other(1)},
                Optional.of(new Other(1)),
                EnumSet.of(Color.RED),
                new EnumMap<>(Map.of(Color.RED, 1)))) {
            assertThatThrownBy(() -> codec.encode(value))
                    .as(value.getClass().getName())
                    .isInstanceOf(UnstorableValueException.class)
                    .hasMessageContaining("dynamosession.allowed-types=" + AllowedGraphTest.class.getName());
        }
    }

    @Test
    @DisplayName("no object of a class that is not allowed is made of stored bytes, though a property declares it")
    void reading() {
        JsonCodec codec = JsonCodec.builder().allow(CartBean.class).build();
        String planted = "{\"@" + name(CartBean.class) + "\":{\"prices\":{\"password\":\"secret-4711\"}}}";
        assertThatThrownBy(() -> codec.decode(planted.getBytes(UTF_8), Object.class))
                .isInstanceOf(UnreadableValueException.class)
                .hasMessageContaining(name(PriceService.class))
                .hasMessageNotContaining("4711");
    }

    @Test
    @DisplayName("a package allows its classes, but not the proxies that are made of them: their state is elsewhere")
    void proxies() {
        JsonCodec codec = JsonCodec.builder()
                .allowPackage(AllowedGraphTest.class.getPackageName())
                .build();
        assertThatCode(() -> codec.encode(cart())).doesNotThrowAnyException();
        assertThatThrownBy(() -> codec.encode(new CartBean$$SpringCGLIB$$0()))
                .isInstanceOf(UnstorableValueException.class)
                .hasMessageContaining("proxy that a framework made of " + name(CartBean.class))
                .hasMessageContaining("store the object behind it")
                .hasMessageNotContaining("allowed-types");
    }

    interface Priced {}

    @Test
    @DisplayName("proxies and destruction callbacks get advice that helps, and none that does not")
    void advice() {
        Object proxy = Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {Priced.class}, (self, method, arguments) -> null);
        List<SessionCodec> codecs = List.of(
                JsonCodec.builder()
                        .allowPackage("org.springframework.web.context.request")
                        .build(),
                JavaCodec.builder().build());
        for (SessionCodec codec : codecs) {
            assertThatThrownBy(() -> codec.encode(new DestructionCallbackBindingListener()))
                    .isInstanceOf(UnstorableValueException.class)
                    .hasMessageContaining("@PreDestroy")
                    .hasMessageContaining("@Bean(destroyMethod = \"\")")
                    .hasMessageNotContaining("allowed-types");
        }
        assertThatThrownBy(() -> codecs.get(0).encode(proxy))
                .hasMessageContaining("it is a dynamic proxy: store the object behind it")
                .hasMessageNotContaining("allowed-types");
    }

    @Test
    @DisplayName("what the JDK is, modules say, not names: com.sun.faces is an application's package")
    void platform() {
        ViewState view = new ViewState("v");
        for (JsonCodec codec : List.of(
                JsonCodec.builder().allow(ViewState.class).build(),
                JsonCodec.builder().allowPackage("com.sun.faces").build())) {
            assertThat(codec.decode(codec.encode(view), Object.class)).isEqualTo(view);
        }
        assertThatThrownBy(() -> JsonCodec.builder().build().encode(view))
                .hasMessageContaining("dynamosession.allowed-types=com.sun.faces.ViewState");
        assertThatCode(() ->
                        JsonCodec.builder().allowPackage("javax.faces.model").build())
                .doesNotThrowAnyException();
        for (String ofJdk : List.of("java.util", "java.anything", "javax.sql", "com.sun.net.httpserver", "sun.misc")) {
            assertThatThrownBy(() -> JsonCodec.builder().allowPackage(ofJdk).build())
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(ofJdk);
        }
    }
}
