// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.msgpack;

import com.fasterxml.jackson.core.Base64Variant;
import com.fasterxml.jackson.core.ObjectCodec;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.Version;
import com.fasterxml.jackson.core.base.GeneratorBase;
import com.fasterxml.jackson.core.io.IOContext;
import com.fasterxml.jackson.core.json.JsonWriteContext;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Writes tokens as MessagePack in one pass. A container's header holds its size, which is known at its
 * end only: one byte is reserved, and content of more than fifteen entries is moved up by two or four.
 */
final class MessagePackGenerator extends GeneratorBase {
    private static final int MAX_HEADER = 5;

    private final OutputStream target;
    private final byte[] pooled;
    private byte[] buffer;
    private int position;

    /** Where the header of each open container is. */
    private int[] starts = new int[16];

    MessagePackGenerator(IOContext context, int features, @Nullable ObjectCodec codec, OutputStream target) {
        super(features, codec, context);
        this.target = target;
        this.pooled = context.allocWriteEncodingBuffer();
        this.buffer = pooled;
    }

    @Override
    public Version version() {
        return Version.unknownVersion();
    }

    @Override
    public boolean canWriteBinaryNatively() {
        return true;
    }

    // Containers

    @Override
    public void writeStartArray() throws IOException {
        _verifyValueWrite("start an array");
        open(_writeContext.createChildArrayContext());
    }

    @Override
    public void writeStartObject() throws IOException {
        _verifyValueWrite("start an object");
        open(_writeContext.createChildObjectContext());
    }

    private void open(JsonWriteContext context) throws IOException {
        _writeContext = context;
        int depth = context.getNestingDepth();
        _ioContext.streamWriteConstraints().validateNestingDepth(depth);
        if (depth > starts.length) {
            starts = Arrays.copyOf(starts, 2 * starts.length);
        }
        starts[depth - 1] = position;
        ensure(1);
        position++;
    }

    @Override
    public void writeEndArray() throws IOException {
        if (!_writeContext.inArray()) {
            _reportError("not in an array");
        }
        end(MessagePack.FIX_ARRAY, MessagePack.ARRAY_16, MessagePack.ARRAY_32);
    }

    @Override
    public void writeEndObject() throws IOException {
        if (!_writeContext.inObject()) {
            _reportError("not in an object");
        }
        end(MessagePack.FIX_MAP, MessagePack.MAP_16, MessagePack.MAP_32);
    }

    private void end(int fixed, int size16, int size32) {
        int start = starts[_writeContext.getNestingDepth() - 1];
        int count = _writeContext.getEntryCount();
        if (count < 16) {
            buffer[start] = (byte) (fixed | count);
        } else if (count < 0x10000) {
            move(start + 1, start + 3);
            buffer[start] = (byte) size16;
            put16(start + 1, count);
        } else {
            move(start + 1, start + 5);
            buffer[start] = (byte) size32;
            put32(start + 1, count);
        }
        _writeContext = _writeContext.getParent();
    }

    /** Moves what follows {@code from}, to the end, up. */
    private void move(int from, int to) {
        ensure(to - from);
        System.arraycopy(buffer, from, buffer, to, position - from);
        position += to - from;
    }

    @Override
    public void writeFieldName(String name) throws IOException {
        verifyName(name);
        text(name);
    }

    @Override
    public void writeFieldName(SerializableString name) throws IOException {
        verifyName(name.getValue());
        byte[] bytes = name.asUnquotedUTF8();
        text(bytes, 0, bytes.length);
    }

    private void verifyName(String name) throws IOException {
        if (_writeContext.writeFieldName(name) == JsonWriteContext.STATUS_EXPECT_VALUE) {
            _reportError("a name where a value is expected");
        }
    }

    @Override
    protected void _verifyValueWrite(String what) throws IOException {
        if (_writeContext.writeValue() == JsonWriteContext.STATUS_EXPECT_NAME) {
            _reportError("a value where a name is expected");
        }
    }

    // Text

    @Override
    public void writeString(@Nullable String text) throws IOException {
        if (text == null) {
            writeNull();
            return;
        }
        _verifyValueWrite("write text");
        text(text);
    }

    @Override
    public void writeString(char[] text, int offset, int length) throws IOException {
        writeString(new String(text, offset, length));
    }

    @Override
    public void writeUTF8String(byte[] text, int offset, int length) throws IOException {
        _verifyValueWrite("write text");
        text(text, offset, length);
    }

    private void text(byte[] utf8, int offset, int length) {
        ensure(MAX_HEADER + length);
        textHeader(length);
        System.arraycopy(utf8, offset, buffer, position, length);
        position += length;
    }

    private void text(String text) {
        int length = text.length();
        ensure(MAX_HEADER + length);
        int start = position;
        int header = textHeaderLength(length);
        int at = start + header;
        byte[] bytes = buffer;
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                beyondAscii(text, i, header);
                return;
            }
            bytes[at++] = (byte) c;
        }
        textHeader(length);
        position = at;
    }

    /** Goes on where the first character beyond ASCII is; all before it are written. */
    private void beyondAscii(String text, int first, int header) {
        int length = text.length();
        int start = position;
        int at = start + header + first;
        position = at;
        ensure(MAX_HEADER + 3 * (length - first));
        byte[] bytes = buffer;
        for (int i = first; i < length; i++) {
            char c = text.charAt(i);
            if (c < 0x80) {
                bytes[at++] = (byte) c;
            } else if (c < 0x800) {
                bytes[at++] = (byte) (0xc0 | c >> 6);
                bytes[at++] = (byte) (0x80 | c & 0x3f);
            } else if (!Character.isSurrogate(c)) {
                bytes[at++] = (byte) (0xe0 | c >> 12);
                bytes[at++] = (byte) (0x80 | c >> 6 & 0x3f);
                bytes[at++] = (byte) (0x80 | c & 0x3f);
            } else if (Character.isHighSurrogate(c) && i + 1 < length && Character.isLowSurrogate(text.charAt(i + 1))) {
                int point = Character.toCodePoint(c, text.charAt(++i));
                bytes[at++] = (byte) (0xf0 | point >> 18);
                bytes[at++] = (byte) (0x80 | point >> 12 & 0x3f);
                bytes[at++] = (byte) (0x80 | point >> 6 & 0x3f);
                bytes[at++] = (byte) (0x80 | point & 0x3f);
            } else {
                position = start;
                illFormed(text);
                return;
            }
        }
        int encoded = at - start - header;
        int needed = textHeaderLength(encoded);
        position = at;
        if (needed != header) {
            move(start + header, start + needed);
        }
        int end = position;
        position = start;
        textHeader(encoded);
        position = end;
    }

    private void illFormed(String text) {
        int length = 2 * text.length();
        extensionHeader(MessagePack.ILL_FORMED_TEXT, length);
        ensure(length);
        for (int i = 0; i < text.length(); i++) {
            put16(position, text.charAt(i));
            position += 2;
        }
    }

    private static int textHeaderLength(int bytes) {
        return bytes < 32 ? 1 : bytes < 0x100 ? 2 : bytes < 0x10000 ? 3 : 5;
    }

    private void textHeader(int length) {
        if (length < 32) {
            buffer[position++] = (byte) (MessagePack.FIX_STRING | length);
        } else {
            header(length, MessagePack.STRING_8, MessagePack.STRING_16, MessagePack.STRING_32);
        }
    }

    // Binary and other values

    @Override
    public void writeBinary(Base64Variant variant, byte[] data, int offset, int length) throws IOException {
        _verifyValueWrite("write bytes");
        ensure(MAX_HEADER + length);
        header(length, MessagePack.BINARY_8, MessagePack.BINARY_16, MessagePack.BINARY_32);
        System.arraycopy(data, offset, buffer, position, length);
        position += length;
    }

    @Override
    public void writeEmbeddedObject(@Nullable Object value) throws IOException {
        if (!(value instanceof Instant instant)) {
            super.writeEmbeddedObject(value);
            return;
        }
        _verifyValueWrite("write a timestamp");
        long seconds = instant.getEpochSecond();
        int nanos = instant.getNano();
        if (seconds >>> 34 != 0) {
            extensionHeader(MessagePack.TIMESTAMP, 12);
            ensure(12);
            put32(position, nanos);
            put64(position + 4, seconds);
            position += 12;
        } else if (nanos != 0 || seconds >>> 32 != 0) {
            extensionHeader(MessagePack.TIMESTAMP, 8);
            ensure(8);
            put64(position, (long) nanos << 34 | seconds);
            position += 8;
        } else {
            extensionHeader(MessagePack.TIMESTAMP, 4);
            ensure(4);
            put32(position, (int) seconds);
            position += 4;
        }
    }

    private void extensionHeader(byte type, int length) {
        ensure(MAX_HEADER + 1);
        if (length <= 16 && Integer.bitCount(length) == 1) {
            buffer[position++] = (byte) (MessagePack.FIX_EXTENSION_1 + Integer.numberOfTrailingZeros(length));
        } else {
            header(length, MessagePack.EXTENSION_8, MessagePack.EXTENSION_16, MessagePack.EXTENSION_32);
        }
        buffer[position++] = type;
    }

    /** A first byte and a length; the room for both is there. */
    private void header(int length, int length8, int length16, int length32) {
        if (length < 0x100) {
            buffer[position++] = (byte) length8;
            buffer[position++] = (byte) length;
        } else if (length < 0x10000) {
            buffer[position++] = (byte) length16;
            put16(position, length);
            position += 2;
        } else {
            buffer[position++] = (byte) length32;
            put32(position, length);
            position += 4;
        }
    }

    @Override
    public void writeNumber(int number) throws IOException {
        writeNumber((long) number);
    }

    @Override
    public void writeNumber(long number) throws IOException {
        _verifyValueWrite("write a number");
        ensure(9);
        if (number >= -32 && number < 0x80) {
            buffer[position++] = (byte) number;
        } else if (number >= 0) {
            if (number < 0x100) {
                buffer[position++] = (byte) MessagePack.UNSIGNED_8;
                buffer[position++] = (byte) number;
            } else if (number < 0x10000) {
                two(MessagePack.UNSIGNED_16, (int) number);
            } else if (number >>> 32 == 0) {
                four(MessagePack.UNSIGNED_32, (int) number);
            } else {
                eight(MessagePack.UNSIGNED_64, number);
            }
        } else if (number >= Byte.MIN_VALUE) {
            buffer[position++] = (byte) MessagePack.INTEGER_8;
            buffer[position++] = (byte) number;
        } else if (number >= Short.MIN_VALUE) {
            two(MessagePack.INTEGER_16, (int) number);
        } else if (number >= Integer.MIN_VALUE) {
            four(MessagePack.INTEGER_32, (int) number);
        } else {
            eight(MessagePack.INTEGER_64, number);
        }
    }

    @Override
    public void writeNumber(double number) throws IOException {
        float narrow = (float) number;
        if (Double.doubleToLongBits(narrow) == Double.doubleToLongBits(number)) {
            writeNumber(narrow);
        } else {
            _verifyValueWrite("write a number");
            ensure(9);
            eight(MessagePack.FLOAT_64, Double.doubleToLongBits(number));
        }
    }

    @Override
    public void writeNumber(float number) throws IOException {
        _verifyValueWrite("write a number");
        ensure(5);
        four(MessagePack.FLOAT_32, Float.floatToIntBits(number));
    }

    @Override
    public void writeNumber(@Nullable BigInteger number) throws IOException {
        if (number != null && number.bitLength() < Long.SIZE) {
            writeNumber(number.longValue());
        } else {
            writeString(number == null ? null : number.toString());
        }
    }

    /** As text: neither the scale nor the digits survive in a floating point number. */
    @Override
    public void writeNumber(@Nullable BigDecimal number) throws IOException {
        writeString(number == null ? null : number.toString());
    }

    @Override
    public void writeNumber(String number) throws IOException {
        writeString(number);
    }

    @Override
    public void writeBoolean(boolean value) throws IOException {
        one(value ? MessagePack.TRUE : MessagePack.FALSE);
    }

    @Override
    public void writeNull() throws IOException {
        one(MessagePack.NIL);
    }

    private void one(int only) throws IOException {
        _verifyValueWrite("write a value");
        ensure(1);
        buffer[position++] = (byte) only;
    }

    private void two(int first, int number) {
        buffer[position] = (byte) first;
        put16(position + 1, number);
        position += 3;
    }

    private void four(int first, int number) {
        buffer[position] = (byte) first;
        put32(position + 1, number);
        position += 5;
    }

    private void eight(int first, long number) {
        buffer[position] = (byte) first;
        put64(position + 1, number);
        position += 9;
    }

    private void put16(int at, int number) {
        buffer[at] = (byte) (number >> 8);
        buffer[at + 1] = (byte) number;
    }

    private void put32(int at, int number) {
        put16(at, number >> 16);
        put16(at + 2, number);
    }

    private void put64(int at, long number) {
        put32(at, (int) (number >> 32));
        put32(at + 4, (int) number);
    }

    private void ensure(int more) {
        if (buffer.length - position < more) {
            buffer = Arrays.copyOf(buffer, Math.max(2 * buffer.length, Math.addExact(position, more)));
        }
    }

    // What is text by nature

    @Override
    public void writeRaw(String text) throws IOException {
        _reportUnsupportedOperation();
    }

    @Override
    public void writeRaw(String text, int offset, int length) throws IOException {
        _reportUnsupportedOperation();
    }

    @Override
    public void writeRaw(char[] text, int offset, int length) throws IOException {
        _reportUnsupportedOperation();
    }

    @Override
    public void writeRaw(char c) throws IOException {
        _reportUnsupportedOperation();
    }

    @Override
    public void writeRawUTF8String(byte[] text, int offset, int length) throws IOException {
        _reportUnsupportedOperation();
    }

    // The end

    @Override
    public void flush() {
        // What is not closed has no header yet.
    }

    @Override
    public void close() throws IOException {
        if (isClosed()) {
            return;
        }
        try {
            if (_writeContext.inRoot()) {
                target.write(buffer, 0, position);
            }
        } finally {
            _releaseBuffers();
            super.close();
        }
    }

    @Override
    protected void _releaseBuffers() {
        _ioContext.releaseWriteEncodingBuffer(pooled);
    }
}
