// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.dynamodb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.settings.ConfigurationException;
import io.github.dynamosession.settings.SessionSettings;
import io.github.dynamosession.spi.SessionStoreException;
import io.github.dynamosession.spi.SessionStoreProvider;
import io.github.dynamosession.spi.Setting;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.ServiceLoader;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
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
                        .ttlGrace(Duration.ofSeconds(-1))
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("grace of TTL is negative")
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
                .extracting(Setting::key)
                .contains("table-name", "region", "endpoint", "call-timeout", "max-connections")
                .contains("read-consistency", "delete-parts", "ttl-grace", "sweep-leftovers", "create-table", "indexes")
                .contains("attribute-names.id", "attribute-names.created-at", "attribute-names.ttl")
                .hasSize(11 + ItemAttribute.values().length);
    }

    @Test
    @DisplayName("a negative grace of TTL is refused by its setting's name")
    void ttlGrace() {
        assertThatThrownBy(() ->
                        manager(settings -> settings.set("ttl-grace", "PT-1S")).build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("dynamosession.ttl-grace must not be negative");
    }

    private static SessionManager.Builder manager(UnaryOperator<SessionSettings.Builder> more) {
        return SessionManager.builder(more.apply(SessionSettings.builder()
                        .systemProperties(new Properties())
                        .environment(Map.of())
                        .set("table-name", "sessions")
                        .set("check-at-start", "off"))
                .build());
    }

    @Test
    @DisplayName("the provider uses the application's client, a blocking one first, and does not close it")
    void applicationsClient() {
        Asked blocking = new Asked();
        Asked other = new Asked();
        try (SessionManager sessions = manager(settings -> settings.resource(DynamoDbAsyncClient.class, other.async())
                        .resource(DynamoDbClient.class, blocking.blocking()))
                .build()) {
            assertThatThrownBy(() -> sessions.open(sessions.newSession().cookieValue()))
                    .isInstanceOf(SessionStoreException.class);
            assertThat(sessions.store().isBlocking()).isTrue();
        }
        assertThat(blocking.calls).containsExactly("getItem");
        assertThat(other.calls).isEmpty();
        try (SessionManager sessions = manager(settings -> settings.resource(DynamoDbAsyncClient.class, other.async()))
                .build()) {
            assertThatThrownBy(() -> sessions.open(sessions.newSession().cookieValue()))
                    .isInstanceOf(SessionStoreException.class);
            assertThat(sessions.store().isBlocking()).isFalse();
        }
        assertThat(other.calls).containsExactly("getItem");
    }

    @Test
    @DisplayName("what belongs into the application's client is refused beside it, with everything else")
    void settingsBesideClient() {
        assertThatThrownBy(() -> manager(settings -> settings.resource(DynamoDbClient.class, new NoClient())
                                .set("region", "eu-central-1")
                                .set("endpoint", "http://localhost:1")
                                .set("call-timeout", "1s")
                                .set("touch-interval", "soon"))
                        .build())
                .isInstanceOfSatisfying(
                        ConfigurationException.class,
                        e -> assertThat(e.problems())
                                .contains(
                                        "dynamosession.region is set, but the client is the application's: set it there",
                                        "dynamosession.endpoint is set, but the client is the application's: set it there",
                                        "dynamosession.call-timeout is set, but the client is the application's: set it there")
                                .anyMatch(problem -> problem.startsWith("dynamosession.touch-interval")));
    }

    @Test
    @DisplayName("max-connections is a positive number, and limits blocking clients only")
    void maxConnections() {
        for (String wrong : List.of("0", "-1", "many", "99999999999")) {
            assertThatThrownBy(() -> manager(settings ->
                                    settings.set("region", "eu-central-1").set("max-connections", wrong))
                            .build())
                    .isInstanceOfSatisfying(
                            ConfigurationException.class,
                            e -> assertThat(e.problems())
                                    .containsExactly("dynamosession.max-connections must be a positive number"));
        }
        assertThatThrownBy(() -> manager(settings -> settings.resource(DynamoDbAsyncClient.class, new Asked().async())
                                .set("max-connections", "100"))
                        .build())
                .isInstanceOfSatisfying(
                        ConfigurationException.class,
                        e -> assertThat(e.problems())
                                .containsExactly("dynamosession.max-connections is set, but the client is the"
                                        + " application's and asynchronous: set its max-concurrency there"));
        manager(settings ->
                        settings.resource(DynamoDbClient.class, new NoClient()).set("max-connections", "100"))
                .build()
                .close();
    }

    @Test
    @DisplayName("a client of the store's own takes the credentials that are handed over")
    void credentials() {
        List<String> asked = new ArrayList<>();
        AwsCredentialsProvider none = () -> {
            asked.add("credentials");
            throw SdkClientException.create("none");
        };
        try (SessionManager sessions = manager(settings -> settings.resource(AwsCredentialsProvider.class, none)
                        .set("region", "eu-central-1")
                        .set("endpoint", "http://localhost:1")
                        .set("call-timeout", "1s"))
                .build()) {
            assertThatThrownBy(() -> sessions.open(sessions.newSession().cookieValue()))
                    .isInstanceOf(SessionStoreException.class);
        }
        assertThat(asked).isNotEmpty();
    }

    /** Clients that note what is asked of them, and do not answer. */
    private static final class Asked {
        final List<String> calls = new ArrayList<>();

        DynamoDbClient blocking() {
            return proxy(DynamoDbClient.class);
        }

        DynamoDbAsyncClient async() {
            return proxy(DynamoDbAsyncClient.class);
        }

        private <T> T proxy(Class<T> type) {
            return type.cast(Proxy.newProxyInstance(
                    type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                        if (!method.getName().equals("serviceClientConfiguration")) {
                            calls.add(method.getName());
                        }
                        throw SdkClientException.create("no answer");
                    }));
        }
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
