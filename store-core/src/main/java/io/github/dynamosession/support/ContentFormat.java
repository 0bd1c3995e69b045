// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.support;

import io.github.dynamosession.spi.CustomValue;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.IndexMark;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.Token;
import io.github.dynamosession.spi.UnsupportedFormatException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a {@link Content}: a format number, a kind, and the fields in order, as {@link DataOutputStream} writes
 * them. Texts are UTF-16 with a length of four bytes: an attribute's name may hold lone surrogates and be long.
 */
final class ContentFormat {
    private static final int FORMAT = 1;

    /** Beside format 1: custom attributes behind those of the data, and marks. Written only where there are any. */
    private static final int CUSTOM_FORMAT = 2;

    /** As format 2, and a lock at the end. Written only where there is one. */
    private static final int LOCK_FORMAT = 3;

    private static final int LIVE = 1;
    private static final int REDIRECT = 2;
    private static final int ENDED = 3;
    private static final int MARK = 4;

    /** Stands for an idle timeout, or an instant, that is not there. */
    private static final long NONE = Long.MIN_VALUE;

    private ContentFormat() {}

    static byte[] write(Content content) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        try {
            out.writeByte(format(content));
            if (content instanceof Content.Live live) {
                out.writeByte(LIVE);
                writeLive(live, out);
            } else if (content instanceof Content.Redirect redirect) {
                out.writeByte(REDIRECT);
                writeRedirect(redirect, out);
            } else if (content instanceof Content.Ended ended) {
                out.writeByte(ENDED);
                writeToken(ended.uid, out);
                writeToken(ended.deletion, out);
                writeInstant(ended.endedAt, out);
            } else if (content instanceof Content.Mark mark) {
                out.writeByte(MARK);
                out.writeLong(mark.mark.generation());
                writeOptional(mark.mark.spared().orElse(null), out);
            }
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return bytes.toByteArray();
    }

    private static int format(Content content) {
        if (content instanceof Content.Live live) {
            boolean custom = !live.session.custom().isEmpty();
            return live.lock != null ? LOCK_FORMAT : custom ? CUSTOM_FORMAT : FORMAT;
        }
        return content instanceof Content.Mark ? CUSTOM_FORMAT : FORMAT;
    }

    static Content read(byte[] bytes) {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
        try {
            int format = in.readUnsignedByte();
            if (format < FORMAT || format > LOCK_FORMAT) {
                throw new UnsupportedFormatException(
                        "a row has format " + format + ", this release reads " + FORMAT + " to " + LOCK_FORMAT);
            }
            int kind = in.readUnsignedByte();
            Content content = switch (kind) {
                case LIVE -> readLive(in, format);
                case REDIRECT -> readRedirect(in);
                case ENDED -> new Content.Ended(readToken(in), readToken(in), readInstant(in));
                case MARK -> new Content.Mark(new IndexMark(in.readLong(), Optional.ofNullable(readOptionalToken(in))));
                default ->
                    throw new UnsupportedFormatException(
                            "a row is of kind " + kind + ", which this release does not know");
            };
            if (in.read() >= 0) {
                throw new UnsupportedFormatException("a row of format " + format + " has bytes after its end");
            }
            return content;
        } catch (IOException | IllegalArgumentException broken) {
            throw new UnsupportedFormatException("a row of format " + FORMAT + " is broken");
        }
    }

    private static void writeLive(Content.Live live, DataOutputStream out) throws IOException {
        StoredSession session = live.session;
        writeToken(session.uid(), out);
        out.writeLong(session.version());
        writeInstant(session.createdAt(), out);
        writeInstant(session.accessedAt(), out);
        out.writeLong(session.idleTimeout().map(Duration::toMillis).orElse(NONE));
        writeOptional(session.expiresAt().orElse(null), out);
        writeOptional(session.absoluteExpiry().orElse(null), out);
        writeOptional(session.keyBinding().orElse(null), out);
        writeOptional(live.lastWrite, out);
        writeInstant(live.keyedAt, out);
        out.writeBoolean(live.origin != null);
        if (live.origin != null) {
            writeText(live.origin.from().value(), out);
            writeToken(live.origin.change(), out);
        }
        out.writeInt(session.attributes().size());
        for (Map.Entry<String, EncodedValue> attribute : session.attributes().entrySet()) {
            writeText(attribute.getKey(), out);
            out.writeByte(attribute.getValue().format());
            writeBytes(attribute.getValue().bytes(), out);
        }
        if (format(live) >= CUSTOM_FORMAT) {
            out.writeInt(session.custom().size());
            for (Map.Entry<String, CustomValue> attribute : session.custom().entrySet()) {
                writeText(attribute.getKey(), out);
                CustomValueFormat.write(attribute.getValue().value(), out);
            }
        }
        if (live.lock != null) {
            writeToken(live.lock.owner(), out);
            writeInstant(live.lock.until(), out);
        }
    }

    private static Content.Live readLive(DataInputStream in, int rowFormat) throws IOException {
        StoredSession.Builder session = StoredSession.builder()
                .uid(readToken(in))
                .version(in.readLong())
                .createdAt(readInstant(in))
                .accessedAt(readInstant(in));
        long idleTimeout = in.readLong();
        session.idleTimeout(idleTimeout == NONE ? null : Duration.ofMillis(idleTimeout))
                .expiresAt(readOptionalInstant(in))
                .absoluteExpiry(readOptionalInstant(in))
                .keyBinding(readOptionalToken(in));
        Token lastWrite = readOptionalToken(in);
        Instant keyedAt = readInstant(in);
        Content.Origin origin =
                in.readBoolean() ? new Content.Origin(SessionKey.of(readText(in)), readToken(in)) : null;
        int count = in.readInt();
        Map<String, EncodedValue> attributes = new HashMap<>();
        for (int i = 0; i < count; i++) {
            String name = readText(in);
            int format = in.readUnsignedByte();
            attributes.put(name, EncodedValue.of(format, readBytes(in)));
        }
        if (rowFormat >= CUSTOM_FORMAT) {
            Map<String, CustomValue> custom = new HashMap<>();
            for (int left = in.readInt(); left > 0; left--) {
                String name = readText(in);
                Object value = CustomValueFormat.read(in);
                if (value == null) {
                    throw new IOException("a custom attribute has no value");
                }
                custom.put(name, CustomValue.of(value));
            }
            session.custom(custom);
        }
        Content.Lock lock = rowFormat >= LOCK_FORMAT ? new Content.Lock(readToken(in), readInstant(in)) : null;
        return new Content.Live(session.attributes(attributes).build(), lastWrite, keyedAt, origin, lock);
    }

    private static void writeRedirect(Content.Redirect redirect, DataOutputStream out) throws IOException {
        writeText(redirect.target.value(), out);
        writeToken(redirect.uid, out);
        out.writeByte(reason(redirect.reason));
        writeToken(redirect.change, out);
        out.writeLong(redirect.version);
        writeOptional(redirect.lastWrite, out);
        writeInstant(redirect.movedAt, out);
        writeOptional(redirect.sessionEnds, out);
    }

    private static int reason(KeyChangeReason reason) {
        return switch (reason) {
            case PRIVILEGE_CHANGE -> 0;
            case ROTATION -> 1;
            case STEP_UP -> 2;
        };
    }

    /** A reason that this release does not know is taken for the strict one. */
    private static KeyChangeReason reason(byte stored) {
        return switch (stored) {
            case 1 -> KeyChangeReason.ROTATION;
            case 2 -> KeyChangeReason.STEP_UP;
            default -> KeyChangeReason.PRIVILEGE_CHANGE;
        };
    }

    private static Content.Redirect readRedirect(DataInputStream in) throws IOException {
        return new Content.Redirect(
                SessionKey.of(readText(in)),
                readToken(in),
                reason(in.readByte()),
                readToken(in),
                in.readLong(),
                readOptionalToken(in),
                readInstant(in),
                readOptionalInstant(in));
    }

    private static void writeInstant(Instant instant, DataOutputStream out) throws IOException {
        out.writeLong(instant.toEpochMilli());
    }

    private static Instant readInstant(DataInputStream in) throws IOException {
        return Instant.ofEpochMilli(in.readLong());
    }

    private static void writeOptional(@Nullable Instant instant, DataOutputStream out) throws IOException {
        out.writeLong(instant == null ? NONE : instant.toEpochMilli());
    }

    private static @Nullable Instant readOptionalInstant(DataInputStream in) throws IOException {
        long millis = in.readLong();
        return millis == NONE ? null : Instant.ofEpochMilli(millis);
    }

    private static void writeToken(Token token, DataOutputStream out) throws IOException {
        writeBytes(token.bytes(), out);
    }

    private static Token readToken(DataInputStream in) throws IOException {
        return Token.of(readBytes(in));
    }

    /** A token is never empty, so nothing stands for none. */
    private static void writeOptional(@Nullable Token token, DataOutputStream out) throws IOException {
        writeBytes(token == null ? new byte[0] : token.bytes(), out);
    }

    private static @Nullable Token readOptionalToken(DataInputStream in) throws IOException {
        byte[] bytes = readBytes(in);
        return bytes.length == 0 ? null : Token.of(bytes);
    }

    static void writeText(String text, DataOutputStream out) throws IOException {
        out.writeInt(text.length());
        out.writeChars(text);
    }

    static String readText(DataInputStream in) throws IOException {
        int length = in.readInt();
        byte[] bytes = readExactly(in, 2L * length);
        StringBuilder text = new StringBuilder(length);
        for (int i = 0; i < bytes.length; i += 2) {
            text.append((char) ((bytes[i] & 0xff) << 8 | (bytes[i + 1] & 0xff)));
        }
        return text.toString();
    }

    static void writeBytes(byte[] bytes, DataOutputStream out) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    static byte[] readBytes(DataInputStream in) throws IOException {
        return readExactly(in, in.readInt());
    }

    /** A broken length asks for no memory that the stored bytes do not fill. */
    private static byte[] readExactly(DataInputStream in, long length) throws IOException {
        if (length < 0 || length > in.available()) {
            throw new IOException("a length is beyond the end");
        }
        return in.readNBytes((int) length);
    }
}
