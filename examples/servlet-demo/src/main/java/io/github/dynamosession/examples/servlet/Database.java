// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.servlet;

import io.github.dynamosession.testkit.EmbeddedDynamoDbServer;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** The embedded DynamoDB Local, in a process of its own so that it outlives the nodes. */
final class Database {
    private Database() {}

    /** Returns when it is started; its threads keep the process alive. */
    static void run(Options options) {
        ParentWatch.start();
        PrintStream out = System.out;
        // It prints its configuration, of which nothing matters to who runs the demo.
        System.setOut(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
        EmbeddedDynamoDbServer server = EmbeddedDynamoDbServer.start(options.port("port", 0));
        Runtime.getRuntime().addShutdownHook(new Thread(server::close, "database-stop"));
        System.setOut(out);
        ParentWatch.ready();
    }
}
