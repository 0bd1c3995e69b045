// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.settings;

import io.github.dynamosession.spi.Setting;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The settings {@code dynamosession.*} from every source, resolved once for all adapters.
 *
 * <p>In this order, the first that has a key wins: {@linkplain Builder#set code},
 * {@linkplain Builder#source an adapter's source} such as init parameters, system properties
 * ({@code dynamosession.table-name}), environment variables ({@code DYNAMOSESSION_TABLE_NAME}), the file
 * {@code dynamosession.properties} on the class path, {@linkplain Builder#fallback an adapter's
 * defaults}, the library's defaults.
 *
 * <p>A key that nobody knows is a problem that names the nearest known one; in the environment it is
 * only a warning, because Kubernetes adds variables for every service of the name. {@code dynamosession.version} and
 * {@code dynamosession.bom.version} are never settings and never problems: they are builds' own properties.
 */
public final class SessionSettings {
    /** What every key starts with. */
    public static final String PREFIX = "dynamosession.";

    static final String FILE = "dynamosession.properties";
    static final String ENVIRONMENT_PREFIX = "DYNAMOSESSION_";

    /**
     * Never settings: {@code -Ddynamosession.version=1.0.0} is the obvious way to tell a build the version of this
     * library, and it reaches the application that the build runs.
     */
    private static final Set<String> OF_BUILDS = Set.of("version", "bom.version");

    private static final Logger LOG = LoggerFactory.getLogger(SessionSettings.class);

    private final Map<String, String> values;
    private final List<Setting> settings;
    private final Map<Class<?>, Object> resources;
    private final List<String> problems;
    private final Providers providers;

    private SessionSettings(
            Map<String, String> values,
            List<Setting> settings,
            Map<Class<?>, Object> resources,
            List<String> problems,
            Providers providers) {
        this.values = Map.copyOf(values);
        this.settings = List.copyOf(settings);
        this.resources = Map.copyOf(resources);
        this.problems = List.copyOf(problems);
        this.providers = providers;
    }

    /**
     * A builder that looks at system properties, the environment and the file, unless told otherwise.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * The text of a setting.
     *
     * @param key without the prefix
     * @return empty if no source has it, or only with white space
     */
    public Optional<String> text(String key) {
        return Optional.ofNullable(values.get(key));
    }

    /**
     * Every setting that there is: those of the stores and codecs on the class path, the engine's, and those that an
     * adapter announced.
     *
     * @return in this order
     */
    public List<Setting> settings() {
        return settings;
    }

    /**
     * What is said of the cookie.
     *
     * @return the cookie's settings
     * @throws ConfigurationException if they are malformed
     */
    public CookieSettings cookie() {
        return read(SettingsReader::cookie);
    }

    /**
     * Which paths have sessions, by {@code include-paths} and {@code exclude-paths}.
     *
     * @return {@link SessionPaths#ALL} unless set
     * @throws ConfigurationException if they are malformed
     */
    public SessionPaths paths() {
        return read(SettingsReader::paths);
    }

    private <T> T read(Function<SettingsReader, T> part) {
        List<String> found = new ArrayList<>();
        T read = part.apply(reader(found));
        if (!found.isEmpty()) {
            throw new ConfigurationException(found);
        }
        return read;
    }

    <T> Optional<T> resource(Class<T> type) {
        return Optional.ofNullable(type.cast(resources.get(type)));
    }

    /**
     * The store that is meant, for adapters that look for a client only if it is DynamoDB.
     *
     * @return its provider's name; {@code dynamodb} unless set
     */
    public String store() {
        return text(EngineSettings.STORE.key()).orElse("dynamodb");
    }

    /**
     * Everything wrong that was found when the settings were resolved.
     *
     * @return one sentence for each problem
     */
    public List<String> problems() {
        return problems;
    }

    /**
     * Reads these settings as what they mean.
     *
     * @param problems takes what is found wrong
     * @return a reader
     */
    public SettingsReader reader(List<String> problems) {
        return new SettingsReader(this, providers, problems);
    }

    /** Collects sources. Not for use by several threads. */
    public static final class Builder {
        private final Map<String, String> code = new LinkedHashMap<>();
        private final List<Source> adapters = new ArrayList<>();
        private final Map<String, String> fallbacks = new HashMap<>();
        private final List<Setting> adapterSettings = new ArrayList<>();
        private final Map<Class<?>, Object> resources = new HashMap<>();
        private Properties systemProperties = System.getProperties();
        private Map<String, String> environment = System.getenv();
        private @Nullable ClassLoader classLoader = Thread.currentThread().getContextClassLoader();

        private Builder() {}

        /**
         * Sets a value in code, which wins over every other source.
         *
         * @param key without the prefix
         * @param value as text
         * @return this
         */
        public Builder set(String key, String value) {
            code.put(key, value);
            return this;
        }

        /**
         * Adds a source of an adapter; earlier ones win over later ones.
         *
         * @param name what to call it in messages, for instance "init parameter"
         * @param values by key
         * @param onlyPrefixed true if only keys with the prefix are meant for this library; otherwise
         *     all are, with or without it
         * @return this
         */
        public Builder source(String name, Map<String, String> values, boolean onlyPrefixed) {
            adapters.add(new Source(name, values, onlyPrefixed));
            return this;
        }

        /**
         * Sets an adapter's own default, which every source wins over.
         *
         * @param key without the prefix
         * @param value as text
         * @return this
         */
        public Builder fallback(String key, String value) {
            fallbacks.put(key, value);
            return this;
        }

        /**
         * Announces settings that an adapter reads itself, by {@link SessionSettings#text}.
         *
         * @param settings in the order of the documentation
         * @return this
         */
        public Builder adapterSettings(Setting... settings) {
            adapterSettings.addAll(List.of(settings));
            return this;
        }

        /**
         * Hands over an object of the application to the store and the codecs that are made from
         * settings, for instance a client: the DynamoDB store takes a {@code DynamoDbClient}, otherwise a
         * {@code DynamoDbAsyncClient}. It stays the application's, and nobody closes it.
         *
         * @param type what to ask for it by, usually the interface
         * @param object replaces one of the same type that was handed over before
         * @param <T> the type
         * @return this
         */
        public <T> Builder resource(Class<T> type, T object) {
            resources.put(type, object);
            return this;
        }

        /**
         * Replaces the system properties as a source.
         *
         * @param properties keys with the prefix
         * @return this
         */
        public Builder systemProperties(Properties properties) {
            this.systemProperties = properties;
            return this;
        }

        /**
         * Replaces the environment as a source.
         *
         * @param variables by name
         * @return this
         */
        public Builder environment(Map<String, String> variables) {
            this.environment = variables;
            return this;
        }

        /**
         * The class loader that finds the file, codecs, stores and the application's types.
         *
         * @param classLoader the thread's context class loader unless set
         * @return this
         */
        public Builder classLoader(ClassLoader classLoader) {
            this.classLoader = classLoader;
            return this;
        }

        /**
         * Resolves the settings. Problems are kept, and thrown by {@link io.github.dynamosession.SessionManager.Builder#build()}
         * with all others.
         *
         * @return the settings
         */
        public SessionSettings build() {
            ClassLoader loader = classLoader == null ? SessionSettings.class.getClassLoader() : classLoader;
            Providers providers = new Providers(loader);
            List<Setting> settings = Stream.of(providers.settings(), EngineSettings.ALL, adapterSettings)
                    .flatMap(List::stream)
                    .toList();
            Set<String> known = settings.stream().map(Setting::key).collect(Collectors.toCollection(TreeSet::new));

            List<String> problems = new ArrayList<>();
            Map<String, String> values = new HashMap<>();
            List<Source> sources = new ArrayList<>();
            sources.add(new Source("code", code, false));
            sources.addAll(adapters);
            sources.add(new Source("system property", strings(systemProperties), true));
            for (Source source : sources) {
                source.readInto(values, known, problems);
            }
            readEnvironment(values, known);
            new Source("the file " + FILE, file(loader, problems), false).readInto(values, known, problems);
            fallbacks.forEach(values::putIfAbsent);
            return new SessionSettings(values, settings, resources, problems, providers);
        }

        private void readEnvironment(Map<String, String> values, Set<String> known) {
            Map<String, String> keys = new HashMap<>();
            known.forEach(key -> keys.put(environmentName(key), key));
            environment.forEach((variable, value) -> {
                String key = keys.get(variable);
                if (key != null) {
                    put(values, key, value);
                } else if (variable.startsWith(ENVIRONMENT_PREFIX)
                        && OF_BUILDS.stream()
                                .map(SessionSettings::environmentName)
                                .noneMatch(variable::equals)) {
                    LOG.warn(
                            "The environment variable {} is not a setting of DynamoSession; the nearest is {}",
                            variable,
                            nearest(variable, keys.keySet()));
                }
            });
        }

        private static Map<String, String> file(ClassLoader loader, List<String> problems) {
            try (InputStream in = loader.getResourceAsStream(FILE)) {
                if (in == null) {
                    return Map.of();
                }
                Properties properties = new Properties();
                properties.load(in);
                return strings(properties);
            } catch (IOException | IllegalArgumentException e) {
                problems.add("the file " + FILE + " on the class path cannot be read: " + e.getMessage());
                return Map.of();
            }
        }

        private static Map<String, String> strings(Properties properties) {
            Map<String, String> strings = new HashMap<>();
            properties.stringPropertyNames().forEach(name -> strings.put(name, properties.getProperty(name)));
            return strings;
        }
    }

    /** One place that settings come from. */
    private record Source(String name, Map<String, String> entries, boolean onlyPrefixed) {
        void readInto(Map<String, String> values, Set<String> known, List<String> problems) {
            entries.forEach((name, value) -> {
                boolean prefixed = name.startsWith(PREFIX);
                if (onlyPrefixed && !prefixed) {
                    return;
                }
                String key = prefixed ? name.substring(PREFIX.length()) : name;
                if (known.contains(key)) {
                    put(values, key, value);
                } else if (!(prefixed && OF_BUILDS.contains(key))) {
                    problems.add(PREFIX + key + " (" + this.name + ") is not a setting; did you mean " + PREFIX
                            + nearest(key, known) + "?");
                }
            });
        }
    }

    private static void put(Map<String, String> values, String key, String value) {
        String trimmed = value.strip();
        if (!trimmed.isEmpty()) {
            values.putIfAbsent(key, trimmed);
        }
    }

    static String environmentName(String key) {
        return ENVIRONMENT_PREFIX
                + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    private static String nearest(String key, Set<String> known) {
        return known.stream()
                .min(Comparator.comparingInt((String candidate) -> distance(key, candidate))
                        .thenComparing(Comparator.naturalOrder()))
                .orElseThrow();
    }

    /** The edit distance of Levenshtein. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
