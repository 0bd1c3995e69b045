// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynamosession.SessionManager;
import io.github.dynamosession.settings.SessionSettings;
import jakarta.servlet.ServletContext;
import jakarta.servlet.SessionTrackingMode;
import java.lang.reflect.Proxy;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("jdk25")
@DisplayName("What a context says of sessions")
class ContextDefaultsTest {
    /** A container that answers what the map has, and otherwise null or zero. */
    private static ServletContext context(Map<String, Object> answers) {
        return (ServletContext) Proxy.newProxyInstance(
                ContextDefaultsTest.class.getClassLoader(),
                new Class<?>[] {ServletContext.class},
                (self, called, arguments) -> {
                    Object answer = answers.get(called.getName());
                    if (answer instanceof RuntimeException e) {
                        throw e;
                    }
                    return answer == null && called.getReturnType() == int.class ? (Object) 0 : answer;
                });
    }

    private static Optional<String> setting(Map<String, Object> answers, String key) {
        SessionSettings.Builder settings =
                SessionSettings.builder().systemProperties(new Properties()).environment(Map.of());
        new ContextDefaults(context(answers)).addTo(settings);
        return settings.build().text(key);
    }

    @Test
    @DisplayName("is the namespace: its path, so that two contexts never share a session")
    void namespaces() {
        assertThat(ContextDefaults.namespace("")).isEmpty();
        assertThat(ContextDefaults.namespace("/")).isEmpty();
        assertThat(ContextDefaults.namespace("/shop")).isEqualTo("shop");
        assertThat(ContextDefaults.namespace("/shop/eu")).isEqualTo("shop/eu");
        Set<String> different = new HashSet<>();
        List<String> paths = List.of(
                "/a",
                "/a/",
                "//a",
                "/a b",
                "/a%20b",
                "/\u00e4",
                "/a:b",
                "/A",
                "/" + "x".repeat(128),
                "/" + "x".repeat(129));
        for (String path : paths) {
            String namespace = ContextDefaults.namespace(path);
            assertThat(namespace).as(path).matches("[A-Za-z0-9._/-]{1,128}");
            assertThat(different.add(namespace)).as(path).isTrue();
        }
    }

    @Test
    @DisplayName("is the same on every node, and gives way to a setting")
    void nodes() {
        assertThat(ContextDefaults.namespace("/\u00e4")).isEqualTo(ContextDefaults.namespace("/\u00e4"));
        SessionSettings.Builder settings =
                SessionSettings.builder().set("namespace", "mine").set("idle-timeout", "3m");
        new ContextDefaults(context(Map.of("getContextPath", "/shop", "getSessionTimeout", 7))).addTo(settings);
        assertThat(settings.build().text("namespace")).contains("mine");
        assertThat(settings.build().text("idle-timeout")).contains("3m");
    }

    @Test
    @DisplayName("is the idle timeout, in minutes; zero only where it cannot mean that nobody said anything")
    void timeouts() {
        assertThat(setting(Map.of("getSessionTimeout", 7), "idle-timeout")).contains("7m");
        assertThat(setting(Map.of("getSessionTimeout", 0), "idle-timeout")).isEmpty();
        assertThat(setting(Map.of("getSessionTimeout", -1), "idle-timeout")).isEmpty();
        assertThat(setting(Map.of("getSessionTimeout", new UnsupportedOperationException()), "idle-timeout"))
                .isEmpty();
    }

    @Test
    @DisplayName("may be nothing at all, as in serverless containers: then sessions are tracked by cookie")
    void nothing() {
        assertThat(setting(Map.of(), "namespace")).isEmpty();
        ContextDefaults defaults = new ContextDefaults(context(Map.of()));
        assertThat(defaults.tracksByCookie()).isTrue();
        assertThat(defaults.tracksByUrl()).isFalse();
    }

    private static boolean byUrl(@Nullable Set<SessionTrackingMode> effective, Set<SessionTrackingMode> byDefault) {
        return new ContextDefaults(context(Map.of(
                        "getEffectiveSessionTrackingModes",
                        effective == null ? Set.of() : effective,
                        "getDefaultSessionTrackingModes",
                        byDefault)))
                .tracksByUrl();
    }

    @Test
    @DisplayName("is tracking by URL only if the application chose it")
    void tracking() {
        Set<SessionTrackingMode> both = EnumSet.of(SessionTrackingMode.COOKIE, SessionTrackingMode.URL);
        Set<SessionTrackingMode> url = EnumSet.of(SessionTrackingMode.URL);
        Set<SessionTrackingMode> cookie = EnumSet.of(SessionTrackingMode.COOKIE);
        assertThat(byUrl(both, both)).isFalse();
        assertThat(byUrl(both, cookie)).isTrue();
        assertThat(byUrl(url, both)).isTrue();
        assertThat(byUrl(cookie, both)).isFalse();
        assertThat(byUrl(null, both)).isFalse();
        assertThat(new ContextDefaults(context(Map.of("getEffectiveSessionTrackingModes", url))).tracksByCookie())
                .isFalse();
    }

    @Test
    @DisplayName("fits what a manager takes")
    void manager() {
        SessionSettings.Builder settings = SessionSettings.builder()
                .systemProperties(new Properties())
                .environment(Map.of())
                .set("store", "memory");
        new ContextDefaults(context(Map.of("getContextPath", "/\u00e4 b", "getSessionTimeout", 7))).addTo(settings);
        assertThat(org.assertj.core.api.Assertions.catchThrowable(
                        () -> SessionManager.builder(settings.build()).build()))
                .as("only the codec is missing")
                .hasMessageNotContaining("namespace")
                .hasMessageNotContaining("idle-timeout")
                .hasMessageContaining("codec");
    }
}
