// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession;

import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.TamperedValueException;
import io.github.dynamosession.spi.UnreadableValueException;
import java.lang.reflect.Type;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One codec writes, every registered one reads: how a fleet moves from one format to another. Knows
 * plain encodings only; what lies between those and the store is an {@link Envelope}'s.
 */
final class Codecs {
    private static final Logger LOG = LoggerFactory.getLogger(SessionManager.class);

    private final SessionCodec writer;
    private final Map<Integer, SessionCodec> readers = new HashMap<>();
    private final UnreadablePolicy unreadable;
    private final SessionObserver observer;

    Codecs(SessionCodec writer, List<SessionCodec> readers, UnreadablePolicy unreadable, SessionObserver observer) {
        this.writer = writer;
        readers.forEach(reader -> this.readers.put(reader.format(), reader));
        this.readers.put(writer.format(), writer);
        this.unreadable = unreadable;
        this.observer = observer;
    }

    EncodedValue encode(Object value) {
        return EncodedValue.of(writer.format(), writer.encode(value));
    }

    /**
     * The decoded value; empty if it cannot be decoded and the policy is to hide that.
     *
     * @param plain gives what a codec wrote, or throws if that cannot be had
     */
    Optional<Object> read(Supplier<EncodedValue> plain, Type type) {
        try {
            return Optional.of(decode(plain.get(), type));
        } catch (UnreadableValueException e) {
            Observers.notify(() -> observer.unreadableAttribute(e));
            if (unreadable == UnreadablePolicy.FAIL || e instanceof TamperedValueException) {
                throw e;
            }
            LOG.warn("A session attribute cannot be read and is hidden; its stored value is kept: {}", e.getMessage());
            return Optional.empty();
        }
    }

    /** An attribute is left behind, for the session that it is bound to is another one. */
    void dropped(UnreadableValueException reason) {
        Observers.notify(() -> observer.unreadableAttribute(reason));
        LOG.warn("A session attribute cannot be read and is not taken along: {}", reason.getMessage());
    }

    /** Whether the stored value, decoded and encoded anew, is {@code encoding}: two spellings of one value. */
    boolean sameValue(EncodedValue stored, EncodedValue encoding, Type type) {
        try {
            return encode(decode(stored, type)).equals(encoding);
        } catch (UnreadableValueException e) {
            return false;
        }
    }

    private Object decode(EncodedValue value, Type type) {
        SessionCodec reader = readers.get(value.format());
        if (reader == null) {
            throw new UnreadableValueException(
                    "the stored value has format " + value.format()
                            + ", and no codec of that format is registered: see SessionManager.Builder.readableCodec",
                    null);
        }
        return reader.decode(value.bytes(), type);
    }
}
