// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.springboot;

import java.util.Arrays;
import org.springframework.boot.SpringApplication;

/** The demo's entry: launcher and database are the servlet example's, the nodes are ours. */
public final class Demo {
    private Demo() {}

    /**
     * Runs the demo until it is interrupted.
     *
     * @param args see {@code --help}
     * @throws Exception if it cannot start
     */
    public static void main(String[] args) throws Exception {
        if (args.length > 0 && args[0].equals("node")) {
            Node.run(
                    new SpringApplication(ShopApplication.class),
                    Arrays.asList(args).subList(1, args.length));
        } else {
            System.setProperty("demo.main", Demo.class.getName());
            io.github.dynamosession.examples.servlet.Demo.main(args);
        }
    }
}
