// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.msgpack;

import static io.github.dynamosession.codec.msgpack.Samples.entries;
import static io.github.dynamosession.codec.msgpack.Samples.list;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import io.github.dynamosession.codec.msgpack.Shop.Cart;
import io.github.dynamosession.codec.msgpack.Shop.Color;
import io.github.dynamosession.codec.msgpack.Shop.Item;
import io.github.dynamosession.codec.msgpack.Shop.Node;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.testkit.SessionCodecContract;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("MessagePackCodec keeps the contract of codecs")
class MessagePackCodecContractTest extends SessionCodecContract {
    /** What release 0.1 writes. A line that has to change is a format that has changed. */
    private static final List<Golden> GOLDEN = List.of(
            new Golden("a474657874", "text"),
            new Golden("a7c3a4e282ac2121", "ä€!!"),
            new Golden("d501d800", "\ud800"),
            new Golden("2a", 42),
            new Golden("81a5404c6f6e672a", 42L),
            new Golden("cf0000018bcfe56800", 1_700_000_000_000L),
            new Golden("c3", true),
            new Golden("cb4033e66666666666", 19.9),
            new Golden("ca3fc00000", 1.5),
            new Golden("81a740446f75626c65a34e614e", Double.NaN),
            new Golden("81a640466c6f6174ca3dcccccd", 0.1f),
            new Golden("81ab40426967446563696d616ca4312e3130", new BigDecimal("1.10")),
            new Golden("81ab40426967496e74656765720a", BigInteger.TEN),
            new Golden("c40300ff7f", new byte[] {0, -1, 127}),
            new Golden("d6ff65e07240", Instant.parse("2024-02-29T12:02:08Z")),
            new Golden("d7ff1d6f345465e071c0", Instant.parse("2024-02-29T12:00:00.123456789Z")),
            new Golden("c70cff3b9ac9ffffffffffffffffff", Instant.EPOCH.minusNanos(1)),
            new Golden("81a9404475726174696f6ea450543148", Duration.ofHours(1)),
            new Golden("9501 81a5404c6f6e6702 c0 a161 90", list(1, 2L, null, "a", list())),
            new Golden("82a16101 a3404062 c0", entries("a", 1, "@b", null)),
            new Golden("81a840486173684d617081a16101", new HashMap<>(Map.of("a", 1))),
            new Golden(
                    "81a5406974656d83a3736b75a161a87175616e7469747902a57072696365a431392e39",
                    new Item("a", 2, new BigDecimal("19.9"))));

    private record Golden(String hex, Object value) {
        byte[] bytes() {
            return HexFormat.of().parseHex(hex.replace(" ", ""));
        }
    }

    private record NotAllowed(int x) {}

    @Override
    protected SessionCodec createCodec() {
        return Samples.codec();
    }

    /** Without the longest, of which a thousand mutants each take the time of all others together. */
    @Override
    protected List<Object> keptValues() {
        SessionCodec codec = createCodec();
        return Samples.values().stream()
                .filter(value -> codec.encode(value).length < 400)
                .toList();
    }

    @Override
    protected Map<Type, Object> typedValues() {
        return Map.of(
                new TypeReference<Map<String, List<Item>>>() {}.getType(),
                entries("a", list(new Item("a", 1, null))),
                new TypeReference<Optional<Cart>>() {}.getType(),
                Optional.of(Cart.of(2)));
    }

    @Override
    protected List<Object> refusedValues() {
        Node cycle = new Node();
        cycle.next = cycle;
        List<Object> refused = new ArrayList<>(super.refusedValues());
        refused.addAll(List.of(
                cycle,
                new Thread[0],
                new TreeSet<>(Comparator.comparing(Object::toString)),
                BigInteger.TWO.pow(50_000),
                new NotAllowed(1),
                List.of(new NotAllowed(1))));
        return refused;
    }

    @Override
    protected List<Earlier> earlierEncodings() {
        return GOLDEN.stream()
                .map(golden -> new Earlier(
                        EncodedValue.of(EncodedValue.MESSAGE_PACK, golden.bytes()), Object.class, golden.value()))
                .toList();
    }

    @Test
    @DisplayName("K5: what this release writes is, byte for byte, what release 0.1 wrote")
    void golden() {
        SessionCodec codec = createCodec();
        for (Golden golden : GOLDEN) {
            assertThat(HexFormat.of().formatHex(codec.encode(golden.value())))
                    .isEqualTo(golden.hex().replace(" ", ""));
        }
        assertThat(codec.encode(Color.RED)).startsWith(0x81);
    }
}
