// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.json;

import static io.github.dynamosession.codec.json.RoundTripTest.cart;
import static io.github.dynamosession.codec.json.RoundTripTest.item;
import static io.github.dynamosession.codec.json.RoundTripTest.list;
import static io.github.dynamosession.codec.json.RoundTripTest.map;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import io.github.dynamosession.codec.json.Shop.Circle;
import io.github.dynamosession.codec.json.Shop.Color;
import io.github.dynamosession.codec.json.Shop.Dog;
import io.github.dynamosession.codec.json.Shop.Item;
import io.github.dynamosession.codec.json.Shop.Node;
import io.github.dynamosession.codec.json.Shop.Page;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.testkit.SessionCodecContract;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.InetAddress;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Date;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("JsonCodec keeps the contract of codecs")
class JsonCodecContractTest extends SessionCodecContract {
    /** What release 0.1 writes. A line that has to change is a format that has changed. */
    private static final List<Golden> GOLDEN = List.of(
            new Golden("\"text \\\" \\\\ \\n \\u0000 äöü€\"", "text \" \\ \n \0 äöü€"),
            new Golden("\"\\uD800\"", "\ud800"),
            new Golden("42", 42),
            new Golden("{\"@Long\":42}", 42L),
            new Golden("1700000000000", 1_700_000_000_000L),
            new Golden("true", true),
            new Golden("19.9", 19.9),
            new Golden("{\"@Double\":\"NaN\"}", Double.NaN),
            new Golden("{\"@Float\":0.1}", 0.1f),
            new Golden("{\"@Short\":5}", (short) 5),
            new Golden("{\"@Byte\":-5}", (byte) -5),
            new Golden("{\"@Character\":\"a\"}", 'a'),
            new Golden("{\"@BigDecimal\":1.10}", new BigDecimal("1.10")),
            new Golden("{\"@BigInteger\":1267650600228229401496703205376}", BigInteger.TWO.pow(100)),
            new Golden("{\"@byte[]\":\"AP9/\"}", new byte[] {0, -1, 127}),
            new Golden("{\"@int[]\":[1,-2]}", new int[] {1, -2}),
            new Golden("{\"@Object[]\":[1,{\"@Long\":2},null]}", new Object[] {1, 2L, null}),
            new Golden(
                    "{\"@UUID\":\"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\"}",
                    UUID.fromString("f81d4fae-7dec-11d0-a765-00a0c91e6bf6")),
            new Golden(
                    "{\"@Instant\":\"2024-02-29T12:00:00.123456789Z\"}",
                    Instant.parse("2024-02-29T12:00:00.123456789Z")),
            new Golden("{\"@LocalDate\":\"2024-02-29\"}", LocalDate.of(2024, 2, 29)),
            new Golden("{\"@Duration\":\"PT1H\"}", Duration.ofHours(1)),
            new Golden("{\"@Date\":\"1970-01-01T00:00:00.001Z\"}", new Date(1)),
            new Golden("{\"@Locale\":\"de-DE\"}", Locale.GERMANY),
            new Golden("{\"@DayOfWeek\":\"MONDAY\"}", DayOfWeek.MONDAY),
            new Golden("{\"@Optional\":[{\"@Long\":1}]}", Optional.of(1L)),
            new Golden("[1,{\"@Long\":2},null,\"a\",[]]", list(1, 2L, null, "a", list())),
            new Golden("{\"@List.of\":[1]}", List.of(1)),
            new Golden(
                    "{\"@EnumSet\":[\"io.github.dynamosession.codec.json.Shop$Color\",\"GREEN\"]}",
                    EnumSet.of(Color.GREEN)),
            new Golden("{\"@TreeSet.reverse\":[2,1]}", reversed(1, 2)),
            new Golden("{\"a\":1,\"@@b\":null}", map("a", 1, "@b", null)),
            new Golden("{\"@HashMap\":{\"a\":1}}", new HashMap<>(map("a", 1))),
            new Golden("{\"@TreeMap\":[[1,\"a\"],[2,\"b\"]]}", new TreeMap<>(map(1, "a", 2, "b"))),
            new Golden("{\"@LinkedHashMap\":[[\"\\uD800\",1]]}", map("\ud800", 1)),
            new Golden("{\"@item\":{\"sku\":\"sku-1\",\"quantity\":1,\"price\":19.90}}", item(1)),
            new Golden(
                    "{\"@io.github.dynamosession.codec.json.Shop$Cart\":{\"items\":[{\"sku\":\"sku-0\",\"quantity\":0,"
                            + "\"price\":19.90}],\"coupon\":null,\"gift\":true}}",
                    cart(1)),
            new Golden("{\"@io.github.dynamosession.codec.json.Shop$Color\":\"RED\"}", Color.RED),
            new Golden(
                    "{\"@io.github.dynamosession.codec.json.Shop$Circle\":{\"radius\":\"NaN\"}}",
                    new Circle(Double.NaN)));

    private record Golden(String json, Object value) {}

    private static TreeSet<Integer> reversed(Integer... values) {
        TreeSet<Integer> set = new TreeSet<>(Comparator.reverseOrder());
        set.addAll(List.of(values));
        return set;
    }

    @Override
    protected SessionCodec createCodec() {
        return RoundTripTest.newCodec();
    }

    /** All but the few long ones, which would take the time of all others together. */
    @Override
    protected List<Object> keptValues() {
        SessionCodec codec = createCodec();
        return RoundTripTest.VALUES.stream()
                .filter(value -> codec.encode(value).length < 600)
                .toList();
    }

    @Override
    protected Map<Type, Object> typedValues() {
        return Map.of(
                new TypeReference<Map<String, List<Item>>>() {}.getType(),
                map("a", List.of(item(1))),
                new TypeReference<Page<Item>>() {}.getType(),
                new Page<>(List.of(item(1)), null, 1),
                Shop.Animal.class,
                new Dog("rex", 1));
    }

    @Override
    protected List<Object> refusedValues() {
        Node cycle = new Node();
        cycle.left = cycle;
        List<Object> refused = new ArrayList<>(super.refusedValues());
        refused.addAll(List.of(
                cycle,
                list(new ReentrantLock()),
                new Thread[0],
                new IdentityHashMap<>(),
                new TreeSet<>(Comparator.comparing(Object::toString)),
                list(1, 2).subList(0, 1),
                InetAddress.getLoopbackAddress(),
                BigInteger.TWO.pow(50_000),
                new NotAllowed(1),
                List.of(new NotAllowed(1))));
        return refused;
    }

    @Override
    protected List<Earlier> earlierEncodings() {
        return GOLDEN.stream()
                .map(golden -> new Earlier(
                        EncodedValue.of(EncodedValue.JSON, golden.json().getBytes(UTF_8)),
                        Object.class,
                        golden.value()))
                .toList();
    }

    @Test
    @DisplayName("K5: what this release writes is, byte for byte, what release 0.1 wrote")
    void golden() {
        SessionCodec codec = createCodec();
        for (Golden golden : GOLDEN) {
            assertThat(new String(codec.encode(golden.value()), UTF_8)).isEqualTo(golden.json());
        }
    }

    private record NotAllowed(int x) {}
}
