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
import java.util.regex.Pattern;
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
 * {@code dynamosession-PROFILE.properties} on the class path if one of these sources names a {@code profile}, the file
 * {@code dynamosession.properties} there, {@linkplain Builder#fallback an adapter's defaults}, the library's defaults.
 *
 * <p>A key that nobody knows is a problem that names the nearest known one; in the environment it is
 * only a warning, because Kubernetes adds variables for every service of the name. {@code dynamosession.version} and
 * {@code dynamosession.bom.version} are never settings and never problems: they are builds' own properties.
 */
public final class SessionSettings {
    /** What every key starts with. */
    public static final String PREFIX = "dynamosession.";

    static final String FILE = "dynamosession.properties";
    /**
     * Never settings: {@code -Ddynamosession.version=1.0.0} is the obvious way to tell a build the version of this
     * library, and it reaches the application that the build runs.
     */
    private static final Set<String> OF_BUILDS = Set.of("version", "bom.version");

    /** Which file comes before {@link #FILE}; no setting of the engine, and not where a framework has profiles itself. */
    private static final String PROFILE = "profile";

    private static final Pattern PROFILE_NAME = Pattern.compile("[A-Za-z0-9._-]+");

    private static final Logger LOG = LoggerFactory.getLogger(SessionSettings.class);

    private final Map<String, String> values;
    private final List<Setting> settings;
    private final Map<Class<?>, Object> resources;
    private final List<String> problems;
    private final Providers providers;
    private final String prefix;
    private final boolean development;
    private final boolean silent;

    private SessionSettings(
            Builder builder,
            Map<String, String> values,
            boolean silent,
            List<Setting> settings,
            List<String> problems,
            Providers providers) {
        this.prefix = builder.prefix;
        this.development = builder.development;
        this.silent = silent;
        this.values = Map.copyOf(values);
        this.settings = List.copyOf(settings);
        this.resources = Map.copyOf(builder.resources);
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

    /**
     * A setting's name in messages, as whoever reads them writes it.
     *
     * @param setting the setting
     * @return the key with its prefix, {@link #PREFIX} unless an adapter has {@linkplain Builder#prefix another}
     */
    public String name(Setting setting) {
        return prefix + setting.key();
    }

    String prefix() {
        return prefix;
    }

    /**
     * Whether this is an application that somebody develops or tests, as far as its framework tells.
     *
     * @return false unless an adapter {@linkplain Builder#development said so}
     */
    public boolean isDevelopment() {
        return development;
    }

    /**
     * Whether no source has any setting, right or wrong: an adapter's own defaults do not count.
     *
     * @return true if nobody configured this library
     */
    public boolean isSilent() {
        return silent && problems.isEmpty();
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
        private String prefix = PREFIX;
        private boolean development;
        private boolean profiles = true;
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
         * Says how keys begin in the configuration of the framework, for messages and variables of the environment.
         * In sources they stand with or without {@link #PREFIX}, as ever.
         *
         * @param prefix with the dot at its end; {@link #PREFIX} unless set
         * @return this
         */
        public Builder prefix(String prefix) {
            this.prefix = prefix;
            return this;
        }

        /**
         * Says that the application runs to be developed or tested: sessions in memory are no surprise then.
         *
         * @param development false unless set
         * @return this
         */
        public Builder development(boolean development) {
            this.development = development;
            return this;
        }

        /**
         * Whether the key {@code profile} names a further file. Not where a framework has profiles of its own.
         *
         * @param on true unless set
         * @return this
         */
        public Builder profiles(boolean on) {
            this.profiles = on;
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

            Set<String> inFiles = Set.copyOf(known);
            if (profiles) {
                known.add(PROFILE);
            }

            List<String> problems = new ArrayList<>();
            Map<String, String> values = new HashMap<>();
            List<Source> sources = new ArrayList<>();
            sources.add(new Source("code", code, false));
            sources.addAll(adapters);
            sources.add(new Source("system property", strings(systemProperties), true));
            for (Source source : sources) {
                source.readInto(values, known, problems, prefix);
            }
            readEnvironment(values, known);
            String profile = values.remove(PROFILE);
            if (profile != null && !PROFILE_NAME.matcher(profile).matches()) {
                problems.add(prefix + PROFILE + " may have letters, digits and the characters . _ -");
            } else if (profile != null) {
                readFile(profileFile(profile), true, loader, values, inFiles, problems);
            }
            readFile(FILE, false, loader, values, inFiles, problems);
            boolean silent = values.isEmpty();
            fallbacks.forEach(values::putIfAbsent);
            return new SessionSettings(this, values, silent, settings, problems, providers);
        }

        private void readEnvironment(Map<String, String> values, Set<String> known) {
            Map<String, String> keys = new HashMap<>();
            known.forEach(key -> keys.put(environmentName(key), key));
            environment.forEach((variable, value) -> {
                String key = keys.get(variable);
                if (key != null) {
                    put(values, key, value);
                } else if (variable.startsWith(environmentName(""))
                        && OF_BUILDS.stream().map(this::environmentName).noneMatch(variable::equals)) {
                    LOG.warn(
                            "The environment variable {} is not a setting of DynamoSession; the nearest is {}",
                            variable,
                            nearest(variable, keys.keySet()));
                }
            });
        }

        private String environmentName(String key) {
            return (prefix + key).toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
        }

        private static String profileFile(String profile) {
            return "dynamosession-" + profile + ".properties";
        }

        private void readFile(
                String name,
                boolean required,
                ClassLoader loader,
                Map<String, String> values,
                Set<String> known,
                List<String> problems) {
            new Source("the file " + name, file(name, required, loader, problems), false)
                    .readInto(values, known, problems, prefix);
        }

        private Map<String, String> file(String name, boolean required, ClassLoader loader, List<String> problems) {
            try (InputStream in = loader.getResourceAsStream(name)) {
                if (in == null) {
                    if (required) {
                        problems.add(
                                prefix + PROFILE + " names a profile whose file " + name + " is not on the class path");
                    }
                    return Map.of();
                }
                Properties properties = new Properties();
                properties.load(in);
                return strings(properties);
            } catch (IOException | IllegalArgumentException e) {
                problems.add("the file " + name + " on the class path cannot be read: " + e.getMessage());
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
        void readInto(Map<String, String> values, Set<String> known, List<String> problems, String prefix) {
            entries.forEach((name, value) -> {
                boolean prefixed = name.startsWith(PREFIX);
                if (onlyPrefixed && !prefixed) {
                    return;
                }
                String key = prefixed ? name.substring(PREFIX.length()) : name;
                if (known.contains(key)) {
                    put(values, key, value);
                } else if (!(prefixed && OF_BUILDS.contains(key))) {
                    problems.add(prefix + key + " (" + this.name + ") is not a setting; did you mean " + prefix
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
