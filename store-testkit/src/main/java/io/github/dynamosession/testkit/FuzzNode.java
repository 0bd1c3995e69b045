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
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.SweepOutcome;
import io.github.dynamosession.spi.SweepableSessionStore;
import io.github.dynamosession.spi.Token;
import io.github.dynamosession.spi.UpdateOutcome;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** One node of a fuzz test: runs operations through its store and compares what it is told with the model. */
final class FuzzNode {
    /** What a node can do. */
    enum Step {
        FIND,
        MERGE,
        COMPUTE,
        TOUCH,
        ROTATE,
        LOGIN,
        DELETE,
        WAIT,
        SWEEP
    }

    private static final int ATTEMPTS = 200;
    private static final int SWEEP_LIMIT = 1_000;
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(2);

    private final int node;
    private final SessionStore store;
    private final MovableClock clock;
    private final Random random;
    private final boolean unknownAllowed;
    private final @Nullable SweepableSessionStore sweepable;

    FuzzNode(
            int node,
            SessionStore store,
            MovableClock clock,
            Random random,
            boolean unknownAllowed,
            @Nullable SweepableSessionStore sweepable) {
        this.node = node;
        this.store = store;
        this.clock = clock;
        this.random = random;
        this.unknownAllowed = unknownAllowed;
        this.sweepable = sweepable;
    }

    /** Begins as the seed has it, and is never the same twice: the database may be there since an earlier run. */
    SessionKey newKey() {
        byte[] bytes = new byte[32];
        random.nextBytes(bytes);
        return SessionKey.of(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes) + "-" + UUID.randomUUID());
    }

    void create(SessionKey key, StoredSession session) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            try {
                CreateOutcome outcome = Concurrency.await(store.create(key, session));
                if (outcome instanceof CreateOutcome.Exists) {
                    throw new AssertionError("a repeated create was answered Exists (C21), or a new key is taken");
                }
                return;
            } catch (SessionStoreException e) {
                // Repeated until it is told.
            }
        }
        throw new AssertionError("no create was answered in " + ATTEMPTS + " attempts");
    }

    void run(Step step, FuzzedSession session) {
        if (session.isAbandoned()) {
            return;
        }
        SessionKey key = session.currentKey();
        if (random.nextInt(4) == 0) {
            List<SessionKey> keys = session.allKeys();
            key = keys.get(random.nextInt(keys.size()));
        }
        run(step, session, key, random.nextBoolean());
    }

    /** A first step, on the key that all nodes know, without a look before. */
    void begin(Step step, FuzzedSession session) {
        run(step, session, session.allKeys().get(0), false);
    }

    private void run(Step step, FuzzedSession session, SessionKey key, boolean looksFirst) {
        switch (step) {
            case FIND -> find(session, key);
            case MERGE -> merge(session, key);
            case COMPUTE -> compute(session, key, looksFirst);
            case TOUCH -> touch(session, key);
            case ROTATE -> changeKey(session, key, looksFirst, KeyChangeReason.ROTATION);
            case LOGIN -> changeKey(session, key, looksFirst, KeyChangeReason.PRIVILEGE_CHANGE);
            case DELETE -> delete(session, key);
            case WAIT -> clock.advance(LONGEST_WAIT.dividedBy(1 + random.nextInt(20)));
            case SWEEP -> sweep(session);
        }
    }

    @Nullable
    StoredSession find(FuzzedSession session, SessionKey key) {
        FuzzedSession.View before = session.view(node, key, clock.instant());
        FindOutcome outcome;
        try {
            outcome = Concurrency.await(store.find(key));
        } catch (SessionStoreException e) {
            session.log(node, key, "find failed");
            return null;
        }
        session.log(node, key, "find -> " + outcome);
        if (outcome instanceof FindOutcome.Found found) {
            session.foundUnder(before);
            session.seen(before, found.session(), false);
            return found.session();
        } else if (outcome instanceof FindOutcome.Moved) {
            session.moved(before);
        } else {
            session.absent(before, clock.instant());
        }
        return null;
    }

    private void merge(FuzzedSession session, SessionKey key) {
        long own = session.nextOwnValue(node);
        SessionDelta.Builder delta =
                SessionDelta.builder(Token.random()).set(FuzzedSession.ownAttribute(node), FuzzedSession.number(own));
        FuzzedSession.View before = session.view(node, key, clock.instant());
        Instant end = random.nextBoolean() ? access(session, delta) : null;
        update(session, before, delta.build(), own, end, "merge " + own);
    }

    void touch(FuzzedSession session, SessionKey key) {
        SessionDelta.Builder delta = SessionDelta.builder(Token.random());
        FuzzedSession.View before = session.view(node, key, clock.instant());
        Instant end = access(session, delta);
        update(session, before, delta.build(), 0, end, "touch");
    }

    private void compute(FuzzedSession session, SessionKey key, boolean looksFirst) {
        StoredSession seen = looksFirst ? find(session, key) : session.lastSeen();
        if (seen == null) {
            return;
        }
        session.startIncrement();
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            EncodedValue old = seen.attributes().get(FuzzedSession.COUNTER);
            SessionDelta delta = SessionDelta.builder(Token.random())
                    .set(FuzzedSession.COUNTER, FuzzedSession.number(FuzzedSession.number(old) + 1))
                    .condition(
                            new Condition.AttributesUnchanged(Map.of(FuzzedSession.COUNTER, Optional.ofNullable(old))))
                    .build();
            FuzzedSession.View before = session.view(node, key, clock.instant());
            Told told = update(session, before, delta, 0, null, "increment of " + FuzzedSession.number(old));
            if (told.conflict == null) {
                if (told.unknown) {
                    session.incrementUnknown();
                } else if (told.written) {
                    session.incremented();
                }
                return;
            }
            seen = told.conflict;
        }
        throw session.violation("no increment was accepted in " + ATTEMPTS + " attempts");
    }

    private record Told(
            boolean written, boolean unknown, @Nullable StoredSession conflict) {}

    private Told update(
            FuzzedSession session,
            FuzzedSession.View before,
            SessionDelta delta,
            long own,
            @Nullable Instant end,
            String what) {
        UpdateOutcome outcome;
        try {
            outcome = Concurrency.await(store.update(before.key(), delta));
        } catch (SessionStoreException e) {
            session.log(node, before.key(), what + " -> " + (e.outcomeUnknown() ? "unknown" : "failed"));
            if (!e.outcomeUnknown()) {
                session.notApplied(node, own);
                return new Told(false, false, null);
            }
            if (!unknownAllowed) {
                throw session.violation("a repeated update was not recognised: doubled compute or unknown (C32)");
            }
            session.perhapsApplied(node, own);
            return new Told(false, true, null);
        }
        session.log(node, before.key(), what + " -> " + outcome);
        if (outcome instanceof UpdateOutcome.Written) {
            session.written(before, delta.changesData(), own, end);
            return new Told(true, false, null);
        }
        session.notApplied(node, own);
        if (outcome instanceof UpdateOutcome.Conflict conflict) {
            if (delta.condition() instanceof Condition.None) {
                throw session.violation("Conflict for a delta without a condition");
            }
            session.seen(before, conflict.current(), true);
            return new Told(false, false, conflict.current());
        } else if (outcome instanceof UpdateOutcome.Moved) {
            session.moved(before);
        } else {
            session.gone(before, clock.instant(), "Gone for " + what);
        }
        return new Told(false, false, null);
    }

    private void changeKey(FuzzedSession session, SessionKey from, boolean looksFirst, KeyChangeReason reason) {
        // A slow request has not seen for a while what it moves, not even whether it is still there.
        StoredSession seen = looksFirst ? find(session, from) : session.lastSeen();
        if (seen == null) {
            return;
        }
        SessionKey to = newKey();
        long own = session.nextOwnValue(node);
        SessionDelta.Builder builder =
                SessionDelta.builder(Token.random()).set(FuzzedSession.ownAttribute(node), FuzzedSession.number(own));
        FuzzedSession.View before = session.view(node, from, clock.instant());
        Instant end = access(session, builder);
        SessionDelta delta = builder.build();
        session.startMove(from, before.now());
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            ChangeKeyOutcome outcome;
            try {
                outcome = Concurrency.await(store.changeKey(from, to, seen, delta, reason));
            } catch (SessionStoreException e) {
                session.log(node, from, reason + " -> " + (e.outcomeUnknown() ? "unknown" : "failed"));
                session.perhapsApplied(node, own);
                continue;
            }
            session.log(node, from, reason + " with " + own + " -> " + outcome);
            if (outcome instanceof ChangeKeyOutcome.Changed changed) {
                session.changed(before, to, reason, own, end);
                session.seen(before, changed.session(), false);
                return;
            }
            if (attempt == 0) {
                session.notApplied(node, own);
            } else if (outcome instanceof ChangeKeyOutcome.Gone) {
                // Moved by an attempt whose reply was lost, perhaps, and expired since (C42): where to, if a late
                // save extends it, nobody was told.
                session.abandon();
                return;
            }
            session.notChanged(to);
            if (outcome instanceof ChangeKeyOutcome.Conflict) {
                throw session.violation("Conflict for an id change without a condition");
            } else if (outcome instanceof ChangeKeyOutcome.Gone) {
                session.gone(before, clock.instant(), "Gone for an id change");
            }
            return;
        }
        session.abandon();
    }

    private void delete(FuzzedSession session, SessionKey key) {
        FuzzedSession.View before = session.view(node, key, clock.instant());
        session.startDelete();
        DeleteOutcome outcome;
        try {
            outcome = Concurrency.await(store.delete(key));
        } catch (SessionStoreException e) {
            session.log(node, key, "delete failed");
            return;
        }
        session.log(node, key, "delete -> " + outcome);
        if (outcome == DeleteOutcome.DELETED) {
            session.deleted(before);
        } else if (outcome == DeleteOutcome.ABSENT) {
            session.notDeleted(before, clock.instant());
        } else if (outcome == DeleteOutcome.MOVED) {
            session.notDeleted(before, clock.instant());
            session.moved(before);
        }
    }

    /** One whole pass; deletes what it finds of this session. */
    private void sweep(FuzzedSession session) {
        if (sweepable == null) {
            return;
        }
        String position = null;
        do {
            ExpiredPage page = Concurrency.await(sweepable.findExpired(position, SWEEP_LIMIT));
            for (ExpiredSession seen : page.sessions()) {
                if (seen.session().uid().equals(session.uid)) {
                    FuzzedSession.View before = session.view(node, seen.key(), clock.instant());
                    SweepOutcome outcome = Concurrency.await(sweepable.deleteExpired(seen));
                    session.log(node, seen.key(), "sweep -> " + outcome);
                    if (outcome == SweepOutcome.DELETED) {
                        session.swept(before, seen.session(), clock.instant());
                    }
                }
            }
            position = page.next().orElse(null);
        } while (position != null);
    }

    /** Adds an access now; gives the end that it asks for. */
    private Instant access(FuzzedSession session, SessionDelta.Builder delta) {
        Instant now = clock.instant();
        Access access = new Access(now, Optional.of(session.idleTimeout), Optional.of(now.plus(session.idleTimeout)));
        // In the precision of a store.
        Instant end = access.expiresAt().orElseThrow();
        session.startAccess(node, end);
        delta.access(access);
        return end;
    }
}
