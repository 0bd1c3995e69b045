// SPDX-License-Identifier: Apache-2.0
package io.github.dynamosession.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynamosession.SerializingCodec;
import io.github.dynamosession.SessionManager;
import io.github.dynamosession.StartCheckPolicy;
import io.github.dynamosession.memory.InMemorySessionStore;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Clock;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A start")
class StartTest {
    private static SessionSettings.Builder settings() {
        return SessionSettings.builder().systemProperties(new Properties()).environment(Map.of());
    }

    private static SessionSettings.Builder dynamoDb(String endpoint) {
        return settings()
                .set("table-name", "sessions")
                .set("region", "eu-central-1")
                .set("endpoint", endpoint)
                .set("codec", "test");
    }

    /** Where nobody listens: the port of a socket that is closed again. */
    private static String deadEndpoint() throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return "http://127.0.0.1:" + socket.getLocalPort();
        }
    }

    @Test
    @DisplayName("says in one line where and how sessions are kept, and what is off")
    void report() {
        SessionSettings settings = settings()
                .set("store", "memory")
                .set("codec", "test")
                .set("namespace", "shop")
                .set("cookie.name", "SID")
                .set("absolute-lifetime", "8h")
                .build();
        try (SessionManager sessions =
                SessionManager.builder(settings).usedBy("a test", null).build()) {
            assertThat(sessions.report())
                    .isEqualTo(
                            "Sessions are kept in InMemorySessionStore by a test with the cookie SID; codec SerializingCodec;"
                                    + " namespace shop; idle timeout PT30M; with an absolute lifetime; without signed ids,"
                                    + " encryption, sweeping");
        }
    }

    @Test
    @DisplayName("goes on while the store is down, and says so")
    void warns() throws Exception {
        String endpoint = deadEndpoint();
        try (SessionManager sessions =
                SessionManager.builder(dynamoDb(endpoint).build()).build()) {
            assertThat(sessions.report())
                    .startsWith("Sessions are kept in the DynamoDB table sessions at " + endpoint)
                    .contains("But sessions cannot be kept", "nobody answers at the endpoint", "refused");
        }
    }

    @Test
    @DisplayName("does not while the store is down and check-at-start=fail, named as the framework at hand writes it")
    void fails() throws Exception {
        SessionSettings settings = dynamoDb(deadEndpoint())
                .prefix("shop.sessions.")
                .set("check-at-start", "fail")
                .build();
        assertThatThrownBy(() -> SessionManager.builder(settings).build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("refused")
                .hasMessageContaining("(shop.sessions.check-at-start=fail)");
    }

    @Test
    @DisplayName("tries nothing with check-at-start=off, nor again where it was tried a moment ago")
    void off() throws Exception {
        String endpoint = deadEndpoint();
        SessionManager.builder(dynamoDb(endpoint).set("check-at-start", "off").build())
                .build()
                .close();
        try (SessionManager again = SessionManager.builder(
                        dynamoDb(endpoint).set("check-at-start", "fail").build())
                .builtAgain(true)
                .build()) {
            assertThat(again.report()).doesNotContain("But");
        }
    }

    @Test
    @DisplayName("over a store of the program's own tries nothing unless asked")
    void ownStore() {
        SessionManager.builder(new InMemorySessionStore(Clock.systemUTC()))
                .codec(new SerializingCodec())
                .checkAtStart(StartCheckPolicy.FAIL)
                .build()
                .close();
    }

    @Test
    @DisplayName("names settings with the framework's prefix, in problems, in hints and in the environment")
    void prefix() {
        SessionSettings settings = settings()
                .prefix("shop.sessions.")
                .environment(Map.of("SHOP_SESSIONS_STORE", "memory", "DYNAMOSESSION_NAMESPACE", "other"))
                .source("configuration", Map.of("tabel-name", "x"), false)
                .build();
        assertThat(settings.store()).isEqualTo("memory");
        assertThat(settings.text("namespace")).isEmpty();
        assertThat(settings.problems())
                .containsExactly("shop.sessions.tabel-name (configuration) is not a setting; did you mean"
                        + " shop.sessions.table-name?");
    }

    @Test
    @DisplayName("knows whether anybody configured anything")
    void silent() {
        assertThat(settings().fallback("namespace", "/shop").build().isSilent()).isTrue();
        assertThat(settings().set("region", "x").build().isSilent()).isFalse();
        assertThat(settings().set("tabel-name", "x").build().isSilent()).isFalse();
    }
}
