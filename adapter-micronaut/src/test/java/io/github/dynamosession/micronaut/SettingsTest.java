// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.codec.json.JsonCodec;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.testkit.EmbeddedDynamoDbServer;
import io.micronaut.context.ApplicationContext;
import io.micronaut.context.env.PropertySource;
import io.micronaut.inject.qualifiers.Qualifiers;
import io.micronaut.session.SessionStore;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

@DisplayName("The settings micronaut.session.http.dynamodb.*")
class SettingsTest {
    private static final String PREFIX = "micronaut.session.http.dynamodb.";

    private static Map<String, Object> memory(String... more) {
        Map<String, Object> properties = new HashMap<>();
        properties.put(PREFIX + "enabled", "true");
        properties.put(PREFIX + "store", "memory");
        for (int i = 0; i < more.length; i += 2) {
            properties.put(more[i].startsWith("micronaut.") ? more[i] : PREFIX + more[i], more[i + 1]);
        }
        return properties;
    }

    @ParameterizedTest(name = "{0}={1}: {2}")
    @DisplayName("stop the start when they are wrong, with the key's name")
    @CsvSource(
            delimiter = '|',
            value = {
                "tabel-name | sessions | tabel-name (Micronaut configuration) is not a setting; did you mean "
                        + "micronaut.session.http.dynamodb.table-name?",
                "touch-interval | -1m | touch-interval",
                "touch-interval | soon | touch-interval",
                "absolute-lifetime | 0s | absolute-lifetime must be a positive duration",
                "idle-timeout | 5m | use micronaut.session.max-inactive-interval",
                "cookie.name | SID | use micronaut.session.http.cookie-*",
                "include-paths | /a | include-paths is not a setting: use micronaut.session.filter.regex-pattern",
                "exclude-paths | /a | exclude-paths is not a setting: use micronaut.session.filter.regex-pattern",
                "concurrency | maybe | concurrency",
                "signing-keys | short | signing-keys must hold base64 keys",
                "store | attic | store must be one of dynamodb, memory",
                "micronaut.session.max-inactive-interval | 0s | max-inactive-interval must be positive",
                "micronaut.session.http.max-inactive-interval | 5m | use micronaut.session.max-inactive-interval",
                "micronaut.session.http.prefix | app | micronaut.session.http.prefix makes every request",
            })
    void wrong(String key, String value, String message) {
        assertThatThrownBy(() -> ApplicationContext.run(memory(key, value)))
                .rootCause()
                .satisfiesAnyOf(
                        root -> assertThat(root).hasMessageContaining(message),
                        root -> assertThatThrownBy(() -> ApplicationContext.run(memory(key, value)))
                                .hasMessageContaining(message));
    }

    @ParameterizedTest(name = "{0}={1}: {2}")
    @DisplayName("of DynamoDB, too, and all at once")
    @CsvSource(
            delimiter = '|',
            value = {
                "namespace | app | table-name is required",
                "client | other | client names neither a DynamoDbClient nor a DynamoDbAsyncClient bean",
                "region | eu-west-1 | region is set, but the client is the application's: set it there",
                "endpoint | http://localhost:1 | endpoint is set, but the client is the application's: set it there",
                "call-timeout | 1s | call-timeout is set, but the client is the application's: set it there",
                "attribute-names.nonsense | x | attribute-names.nonsense (Micronaut configuration) is not a setting",
            })
    void wrongForDynamoDb(String key, String value, String message) {
        try (DynamoDbClient client = EmbeddedDynamoDbServer.shared().client()) {
            Map<String, Object> properties = memory(key, value, "store", "dynamodb");

            assertThatThrownBy(() -> ApplicationContext.builder(properties)
                            .singletons(client)
                            .start())
                    .rootCause()
                    .hasMessageContaining(message);
        }
    }

    @Test
    @DisplayName("do nothing unless enabled")
    void off() {
        try (ApplicationContext context = ApplicationContext.run(Map.of(PREFIX + "table-name", "sessions"))) {
            assertThat(context.getBean(SessionStore.class))
                    .isInstanceOf(io.micronaut.session.InMemorySessionStore.class);
            assertThat(context.findBean(SessionManager.class)).isEmpty();
        }
    }

    @Test
    @DisplayName("may come from the environment, whose variables mean several keys, and which Kubernetes adds to")
    void environment() {
        Map<String, Object> variables = Map.of(
                "MICRONAUT_SESSION_HTTP_DYNAMODB_ENABLED", "true",
                "MICRONAUT_SESSION_HTTP_DYNAMODB_STORE", "memory",
                "MICRONAUT_SESSION_HTTP_DYNAMODB_TOUCH_INTERVAL", "10s",
                "MICRONAUT_SESSION_HTTP_DYNAMODB_ATTRIBUTE_NAMES_CREATED_AT", "made",
                "MICRONAUT_SESSION_HTTP_DYNAMODB_SERVICE_HOST", "10.0.0.1",
                "MICRONAUT_SESSION_HTTP_DYNAMODB_PORT_80_TCP_ADDR", "10.0.0.1",
                "MICRONAUT_SESSION_MAX_INACTIVE_INTERVAL", "5m");
        try (ApplicationContext context = ApplicationContext.builder()
                .propertySources(
                        PropertySource.of("env", variables, PropertySource.PropertyConvention.ENVIRONMENT_VARIABLE))
                .start()) {
            Session session = context.getBean(SessionManager.class).newSession();

            assertThat(session.touchInterval()).isEqualTo(Duration.ofSeconds(10));
            assertThat(session.idleTimeout()).contains(Duration.ofMinutes(5));
        }
    }

    @Test
    @DisplayName("may be written as the framework allows: camel case, lists")
    void spellings() {
        Map<String, Object> properties = memory("touchInterval", "10s", "allowed-types[0]", Cart.class.getName());
        try (ApplicationContext context = ApplicationContext.run(properties)) {
            MicronautSession session =
                    (MicronautSession) context.getBean(SessionStore.class).newSession();

            session.put("cart", new Cart());

            assertThat(session.get("cart", Cart.class)).isPresent();
        }
    }

    @Test
    @DisplayName("max-inactive-interval is the framework's; negative means never")
    void idleTimeout() {
        try (ApplicationContext context =
                ApplicationContext.run(memory("micronaut.session.max-inactive-interval", "-1s"))) {
            MicronautSession session =
                    (MicronautSession) context.getBean(SessionStore.class).newSession();

            assertThat(session.getMaxInactiveInterval()).isNegative();
            session.setMaxInactiveInterval(Duration.ofMinutes(1));
            assertThat(session.getMaxInactiveInterval()).isEqualTo(Duration.ofMinutes(1));
        }
    }

    @Test
    @DisplayName("client names the bean to use if there are several")
    void namedClient() {
        try (DynamoDbClient right = EmbeddedDynamoDbServer.shared().client();
                DynamoDbClient wrong = EmbeddedDynamoDbServer.shared().client()) {
            wrong.close();
            Map<String, Object> properties = App.properties(App.newTable());

            assertThatThrownBy(() -> start(properties, right, wrong))
                    .rootCause()
                    .hasMessageContaining(PREFIX + "client must name one of the several DynamoDbClient beans");

            properties.put(PREFIX + "client", "right");
            try (ApplicationContext context = start(properties, right, wrong)) {
                assertThat(context.getBean(SessionStore.class)).isInstanceOf(MicronautSessionStore.class);
            }
        }
    }

    private static ApplicationContext start(
            Map<String, Object> properties, DynamoDbClient right, DynamoDbClient wrong) {
        ApplicationContext context = ApplicationContext.builder(properties).build();
        context.registerSingleton(DynamoDbClient.class, right, Qualifiers.byName("right"));
        context.registerSingleton(DynamoDbClient.class, wrong, Qualifiers.byName("wrong"));
        return context.start();
    }

    @Test
    @DisplayName("give way to a store bean of the application")
    void ownStore() {
        InMemorySessionStore own = new InMemorySessionStore();
        try (ApplicationContext context = ApplicationContext.builder(memory("store", "dynamodb"))
                .singletons(own)
                .start()) {
            MicronautSessionStore store = (MicronautSessionStore) context.getBean(SessionStore.class);
            MicronautSession session = store.newSession();
            session.put("name", "Ada");
            store.save(session).join();

            SessionManager other = SessionManager.builder(own)
                    .codec(JsonCodec.builder().build())
                    .build();
            assertThat(other.open(session.getId())).isPresent();
        }
    }
}
