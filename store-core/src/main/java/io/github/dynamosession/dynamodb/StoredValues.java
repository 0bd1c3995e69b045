// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import io.github.dynamosession.spi.EncodedValue;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** The attributes in a row, over DynamoDB's own map: an encoded value is made when somebody asks for it. */
final class StoredValues extends AbstractMap<String, EncodedValue> {
    private final Map<String, AttributeValue> data;

    private StoredValues(Map<String, AttributeValue> data) {
        this.data = data;
    }

    static Map<String, EncodedValue> of(Map<String, AttributeValue> data) {
        for (String stored : data.keySet()) {
            if (Names.isEscaped(stored)) {
                Map<String, EncodedValue> values = new HashMap<>();
                data.forEach((name, value) -> values.put(Names.unescape(name), Items.value(value)));
                return values;
            }
        }
        return new StoredValues(data);
    }

    @Override
    public @Nullable EncodedValue get(@Nullable Object name) {
        AttributeValue value = data.get(name);
        return value == null ? null : Items.value(value);
    }

    @Override
    public boolean containsKey(@Nullable Object name) {
        return data.containsKey(name);
    }

    @Override
    public int size() {
        return data.size();
    }

    @Override
    public Set<String> keySet() {
        return data.keySet();
    }

    @Override
    public Set<Entry<String, EncodedValue>> entrySet() {
        return new AbstractSet<>() {
            @Override
            public Iterator<Entry<String, EncodedValue>> iterator() {
                Iterator<Entry<String, AttributeValue>> entries =
                        data.entrySet().iterator();
                return new Iterator<>() {
                    @Override
                    public boolean hasNext() {
                        return entries.hasNext();
                    }

                    @Override
                    public Entry<String, EncodedValue> next() {
                        Entry<String, AttributeValue> entry = entries.next();
                        return new SimpleImmutableEntry<>(entry.getKey(), Items.value(entry.getValue()));
                    }
                };
            }

            @Override
            public int size() {
                return data.size();
            }
        };
    }
}
