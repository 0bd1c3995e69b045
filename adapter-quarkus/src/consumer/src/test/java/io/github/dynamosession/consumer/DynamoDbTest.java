// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.quarkus.test.junit.QuarkusTest;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Nothing is configured: the Dev Service starts the test kit's DynamoDB in a process of its own. */
@QuarkusTest
class DynamoDbTest extends VisitsTests {
    @Test
    @DisplayName("With the test kit among the dependencies, tests keep sessions in an embedded DynamoDB")
    void dynamoDb() {
        assertThat(store()).isInstanceOf(DynamoDbSessionStore.class);
    }
}
