// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import io.github.dynamosession.integration.Full;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Rules of one part of the Servlet specification, in words of our own, each checked in each container
 * three ways. A subclass {@linkplain #rules() writes them down}.
 *
 * <p>Sections are those of Servlet 6.1; where a section is silent, the Javadoc's method is named.
 */
@ExtendWith(RuleServers.class)
@Tag(Full.TAG)
abstract class ServletRules {
    private final List<Rule> rules = new ArrayList<>();

    /** Writes the rules down. */
    abstract void rules() throws Exception;

    Rule rule(String section, String text, Rule.Check check) {
        Rule rule = new Rule(section, text, check);
        rules.add(rule);
        return rule;
    }

    @TestFactory
    Stream<DynamicContainer> checks() throws Exception {
        rules();
        rules.forEach(RuleServers::know);
        return Stream.of(Container.values())
                .flatMap(container -> Way.checked().stream()
                        .map(way -> DynamicContainer.dynamicContainer(
                                container + " " + way, rules.stream().map(rule -> test(rule, container, way)))));
    }

    private static DynamicTest test(Rule rule, Container container, Way way) {
        Rule.Mark mark = rule.mark(container, way);
        String name =
                rule.section + ": " + rule.text + (mark == null ? "" : " [" + mark.kind() + ": " + mark.reason() + "]");
        return DynamicTest.dynamicTest(name, () -> {
            int column = 2;
            try {
                rule.run(new Trial(container, way, RuleServers.server(container, way)));
                column = mark == null ? 0 : 1;
            } finally {
                RuleServers.count(container, way, column);
            }
        });
    }
}
