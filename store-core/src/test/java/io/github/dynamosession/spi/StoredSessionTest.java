// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A stored session")
class StoredSessionTest {
    private static final EncodedValue ONE = EncodedValue.ofJson("1");
    private static final EncodedValue TWO = EncodedValue.ofJson("2");
    private static final CustomValue USER = CustomValue.of("alice");

    private final StoredSession.Builder builder = StoredSession.builder()
            .uid(Token.random())
            .createdAt(Instant.EPOCH)
            .accessedAt(Instant.EPOCH)
            .attributes(Map.of("a", ONE))
            .custom(Map.of("user", USER));

    @Test
    @DisplayName("stays as it is when the builder that made it goes on")
    void builderGoesOn() {
        StoredSession first = builder.attribute("b", ONE).build();

        builder.attribute("a", TWO).apply(delta());

        assertEquals(Map.of("a", ONE, "b", ONE), first.attributes());
        assertEquals(Map.of("user", USER), first.custom());
        assertEquals(Map.of("b", ONE, "c", TWO), builder.build().attributes());
        assertEquals(Map.of(), builder.build().custom());
    }

    @Test
    @DisplayName("stays as it is when another is made from it")
    void madeFromIt() {
        StoredSession first = builder.build();

        StoredSession second = first.toBuilder().apply(delta()).build();

        assertEquals(Map.of("a", ONE), first.attributes());
        assertEquals(Map.of("user", USER), first.custom());
        assertEquals(Map.of("c", TWO), second.attributes());
        assertEquals(Map.of(), second.custom());
    }

    @Test
    @DisplayName("gives out nothing that can be changed")
    void unmodifiable() {
        StoredSession session = builder.attribute("b", ONE).build();

        assertThrows(
                UnsupportedOperationException.class, () -> session.attributes().remove("a"));
        assertThrows(UnsupportedOperationException.class, () -> session.custom().remove("user"));
    }

    private static SessionDelta delta() {
        return SessionDelta.builder(Token.random())
                .set("c", TWO)
                .remove("a")
                .custom("user", Optional.empty())
                .build();
    }
}
