// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import io.github.dynamosession.spi.CustomValue;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionDelta.Access;
import io.github.dynamosession.spi.SessionDelta.Condition;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.Token;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.StringJoiner;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * Every expression that this store sends, written as DynamoDB reads it. {@code #name} stands for the
 * top-level attribute {@link ItemAttribute#placeholder() of that name}, {@code #data.#7} for the session
 * attribute with that number in the request.
 *
 * <p>Each method lists what it means when its condition does not hold: nobody has to guess at the place
 * of the call.
 */
final class Expressions {
    /** An update that is longer than this, or has more clauses, replaces {@code data} instead. */
    private static final int MAX_CLAUSES = 200;

    private static final int MAX_LENGTH = 3_000;

    /** Texts that are kept. */
    private static final int MAX_TEXTS = 100;

    // Conditions.
    private static final String FREE = "attribute_not_exists(#id)";
    private static final String SESSION = "#kind = :session AND #fmt BETWEEN :oldest_fmt AND :fmt";
    private static final String NOT_EXPIRED = "(attribute_not_exists(#expires_at) OR #expires_at > :now)";
    private static final String EXPIRED = "#expires_at <= :now";
    private static final String WITHIN_GRACE = "(attribute_not_exists(#expires_at) OR #expires_at > :grace)";
    private static final String BEYOND_GRACE = "#expires_at <= :grace";
    private static final String CREATED_BEFORE = "#created_at < :created";
    private static final String ACCESSED_BEFORE = "#accessed_at < :accessed";
    private static final String NOT_THIS_WRITE = "#write <> :write";
    private static final String VERSION_IS = "#version = :seen";
    private static final String SAME_SESSION = "#uid = :uid";
    private static final String SAME_IDLE_TIMEOUT = "#idle_timeout = :idle_timeout";
    private static final String NO_IDLE_TIMEOUT = "attribute_not_exists(#idle_timeout)";
    private static final String ACCESS_FORWARD = "#accessed_at <= :accessed_at";
    private static final String END_FORWARD = "#expires_at <= :expires_at";
    private static final String SAME_ACCESS = "#accessed_at = :accessed_at";
    private static final String SAME_END = "#expires_at = :expires_at";
    private static final String NO_END = "attribute_not_exists(#expires_at)";
    private static final String SAME_WRITE = "#write = :write";
    private static final String SAME_ORIGIN = "#moved_from = :moved_from";
    private static final String SAME_CHANGE = "#change = :change";
    private static final String NOT_SPARED = "#uid <> :spared";
    private static final String MARK = "#kind = :mark";
    private static final String SAME_GENERATION = "#generation = :seen";
    private static final String NOT_AWAITING = "(attribute_exists(#expires_at) OR attribute_not_exists(#ttl))";
    private static final String NO_PARTS_OR_KEPT = "(attribute_not_exists(#parts_until) OR #parts_until >= :parts_end)";
    private static final String NO_PARTS_KEPT_LONGER =
            "(attribute_not_exists(#parts_until) OR #parts_until <= :parts_until)";
    private static final String PARTS_KEPT_LONGER = "#parts_until > :parts_until";
    private static final String PARTS_OUTLIVE = "#expires_at <= :parts_until";
    private static final String PART = "#kind = :part";
    private static final String PART_OF = "#kind = :part AND #uid = :uid";
    private static final String LOCKABLE =
            "(attribute_not_exists(#lock_owner) OR #lock_owner = :owner OR #lock_until <= :now)";
    private static final String LOCKED_BY = "#lock_owner = :owner";
    private static final String TTL_EARLIER = "#ttl < :ttl";
    private static final String LEFTOVER = "(#kind IN (:part, :redirect, :ended)"
            + " OR (#kind = :session AND attribute_exists(#moved_from)))"
            + " AND #fmt BETWEEN :oldest_fmt AND :fmt AND #ttl < :useless";

    // Assignments. A touch adds zero to the version, so that the reply tells it.
    private static final String ADD_TO_VERSION = "#version = #version + :step";
    private static final String SET_VERSION = "#version = :version";
    private static final String SET_WRITE = "#write = :write";
    private static final String SET_DATA = "#data = :data";
    private static final String SET_KEY_BINDING = "#key_binding = :key_binding";
    private static final String SET_ACCESS = "#accessed_at = :accessed_at";
    private static final String SET_END = "#expires_at = :expires_at, #ttl = :ttl";
    private static final String REMOVE_END = "#expires_at, #ttl";
    private static final String SET_IDLE_TIMEOUT = "#idle_timeout = :idle_timeout";
    private static final String REMOVE_IDLE_TIMEOUT = "#idle_timeout";
    private static final String REMOVE_ORIGIN = "#moved_from, #change";
    private static final String REMOVE_TTL = "#ttl";
    private static final String SET_TTL = "#ttl = :ttl";
    private static final String SET_FMT = "#fmt = :fmt";
    private static final String SET_PARTS_UNTIL = "#parts_until = :parts_until";
    private static final String SET_FIRST_PARTS_UNTIL = "#parts_until = if_not_exists(#parts_until, :parts_until)";
    private static final String REMOVE_PARTS_UNTIL = "#parts_until";
    private static final String SET_LOCK = "#lock_owner = :owner, #lock_until = :until";
    private static final String REMOVE_LOCK = "#lock_owner, #lock_until";

    /** What the stand-ins of custom attributes begin with. */
    private static final String CUSTOM = "#custom";

    private static final Pattern PLACEHOLDER = Pattern.compile("#([a-z_]+)");
    private static final AttributeValue SESSION_KIND = Items.text(Items.SESSION);
    private static final AttributeValue MARK_KIND = Items.text(Items.MARK);
    private static final AttributeValue OLDEST_FMT = Items.number(Items.OLDEST_FORMAT);
    private static final AttributeValue NEWEST_FMT = Items.number(Items.NEWEST_FORMAT);
    private static final AttributeValue PART_KIND = Items.text(Items.PART);
    private static final AttributeValue ZERO = Items.number(0);
    private static final AttributeValue ONE = Items.number(1);

    private final Items items;
    private final Map<String, String> nameOfPlaceholder = new HashMap<>();
    private final Map<Shape, Text> texts = new ConcurrentHashMap<>();

    Expressions(Items items) {
        this.items = items;
        for (ItemAttribute attribute : ItemAttribute.values()) {
            nameOfPlaceholder.put(attribute.placeholder(), items.names().name(attribute));
        }
    }

    /**
     * A request's expressions, and what their placeholders stand for.
     *
     * @param update the update expression; null for a put or a delete
     * @param condition the condition expression
     * @param names attribute names by placeholder
     * @param values values by placeholder
     */
    record Statement(
            @Nullable String update, String condition, Map<String, String> names, Map<String, AttributeValue> values) {}

    /**
     * For a put of a new row, a part's too. Fails: the key is taken, perhaps by this very write. A put that arrives late
     * must not replace what it stored: a part that is kept longer by now would go too early.
     */
    Statement create() {
        return new Writer().require(FREE).statement();
    }

    /**
     * For the put of an ended session's trace over its row. Fails: nothing there; a redirect or a foreign row; a newer
     * format; an expired session, which is to be reported as absent; another session than the one that was followed.
     *
     * @param followed the session that a redirect led to; null if none was followed
     */
    Statement end(@Nullable Token followed, Instant now) {
        return new Writer()
                .requireSession()
                .requireUid(followed)
                .require(NOT_EXPIRED)
                .value(":now", Items.millis(now))
                .statement();
    }

    /** For the same over what is left of an expired session. Fails: somebody else was here. */
    Statement endExpired(@Nullable Token followed, Instant now) {
        return new Writer()
                .requireSession()
                .requireUid(followed)
                .require(EXPIRED)
                .value(":now", Items.millis(now))
                .statement();
    }

    /**
     * For the put of an ended session's trace over a session that an index showed, expired or not. Fails: nothing
     * there; a redirect or a foreign row; a newer format; another value by now; the spared session; another session than
     * the one that was followed.
     *
     * @param values what the attribute may be; not empty
     * @param spared null: nobody
     * @param followed the session that a redirect led to; null if none was followed
     */
    Statement endBy(String attribute, Set<CustomValue> values, @Nullable Token spared, @Nullable Token followed) {
        Writer writer = new Writer().requireSession().requireUid(followed);
        String name = writer.custom(attribute);
        List<String> placeholders = new ArrayList<>();
        for (CustomValue value : values) {
            String placeholder = ":indexed" + placeholders.size();
            writer.value(placeholder, CustomValues.write(value));
            placeholders.add(placeholder);
        }
        writer.require(name + " IN (" + String.join(", ", placeholders) + ")");
        if (spared != null) {
            writer.require(NOT_SPARED).value(":spared", Items.token(spared));
        }
        return writer.statement();
    }

    /**
     * For the put of a mark. Fails: somebody else raised it.
     *
     * @param seen the generation to replace; null: there is none
     */
    Statement raise(@Nullable Long seen) {
        return seen == null
                ? create()
                : new Writer()
                        .require(MARK)
                        .value(":mark", MARK_KIND)
                        .require(SAME_GENERATION)
                        .value(":seen", Items.number(seen))
                        .statement();
    }

    /**
     * For the filter of a scan: passes sessions in a known format that not even a late save can extend, or that are as old
     * as is asked for; and, where no TTL cleans up, rows that TTL would have removed a day ago at least. Among the latter
     * are sessions that another id change may have moved to where they are.
     */
    Statement sweepable(SweepFilter filter) {
        Writer writer = new Writer();
        List<String> any = new ArrayList<>();
        if (filter.expired()) {
            any.add(SESSION + " AND " + BEYOND_GRACE);
            writer.value(":grace", Items.millis(filter.grace()));
        }
        if (filter.createdBefore() != null) {
            any.add(SESSION + " AND " + CREATED_BEFORE);
            writer.value(":created", Items.millis(filter.createdBefore()));
        }
        if (filter.accessedBefore() != null) {
            any.add(SESSION + " AND " + ACCESSED_BEFORE);
            writer.value(":accessed", Items.millis(filter.accessedBefore()));
        }
        if (filter.leftovers()) {
            any.add(LEFTOVER);
            leftover(writer, filter.now());
        }
        return writer.sessions()
                .require(any.size() == 1 ? any.get(0) : "(" + String.join(") OR (", any) + ")")
                .statement();
    }

    /**
     * For the deletion of a row that TTL would have removed a day ago. Fails: nothing there; it is a session's that has been
     * written since, or a part that is kept longer; a mark or a foreign row; a newer format.
     */
    Statement leftover(Instant now) {
        return leftover(new Writer().sessions().require(LEFTOVER), now).statement();
    }

    private static Writer leftover(Writer writer, Instant now) {
        return writer.value(":part", PART_KIND)
                .value(":redirect", Items.text(Items.REDIRECT))
                .value(":ended", Items.text(Items.ENDED))
                .value(":useless", Items.ttl(now.minus(Items.LEFTOVER_KEPT)));
    }

    /**
     * For the deletion of a session that a sweep found. Fails: nothing there, because somebody else was faster;
     * anything about the session has changed since it was seen.
     */
    Statement sweep(StoredSession seen) {
        Writer writer = new Writer()
                .requireSession()
                .requireUid(seen.uid())
                .require(VERSION_IS)
                .value(":seen", Items.number(seen.version()))
                .require(SAME_ACCESS)
                .value(":accessed_at", Items.millis(seen.accessedAt()));
        seen.expiresAt()
                .ifPresentOrElse(
                        end -> writer.require(SAME_END).value(":expires_at", Items.millis(end)),
                        () -> writer.require(NO_END));
        return writer.statement();
    }

    /**
     * For the put of a redirect over the row of the session that moves. Fails: nothing there; a
     * redirect or a foreign row; a newer format; expired; the data changed, or an access was recorded,
     * since {@code row} was read; the lock is another's.
     *
     * @param lockOwner null: locks do not matter
     */
    Statement flip(Row row, @Nullable Token lockOwner, Instant now) {
        Writer writer = asIn(row);
        if (lockOwner != null) {
            writer.require(LOCKED_BY).value(":owner", Items.token(lockOwner));
        }
        return row.number(ItemAttribute.EXPIRES_AT) == null
                ? writer.statement()
                : writer.require(NOT_EXPIRED).value(":now", Items.millis(now)).statement();
    }

    /**
     * For a put over the copy that an id change made, or for its deletion. Fails: it is not there; somebody has written
     * it since, so that the change has happened.
     */
    Statement unused(Row copy) {
        SessionKey from = Objects.requireNonNull(copy.movedFrom());
        return asIn(copy)
                .require(SAME_ORIGIN)
                .value(":moved_from", Items.text(from.value()))
                .require(SAME_CHANGE)
                .value(":change", Objects.requireNonNull(copy.get(ItemAttribute.CHANGE)))
                .statement();
    }

    /** For the update that keeps a session without an end from TTL, once its id has changed. Fails: another write did. */
    Statement confirm(Row copy) {
        return new Writer()
                .requireSession()
                .requireUid(copy.uid())
                .require(NO_END)
                .require(SAME_CHANGE)
                .value(":change", Objects.requireNonNull(copy.get(ItemAttribute.CHANGE)))
                .remove(REMOVE_ORIGIN)
                .remove(REMOVE_TTL)
                .statement();
    }

    /** For the deletion of a part's row. Fails: it is not there; it is another session's. */
    Statement deletePart(@Nullable Token uid) {
        return new Writer()
                .require(PART)
                .value(":part", PART_KIND)
                .requireUid(uid)
                .statement();
    }

    /**
     * For the update by which TTL leaves a part's row longer. Fails: it is not there (an update would make an empty one);
     * it is another session's; it is kept as long already.
     *
     * @param until until when; null: for ever
     */
    Statement keepPart(Token uid, @Nullable Instant until) {
        Writer writer = new Writer().require(PART_OF).value(":part", PART_KIND).value(":uid", Items.token(uid));
        return until == null
                ? writer.remove(REMOVE_TTL).statement()
                : writer.require(TTL_EARLIER)
                        .set(SET_TTL)
                        .value(":ttl", items.ttlOfSession(until))
                        .statement();
    }

    /**
     * For the update that notes in a session's row how long its parts are kept. Fails: the data has changed since
     * {@code row} was read, and with it the parts that it points to; a redirect or a foreign row; nothing there.
     *
     * @param until in milliseconds; null: it points to none any more
     */
    Statement keepParts(Row row, @Nullable Long until) {
        Writer writer = new Writer()
                .requireSession()
                .requireUid(row.uid())
                .require(VERSION_IS)
                .value(":seen", Items.number(row.version()));
        return until == null
                ? writer.remove(REMOVE_PARTS_UNTIL).statement()
                : writer.set(SET_PARTS_UNTIL)
                        .value(":parts_until", Items.number(until))
                        .statement();
    }

    /**
     * For the update that takes a session's lock. Fails: somebody else has it; nothing there; a redirect or a foreign row;
     * a newer format; expired. It leaves all else as it is, where the session came from included: nobody can lock the
     * copy of an id change before that has happened.
     */
    Statement lock(Token owner, Instant now, Instant until) {
        return new Writer()
                .requireSession()
                .require(NOT_EXPIRED)
                .value(":now", Items.millis(now))
                .require(LOCKABLE)
                .set(SET_LOCK)
                .value(":owner", Items.token(owner))
                .value(":until", Items.millis(until))
                .statement();
    }

    /** For the update that releases a lock. Fails: that owner does not have it; nothing there; a redirect. */
    Statement unlock(Token owner) {
        return new Writer()
                .requireSession()
                .require(LOCKED_BY)
                .value(":owner", Items.token(owner))
                .remove(REMOVE_LOCK)
                .statement();
    }

    private Writer asIn(Row row) {
        Writer writer = new Writer()
                .requireSession()
                .requireUid(row.uid())
                .require(VERSION_IS)
                .value(":seen", Items.number(row.version()))
                .require(SAME_WRITE)
                .value(":write", row.write())
                .require(SAME_ACCESS)
                .value(":accessed_at", Items.number(row.required(ItemAttribute.ACCESSED_AT)));
        Long end = row.number(ItemAttribute.EXPIRES_AT);
        return end == null ? writer.require(NO_END) : writer.require(SAME_END).value(":expires_at", Items.number(end));
    }

    /** Whether {@link #update} can express a delta. */
    static boolean canExpress(SessionDelta delta) {
        int clauses =
                delta.set().size() + delta.removed().size() + delta.custom().size();
        int conditions = 0;
        if (delta.condition() instanceof Condition.AttributesUnchanged unchanged) {
            conditions = unchanged.expected().size();
            for (Optional<EncodedValue> expected : unchanged.expected().values()) {
                if (expected.isPresent() && expected.get().format() == Items.UNREADABLE) {
                    // Stands for something that cannot be written as a value to compare with.
                    return false;
                }
            }
        }
        // "attribute_not_exists(#data.#123) AND " is the longest clause.
        return clauses <= MAX_CLAUSES && conditions <= MAX_LENGTH / 40;
    }

    /**
     * For an update that names each changed attribute. Fails: nothing there; a redirect or a foreign
     * row; a newer format; over (a touch at once, data after the grace); this write was applied before;
     * the delta's condition; its lock is lost; the access is not forward or was computed from another idle timeout; another
     * session than the one that was followed; another version than {@code bound}.
     *
     * @param followed the session that a rotation led to; null if none was followed
     * @param bound the only version to apply it to; null: any. With {@code VersionIs} that version
     * @param withAccess whether to record the delta's access; without, the reasons of the access fall away, and it
     *     fails if the session {@linkplain Row#awaitsConfirmation() awaits its confirmation}
     * @param confirming that it does
     * @param parts until when the parts are kept that the delta points to. Fails, too, if the session would end later
     *     than any of its parts is kept
     */
    Statement update(
            @Nullable Token followed,
            SessionDelta delta,
            @Nullable Long bound,
            boolean withAccess,
            boolean confirming,
            PartsKept parts,
            Instant now) {
        Writer writer = new Writer().requireSession().requireUid(followed).remove(REMOVE_ORIGIN);
        if (!withAccess) {
            confirm(writer, confirming);
        }
        writer.set(ADD_TO_VERSION).value(":step", delta.changesData() ? ONE : ZERO);
        requireAlive(writer, delta, now);
        release(writer, delta);
        if (delta.changesData()) {
            writer.set(SET_WRITE);
            keyBinding(writer, followed, delta);
        }
        delta.set().forEach((name, value) -> {
            String number = writer.number(name);
            writer.set("#data.#" + number + " = :" + number).value(":" + number, Items.value(value));
        });
        delta.removed().forEach(name -> writer.remove("#data.#" + writer.number(name)));
        custom(writer, delta);
        if (bound != null) {
            writer.require(VERSION_IS).value(":seen", Items.number(bound));
        }
        if (delta.condition() instanceof Condition.AttributesUnchanged unchanged) {
            unchanged.expected().forEach((name, expected) -> {
                String number = writer.number(name);
                if (expected.isPresent()) {
                    writer.require("#data.#" + number + " = :was" + number)
                            .value(":was" + number, Items.value(expected.get()));
                } else {
                    writer.require("attribute_not_exists(#data.#" + number + ")");
                }
            });
        }
        if (withAccess) {
            access(writer, delta);
        }
        parts(writer, parts, withAccess, delta);
        return writer.statement();
    }

    private static void parts(Writer writer, PartsKept parts, boolean withAccess, SessionDelta delta) {
        Long until = parts.until();
        if (withAccess && !parts.lowers()) {
            long end = Parts.end(delta.access().orElseThrow().expiresAt());
            writer.require(NO_PARTS_OR_KEPT).value(":parts_end", Items.number(end));
        }
        if (until == null) {
            return;
        }
        writer.set(SET_FMT).value(":parts_until", Items.number(until));
        if (parts.lowers()) {
            writer.require(PARTS_KEPT_LONGER).set(SET_PARTS_UNTIL);
        } else {
            writer.require(NO_PARTS_KEPT_LONGER).set(SET_FIRST_PARTS_UNTIL);
        }
        if (!withAccess && until < Parts.FOR_EVER) {
            writer.require(PARTS_OUTLIVE);
        }
    }

    /**
     * Until when the parts are kept that a delta points to.
     *
     * @param until in milliseconds; null: it points to none
     * @param lowers whether the row's other parts are kept longer, so that this is the new lower bound
     */
    record PartsKept(@Nullable Long until, boolean lowers) {
        static PartsKept of(SessionDelta delta) {
            return new PartsKept(Parts.until(delta.set()), false);
        }

        /** The same once parts were made to be kept longer, over a row as it is then. */
        PartsKept over(Row row, @Nullable Long nowUntil) {
            Long present = row.number(ItemAttribute.PARTS_UNTIL);
            return new PartsKept(nowUntil, nowUntil != null && present != null && present > nowUntil);
        }
    }

    /**
     * For an update that replaces {@code data} as a whole, computed from {@code row}. Fails for the
     * reasons of {@link #update}, and if the data changed since {@code row} was read.
     *
     * @param followed the session that a rotation led to; null if none was followed
     */
    Statement rewrite(
            @Nullable Token followed, Row row, SessionDelta delta, boolean withAccess, PartsKept parts, Instant now) {
        Writer writer = new Writer()
                .requireSession()
                .requireUid(row.uid())
                .require(VERSION_IS)
                .value(":seen", Items.number(row.version()))
                .remove(REMOVE_ORIGIN);
        if (!withAccess) {
            confirm(writer, row.awaitsConfirmation());
        }
        requireAlive(writer, delta, now);
        release(writer, delta);
        if (delta.changesData()) {
            writer.set(SET_VERSION)
                    .value(":version", Items.number(row.version() + 1))
                    .set(SET_WRITE)
                    .set(SET_DATA)
                    .value(":data", items.changedData(row, delta));
            keyBinding(writer, followed, delta);
        }
        custom(writer, delta);
        if (withAccess) {
            access(writer, delta);
        }
        parts(writer, parts, withAccess, delta);
        return writer.statement();
    }

    private static void custom(Writer writer, SessionDelta delta) {
        delta.custom().forEach((attribute, value) -> {
            String name = writer.custom(attribute);
            if (value.isPresent()) {
                String placeholder = name.replace('#', ':');
                writer.set(name + " = " + placeholder).value(placeholder, CustomValues.write(value.get()));
            } else {
                writer.remove(name);
            }
        });
    }

    /** A key binding is made for one key: not for the one that a rotation led to (C54). */
    private static void keyBinding(Writer writer, @Nullable Token followed, SessionDelta delta) {
        if (followed == null) {
            delta.keyBinding()
                    .ifPresent(
                            keyBinding -> writer.set(SET_KEY_BINDING).value(":key_binding", Items.token(keyBinding)));
        }
    }

    /** A write that leaves a session without an end as it is must not leave it to TTL (see {@link Items#copy}). */
    private static void confirm(Writer writer, boolean confirming) {
        if (confirming) {
            writer.require(NO_END).remove(REMOVE_TTL);
        } else {
            writer.require(NOT_AWAITING);
        }
    }

    private static void requireAlive(Writer writer, SessionDelta delta, Instant now) {
        if (delta.changesData()) {
            writer.require(NOT_THIS_WRITE)
                    .value(":write", Items.token(delta.write()))
                    .require(WITHIN_GRACE)
                    .value(":grace", Items.millis(now.minus(SessionStore.SAVE_GRACE)));
        } else {
            writer.require(NOT_EXPIRED).value(":now", Items.millis(now));
        }
    }

    /** A write under a lock is applied only while the lock is held, and releases it (C105). */
    private static void release(Writer writer, SessionDelta delta) {
        delta.lockOwner()
                .ifPresent(owner -> writer.require(LOCKED_BY)
                        .value(":owner", Items.token(owner))
                        .remove(REMOVE_LOCK));
    }

    private void access(Writer writer, SessionDelta delta) {
        Access access = delta.access().orElseThrow();
        writer.set(SET_ACCESS).value(":accessed_at", Items.millis(access.accessedAt()));
        access.expiresAt()
                .ifPresentOrElse(
                        end -> writer.set(SET_END)
                                .value(":expires_at", Items.millis(end))
                                .value(":ttl", items.ttlOfSession(end)),
                        () -> writer.remove(REMOVE_END));
        access.idleTimeout().ifPresent(idle -> writer.value(":idle_timeout", Items.number(idle.toMillis())));
        boolean idle = access.idleTimeout().isPresent();
        if (!delta.changesIdleTimeout()) {
            writer.require(idle ? SAME_IDLE_TIMEOUT : NO_IDLE_TIMEOUT);
            writer.require(ACCESS_FORWARD);
            if (access.expiresAt().isPresent()) {
                writer.require(END_FORWARD);
            }
        } else if (idle) {
            writer.set(SET_IDLE_TIMEOUT);
        } else {
            writer.remove(REMOVE_IDLE_TIMEOUT);
        }
    }

    /**
     * Clauses without what they stand for. A session's saves have few shapes: their text is written once.
     *
     * @param set assignments
     * @param remove paths
     * @param condition what all must hold
     */
    private record Shape(List<String> set, List<String> remove, List<String> condition) {}

    /**
     * What is sent for a shape.
     *
     * @param update null: the shape has no assignments and no paths
     * @param names of the row's own attributes, by placeholder
     */
    private record Text(@Nullable String update, String condition, Map<String, String> names) {}

    private Text text(Shape shape) {
        Text text = texts.get(shape);
        if (text == null) {
            text = write(shape);
            if (texts.size() < MAX_TEXTS) {
                texts.put(shape, text);
            }
        }
        return text;
    }

    private Text write(Shape shape) {
        StringJoiner update = new StringJoiner(" ");
        if (!shape.set().isEmpty()) {
            update.add("SET " + String.join(", ", shape.set()));
        }
        if (!shape.remove().isEmpty()) {
            update.add("REMOVE " + String.join(", ", shape.remove()));
        }
        String condition = String.join(" AND ", shape.condition());
        Map<String, String> names = new HashMap<>();
        Matcher matcher = PLACEHOLDER.matcher(update + " " + condition);
        while (matcher.find()) {
            if (!matcher.group().equals(CUSTOM)) {
                names.put(matcher.group(), Objects.requireNonNull(nameOfPlaceholder.get(matcher.group())));
            }
        }
        return new Text(update.length() == 0 ? null : update.toString(), condition, names);
    }

    /** Collects the clauses of one statement. */
    private final class Writer {
        private final Shape shape = new Shape(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());

        /** Of session attributes and custom ones. */
        private final Map<String, String> names = new HashMap<>();

        private final Map<String, AttributeValue> values = new HashMap<>();
        private final Map<String, String> numbers = new HashMap<>();
        private int customs;

        Writer requireSession() {
            return require(SESSION).sessions();
        }

        /** What {@link #SESSION} and {@link #LEFTOVER} compare with. */
        Writer sessions() {
            return value(":session", SESSION_KIND)
                    .value(":oldest_fmt", OLDEST_FMT)
                    .value(":fmt", NEWEST_FMT);
        }

        Writer requireUid(@Nullable Token uid) {
            return uid == null ? this : require(SAME_SESSION).value(":uid", Items.token(uid));
        }

        Writer require(String fragment) {
            shape.condition().add(fragment);
            return this;
        }

        Writer set(String fragment) {
            shape.set().add(fragment);
            return this;
        }

        Writer remove(String fragment) {
            shape.remove().add(fragment);
            return this;
        }

        Writer value(String placeholder, AttributeValue value) {
            values.put(placeholder, value);
            return this;
        }

        /** The number of a session attribute in this statement. */
        String number(String name) {
            return numbers.computeIfAbsent(name, unseen -> {
                String number = Integer.toString(numbers.size());
                names.put("#" + number, Names.escape(unseen));
                return number;
            });
        }

        /** The stand-in of a custom attribute in this statement. */
        String custom(String attribute) {
            String placeholder = CUSTOM + customs++;
            names.put(placeholder, attribute);
            return placeholder;
        }

        Statement statement() {
            Text text = text(shape);
            names.putAll(text.names());
            return new Statement(text.update(), text.condition(), names, values);
        }
    }
}
