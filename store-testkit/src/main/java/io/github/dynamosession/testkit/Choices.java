// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The decisions of one run, so that runs can be enumerated, drawn at random, and replayed. A run asks {@link #next} at
 * each of its branches; what it then meets must depend on the answers alone.
 */
final class Choices {
    private final List<Integer> taken = new ArrayList<>();
    private final List<Integer> offered = new ArrayList<>();
    private final List<Integer> prefix = new ArrayList<>();
    private final @Nullable Random random;

    private Choices(@Nullable Random random) {
        this.random = random;
    }

    /** All runs in order, beginning with the one that always takes the first way. */
    static Choices exhaustive() {
        return new Choices(null);
    }

    /** One run drawn at random, the same one for the same seed. */
    static Choices random(long seed) {
        return new Choices(new Random(seed));
    }

    /** The run that {@link #toString} described. */
    static Choices replay(String description) {
        Choices choices = new Choices(null);
        for (String choice : description.split(" ", -1)) {
            choices.prefix.add(Integer.parseInt(choice));
        }
        return choices;
    }

    /** Whether all runs are made, one after the other. */
    boolean isExhaustive() {
        return random == null;
    }

    /** Whether no earlier run has been here: its last decisions were others. */
    boolean isNew() {
        return taken.size() >= prefix.size();
    }

    /** Which of some ways to go; with one way there is nothing to decide. */
    int next(int ways) {
        if (ways == 1) {
            return 0;
        }
        IntUnaryOperator decided = depth -> {
            if (depth < prefix.size()) {
                return prefix.get(depth);
            }
            return random == null ? 0 : random.nextInt(ways);
        };
        int way = decided.applyAsInt(taken.size());
        taken.add(way);
        offered.add(ways);
        return way;
    }

    /** Turns to the next run. */
    boolean advance() {
        int last = taken.size() - 1;
        while (last >= 0 && taken.get(last) + 1 >= offered.get(last)) {
            last--;
        }
        if (last < 0) {
            return false;
        }
        prefix.clear();
        prefix.addAll(taken.subList(0, last));
        prefix.add(taken.get(last) + 1);
        taken.clear();
        offered.clear();
        return true;
    }

    @Override
    public String toString() {
        return taken.stream().map(String::valueOf).collect(Collectors.joining(" "));
    }
}
