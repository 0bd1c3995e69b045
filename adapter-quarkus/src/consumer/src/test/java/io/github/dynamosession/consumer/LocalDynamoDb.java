// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.consumer;

import io.github.dynamosession.testkit.EmbeddedDynamoDbServer;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.util.Map;

/** As docs/quarkus.md shows it. */
public class LocalDynamoDb implements QuarkusTestResourceLifecycleManager {
    private EmbeddedDynamoDbServer server;

    @Override
    public Map<String, String> start() {
        server = EmbeddedDynamoDbServer.start();
        System.setProperty("aws.accessKeyId", "local"); // any will do
        System.setProperty("aws.secretAccessKey", "local");
        return Map.of(
                "dynamosession.endpoint", server.endpoint().toString(),
                "dynamosession.region", "us-east-1",
                "dynamosession.table-name", "sessions",
                "dynamosession.create-table", "true");
    }

    @Override
    public void stop() {
        server.close();
    }
}
