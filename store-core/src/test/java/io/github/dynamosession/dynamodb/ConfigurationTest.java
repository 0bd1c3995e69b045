// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.spi.SessionStoreProvider;
import java.net.URI;
import java.time.Duration;
import java.util.ServiceLoader;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

class ConfigurationTest {
    @Test
    @DisplayName("build() reports all problems together")
    void allProblems() {
        assertThatThrownBy(() -> DynamoDbSessionStore.builder()
                        .client(new NoClient())
                        .region("eu-central-1")
                        .endpoint(URI.create("localhost"))
                        .callTimeout(Duration.ZERO)
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("table's name is missing")
                .hasMessageContaining("a region is given beside a client")
                .hasMessageContaining("an endpoint is given beside a client")
                .hasMessageContaining("a call timeout is given beside a client")
                .hasMessageContaining("not positive")
                .hasMessageContaining("a scheme and a host");
    }

    @Test
    @DisplayName("a store with a client of its own is built and closed without a network call")
    void ownClient() {
        try (DynamoDbSessionStore store = DynamoDbSessionStore.builder()
                .tableName("sessions")
                .region("eu-central-1")
                .endpoint(URI.create("http://127.0.0.1:1"))
                .build()) {
            assertThat(store.isBlocking()).isTrue();
        }
    }

    @Test
    @DisplayName("names of attributes are not empty, not too long, and different")
    void names() {
        assertThatThrownBy(() -> ItemAttributes.builder()
                        .name(ItemAttribute.ID, "")
                        .name(ItemAttribute.KIND, "data")
                        .name(ItemAttribute.TTL, "t".repeat(256))
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("ID is empty")
                .hasMessageContaining("KIND and DATA have the same name")
                .hasMessageContaining("TTL is longer than 255 bytes");
    }

    @Test
    @DisplayName("the provider is found, and announces a setting for each attribute's name")
    void provider() {
        SessionStoreProvider provider = ServiceLoader.load(SessionStoreProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(found -> found.name().equals("dynamodb"))
                .findFirst()
                .orElseThrow();
        assertThat(provider.settings())
                .contains("table-name", "region", "endpoint", "call-timeout", "read-consistency", "create-table")
                .contains("attribute-names.id", "attribute-names.created-at", "attribute-names.ttl")
                .hasSize(6 + ItemAttribute.values().length);
    }

    private static final class NoClient implements DynamoDbClient {
        @Override
        public String serviceName() {
            return SERVICE_NAME;
        }

        @Override
        public void close() {}
    }
}
