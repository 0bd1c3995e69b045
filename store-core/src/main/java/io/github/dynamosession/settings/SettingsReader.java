// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.settings;

import io.github.dynamosession.crypto.EncryptionKey;
import io.github.dynamosession.crypto.EncryptionKeys;
import io.github.dynamosession.crypto.KeyRing;
import io.github.dynamosession.crypto.SigningKeys;
import io.github.dynamosession.spi.ProviderContext;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.SessionCodecProvider;
import io.github.dynamosession.spi.SessionObserver;
import io.github.dynamosession.spi.SessionStore;
import io.github.dynamosession.spi.SessionStoreProvider;
import io.github.dynamosession.spi.Setting;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads settings as what they mean, and collects what is wrong with them. */
public final class SettingsReader implements ProviderContext {
    private static final Pattern SHORT_DURATION = Pattern.compile("(\\d{1,12})(ms|s|m|h|d)?");

    /** The codecs of this project that are artifacts of their own, which store-core does not know otherwise. */
    private static final Map<String, String> CODEC_ARTIFACTS = Map.of(
            "java", "dynamosession-codec-java",
            "json", "dynamosession-codec-json",
            "msgpack", "dynamosession-codec-msgpack");

    private static final Pattern BYTES = Pattern.compile("\\d{1,9}");

    private final SessionSettings settings;
    private final Providers providers;
    private final List<String> problems;
    private final Clock clock;
    private final SessionObserver observer;

    SettingsReader(SessionSettings settings, Providers providers, List<String> problems) {
        this(settings, providers, problems, Clock.systemUTC(), SessionObserver.NONE);
    }

    private SettingsReader(
            SessionSettings settings,
            Providers providers,
            List<String> problems,
            Clock clock,
            SessionObserver observer) {
        this.settings = settings;
        this.providers = providers;
        this.problems = problems;
        this.clock = clock;
        this.observer = observer;
    }

    /**
     * The same reader for stores that need a clock and an observer.
     *
     * @param newClock by which a store decides expiry
     * @param newObserver is notified of a store's operations
     * @return a reader
     */
    public SettingsReader with(Clock newClock, SessionObserver newObserver) {
        return new SettingsReader(settings, providers, problems, newClock, newObserver);
    }

    @Override
    public Optional<String> text(Setting setting) {
        return settings.text(setting.key());
    }

    @Override
    public Optional<Duration> duration(Setting setting) {
        return text(setting).flatMap(text -> parseDuration(setting, text));
    }

    @Override
    public Optional<Boolean> flag(Setting setting) {
        return text(setting).flatMap(text -> {
            switch (text.toLowerCase(Locale.ROOT)) {
                case "true":
                    return Optional.of(true);
                case "false":
                    return Optional.of(false);
                default:
                    problem(setting, "must be true or false");
                    return Optional.empty();
            }
        });
    }

    @Override
    public Optional<URI> uri(Setting setting) {
        return text(setting).flatMap(text -> {
            try {
                URI uri = new URI(text);
                if (uri.isAbsolute() && uri.getHost() != null) {
                    return Optional.of(uri);
                }
            } catch (URISyntaxException e) {
                // Reported below, like a URI without a host.
            }
            problem(setting, "must be an absolute URI with a host, such as http://localhost:8000");
            return Optional.empty();
        });
    }

    @Override
    public <E extends Enum<E>> Optional<E> choice(Setting setting, Class<E> type) {
        return text(setting).flatMap(text -> {
            for (E constant : type.getEnumConstants()) {
                if (kebab(constant).equals(text.toLowerCase(Locale.ROOT))) {
                    return Optional.of(constant);
                }
            }
            problem(
                    setting,
                    "must be one of "
                            + Arrays.stream(type.getEnumConstants())
                                    .map(SettingsReader::kebab)
                                    .collect(Collectors.joining(", ")));
            return Optional.empty();
        });
    }

    @Override
    public List<String> list(Setting setting) {
        return text(setting).map(text -> elements(text, ",")).orElse(List.of());
    }

    @Override
    public <T> Optional<T> resource(Class<T> type) {
        return settings.resource(type);
    }

    @Override
    public void problem(Setting setting, String problem) {
        problems.add(name(setting) + " " + problem);
    }

    @Override
    public String name(Setting setting) {
        return settings.name(setting);
    }

    @Override
    public Clock clock() {
        return clock;
    }

    @Override
    public SessionObserver observer() {
        return observer;
    }

    @Override
    public ClassLoader classLoader() {
        return providers.classLoader();
    }

    /**
     * The idle timeout.
     *
     * @param byDefault if none is set
     * @return null: none
     */
    @Nullable
    public Duration idleTimeout(Duration byDefault) {
        Optional<String> text = text(EngineSettings.IDLE_TIMEOUT);
        if (text.isPresent() && text.get().equalsIgnoreCase("never")) {
            return null;
        }
        return duration(EngineSettings.IDLE_TIMEOUT).orElse(byDefault);
    }

    /**
     * The keys that sign session ids.
     *
     * @return null: ids are not signed
     */
    @Nullable
    public SigningKeys signingKeys() {
        Signing mode = choice(EngineSettings.SIGNING, Signing.class).orElse(Signing.SIGN);
        int before = problems.size();
        Secrets secrets = secrets(
                EngineSettings.SIGNING_KEYS,
                EngineSettings.SIGNING_KEYS_FILE,
                "one base64 key a line, the one that signs first");
        if (secrets == null) {
            for (Setting setting : List.of(EngineSettings.SIGNING, EngineSettings.ACCEPT_UNSIGNED_UNTIL)) {
                if (text(setting).isPresent() && problems.size() == before) {
                    problem(setting, "needs " + name(EngineSettings.SIGNING_KEYS));
                }
            }
            return null;
        }
        try {
            List<byte[]> keys =
                    secrets.lines().stream().map(SettingsReader::base64).toList();
            return mode == Signing.VERIFY_ONLY ? SigningKeys.verifyOnly(keys) : SigningKeys.of(keys);
        } catch (IllegalArgumentException e) {
            problem(
                    secrets.setting(),
                    "must hold base64 keys of at least 32 bytes, for instance from: openssl rand -base64 32");
            return null;
        }
    }

    /** What a node does with its signing keys. */
    enum Signing {
        SIGN,
        VERIFY_ONLY
    }

    /**
     * Until when ids that are not signed count.
     *
     * @return null: they do not
     */
    @Nullable
    public Instant acceptUnsignedUntil() {
        return text(EngineSettings.ACCEPT_UNSIGNED_UNTIL)
                .map(text -> {
                    try {
                        return OffsetDateTime.parse(text).toInstant();
                    } catch (DateTimeParseException e) {
                        problem(
                                EngineSettings.ACCEPT_UNSIGNED_UNTIL,
                                "must be a time with its zone, such as 2030-01-31T12:00:00Z");
                        return null;
                    }
                })
                .orElse(null);
    }

    /** What a node does with its encryption keys. */
    enum Encryption {
        READ_WRITE,
        READ_ONLY
    }

    /**
     * The keys that encrypt values.
     *
     * @return null: values are not encrypted
     */
    @Nullable
    public EncryptionKeys encryptionKeys() {
        Encryption mode = choice(EngineSettings.ENCRYPTION, Encryption.class).orElse(Encryption.READ_WRITE);
        int before = problems.size();
        Secrets secrets = secrets(
                EngineSettings.ENCRYPTION_KEYS,
                EngineSettings.ENCRYPTION_KEYS_FILE,
                "one id:base64 a line, the one that encrypts first");
        if (secrets == null) {
            if (text(EngineSettings.ENCRYPTION).isPresent() && problems.size() == before) {
                problem(EngineSettings.ENCRYPTION, "needs " + name(EngineSettings.ENCRYPTION_KEYS));
            }
            return null;
        }
        try {
            List<EncryptionKey> keys = new ArrayList<>();
            for (String line : secrets.lines()) {
                int colon = line.indexOf(':');
                // Without an id, what comes before the colon is empty, which is no id.
                keys.add(EncryptionKey.of(
                        line.substring(0, Math.max(0, colon)).strip(),
                        base64(line.substring(colon + 1).strip())));
            }
            return mode == Encryption.READ_ONLY ? KeyRing.readOnly(keys) : KeyRing.of(keys);
        } catch (IllegalArgumentException e) {
            problem(
                    secrets.setting(),
                    "must hold keys written id:base64, each with another id (1 to 32 letters, digits, . _ -) and of"
                            + " exactly 32 bytes, for instance from: echo \"k1:$(openssl rand -base64 32)\"");
            return null;
        }
    }

    /**
     * The size above which values are compressed.
     *
     * @param byDefault if none is set
     * @return bytes; null: no value is compressed
     */
    @Nullable
    public Integer compressAbove(int byDefault) {
        return bytesOrOff(EngineSettings.COMPRESS_ABOVE, byDefault);
    }

    /**
     * The size above which values lie outside of the session's row.
     *
     * @param byDefault unless set
     * @return bytes; null: none does
     */
    @Nullable
    public Integer partsAbove(int byDefault) {
        return bytesOrOff(EngineSettings.PARTS_ABOVE, byDefault);
    }

    /**
     * The size above which values are refused.
     *
     * @param byDefault unless set
     * @return bytes
     */
    public int largestValue(int byDefault) {
        String text = text(EngineSettings.LARGEST_VALUE).orElse(Integer.toString(byDefault));
        if (BYTES.matcher(text).matches()) {
            return Integer.parseInt(text);
        }
        problem(EngineSettings.LARGEST_VALUE, "must be a number of bytes");
        return byDefault;
    }

    private @Nullable Integer bytesOrOff(Setting setting, int byDefault) {
        String text = text(setting).orElse(Integer.toString(byDefault));
        if (text.equalsIgnoreCase("off")) {
            return null;
        }
        if (BYTES.matcher(text).matches()) {
            return Integer.valueOf(text);
        }
        problem(setting, "must be a number of bytes, or off");
        return byDefault;
    }

    /** What a setting or its file holds, and which of the two. */
    private record Secrets(Setting setting, List<String> lines) {
        /** Shows none. */
        @Override
        public String toString() {
            return "Secrets[" + setting.key() + "]";
        }
    }

    /** Null if neither is set, or if there is a problem. */
    private @Nullable Secrets secrets(Setting setting, Setting fileSetting, String wanted) {
        List<String> inline = list(setting);
        Optional<String> file = text(fileSetting);
        if (file.isEmpty()) {
            return inline.isEmpty() ? null : new Secrets(setting, inline);
        }
        if (!inline.isEmpty()) {
            problem(setting, "and " + name(fileSetting) + " are both set: keep one of them");
        }
        try {
            List<String> lines = elements(Files.readString(Path.of(file.get())), "\\R");
            if (!lines.isEmpty()) {
                return new Secrets(fileSetting, lines);
            }
            problem(fileSetting, "names a file without keys: " + wanted);
        } catch (IOException | InvalidPathException e) {
            problem(fileSetting, "names a file that cannot be read");
        }
        return null;
    }

    private static byte[] base64(String text) {
        return Base64.getDecoder().decode(text.replace('-', '+').replace('_', '/'));
    }

    /**
     * The settings of the cookie.
     *
     * @return the settings
     */
    public CookieSettings cookie() {
        Optional<String> sameSite = text(EngineSettings.COOKIE_SAME_SITE)
                .map(text -> text.substring(0, 1).toUpperCase(Locale.ROOT)
                        + text.substring(1).toLowerCase(Locale.ROOT));
        if (sameSite.isPresent() && !List.of("Strict", "Lax", "None").contains(sameSite.get())) {
            problem(EngineSettings.COOKIE_SAME_SITE, "must be one of strict, lax, none");
        }
        Optional<Duration> maxAge = duration(EngineSettings.COOKIE_MAX_AGE);
        if (maxAge.filter(age -> age.isZero() || age.isNegative()).isPresent()) {
            problem(
                    EngineSettings.COOKIE_MAX_AGE,
                    "must be positive; leave it out for a cookie that lasts as long as the browser");
        }
        return new CookieSettings(
                text(EngineSettings.COOKIE_NAME),
                text(EngineSettings.COOKIE_PATH),
                text(EngineSettings.COOKIE_DOMAIN),
                flag(EngineSettings.COOKIE_SECURE),
                flag(EngineSettings.COOKIE_HTTP_ONLY),
                sameSite,
                flag(EngineSettings.COOKIE_PARTITIONED),
                maxAge,
                settings.prefix());
    }

    /**
     * Which paths have sessions.
     *
     * @return the paths
     */
    public SessionPaths paths() {
        return SessionPaths.of(patterns(EngineSettings.INCLUDE_PATHS), patterns(EngineSettings.EXCLUDE_PATHS));
    }

    private List<String> patterns(Setting setting) {
        List<String> sound = new ArrayList<>();
        for (String pattern : list(setting)) {
            if (SessionPaths.isPattern(pattern)) {
                sound.add(pattern);
            } else {
                problems.add(name(setting) + ": " + SessionPaths.problem(pattern));
            }
        }
        return sound;
    }

    /**
     * Whether the application runs to be developed or tested.
     *
     * @return false unless its framework tells so
     */
    public boolean isDevelopment() {
        return settings.isDevelopment();
    }

    /**
     * Makes the store.
     *
     * @return null: there is a problem
     */
    @Nullable
    public SessionStore store() {
        String name = settings.store();
        for (SessionStoreProvider provider : providers.stores()) {
            if (provider.name().equals(name)) {
                return make(EngineSettings.STORE, () -> provider.create(this));
            }
        }
        problem(EngineSettings.STORE, "must be one of " + names(providers.stores(), SessionStoreProvider::name));
        return null;
    }

    /**
     * Makes the codec that encodes.
     *
     * @return null: there is a problem
     */
    @Nullable
    public SessionCodec codec() {
        Optional<String> name = text(EngineSettings.CODEC);
        if (name.isPresent()) {
            return codec(EngineSettings.CODEC, name.get());
        }
        List<SessionCodecProvider> codecs = providers.codecs().stream()
                .filter(SessionCodecProvider::isChosenByDefault)
                .toList();
        if (codecs.isEmpty()) {
            problem(
                    EngineSettings.CODEC,
                    "finds no codec on the class path: add dynamosession-codec-json, or set a codec in code");
            return null;
        }
        if (codecs.size() > 1) {
            problem(
                    EngineSettings.CODEC,
                    "must be one of " + names(codecs, SessionCodecProvider::name)
                            + ": more than one codec is on the class path");
            return null;
        }
        return codec(EngineSettings.CODEC, codecs.get(0).name());
    }

    /**
     * Makes the codec that encodes what the first one refuses.
     *
     * @return null: none is set, or there is a problem
     */
    @Nullable
    public SessionCodec fallbackCodec() {
        return text(EngineSettings.FALLBACK_CODEC)
                .map(name -> codec(EngineSettings.FALLBACK_CODEC, name))
                .orElse(null);
    }

    /**
     * Makes the codecs that decode values of another configuration.
     *
     * @return possibly empty
     */
    public List<SessionCodec> readableCodecs() {
        return list(EngineSettings.READABLE_CODECS).stream()
                .flatMap(name -> Stream.ofNullable(codec(EngineSettings.READABLE_CODECS, name)))
                .toList();
    }

    private @Nullable SessionCodec codec(Setting setting, String name) {
        for (SessionCodecProvider provider : providers.codecs()) {
            if (provider.name().equals(name)) {
                return make(setting, () -> provider.create(this));
            }
        }
        String artifact = CODEC_ARTIFACTS.get(name);
        problem(
                setting,
                artifact == null
                        ? "must be one of " + names(providers.codecs(), SessionCodecProvider::name)
                        : "is " + name + ", which is not on the class path: add " + artifact);
        return null;
    }

    /** Makes something; an exception becomes one of the problems unless the provider reported it. */
    private <T> @Nullable T make(Setting setting, Supplier<T> provider) {
        int before = problems.size();
        try {
            return provider.get();
        } catch (IllegalArgumentException e) {
            if (problems.size() == before) {
                problem(setting, "cannot be set up: " + e.getMessage());
            }
            return null;
        }
    }

    private static <P> String names(List<P> providers, Function<P, String> name) {
        return providers.stream().map(name).sorted().collect(Collectors.joining(", "));
    }

    private Optional<Duration> parseDuration(Setting setting, String text) {
        Matcher matcher = SHORT_DURATION.matcher(text);
        try {
            if (matcher.matches()) {
                long amount = Long.parseLong(matcher.group(1));
                String unit = matcher.group(2) == null ? "s" : matcher.group(2);
                return Optional.of(
                        switch (unit) {
                            case "ms" -> Duration.ofMillis(amount);
                            case "m" -> Duration.ofMinutes(amount);
                            case "h" -> Duration.ofHours(amount);
                            case "d" -> Duration.ofDays(amount);
                            default -> Duration.ofSeconds(amount);
                        });
            }
            return Optional.of(Duration.parse(text));
        } catch (DateTimeParseException | ArithmeticException e) {
            problem(setting, "must be a duration such as 30m, PT30M or a number of seconds");
            return Optional.empty();
        }
    }

    private static List<String> elements(String text, String separator) {
        return Arrays.stream(text.split(separator, -1))
                .map(String::strip)
                .filter(element -> !element.isEmpty())
                .toList();
    }

    private static String kebab(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
