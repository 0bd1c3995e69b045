// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.micronaut;

import io.github.dynamosession.examples.servlet.Cart;
import io.github.dynamosession.examples.servlet.Endpoint;
import io.github.dynamosession.examples.servlet.ParentWatch;
import io.micronaut.context.ApplicationContext;
import io.micronaut.runtime.server.EmbeddedServer;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One node: a Micronaut application that serves the shop, and knows nothing of the other nodes. */
final class Node {
    private static final String PAGE = "io/github/dynamosession/examples/servlet/page";

    private Node() {}

    static void run(List<String> args) {
        ParentWatch.start();
        Map<String, String> options = new HashMap<>();
        for (int i = 0; i + 1 < args.size(); i += 2) {
            options.put(args.get(i).substring(2), args.get(i + 1));
        }
        EmbeddedServer server = start(options);
        Runtime.getRuntime().addShutdownHook(new Thread(server::stop, "node-stop"));
        ParentWatch.ready();
    }

    /** What an application has in its configuration file. */
    static EmbeddedServer start(Map<String, String> options) {
        Map<String, String> database = database(options);
        String sessions = "micronaut.session.http.";
        Map<String, Object> properties = new HashMap<>(Map.of(
                "micronaut.server.host",
                options.getOrDefault("host", "127.0.0.1"),
                "micronaut.server.port",
                options.getOrDefault("port", "-1"),
                sessions + "cookie-name",
                "JSESSIONID",
                sessions + "base64-encode",
                false,
                sessions + "header",
                false,
                sessions + "dynamodb.enabled",
                true,
                sessions + "dynamodb.table-name",
                options.getOrDefault("table", "dynamosession-demo"),
                sessions + "dynamodb.create-table",
                true,
                sessions + "dynamodb.allowed-types",
                Cart.class.getName()));
        database.forEach((name, value) -> properties.put(sessions + "dynamodb." + name, value));
        properties.put(sessions + "cookie-same-site", "Lax");
        // The page of the servlet example, as files: they cost no read.
        properties.put("micronaut.router.static-resources.page.paths", "classpath:" + PAGE);
        properties.put("micronaut.router.static-resources.page.mapping", "/**");
        properties.put("demo.node", options.getOrDefault("name", "A"));
        properties.put("demo.front", options.getOrDefault("front", "0"));
        return ApplicationContext.builder(properties)
                .start()
                .getBean(EmbeddedServer.class)
                .start();
    }

    /** The settings whose names are those of the launcher's options. */
    private static Map<String, String> database(Map<String, String> options) {
        Map<String, String> settings = new HashMap<>();
        for (String name : List.of("endpoint", "region", "compress-above")) {
            String value = options.getOrDefault(name, "");
            if (!value.isEmpty()) {
                settings.put(name, value);
            }
        }
        if ("off".equals(options.get("compress-above"))) {
            // What is shown is the price of a row of that size.
            settings.put("parts-above", "off");
        }
        if ("true".equals(options.get("embedded"))) {
            // DynamoDB Local takes any region and credentials, but some.
            settings.put("region", "us-east-1");
            System.setProperty("aws.accessKeyId", "demo");
            System.setProperty("aws.secretAccessKey", "demo");
            // It starts while we do.
            Endpoint.awaitOpen(URI.create(options.getOrDefault("endpoint", "")));
        }
        return settings;
    }
}
