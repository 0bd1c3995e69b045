// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One rule of the specification, and who keeps it.
 *
 * <p>A mark says that a container, or the filter in it, does not: then the check has to fail, or another
 * check, which says what happens instead, has to pass. So a mark that is no longer true is found.
 */
final class Rule {
    /** Checks a rule. */
    interface Check {
        void check(Trial trial) throws Exception;
    }

    /** Why a rule does not hold somewhere. */
    enum Kind {
        /** A container's own sessions break the rule, or use a latitude; the filter's keep it. */
        CONTAINER_ONLY,
        /** The container breaks it, with any filter. */
        CONTAINER,
        /** The filter does otherwise deliberately: docs/adr/0011-servlet-differences.md. */
        DIFFERENCE,
        /** There is nothing to check: the container is one of an older specification, or the part is optional. */
        ABSENT
    }

    /** Says where a rule does not hold. */
    record Mark(
            Kind kind,
            Set<Container> containers,
            Set<Way> ways,
            String reason,
            @Nullable Check instead) {}

    final String section;
    final String text;
    final Check check;
    final List<Mark> marks = new ArrayList<>();

    Rule(String section, String text, Check check) {
        this.section = section;
        this.text = text;
        this.check = check;
    }

    private static Set<Container> set(Container... containers) {
        return containers.length == 0 ? EnumSet.allOf(Container.class) : EnumSet.copyOf(Arrays.asList(containers));
    }

    private Rule mark(Kind kind, Set<Container> containers, Set<Way> ways, String reason, @Nullable Check instead) {
        marks.add(new Mark(kind, containers, ways, reason, instead));
        return this;
    }

    /** The container's own sessions do not keep the rule; the filter's do. */
    Rule ownSessionsBreak(String reason, Container... containers) {
        return mark(Kind.CONTAINER_ONLY, set(containers), EnumSet.of(Way.CONTAINER), reason, null);
    }

    /** Like {@link #ownSessionsBreak}, and says what they do. */
    Rule ownSessionsBreak(String reason, Check instead, Container... containers) {
        return mark(Kind.CONTAINER_ONLY, set(containers), EnumSet.of(Way.CONTAINER), reason, instead);
    }

    /** The container breaks the rule with and without a filter. */
    Rule containerBreaks(String reason, Container... containers) {
        return mark(Kind.CONTAINER, set(containers), EnumSet.allOf(Way.class), reason, null);
    }

    /** Like {@link #containerBreaks}, and says what happens. */
    Rule containerBreaks(String reason, Check instead, Container... containers) {
        return mark(Kind.CONTAINER, set(containers), EnumSet.allOf(Way.class), reason, instead);
    }

    /** The container keeps the rule for its own sessions, but no filter can. */
    Rule noFilterCan(String reason, Container... containers) {
        return mark(Kind.CONTAINER, set(containers), EnumSet.of(Way.MEMORY, Way.DYNAMODB), reason, null);
    }

    /** The filter does otherwise, deliberately. */
    Rule filterDiffers(String reason, Check instead, Container... containers) {
        return mark(Kind.DIFFERENCE, set(containers), EnumSet.of(Way.MEMORY, Way.DYNAMODB), reason, instead);
    }

    /** There is no such thing in these containers. */
    Rule absent(String reason, Container... containers) {
        return mark(Kind.ABSENT, set(containers), EnumSet.allOf(Way.class), reason, trial -> {});
    }

    @Nullable
    Mark mark(Container container, Way way) {
        return marks.stream()
                .filter(mark ->
                        mark.containers().contains(container) && mark.ways().contains(way))
                .findFirst()
                .orElse(null);
    }

    void run(Trial trial) throws Exception {
        Mark mark = mark(trial.container, trial.way);
        if (mark == null) {
            run(check, trial);
        } else if (mark.instead() != null) {
            run(mark.instead(), trial);
        } else {
            boolean kept;
            try {
                run(check, trial);
                kept = true;
            } catch (AssertionError e) {
                kept = false;
            }
            if (kept) {
                throw new AssertionError("the rule is kept, though it is marked: " + mark.reason());
            }
        }
    }

    private static void run(Check check, Trial trial) throws Exception {
        try {
            check.check(trial);
        } catch (Exception | AssertionError e) {
            trial.rethrow(e);
        }
        trial.rethrowAssertion();
    }
}
