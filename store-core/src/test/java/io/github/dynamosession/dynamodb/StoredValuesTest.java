// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.dynamosession.spi.EncodedValue;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

@DisplayName("The attributes in a row")
class StoredValuesTest {
    private static final EncodedValue ONE = EncodedValue.ofJson("1");

    @Test
    @DisplayName("are those of DynamoDB's map")
    void view() {
        Map<String, EncodedValue> values = StoredValues.of(
                Map.of("a", AttributeValue.fromS("1"), "b", Items.value(EncodedValue.of(2, new byte[3]))));

        assertEquals(Map.of("a", ONE, "b", EncodedValue.of(2, new byte[3])), values);
        assertEquals(new HashMap<>(values), values);
        assertEquals(Set.of("a", "b"), values.keySet());
        assertEquals(2, values.size());
        assertTrue(values.containsKey("a"));
        assertEquals(ONE, values.get("a"));
    }

    @Test
    @DisplayName("have the names that the application gave, where DynamoDB has others")
    void escaped() {
        Map<String, AttributeValue> data = new HashMap<>();
        for (String name : new String[] {"", "\\", "a\\b", "\uD800", "plain"}) {
            data.put(Names.escape(name), AttributeValue.fromS("1"));
        }
        // No escape of ours has made this.
        data.put("\\x", AttributeValue.fromS("1"));

        Map<String, EncodedValue> values = StoredValues.of(data);

        assertEquals(Set.of("", "\\", "a\\b", "\uD800", "plain", "\\x"), values.keySet());
        values.keySet().forEach(name -> assertEquals(ONE, values.get(name), name));
    }

    @Test
    @DisplayName("are none under names that DynamoDB could not even hold")
    void absent() {
        Map<String, EncodedValue> values = StoredValues.of(Map.of("a", AttributeValue.fromS("1")));

        for (String name : new String[] {"", "\uD800", "\\e", "x".repeat(70_000)}) {
            assertNull(values.get(name));
            assertFalse(values.containsKey(name));
        }
    }
}
