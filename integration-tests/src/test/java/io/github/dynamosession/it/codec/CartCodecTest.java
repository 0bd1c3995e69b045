// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.codec;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.it.codec.Cart.Item;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.UnstorableValueException;
import io.github.dynamosession.testkit.SessionCodecContract;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The codec of the documentation, 30 lines, keeps the contract")
class CartCodecTest extends SessionCodecContract {
    @Override
    protected SessionCodec createCodec() {
        return new CartCodec();
    }

    @Override
    protected List<Object> keptValues() {
        return List.of(new Cart(List.of()), new Cart(List.of(new Item("sku-1", 2), new Item("ä\ud800", -1))));
    }

    @Override
    protected List<Earlier> earlierEncodings() {
        byte[] bytes = HexFormat.of().parseHex("0005736b752d3100000002");
        return List.of(new Earlier(EncodedValue.of(64, bytes), Cart.class, new Cart(List.of(new Item("sku-1", 2)))));
    }

    @Test
    @DisplayName("K2, K6: what its format cannot hold is refused, in words without the value")
    void tooLong() {
        assertThatThrownBy(() -> createCodec().encode(new Cart(List.of(new Item("secret".repeat(20_000), 1)))))
                .isInstanceOf(UnstorableValueException.class)
                .hasNoCause()
                .message()
                .doesNotContain("secret");
    }
}
