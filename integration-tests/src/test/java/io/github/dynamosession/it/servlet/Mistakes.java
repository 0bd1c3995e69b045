// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.it.servlet;

import io.github.dynamosession.servlet.DynamoSessionInitializer;
import java.util.Properties;

/** A newcomer's first application: Tomcat, the servlet adapter without any code, and settings as context parameters. */
public final class Mistakes {
    private Mistakes() {}

    /**
     * Starts it, prints what ends the start, and stops it.
     *
     * @param settings {@code key=value}, one an argument; an argument {@code --} ends one start and begins another
     */
    public static void main(String... settings) {
        Properties parameters = new Properties();
        for (String setting : settings) {
            if (setting.equals("--")) {
                start(parameters);
                parameters.clear();
                System.err.println("--");
            } else {
                String[] pair = setting.split("=", 2);
                parameters.setProperty(pair[0], pair[1]);
            }
        }
    }

    private static void start(Properties parameters) {
        try {
            Container.TOMCAT
                    .start((classes, context) -> {
                        parameters.forEach((key, value) -> context.setInitParameter((String) key, (String) value));
                        try {
                            new DynamoSessionInitializer().onStartup(classes, context);
                        } catch (Exception e) {
                            System.err.println("does not start: " + e.getMessage());
                            throw e;
                        }
                    })
                    .close();
        } catch (Exception e) {
            // Said above.
        }
    }
}
