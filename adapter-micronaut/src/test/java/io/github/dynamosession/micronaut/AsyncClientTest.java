// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import io.github.dynamosession.testkit.EmbeddedDynamoDbServer;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;

@DisplayName("A Micronaut application with an asynchronous client")
class AsyncClientTest extends SessionBasicsTest {
    @Override
    App start(Map<String, Object> properties) {
        return App.startAsync(properties, EmbeddedDynamoDbServer.shared().asyncClient());
    }
}
