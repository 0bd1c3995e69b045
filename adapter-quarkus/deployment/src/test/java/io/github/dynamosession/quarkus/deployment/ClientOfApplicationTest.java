// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.SessionManager;
import io.quarkus.arc.Arc;
import io.quarkus.arc.InstanceHandle;
import io.quarkus.test.QuarkusUnitTest;
import io.quarkus.test.common.http.TestHTTPResource;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.net.URI;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

@DisplayName("An application's own client")
class ClientOfApplicationTest {
    @RegisterExtension
    static final QuarkusUnitTest APPLICATION = new QuarkusUnitTest()
            .withApplicationRoot(jar -> jar.addClasses(Visits.class, StubDynamoDb.class, Clients.class))
            .overrideConfigKey("dynamosession.table-name", "sessions");

    public static class Clients {
        @Produces
        @Singleton
        DynamoDbClient client() {
            return DynamoDbClient.builder()
                    .region(Region.SA_EAST_1)
                    .endpointOverride(URI.create(StubDynamoDb.endpoint()))
                    .build();
        }
    }

    @TestHTTPResource("/visits")
    URI visits;

    @Inject
    DynamoDbClient client;

    @Test
    @DisplayName("is used, and stays open when the sessions are closed")
    void producer() throws Exception {
        StubDynamoDb.calls().clear();
        assertThat(Visits.get(Visits.browser(), visits).statusCode()).isEqualTo(200);
        assertThat(StubDynamoDb.calls())
                .singleElement()
                .satisfies(call -> assertThat(call).startsWith("PutItem sa-east-1"));

        InstanceHandle<SessionManager> manager = Arc.container().instance(SessionManager.class);
        manager.destroy();
        assertThat(client.listTables().tableNames()).isEmpty();
    }
}
