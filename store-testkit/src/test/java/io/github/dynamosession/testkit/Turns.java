// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * Threads of which one runs at a time, and at each {@link #pass} a seeded random number decides which: how
 * they meet is the same in every run, on a quiet machine and on a busy one. {@link FaultyStore} passes the
 * turn where a real store would be away at its database.
 */
final class Turns {
    private static final ThreadLocal<@Nullable Player> PLAYER = new ThreadLocal<>();

    private final Random random;
    private final List<Integer> playing = new ArrayList<>();
    private int turn;

    private Turns(Random random) {
        this.random = random;
    }

    private record Player(Turns turns, int index) {}

    /** Like {@link Concurrency#race}, in the order that the random numbers decide. */
    static <T> List<T> race(Random random, List<? extends Callable<? extends T>> contenders) {
        Turns turns = new Turns(random);
        List<Callable<T>> players = new ArrayList<>();
        for (Callable<? extends T> contender : contenders) {
            Player player = new Player(turns, players.size());
            turns.playing.add(player.index());
            players.add(() -> {
                turns.await(player.index());
                PLAYER.set(player);
                try {
                    return contender.call();
                } finally {
                    turns.leave(player.index());
                }
            });
        }
        turns.turn = random.nextInt(players.size());
        return Concurrency.race(players);
    }

    /** Lets another thread of the race run, or the same again; does nothing outside of a race. */
    static void pass() {
        Player player = PLAYER.get();
        if (player != null) {
            player.turns().pass(player.index(), false);
        }
    }

    /** Lets another thread of the race run, if there is one left; does nothing outside of a race. */
    static void passToAnother() {
        Player player = PLAYER.get();
        if (player != null) {
            player.turns().pass(player.index(), true);
        }
    }

    private synchronized void pass(int index, boolean away) {
        List<Integer> next = new ArrayList<>(playing);
        if (away && next.size() > 1) {
            next.remove((Integer) index);
        }
        turn = next.get(random.nextInt(next.size()));
        notifyAll();
        await(index);
    }

    private synchronized void leave(int index) {
        playing.remove((Integer) index);
        if (!playing.isEmpty()) {
            turn = playing.get(random.nextInt(playing.size()));
        }
        notifyAll();
    }

    private synchronized void await(int index) {
        while (turn != index) {
            try {
                wait();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted", e);
            }
        }
    }
}
