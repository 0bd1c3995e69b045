// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.quarkus;

import io.github.dynamosession.settings.ConfigurationException;
import io.github.dynamosession.settings.SessionSettings;
import io.github.dynamosession.spi.Setting;
import io.quarkus.runtime.LaunchMode;
import io.smallrye.config.ConfigValue;
import io.smallrye.config.SmallRyeConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;

/**
 * Hands Quarkus' configuration to the engine, which knows all keys: those of codecs and stores that are
 * plugged in, too.
 *
 * <p>What comes from variables of the environment is handed over as such: the engine only warns of
 * unknown ones, because Kubernetes adds some, while unknown keys of every other source are errors.
 */
final class SettingsOfQuarkus {
    /** What this adapter reads by itself. */
    private static final Setting[] OWN = {
        own("enabled", "`true`", "whether sessions are kept in DynamoDB"),
        new Setting("client", String.class, "", "the client bean to use, if there are several"),
        own("health.enabled", "`true`", "whether a health check asks the store"),
        own("metrics.enabled", "`true`", "whether operations are measured"),
        own("oidc.enabled", "`true`", "whether the tokens of OpenID Connect are kept in the store"),
        own("keep-changes-on-error", "`true`", "whether changes are kept if the request fails"),
        own("read-for-static-resources", "`false`", "whether a request for a file reads its session"),
        own("url-tracking", "", "whether ids are in URLs")
    };

    private static final String ENVIRONMENT_SOURCE = "EnvConfigSource";

    private SettingsOfQuarkus() {}

    private static Setting own(String key, String byDefault, String description) {
        return new Setting(key, Boolean.class, byDefault, description);
    }

    static SessionSettings.Builder read(SmallRyeConfig config) {
        Map<String, String> values = new HashMap<>();
        Map<String, String> variables = new HashMap<>();
        // Of expressions without a value: a missing key, left out, would mean no encryption.
        List<String> problems = new ArrayList<>();
        for (String name : config.getPropertyNames()) {
            if (!name.startsWith(SessionSettings.PREFIX)) {
                continue;
            }
            ConfigValue value = config.getConfigValue(name);
            value.getProblems().forEach(problem -> problems.add(problem.getMessage()));
            String text = value.getValue();
            if (text == null) {
                continue;
            }
            int index = name.indexOf('[');
            String key = index < 0 ? name : name.substring(0, index);
            if (index >= 0) {
                text = String.join(",", config.getValues(key, String.class));
            }
            if (isVariable(value)) {
                variables.put(variable(key), text);
            } else {
                values.put(key, text);
            }
        }
        if (!problems.isEmpty()) {
            throw new ConfigurationException(problems);
        }
        SessionSettings.Builder settings = SessionSettings.builder()
                .systemProperties(new Properties())
                .profiles(false)
                .environment(variables)
                .source("Quarkus configuration", values, true);
        settings.adapterSettings(OWN).development(LaunchMode.current().isDevOrTest());
        ServletRequests.defaults().forEach(settings::fallback);
        return settings;
    }

    private static boolean isVariable(ConfigValue value) {
        String source = value.getConfigSourceName();
        return source != null && source.startsWith(ENVIRONMENT_SOURCE);
    }

    private static String variable(String key) {
        return key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }
}
