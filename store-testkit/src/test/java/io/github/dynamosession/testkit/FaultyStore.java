// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.testkit;

import io.github.dynamosession.spi.ChangeKeyOutcome;
import io.github.dynamosession.spi.CreateOutcome;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.ExpiredPage;
import io.github.dynamosession.spi.ExpiredSession;
import io.github.dynamosession.spi.FindOutcome;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.SessionDelta;
import io.github.dynamosession.spi.SessionDelta.Access;
import io.github.dynamosession.spi.SessionDelta.Condition;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.SweepOutcome;
import io.github.dynamosession.spi.SweepableSessionStore;
import io.github.dynamosession.spi.Token;
import io.github.dynamosession.spi.UpdateOutcome;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A small store with at most one fault, each of them one that real stores had or nearly had. It is there
 * for the tests of the kit: without a fault it keeps the contract, with one the kit must notice.
 */
final class FaultyStore implements SweepableSessionStore {
    /** What is wrong, and the clause that it breaks. */
    enum Fault {
        NONE("none"),

        WHOLE_SESSION_IS_SAVED("C1"),
        OUTCOME_HAS_ANOTHER_VERSION("C35"),
        FOLLOWED_WRITE_HIDES_THE_MOVE("C38"),
        RECOGNISED_WRITE_HIDES_THE_MOVE("C32"),
        BLOCKING_FLAG_IS_WRONG("C4"),
        NAMES_LOSE_SURROGATES("C6"),
        EMPTY_NAME_IS_DROPPED("C6"),
        NAMES_ARE_TRIMMED("C6"),
        ONLY_THE_FIRST_400_ARE_SET("C6"),
        TEXT_IS_REENCODED("C10"),
        ABSOLUTE_EXPIRY_IS_LOST("C10"),
        EXPIRED_IS_FOUND("C11"),
        ENDS_ONE_MILLISECOND_LATE("C11"),
        MOVED_IS_FOUND_ABSENT("C12"),
        MOVED_IS_FORGOTTEN_EARLY("C12"),
        MOVED_SAYS_ANOTHER_TIME("C12"),
        MOVED_SAYS_ANOTHER_REASON("C12"),
        FIND_FOLLOWS_ROTATION("C12"),
        FIND_REMOVES_EXPIRED("C13"),
        FIND_RECORDS_ACCESS("C13"),
        CREATE_OVERWRITES("C20"),
        CREATE_CHECKS_FIRST("C20"),
        CREATE_OVERWRITES_MOVED("C20"),
        CREATE_REPLACES_EXPIRED("C20"),
        CREATE_REPLACES_SWEEPABLE("C20"),
        CREATE_REPEATED_EXISTS("C21"),
        CREATE_REPEATED_RESETS("C21"),
        UPDATE_REPLACES_ALL("C30"),
        REMOVALS_ARE_IGNORED("C30"),
        UPDATE_CREATES("C31"),
        UPDATE_CHECKS_FIRST("C31"),
        TOKEN_IS_IGNORED("C32"),
        TOUCH_FORGETS_TOKEN("C32"),
        REDIRECT_FORGETS_LAST_WRITE("C32"),
        MOVE_KEEPS_TOKEN("C32"),
        ATTRIBUTES_ARE_NOT_COMPARED("C33"),
        ATTRIBUTES_ARE_COMPARED_BY_BYTES("C33"),
        ATTRIBUTES_ARE_COMPARED_BY_VERSION("C33"),
        ATTRIBUTES_ARE_COMPARED_FIRST("C33"),
        VERSION_IS_NOT_COMPARED("C34"),
        TOUCH_COUNTS_AS_CHANGE("C35"),
        MOVE_COUNTS_AS_CHANGE("C35"),
        END_MOVES_BACKWARD("C36"),
        ACCESS_IS_ENOUGH("C36"),
        END_IS_ENOUGH("C36"),
        TIMEOUT_IS_NOT_COMPARED("C36"),
        TOUCH_WRITES_TIMEOUT("C36"),
        NEW_TIMEOUT_ONLY_FORWARD("C36"),
        TOUCH_REVIVES("C37"),
        NO_GRACE("C37"),
        ENDLESS_GRACE("C37"),
        LATE_WRITES_FOLLOW_LOGIN("C38"),
        LATE_WRITES_FOLLOW_STEP_UP("C38"),
        LATE_WRITES_FOLLOW_FIVE_MOVES("C38"),
        LATE_WRITES_DO_NOT_FOLLOW("C38"),
        LATE_WRITES_FOLLOW_FOR_EVER("C38"),
        LATE_WRITES_FOLLOW_TO_STRANGERS("C38"),
        MOVE_MAKES_NEW_SESSION("C39"),
        MOVE_WRITES_WHAT_WAS_SEEN("C40"),
        MOVE_DROPS_DELTA("C40"),
        MOVE_IN_TWO_STEPS("C40"),
        MOVE_CHECKS_FIRST("C41"),
        MOVE_REPEATED_IS_MOVED("C42"),
        MOVE_REPEATED_IS_APPLIED("C42"),
        MOVE_REPEATED_IS_MOVED_IF_GONE("C42"),
        MOVE_REPEATED_FINDS_EXPIRED("C42"),
        LATE_WRITE_IS_LOST("C43"),
        MOVE_OF_EXPIRED("C44"),
        MOVE_OF_NOTHING("C44"),
        MOVE_FOLLOWS_ROTATION("C44"),
        MOVE_IGNORES_CONDITION("C44"),
        MOVE_OF_LONG_MOVED("C44"),
        DELETE_SAYS_ALWAYS_DELETED("C50"),
        DELETE_CHECKS_FIRST("C50"),
        DELETE_OF_EXPIRED_IS_TOLD("C50"),
        DELETE_LEAVES_EXPIRED("C50"),
        DELETE_DOES_NOT_FOLLOW("C51"),
        DELETE_FOLLOWS_LOGIN("C51"),
        DELETE_DOES_NOT_FOLLOW_STEP_UP("C51"),
        DELETE_FOLLOWS_FIVE_MOVES("C51"),
        DELETE_BEHIND_LOGIN_IS_ABSENT("C51"),
        KEY_BINDING_IS_LOST("C52"),
        KEY_BINDING_IS_DROPPED_BY_A_MOVE("C52"),
        KEY_BINDING_IS_NOT_REPLACED("C53"),
        TOUCH_WRITES_KEY_BINDING("C53"),
        KEY_BINDING_FOLLOWS_ROTATION("C54"),
        SWEEP_FINDS_IN_GRACE("C60"),
        SWEEP_FINDS_LATE("C60"),
        SWEEP_FINDS_ENDLESS("C60"),
        SWEEP_FINDS_FORMER_KEYS("C60"),
        SWEEP_FINDS_NO_VALUES("C60"),
        SWEEP_SKIPS_AT_PAGES("C61"),
        SWEEP_COUNTS_POSITIONS("C61"),
        SWEEP_FINDING_DELETES("C62"),
        SWEEP_DELETES_USED("C63"),
        SWEEP_DELETES_CHANGED("C63"),
        SWEEP_DELETES_IN_GRACE("C63"),
        SWEEP_TELLS_EVERYBODY("C64"),
        SWEEP_CHECKS_FIRST("C64"),
        SWEEP_LEAVES_SESSION("C65"),
        REPETITION_UNDERNEATH("C33"),
        CLOCK_IS_SLOW("C11");

        final String clause;

        Fault(String clause) {
            this.clause = clause;
        }
    }

    private final Fault fault;
    private final Clock clock;
    private final Map<SessionKey, Row> rows = new HashMap<>();

    FaultyStore(Fault fault, Clock clock) {
        this.fault = fault;
        this.clock = is(Fault.CLOCK_IS_SLOW) ? Clock.offset(clock, Duration.ofSeconds(-30)) : clock;
    }

    private record Row(
            @Nullable StoredSession session,
            @Nullable Token write,
            @Nullable SessionKey to,
            @Nullable KeyChangeReason reason,
            @Nullable Token uid,
            Instant since,
            @Nullable Row replaced) {
        boolean isOlderThan(Duration time, Instant now) {
            return !now.isBefore(since.plus(time));
        }
    }

    private boolean is(Fault other) {
        return fault == other;
    }

    @Override
    public boolean isBlocking() {
        return !is(Fault.BLOCKING_FLAG_IS_WRONG);
    }

    @Override
    public CompletionStage<FindOutcome> find(SessionKey key) {
        Turns.pass();
        return CompletableFuture.completedFuture(findNow(key));
    }

    private synchronized FindOutcome findNow(SessionKey key) {
        Row row = rows.get(key);
        Instant now = clock.instant();
        if (row == null) {
            return new FindOutcome.Absent();
        }
        if (row.session == null) {
            if (is(Fault.FIND_FOLLOWS_ROTATION) && row.reason == KeyChangeReason.ROTATION) {
                return findNow(row.to);
            }
            Duration kept = is(Fault.MOVED_IS_FORGOTTEN_EARLY) ? FOLLOW_WINDOW.dividedBy(2) : FOLLOW_WINDOW;
            boolean forgotten = row.isOlderThan(kept, now) || is(Fault.MOVED_IS_FOUND_ABSENT);
            return forgotten
                    ? new FindOutcome.Absent()
                    : new FindOutcome.Moved(
                            is(Fault.MOVED_SAYS_ANOTHER_TIME) ? now : row.since,
                            is(Fault.MOVED_SAYS_ANOTHER_REASON) ? KeyChangeReason.ROTATION : row.reason);
        }
        Instant compared = is(Fault.ENDS_ONE_MILLISECOND_LATE) ? now.minusMillis(1) : now;
        if (row.session.isExpiredAt(compared) && !is(Fault.EXPIRED_IS_FOUND)) {
            if (is(Fault.FIND_REMOVES_EXPIRED)) {
                rows.remove(key);
            }
            return new FindOutcome.Absent();
        }
        if (is(Fault.FIND_RECORDS_ACCESS)) {
            put(key, row.session.toBuilder().accessedAt(now).build(), row.write);
        }
        return new FindOutcome.Found(row.session);
    }

    @Override
    public CompletionStage<CreateOutcome> create(SessionKey key, StoredSession session) {
        Turns.pass();
        if (is(Fault.CREATE_CHECKS_FIRST) && findNow(key) instanceof FindOutcome.Absent) {
            pause();
            synchronized (this) {
                rows.remove(key);
            }
        }
        return CompletableFuture.completedFuture(createNow(key, session));
    }

    private synchronized CreateOutcome createNow(SessionKey key, StoredSession session) {
        Row row = rows.get(key);
        boolean overwrites = is(Fault.CREATE_OVERWRITES)
                || (is(Fault.CREATE_OVERWRITES_MOVED) && row != null && row.session == null)
                || (is(Fault.CREATE_REPLACES_EXPIRED) && isExpired(row, Duration.ZERO))
                || (is(Fault.CREATE_REPLACES_SWEEPABLE) && isExpired(row, SAVE_GRACE));
        if (row != null && !overwrites) {
            if (row.session == null || !row.session.uid().equals(session.uid()) || is(Fault.CREATE_REPEATED_EXISTS)) {
                return new CreateOutcome.Exists();
            }
            if (!is(Fault.CREATE_REPEATED_RESETS)) {
                return new CreateOutcome.Written(row.session.version());
            }
        }
        StoredSession.Builder stored = session.toBuilder().attributes(stored(session.attributes()));
        if (is(Fault.KEY_BINDING_IS_LOST)) {
            stored.keyBinding(null);
        }
        if (is(Fault.ABSOLUTE_EXPIRY_IS_LOST)) {
            stored.absoluteExpiry(null);
        }
        put(key, stored.build(), null);
        return new CreateOutcome.Written(session.version());
    }

    private boolean isExpired(@Nullable Row row, Duration since) {
        return row != null
                && row.session != null
                && row.session.isExpiredAt(clock.instant().minus(since));
    }

    @Override
    public CompletionStage<UpdateOutcome> update(SessionKey key, SessionDelta delta) {
        Turns.pass();
        SessionDelta applied = delta;
        if (is(Fault.ATTRIBUTES_ARE_COMPARED_FIRST) && delta.condition() instanceof Condition.AttributesUnchanged) {
            if (findNow(key) instanceof FindOutcome.Found found && !holds(delta.condition(), found.session())) {
                return CompletableFuture.completedFuture(new UpdateOutcome.Conflict(found.session()));
            }
            pause();
            applied = copy(delta, delta.write(), Condition.NONE);
        } else if (is(Fault.WHOLE_SESSION_IS_SAVED)
                && delta.changesData()
                && delta.condition() instanceof Condition.None
                && findNow(key) instanceof FindOutcome.Found found) {
            pause();
            synchronized (this) {
                if (rows.get(key) != null && rows.get(key).session != null) {
                    put(key, apply(found.session(), delta), delta.write());
                    return CompletableFuture.completedFuture(
                            new UpdateOutcome.Written(found.session().version() + 1));
                }
            }
        } else if (is(Fault.UPDATE_CHECKS_FIRST) && findNow(key) instanceof FindOutcome.Found found) {
            pause();
            synchronized (this) {
                rows.putIfAbsent(key, new Row(found.session(), null, null, null, null, clock.instant(), null));
            }
        } else if (is(Fault.LATE_WRITE_IS_LOST) && findNow(key) instanceof FindOutcome.Found found) {
            pause();
            synchronized (this) {
                if (rows.get(key) != null && rows.get(key).session == null) {
                    return CompletableFuture.completedFuture(
                            new UpdateOutcome.Written(found.session().version() + 1));
                }
            }
        }
        if (mayHaveApplied(key, delta)) {
            return CompletableFuture.failedFuture(new SessionStoreException("two writes hide the first", null, true));
        }
        UpdateOutcome outcome = updateNow(key, applied);
        if (is(Fault.REPETITION_UNDERNEATH)
                && outcome instanceof UpdateOutcome.Written written
                && written.version() % 3 == 0) {
            outcome = updateNow(key, copy(applied, Token.random(), applied.condition()));
        }
        return CompletableFuture.completedFuture(outcome);
    }

    private synchronized boolean mayHaveApplied(SessionKey key, SessionDelta delta) {
        Row row = rows.get(key);
        return delta.earlierAttemptMayHaveApplied()
                && row != null
                && row.session != null
                && !delta.write().equals(row.write)
                && row.session.version() > delta.seenVersion().orElse(0) + 1;
    }

    private synchronized UpdateOutcome updateNow(SessionKey key, SessionDelta delta) {
        Instant now = clock.instant();
        Row row = rows.get(key);
        if (row == null && is(Fault.UPDATE_CREATES)) {
            StoredSession empty = StoredSession.builder()
                    .uid(Token.random())
                    .createdAt(now)
                    .accessedAt(now)
                    .build();
            put(key, empty.toBuilder().apply(delta).build(), delta.write());
            return new UpdateOutcome.Written(2);
        }
        SessionKey target = key;
        Token uid = null;
        int moves = 0;
        while (row != null && row.session == null) {
            if (delta.changesData()
                    && delta.write().equals(row.replaced.write)
                    && !is(Fault.REDIRECT_FORGETS_LAST_WRITE)
                    && !is(Fault.TOKEN_IS_IGNORED)) {
                return new UpdateOutcome.Written(
                        row.replaced.session.version(), !is(Fault.RECOGNISED_WRITE_HIDES_THE_MOVE));
            }
            if (row.isOlderThan(FOLLOW_WINDOW, now) && !is(Fault.LATE_WRITES_FOLLOW_FOR_EVER)) {
                return new UpdateOutcome.Gone();
            }
            boolean follows = row.reason == KeyChangeReason.ROTATION
                    || is(Fault.LATE_WRITES_FOLLOW_LOGIN)
                    || (row.reason == KeyChangeReason.STEP_UP && is(Fault.LATE_WRITES_FOLLOW_STEP_UP));
            boolean tooFar = is(Fault.LATE_WRITES_FOLLOW_FIVE_MOVES) && moves++ == 5;
            if (!follows || tooFar || is(Fault.LATE_WRITES_DO_NOT_FOLLOW)) {
                return new UpdateOutcome.Moved();
            }
            target = row.to;
            uid = row.uid;
            row = rows.get(target);
        }
        if (row == null) {
            return new UpdateOutcome.Gone();
        }
        StoredSession session = row.session;
        boolean moved = uid != null && !is(Fault.FOLLOWED_WRITE_HIDES_THE_MOVE);
        if (uid != null && !uid.equals(session.uid()) && !is(Fault.LATE_WRITES_FOLLOW_TO_STRANGERS)) {
            return new UpdateOutcome.Gone();
        }
        if (delta.changesData() && delta.write().equals(row.write) && !is(Fault.TOKEN_IS_IGNORED)) {
            return new UpdateOutcome.Written(session.version(), moved);
        }
        boolean graced = delta.changesData() && !is(Fault.NO_GRACE);
        Duration grace = graced ? is(Fault.ENDLESS_GRACE) ? SAVE_GRACE.multipliedBy(99) : SAVE_GRACE : Duration.ZERO;
        if (session.isExpiredAt(now.minus(grace)) && !(is(Fault.TOUCH_REVIVES) && !delta.changesData())) {
            return new UpdateOutcome.Gone();
        }
        if (!holds(delta.condition(), session)) {
            return new UpdateOutcome.Conflict(session);
        }
        StoredSession changed = apply(session, delta);
        boolean takesKeyBinding = (delta.changesData() || is(Fault.TOUCH_WRITES_KEY_BINDING))
                && (target.equals(key) || is(Fault.KEY_BINDING_FOLLOWS_ROTATION));
        if (!takesKeyBinding) {
            changed = changed.toBuilder()
                    .keyBinding(session.keyBinding().orElse(null))
                    .build();
        }
        boolean keepsToken = !delta.changesData() && !is(Fault.TOUCH_FORGETS_TOKEN);
        put(target, changed, keepsToken ? row.write : delta.write());
        return new UpdateOutcome.Written(
                is(Fault.OUTCOME_HAS_ANOTHER_VERSION) ? session.version() : changed.version(), moved);
    }

    @Override
    public CompletionStage<ChangeKeyOutcome> changeKey(
            SessionKey from, SessionKey to, StoredSession seen, SessionDelta delta, KeyChangeReason reason) {
        Turns.pass();
        if (is(Fault.MOVE_CHECKS_FIRST) && findNow(from) instanceof FindOutcome.Found found) {
            pause();
            StoredSession changed = apply(found.session(), delta);
            synchronized (this) {
                put(to, changed, delta.write());
                leave(from, to, delta, reason, new Row(found.session(), null, null, null, null, clock.instant(), null));
            }
            return CompletableFuture.completedFuture(new ChangeKeyOutcome.Changed(changed));
        }
        if (is(Fault.MOVE_IN_TWO_STEPS)) {
            ChangeKeyOutcome outcome;
            Row arrived;
            synchronized (this) {
                outcome = changeKeyNow(from, to, seen, delta, reason);
                arrived = rows.remove(to);
            }
            pause();
            synchronized (this) {
                if (arrived != null) {
                    rows.put(to, arrived);
                }
            }
            return CompletableFuture.completedFuture(outcome);
        }
        return CompletableFuture.completedFuture(changeKeyNow(from, to, seen, delta, reason));
    }

    private synchronized ChangeKeyOutcome changeKeyNow(
            SessionKey from, SessionKey to, StoredSession seen, SessionDelta delta, KeyChangeReason reason) {
        Instant now = clock.instant();
        Row row = rows.get(from);
        if (row == null) {
            if (is(Fault.MOVE_OF_NOTHING)) {
                put(to, apply(seen, delta), delta.write());
                return new ChangeKeyOutcome.Changed(seen);
            }
            return new ChangeKeyOutcome.Gone();
        }
        if (row.session == null) {
            boolean own = delta.write().equals(row.write) && to.equals(row.to);
            Row target = rows.get(row.to);
            if (own && target != null && target.session != null && !is(Fault.MOVE_REPEATED_IS_MOVED)) {
                if (target.session.isExpiredAt(now) && !is(Fault.MOVE_REPEATED_FINDS_EXPIRED)) {
                    return new ChangeKeyOutcome.Gone();
                }
                if (is(Fault.MOVE_REPEATED_IS_APPLIED)) {
                    put(to, apply(target.session, delta), delta.write());
                }
                return new ChangeKeyOutcome.Changed(rows.get(to).session);
            }
            if (own && target == null && !is(Fault.MOVE_REPEATED_IS_MOVED_IF_GONE)) {
                return new ChangeKeyOutcome.Gone();
            }
            if (row.isOlderThan(FOLLOW_WINDOW, now) && !is(Fault.MOVE_OF_LONG_MOVED)) {
                return new ChangeKeyOutcome.Gone();
            }
            if (is(Fault.MOVE_FOLLOWS_ROTATION) && row.reason == KeyChangeReason.ROTATION) {
                return changeKeyNow(row.to, to, seen, delta, reason);
            }
            return new ChangeKeyOutcome.Moved();
        }
        if (row.session.isExpiredAt(now) && !is(Fault.MOVE_OF_EXPIRED)) {
            return new ChangeKeyOutcome.Gone();
        }
        if (!holds(delta.condition(), row.session) && !is(Fault.MOVE_IGNORES_CONDITION)) {
            return new ChangeKeyOutcome.Conflict(row.session);
        }
        StoredSession base = is(Fault.MOVE_WRITES_WHAT_WAS_SEEN) ? seen : row.session;
        StoredSession changed = is(Fault.MOVE_DROPS_DELTA) ? base : apply(base, delta);
        if (is(Fault.KEY_BINDING_IS_DROPPED_BY_A_MOVE)) {
            changed = changed.toBuilder()
                    .keyBinding(delta.keyBinding().orElse(null))
                    .build();
        }
        if (is(Fault.MOVE_MAKES_NEW_SESSION)) {
            changed = changed.toBuilder().uid(Token.random()).build();
        } else if (is(Fault.MOVE_COUNTS_AS_CHANGE) && !delta.changesData()) {
            changed = changed.toBuilder().version(changed.version() + 1).build();
        }
        put(to, changed, delta.changesData() && !is(Fault.MOVE_KEEPS_TOKEN) ? delta.write() : row.write);
        leave(from, to, delta, reason, row);
        return new ChangeKeyOutcome.Changed(changed);
    }

    private void leave(SessionKey from, SessionKey to, SessionDelta delta, KeyChangeReason reason, Row replaced) {
        Token uid = rows.get(to).session.uid();
        rows.put(from, new Row(null, delta.write(), to, reason, uid, clock.instant(), replaced));
    }

    @Override
    public CompletionStage<DeleteOutcome> delete(SessionKey key) {
        Turns.pass();
        if (is(Fault.DELETE_CHECKS_FIRST) && findNow(key) instanceof FindOutcome.Found) {
            pause();
            deleteNow(key);
            return CompletableFuture.completedFuture(DeleteOutcome.DELETED);
        }
        DeleteOutcome outcome = deleteNow(key);
        return CompletableFuture.completedFuture(
                is(Fault.DELETE_SAYS_ALWAYS_DELETED) ? DeleteOutcome.DELETED : outcome);
    }

    private synchronized DeleteOutcome deleteNow(SessionKey key) {
        Instant now = clock.instant();
        SessionKey target = key;
        Row row = rows.get(key);
        Token uid = null;
        int moves = 0;
        while (row != null && row.session == null) {
            boolean follows = row.reason.endFollows() || is(Fault.DELETE_FOLLOWS_LOGIN);
            if (row.reason == KeyChangeReason.STEP_UP && is(Fault.DELETE_DOES_NOT_FOLLOW_STEP_UP)) {
                follows = false;
            }
            if (is(Fault.DELETE_FOLLOWS_FIVE_MOVES) && moves++ == 5) {
                return DeleteOutcome.ABSENT;
            }
            if (!follows || is(Fault.DELETE_DOES_NOT_FOLLOW) || row.isOlderThan(FOLLOW_WINDOW, now)) {
                return is(Fault.DELETE_BEHIND_LOGIN_IS_ABSENT) ? DeleteOutcome.ABSENT : DeleteOutcome.MOVED;
            }
            uid = row.uid;
            target = row.to;
            row = rows.get(target);
        }
        if (row == null || (uid != null && !uid.equals(row.session.uid()))) {
            return DeleteOutcome.ABSENT;
        }
        boolean expired = row.session.isExpiredAt(now);
        if (!expired || !is(Fault.DELETE_LEAVES_EXPIRED)) {
            rows.remove(target);
        }
        return expired && !is(Fault.DELETE_OF_EXPIRED_IS_TOLD) ? DeleteOutcome.ABSENT : DeleteOutcome.DELETED;
    }

    @Override
    public CompletionStage<ExpiredPage> findExpired(@Nullable String position, int limit) {
        Turns.pass();
        return CompletableFuture.completedFuture(findExpiredNow(position, limit));
    }

    private synchronized ExpiredPage findExpiredNow(@Nullable String position, int limit) {
        if (is(Fault.SWEEP_COUNTS_POSITIONS)) {
            int from = position == null ? 0 : Integer.parseInt(position);
            List<SessionKey> keys = sorted();
            List<SessionKey> looked = keys.subList(Math.min(from, keys.size()), Math.min(from + limit, keys.size()));
            boolean last = from + limit >= keys.size();
            return new ExpiredPage(
                    expired(looked), last ? Optional.empty() : Optional.of(Integer.toString(from + limit)));
        }
        List<SessionKey> keys = sorted().stream()
                .filter(key -> position == null || key.value().compareTo(position) > 0)
                .toList();
        if (keys.size() <= limit) {
            return new ExpiredPage(expired(keys), Optional.empty());
        }
        SessionKey last = keys.get(limit - 1);
        List<SessionKey> looked = keys.subList(0, is(Fault.SWEEP_SKIPS_AT_PAGES) ? limit - 1 : limit);
        return new ExpiredPage(expired(looked), Optional.of(last.value()));
    }

    private List<SessionKey> sorted() {
        return rows.keySet().stream()
                .sorted(Comparator.comparing(SessionKey::value))
                .toList();
    }

    private List<ExpiredSession> expired(List<SessionKey> keys) {
        List<ExpiredSession> expired = new ArrayList<>();
        for (SessionKey key : keys) {
            Row row = rows.get(key);
            StoredSession session = row.session;
            if (session == null && is(Fault.SWEEP_FINDS_FORMER_KEYS)) {
                session = rows.get(row.to) == null ? null : rows.get(row.to).session;
            }
            if (session == null || !isSweepable(session)) {
                continue;
            }
            if (is(Fault.SWEEP_FINDS_NO_VALUES)) {
                session = session.toBuilder().attributes(Map.of()).build();
            }
            expired.add(new ExpiredSession(key, session));
            if (is(Fault.SWEEP_FINDING_DELETES)) {
                rows.remove(key);
            }
        }
        return expired;
    }

    private boolean isSweepable(StoredSession session) {
        Duration grace = is(Fault.SWEEP_FINDS_IN_GRACE)
                ? Duration.ZERO
                : is(Fault.SWEEP_FINDS_LATE) ? SAVE_GRACE.plusMillis(1) : SAVE_GRACE;
        boolean endless = session.expiresAt().isEmpty() && is(Fault.SWEEP_FINDS_ENDLESS);
        return endless || session.isExpiredAt(clock.instant().minus(grace));
    }

    @Override
    public CompletionStage<SweepOutcome> deleteExpired(ExpiredSession seen) {
        Turns.pass();
        if (is(Fault.SWEEP_CHECKS_FIRST)) {
            synchronized (this) {
                if (rows.get(seen.key()) == null) {
                    return CompletableFuture.completedFuture(SweepOutcome.SKIPPED);
                }
            }
            pause();
            deleteExpiredNow(seen);
            return CompletableFuture.completedFuture(SweepOutcome.DELETED);
        }
        SweepOutcome outcome = deleteExpiredNow(seen);
        return CompletableFuture.completedFuture(is(Fault.SWEEP_TELLS_EVERYBODY) ? SweepOutcome.DELETED : outcome);
    }

    private synchronized SweepOutcome deleteExpiredNow(ExpiredSession seen) {
        Row row = rows.get(seen.key());
        StoredSession session = row == null ? null : row.session;
        if (session == null || (!isSweepable(session) && !is(Fault.SWEEP_DELETES_IN_GRACE) && !isBlind())) {
            return SweepOutcome.SKIPPED;
        }
        boolean used = !session.accessedAt().equals(seen.session().accessedAt());
        boolean changed = session.version() != seen.session().version();
        if (used && !is(Fault.SWEEP_DELETES_USED) || changed && !is(Fault.SWEEP_DELETES_CHANGED)) {
            return SweepOutcome.SKIPPED;
        }
        if (!is(Fault.SWEEP_LEAVES_SESSION)) {
            rows.remove(seen.key());
        }
        return SweepOutcome.DELETED;
    }

    /** Whether what was seen is believed, without another look. */
    private boolean isBlind() {
        return is(Fault.SWEEP_DELETES_USED);
    }

    @Override
    public void close() {}

    private StoredSession apply(StoredSession session, SessionDelta delta) {
        StoredSession.Builder changed = session.toBuilder();
        if (is(Fault.UPDATE_REPLACES_ALL) && !delta.set().isEmpty()) {
            changed.attributes(Map.of());
        }
        Map<String, EncodedValue> attributes =
                new HashMap<>(changed.apply(delta).build().attributes());
        attributes.keySet().removeAll(delta.set().keySet());
        attributes.putAll(stored(delta.set()));
        if (is(Fault.REMOVALS_ARE_IGNORED)) {
            delta.removed()
                    .forEach(name -> Optional.ofNullable(session.attributes().get(name))
                            .ifPresent(value -> attributes.put(name, value)));
        }
        changed = session.toBuilder().apply(delta).attributes(attributes);
        boolean records = recordsAccess(session, delta);
        Access access = delta.access().orElse(null);
        boolean keepsTimeout = !records || (is(Fault.TIMEOUT_IS_NOT_COMPARED) && !delta.changesIdleTimeout());
        changed.accessedAt(records ? access.accessedAt() : session.accessedAt())
                .idleTimeout((keepsTimeout ? session.idleTimeout() : access.idleTimeout()).orElse(null))
                .expiresAt((records ? access.expiresAt() : session.expiresAt()).orElse(null));
        if (is(Fault.TOUCH_COUNTS_AS_CHANGE) && !delta.changesData()) {
            changed.version(session.version() + 1);
        }
        if (is(Fault.KEY_BINDING_IS_NOT_REPLACED)) {
            changed.keyBinding(session.keyBinding().orElse(null));
        }
        return changed.build();
    }

    private boolean recordsAccess(StoredSession session, SessionDelta delta) {
        if (delta.access().isEmpty()) {
            return false;
        }
        Access access = delta.access().get();
        boolean endForward = !access.expiresAt()
                .orElse(Instant.MAX)
                .isBefore(session.expiresAt().orElse(Instant.MAX));
        boolean accessForward = !access.accessedAt().isBefore(session.accessedAt());
        boolean forward = (endForward || is(Fault.ACCESS_IS_ENOUGH)) && (accessForward || is(Fault.END_IS_ENOUGH));
        if (delta.changesIdleTimeout()) {
            return forward || !is(Fault.NEW_TIMEOUT_ONLY_FORWARD);
        }
        boolean sameTimeout = access.idleTimeout().equals(session.idleTimeout());
        return (forward || is(Fault.END_MOVES_BACKWARD))
                && (sameTimeout || is(Fault.TIMEOUT_IS_NOT_COMPARED) || is(Fault.TOUCH_WRITES_TIMEOUT));
    }

    private boolean holds(Condition condition, StoredSession session) {
        if (condition instanceof Condition.VersionIs version) {
            return version.version() == session.version() || is(Fault.VERSION_IS_NOT_COMPARED);
        }
        if (condition instanceof Condition.AttributesUnchanged unchanged && !is(Fault.ATTRIBUTES_ARE_NOT_COMPARED)) {
            return unchanged.expected().entrySet().stream().allMatch(expected -> {
                EncodedValue stored = session.attributes().get(expected.getKey());
                if (is(Fault.ATTRIBUTES_ARE_COMPARED_BY_BYTES) && stored != null) {
                    return expected.getValue().isPresent()
                            && Arrays.equals(
                                    stored.bytes(), expected.getValue().get().bytes());
                }
                return Optional.ofNullable(stored).equals(expected.getValue())
                        && !(is(Fault.ATTRIBUTES_ARE_COMPARED_BY_VERSION) && session.version() > 1);
            });
        }
        return true;
    }

    private Map<String, EncodedValue> stored(Map<String, EncodedValue> attributes) {
        Map<String, EncodedValue> stored = new HashMap<>();
        attributes.forEach((name, value) -> {
            if (is(Fault.EMPTY_NAME_IS_DROPPED) && name.isEmpty()
                    || is(Fault.ONLY_THE_FIRST_400_ARE_SET) && stored.size() == 400) {
                return;
            }
            stored.put(
                    is(Fault.NAMES_LOSE_SURROGATES)
                            ? new String(name.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8)
                            : is(Fault.NAMES_ARE_TRIMMED) ? name.strip() : name,
                    is(Fault.TEXT_IS_REENCODED)
                            ? EncodedValue.of(
                                    value.format(),
                                    new String(value.bytes(), StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8))
                            : value);
        });
        return stored;
    }

    private void put(SessionKey key, StoredSession session, @Nullable Token write) {
        rows.put(key, new Row(session, write, null, null, null, clock.instant(), null));
    }

    private static SessionDelta copy(SessionDelta delta, Token write, Condition condition) {
        SessionDelta.Builder copy = SessionDelta.builder(write)
                .condition(condition)
                .keyBinding(delta.keyBinding().orElse(null));
        delta.set().forEach(copy::set);
        delta.removed().forEach(copy::remove);
        delta.access().ifPresent(delta.changesIdleTimeout() ? copy::changeIdleTimeout : copy::access);
        return copy.build();
    }

    /** Between two steps that should be one: somebody else comes first. */
    private static void pause() {
        Turns.passToAnother();
    }
}
