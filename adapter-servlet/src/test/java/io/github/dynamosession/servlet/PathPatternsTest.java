// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.servlet.http.HttpServletRequest;
import java.lang.reflect.Proxy;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("jdk25")
@DisplayName("Paths without sessions")
class PathPatternsTest {
    private static HttpServletRequest request(@Nullable String servletPath, @Nullable String pathInfo) {
        return (HttpServletRequest) Proxy.newProxyInstance(
                PathPatternsTest.class.getClassLoader(),
                new Class<?>[] {HttpServletRequest.class},
                (self, called, arguments) -> called.getName().equals("getServletPath") ? servletPath : pathInfo);
    }

    @ParameterizedTest
    @CsvSource({
        "/static/*, /static/a, true",
        "/static/*, /static/a/b.html, true",
        "/static/*, /static/, true",
        "/static/*, /static, true",
        "/static/*, /statics, false",
        "/static/*, /a/static/b, false",
        "/*, /anything, true",
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
    @DisplayName("are named as servlet mappings are")
    void match(String pattern, String path, boolean matches) {
        PathPatterns patterns = new PathPatterns(List.of(pattern));
        assertThat(patterns.match(request(path, null))).isEqualTo(matches);
        assertThat(patterns.match(request(null, path))).isEqualTo(matches);
        assertThat(patterns.match(request("", path))).isEqualTo(matches);
    }

    @Test
    @DisplayName("are matched against the servlet's path with what follows it")
    void pathInfo() {
        assertThat(new PathPatterns(List.of("/app/static/*")).match(request("/app", "/static/x")))
                .isTrue();
        assertThat(PathPatterns.NONE.match(request("/a", null))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"static/*", "/a/*/b", "**", "*", "*.", "/**/*.css", "*.css/x", "/a*", ""})
    @DisplayName("are refused if they look like something else")
    void refused(String pattern) {
        assertThatThrownBy(() -> new PathPatterns(List.of(pattern)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is not a servlet mapping");
    }
}
