// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.quarkus;

import io.github.dynamosession.examples.servlet.Endpoint;
import io.github.dynamosession.examples.servlet.ParentWatch;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;

/** One node: a Quarkus application that serves the shop, and knows nothing of the other nodes. */
@QuarkusMain
public final class Node implements QuarkusApplication {
    /** What the launcher says, and what Quarkus calls it. */
    private static final Map<String, String> SETTINGS = Map.of(
            "name", "demo.node",
            "front", "demo.front",
            "host", "quarkus.http.host",
            "port", "quarkus.http.port",
            "endpoint", "dynamosession.endpoint",
            "region", "dynamosession.region",
            "compress-above", "dynamosession.compress-above",
            "table", "dynamosession.table-name");

    /** For Quarkus. */
    public Node() {}

    /**
     * Runs until it is ended.
     *
     * @param args from the launcher: {@code node}, then {@code --name value} pairs
     */
    public static void main(String... args) {
        ParentWatch.start();
        Map<String, String> options = new HashMap<>();
        for (int i = 1; i + 1 < args.length; i += 2) {
            options.put(args[i].substring(2), args[i + 1]);
        }
        if ("true".equals(options.get("embedded"))) {
            // DynamoDB Local takes any region and credentials, but some.
            options.put("region", "us-east-1");
            System.setProperty("aws.accessKeyId", "demo");
            System.setProperty("aws.secretAccessKey", "demo");
            // It starts while we do.
            Endpoint.awaitOpen(URI.create(options.getOrDefault("endpoint", "")));
        }
        if ("off".equals(options.get("compress-above"))) {
            // What is shown is the price of a row of that size.
            System.setProperty("dynamosession.parts-above", "off");
        }
        options.forEach((name, value) -> {
            String setting = SETTINGS.get(name);
            if (setting != null && !value.isEmpty()) {
                System.setProperty(setting, value);
            }
        });
        Quarkus.run(Node.class, args);
    }

    @Override
    public int run(String... args) {
        ParentWatch.ready();
        Quarkus.waitForExit();
        return 0;
    }
}
