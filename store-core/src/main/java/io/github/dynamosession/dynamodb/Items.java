// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.IndexMark;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.PartPointer;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionDelta.Access;
import io.github.dynamosession.spi.SessionDelta.Condition;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.SessionTooLargeException;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.Token;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * Items of storage formats 1 and 2, written and read. {@code docs/storage-format.md} is the specification.
 *
 * <p>What this release does not know in a row it read stays where it is: unknown top-level attributes
 * and unreadable values move with a change of id and survive every other write.
 */
final class Items {
    /** The format of a row that needs nothing newer: writers write the oldest that can say what they have to say. */
    static final int FORMAT = 1;

    /** The format of parts and of sessions that have some. */
    static final int FORMAT_WITH_PARTS = 2;

    /** The newest format that this release reads. */
    static final int NEWEST_FORMAT = FORMAT_WITH_PARTS;

    /** The oldest format that this release reads. */
    static final int OLDEST_FORMAT = 1;

    static final String SESSION = "session";
    static final String REDIRECT = "redirect";
    static final String ENDED = "ended";
    static final String MARK = "mark";
    static final String PART = "part";

    /**
     * The format id that no codec has: it stands for a stored value that is no encoded value at all, so
     * that decoding it fails like that of any format that is not registered, instead of the whole
     * session.
     */
    static final int UNREADABLE = 63;

    /** DynamoDB's limit for an item. */
    static final int MAX_ITEM_BYTES = 400 * 1024;

    /** How long the trace of an ended session keeps a put out that was sent twice and arrives late. */
    static final Duration ENDED_KEPT = Duration.ofHours(1);

    /** How long the copy of a session without an end is kept whose id change may not have happened. */
    static final Duration COPY_KEPT = Duration.ofDays(1);

    /** How long a redirect stays beyond the session that it leads to: whoever finds that one can ask it. */
    static final Duration REDIRECT_KEPT = Duration.ofDays(1);

    /** How long a row stays beyond its {@code ttl} where a sweep has to do what TTL does elsewhere. */
    static final Duration LEFTOVER_KEPT = Duration.ofDays(1);

    private static final long MILLIS_PER_SECOND = 1000;
    private static final byte[] NO_BYTES = {};
    private static final char REPLACEMENT = '\uFFFD';

    private final ItemAttributes names;
    private final Duration ttlGrace;

    /**
     * Items of a table.
     *
     * @param ttlGrace how long TTL leaves a session's row beyond the session's end
     */
    Items(ItemAttributes names, Duration ttlGrace) {
        this.names = names;
        this.ttlGrace = ttlGrace;
    }

    ItemAttributes names() {
        return names;
    }

    @Nullable
    Row row(Map<String, AttributeValue> item) {
        return Row.of(item, names);
    }

    Map<String, AttributeValue> key(SessionKey key) {
        return Map.of(names.name(ItemAttribute.ID), text(key.value()));
    }

    /**
     * The row of a new session.
     *
     * @param partsUntil until when the parts are kept that it points to; null: it points to none
     */
    Map<String, AttributeValue> session(SessionKey key, StoredSession session, @Nullable Long partsUntil) {
        Map<String, AttributeValue> data = new HashMap<>();
        long size = 0;
        for (Map.Entry<String, EncodedValue> attribute : session.attributes().entrySet()) {
            size += attribute.getValue().length();
            requireFits(size);
            data.put(Names.escape(attribute.getKey()), value(attribute.getValue()));
        }
        Map<String, AttributeValue> item = new HashMap<>();
        put(item, ItemAttribute.ID, text(key.value()));
        put(item, ItemAttribute.KIND, text(SESSION));
        put(item, ItemAttribute.FMT, number(FORMAT));
        partsUntil(item, partsUntil);
        put(item, ItemAttribute.UID, token(session.uid()));
        put(item, ItemAttribute.DATA, AttributeValue.fromM(data));
        put(item, ItemAttribute.VERSION, number(session.version()));
        put(item, ItemAttribute.WRITE, token(session.uid()));
        put(item, ItemAttribute.CREATED_AT, millis(session.createdAt()));
        put(item, ItemAttribute.ACCESSED_AT, millis(session.accessedAt()));
        session.idleTimeout().ifPresent(idle -> put(item, ItemAttribute.IDLE_TIMEOUT, number(idle.toMillis())));
        session.expiresAt().ifPresent(end -> {
            put(item, ItemAttribute.EXPIRES_AT, millis(end));
            put(item, ItemAttribute.TTL, ttlOfSession(end));
        });
        session.absoluteExpiry().ifPresent(end -> put(item, ItemAttribute.ABSOLUTE_EXPIRY, millis(end)));
        session.keyBinding().ifPresent(keyBinding -> put(item, ItemAttribute.KEY_BINDING, token(keyBinding)));
        session.custom().forEach((name, value) -> item.put(name, CustomValues.write(value)));
        return item;
    }

    /**
     * The row of a session that moves: all that was there, under another key, the delta applied. It says where it came
     * from; one without an end is removed by TTL if the move stops half-way.
     *
     * @param until when the parts are kept that the delta points to; null: it points to none
     */
    Map<String, AttributeValue> copy(
            Row row, SessionKey from, SessionKey to, SessionDelta delta, @Nullable Long until, Instant now) {
        Map<String, AttributeValue> item = new HashMap<>(row.item());
        partsUntil(item, until);
        item.remove(names.name(ItemAttribute.LOCK_OWNER));
        item.remove(names.name(ItemAttribute.LOCK_UNTIL));
        put(item, ItemAttribute.ID, text(to.value()));
        put(item, ItemAttribute.MOVED_FROM, text(from.value()));
        put(item, ItemAttribute.CHANGE, token(delta.write()));
        if (!delta.set().isEmpty() || !delta.removed().isEmpty()) {
            put(item, ItemAttribute.DATA, changedData(row, delta));
        }
        if (delta.changesData()) {
            put(item, ItemAttribute.VERSION, number(row.version() + 1));
            put(item, ItemAttribute.WRITE, token(delta.write()));
        }
        delta.keyBinding().ifPresent(keyBinding -> put(item, ItemAttribute.KEY_BINDING, token(keyBinding)));
        delta.custom()
                .forEach((name, value) -> value.ifPresentOrElse(
                        given -> item.put(name, CustomValues.write(given)), () -> item.remove(name)));
        delta.access().filter(access -> records(row, delta)).ifPresent(access -> {
            put(item, ItemAttribute.ACCESSED_AT, millis(access.accessedAt()));
            putOrRemove(item, ItemAttribute.IDLE_TIMEOUT, access.idleTimeout().map(idle -> number(idle.toMillis())));
            putOrRemove(item, ItemAttribute.EXPIRES_AT, access.expiresAt().map(Items::millis));
            putOrRemove(item, ItemAttribute.TTL, access.expiresAt().map(this::ttlOfSession));
        });
        if (!item.containsKey(names.name(ItemAttribute.EXPIRES_AT))) {
            put(item, ItemAttribute.TTL, ttl(now.plus(COPY_KEPT)));
        }
        return item;
    }

    /** A lower bound stays one: what is there already is kept no longer than before. */
    private void partsUntil(Map<String, AttributeValue> item, @Nullable Long until) {
        if (until != null) {
            Long present = new Row(item, names).number(ItemAttribute.PARTS_UNTIL);
            put(item, ItemAttribute.PARTS_UNTIL, number(present == null ? until : Math.min(present, until)));
            put(item, ItemAttribute.FMT, number(FORMAT_WITH_PARTS));
        }
    }

    /** One row of a part. */
    Map<String, AttributeValue> part(Token uid, PartPointer pointer, int row, byte[] piece) {
        Map<String, AttributeValue> item = new HashMap<>();
        put(item, ItemAttribute.ID, text(pointer.rowKey(row).value()));
        put(item, ItemAttribute.KIND, text(PART));
        put(item, ItemAttribute.FMT, number(FORMAT_WITH_PARTS));
        put(item, ItemAttribute.UID, token(uid));
        put(item, ItemAttribute.CONTENT, binary(piece));
        pointer.until().ifPresent(until -> put(item, ItemAttribute.TTL, ttlOfSession(until)));
        return item;
    }

    /** The row of a session whose move is known to have happened. */
    Map<String, AttributeValue> confirmed(Row copy) {
        Map<String, AttributeValue> item = new HashMap<>(copy.item());
        item.remove(names.name(ItemAttribute.MOVED_FROM));
        item.remove(names.name(ItemAttribute.CHANGE));
        item.remove(names.name(ItemAttribute.TTL));
        return item;
    }

    /**
     * What replaces the whole row of a session that moved: no data, nothing of the application's. TTL leaves it there
     * until the session that it leads to has expired.
     */
    Map<String, AttributeValue> redirect(
            Row replaced, SessionKey from, Row copy, Token change, KeyChangeReason reason, Instant now) {
        Instant followed = now.plus(SessionStore.FOLLOW_WINDOW);
        Long end = copy.number(ItemAttribute.EXPIRES_AT);
        Instant kept = end == null
                ? now.plus(COPY_KEPT).plus(REDIRECT_KEPT)
                : Instant.ofEpochMilli(end)
                        .plus(SessionStore.SAVE_GRACE)
                        .plus(ttlGrace)
                        .plus(REDIRECT_KEPT);
        Map<String, AttributeValue> item = new HashMap<>();
        put(item, ItemAttribute.ID, text(from.value()));
        put(item, ItemAttribute.KIND, text(REDIRECT));
        put(item, ItemAttribute.FMT, number(FORMAT));
        put(item, ItemAttribute.UID, token(replaced.uid()));
        put(item, ItemAttribute.VERSION, number(replaced.version()));
        put(item, ItemAttribute.LAST_WRITE, replaced.write());
        put(item, ItemAttribute.CHANGE, token(change));
        put(item, ItemAttribute.TARGET, text(copy.key().value()));
        put(item, ItemAttribute.REASON, text(reason(reason)));
        put(item, ItemAttribute.MOVED_AT, millis(now));
        put(item, ItemAttribute.EXPIRES_AT, millis(followed));
        put(item, ItemAttribute.TTL, ttl(kept.isBefore(followed) ? followed : kept));
        return item;
    }

    /** What replaces the row of a session that ended: it reads as absent, and the key stays taken for a while. */
    Map<String, AttributeValue> ended(SessionKey key, Token end, Instant now) {
        Map<String, AttributeValue> item = new HashMap<>();
        put(item, ItemAttribute.ID, text(key.value()));
        put(item, ItemAttribute.KIND, text(ENDED));
        put(item, ItemAttribute.FMT, number(FORMAT));
        put(item, ItemAttribute.CHANGE, token(end));
        put(item, ItemAttribute.TTL, ttl(now.plus(ENDED_KEPT)));
        return item;
    }

    /** The row of an indexed value's mark. It has no {@code ttl}. */
    Map<String, AttributeValue> mark(SessionKey key, IndexMark mark) {
        Map<String, AttributeValue> item = new HashMap<>();
        put(item, ItemAttribute.ID, text(key.value()));
        put(item, ItemAttribute.KIND, text(MARK));
        put(item, ItemAttribute.FMT, number(FORMAT));
        put(item, ItemAttribute.GENERATION, number(mark.generation()));
        mark.spared().ifPresent(spared -> put(item, ItemAttribute.SPARED, token(spared)));
        return item;
    }

    /** The session in a row that {@link Row#isSession() is one}, in a known format. */
    StoredSession read(Row row) {
        Long idleTimeout = row.number(ItemAttribute.IDLE_TIMEOUT);
        return StoredSession.builder()
                .uid(row.uid())
                .version(row.version())
                .attributes(StoredValues.of(row.data()))
                .custom(row.custom())
                .createdAt(Instant.ofEpochMilli(row.required(ItemAttribute.CREATED_AT)))
                .accessedAt(Instant.ofEpochMilli(row.required(ItemAttribute.ACCESSED_AT)))
                .idleTimeout(idleTimeout == null ? null : Duration.ofMillis(idleTimeout))
                .expiresAt(instant(row.number(ItemAttribute.EXPIRES_AT)))
                .absoluteExpiry(instant(row.number(ItemAttribute.ABSOLUTE_EXPIRY)))
                .keyBinding(row.token(ItemAttribute.KEY_BINDING))
                .backing(row)
                .build();
    }

    /** The whole of {@code data} with a delta applied; values that the delta does not name stay as they are. */
    AttributeValue changedData(Row row, SessionDelta delta) {
        Map<String, AttributeValue> data = new HashMap<>(row.data());
        delta.set().forEach((name, value) -> data.put(Names.escape(name), value(value)));
        delta.removed().forEach(name -> data.remove(Names.escape(name)));
        return AttributeValue.fromM(data);
    }

    /** Whether a delta's condition holds for a session's row. */
    static boolean holds(Row row, Condition condition) {
        if (condition instanceof Condition.VersionIs wanted) {
            return row.version() == wanted.version();
        }
        if (condition instanceof Condition.AttributesUnchanged unchanged) {
            Map<String, AttributeValue> data = row.data();
            for (Map.Entry<String, Optional<EncodedValue>> expected :
                    unchanged.expected().entrySet()) {
                AttributeValue stored = data.get(Names.escape(expected.getKey()));
                if (!Optional.ofNullable(stored).map(Items::value).equals(expected.getValue())) {
                    return false;
                }
            }
        }
        return true;
    }

    /**
     * Whether a row takes the access of a delta: it moves neither the end nor the access backward, and
     * the idle timeout is the one that it was computed from (C36).
     */
    static boolean records(Row row, SessionDelta delta) {
        Access access = delta.access().orElse(null);
        if (access == null) {
            return false;
        }
        if (delta.changesIdleTimeout()) {
            return true;
        }
        Long idleTimeout = access.idleTimeout().map(Duration::toMillis).orElse(null);
        if (!Objects.equals(row.number(ItemAttribute.IDLE_TIMEOUT), idleTimeout)) {
            return false;
        }
        long end = endOrNever(row.number(ItemAttribute.EXPIRES_AT));
        long newEnd = endOrNever(access.expiresAt().map(Instant::toEpochMilli).orElse(null));
        return end <= newEnd
                && row.required(ItemAttribute.ACCESSED_AT)
                        <= access.accessedAt().toEpochMilli();
    }

    /** Refuses a delta that no item can hold, and names that DynamoDB refuses, before any I/O. */
    static void requireFits(SessionDelta delta) {
        long size = 0;
        for (Map.Entry<String, EncodedValue> attribute : delta.set().entrySet()) {
            Names.escape(attribute.getKey());
            size += attribute.getValue().length();
            requireFits(size);
        }
        delta.removed().forEach(Names::escape);
        if (delta.condition() instanceof Condition.AttributesUnchanged unchanged) {
            unchanged.expected().keySet().forEach(Names::escape);
        }
    }

    static AttributeValue value(EncodedValue value) {
        byte[] bytes = value.bytes();
        if (value.format() == EncodedValue.JSON) {
            String text = utf8OrNull(bytes);
            if (text != null) {
                return text(text);
            }
        }
        byte[] stored = new byte[bytes.length + 1];
        stored[0] = (byte) value.format();
        System.arraycopy(bytes, 0, stored, 1, bytes.length);
        return binary(stored);
    }

    static EncodedValue value(AttributeValue stored) {
        if (stored.s() != null) {
            return EncodedValue.ofJson(stored.s());
        }
        if (stored.b() == null) {
            return EncodedValue.of(UNREADABLE, NO_BYTES);
        }
        byte[] bytes = stored.b().asByteArrayUnsafe();
        if (bytes.length == 0 || bytes[0] < 1) {
            return EncodedValue.of(UNREADABLE, bytes);
        }
        EncodedValue value = EncodedValue.of(bytes[0], Arrays.copyOfRange(bytes, 1, bytes.length));
        if (value.format() == EncodedValue.JSON && utf8OrNull(value.bytes()) != null) {
            // We would have written text: comparing this with what is stored would never succeed.
            return EncodedValue.of(UNREADABLE, bytes);
        }
        return value;
    }

    static AttributeValue number(long number) {
        return AttributeValue.fromN(Long.toString(number));
    }

    static AttributeValue millis(Instant instant) {
        return number(instant.toEpochMilli());
    }

    /** For a session with this end and its parts: later by the grace that leaves a sweep time to find them. */
    AttributeValue ttlOfSession(Instant end) {
        return ttl(end.plus(ttlGrace));
    }

    /** Seconds, rounded up: TTL never removes a session before its end. */
    static AttributeValue ttl(Instant end) {
        return number(-Math.floorDiv(-end.toEpochMilli(), MILLIS_PER_SECOND));
    }

    static AttributeValue token(Token token) {
        return binary(token.bytes());
    }

    static AttributeValue text(String text) {
        return AttributeValue.fromS(text);
    }

    static String reason(KeyChangeReason reason) {
        return switch (reason) {
            case PRIVILEGE_CHANGE -> "privilege-change";
            case STEP_UP -> "step-up";
            case ROTATION -> "rotation";
        };
    }

    private static AttributeValue binary(byte[] bytes) {
        return AttributeValue.fromB(SdkBytes.fromByteArrayUnsafe(bytes));
    }

    private static void requireFits(long size) {
        if (size > MAX_ITEM_BYTES) {
            throw tooLarge(null);
        }
    }

    static SessionTooLargeException tooLarge(@Nullable Throwable cause) {
        return new SessionTooLargeException(
                "the session would be larger than " + MAX_ITEM_BYTES / 1024
                        + " KB, DynamoDB's limit for an item; nothing was changed",
                cause);
    }

    /** The text, if the bytes are exactly its UTF-8. */
    private static @Nullable String utf8OrNull(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        boolean suspicious = text.indexOf(REPLACEMENT) >= 0;
        return suspicious && !Arrays.equals(text.getBytes(StandardCharsets.UTF_8), bytes) ? null : text;
    }

    private static long endOrNever(@Nullable Long end) {
        return end == null ? Long.MAX_VALUE : end;
    }

    private static @Nullable Instant instant(@Nullable Long millis) {
        return millis == null ? null : Instant.ofEpochMilli(millis);
    }

    private void put(Map<String, AttributeValue> item, ItemAttribute attribute, AttributeValue value) {
        item.put(names.name(attribute), value);
    }

    private void putOrRemove(
            Map<String, AttributeValue> item, ItemAttribute attribute, Optional<AttributeValue> value) {
        if (value.isPresent()) {
            put(item, attribute, value.get());
        } else {
            item.remove(names.name(attribute));
        }
    }
}
