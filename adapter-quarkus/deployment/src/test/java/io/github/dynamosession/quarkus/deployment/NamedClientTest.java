// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.QuarkusUnitTest;
import io.quarkus.test.common.http.TestHTTPResource;
import java.net.URI;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("A client that is named")
class NamedClientTest {
    @RegisterExtension
    static final QuarkusUnitTest APPLICATION = new QuarkusUnitTest()
            .withApplicationRoot(jar -> jar.addClasses(Visits.class, StubDynamoDb.class, Extensions.class))
            .setForcedDependencies(Extensions.amazon("url-connection-client"))
            .overrideConfigKey("quarkus.dynamodb.devservices.enabled", "false")
            .overrideConfigKey("quarkus.dynamodb.shop.endpoint-override", StubDynamoDb.endpoint())
            .overrideConfigKey("quarkus.dynamodb.shop.aws.region", "eu-north-1")
            .overrideConfigKey("dynamosession.table-name", "sessions")
            .overrideConfigKey("dynamosession.client", "shop");

    @TestHTTPResource("/visits")
    URI visits;

    @Test
    @DisplayName("is the one of that name")
    void clientBean() throws Exception {
        StubDynamoDb.calls().clear();
        assertThat(Visits.get(Visits.browser(), visits).statusCode()).isEqualTo(200);
        assertThat(StubDynamoDb.calls())
                .singleElement()
                .satisfies(call -> assertThat(call).startsWith("PutItem eu-north-1"));
    }
}
