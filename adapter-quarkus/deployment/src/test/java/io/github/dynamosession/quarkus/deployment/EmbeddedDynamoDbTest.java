// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.github.dynamosession.spi.SessionStore;
import io.quarkus.test.QuarkusUnitTest;
import io.quarkus.test.common.http.TestHTTPResource;
import jakarta.inject.Inject;
import java.net.URI;
import java.net.http.HttpClient;
import java.util.List;
import java.util.logging.LogRecord;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

@DisplayName("In development and tests, an application that has the test kit")
class EmbeddedDynamoDbTest {
    @RegisterExtension
    static final QuarkusUnitTest APPLICATION = new QuarkusUnitTest()
            .withApplicationRoot(jar -> jar.addClasses(Visits.class, TestKit.class))
            .setForcedDependencies(TestKit.DEPENDENCY)
            .overrideConfigKey("dynamosession.create-table", "false")
            .setLogRecordPredicate(record -> record.getLoggerName().startsWith("io.github.dynamosession"))
            .assertLogRecords(EmbeddedDynamoDbTest::saidOnce)
            .setAfterAllCustomizer(() -> assertThat(TestKit.processes())
                    .as("processes that outlive the application")
                    .isEmpty());

    @TestHTTPResource("/visits")
    URI visits;

    @Inject
    SessionStore store;

    @ConfigProperty(name = "dynamosession.endpoint")
    URI endpoint;

    private static void saidOnce(List<LogRecord> records) {
        assertThat(records)
                .singleElement()
                .satisfies(record -> assertThat(record.getMessage()).contains("embedded DynamoDB"));
    }

    @Test
    @DisplayName("has its sessions in a DynamoDB of its own, whose table is made, and which ends with it")
    void keepsSessions() throws Exception {
        HttpClient browser = Visits.browser();
        for (int visit = 1; visit <= 3; visit++) {
            assertThat(Visits.get(browser, visits).body()).isEqualTo("visit " + visit);
        }
        assertThat(store).isInstanceOf(DynamoDbSessionStore.class);
        assertThat(TestKit.processes()).hasSize(1);
        try (DynamoDbClient client = DynamoDbClient.builder()
                .endpointOverride(endpoint)
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("any", "any")))
                .build()) {
            assertThat(client.scan(scan -> scan.tableName("sessions")).items())
                    .singleElement()
                    .satisfies(item -> assertThat(item.get("data").m()).containsKey("visits"));
        }
    }
}
