// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.support;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The bytes of a {@link io.github.dynamosession.spi.CustomValue} in a row: one byte for the kind, then the content. */
final class CustomValueFormat {
    private static final int NULL = 0;
    private static final int TEXT = 1;
    private static final int NUMBER = 2;
    private static final int BYTES = 3;
    private static final int FALSE = 4;
    private static final int TRUE = 5;
    private static final int LIST = 6;
    private static final int MAP = 7;
    private static final int SET = 8;

    private CustomValueFormat() {}

    static void write(@Nullable Object value, DataOutputStream out) throws IOException {
        if (value == null) {
            out.writeByte(NULL);
        } else if (value instanceof String text) {
            out.writeByte(TEXT);
            ContentFormat.writeText(text, out);
        } else if (value instanceof BigDecimal number) {
            out.writeByte(NUMBER);
            ContentFormat.writeText(number.toString(), out);
        } else if (value instanceof ByteBuffer bytes) {
            byte[] copy = new byte[bytes.remaining()];
            bytes.duplicate().get(copy);
            out.writeByte(BYTES);
            ContentFormat.writeBytes(copy, out);
        } else if (value instanceof Boolean truth) {
            out.writeByte(truth ? TRUE : FALSE);
        } else if (value instanceof Map<?, ?> map) {
            out.writeByte(MAP);
            out.writeInt(map.size());
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                ContentFormat.writeText((String) entry.getKey(), out);
                write(entry.getValue(), out);
            }
        } else {
            Collection<?> elements = (Collection<?>) value;
            out.writeByte(value instanceof Set ? SET : LIST);
            out.writeInt(elements.size());
            for (Object element : elements) {
                write(element, out);
            }
        }
    }

    static @Nullable Object read(DataInputStream in) throws IOException {
        int kind = in.readUnsignedByte();
        return switch (kind) {
            case NULL -> null;
            case TEXT -> ContentFormat.readText(in);
            case NUMBER -> new BigDecimal(ContentFormat.readText(in));
            case BYTES -> ContentFormat.readBytes(in);
            case FALSE -> false;
            case TRUE -> true;
            case LIST -> {
                List<@Nullable Object> list = new ArrayList<>();
                for (int count = in.readInt(); count > 0; count--) {
                    list.add(read(in));
                }
                yield list;
            }
            case MAP -> {
                Map<String, @Nullable Object> map = new LinkedHashMap<>();
                for (int count = in.readInt(); count > 0; count--) {
                    map.put(ContentFormat.readText(in), read(in));
                }
                yield map;
            }
            case SET -> {
                Set<@Nullable Object> set = new HashSet<>();
                for (int count = in.readInt(); count > 0; count--) {
                    Object element = read(in);
                    set.add(element instanceof byte[] bytes ? ByteBuffer.wrap(bytes) : element);
                }
                yield set;
            }
            default -> throw new IOException("a custom value is of kind " + kind);
        };
    }
}
