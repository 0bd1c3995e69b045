// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.msgpack;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.codec.java.JavaCodec;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.crypto.ValueProtection;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.UnreadableValueException;
import io.github.dynamosession.spi.UnstorableValueException;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.ObjectStreamConstants;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Stored bytes cost memory in proportion, however small they were compressed (K3)")
class BoundsTest {
    /** As many as a compressed value may have; zeros and repetitions of them are 8 KB in the row. */
    private static final int MOST = ValueProtection.MAX_COMPRESSED_VALUE;

    private static final long MEGABYTES = 1_000_000;

    private static final JsonCodec JSON = JsonCodec.builder().build();
    private static final MessagePackCodec MESSAGE_PACK =
            MessagePackCodec.builder().build();
    private static final JavaCodec JAVA = JavaCodec.builder().build();

    @Test
    @DisplayName("millions of empty maps are refused before they take 150 MB")
    void messagePack() {
        byte[] maps = new byte[MOST];
        Arrays.fill(maps, (byte) 0x80);
        ByteBuffer.wrap(maps).put((byte) 0xdd).putInt(MOST - 5);
        assertRefused(MESSAGE_PACK, maps);
        byte[] arrays = maps.clone();
        Arrays.fill(arrays, 5, MOST, (byte) 0x90);
        assertRefused(MESSAGE_PACK, arrays);
        byte[] ignored = new byte[MOST];
        Arrays.fill(ignored, (byte) 0x80);
        byte[] head = "\u0081\u00a1a\u00dd".getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
        ByteBuffer.wrap(ignored).put(head).putInt(MOST - head.length - 4);
        assertRefused(MESSAGE_PACK, ignored);
    }

    @Test
    @DisplayName("as JSON too")
    void json() {
        for (String element : List.of("{}", "[]", "0", "\"\"", "{\"\":{}}", "{\"@HashMap\":{}}")) {
            int count = MOST / (element.length() + 1) - 1;
            String text = "[" + (element + ",").repeat(count - 1) + element + "]";
            assertRefused(JSON, text.getBytes(UTF_8));
        }
    }

    @Test
    @DisplayName("and by Java serialization")
    void java() throws IOException {
        assertRefused(JAVA, serialized(out -> out.write(new byte[] {ObjectStreamConstants.TC_STRING, 0, 0}), 3));
        assertRefused(
                JAVA,
                serialized(
                        out -> {
                            out.writeByte(ObjectStreamConstants.TC_ARRAY);
                            out.writeByte(ObjectStreamConstants.TC_REFERENCE);
                            out.writeInt(ObjectStreamConstants.baseWireHandle);
                            out.writeInt(0);
                        },
                        10));
        assertRefused(JAVA, serialized(out -> out.writeByte(ObjectStreamConstants.TC_NULL), 1));
    }

    private interface Element {
        void write(DataOutputStream out) throws IOException;
    }

    /** An {@code Object[]} of so many elements. */
    private static byte[] serialized(Element element, int size) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(MOST);
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeShort(ObjectStreamConstants.STREAM_MAGIC);
        out.writeShort(ObjectStreamConstants.STREAM_VERSION);
        out.writeByte(ObjectStreamConstants.TC_ARRAY);
        out.writeByte(ObjectStreamConstants.TC_CLASSDESC);
        out.writeUTF("[Ljava.lang.Object;");
        out.writeLong(java.io.ObjectStreamClass.lookup(Object[].class).getSerialVersionUID());
        out.writeByte(ObjectStreamConstants.SC_SERIALIZABLE);
        out.writeShort(0);
        out.writeByte(ObjectStreamConstants.TC_ENDBLOCKDATA);
        out.writeByte(ObjectStreamConstants.TC_NULL);
        int count = (MOST - 100) / size;
        out.writeInt(count);
        for (int i = 0; i < count; i++) {
            element.write(out);
        }
        return bytes.toByteArray();
    }

    private static void assertRefused(SessionCodec codec, byte[] bytes) {
        for (Class<?> type : List.of(Object.class, List.class, Map.class, Object[].class)) {
            long allocated = allocatedBy(() ->
                    assertThatThrownBy(() -> codec.decode(bytes, type)).isInstanceOf(UnreadableValueException.class));
            assertThat(allocated).as(type.getName()).isLessThan(150 * MEGABYTES);
        }
    }

    @Test
    @DisplayName("what would not be read again is not stored")
    void writing() {
        List<Object> many = new ArrayList<>();
        for (int i = 0; i < 500_001; i++) {
            many.add(i);
        }
        for (SessionCodec codec : List.of(JSON, MESSAGE_PACK, JAVA)) {
            assertThatThrownBy(() -> codec.encode(many))
                    .isInstanceOf(UnstorableValueException.class)
                    .hasMessageContaining("more than");
            List<Object> fewer = many.subList(0, 200_000);
            Object copy = codec.decode(codec.encode(new ArrayList<>(fewer)), Object.class);
            assertThat(copy).isEqualTo(fewer);
        }
    }

    @Test
    @DisplayName("a key that was never seen costs no table, whatever number of keys was seen before")
    void names() {
        List<byte[]> texts = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            texts.add(("{\"sku-" + i * 7_919 + "-of-the-shop\":1}").getBytes(US_ASCII));
        }
        for (byte[] text : texts.subList(0, 10_000)) {
            JSON.decode(text, Object.class);
        }
        long allocated = allocatedBy(() -> texts.subList(10_000, 20_000).forEach(text -> JSON.decode(text, Map.class)));
        assertThat(allocated / 10_000).as("bytes for each value").isLessThan(10_000);
    }

    private static long allocatedBy(Runnable action) {
        Supplier<Long> soFar = () -> ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean())
                .getThreadAllocatedBytes(Thread.currentThread().getId());
        long before = soFar.get();
        action.run();
        return soFar.get() - before;
    }
}
