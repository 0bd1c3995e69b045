// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.SessionManager;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("jdk25")
@DisplayName("Paths with sessions")
class SessionPathsTest {
    private static SessionSettings settings(Map<String, String> values) {
        SessionSettings.Builder settings =
                SessionSettings.builder().systemProperties(new Properties()).environment(Map.of());
        values.forEach(settings::set);
        return settings.build();
    }

    @ParameterizedTest
    @CsvSource({
        "/static/*, /static/a, true",
        "/static/*, /static/a/b.html, true",
        "/static/*, /static/, true",
        "/static/*, /static, true",
        "/static/*, /statics, false",
        "/static/*, /a/static/b, false",
        "/static/*, /Static/a, false",
        "/static/*, '', false",
        "/*, /anything, true",
        "/*, /, true",
        "/*, '', true",
        "*.css, /a/b.css, true",
        "*.css, /b.css, true",
        "*.css, /a.css/b, false",
        "*.css, /a.cssx, false",
        "*.css, /.css, true",
        "*.tar.gz, /a.tar.gz, true",
        "/health, /health, true",
        "/health, /health/, false",
        "/health, /healthy, false",
        "/, /, true",
        "/, /a, false"
    })
    @DisplayName("are named as servlet mappings are, for inclusion and for exclusion")
    void match(String pattern, String path, boolean matches) {
        assertThat(SessionPaths.of(List.of(pattern), List.of()).matches(path)).isEqualTo(matches);
        assertThat(SessionPaths.of(List.of(), List.of(pattern)).matches(path)).isEqualTo(!matches);
    }

    @Test
    @DisplayName("are all if nothing is said; an exclusion wins over an inclusion")
    void both() {
        assertThat(SessionPaths.of(List.of(), List.of()))
                .isSameAs(SessionPaths.ALL)
                .matches(paths -> paths.matches("/x"));
        SessionPaths paths = SessionPaths.of(List.of("/shop/*", "/login"), List.of("*.css", "/shop/free/*"));
        assertThat(List.of("/shop/cart", "/login", "/shop")).allMatch(paths::matches);
        assertThat(List.of("/", "/other", "/login/x", "/shop/a.css", "/shop/free", "/shop/free/a"))
                .noneMatch(paths::matches);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"static/*", "/a/*/b", "**", "*", "*.", "/**/*.css", "*.css/x", "*.*", "*.c*s", "/a*", "/a/**", ""
            })
    @DisplayName("are refused if they look like something else")
    void refused(String pattern) {
        for (List<List<String>> lists : List.of(
                List.of(List.of("/", pattern), List.<String>of()), List.of(List.<String>of(), List.of(pattern)))) {
            assertThatThrownBy(() -> SessionPaths.of(lists.get(0), lists.get(1)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("'" + pattern + "' is not a path pattern");
        }
    }

    @Test
    @DisplayName("are read from settings")
    void settings() {
        assertThat(settings(Map.of()).paths()).isSameAs(SessionPaths.ALL);
        SessionPaths paths = settings(Map.of("include-paths", "/a/*, /b", "exclude-paths", "*.css ,,/a/c"))
                .paths();
        assertThat(List.of("/a/x", "/b")).allMatch(paths::matches);
        assertThat(List.of("/c", "/a/x.css", "/a/c")).noneMatch(paths::matches);
    }

    @Test
    @DisplayName("that are malformed are reported with all other problems")
    void problems() {
        SessionSettings settings = settings(Map.of(
                "include-paths", "a/*,/b", "exclude-paths", "/**/*.css,/c,*", "store", "memory", "namespace", "a b"));
        String[] wrong = {
            "dynamosession.include-paths: 'a/*' is not a path pattern: write /folder/*, *.extension or /path",
            "dynamosession.exclude-paths: '/**/*.css' is not a path pattern: write /folder/*, *.extension or /path",
            "dynamosession.exclude-paths: '*' is not a path pattern: write /folder/*, *.extension or /path"
        };
        assertThatThrownBy(settings::paths)
                .isInstanceOfSatisfying(
                        ConfigurationException.class,
                        e -> assertThat(e.problems()).containsExactly(wrong));
        assertThatThrownBy(() -> SessionManager.builder(settings).build())
                .isInstanceOfSatisfying(
                        ConfigurationException.class,
                        e -> assertThat(e.problems())
                                .contains(wrong)
                                .anyMatch(problem -> problem.startsWith("dynamosession.namespace")));
    }
}
