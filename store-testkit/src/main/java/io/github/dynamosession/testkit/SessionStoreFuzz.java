// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.testkit;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.dynamosession.spi.SessionKey;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.StoredSession;
import io.github.dynamosession.spi.SweepableSessionStore;
import io.github.dynamosession.spi.Token;
import io.github.dynamosession.testkit.FuzzNode.Step;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Several nodes work on a few sessions at once, at random; what each was told and what it found is compared
 * with a model. A store's author extends this class as {@link SessionStoreContract}.
 *
 * <p>It fails for an attribute that is lost after its writer was told {@code Written}, for an increment that
 * is lost or counted twice, for a session that is found or written after its deletion was told, for two
 * winners of an id change, for an expired session that is returned, for a session that disappears, and, if
 * the store is a {@link SweepableSessionStore}, for one that is swept twice or before its time.
 * Each test mixes the operations that lead to one of these; all nodes of a round start together. In every
 * other round two of the nodes are behind a {@link LossyStore}.
 *
 * <p>A failure names its seed. The same seed, by {@link #seed()} or by the system property
 * {@value #SEED_PROPERTY}, gives the same operations; how the threads meet is up to the machine.
 */
public abstract class SessionStoreFuzz {
    /** The system property that sets the seed, a decimal number. */
    public static final String SEED_PROPERTY = "dynamosession.fuzz.seed";

    /** The system property that sets the number of rounds, a decimal number, instead of {@link #rounds()}. */
    public static final String ROUNDS_PROPERTY = "dynamosession.fuzz.rounds";

    private static final int NODES = 4;
    private static final int SESSIONS = 2;
    private static final int STEPS = 12;

    /** For the store's own test class. */
    protected SessionStoreFuzz() {}

    /**
     * Makes the store under test; closed at the end of the test.
     *
     * @param clock what the store must decide expiry by
     * @return an open store
     */
    protected abstract SessionStore createStore(Clock clock);

    /**
     * Makes the nodes: stores that share one database. Closed at the end of the test.
     *
     * @param count how many
     * @param clock what all of them must decide expiry by
     * @return that many open stores; unless overridden one store, which all nodes use
     */
    protected List<SessionStore> createNodes(int count, Clock clock) {
        return Collections.nCopies(count, createStore(clock));
    }

    /**
     * Whether the store decides expiry by the clock that it is given.
     *
     * @return true unless overridden; otherwise time stands still, and the test of expiry is skipped
     */
    protected boolean expiresByClock() {
        return true;
    }

    /**
     * How many rounds each test runs: with fresh sessions, {@value #NODES} threads and about 50 operations.
     * The system property {@value #ROUNDS_PROPERTY} comes first, for a long search.
     *
     * @return at least 1; 20 unless overridden
     */
    protected int rounds() {
        return 20;
    }

    /**
     * Where the random numbers start.
     *
     * @return the system property {@value #SEED_PROPERTY} if it is set, otherwise another one each time,
     *     unless overridden
     */
    protected long seed() {
        Long seed = Long.getLong(SEED_PROPERTY);
        return seed == null ? new Random().nextInt(1_000_000_000) : seed;
    }

    @Test
    @DisplayName("C1, C30: no attribute is lost once its writer was told Written")
    void merges() {
        run(Step.MERGE, Step.MERGE, Step.MERGE, Step.MERGE, Step.FIND, Step.TOUCH);
    }

    @Test
    @DisplayName("C32, C33: no increment is lost, and none is counted twice")
    void computes() {
        run(Step.COMPUTE, Step.COMPUTE, Step.COMPUTE, Step.COMPUTE, Step.MERGE);
    }

    @Test
    @DisplayName("C31, C50: no session comes back after its deletion was told")
    void deletions() {
        run(Step.DELETE, Step.MERGE, Step.MERGE, Step.COMPUTE, Step.TOUCH, Step.FIND, Step.ROTATE, Step.DELETE);
    }

    @Test
    @DisplayName("C41, C43: an id change has one winner and loses no write")
    void idChanges() {
        run(Step.ROTATE, Step.ROTATE, Step.LOGIN, Step.MERGE, Step.FIND, Step.COMPUTE);
    }

    @Test
    @DisplayName("C11, C37: no expired session is returned or revived")
    void expiry() {
        assumeTrue(expiresByClock(), "the store does not expire by the clock that it is given");
        run(Step.TOUCH, Step.FIND, Step.TOUCH, Step.MERGE, Step.WAIT);
    }

    @Test
    @DisplayName("C63, C64: a sweep deletes only what has expired, and of several nodes one is told")
    void sweeps() {
        assumeTrue(expiresByClock(), "the store does not expire by the clock that it is given");
        assumeTrue(isSweepable(), "the store is not a SweepableSessionStore");
        run(null, Step.SWEEP, Step.SWEEP, Step.WAIT, Step.WAIT, Step.TOUCH, Step.MERGE, Step.ROTATE);
    }

    private boolean isSweepable() {
        try (SessionStore store = createStore(new MovableClock())) {
            return store instanceof SweepableSessionStore;
        }
    }

    @Test
    @DisplayName("C3: one node whose every reply is lost and every call repeated is told the truth")
    void repetitions() {
        long seed = seed();
        int rounds = Integer.getInteger(ROUNDS_PROPERTY, rounds());
        MovableClock clock = new MovableClock();
        List<SessionStore> stores = createNodes(1, clock);
        try {
            SessionStore lossy = new LossyStore(stores.get(0), LossyStore.Loss.REPEAT, LossyStore.always());
            for (int round = 0; round < rounds; round++) {
                Random random = new Random(seed + round);
                List<FuzzNode> nodes = List.of(new FuzzNode(0, lossy, clock, random, false, null));
                round(
                        nodes,
                        random,
                        clock,
                        null,
                        Step.MERGE,
                        Step.COMPUTE,
                        Step.TOUCH,
                        Step.ROTATE,
                        Step.LOGIN,
                        Step.FIND);
            }
        } catch (AssertionError failure) {
            throw withSeed(failure, seed);
        } finally {
            close(stores);
        }
    }

    @Test
    @DisplayName("C1: all operations at once, at random, keep to the model")
    void everything() {
        Step[] steps =
                Arrays.stream(Step.values()).filter(step -> step != Step.SWEEP).toArray(Step[]::new);
        run(null, steps);
    }

    private void run(@Nullable Step first, Step... steps) {
        long seed = seed();
        int rounds = Integer.getInteger(ROUNDS_PROPERTY, rounds());
        MovableClock clock = new MovableClock();
        List<SessionStore> stores = createNodes(NODES, clock);
        try {
            for (int round = 0; round < rounds; round++) {
                boolean lossy = round % 2 == 1;
                List<FuzzNode> nodes = new ArrayList<>();
                for (int node = 0; node < NODES; node++) {
                    long nodeSeed = (seed * 31 + round) * 31 + node;
                    SessionStore store = lossy ? withLosses(stores.get(node), node, nodeSeed) : stores.get(node);
                    SweepableSessionStore sweepable =
                            stores.get(node) instanceof SweepableSessionStore able ? able : null;
                    nodes.add(new FuzzNode(node, store, clock, new Random(nodeSeed), true, sweepable));
                }
                // Now and then all nodes begin with the same, so that they are sure to meet.
                round(nodes, new Random(seed + round), clock, round % 4 < 2 ? first : null, steps);
            }
        } catch (AssertionError failure) {
            throw withSeed(failure, seed);
        } finally {
            close(stores);
        }
    }

    private static SessionStore withLosses(SessionStore store, int node, long seed) {
        return switch (node) {
            case 1 -> new LossyStore(store, LossyStore.Loss.REPEAT, LossyStore.sometimes(0.3, seed));
            case 2 -> new LossyStore(store, LossyStore.Loss.FAIL, LossyStore.sometimes(0.2, seed));
            default -> store;
        };
    }

    private void round(List<FuzzNode> nodes, Random random, MovableClock clock, @Nullable Step first, Step... steps) {
        List<FuzzedSession> sessions = new ArrayList<>();
        for (int i = 0; i < SESSIONS; i++) {
            // Short enough for a few waits to end it, or long enough for none to.
            Duration idle = i % 2 == 0 ? Duration.ofMinutes(2) : Duration.ofDays(7);
            Instant now = clock.instant();
            StoredSession created = StoredSession.builder()
                    .uid(Token.random())
                    .createdAt(now)
                    .accessedAt(now)
                    .idleTimeout(idle)
                    .expiresAt(now.plus(idle))
                    .build();
            FuzzNode creator = nodes.get(random.nextInt(nodes.size()));
            SessionKey key = creator.newKey();
            creator.create(key, created);
            sessions.add(new FuzzedSession("session " + i, key, created, nodes.size()));
        }
        List<Callable<Void>> threads = new ArrayList<>();
        for (FuzzNode node : nodes) {
            List<Runnable> program = program(node, sessions, random, steps);
            if (first != null) {
                // One node is enough to delete; the others save.
                Step begin = first == Step.DELETE && threads.size() > 0 ? Step.MERGE : first;
                program.set(0, () -> node.begin(begin, sessions.get(0)));
            }
            threads.add(() -> {
                program.forEach(Runnable::run);
                return null;
            });
        }
        race(threads);
        for (FuzzedSession session : sessions) {
            settle(nodes.get(0), session, clock);
        }
    }

    /** How the nodes take their turns: the kit's own tests decide it, so that they need no luck. */
    void race(List<Callable<Void>> nodes) {
        Concurrency.race(nodes);
    }

    /** Drawn before the threads start, so that a seed gives the same one however they meet. */
    private List<Runnable> program(FuzzNode node, List<FuzzedSession> sessions, Random random, Step... steps) {
        List<Runnable> program = new ArrayList<>();
        for (int i = 0; i < STEPS; i++) {
            Step drawn = steps[random.nextInt(steps.length)];
            // Deleted early, a session would leave nothing to fight over.
            boolean tooEarly = drawn == Step.DELETE && i < STEPS / 3;
            boolean impossible = drawn == Step.WAIT && !expiresByClock();
            Step step = tooEarly || impossible ? Step.FIND : drawn;
            // All nodes begin with the same session.
            FuzzedSession session = sessions.get(i < STEPS / 2 ? 0 : random.nextInt(sessions.size()));
            program.add(() -> node.run(step, session));
        }
        return program;
    }

    /** Nothing runs now but this: what is stored must be exactly what was told, and must end when its time comes. */
    private void settle(FuzzNode node, FuzzedSession session, MovableClock clock) {
        if (session.isAbandoned()) {
            return;
        }
        StoredSession found = node.find(session, session.currentKey());
        session.settled(found, clock.instant());
        for (SessionKey key : session.allKeys()) {
            node.find(session, key);
        }
        for (SessionKey target : session.allRefusedTargets()) {
            if (node.find(session, target) != null) {
                throw session.violation("two winners of an id change: one was told that nothing was changed,"
                        + " but its new key holds the session (C41)");
            }
        }
        if (expiresByClock() && found != null && session.idleTimeout.compareTo(Duration.ofDays(1)) < 0) {
            Instant end = session.latestEnd();
            clock.set(end.isAfter(clock.instant()) ? end : clock.instant());
            node.find(session, session.currentKey());
            node.touch(session, session.currentKey());
        }
    }

    private static AssertionError withSeed(AssertionError failure, long seed) {
        StringBuilder message = new StringBuilder(String.valueOf(failure.getMessage()));
        for (Throwable other : failure.getSuppressed()) {
            message.append("\nIn the same round: ").append(other.getMessage());
        }
        message.append("\nTo repeat: seed " + seed + " (-D" + SEED_PROPERTY + "=" + seed + ")");
        AssertionError told = new AssertionError(message.toString());
        told.setStackTrace(failure.getStackTrace());
        return told;
    }

    private static void close(List<SessionStore> stores) {
        Set<SessionStore> distinct = Collections.newSetFromMap(new IdentityHashMap<>());
        distinct.addAll(stores);
        distinct.forEach(SessionStore::close);
    }
}
