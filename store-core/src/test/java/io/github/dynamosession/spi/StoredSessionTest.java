// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
    @DisplayName("has the attributes that a delta leaves, sets and removes, after several deltas, too")
    void deltas() {
        StoredSession first = builder.attributes(Map.of("a", ONE, "b", ONE)).build();
        StoredSession second = first.toBuilder().apply(delta()).build();
        StoredSession third = second.toBuilder()
                .apply(SessionDelta.builder(Token.random())
                        .set("b", TWO)
                        .remove("c")
                        .build())
                .build();

        Map<String, EncodedValue> attributes = second.attributes();
        assertEquals(Set.of("b", "c"), attributes.keySet());
        assertEquals(Map.of("b", ONE, "c", TWO), attributes);
        assertEquals(2, attributes.size());
        assertEquals(ONE, attributes.get("b"));
        assertEquals(TWO, attributes.get("c"));
        assertNull(attributes.get("a"));
        assertTrue(attributes.containsKey("b"));
        assertFalse(attributes.containsKey("a"));
        assertThrows(UnsupportedOperationException.class, () -> attributes.remove("b"));
        assertEquals(Map.of("b", TWO), third.attributes());
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
