// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.servlet;

import java.io.IOException;
import java.io.InputStream;

/**
 * Ends this process when the launcher is gone, even if that was killed: its end of our standard input
 * closes then.
 */
public final class ParentWatch {
    /** What a child prints on standard output when it can be used. */
    static final String READY = "@ready";

    private ParentWatch() {}

    /** Begins to watch. Call it first, in the process that the launcher has started. */
    public static void start() {
        InputStream in = System.in;
        Thread thread = new Thread(
                () -> {
                    try {
                        while (in.read() >= 0) {
                            // the launcher never writes
                        }
                    } catch (IOException e) {
                        // as good as its end
                    }
                    Runtime.getRuntime().halt(0);
                },
                "parent-watch");
        thread.setDaemon(true);
        thread.start();
    }

    /** Tells the launcher that this process can be used. */
    public static void ready() {
        System.out.println(READY);
        System.out.flush();
    }
}
