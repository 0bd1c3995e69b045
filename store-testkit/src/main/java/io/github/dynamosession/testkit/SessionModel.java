// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.testkit;

import io.github.dynamosession.spi.ChangeKeyOutcome;
import io.github.dynamosession.spi.CreateOutcome;
import io.github.dynamosession.spi.CustomValue;
import io.github.dynamosession.spi.DeleteByOutcome;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.ExpiredSession;
import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionDelta.Condition;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.SweepOutcome;
import io.github.dynamosession.spi.Token;
import io.github.dynamosession.spi.UpdateOutcome;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The clauses of the contract for one operation after another, at one moment: no two ever overlap, nothing is lost, no
 * time passes. What a store answers must be what this answers in some order.
 */
final class SessionModel {
    private final Instant now;
    private final Map<SessionKey, Cell> cells = new HashMap<>();

    SessionModel(Instant now) {
        this.now = now;
    }

    /** What a key means. */
    private sealed interface Cell {
        record Live(StoredSession session, @Nullable Token lastWrite) implements Cell {}

        record Moved(
                SessionKey to,
                Token change,
                KeyChangeReason reason,
                long version,
                @Nullable Token lastWrite) implements Cell {}

        /** A key that was used is not free again. */
        record Ended() implements Cell {}
    }

    SessionModel copy() {
        SessionModel copy = new SessionModel(now);
        copy.cells.putAll(cells);
        return copy;
    }

    /** Whether a session was ever under the key. */
    boolean knows(SessionKey key) {
        return cells.containsKey(key);
    }

    /** Where sessions are that will expire. */
    Set<SessionKey> sessionsWithAnEnd() {
        Set<SessionKey> keys = new HashSet<>();
        cells.forEach((key, cell) -> {
            if (cell instanceof Cell.Live live && live.session.expiresAt().isPresent()) {
                keys.add(key);
            }
        });
        return keys;
    }

    /** C10 to C12. */
    FindOutcome find(SessionKey key) {
        Cell cell = cells.get(key);
        if (cell instanceof Cell.Live live && !live.session.isExpiredAt(now)) {
            return new FindOutcome.Found(live.session);
        }
        return cell instanceof Cell.Moved moved ? new FindOutcome.Moved(now, moved.reason) : new FindOutcome.Absent();
    }

    /** C20, C21. */
    CreateOutcome create(SessionKey key, StoredSession session) {
        Cell cell = cells.putIfAbsent(key, new Cell.Live(session, null));
        if (cell == null) {
            return new CreateOutcome.Written(session.version());
        }
        return cell instanceof Cell.Live live && live.session.uid().equals(session.uid())
                ? new CreateOutcome.Written(live.session.version())
                : new CreateOutcome.Exists();
    }

    /** C30 to C38, without a grace: what has expired has done so long ago. */
    UpdateOutcome update(SessionKey key, SessionDelta delta) {
        Cell cell = cells.get(key);
        if (cell instanceof Cell.Moved moved) {
            if (delta.changesData() && delta.write().equals(moved.lastWrite)) {
                return new UpdateOutcome.Written(moved.version, true);
            }
            if (!moved.reason.writesFollow()) {
                return new UpdateOutcome.Moved();
            }
            UpdateOutcome there = update(moved.to, delta);
            return there instanceof UpdateOutcome.Written written
                    ? new UpdateOutcome.Written(written.version(), true)
                    : there;
        }
        if (!(cell instanceof Cell.Live live) || live.session.isExpiredAt(now)) {
            return new UpdateOutcome.Gone();
        }
        if (delta.changesData() && delta.write().equals(live.lastWrite)) {
            return new UpdateOutcome.Written(live.session.version());
        }
        if (!holds(delta.condition(), live.session)) {
            return new UpdateOutcome.Conflict(live.session);
        }
        Cell.Live next = with(live, delta);
        cells.put(key, next);
        return new UpdateOutcome.Written(next.session.version());
    }

    /** C40 to C44. */
    ChangeKeyOutcome changeKey(SessionKey from, SessionKey to, SessionDelta delta, KeyChangeReason reason) {
        Cell cell = cells.get(from);
        if (cell instanceof Cell.Moved moved) {
            if (!moved.change.equals(delta.write()) || !moved.to.equals(to)) {
                return new ChangeKeyOutcome.Moved();
            }
            Cell there = cells.get(to);
            if (there instanceof Cell.Live live) {
                return new ChangeKeyOutcome.Changed(live.session);
            }
            return there instanceof Cell.Moved ? new ChangeKeyOutcome.Moved() : new ChangeKeyOutcome.Gone();
        }
        if (!(cell instanceof Cell.Live live) || live.session.isExpiredAt(now)) {
            return new ChangeKeyOutcome.Gone();
        }
        if (!holds(delta.condition(), live.session)) {
            return new ChangeKeyOutcome.Conflict(live.session);
        }
        Cell.Live next = with(live, delta);
        cells.put(to, next);
        cells.put(from, new Cell.Moved(to, delta.write(), reason, live.session.version(), live.lastWrite));
        return new ChangeKeyOutcome.Changed(next.session);
    }

    /** C50, C51. */
    DeleteOutcome delete(SessionKey key) {
        Cell cell = cells.get(key);
        if (cell instanceof Cell.Moved moved) {
            return moved.reason.endFollows() ? delete(moved.to) : DeleteOutcome.MOVED;
        }
        if (!(cell instanceof Cell.Live live)) {
            return DeleteOutcome.ABSENT;
        }
        cells.put(key, new Cell.Ended());
        return live.session.isExpiredAt(now) ? DeleteOutcome.ABSENT : DeleteOutcome.DELETED;
    }

    /** C73 to C75. */
    DeleteByOutcome deleteBy(SessionKey key, String attribute, CustomValue value) {
        Cell cell = cells.get(key);
        if (cell instanceof Cell.Moved moved) {
            return deleteBy(moved.to, attribute, value);
        }
        if (!(cell instanceof Cell.Live live)
                || !value.equals(live.session.custom().get(attribute))) {
            return new DeleteByOutcome.Skipped();
        }
        cells.put(key, new Cell.Ended());
        return live.session.isExpiredAt(now)
                ? new DeleteByOutcome.Skipped()
                : new DeleteByOutcome.Deleted(key, live.session);
    }

    /** C63 to C65. */
    SweepOutcome deleteExpired(ExpiredSession seen) {
        if (!(cells.get(seen.key()) instanceof Cell.Live live) || !live.session.isExpiredAt(now)) {
            return SweepOutcome.SKIPPED;
        }
        cells.remove(seen.key());
        return SweepOutcome.DELETED;
    }

    private static boolean holds(Condition condition, StoredSession session) {
        if (condition instanceof Condition.VersionIs is) {
            return session.version() == is.version();
        }
        return !(condition instanceof Condition.AttributesUnchanged unchanged)
                || unchanged.expected().entrySet().stream()
                        .allMatch(expected -> expected.getValue()
                                .equals(Optional.ofNullable(session.attributes().get(expected.getKey()))));
    }

    /** C35, C36: attributes and version, and the access where it lies later. */
    private static Cell.Live with(Cell.Live live, SessionDelta delta) {
        StoredSession session = live.session;
        StoredSession.Builder next = session.toBuilder();
        Map<String, EncodedValue> attributes = new HashMap<>(session.attributes());
        attributes.putAll(delta.set());
        attributes.keySet().removeAll(delta.removed());
        next.attributes(attributes);
        Map<String, CustomValue> custom = new HashMap<>(session.custom());
        delta.custom()
                .forEach((name, value) ->
                        value.ifPresentOrElse(given -> custom.put(name, given), () -> custom.remove(name)));
        next.custom(custom);
        if (delta.changesData()) {
            next.version(session.version() + 1);
        }
        delta.access().ifPresent(access -> {
            boolean later = !access.accessedAt().isBefore(session.accessedAt());
            if (delta.changesIdleTimeout() || (later && access.idleTimeout().equals(session.idleTimeout()))) {
                next.accessedAt(access.accessedAt())
                        .idleTimeout(access.idleTimeout().orElse(null))
                        .expiresAt(access.expiresAt().orElse(null));
            }
        });
        return new Cell.Live(next.build(), delta.changesData() ? delta.write() : live.lastWrite);
    }
}
