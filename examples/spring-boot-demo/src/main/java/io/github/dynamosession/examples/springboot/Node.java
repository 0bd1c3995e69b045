// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.springboot;

import io.github.dynamosession.examples.servlet.Endpoint;
import io.github.dynamosession.examples.servlet.ParentWatch;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/** One node: a Spring Boot application that serves the shop, on servlets or WebFlux, and knows nothing of the other nodes. */
public final class Node {
    private Node() {}

    /**
     * Runs a node of the demo until the launcher ends.
     *
     * @param application the shop
     * @param args as the launcher gives them
     */
    public static void run(SpringApplication application, List<String> args) {
        ParentWatch.start();
        Map<String, String> options = new HashMap<>();
        for (int i = 0; i + 1 < args.size(); i += 2) {
            options.put(args.get(i).substring(2), args.get(i + 1));
        }
        start(application, options);
        ParentWatch.ready();
    }

    /** What the launcher says, beside the application's own settings. */
    static ConfigurableApplicationContext start(SpringApplication application, Map<String, String> options) {
        List<String> arguments = new ArrayList<>(List.of(
                "--server.address=" + options.getOrDefault("host", "127.0.0.1"),
                "--server.port=" + options.getOrDefault("port", "0"),
                "--dynamosession.create-table=true",
                "--dynamosession.table-name=" + options.getOrDefault("table", "dynamosession-demo"),
                "--demo.node=" + options.getOrDefault("name", "A"),
                "--demo.front=" + options.getOrDefault("front", "0")));
        for (String name : List.of("endpoint", "region", "compress-above")) {
            String value = options.getOrDefault(name, "");
            if (!value.isEmpty()) {
                arguments.add("--dynamosession." + name + "=" + value);
            }
        }
        if ("off".equals(options.get("compress-above"))) {
            // What is shown is the price of a row of that size.
            arguments.add("--dynamosession.parts-above=off");
        }
        if ("true".equals(options.get("embedded"))) {
            // DynamoDB Local takes any region and credentials, but some.
            arguments.add("--dynamosession.region=us-east-1");
            System.setProperty("aws.accessKeyId", "demo");
            System.setProperty("aws.secretAccessKey", "demo");
            // It starts while we do.
            Endpoint.awaitOpen(URI.create(options.getOrDefault("endpoint", "")));
        }
        return application.run(arguments.toArray(String[]::new));
    }
}
