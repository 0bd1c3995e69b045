// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.SaveOutcome;
import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.it.codec.Cart.Item;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.testkit.SessionCodecContract;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A codec for one's own type beside another one for all the rest")
class FirstOfCodecTest extends SessionCodecContract {
    private static final Cart CART = new Cart(List.of(new Item("sku-1", 2)));

    @Override
    protected SessionCodec createCodec() {
        return new FirstOfCodec(new CartCodec(), JsonCodec.builder().build());
    }

    @Override
    protected List<Object> keptValues() {
        List<Object> values = new ArrayList<>(super.keptValues());
        values.add(CART);
        return values;
    }

    @Test
    @DisplayName("needs no composing: as the fallback codec it takes what the first one does not allow")
    void fallback() {
        try (SessionManager manager = SessionManager.builder(new InMemorySessionStore())
                .codec(JsonCodec.builder().build())
                .fallbackCodec(new CartCodec())
                .build()) {
            Session session = manager.newSession();
            session.set("cart", CART);
            session.set("list", List.of("a", 1));
            assertThat(manager.save(session)).isEqualTo(SaveOutcome.SAVED);
            Session reader = manager.open(session.cookieValue()).orElseThrow();
            assertThat(reader.get("cart", Cart.class)).contains(CART);
            assertThat(reader.get("list")).contains(List.of("a", 1));
            assertThat(manager.save(reader)).isEqualTo(SaveOutcome.UNCHANGED);
        }
    }
}
