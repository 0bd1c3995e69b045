// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.examples.micronaut;

import io.github.dynamosession.examples.servlet.Cart;
import io.github.dynamosession.examples.servlet.ParentWatch;
import io.micronaut.context.ApplicationContext;
import io.micronaut.runtime.server.EmbeddedServer;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClientBuilder;

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
        DynamoDbClient client = client(options);
        EmbeddedServer server = start(options, client);
        Runtime.getRuntime().addShutdownHook(new Thread(server::stop, "node-stop"));
        ParentWatch.ready();
    }

    /** What an application has in its configuration file. */
    static EmbeddedServer start(Map<String, String> options, DynamoDbClient client) {
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
        // The size that a login asks for is to be the size that is stored.
        properties.put(sessions + "dynamodb.compress-above", "off");
        properties.put(sessions + "cookie-same-site", "Lax");
        // The page of the servlet example, as files: they cost no read.
        properties.put("micronaut.router.static-resources.page.paths", "classpath:" + PAGE);
        properties.put("micronaut.router.static-resources.page.mapping", "/**");
        properties.put("demo.node", options.getOrDefault("name", "A"));
        properties.put("demo.front", options.getOrDefault("front", "0"));
        return ApplicationContext.builder(properties)
                .singletons(client)
                .start()
                .getBean(EmbeddedServer.class)
                .start();
    }

    private static DynamoDbClient client(Map<String, String> options) {
        DynamoDbClientBuilder client =
                DynamoDbClient.builder().endpointOverride(URI.create(options.getOrDefault("endpoint", "")));
        String region = options.getOrDefault("region", "");
        if ("true".equals(options.get("embedded"))) {
            // DynamoDB Local takes any credentials, but some.
            client.region(Region.US_EAST_1)
                    .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("demo", "demo")));
        } else if (!region.isEmpty()) {
            client.region(Region.of(region));
        }
        return client.build();
    }
}
