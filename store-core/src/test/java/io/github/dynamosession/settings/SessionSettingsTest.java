// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.SaveOutcome;
import io.github.dynamosession.SerializingCodec;
import io.github.dynamosession.Session;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.memory.InMemorySessionStore;
import io.github.dynamosession.spi.DeleteOutcome;
import io.github.dynamosession.spi.ProviderContext;
import io.github.dynamosession.spi.SessionCodec;
import io.github.dynamosession.spi.SessionCodecProvider;
import io.github.dynamosession.spi.Setting;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Settings")
class SessionSettingsTest {
    private final Properties system = new Properties();

    /** The codec of this class's own tests: the only one on the class path. */
    public static final class TestCodecProvider implements SessionCodecProvider {
        @Override
        public String name() {
            return "test";
        }

        private static final Setting TYPES = new Setting("allowed-types", List.class, "", "classes");

        @Override
        public List<Setting> settings() {
            return List.of(TYPES);
        }

        @Override
        public SessionCodec create(ProviderContext context) {
            if (context.list(TYPES).contains("bad.Type")) {
                context.problem(TYPES, "names a class that does not exist");
            }
            return new SerializingCodec();
        }
    }

    private SessionSettings.Builder settings(Map<String, String> environment) {
        return SessionSettings.builder().systemProperties(system).environment(environment);
    }

    private static SessionManager build(SessionSettings.Builder settings) {
        return SessionManager.builder(settings.build()).build();
    }

    @Test
    @DisplayName("tell which keys there are: the engine's, the providers', the adapter's")
    void keys() {
        assertThat(settings(Map.of())
                        .adapterSettings(new Setting("exclude-robots", Boolean.class, "", "without robots"))
                        .build()
                        .settings())
                .extracting(Setting::key)
                .contains("idle-timeout", "table-name", "listed.allowed-types", "exclude-robots")
                .doesNotContain("dynamosession.table-name");
    }

    @ParameterizedTest
    @ValueSource(strings = {"dynamosession.version", "dynamosession.bom.version"})
    @DisplayName("leave a build its own property for this library's version")
    void version(String property) {
        system.setProperty(property, "1.0.0");
        system.setProperty("dynamosession.store", "memory");
        system.setProperty("dynamosession.codec", "test");

        SessionSettings settings = settings(Map.of("DYNAMOSESSION_VERSION", "1.0.0"))
                .source("init parameter", Map.of(property, "1.0.0"), true)
                .build();

        assertThat(settings.problems()).isEmpty();
        assertThat(settings.settings()).extracting(Setting::key).doesNotContain("version", "bom.version");
        SessionManager.builder(settings).build().close();
    }

    @Test
    @DisplayName("are taken from code, then the adapter, system properties, environment, file, adapter's default")
    void order(@TempDir Path dir) throws Exception {
        Files.writeString(
                dir.resolve("dynamosession.properties"),
                "dynamosession.namespace=file\nidle-timeout=1\ncodec=file\ncookie.name=file\nstore=file\ncookie.path=file\n");
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {dir.toUri().toURL()}, getClass().getClassLoader())) {
            system.setProperty("dynamosession.idle-timeout", "system");
            system.setProperty("dynamosession.codec", "system");
            system.setProperty("dynamosession.cookie.name", "system");
            system.setProperty("unrelated", "x");
            SessionSettings settings = settings(
                            Map.of("DYNAMOSESSION_COOKIE_NAME", "env", "DYNAMOSESSION_STORE", "env", "HOME", "x"))
                    .source("init parameter", Map.of("dynamosession.codec", "init", "namespace", "init"), false)
                    .source("context parameter", Map.of("namespace", "ctx", "dynamosession.codec", "ctx"), true)
                    .set("namespace", "code")
                    .fallback("cookie.path", "fallback")
                    .fallback("cookie.domain", "fallback")
                    .classLoader(loader)
                    .build();
            assertThat(settings.problems()).isEmpty();
            assertThat(settings.text("namespace")).contains("code");
            assertThat(settings.text("codec")).contains("init");
            assertThat(settings.text("idle-timeout")).contains("system");
            assertThat(settings.text("cookie.name")).contains("system");
            assertThat(settings.text("store")).contains("env");
            assertThat(settings.text("cookie.path")).contains("file");
            assertThat(settings.text("cookie.domain")).contains("fallback");
            assertThat(settings.text("cookie.secure")).isEmpty();
        }
    }

    @Test
    @DisplayName("have profiles: a further file, below the environment and over dynamosession.properties")
    void profiles(@TempDir Path dir) throws Exception {
        Files.writeString(dir.resolve("dynamosession.properties"), "namespace=file\ncodec=file\nstore=file\n");
        Files.writeString(dir.resolve("dynamosession-test.properties"), "namespace=test\ncodec=test\n");
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {dir.toUri().toURL()}, getClass().getClassLoader())) {
            Map<String, String> environment = Map.of("DYNAMOSESSION_PROFILE", "test", "DYNAMOSESSION_CODEC", "env");
            SessionSettings settings = settings(environment).classLoader(loader).build();
            assertThat(settings.problems()).isEmpty();
            assertThat(settings.text("namespace")).contains("test");
            assertThat(settings.text("codec")).contains("env");
            assertThat(settings.text("store")).contains("file");
            assertThat(settings.text("profile")).isEmpty();

            system.setProperty("dynamosession.profile", "nowhere");
            assertThat(settings(environment).classLoader(loader).build().problems())
                    .singleElement()
                    .asString()
                    .contains("dynamosession.profile", "dynamosession-nowhere.properties is not on the class path");
            system.setProperty("dynamosession.profile", "../test");
            assertThat(settings(environment).classLoader(loader).build().problems())
                    .hasSize(1);
            assertThat(settings(Map.of()).profiles(false).build().problems()).hasSize(1);
        }
    }

    @Test
    @DisplayName("make a manager that works and closes the store it made")
    void manager() {
        system.setProperty("dynamosession.store", "memory");
        system.setProperty("dynamosession.touch-interval", "PT0S");
        try (SessionManager sessions = build(settings(Map.of("DYNAMOSESSION_IDLE_TIMEOUT", "45m")))) {
            Session session = sessions.newSession();
            assertThat(session.idleTimeout()).contains(Duration.ofMinutes(45));
            session.set("a", 1);
            sessions.save(session);
            Session again = sessions.open(session.cookieValue()).orElseThrow();
            assertThat(sessions.save(again)).isEqualTo(SaveOutcome.TOUCHED);
            assertThat(sessions.end(again)).isEqualTo(DeleteOutcome.DELETED);
        }
        system.setProperty("dynamosession.idle-timeout", "never");
        try (SessionManager sessions = build(settings(Map.of()))) {
            assertThat(sessions.newSession().idleTimeout()).isEmpty();
        }
    }

    @Test
    @DisplayName("with problems name every one of them together, and never a secret")
    void problems() {
        system.setProperty("dynamosession.tabel-name", "x");
        system.setProperty("dynamosession.store", "memry");
        system.setProperty("dynamosession.idle-timeout", "soon");
        system.setProperty("dynamosession.absolute-lifetime", "0");
        system.setProperty("dynamosession.concurrency", "hope");
        system.setProperty("dynamosession.store-empty-sessions", "yes");
        system.setProperty("dynamosession.signing-keys", "c2VjcmV0");
        system.setProperty("dynamosession.cookie.same-site", "loose");
        system.setProperty("dynamosession.cookie.max-age", "0");
        system.setProperty("dynamosession.namespace", "a b");
        system.setProperty("dynamosession.allowed-types", "bad.Type");
        assertThatThrownBy(() -> build(settings(Map.of())))
                .isInstanceOfSatisfying(
                        ConfigurationException.class,
                        e -> assertThat(e.problems())
                                .anyMatch(p -> p.contains("dynamosession.tabel-name")
                                        && p.contains("did you mean dynamosession."))
                                .anyMatch(
                                        p -> p.startsWith("dynamosession.store must be one of") && p.contains("memory"))
                                .anyMatch(p -> p.startsWith("dynamosession.idle-timeout"))
                                .anyMatch(p -> p.startsWith("dynamosession.absolute-lifetime"))
                                .anyMatch(p -> p.startsWith("dynamosession.concurrency")
                                        && p.contains("merge, compare-and-set"))
                                .anyMatch(p -> p.startsWith("dynamosession.store-empty-sessions"))
                                .anyMatch(p -> p.startsWith("dynamosession.signing-keys"))
                                .anyMatch(p -> p.startsWith("dynamosession.cookie.same-site"))
                                .anyMatch(p -> p.startsWith("dynamosession.cookie.max-age"))
                                .anyMatch(p -> p.startsWith("dynamosession.namespace"))
                                .anyMatch(p -> p.startsWith("dynamosession.allowed-types"))
                                .hasSize(11)
                                .noneMatch(p -> p.contains("c2VjcmV0")));
    }

    @Test
    @DisplayName("that nobody knows are only a warning in the environment")
    void kubernetes() {
        system.setProperty("dynamosession.store", "memory");
        build(settings(Map.of("DYNAMOSESSION_SERVICE_HOST", "10.0.0.1"))).close();
    }

    @Test
    @DisplayName("take durations as 30m, PT30M or seconds")
    void durations() {
        system.setProperty("dynamosession.store", "memory");
        Map<String, Duration> spellings = Map.of(
                "30m", Duration.ofMinutes(30),
                "PT30M", Duration.ofMinutes(30),
                "90", Duration.ofSeconds(90),
                "2h", Duration.ofHours(2),
                "7d", Duration.ofDays(7),
                "1500ms", Duration.ofMillis(1500));
        spellings.forEach((text, duration) -> {
            try (SessionManager sessions = build(settings(Map.of()).set("idle-timeout", text))) {
                assertThat(sessions.newSession().idleTimeout()).contains(duration);
            }
        });
    }

    @Test
    @DisplayName("take signing keys from a file, one a line, but not from two places")
    void keysFile(@TempDir Path dir) throws Exception {
        Path file = dir.resolve("keys");
        String key = Base64.getEncoder().encodeToString(new byte[32]);
        Files.writeString(file, key + "\n\n" + key + "\n");
        system.setProperty("dynamosession.store", "memory");
        system.setProperty("dynamosession.signing-keys-file", file.toString());
        try (SessionManager sessions = build(settings(Map.of()))) {
            assertThat(sessions.newSession().cookieValue()).hasSize(87);
        }
        system.setProperty("dynamosession.signing-keys", key);
        assertThatThrownBy(() -> build(settings(Map.of())))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("both set");
    }

    /** Writes another format; found beside the first one by a class loader of the test. */
    public static final class OtherCodecProvider implements SessionCodecProvider {
        @Override
        public String name() {
            return "other";
        }

        @Override
        public List<Setting> settings() {
            return List.of();
        }

        @Override
        public SessionCodec create(ProviderContext context) {
            return new SerializingCodec(70);
        }
    }

    @Test
    @DisplayName("ask which of two codecs writes, and name those that only read")
    void readableCodecs(@TempDir Path dir) throws Exception {
        Path services = Files.createDirectories(dir.resolve("META-INF/services"));
        Files.writeString(services.resolve(SessionCodecProvider.class.getName()), OtherCodecProvider.class.getName());
        InMemorySessionStore store = new InMemorySessionStore();
        SessionManager old =
                SessionManager.builder(store).codec(new SerializingCodec()).build();
        Session session = old.newSession();
        session.set("a", "old");
        old.save(session);
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {dir.toUri().toURL()}, getClass().getClassLoader())) {
            assertThatThrownBy(() -> build(settings(Map.of()).classLoader(loader)))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("dynamosession.codec must be one of other, test");
            assertThatThrownBy(() -> build(settings(Map.of())
                            .classLoader(loader)
                            .set("codec", "other")
                            .set("readable-codecs", "test, tset")))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("dynamosession.readable-codecs must be one of listed, other, test");
            SessionManager mixed = SessionManager.builder(settings(Map.of())
                            .classLoader(loader)
                            .set("codec", "other")
                            .set("readable-codecs", "test")
                            .build())
                    .store(store)
                    .build();
            assertThat(mixed.open(session.cookieValue()).orElseThrow().get("a")).contains("old");
        }
    }

    @ParameterizedTest
    @DisplayName("name the artifact to add where a codec of this project is not on the class path")
    @ValueSource(strings = {"codec", "fallback-codec", "readable-codecs"})
    void missingCodecs(String key) {
        for (String name : new String[] {"java", "json", "msgpack"}) {
            assertThatThrownBy(() -> build(settings(Map.of("DYNAMOSESSION_STORE", "memory"))
                            .set("codec", "test")
                            .set(key, name)))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("dynamosession." + key + " is " + name
                            + ", which is not on the class path: add dynamosession-codec-" + name);
        }
    }

    @Test
    @DisplayName("of codecs that only read hold where the codec that writes is set in code, where code wins again")
    void readableCodecsBesideCode() {
        InMemorySessionStore store = new InMemorySessionStore();
        SessionManager old =
                SessionManager.builder(store).codec(new SerializingCodec()).build();
        Session session = old.newSession();
        session.set("a", "old");
        old.save(session);
        SessionSettings readable =
                settings(Map.of()).set("readable-codecs", "test").build();
        SessionManager next = SessionManager.builder(readable)
                .store(store)
                .codec(new SerializingCodec(70))
                .build();
        assertThat(next.open(session.cookieValue()).orElseThrow().get("a")).contains("old");
        SerializingCodec ofCode = new SerializingCodec();
        SessionManager both = SessionManager.builder(readable)
                .store(store)
                .codec(new SerializingCodec(70))
                .readableCodec(ofCode)
                .build();
        assertThat(both.open(session.cookieValue()).orElseThrow().get("a")).contains("old");
        assertThat(ofCode.decoded).hasValue(1);
    }

    @Test
    @DisplayName("describe the cookie for every adapter")
    void cookie() {
        CookieSettings cookie = settings(Map.of(
                        "DYNAMOSESSION_COOKIE_SAME_SITE",
                        "strict",
                        "DYNAMOSESSION_COOKIE_MAX_AGE",
                        "7d",
                        "DYNAMOSESSION_COOKIE_SECURE",
                        "true"))
                .build()
                .cookie();
        assertThat(cookie.sameSite()).contains("Strict");
        assertThat(cookie.maxAge()).contains(Duration.ofDays(7));
        assertThat(cookie.secure()).contains(true);
        assertThat(cookie.httpOnly()).isEmpty();
    }
}
