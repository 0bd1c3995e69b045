// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.codec.msgpack;

import com.fasterxml.jackson.core.Base64Variant;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.ObjectCodec;
import com.fasterxml.jackson.core.base.ParserBase;
import com.fasterxml.jackson.core.io.IOContext;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads MessagePack from an array. Trusts no length: one that goes beyond the array's end is an error
 * before anything is allocated, and so is a count of entries that could not fit.
 */
final class MessagePackParser extends ParserBase {
    private static final int NAMES = 64;
    private static final int MIN_LENGTH_FOR_NAMES = 256;

    private final byte[] bytes;
    private final int end;
    private int at;
    private @Nullable ObjectCodec codec;

    /** Entries that each open container still has. */
    private int[] remaining = new int[16];

    /** Names come again and again in a list of objects: each is decoded once, as long as no other takes its slot. */
    private final @Nullable String[] names;

    private final int[] nameStarts;

    private int depth;
    private long tokens;
    private @Nullable String text;
    private @Nullable Object embedded;

    MessagePackParser(IOContext context, int features, @Nullable ObjectCodec codec, byte[] bytes, int start, int end) {
        super(context, features);
        this.codec = codec;
        this.bytes = bytes;
        this.at = start;
        this.end = end;
        int size = end - start < MIN_LENGTH_FOR_NAMES ? 0 : NAMES;
        this.names = new String[size];
        this.nameStarts = new int[size];
    }

    @Override
    public @Nullable JsonToken nextToken() throws IOException {
        _numTypesValid = NR_UNKNOWN;
        if (depth == 0) {
            return at == end ? set(null) : set(value());
        }
        boolean inObject = _parsingContext.inObject();
        if (!inObject || _currToken != JsonToken.FIELD_NAME) {
            if (remaining[depth - 1] == 0) {
                depth--;
                _parsingContext = _parsingContext.getParent();
                return set(inObject ? JsonToken.END_OBJECT : JsonToken.END_ARRAY);
            }
            remaining[depth - 1]--;
            if (inObject) {
                name();
                return set(JsonToken.FIELD_NAME);
            }
        }
        return set(value());
    }

    private @Nullable JsonToken set(@Nullable JsonToken token) throws IOException {
        _ioContext.streamReadConstraints().validateTokenCount(++tokens);
        _currToken = token;
        return token;
    }

    private void name() throws IOException {
        int start = at;
        int slot = slot(start);
        String name = slot < 0 ? null : names[slot];
        if (name != null && bytes[nameStarts[slot]] == bytes[start]) {
            int known = nameStarts[slot];
            int length = 1 + (bytes[start] & 0x1f);
            if (Arrays.equals(bytes, known, known + length, bytes, start, start + length)) {
                at = start + length;
                _parsingContext.setCurrentName(name);
                return;
            }
        }
        if (value() != JsonToken.VALUE_STRING || text == null) {
            throw malformed("a key that is not text");
        }
        _ioContext.streamReadConstraints().validateNameLength(text.length());
        if (slot >= 0) {
            names[slot] = text;
            nameStarts[slot] = start;
        }
        _parsingContext.setCurrentName(text);
    }

    /** Where a short name is remembered; -1 if it is not. */
    private int slot(int start) {
        if (names.length == 0) {
            return -1;
        }
        int length = start < end ? bytes[start] ^ (byte) MessagePack.FIX_STRING : 0;
        if (length <= 0 || length >= 32 || length >= end - start) {
            return -1;
        }
        return (bytes[start + 1] + 5 * bytes[start + length] + 11 * length) & (NAMES - 1);
    }

    /** Reads one value, or the header of one container. */
    private JsonToken value() throws IOException {
        int first = unsigned8();
        if (first < MessagePack.FIX_MAP) {
            return integer(first);
        } else if (first < MessagePack.FIX_ARRAY) {
            return object(first & 0x0f);
        } else if (first < MessagePack.FIX_STRING) {
            return array(first & 0x0f);
        } else if (first < MessagePack.NIL) {
            return string(first & 0x1f);
        } else if (first > MessagePack.MAP_32) {
            return integer((byte) first);
        }
        switch (first) {
            case MessagePack.NIL:
                return JsonToken.VALUE_NULL;
            case MessagePack.FALSE:
                return JsonToken.VALUE_FALSE;
            case MessagePack.TRUE:
                return JsonToken.VALUE_TRUE;
            case MessagePack.BINARY_8:
                return binary(unsigned8());
            case MessagePack.BINARY_16:
                return binary(unsigned16());
            case MessagePack.BINARY_32:
                return binary(unsigned32());
            case MessagePack.EXTENSION_8:
                return extension(unsigned8());
            case MessagePack.EXTENSION_16:
                return extension(unsigned16());
            case MessagePack.EXTENSION_32:
                return extension(unsigned32());
            case MessagePack.FLOAT_32:
                _numberFloat = Float.intBitsToFloat(integer32());
                _numberDouble = _numberFloat;
                _numTypesValid = NR_FLOAT | NR_DOUBLE;
                return JsonToken.VALUE_NUMBER_FLOAT;
            case MessagePack.FLOAT_64:
                _numberDouble = Double.longBitsToDouble(integer64());
                _numTypesValid = NR_DOUBLE;
                return JsonToken.VALUE_NUMBER_FLOAT;
            case MessagePack.UNSIGNED_8:
                return integer(unsigned8());
            case MessagePack.UNSIGNED_16:
                return integer(unsigned16());
            case MessagePack.UNSIGNED_32:
                return integer(unsigned32());
            case MessagePack.UNSIGNED_64:
                return unsigned64();
            case MessagePack.INTEGER_8:
                return integer((byte) unsigned8());
            case MessagePack.INTEGER_16:
                return integer((short) unsigned16());
            case MessagePack.INTEGER_32:
                return integer(integer32());
            case MessagePack.INTEGER_64:
                return integer(integer64());
            case MessagePack.STRING_8:
                return string(unsigned8());
            case MessagePack.STRING_16:
                return string(unsigned16());
            case MessagePack.STRING_32:
                return string(unsigned32());
            case MessagePack.ARRAY_16:
                return array(unsigned16());
            case MessagePack.ARRAY_32:
                return array(unsigned32());
            case MessagePack.MAP_16:
                return object(unsigned16());
            case MessagePack.MAP_32:
                return object(unsigned32());
            default:
                if (first >= MessagePack.FIX_EXTENSION_1 && first <= MessagePack.FIX_EXTENSION_16) {
                    return extension(1 << (first - MessagePack.FIX_EXTENSION_1));
                }
                throw malformed("the byte that is never used");
        }
    }

    // Containers

    private JsonToken array(long count) throws IOException {
        createChildArrayContext(-1, -1);
        push(count, count);
        return JsonToken.START_ARRAY;
    }

    private JsonToken object(long count) throws IOException {
        createChildObjectContext(-1, -1);
        push(count, 2 * count);
        return JsonToken.START_OBJECT;
    }

    private void push(long count, long atLeast) throws IOException {
        if (atLeast > end - at) {
            throw malformed("more entries than bytes");
        }
        if (depth == remaining.length) {
            remaining = Arrays.copyOf(remaining, 2 * depth);
        }
        remaining[depth++] = (int) count;
    }

    // Text and bytes

    private JsonToken string(long length) throws IOException {
        int start = take(length);
        String decoded = new String(bytes, start, (int) length, StandardCharsets.UTF_8);
        if (decoded.indexOf('\ufffd') >= 0) {
            // Stands in the text, or stands for what is no text.
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, start, (int) length));
        }
        text = decoded;
        return JsonToken.VALUE_STRING;
    }

    private JsonToken binary(long length) throws IOException {
        int start = take(length);
        embedded = Arrays.copyOfRange(bytes, start, at);
        return JsonToken.VALUE_EMBEDDED_OBJECT;
    }

    private JsonToken extension(long length) throws IOException {
        byte type = (byte) unsigned8();
        if (length > end - at) {
            throw malformed("a length beyond the end");
        }
        if (type == MessagePack.ILL_FORMED_TEXT && length % 2 == 0) {
            char[] chars = new char[(int) length / 2];
            for (int i = 0; i < chars.length; i++) {
                chars[i] = (char) unsigned16();
            }
            text = new String(chars);
            return JsonToken.VALUE_STRING;
        }
        if (type != MessagePack.TIMESTAMP) {
            throw malformed("an unknown extension");
        }
        long seconds;
        long nanos;
        if (length == 4) {
            nanos = 0;
            seconds = unsigned32();
        } else if (length == 8) {
            long both = integer64();
            nanos = both >>> 34;
            seconds = both & (1L << 34) - 1;
        } else if (length == 12) {
            nanos = unsigned32();
            seconds = integer64();
        } else {
            throw malformed("not a timestamp");
        }
        if (nanos > 999_999_999 || seconds < Instant.MIN.getEpochSecond() || seconds > Instant.MAX.getEpochSecond()) {
            throw malformed("not a timestamp");
        }
        embedded = Instant.ofEpochSecond(seconds, nanos);
        return JsonToken.VALUE_EMBEDDED_OBJECT;
    }

    // Numbers

    private JsonToken integer(long number) {
        if (number == (int) number) {
            _numberInt = (int) number;
            _numTypesValid = NR_INT;
        } else {
            _numberLong = number;
            _numTypesValid = NR_LONG;
        }
        return JsonToken.VALUE_NUMBER_INT;
    }

    private JsonToken unsigned64() throws IOException {
        long number = integer64();
        if (number >= 0) {
            return integer(number);
        }
        _numberBigInt = new BigInteger(1, Arrays.copyOfRange(bytes, at - 8, at));
        _numTypesValid = NR_BIGINT;
        return JsonToken.VALUE_NUMBER_INT;
    }

    private int unsigned8() throws IOException {
        return bytes[take(1)] & 0xff;
    }

    private int unsigned16() throws IOException {
        int start = take(2);
        return (bytes[start] & 0xff) << 8 | bytes[start + 1] & 0xff;
    }

    private int integer32() throws IOException {
        return unsigned16() << 16 | unsigned16();
    }

    private long unsigned32() throws IOException {
        return integer32() & 0xffff_ffffL;
    }

    private long integer64() throws IOException {
        return unsigned32() << 32 | unsigned32();
    }

    /** Goes on, and says where it was; the one place that bounds every length. */
    private int take(long length) throws IOException {
        int start = at;
        if (length > end - start) {
            throw malformed("a length beyond the end");
        }
        at = start + (int) length;
        return start;
    }

    private JsonParseException malformed(String what) {
        return new JsonParseException(this, what);
    }

    // What the current token is

    @Override
    public @Nullable String getText() throws IOException {
        if (_currToken == null) {
            return null;
        }
        switch (_currToken) {
            case FIELD_NAME:
                return currentName();
            case VALUE_STRING:
                return text;
            case VALUE_NUMBER_INT:
            case VALUE_NUMBER_FLOAT:
                return getNumberValue().toString();
            default:
                return _currToken.asString();
        }
    }

    @Override
    public char[] getTextCharacters() throws IOException {
        String current = getText();
        return current == null ? new char[0] : current.toCharArray();
    }

    @Override
    public int getTextLength() throws IOException {
        return getTextCharacters().length;
    }

    @Override
    public int getTextOffset() {
        return 0;
    }

    @Override
    public boolean hasTextCharacters() {
        return false;
    }

    @Override
    public @Nullable Object getEmbeddedObject() {
        return _currToken == JsonToken.VALUE_EMBEDDED_OBJECT ? embedded : null;
    }

    @Override
    public byte[] getBinaryValue(Base64Variant variant) throws IOException {
        if (getEmbeddedObject() instanceof byte[] binary) {
            return binary;
        }
        throw malformed("not bytes");
    }

    @Override
    public @Nullable ObjectCodec getCodec() {
        return codec;
    }

    @Override
    public void setCodec(ObjectCodec codec) {
        this.codec = codec;
    }

    @Override
    protected void _closeInput() {
        // The array is the caller's.
    }
}
