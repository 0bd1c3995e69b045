// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.SessionManager;
import io.quarkus.test.QuarkusUnitTest;
import io.quarkus.test.common.http.TestHTTPResource;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.net.URI;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;

@DisplayName("An application that injects the asynchronous client only")
class AsyncClientTest {
    @RegisterExtension
    static final QuarkusUnitTest APPLICATION = new QuarkusUnitTest()
            .withApplicationRoot(
                    jar -> jar.addClasses(Visits.class, StubDynamoDb.class, Extensions.class, Orders.class))
            .setForcedDependencies(Extensions.amazon("netty-nio-client"))
            .overrideConfigKey("quarkus.dynamodb.devservices.enabled", "false")
            .overrideConfigKey("quarkus.dynamodb.endpoint-override", StubDynamoDb.endpoint())
            .overrideConfigKey("quarkus.dynamodb.aws.region", "eu-south-1")
            .overrideConfigKey("dynamosession.table-name", "sessions");

    @ApplicationScoped
    public static class Orders {
        @Inject
        DynamoDbAsyncClient client;
    }

    @TestHTTPResource("/visits")
    URI visits;

    @Inject
    SessionManager manager;

    @Test
    @DisplayName("needs no blocking one: sessions use the same")
    void asynchronous() throws Exception {
        StubDynamoDb.calls().clear();
        assertThat(Visits.get(Visits.browser(), visits).statusCode()).isEqualTo(200);
        assertThat(StubDynamoDb.calls())
                .singleElement()
                .satisfies(call -> assertThat(call).startsWith("PutItem eu-south-1"));
        assertThat(manager.store().isBlocking()).isFalse();
    }
}
