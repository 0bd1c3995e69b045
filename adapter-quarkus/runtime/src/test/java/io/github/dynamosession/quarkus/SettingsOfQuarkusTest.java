// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.settings.SessionSettings;
import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.lang.reflect.Method;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Of Quarkus' configuration, the engine")
class SettingsOfQuarkusTest {
    private static final Pattern WORD = Pattern.compile("(?=\\p{Upper})");

    @Test
    @DisplayName("gets variables of the environment")
    void environment() {
        SessionSettings settings = read(config(
                Map.of("dynamosession.region", "eu-west-1", "dynamosession.table-name", "from a file"),
                Map.of("DYNAMOSESSION_TABLE_NAME", "carts", "DYNAMOSESSION_COOKIE_SAME_SITE", "strict")));

        assertThat(settings.text("table-name")).hasValue("carts");
        assertThat(settings.text("cookie.same-site")).hasValue("strict");
        assertThat(settings.text("region")).hasValue("eu-west-1");
    }

    @Test
    @DisplayName("gets lists that are written as indexed properties, in their order")
    void indexed() {
        SessionSettings settings = read(config(
                Map.of(
                        "dynamosession.allowed-types[0]", "com.shop.Cart",
                        "dynamosession.allowed-types[1]", "com.shop.user.*",
                        "dynamosession.java.allowed-types", "com.shop.old.*,com.shop.Order"),
                Map.of()));

        assertThat(settings.text("allowed-types")).hasValue("com.shop.Cart,com.shop.user.*");
        assertThat(settings.text("java.allowed-types")).hasValue("com.shop.old.*,com.shop.Order");
    }

    @Test
    @DisplayName("gets lists that are written as indexed variables, in their order")
    void indexedVariables() {
        Map<String, String> variables = new HashMap<>();
        for (int i = 0; i < 12; i++) {
            variables.put("DYNAMOSESSION_ALLOWED_TYPES_" + i + "_", "com.shop.Type" + i);
        }
        SessionSettings settings = read(config(Map.of(), variables));

        assertThat(settings.text("allowed-types"))
                .hasValue(IntStream.range(0, 12)
                        .mapToObj(i -> "com.shop.Type" + i)
                        .collect(Collectors.joining(",")));
    }

    @Test
    @DisplayName("does not get less than what is configured: an expression without a value is an error")
    void expressions() {
        SmallRyeConfig config = config(
                Map.of("dynamosession.signing-keys", "${NO_SUCH_KEY}", "dynamosession.table-name", "carts"), Map.of());

        assertThatThrownBy(() -> read(config)).hasMessageContaining("NO_SUCH_KEY");
    }

    @Test
    @DisplayName("refuses what it does not know, but for variables: Kubernetes adds some of the name")
    void unknown() {
        SessionSettings settings = read(
                config(Map.of("dynamosession.tabel-name", "carts"), Map.of("DYNAMOSESSION_SERVICE_HOST", "10.0.0.1")));

        assertThatThrownBy(() -> SessionManager.builder(settings)
                        .store(new InMemorySessionStore())
                        .build())
                .hasMessageContaining(
                        "dynamosession.tabel-name (Quarkus configuration) is not a setting; did you mean dynamosession.table-name?")
                .hasMessageNotContaining("SERVICE_HOST");
    }

    @Test
    @DisplayName("knows what the documentation lists, and nothing else")
    void documented() {
        Set<String> documented = new TreeSet<>();
        Stream.of(DynamoSessionConfig.class, DynamoSessionBuildTimeConfig.class)
                .forEach(mapping -> collect(mapping, "", documented));

        Set<String> known = read(config(Map.of(), Map.of())).settings().stream()
                .map(setting -> setting.key().replaceFirst("^attribute-names\\..*", "attribute-names.*"))
                .collect(Collectors.toCollection(HashSet::new));

        assertThat(known)
                .as("codecs and stores are there")
                .contains("allowed-types", "java.allowed-types", "table-name");
        assertThat(documented).containsExactlyInAnyOrderElementsOf(known);
    }

    /** The keys of a mapping, as SmallRye names them; a map stands for all keys below its own. */
    private static void collect(Class<?> mapping, String prefix, Collection<String> keys) {
        for (Method method : mapping.getMethods()) {
            String key = prefix
                    + String.join("-", List.of(WORD.split(method.getName()))).toLowerCase(Locale.ROOT);
            Class<?> type = method.getReturnType();
            if (Map.class.isAssignableFrom(type)) {
                keys.add(key + ".*");
            } else if (type.isInterface() && type.getEnclosingClass() != null && type != Optional.class) {
                collect(type, key + ".", keys);
            } else {
                keys.add(key);
            }
        }
    }

    private static SessionSettings read(SmallRyeConfig config) {
        return SettingsOfQuarkus.read(config).build();
    }

    private static SmallRyeConfig config(Map<String, String> properties, Map<String, String> environment) {
        return new SmallRyeConfigBuilder()
                .addDiscoveredConverters()
                .addDefaultInterceptors()
                .withSources(
                        new PropertiesConfigSource(properties, "application.properties", 250),
                        new EnvConfigSource(environment, 300))
                .build();
    }
}
