// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.UnreadableValueException;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.Deflater;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A compressed value")
class CompressionTest {
    private static final int THRESHOLD = 100;
    private static final int MANY = 50_000_000;

    private final Compression compression = new Compression(THRESHOLD);

    private static EncodedValue json(int length) {
        return EncodedValue.of(EncodedValue.JSON, text(length));
    }

    private static byte[] text(int length) {
        return "{\"sku\":4711,\"name\":\"chair\"},"
                .repeat(length / 28 + 1)
                .substring(0, length)
                .getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] zlib(byte[] bytes) {
        Deflater deflater = new Deflater();
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        byte[] buffer = new byte[8192];
        deflater.setInput(bytes);
        deflater.finish();
        while (!deflater.finished()) {
            stream.write(buffer, 0, deflater.deflate(buffer));
        }
        deflater.end();
        return stream.toByteArray();
    }

    /** A value as somebody else might write it. */
    private static EncodedValue forged(int format, long length, byte[] stream) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.write(format);
        long rest = length;
        while (rest > 0x7f) {
            body.write((int) (rest | 0x80));
            rest >>>= 7;
        }
        body.write((int) rest);
        body.writeBytes(stream);
        return EncodedValue.of(EncodedValue.COMPRESSED, body.toByteArray());
    }

    private static void assertUnreadable(EncodedValue value) {
        assertThatThrownBy(() -> Compression.expand(value))
                .isExactlyInstanceOf(UnreadableValueException.class)
                .hasMessageStartingWith("the stored value is compressed and broken");
    }

    @Test
    @DisplayName("comes back as it was, whatever its length and format")
    void roundTrip() {
        for (int length : new int[] {101, 127, 128, 1000, 16_383, 16_384, 100_000, 3_000_000}) {
            for (int format : new int[] {EncodedValue.JSON, EncodedValue.MESSAGE_PACK, EncodedValue.LAST_CUSTOM}) {
                EncodedValue plain = EncodedValue.of(format, text(length));
                EncodedValue compressed = compression.compress(plain);
                assertThat(compressed.format()).isEqualTo(EncodedValue.COMPRESSED);
                assertThat(compressed.bytes().length).isLessThan(length);
                assertThat(Compression.expand(compressed)).isEqualTo(plain);
            }
        }
        EncodedValue empty = forged(EncodedValue.JSON, 0, zlib(new byte[0]));
        assertThat(Compression.expand(empty)).isEqualTo(EncodedValue.of(EncodedValue.JSON, new byte[0]));
    }

    @Test
    @DisplayName("is only made of what is larger than the threshold and gets smaller")
    void onlyIfSmaller() {
        EncodedValue small = json(THRESHOLD);
        assertThat(compression.compress(small)).isSameAs(small);
        byte[] noise = new byte[10_000];
        new Random(1).nextBytes(noise);
        EncodedValue random = EncodedValue.of(EncodedValue.MESSAGE_PACK, noise);
        assertThat(compression.compress(random)).isSameAs(random);
        assertThat(new Compression(Integer.MAX_VALUE).compress(json(1_000_000)).format())
                .isEqualTo(EncodedValue.JSON);
        Compression all = new Compression(0);
        for (int length = 0; length < 200; length++) {
            EncodedValue plain = json(length);
            EncodedValue compressed = all.compress(plain);
            if (compressed != plain) {
                // In the store the compressed one has a byte more for its format, and JSON has none.
                assertThat(1 + compressed.bytes().length).isLessThan(length);
                assertThat(Compression.expand(compressed)).isEqualTo(plain);
            }
        }
    }

    @Test
    @DisplayName("is never larger than what can be read again")
    void largest() {
        EncodedValue largest = json(ValueProtection.MAX_COMPRESSED_VALUE);
        assertThat(Compression.expand(compression.compress(largest))).isEqualTo(largest);
        EncodedValue larger = json(ValueProtection.MAX_COMPRESSED_VALUE + 1);
        assertThat(compression.compress(larger)).isSameAs(larger);
        assertUnreadable(forged(EncodedValue.JSON, larger.bytes().length, zlib(larger.bytes())));
    }

    @Test
    @DisplayName("does not expand beyond what it says, nor take room for what it only says")
    void bombs() {
        byte[] bomb = zlib(new byte[MANY]);
        byte[] tiny = zlib(new byte[10]);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        assertUnreadable(forged(EncodedValue.JSON, 10, bomb));
        long before = threads.getCurrentThreadAllocatedBytes();
        assertUnreadable(forged(EncodedValue.JSON, 10, bomb));
        assertUnreadable(forged(EncodedValue.JSON, ValueProtection.MAX_COMPRESSED_VALUE, tiny));
        assertUnreadable(forged(EncodedValue.JSON, ValueProtection.MAX_COMPRESSED_VALUE + 1, bomb));
        assertUnreadable(forged(EncodedValue.JSON, Integer.MAX_VALUE, bomb));
        assertUnreadable(forged(EncodedValue.JSON, (1L << 35) - 1, bomb));
        assertUnreadable(forged(EncodedValue.JSON, Long.MAX_VALUE, bomb));
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(1_000_000L);
        assertUnreadable(forged(EncodedValue.JSON, ValueProtection.MAX_COMPRESSED_VALUE, bomb));
    }

    @Test
    @DisplayName("is unreadable if it is cut off, has something behind it, or says another length")
    void otherLength() {
        byte[] body = compression.compress(json(3000)).bytes();
        for (int length = 0; length < body.length; length++) {
            assertUnreadable(EncodedValue.of(EncodedValue.COMPRESSED, Arrays.copyOf(body, length)));
        }
        assertUnreadable(EncodedValue.of(EncodedValue.COMPRESSED, Arrays.copyOf(body, body.length + 1)));
        byte[] stream = zlib(text(3000));
        assertUnreadable(forged(EncodedValue.JSON, 2999, stream));
        assertUnreadable(forged(EncodedValue.JSON, 3001, stream));
        assertUnreadable(forged(EncodedValue.JSON, 0, stream));
    }

    @Test
    @DisplayName("is unreadable, or of another format, when any bit of it is changed that says anything")
    void flipped() {
        EncodedValue plain = json(3000);
        byte[] body = compression.compress(plain).bytes();
        int padding = 0;
        for (int bit = 0; bit < 8 * body.length; bit++) {
            byte[] changed = body.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            EncodedValue value = EncodedValue.of(EncodedValue.COMPRESSED, changed);
            if (bit >= 8 * (body.length - 5) && bit < 8 * (body.length - 4) && expands(value, plain)) {
                // Between the end of the stream and its checksum.
                padding++;
            } else if (bit >= 8 || changed[0] < 1 || changed[0] == EncodedValue.ENCRYPTED) {
                assertUnreadable(value);
            } else {
                assertThat(Compression.expand(value).format()).isEqualTo(changed[0]);
            }
        }
        assertThat(padding).isLessThan(8);
    }

    private static boolean expands(EncodedValue value, EncodedValue plain) {
        try {
            return Compression.expand(value).equals(plain);
        } catch (UnreadableValueException e) {
            return false;
        }
    }

    @Test
    @DisplayName("holds neither a compressed nor an encrypted one, and needs no dictionary")
    void nesting() {
        byte[] stream = zlib(text(3000));
        assertUnreadable(forged(EncodedValue.COMPRESSED, 3000, stream));
        assertUnreadable(forged(EncodedValue.ENCRYPTED, 3000, stream));
        assertUnreadable(forged(0, 3000, stream));
        assertUnreadable(forged(200, 3000, stream));
        EncodedValue compressed = compression.compress(json(3000));
        assertThat(new Compression(0).compress(compressed)).isSameAs(compressed);
        Deflater deflater = new Deflater();
        deflater.setDictionary(text(100));
        deflater.setInput(text(100));
        deflater.finish();
        byte[] stranger = new byte[200];
        int length = deflater.deflate(stranger);
        deflater.end();
        assertUnreadable(forged(EncodedValue.JSON, 100, Arrays.copyOf(stranger, length)));
    }
}
