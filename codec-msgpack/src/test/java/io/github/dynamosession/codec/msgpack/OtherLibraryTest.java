// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.msgpack;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.dynamosession.codec.msgpack.Shop.Item;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.msgpack.jackson.dataformat.ExtensionTypeCustomDeserializers;
import org.msgpack.jackson.dataformat.MessagePackFactory;
import org.msgpack.jackson.dataformat.TimestampExtensionModule;

@DisplayName("Other tools and we understand each other: jackson-dataformat-msgpack")
class OtherLibraryTest {
    private static final int CASES = 3_000;
    private static final MessagePackCodec CODEC = Samples.codec();
    private static final ObjectMapper LIBRARY = library();

    private static ObjectMapper library() {
        ExtensionTypeCustomDeserializers timestamps = new ExtensionTypeCustomDeserializers();
        timestamps.addCustomDeser(TimestampExtensionModule.EXT_TYPE, OtherLibraryTest::instant);
        return new ObjectMapper(new MessagePackFactory().setExtTypeCustomDesers(timestamps))
                .registerModule(TimestampExtensionModule.INSTANCE);
    }

    private static Instant instant(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        switch (bytes.length) {
            case 4:
                return Instant.ofEpochSecond(Integer.toUnsignedLong(in.getInt()));
            case 8:
                long both = in.getLong();
                return Instant.ofEpochSecond(both & 0x3_ffff_ffffL, both >>> 34);
            default:
                int nanos = in.getInt();
                return Instant.ofEpochSecond(in.getLong(), nanos);
        }
    }

    @Test
    @DisplayName("it reads every value that both can say")
    void reads() throws IOException {
        for (int seed = 0; seed < CASES; seed++) {
            Object value = asItReads(FormatTest.value(new Random(seed), 3));
            Object read = LIBRARY.readValue(CODEC.encode(value), Object.class);
            assertThat(FormatTest.plain(read)).as("seed %d", seed).isEqualTo(FormatTest.plain(value));
        }
    }

    /** It reads text of up to 64 bytes in the charset of the process, which may be ASCII. */
    private static Object asItReads(Object value) {
        if (value instanceof String text) {
            return text.getBytes(StandardCharsets.UTF_8).length > 64 ? text : text.replaceAll("[^\\x00-\\x7f]", "?");
        } else if (value instanceof List<?> list) {
            return list.stream().map(OtherLibraryTest::asItReads).collect(Collectors.toCollection(ArrayList::new));
        } else if (value instanceof Map<?, ?> map) {
            Map<Object, Object> readable = new LinkedHashMap<>();
            map.forEach((key, content) -> readable.put(asItReads(key), asItReads(content)));
            return readable;
        }
        return value;
    }

    @Test
    @DisplayName("we read every value that both can say")
    void writes() throws IOException {
        for (int seed = 0; seed < CASES; seed++) {
            Object value = FormatTest.value(new Random(seed), 3);
            Object read = CODEC.decode(LIBRARY.writeValueAsBytes(value), Object.class);
            assertThat(FormatTest.plain(read)).as("seed %d", seed).isEqualTo(FormatTest.plain(value));
        }
    }

    @Test
    @DisplayName("it reads an object of the application behind its type id")
    void objects() throws IOException {
        Item item = new Item("sku-1", 2, new BigDecimal("1.10"));
        JsonNode tree = LIBRARY.readTree(CODEC.encode(item));
        assertThat(tree.fieldNames()).toIterable().containsExactly("@item");
        assertThat(LIBRARY.treeToValue(tree.get("@item"), Item.class)).isEqualTo(item);
    }
}
