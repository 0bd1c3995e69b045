// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.settings.ConfigurationException;
import io.github.dynamosession.settings.CookieSettings;
import io.github.dynamosession.settings.SessionSettings;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("The session cookie")
class CookiePolicyTest {
    private static final CookieState SET = new CookieState.Set("value", OptionalLong.empty());

    private static String header(CookiePolicy policy, CookieState state, boolean tls) {
        return policy.cookie(state, tls).orElseThrow().header();
    }

    @Test
    @DisplayName("is for all paths, HttpOnly and SameSite=Lax, and Secure over TLS")
    void defaults() {
        CookiePolicy policy = CookiePolicy.builder("sid").build();

        assertThat(header(policy, SET, false)).isEqualTo("sid=value; Path=/; HttpOnly; SameSite=Lax");
        assertThat(header(policy, SET, true)).isEqualTo("sid=value; Path=/; Secure; HttpOnly; SameSite=Lax");
        assertThat(header(policy, new CookieState.Clear(), false))
                .isEqualTo("sid=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
        assertThat(policy.cookie(new CookieState.None(), false)).isEmpty();
    }

    @Test
    @DisplayName("is what settings say, and what an adapter says where they are silent")
    void settings() {
        CookiePolicy policy = CookiePolicy.builder("sid")
                .sameSite(null)
                .attribute("Priority", "High")
                .apply(new CookieSettings(
                        Optional.of("__Secure-sid"),
                        Optional.of("/shop"),
                        Optional.of("example.com"),
                        Optional.empty(),
                        Optional.of(false),
                        Optional.empty(),
                        Optional.of(true),
                        Optional.of(Duration.ofHours(1))))
                .build();

        assertThat(header(policy, new CookieState.Set("value", OptionalLong.of(60)), false))
                .isEqualTo("__Secure-sid=value; Path=/shop; Domain=example.com; Max-Age=60; Secure; Partitioned;"
                        + " Priority=High");
        assertThat(policy.name()).isEqualTo("__Secure-sid");
        assertThat(policy.age().isLasting()).isTrue();
    }

    @Test
    @DisplayName("is read from all headers, in their order, whatever is around it")
    void candidates() {
        CookiePolicy policy = CookiePolicy.builder("sid").build();

        assertThat(policy.candidates(List.of("a=b; sid=1;sid=\"2\"; sidx=3; SID=4; broken", "sid = 5; sid=")))
                .containsExactly("1", "2", "5", "");
        assertThat(policy.candidates(List.of())).isEmpty();
    }

    static Stream<Arguments> refused() {
        return Stream.of(
                refusal(builder -> builder.name("__Host-sid").secure(false), "secure must not be false"),
                refusal(builder -> builder.name("__Secure-sid").secure(false), "secure must not be false"),
                refusal(builder -> builder.name("__Host-sid").domain("example.com"), "domain must not be set"),
                refusal(builder -> builder.name("__Host-sid").path("/shop"), "path must be /"),
                refusal(builder -> builder.sameSite("none"), "secure must be true with SameSite=None"),
                refusal(builder -> builder.partitioned(true), "secure must be true for a partitioned cookie"),
                refusal(builder -> builder.sameSite("Relaxed"), "same-site must be Strict, Lax or None"),
                refusal(builder -> builder.name("s id"), "is not valid"),
                refusal(builder -> builder.path("/;x"), "is not valid"),
                refusal(builder -> builder.domain("a\nb"), "is not valid"),
                refusal(builder -> builder.attribute("Priority", "a;b"), "is not valid"));
    }

    private static Arguments refusal(Consumer<CookiePolicy.Builder> setUp, String message) {
        return Arguments.of(setUp, message);
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("refused")
    @DisplayName("is refused at once where browsers would refuse it")
    void isRefused(Consumer<CookiePolicy.Builder> setUp, String message) {
        CookiePolicy.Builder builder = CookiePolicy.builder("sid");
        setUp.accept(builder);

        assertThatThrownBy(builder::build)
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(message);
    }

    @Test
    @DisplayName("is refused with the names that the settings have in the framework at hand")
    void namesOfSettings() {
        CookiePolicy.Builder builder = CookiePolicy.builder("sid")
                .apply(SessionSettings.builder()
                        .prefix("shop.sessions.")
                        .set("cookie.name", "__Host-sid;")
                        .set("cookie.secure", "false")
                        .set("cookie.path", "/shop")
                        .set("cookie.domain", "example.com")
                        .set("cookie.same-site", "none")
                        .set("cookie.partitioned", "true")
                        .build()
                        .cookie());

        assertThatThrownBy(builder::build)
                .isInstanceOfSatisfying(
                        ConfigurationException.class,
                        refused -> assertThat(refused.problems())
                                .hasSize(6)
                                .allMatch(problem -> problem.startsWith("shop.sessions.cookie.")));
    }

    @Test
    @DisplayName("never shows its value in a log")
    void hidesTheValue() {
        CookiePolicy policy = CookiePolicy.builder("sid").build();

        assertThat(SET.toString()).doesNotContain("value");
        assertThat(policy.cookie(SET, true).orElseThrow().toString()).doesNotContain("value");
    }
}
