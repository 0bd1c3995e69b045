// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import io.github.dynamosession.spi.CustomValue;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Values of custom attributes as DynamoDB has them, each as its own type. */
final class CustomValues {
    private static final int PLAIN_DIGITS = 38;

    private CustomValues() {}

    static AttributeValue write(CustomValue value) {
        return write(value.value());
    }

    private static AttributeValue write(@Nullable Object value) {
        if (value == null) {
            return AttributeValue.fromNul(true);
        }
        if (value instanceof String text) {
            return AttributeValue.fromS(text);
        }
        if (value instanceof BigDecimal number) {
            return AttributeValue.fromN(number(number));
        }
        if (value instanceof ByteBuffer bytes) {
            return AttributeValue.fromB(bytes(bytes));
        }
        if (value instanceof Boolean truth) {
            return AttributeValue.fromBool(truth);
        }
        if (value instanceof Map<?, ?> map) {
            Map<String, AttributeValue> written = new HashMap<>();
            map.forEach((key, element) -> written.put((String) key, write(element)));
            return AttributeValue.fromM(written);
        }
        if (value instanceof Set<?> set) {
            return set(set);
        }
        List<AttributeValue> written = new ArrayList<>();
        ((Collection<?>) value).forEach(element -> written.add(write(element)));
        return AttributeValue.fromL(written);
    }

    private static AttributeValue set(Set<?> set) {
        Object first = set.iterator().next();
        if (first instanceof String) {
            return AttributeValue.fromSs(set.stream().map(String.class::cast).toList());
        }
        return first instanceof BigDecimal
                ? AttributeValue.fromNs(set.stream()
                        .map(element -> number((BigDecimal) element))
                        .toList())
                : AttributeValue.fromBs(
                        set.stream().map(bytes -> bytes((ByteBuffer) bytes)).toList());
    }

    /** As an operator would write it, unless that were mostly zeros. */
    private static String number(BigDecimal number) {
        return Math.abs(number.scale()) <= PLAIN_DIGITS ? number.toPlainString() : number.toString();
    }

    private static SdkBytes bytes(ByteBuffer bytes) {
        return SdkBytes.fromByteBuffer(bytes.duplicate());
    }

    /** Null: it is none that a custom attribute can have. */
    static @Nullable CustomValue read(AttributeValue stored) {
        Object value = value(stored);
        try {
            return value == null ? null : CustomValue.of(value);
        } catch (IllegalArgumentException foreign) {
            return null;
        }
    }

    private static @Nullable Object value(AttributeValue stored) {
        return switch (stored.type()) {
            case S -> stored.s();
            case N -> new BigDecimal(stored.n());
            case B -> stored.b().asByteArray();
            case BOOL -> stored.bool();
            case SS -> new HashSet<>(stored.ss());
            case NS -> {
                Set<BigDecimal> numbers = new HashSet<>();
                stored.ns().forEach(number -> numbers.add(new BigDecimal(number)));
                yield numbers;
            }
            case BS -> {
                Set<ByteBuffer> all = new HashSet<>();
                stored.bs().forEach(bytes -> all.add(bytes.asByteBuffer()));
                yield all;
            }
            case L -> {
                List<@Nullable Object> list = new ArrayList<>();
                stored.l().forEach(element -> list.add(value(element)));
                yield list;
            }
            case M -> {
                Map<String, @Nullable Object> map = new HashMap<>();
                stored.m().forEach((key, element) -> map.put(key, value(element)));
                yield map;
            }
            default -> null;
        };
    }
}
