// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.engine;

import io.github.dynamosession.UnreadablePolicy;
import io.github.dynamosession.crypto.ValueProtection;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.SelectiveCodec;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.TamperedValueException;
import io.github.dynamosession.spi.UnreadableValueException;
import io.github.dynamosession.spi.UnstorableValueException;
import java.lang.reflect.Type;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One codec writes, and another one what the first refuses, if there is one; every registered one reads:
 * how a fleet moves from one format to another. Knows plain encodings only; what lies between those and
 * the store is an {@link ValueProtection}'s.
 */
public final class Codecs {
    private static final Logger LOG = LoggerFactory.getLogger(Codecs.class);

    /** Code points of a name in a message. */
    private static final int LONGEST_NAME = 100;

    private final SessionCodec writer;
    private final @Nullable SelectiveCodec front;
    private final @Nullable SessionCodec fallback;
    private final Map<Integer, SessionCodec> readers = new HashMap<>();
    private final UnreadablePolicy unreadable;
    private final Set<String> required;
    private final SessionObserver observer;
    private final boolean logNames;

    /** The types of values of which it was told that a late change was dropped: some frameworks do that all the time. */
    private final Set<String> overtaken = ConcurrentHashMap.newKeySet();

    public Codecs(
            SessionCodec writer,
            @Nullable SelectiveCodec front,
            @Nullable SessionCodec fallback,
            List<SessionCodec> readers,
            UnreadablePolicy unreadable,
            Set<String> required,
            SessionObserver observer,
            boolean logNames) {
        this.writer = writer;
        this.front = front;
        this.fallback = fallback;
        readers.forEach(reader -> this.readers.put(reader.format(), reader));
        if (fallback != null) {
            this.readers.put(fallback.format(), fallback);
        }
        if (front != null) {
            this.readers.put(front.format(), front);
        }
        this.readers.put(writer.format(), writer);
        this.unreadable = unreadable;
        this.required = Set.copyOf(required);
        this.observer = observer;
        this.logNames = logNames;
    }

    EncodedValue encode(Object value) {
        SessionCodec first = front != null && front.isFor(value) ? front : writer;
        SessionCodec second = fallback;
        try {
            return EncodedValue.of(first.format(), first.encode(value));
        } catch (UnstorableValueException refusal) {
            if (second == null) {
                throw refusal;
            }
            try {
                return EncodedValue.of(second.format(), second.encode(value));
            } catch (UnstorableValueException other) {
                // Frameworks log the innermost cause first, which would tell the fallback's setting alone: there is
                // none.
                UnstorableValueException both = new UnstorableValueException(
                        refusal.getMessage() + "; nor does the fallback codec: " + other.getMessage(), null);
                both.addSuppressed(refusal);
                both.addSuppressed(other);
                throw both;
            }
        }
    }

    /**
     * The encoding of a value that was decoded, in order to find out whether it has changed: what no codec
     * writes any more is encoded by the one that read it.
     *
     * @param format that it was decoded from
     */
    EncodedValue encodeAgain(Object value, int format) {
        try {
            return encode(value);
        } catch (UnstorableValueException refusal) {
            SessionCodec reader = readers.get(format);
            if (reader == null || isWritten(format)) {
                throw refusal;
            }
            try {
                return EncodedValue.of(format, reader.encode(value));
            } catch (RuntimeException e) {
                // It is registered for reading, and whatever it says of writing is nobody's concern.
                throw refusal;
            }
        }
    }

    /** Whether values of this format are stored. */
    boolean isWritten(int format) {
        return format == writer.format() || (fallback != null && format == fallback.format()) || isOfFront(format);
    }

    private boolean isOfFront(int format) {
        return front != null && format == front.format();
    }

    /** Whether a value of this encoding, once decoded, stays as it is. */
    boolean isUnchanging(Object value, @Nullable EncodedValue plain) {
        return Immutables.isImmutable(value) || (plain != null && isOfFront(plain.format()));
    }

    /** Whether a session is not opened at all if any of its attributes cannot be read. */
    boolean requiresAll() {
        return unreadable == UnreadablePolicy.NEW_SESSION;
    }

    /** Whether a session is opened whatever its attributes are, so that none is decoded for it. */
    boolean requiresNothing() {
        return !requiresAll() && required.isEmpty();
    }

    /** The names of those that the application wants to be readable, whatever the others are. */
    Set<String> required() {
        return required;
    }

    /** Whether an attribute that cannot be read is to look like one that is not there. */
    boolean hides(String name, UnreadableValueException reason) {
        return unreadable == UnreadablePolicy.HIDE
                && !required.contains(name)
                && !(reason instanceof TamperedValueException);
    }

    /** An attribute cannot be read as {@code wanted}, and looks like one that is not there. */
    void hidden(String name, Type wanted, UnreadableValueException reason) {
        LOG.warn(warning(name, wanted, reason));
    }

    public String warning(String name, Type wanted, UnreadableValueException reason) {
        return attribute("A session attribute", name) + " cannot be read"
                + (wanted == Object.class ? "" : " as " + wanted.getTypeName())
                + " and is hidden; its stored value is kept: " + reason.getMessage();
    }

    /** With the attribute's name if the application has allowed that: names may hold what users wrote. */
    private String attribute(String what, String name) {
        return logNames ? what + " (" + printable(name) + ")" : what;
    }

    /** A name for a message, on one line. */
    static String printable(String name) {
        StringBuilder text = new StringBuilder("\"");
        name.codePoints()
                .limit(LONGEST_NAME)
                .map(c -> Character.isISOControl(c)
                                || Character.getType(c) == Character.SURROGATE
                                || Character.getType(c) == Character.FORMAT
                                || c == '\u2028'
                                || c == '\u2029'
                        ? '?'
                        : c)
                .forEach(text::appendCodePoint);
        return text.append(name.codePointCount(0, name.length()) > LONGEST_NAME ? "\u2026\"" : "\"")
                .toString();
    }

    void notifyObserver(UnreadableValueException reason) {
        Observers.notify(() -> observer.unreadableAttribute(reason));
    }

    /** A session is not opened, for an attribute that it must have cannot be read. */
    void refused(String name, UnreadableValueException reason) {
        notifyObserver(reason);
        LOG.warn(
                "A session is not opened, because {} cannot be read; what is stored is kept: {}",
                attribute("a required attribute", name),
                reason.getMessage());
    }

    /** An attribute is left behind, for the session that it is bound to is another one. */
    void dropped(String name, UnreadableValueException reason) {
        notifyObserver(reason);
        LOG.warn(
                "{} cannot be read and is not taken along: {}",
                attribute("A session attribute", name),
                reason.getMessage());
    }

    /** A change that was made in place after the response is not stored, for others have changed the attribute. */
    void overtaken(@Nullable Object value) {
        String type = value == null ? "nothing" : value.getClass().getName();
        Observers.notify(() -> observer.lateChangeDropped());
        if (overtaken.add(type)) {
            LOG.warn(
                    "A session attribute of {} was changed in place after the request had saved it or was answered,"
                            + " and another request has changed it since: the late change is not stored. Change it"
                            + " before the response is sent, or call set. Further ones are logged at debug level",
                    type);
        } else {
            LOG.debug("A late change to a session attribute of {} is not stored", type);
        }
    }

    /** Whether the stored value, decoded and encoded anew, is {@code encoding}: two spellings of one value. */
    boolean sameValue(EncodedValue stored, EncodedValue encoding, Type type) {
        try {
            return encodeAgain(decode(stored, type), stored.format()).equals(encoding);
        } catch (UnreadableValueException | UnstorableValueException e) {
            return false;
        }
    }

    Object decode(EncodedValue value, Type type) {
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
