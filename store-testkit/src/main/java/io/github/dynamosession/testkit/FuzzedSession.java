// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.testkit;

import io.github.dynamosession.spi.EncodedValue;
import io.github.dynamosession.spi.KeyChangeReason;
import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.Token;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the nodes of a fuzz test know of one session: what they tried, what they were told, and so what the
 * store may still answer. Each node writes an attribute of its own, with rising numbers, and all of them
 * increment one counter.
 *
 * <p>An operation takes a {@link View} before it starts; what was told by then binds what it sees. All
 * methods are atomic.
 */
final class FuzzedSession {
    static final String COUNTER = "count";
    private static final int HISTORY = 60;

    private final String name;
    final Token uid;
    final Duration idleTimeout;
    private final Instant firstEnd;

    private final List<SessionKey> keys = new ArrayList<>();
    private final Map<SessionKey, KeyChangeReason> left = new HashMap<>();
    private final Map<SessionKey, Instant> leftAt = new HashMap<>();

    /** When the first attempt to move the session from a key began: from then on it may have left. */
    private final Map<SessionKey, Instant> departures = new HashMap<>();

    private final Set<SessionKey> refusedTargets = new HashSet<>();
    private boolean abandoned;

    private boolean deleted;
    private int possibleDeletions;

    private final Instant[] tried;
    private Instant surelyUntil;

    private final long[] attempted;
    private final long[] confirmed;
    private final List<Set<Long>> unknown = new ArrayList<>();
    private final List<Set<Long>> refused = new ArrayList<>();

    private int incrementsStarted;
    private int incrementsTold;
    private int incrementsUnknown;

    private StoredSession lastSeen;
    private final Deque<String> history = new ArrayDeque<>();

    FuzzedSession(String name, SessionKey key, StoredSession created, int nodes) {
        this.name = name;
        this.uid = created.uid();
        this.idleTimeout = created.idleTimeout().orElseThrow();
        this.firstEnd = created.expiresAt().orElseThrow();
        this.surelyUntil = firstEnd;
        this.lastSeen = created;
        this.keys.add(key);
        this.tried = new Instant[nodes];
        Arrays.fill(tried, firstEnd);
        this.attempted = new long[nodes];
        this.confirmed = new long[nodes];
        for (int i = 0; i < nodes; i++) {
            unknown.add(new HashSet<>());
            refused.add(new HashSet<>());
        }
    }

    static String ownAttribute(int node) {
        return "node " + node;
    }

    /** What was known when an operation started. */
    record View(
            int node,
            SessionKey key,
            Instant now,
            boolean deleted,
            boolean current,
            boolean leftKey,
            boolean barred,
            Instant surelyUntil,
            Instant ownEnd,
            List<Long> confirmed,
            int incrementsTold) {}

    synchronized View view(int node, SessionKey key, Instant now) {
        int index = keys.indexOf(key);
        boolean barred = index >= 0
                && keys.subList(index, keys.size()).stream()
                        .anyMatch(k -> left.get(k) == KeyChangeReason.PRIVILEGE_CHANGE);
        return new View(
                node,
                key,
                now,
                deleted,
                key.equals(currentKey()),
                left.containsKey(key),
                barred,
                surelyUntil,
                tried[node],
                Arrays.stream(confirmed).boxed().toList(),
                incrementsTold);
    }

    synchronized SessionKey currentKey() {
        return keys.get(keys.size() - 1);
    }

    synchronized List<SessionKey> allKeys() {
        return List.copyOf(keys);
    }

    synchronized List<SessionKey> allRefusedTargets() {
        return List.copyOf(refusedTargets);
    }

    synchronized StoredSession lastSeen() {
        return lastSeen;
    }

    synchronized boolean isAbandoned() {
        return abandoned;
    }

    synchronized void log(int node, SessionKey key, String what) {
        int index = keys.indexOf(key);
        history.addLast("node " + node + ", " + (index < 0 ? "a new key" : "key " + index) + ": " + what);
        if (history.size() > HISTORY) {
            history.removeFirst();
        }
    }

    // What nodes try

    synchronized long nextOwnValue(int node) {
        return ++attempted[node];
    }

    synchronized void startIncrement() {
        incrementsStarted++;
    }

    synchronized void startAccess(int node, Instant end) {
        if (end.isAfter(tried[node])) {
            tried[node] = end;
        }
    }

    synchronized void startMove(SessionKey from, Instant now) {
        departures.merge(from, now, (first, later) -> later.isBefore(first) ? later : first);
    }

    synchronized void startDelete() {
        possibleDeletions++;
    }

    // What they are told

    synchronized void written(View before, boolean data, long own, @Nullable Instant end) {
        if (before.deleted) {
            throw violation("resurrected session: an update was Written after the deletion had been told (C31)");
        }
        if (before.barred) {
            throw violation("an update was Written under a key left by a privilege change (C38)");
        }
        Instant last = latestEnd(before.node, before.ownEnd);
        Instant limit = data ? last.plus(SessionStore.SAVE_GRACE) : last;
        if (!before.now.isBefore(limit)) {
            throw violation("resurrected session: an expired one was " + (data ? "written" : "touched") + " (C37)");
        }
        confirmOwn(before.node, own);
        confirmEnd(end);
    }

    synchronized void incremented() {
        incrementsTold++;
    }

    synchronized void incrementUnknown() {
        incrementsUnknown++;
    }

    synchronized void notApplied(int node, long own) {
        if (own > 0) {
            refused.get(node).add(own);
        }
    }

    synchronized void perhapsApplied(int node, long own) {
        if (own > 0) {
            unknown.get(node).add(own);
        }
    }

    synchronized void changed(View before, SessionKey to, KeyChangeReason reason, long own, @Nullable Instant end) {
        if (before.deleted) {
            throw violation("resurrected session: its id was Changed after the deletion had been told (C44)");
        }
        if (left.containsKey(before.key)) {
            throw violation("two winners of an id change: both were told Changed (C41)");
        }
        if (!before.key.equals(currentKey())) {
            throw violation("two winners of an id change: a key that is not the session's was Changed (C44)");
        }
        left.put(before.key, reason);
        leftAt.put(before.key, before.now);
        keys.add(to);
        confirmOwn(before.node, own);
        confirmEnd(end);
    }

    synchronized void notChanged(SessionKey to) {
        refusedTargets.add(to);
    }

    /** Nobody can tell any more where the session is. */
    synchronized void abandon() {
        abandoned = true;
    }

    synchronized void deleted(View before) {
        if (deleted) {
            throw violation("two callers were told that they DELETED the session (C50)");
        }
        if (before.barred) {
            throw violation("DELETED under a key left by a privilege change (C51)");
        }
        deleted = true;
    }

    synchronized void swept(View before, StoredSession told, Instant now) {
        if (deleted) {
            throw violation("destroyed event twice: a sweep DELETED what had been told to be deleted (C64)");
        }
        if (now.isBefore(before.surelyUntil.plus(SessionStore.SAVE_GRACE))) {
            throw violation("lost session: a sweep DELETED one that had not expired (C63)");
        }
        seen(before, told, true);
        deleted = true;
    }

    synchronized void notDeleted(View before, Instant now) {
        possibleDeletions--;
        if (!departures.containsKey(before.key)) {
            gone(before, now, "ABSENT for delete");
        }
    }

    /** Something answered that the session is not there: it must be deleted, expired, or elsewhere. */
    synchronized void gone(View before, Instant now, String answer) {
        // The trace of a move that nobody was told of yet may be gone, if time was moved as far since it began.
        Instant left = departures.getOrDefault(before.key, before.now);
        Instant since = left.isBefore(before.now) ? left : before.now;
        boolean traced = now.isBefore(since.plus(SessionStore.FOLLOW_WINDOW));
        if (before.current && traced && possibleDeletions == 0 && !abandoned && now.isBefore(before.surelyUntil)) {
            throw violation("lost session: " + answer + ", but it was neither deleted nor expired");
        }
    }

    synchronized void absent(View before, Instant now) {
        Instant at = leftAt.get(before.key);
        if (before.leftKey
                && at != null
                && now.isBefore(at.plus(SessionStore.FOLLOW_WINDOW))
                && now.isBefore(before.surelyUntil)
                && possibleDeletions == 0) {
            throw violation("Absent under a key that the session left only now, instead of Moved (C12)");
        }
        gone(before, now, "Absent for find");
    }

    synchronized void moved(View before) {
        if (!departures.containsKey(before.key)) {
            throw violation("Moved, but nobody ever moved the session from this key");
        }
    }

    synchronized void seen(View before, StoredSession session, boolean mayBeExpired) {
        if (before.deleted) {
            throw violation("resurrected session: it was found after the deletion had been told (C31, C50)");
        }
        if (!session.uid().equals(uid)) {
            throw violation("another session's data was answered");
        }
        if (!mayBeExpired && !before.now.isBefore(latestEnd(before.node, tried[before.node]))) {
            throw violation("expired session returned (C11)");
        }
        for (int node = 0; node < confirmed.length; node++) {
            long value = number(session.attributes().get(ownAttribute(node)));
            if (value < before.confirmed.get(node) && !unknown.get(node).contains(value)) {
                throw violation("lost attribute: node " + node + " was told that it wrote " + before.confirmed.get(node)
                        + ", but " + value + " is stored (C30, C43)");
            }
            if (refused.get(node).contains(value)) {
                throw violation("node " + node + " was told that " + value + " was not written, but it is stored");
            }
        }
        lastSeen = session;
        long count = number(session.attributes().get(COUNTER));
        if (count < before.incrementsTold) {
            throw violation("lost compute: " + before.incrementsTold + " increments were told Written, but " + count
                    + " are stored (C33)");
        }
        if (count > incrementsStarted) {
            throw violation("doubled compute: " + incrementsStarted + " increments were started, but " + count
                    + " are stored (C32, C33)");
        }
    }

    synchronized void foundUnder(View before) {
        if (before.leftKey) {
            throw violation("two winners of an id change: the session is found under a key that it left (C12, C40)");
        }
    }

    /** When nothing runs any more. */
    synchronized void settled(@Nullable StoredSession found, Instant now) {
        if (found == null) {
            if (!deleted && possibleDeletions == 0 && !abandoned && now.isBefore(surelyUntil)) {
                throw violation("lost session: it is not under its key, but was neither deleted nor expired");
            }
            return;
        }
        long count = number(found.attributes().get(COUNTER));
        if (count < incrementsTold) {
            throw violation("lost compute: " + incrementsTold + " increments were told Written, but " + count
                    + " are stored (C33)");
        }
        if (count > incrementsTold + incrementsUnknown) {
            throw violation("doubled compute: " + incrementsTold + " increments were told Written and "
                    + incrementsUnknown + " unknown, but " + count + " are stored (C32, C33)");
        }
    }

    synchronized Instant latestEnd() {
        Instant latest = firstEnd;
        for (Instant end : tried) {
            latest = end.isAfter(latest) ? end : latest;
        }
        return latest;
    }

    /** The latest end that anybody tried to store, where one node's own operation in progress does not count. */
    private Instant latestEnd(int node, Instant ownEnd) {
        Instant latest = firstEnd;
        for (int i = 0; i < tried.length; i++) {
            Instant end = i == node ? ownEnd : tried[i];
            latest = end.isAfter(latest) ? end : latest;
        }
        return latest;
    }

    private void confirmOwn(int node, long own) {
        if (own > 0) {
            confirmed[node] = own;
        }
    }

    private void confirmEnd(@Nullable Instant end) {
        if (end != null && end.isAfter(surelyUntil)) {
            surelyUntil = end;
        }
    }

    static long number(@Nullable EncodedValue value) {
        return value == null ? 0 : Long.parseLong(new String(value.bytes(), StandardCharsets.UTF_8));
    }

    static EncodedValue number(long value) {
        return EncodedValue.of(EncodedValue.JSON, Long.toString(value).getBytes(StandardCharsets.UTF_8));
    }

    synchronized AssertionError violation(String what) {
        return new AssertionError(
                what + "\n" + name + ", the last operations as they ended:\n  " + String.join("\n  ", history));
    }
}
