// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import io.github.dynamosession.spi.CustomValue;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.Token;
import io.github.dynamosession.spi.UnsupportedFormatException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * An item as DynamoDB gave it, with typed access to the attributes that this release knows. It is the
 * {@link io.github.dynamosession.spi.StoredSession#backing()} of what this store finds, so that a change
 * of id moves what this release does not know, too.
 *
 * @param item the whole item, not to be changed
 * @param names what its attributes are called
 */
record Row(Map<String, AttributeValue> item, ItemAttributes names) {
    /** What every write of a session's row changes at least one of. */
    private static final List<ItemAttribute> STATE = List.of(
            ItemAttribute.UID,
            ItemAttribute.VERSION,
            ItemAttribute.WRITE,
            ItemAttribute.ACCESSED_AT,
            ItemAttribute.EXPIRES_AT);

    static @Nullable Row of(Map<String, AttributeValue> item, ItemAttributes names) {
        return item.isEmpty() ? null : new Row(item, names);
    }

    boolean isSession() {
        return Items.SESSION.equals(text(ItemAttribute.KIND));
    }

    /** The piece of a value that this row holds; empty unless it is a part of that session. */
    Optional<byte[]> content(Token uid) {
        AttributeValue content = get(ItemAttribute.CONTENT);
        boolean ours = Items.PART.equals(text(ItemAttribute.KIND)) && has(ItemAttribute.UID, uid);
        if (!ours || content == null || content.b() == null) {
            return Optional.empty();
        }
        requireKnownFormat();
        return Optional.of(content.b().asByteArrayUnsafe());
    }

    boolean isRedirect() {
        return Items.REDIRECT.equals(text(ItemAttribute.KIND));
    }

    boolean isMark() {
        return Items.MARK.equals(text(ItemAttribute.KIND));
    }

    /** The attributes that are none of this release's. */
    Map<String, CustomValue> custom() {
        Map<String, CustomValue> custom = Map.of();
        for (Map.Entry<String, AttributeValue> attribute : item.entrySet()) {
            CustomValue value = names.has(attribute.getKey()) ? null : CustomValues.read(attribute.getValue());
            if (value != null) {
                custom = custom.isEmpty() ? new HashMap<>() : custom;
                custom.put(attribute.getKey(), value);
            }
        }
        return custom;
    }

    /** Whether it is the trace that this end of a session left. */
    boolean isEndedBy(Token end) {
        return isEnded() && has(ItemAttribute.CHANGE, end);
    }

    /** Whether this is the trace that an ended session left. */
    boolean isEnded() {
        return Items.ENDED.equals(text(ItemAttribute.KIND));
    }

    /** Throws unless this row of ours is in a format that this release reads. */
    void requireKnownFormat() {
        Long format = number(ItemAttribute.FMT);
        if (format == null) {
            throw broken(ItemAttribute.FMT);
        }
        if (format < Items.OLDEST_FORMAT || format > Items.NEWEST_FORMAT) {
            throw new UnsupportedFormatException("a session is stored in format " + format + "; this release reads "
                    + Items.OLDEST_FORMAT + " to " + Items.NEWEST_FORMAT + " and leaves it untouched");
        }
    }

    boolean isAt(SessionKey key) {
        return key.value().equals(text(ItemAttribute.ID));
    }

    SessionKey key() {
        String key = text(ItemAttribute.ID);
        if (key == null || key.isEmpty()) {
            throw broken(ItemAttribute.ID);
        }
        return SessionKey.of(key);
    }

    boolean isExpiredAt(Instant now) {
        Long end = number(ItemAttribute.EXPIRES_AT);
        return end != null && now.toEpochMilli() >= end;
    }

    long version() {
        return required(ItemAttribute.VERSION);
    }

    Token uid() {
        Token uid = token(ItemAttribute.UID);
        if (uid == null) {
            throw broken(ItemAttribute.UID);
        }
        return uid;
    }

    SessionKey target() {
        String target = text(ItemAttribute.TARGET);
        if (target == null || target.isEmpty()) {
            throw broken(ItemAttribute.TARGET);
        }
        return SessionKey.of(target);
    }

    /** The token of the last change of data. */
    AttributeValue write() {
        AttributeValue write = get(ItemAttribute.WRITE);
        if (write == null) {
            throw broken(ItemAttribute.WRITE);
        }
        return write;
    }

    /** The key from which an id change brought this row, if nobody has written it since; null: none. */
    @Nullable
    SessionKey movedFrom() {
        String from = text(ItemAttribute.MOVED_FROM);
        return from == null || from.isEmpty() ? null : SessionKey.of(from);
    }

    /** Whether it is the redirect that an id change of this session to this key left. */
    boolean leadsTo(SessionKey key, Token uid) {
        return isRedirect() && has(ItemAttribute.UID, uid) && key.value().equals(text(ItemAttribute.TARGET));
    }

    /** Whether nobody has changed or touched the session between two reads of its row. */
    boolean isAsIn(Row other) {
        for (ItemAttribute attribute : STATE) {
            if (!Objects.equals(get(attribute), other.get(attribute))) {
                return false;
            }
        }
        return true;
    }

    /** A session without an end whose id changed a moment ago: TTL would remove it, unless its next write prevents it. */
    boolean awaitsConfirmation() {
        return get(ItemAttribute.EXPIRES_AT) == null && get(ItemAttribute.TTL) != null;
    }

    /** Whether a delta may be applied as far as the lock is concerned (C105). */
    boolean isFor(@Nullable Token lockOwner) {
        return lockOwner == null || has(ItemAttribute.LOCK_OWNER, lockOwner);
    }

    /** Why a session moved; a reason that this release does not know is taken for the strict one. */
    KeyChangeReason reason() {
        String stored = text(ItemAttribute.REASON);
        for (KeyChangeReason reason : KeyChangeReason.values()) {
            if (Items.reason(reason).equals(stored)) {
                return reason;
            }
        }
        return KeyChangeReason.PRIVILEGE_CHANGE;
    }

    Instant movedAt() {
        return Instant.ofEpochMilli(required(ItemAttribute.MOVED_AT));
    }

    Map<String, AttributeValue> data() {
        AttributeValue data = get(ItemAttribute.DATA);
        if (data == null || !data.hasM()) {
            throw broken(ItemAttribute.DATA);
        }
        return data.m();
    }

    /** Null if absent, as for the end of a session that never ends. */
    @Nullable
    Long number(ItemAttribute attribute) {
        AttributeValue value = get(attribute);
        if (value == null || value.n() == null) {
            return null;
        }
        try {
            return Long.valueOf(value.n());
        } catch (NumberFormatException e) {
            throw broken(attribute);
        }
    }

    long required(ItemAttribute attribute) {
        Long number = number(attribute);
        if (number == null) {
            throw broken(attribute);
        }
        return number;
    }

    /** Whether the attribute is this token; false if it is absent. */
    boolean has(ItemAttribute attribute, Token token) {
        return Objects.equals(token(attribute), token);
    }

    @Nullable
    AttributeValue get(ItemAttribute attribute) {
        return item.get(names.name(attribute));
    }

    /** Null if absent, empty or of another type. */
    @Nullable
    Token token(ItemAttribute attribute) {
        AttributeValue value = get(attribute);
        if (value == null || value.b() == null || value.b().asByteArrayUnsafe().length == 0) {
            return null;
        }
        return Token.of(value.b().asByteArrayUnsafe());
    }

    private @Nullable String text(ItemAttribute attribute) {
        AttributeValue value = get(attribute);
        return value == null ? null : value.s();
    }

    private UnsupportedFormatException broken(ItemAttribute attribute) {
        return new UnsupportedFormatException("a session's row is broken: its attribute " + names.name(attribute)
                + " is missing or of another type; it is left untouched");
    }

    /** Shows nothing of what is stored. */
    @Override
    public String toString() {
        return "Row[" + item.size() + " attributes]";
    }
}
