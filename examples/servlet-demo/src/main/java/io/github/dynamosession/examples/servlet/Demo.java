// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.servlet;

import java.util.Arrays;
import java.util.List;

/**
 * The demo's entry. Without a first word it is the launcher, which starts this class again in JVMs of
 * their own: once as {@code database}, and as {@code node} for each node.
 */
public final class Demo {
    private Demo() {}

    /**
     * Runs the demo until it is interrupted.
     *
     * @param args see {@code --help}
     * @throws Exception if it cannot start
     */
    public static void main(String[] args) throws Exception {
        String role = args.length == 0 ? "" : args[0];
        List<String> rest = Arrays.asList(args).subList(Math.min(1, args.length), args.length);
        switch (role) {
            case "database" -> Database.run(Options.parse(rest));
            case "node" -> Node.run(Options.parse(rest));
            default -> System.exit(Launcher.run(Arrays.asList(args)));
        }
    }
}
