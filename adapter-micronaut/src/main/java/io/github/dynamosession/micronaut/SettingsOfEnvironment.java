// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.micronaut;

import io.github.dynamosession.settings.EngineSettings;
import io.github.dynamosession.settings.SessionSettings;
import io.github.dynamosession.spi.Setting;
import io.micronaut.context.env.Environment;
import io.micronaut.context.env.PropertySource;
import io.micronaut.core.naming.NameUtils;
import io.micronaut.core.type.Argument;
import io.micronaut.session.http.HttpSessionConfiguration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;

/**
 * Hands Micronaut's configuration to the engine, which knows all keys: those of codecs and stores that
 * are plugged in, too.
 *
 * <p>A variable of the environment becomes several keys in Micronaut ({@code table-name} and
 * {@code table.name}), and Kubernetes adds variables of its own. So variables are handed over as such:
 * the engine warns of unknown ones, while unknown keys of every other source are errors.
 */
final class SettingsOfEnvironment {
    /** What every key starts with. */
    static final String PREFIX = "micronaut.session.http.dynamodb.";

    private static final String VARIABLE_PREFIX =
            PREFIX.toUpperCase(Locale.ROOT).replace('.', '_');

    private static final Set<String> DEVELOPMENT = Set.of(Environment.DEVELOPMENT, Environment.TEST);

    static final Setting ENABLED =
            new Setting("enabled", Boolean.class, "`false`", "whether sessions are kept in DynamoDB");
    static final Setting CLIENT = new Setting(
            "client",
            String.class,
            "the only one that there is",
            "the name of the `DynamoDbClient` or `DynamoDbAsyncClient` bean to use");
    static final Setting READ_FOR_STATIC_RESOURCES = new Setting(
            "read-for-static-resources",
            Boolean.class,
            "`true` with Micronaut Security, which asks for it",
            "whether a request for a file reads its session");

    /** What the framework has a setting for. */
    static final Map<Setting, String> OF_FRAMEWORK = new LinkedHashMap<>();

    static {
        OF_FRAMEWORK.put(EngineSettings.IDLE_TIMEOUT, "micronaut.session.max-inactive-interval");
        EngineSettings.COOKIE.forEach(setting -> OF_FRAMEWORK.put(setting, "micronaut.session.http.cookie-*"));
        EngineSettings.PATHS.forEach(setting -> OF_FRAMEWORK.put(setting, "micronaut.session.filter.regex-pattern"));
    }

    private SettingsOfEnvironment() {}

    static SessionSettings.Builder of(Environment environment, ClassLoader classLoader) {
        Map<String, String> values = new HashMap<>();
        Map<String, String> variables = new HashMap<>();
        for (PropertySource source : environment.getPropertySources()) {
            boolean environmentVariables =
                    source.getConvention() == PropertySource.PropertyConvention.ENVIRONMENT_VARIABLE;
            for (String name : source) {
                if (environmentVariables && name.startsWith(VARIABLE_PREFIX)) {
                    variables.put(name, String.valueOf(source.get(name)));
                } else if (!environmentVariables) {
                    key(name).ifPresent(key -> values.put(key, value(environment, key)));
                }
            }
        }
        SessionSettings.Builder settings = SessionSettings.builder()
                .classLoader(classLoader)
                .prefix(PREFIX)
                .profiles(false)
                .development(environment.getActiveNames().stream().anyMatch(DEVELOPMENT::contains))
                .systemProperties(new Properties())
                .environment(variables)
                .source("Micronaut configuration", values, false);
        return settings.adapterSettings(ENABLED, CLIENT, READ_FOR_STATIC_RESOURCES);
    }

    /** The key without the prefix and without the index of a list's element. */
    private static Optional<String> key(String name) {
        String hyphenated = NameUtils.hyphenate(name, true);
        if (!hyphenated.startsWith(PREFIX)) {
            return Optional.empty();
        }
        String key = hyphenated.substring(PREFIX.length());
        int index = key.indexOf('[');
        return Optional.of(index < 0 ? key : key.substring(0, index));
    }

    /** As Micronaut resolves it: the strongest source, placeholders replaced, the elements of a list joined. */
    private static String value(Environment environment, String key) {
        return environment
                .getProperty(PREFIX + key, Argument.listOf(String.class))
                .map(elements -> String.join(",", elements))
                .orElse("");
    }

    static boolean readsForStaticResources(Environment environment, boolean byDefault) {
        return environment
                .getProperty(PREFIX + READ_FOR_STATIC_RESOURCES.key(), Boolean.class)
                .orElse(byDefault);
    }

    /** What is wrong beside what the engine finds. */
    static List<String> problems(SessionSettings settings, Environment environment, HttpSessionConfiguration http) {
        List<String> problems = new ArrayList<>();
        OF_FRAMEWORK.forEach((setting, instead) -> {
            if (settings.text(setting.key()).isPresent()) {
                problems.add(PREFIX + setting.key() + " is not a setting: use " + instead);
            }
        });
        if (http.getMaxInactiveInterval().isZero()) {
            problems.add("micronaut.session.max-inactive-interval must be positive; a negative one means never");
        }
        if (environment.containsProperty("micronaut.session.http.max-inactive-interval")) {
            problems.add("micronaut.session.http.max-inactive-interval has no effect in the framework: use"
                    + " micronaut.session.max-inactive-interval");
        }
        if (http.getPrefix().isPresent()) {
            problems.add("micronaut.session.http.prefix makes every request start a new session, because the"
                    + " framework does not take it off again: use " + PREFIX + "namespace");
        }
        return problems;
    }
}
