// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.spi.SessionStore;
import io.quarkus.test.QuarkusUnitTest;
import io.quarkus.test.common.http.TestHTTPResource;
import jakarta.inject.Inject;
import java.net.URI;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("An application that says which DynamoDB is meant")
class ConfiguredDynamoDbTest {
    @RegisterExtension
    static final QuarkusUnitTest APPLICATION = new QuarkusUnitTest()
            .withApplicationRoot(jar -> jar.addClass(Visits.class))
            .overrideConfigKey("dynamosession.table-name", "sessions")
            .overrideConfigKey("dynamosession.endpoint", "http://localhost:1")
            .overrideConfigKey("dynamosession.region", "eu-west-1")
            .overrideConfigKey("dynamosession.call-timeout", "1s")
            .overrideConfigKey("dynamosession.required-attributes[0]", "visits")
            .overrideConfigKey("dynamosession.required-attributes[1]", "user");

    @TestHTTPResource("/visits")
    URI visits;

    @Inject
    SessionStore store;

    @Test
    @DisplayName("gets that one, whatever its state, in tests too")
    void nothingIsReplaced() throws Exception {
        assertThat(store).isInstanceOf(DynamoDbSessionStore.class);
        assertThat(Visits.get(Visits.browser(), visits).statusCode()).isGreaterThanOrEqualTo(500);
    }
}
