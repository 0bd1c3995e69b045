// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.dynamodb.DynamoDbSessionStore;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(value = LocalDynamoDb.class, restrictToAnnotatedClass = true)
class DynamoDbTest extends VisitsTests {
    @Test
    @DisplayName("The test kit's DynamoDB is used where a resource of the tests starts it")
    void dynamoDb() {
        assertThat(store()).isInstanceOf(DynamoDbSessionStore.class);
    }
}
