// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.support;

import io.github.dynamosession.spi.CustomValue;
import io.github.dynamosession.spi.IndexType;
import io.github.dynamosession.spi.PartPointer;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.Token;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a database keeps under one key.
 *
 * @param key the row's key
 * @param stamp random, new with each write of the row, touches included: two rows of one key with the same stamp are the
 *     same write
 * @param content a session, or the trace of one that moved or ended; {@linkplain Content#toBytes() bytes} for a database
 *     that asks for them
 * @param purgeAfter when the database may remove the row by itself, if it has means for that; null: never. It need not:
 *     expiry is decided by the content alone
 */
public record Row(
        SessionKey key,
        Token stamp,
        Content content,
        @Nullable Instant purgeAfter) {
    /**
     * A row, as a database reads it back.
     *
     * @param key the row's key
     * @param stamp new with each write
     * @param content the content
     * @param purgeAfter null: never
     */
    public Row {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(stamp, "stamp");
        Objects.requireNonNull(content, "content");
    }

    /** A write of this content: a row with a stamp that no other has. */
    static Row of(SessionKey key, Content content) {
        return new Row(key, Token.random(), content, content.purgeAfter());
    }

    /**
     * Whether it is a session, for stores that count those.
     *
     * @param time when it must not have expired
     * @return false for an expired session, and for the trace of one that moved or ended
     */
    public boolean isLiveAt(Instant time) {
        return content instanceof Content.Live live && !live.session.isExpiredAt(time);
    }

    /**
     * What an index of a custom attribute holds for this row, for {@link IndexedRows}.
     *
     * @param attribute the attribute's name
     * @return a text, or a number in one form for all equal numbers; empty: the row is not in that index
     */
    public Optional<String> indexed(String attribute) {
        CustomValue value =
                content instanceof Content.Live live ? live.session.custom().get(attribute) : null;
        if (value == null || !(IndexType.TEXT.takes(value) || IndexType.NUMBER.takes(value))) {
            return Optional.empty();
        }
        return Optional.of(value.text());
    }

    /**
     * When the row's session was created, by which an index is in order.
     *
     * @return empty: the row is no session
     */
    public Optional<Instant> createdAt() {
        return content instanceof Content.Live live ? Optional.of(live.session.createdAt()) : Optional.empty();
    }

    /**
     * The parts that a session points to, for stores that keep parts.
     *
     * @return empty for the trace of a session that moved or ended
     */
    public List<PartPointer> partPointers() {
        return content instanceof Content.Live live
                ? live.session.attributes().values().stream()
                        .flatMap(value -> PartPointer.of(value).stream())
                        .toList()
                : List.of();
    }

    boolean isSameWrite(@Nullable Row other) {
        return other != null && other.stamp.equals(stamp);
    }

    /** Shows neither the key nor the content. */
    @Override
    public String toString() {
        return "Row[" + content.getClass().getSimpleName() + "]";
    }
}
