// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.spring;

import io.github.dynamosession.settings.SessionSettings;
import io.github.dynamosession.spi.Setting;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/**
 * Hands Spring's environment to the engine, which knows all keys: those of codecs and stores that are plugged in, too.
 *
 * <p>A known key is bound as Spring binds any other, whatever its spelling. A key that nobody knows is an error, but
 * in variables of the environment, of which the engine only warns: Kubernetes adds some.
 */
final class SpringSettings {
    static final String ENABLED = "dynamosession.enabled";

    /** What this adapter reads itself. */
    private static final Setting[] OWN = {
        new Setting("enabled", Boolean.class, "`true`", "whether sessions are kept in DynamoDB"),
        new Setting("client", String.class, "the only one that there is", "the name of the client bean to use"),
        new Setting("allowed-types", List.class, "", "classes, or packages as `com.shop.*`, that may be stored"),
        new Setting("failed-logins", String.class, "", "whether failed logins are stored")
    };

    private static final ConfigurationPropertyName PREFIX = ConfigurationPropertyName.of("dynamosession");
    private static final String VARIABLES = "DYNAMOSESSION_";

    private SpringSettings() {}

    static SessionSettings.Builder read(
            SessionSettings.Builder settings, ConfigurableEnvironment environment, ClassLoader loader) {
        settings.adapterSettings(OWN)
                .classLoader(loader)
                .profiles(false)
                .systemProperties(new Properties())
                .environment(Map.of());
        Map<ConfigurationPropertyName, String> known = settings.build().settings().stream()
                .map(Setting::key)
                .distinct()
                .collect(Collectors.toMap(PREFIX::append, key -> key));

        Map<String, String> values = new HashMap<>();
        Binder binder = Binder.get(environment);
        known.forEach((name, key) -> binder.bind(name, Bindable.listOf(String.class))
                .ifBound(elements -> values.put(key, String.join(",", elements))));
        Map<String, String> variables = new HashMap<>();
        Set<String> spellings =
                known.values().stream().map(SpringSettings::withoutSeparators).collect(Collectors.toSet());
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            if (source.getUnderlyingSource() instanceof SystemEnvironmentPropertySource system) {
                for (String variable : system.getPropertyNames()) {
                    if (variable.startsWith(VARIABLES)
                            && !spellings.contains(withoutSeparators(variable.substring(VARIABLES.length())))) {
                        variables.put(variable, "");
                    }
                }
            } else if (source instanceof IterableConfigurationPropertySource iterable) {
                iterable.stream()
                        .filter(PREFIX::isAncestorOf)
                        .map(SpringSettings::withoutIndex)
                        .filter(name -> !known.containsKey(name))
                        .forEach(name -> values.put(name.toString(), ""));
            }
        }
        return settings.environment(variables).source("Spring configuration", values, false);
    }

    private static ConfigurationPropertyName withoutIndex(ConfigurationPropertyName name) {
        return name.isLastElementIndexed() ? name.getParent() : name;
    }

    private static String withoutSeparators(String key) {
        return key.toLowerCase(Locale.ROOT).replaceAll("_\\d+$", "").replaceAll("[._-]", "");
    }
}
